"""`sources`: list, add, remove, check, import and export what is polled."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.app.desk import Desk, advice
from bot.app.house import House, clock
from bot.cli.context import finish, house, settings, stopped
from bot.cli.output import emit, progress, stamp
from bot.cli.reading import JSON
from bot.errors import BadInput, Conflict, NotFound, SourceError
from bot.sources import opml
from bot.types import Source, SourceKind

app = typer.Typer(help="Feeds and pages that are polled.", no_args_is_help=True)

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
                    name = topic + (source.title or source.url)
                    print(f"{source.id:>5}  {source.state.value:<7} {name}{trouble}")

    finish(work())


def _row(source: Source) -> dict[str, Any]:
    return {
        "source": source.id,
        "url": source.url,
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
    config = settings()

    async def work() -> None:
        async with house(config) as opened:
            kind, found, title = SourceKind.FEED, url, ""
            if not as_is:
                offered = await _desk(opened).find(url)
                if not offered:
                    raise stopped(f"Nothing that can be polled was found at {url}.")
                kind, found, title = offered[0].kind, offered[0].url, offered[0].title
                for other in offered[1:5]:
                    print(f"also there: {other.url}  {other.title}")
            source = await opened.store.sources.add(found, kind=kind, title=title, topic=topic, now=clock())
            print(f"added {source.id}: {source.title or source.url}")

    try:
        finish(work())
    except SourceError as e:
        raise stopped(f"{url}: {advice(e)}") from e
    except Conflict as e:
        raise stopped(f"{url} is a source already.") from e


@app.command("remove")
def remove(name: NAME) -> None:
    """Stop polling a source; its articles stay."""

    async def work() -> None:
        async with house(settings()) as opened:
            source = await _source(opened, name)
            await opened.store.sources.remove(source.id)
            print(f"removed {source.title or source.url}")

    finish(work())


@app.command("check")
def check(name: Annotated[str, typer.Argument(help="Number or URL; default: all.")] = "") -> None:
    """Say how sources do, and what to do about those that don't."""

    async def work() -> None:
        async with house(settings()) as opened:
            chosen = [await _source(opened, name)] if name else await opened.store.sources.list()
            for source in chosen:
                print(f"{source.id:>5}  {source.title or source.url}: {await _desk(opened).check(source)}")

    finish(work())


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="OPML file, or - for standard input.")],
) -> None:
    """Add every source of an OPML list; folders become topics."""
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as e:
        raise BadInput(f"{file} can't be read: {e.strerror}") from e
    entries = opml.parse(content)

    async def work() -> tuple[int, int]:
        added = known = 0
        async with house(settings()) as opened:
            with progress() as report:
                for number, entry in enumerate(entries, 1):
                    report("importing", number, len(entries))
                    try:
                        await opened.store.sources.add(
                            entry.url, kind=SourceKind.FEED, title=entry.title, topic=entry.topic, now=clock()
                        )
                        added += 1
                    except Conflict:
                        known += 1
        return added, known

    added, known = finish(work())
    print(f"{added} added, {known} known already")


@app.command("export")
def export() -> None:
    """Print the sources as an OPML list."""

    async def work() -> bytes:
        async with house(settings()) as opened:
            return opml.write(await opened.store.sources.list())

    sys.stdout.buffer.write(finish(work()))


def _desk(opened: House) -> Desk:
    return Desk(fetcher=opened.fetcher, reader=opened.reader, clock=clock)


async def _source(opened: House, name: str) -> Source:
    try:
        found = await opened.store.sources.get(int(name)) if name.isdigit() else None
    except NotFound:
        found = None
    found = found or await opened.store.sources.find(name)
    if found is None:
        raise stopped(f"There is no source {name}; `newsbot sources list` shows them.")
    return found
