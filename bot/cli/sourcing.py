"""`sources`: list, add, remove, check, import and export what is polled."""

from __future__ import annotations

import asyncio
import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.app.desk import Desk, listed
from bot.app.house import House, clock
from bot.chat import lists, sourcereport, sourcesettings
from bot.chat.lists import TakenIn, take_in, told
from bot.chat.services import Listed, Offered
from bot.chat.sourcesettings import Place, address, may_pass
from bot.chat.words import called, public
from bot.cli.context import finish, house, settings, stopped
from bot.cli.output import emit, progress, say, stamp
from bot.cli.reading import JSON
from bot.cli.show import print_reply
from bot.errors import BadInput, Conflict, IsList, NotFound, SourceError
from bot.sources import opml
from bot.sources.discover import Found
from bot.sources.opml import LARGEST
from bot.types import Reply, Source, SourceKind, SourceSettings

app = typer.Typer(help="Feeds and pages that are polled.", no_args_is_help=True)

WATCHED = {
    SourceKind.PAGE: " (it has no feed, so the links on the page are watched)",
    SourceKind.SITEMAP: " (it has no feed, so its list of articles, the sitemap, is watched)",
}
NAME = Annotated[str, typer.Argument(help="Number or URL of a source.")]


@app.command("list")
def list_command(as_json: JSON = False) -> None:
    """List the sources."""

    async def work() -> None:
        async with house(settings()) as opened:
            for source in await opened.store.sources.list():
                if as_json:
                    emit(_row(source))
                else:
                    trouble = f"  ({source.last_error})" if source.failures else ""
                    topic = f"[{source.topic}] " if source.topic else ""
                    where = f"  {public(source.url)}" if source.title else ""
                    print(f"{source.id:>5}  {source.state.value:<7} {topic}{called(source)}{where}{trouble}")

    finish(work())


def _row(source: Source) -> dict[str, Any]:
    return {
        "source": source.id,
        "url": public(source.url),
        "title": source.title,
        "topic": source.topic,
        "kind": source.kind.value,
        "state": source.state.value,
        "polled": stamp(source.polled),
        "failures": source.failures,
        "error": source.last_error,
    }


@app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="A feed, a site or a page.")],
    topic: Annotated[str, typer.Option(help="Folder, such as World/Asia.")] = "",
    as_is: Annotated[bool, typer.Option("--as-is", help="Add the URL as a feed without looking.")] = False,
) -> None:
    """Find the feed behind a URL and add it."""
    config, written = settings(), address(url)

    async def work() -> None:
        async with house(config) as opened:
            chosen: Offered = Found(url=written, title="", kind=SourceKind.FEED)
            if not as_is:
                chosen = await _found(opened, url)
            try:
                source = await opened.store.sources.add(
                    chosen.url,
                    kind=chosen.kind,
                    title=chosen.title,
                    topic=topic,
                    settings=SourceSettings(routes=chosen.routes),
                    now=clock(),
                )
            except Conflict as e:
                known = await opened.store.sources.find(chosen.url)
                name = f"{known.id}: {called(known)}" if known else public(chosen.url)
                raise stopped(f"That is a source already, {name}.") from e
            print(f"added {source.id}: {called(source)}{WATCHED.get(source.kind, '')}")
            if chosen.routes:
                print(f"The usual way there is blocked; it is reached by {' or '.join(chosen.routes)}.")

    finish(work())


async def _found(opened: House, url: str) -> Offered:
    """What to poll behind an address; what else is there is printed."""
    name, desk = public(url), _desk(opened)
    try:
        offered = await desk.find(url)
    except IsList as e:
        raise stopped(f"{name} is a list of sources; `newsbot sources import` takes it in.") from e
    except SourceError as e:
        said = " ".join(desk.advice(e.reason, stored=False))
        anyway = " With --as-is it is added all the same, as a feed." if may_pass(e) else ""
        raise stopped(f"{name}: {said}{anyway}") from e
    if not offered:
        raise stopped(f"Nothing that can be polled was found at {name}.")
    for other in offered[1:5]:
        print(f"also there: {public(other.url)}  {other.title}")
    return offered[0]


@app.command("remove")
def remove(name: NAME) -> None:
    """Stop polling a source; its articles stay."""

    async def work() -> None:
        async with house(settings()) as opened:
            source = await _source(opened, name)
            await opened.store.sources.remove(source.id)
            print(f"removed {called(source)}")

    finish(work())


@app.command("set")
def set_command(
    name: NAME,
    key: Annotated[str, typer.Argument(help="Setting; without one, all are shown.")] = "",
    value: Annotated[list[str] | None, typer.Argument(help="Its new value; none takes it back.")] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Keep the value though it can't be tried now.")
    ] = False,
) -> None:
    """Show the settings of a source, or change one."""

    async def work() -> bool:
        async with house(settings()) as opened:
            source = await _source(opened, name)
            if not key:
                print_reply(Reply(blocks=sourcesettings.shown(source, "newsbot sources set")))
                return True
            place = Place(store=opened.store, desk=_desk(opened), now=clock())
            told = await sourcesettings.change(place, source, key, " ".join(value or ()), anyway=anyway)
            print_reply(Reply(blocks=told.blocks))
            for choice in told.choices:
                option = "--anyway " if choice.anyway else ""
                typed = f"newsbot sources set {option}{source.id} {choice.key} {shlex.quote(choice.value)}"
                print(f"{choice.label}: {typed}")
            return not told.choices

    if not finish(work()):
        raise typer.Exit(1)


@app.command("check")
def check(
    name: Annotated[str, typer.Argument(help="Number or URL; default: all.")] = "",
    every: Annotated[bool, typer.Option("--all", help="All of them, also without a name.")] = False,
) -> None:
    """Ask sources now how they do, and say what to do about those that don't."""
    if name and every:
        raise BadInput("Give one source, or --all.")

    async def work() -> None:
        async with house(settings()) as opened:
            chosen = [await _source(opened, name)] if name else await opened.store.sources.list()
            desk, free = _desk(opened), asyncio.Semaphore(opened.config.sources.concurrency)

            async def verdict(source: Source) -> tuple[Source, str]:
                async with free:
                    return source, await desk.check(source)

            with progress() as shown:
                asked = [asyncio.ensure_future(verdict(source)) for source in chosen]
                for number, answer in enumerate(asyncio.as_completed(asked), 1):
                    source, said = await answer
                    if len(asked) > 1:
                        shown("checking", number, len(asked))
                    print(f"{source.id:>5}  {called(source)}: {said}")
                    if short := await sourcereport.teasers(opened.store, desk, source):
                        print_reply(Reply(blocks=tuple(short)))

    finish(work())


@app.command("report")
def report_command(as_json: JSON = False) -> None:
    """Tell by what is wrong which sources the last polls could not read."""

    async def work() -> None:
        async with house(settings()) as opened:
            every, desk = await opened.store.sources.list(), _desk(opened)
            if not as_json:
                print_reply(Reply(blocks=tuple(sourcereport.report(every, desk, named=len(every)))))
                return
            for (wrong, remedy), group in sourcereport.by_trouble(every, desk).items():
                for source in group:
                    emit({**_row(source), "wrong": wrong, "remedy": remedy})

    finish(work())


@app.command("import")
def import_command(
    file: Annotated[str, typer.Argument(help="OPML file, http(s) URL, or - for standard input.")],
    report: Annotated[
        Path | None, typer.Option(help="Write what was not added, and why, into this file.")
    ] = None,
) -> None:
    """Add every source of an OPML list; folders become topics."""
    online = file.startswith(("http://", "https://"))
    read = None if online else listed(_content(file))

    async def work() -> TakenIn:
        async with house(settings()) as opened:
            found = read or await _list_at(opened, file)
            with progress() as shown:
                return await take_in(
                    opened.store,
                    found,
                    now=clock(),
                    progress=lambda done, total: shown("importing", done, total),
                )

    taken = finish(work())
    print_reply(Reply(blocks=tuple(told(taken))))
    if report:
        try:
            report.write_text(lists.report(taken), encoding="utf-8")
        except OSError as e:
            raise BadInput(f"{report} can't be written: {e.strerror}") from e
    if taken.added:
        say("They are read by `newsbot run`; `newsbot sources report` then tells which ones can't be read.")


def _content(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read(LARGEST + 1) if file == "-" else Path(file).read_bytes()
    except OSError as e:
        raise BadInput(f"{file} can't be read: {e.strerror}") from e


async def _list_at(opened: House, url: str) -> Listed:
    desk = _desk(opened)
    try:
        return await desk.lists(url)
    except SourceError as e:
        raise stopped(f"{public(url)}: {' '.join(desk.advice(e.reason, stored=False))}") from e


@app.command("export")
def export() -> None:
    """Print the sources as an OPML list, with the names and passwords that their addresses may have."""

    async def work() -> bytes:
        async with house(settings()) as opened:
            return opml.write(await opened.store.sources.list())

    sys.stdout.buffer.write(finish(work()))


def _desk(opened: House) -> Desk:
    return Desk(fetcher=opened.fetcher, reader=opened.reader, clock=clock)


async def _source(opened: House, name: str) -> Source:
    numbered = name.isascii() and name.isdecimal() and len(name) < 16
    try:
        found = await opened.store.sources.get(int(name)) if numbered else None
    except NotFound:
        found = None
    written = [name] if "://" in name else [name, f"https://{name}", f"http://{name}"]
    for url in written:
        found = found or await opened.store.sources.find(url)
    if found is None:
        raise stopped(f"There is no source {name}; `newsbot sources list` shows them.")
    return found
