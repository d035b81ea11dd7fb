"""`ask`, `stories`, `digest`: what the archive says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.app.digest import digest_of
from bot.app.house import clock
from bot.chat import words
from bot.chat.answers import answer_reply
from bot.cli.context import finish, house, settings
from bot.cli.output import emit, quoted, say, stamp
from bot.cli.reading import JSON, rows
from bot.cli.show import print_reply
from bot.errors import BadInput
from bot.schedule import zone_of
from bot.sources.files import Rejected
from bot.types import Answer, Article, Urgency


def register(app: typer.Typer) -> None:
    """Add the commands of this theme."""
    app.command("ask")(ask)
    app.command("stories")(stories)
    app.command("digest")(digest)


def ask(
    question: Annotated[str, typer.Argument(help="A question about the articles.")] = "",
    jsonl: Annotated[Path | None, typer.Option(help="Rows with id, question and perhaps date.")] = None,
    as_json: JSON = False,
) -> None:
    """Answer from the articles, with citations.

    Or say that they don't have it: nothing is said that the articles don't say.
    """
    if bool(question.strip()) == bool(jsonl):
        raise BadInput('Give a question, such as newsbot ask "Why was the ferry stopped?", or --jsonl FILE.')
    config = settings()
    zone = zone_of(config.chat.timezone)

    async def work() -> None:
        async with house(config, models=True) as opened:
            if not await opened.store.articles.count():
                say("There are no articles yet: newsbot ingest FILE, or newsbot demo for a try.")
            for name, asked, now in _questions(question, jsonl, zone):
                answer = await opened.answerer.answer(
                    asked,
                    now=now,
                    zone=zone,
                    on_reading=None if as_json else _reading,
                    urgency=Urgency.PERSON,
                )
                if as_json:
                    emit(_answer(name, asked, answer))
                else:
                    print_reply(answer_reply(answer, zone=config.chat.timezone))

    finish(work())


def _reading(articles: Sequence[Article]) -> None:
    say(words.reading(articles))


def _questions(question: str, jsonl: Path | None, zone: tzinfo) -> Iterator[tuple[str, str, datetime]]:
    if jsonl is None:
        yield "1", question, clock()
        return
    for number, row in rows(jsonl):
        if isinstance(row, Rejected) or not isinstance(row.get("question"), str):
            say(f"{jsonl}:{number}: a row is a JSON object with id and question")
            continue
        try:
            asked = _date(row.get("date"), zone) or clock()
        except BadInput as e:
            say(f"{jsonl}:{number}: {e}")
            continue
        yield str(row.get("id", number)), row["question"], asked


def _date(value: object, zone: tzinfo) -> datetime | None:
    """The end of a day in `zone` given as 2026-11-23 (or an instant); `now` for a question asked that day.

    BadInput for a year that leaves no room to count days from.
    """
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.replace("/", "-"))
    except ValueError:
        return None
    if not 1900 <= found.year <= 2200:
        raise BadInput("a date is between 1900 and 2200")
    if len(value) <= len("2026-11-23"):
        found += timedelta(hours=23, minutes=59)
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _answer(name: str, question: str, answer: Answer) -> dict[str, Any]:
    return {
        "id": name,
        "question": question,
        "answered": answer.answered,
        "answer": answer.text,
        "citations": [quoted(c) for c in answer.citations],
        "nearest": quoted(answer.nearest) if answer.nearest else None,
        "confidence": round(answer.confidence, 4),
        "method": answer.method,
        "note": answer.note,
        "seconds": round(answer.seconds, 3),
    }


def stories(
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many, newest first.")] = 20,
    as_json: JSON = False,
) -> None:
    """List the stories, last updated first."""
    config = settings()

    async def work() -> None:
        async with house(config) as opened:
            for story in await opened.store.stories.list(limit=limit):
                articles = await opened.store.stories.articles(story.id)
                if as_json:
                    told = [{"id": a.id, "url": a.url, "title": a.title} for a in articles]
                    emit(
                        {
                            "story": story.id,
                            "title": story.title,
                            "articles": told,
                            "updated": stamp(story.updated),
                        }
                    )
                    continue
                print(f"{story.id:>5}  {story.title}")
                for article in articles if len(articles) > 1 else ():
                    print(f"       - {article.outlet or article.url}: {article.title}")

    finish(work())


def digest(
    days: Annotated[float, typer.Option(min=0.01, max=36_500, help="How far back, in days.")] = 1.0,
    as_json: JSON = False,
) -> None:
    """Print a digest of the last day."""
    config = settings()

    async def work() -> None:
        async with house(config, models=True) as opened:
            entries, reply = await digest_of(opened, since=clock() - timedelta(days=days))
            if not as_json:
                print_reply(reply)
                return
            for entry in entries:
                emit(
                    {
                        "story": entry.story.id,
                        "title": entry.story.title,
                        "summary": entry.summary.text if entry.summary else "",
                        "outlets": sorted({a.outlet for a in entry.articles if a.outlet}),
                    }
                )

    finish(work())
