"""`run`, `demo`, `doctor`, `migrate`, `backup`, `prompts`: the bot itself and its house-keeping."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from bot.app import doctor as diagnosis
from bot.app.digest import digest_of
from bot.app.house import clock, folder_of, open_house
from bot.app.ingest import ingest
from bot.app.inspect import WRITTEN, values, what_the_model_gets
from bot.app.service import ROLES, Service, platforms_of, roles_of
from bot.chat.answers import answer_reply
from bot.chat.posts import story_post
from bot.cli.context import fetch_models, finish, house, settings, stopped
from bot.cli.output import progress, say
from bot.cli.reading import article_of
from bot.cli.show import print_reply
from bot.models.prompts import Prompts
from bot.schedule import zone_of
from bot.sources import files
from bot.storage.store import Store
from bot.types import Draft, Urgency

QUESTIONS = (
    "How many people were hurt when the ferry ran aground?",
    "Why did Russia block WhatsApp?",
    "How long is the new tram line in Brennick?",
    "Who won the Nobel Prize in Literature this year?",
)
SHOWN = 4
ALL_DAYS = timedelta(days=3650)


def register(app: typer.Typer) -> None:
    """Add the commands of this theme."""
    app.command("run")(run)
    app.command("demo")(demo)
    app.command("doctor")(doctor)
    app.command("migrate")(migrate)
    app.command("backup")(backup)
    app.add_typer(prompts, name="prompts")


def run(
    roles: Annotated[str, typer.Option(help=f"Which work this process does: {', '.join(ROLES)}.")] = ",".join(
        ROLES
    ),
) -> None:
    """Run the bot until it is stopped.

    Polls sources, writes summaries, answers and delivers; without a configured platform, in this terminal.
    """
    config, chosen = settings(service=True), roles_of(roles)

    async def work() -> None:
        async with house(config, models=bool({"read", "write", "chat"} & set(chosen))) as opened:
            platforms = platforms_of(opened)
            say(f"newsbot runs on {', '.join(p.name for p in platforms)}; stop it with Ctrl-C.")
            await Service(opened, platforms, roles=chosen).run()

    finish(work())


def demo(
    keep: Annotated[Path | None, typer.Option(help="Keep the demo's data in this folder.")] = None,
    chat: Annotated[bool, typer.Option(help="Stay in a terminal chat afterwards.")] = True,
) -> None:
    """See it work on sample articles, then chat.

    Reads them, prints a digest of cited summaries, answers questions, and leaves you in a terminal chat.
    """
    config = settings()
    with tempfile.TemporaryDirectory(prefix="newsbot-demo-") as temporary:
        mine = config.model_copy(
            update={
                "data_dir": keep or Path(temporary),
                "telegram": None,
                "matrix": None,
                "store": type(config.store)(),
            }
        )

        async def work() -> None:
            fetch_models(mine)
            async with open_house(mine) as opened:
                found = list(files.read_path(folder_of("seeds"), now=clock()))
                with progress() as report:
                    done = await ingest(opened, found, summaries=False, progress=report)
                stories = await opened.store.stories.list(limit=1000)
                print(f"Read {len(done)} articles and grouped them into {len(stories)} stories.\n")
                say("Writing summaries with the local model ...")
                entries, _ = await digest_of(opened, since=clock() - ALL_DAYS, shown=SHOWN)
                print("The most important stories:\n")
                for entry in entries[:SHOWN]:
                    if entry.summary:
                        print_reply(story_post(entry.story, entry.articles, entry.summary))
                        print()
                for question in QUESTIONS:
                    print(f"\n> {question}\n")
                    answer = await opened.answerer.answer(
                        question, now=clock(), zone=zone_of(mine.chat.timezone), urgency=Urgency.PERSON
                    )
                    print_reply(answer_reply(answer, zone=mine.chat.timezone))
                if chat:
                    print("\nYour turn: ask, or try /latest, /story 1, /search ferry, /help; /quit leaves.\n")
                    await Service(opened, platforms_of(opened), roles=("deliver", "chat")).run()

        finish(work())


def doctor() -> None:
    """Say what is wrong here and what to do.

    Looks at the disk, the store, sources, models (with their speed here) and platforms.
    """
    config = settings()

    async def work() -> bool:
        well = True
        async for finding in diagnosis.examine(config):
            print(f"{'ok   ' if finding.ok else 'WRONG'} {finding.what}: {finding.facts}", flush=True)
            well = well and finding.ok
        return well

    if not finish(work()):
        raise typer.Exit(1)


def migrate() -> None:
    """Bring the database's tables up to date."""
    config = settings()

    async def work() -> None:
        store = await Store.open(config.database_url)
        await store.close()

    finish(work())
    print("The database is up to date.")


def backup(
    file: Annotated[Path, typer.Argument(help="New file for the copy.")],
) -> None:
    """Copy the database while the bot runs.

    To restore, stop the bot, remove newsbot.db-wal and newsbot.db-shm in the data folder, and put the
    copy there as newsbot.db.
    """
    config = settings()

    async def work() -> None:
        async with open_house(config) as opened:
            await opened.store.backup(file)

    finish(work())
    keys = config.data_dir / "matrix"
    print(f"Copied to {file}. If you use Matrix, keep {keys} too: it has the keys.")


prompts = typer.Typer(help="The texts that the model gets.", no_args_is_help=True)


@prompts.command("list")
def prompts_list() -> None:
    """Name every prompt."""
    for name in _prompts().names:
        print(name)


@prompts.command("show")
def prompts_show(
    name: Annotated[str, typer.Argument(help="Name of a prompt.")],
    article: Annotated[Path | None, typer.Option(help="File with the article to put in.")] = None,
    question: Annotated[str, typer.Option(help="The question to put in.")] = "(question)",
) -> None:
    """Print exactly what the model gets."""
    known = _prompts()
    known.get(name)
    drafts = [d for d in files.read_path(article, now=clock()) if isinstance(d, Draft)] if article else []
    if article and not drafts:
        raise stopped(f"{article} holds no article that can be read.")
    if drafts and name in WRITTEN:
        turns = finish(what_the_model_gets(settings(), name, article_of(drafts[0])))
    else:
        filled = values(article_of(drafts[0]), question, clock()) if drafts else {"question": question}
        turns = known.render(name, **{i: filled.get(i, f"({i})") for i in known.get(name).inputs})
    for turn in turns:
        print(f"--- {turn.role}\n{turn.text}")


def _prompts() -> Prompts:
    return Prompts.load(settings().models.prompts or folder_of("prompts"))
