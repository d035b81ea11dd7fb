"""`ingest`, `extract`, `summarize`: articles in."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.app.house import House, clock
from bot.app.ingest import Ingested, ingest
from bot.cli.context import finish, house, settings, stopped
from bot.cli.output import emit, progress, say, sentence, stamp
from bot.cli.show import print_reply, summary_reply
from bot.errors import BadInput, SourceError
from bot.sources import files, language
from bot.sources.extract import extract as extract_article
from bot.sources.files import Rejected, is_binary
from bot.types import Article, Draft, Length, PutStatus, Summary, Urgency

TAG = re.compile(rb"<(?:html|head|body|article|div|p)\b", re.IGNORECASE)
"""What a page has, and a picture hasn't."""
JSON = Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this theme."""
    app.command("ingest")(ingest_command)
    app.command("summarize")(summarize_command)
    app.command("extract")(extract_command)


def ingest_command(
    inputs: Annotated[
        list[str], typer.Argument(help="Files, folders, http(s) URLs, or - for standard input.")
    ],
    as_json: JSON = False,
    no_summaries: Annotated[
        bool, typer.Option("--no-summaries", help="Store and index only; leave the model out.")
    ] = False,
) -> None:
    """Read articles into stories, and summarize them."""
    config = settings()

    async def work() -> list[Ingested]:
        async with house(config, models=True) as opened:
            found = [item async for item in _found(opened, inputs)]
            with progress() as report:
                return await ingest(opened, found, summaries=not no_summaries, progress=report)

    outcomes = finish(work())
    for outcome in outcomes:
        if as_json:
            emit(_outcome(outcome))
        elif outcome.article is None:
            print(f"rejected   {outcome.url}: {outcome.reason}")
        else:
            print(f"{outcome.status.value:<10} {outcome.article.title}  (story {outcome.article.story_id})")
    if not outcomes:
        raise stopped("Nothing was found to read.")
    if all(o.status is PutStatus.REJECTED for o in outcomes):
        raise typer.Exit(1)


async def _found(opened: House, inputs: list[str]):  # type: ignore[no-untyped-def]
    """Every draft behind the inputs, in order."""
    for name in inputs:
        if name == "-":
            for item in files.read_bytes(sys.stdin.buffer.read(), now=clock()):
                yield item
        elif name.startswith(("http://", "https://")):
            try:
                yield await opened.reader.read(name)
            except SourceError as e:
                yield Rejected(name, e.reason)
        else:
            for item in await asyncio.to_thread(_in_path, Path(name)):
                yield item


def _in_path(path: Path) -> list[Draft | Rejected]:
    if not path.exists():
        return [Rejected(str(path), "there is no such file or folder")]
    return list(files.read_path(path, now=clock()))


def _outcome(outcome: Ingested) -> dict[str, Any]:
    article = outcome.article
    return {
        "url": outcome.url,
        "title": article.title if article else "",
        "published": stamp(article.published) if article else None,
        "language": article.language if article else "",
        "story": article.story_id if article else None,
        "status": outcome.status.value,
        "reason": outcome.reason,
    }


def extract_command(
    file: Annotated[Path, typer.Argument(help="HTML file, or - for standard input.")],
    url: Annotated[str, typer.Option(help="Where the page is from; helps with links and dates.")] = "",
    selector: Annotated[str, typer.Option(help="CSS selector of the article's text.")] = "",
    as_json: JSON = False,
) -> None:
    """Turn an HTML page into its article."""
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as e:
        raise BadInput(f"{file} can't be read: {e.strerror}") from e
    if is_binary(content) and not TAG.search(content):
        raise BadInput(f"{file} is binary data, not an HTML page")
    found = extract_article(content, url=url, selector=selector)
    if as_json:
        emit(
            {
                "title": found.title,
                "byline": found.byline,
                "published": stamp(found.published),
                "language": found.language,
                "text": found.text,
            }
        )
        return
    print(f"{found.title}\n\n{found.text}")


def summarize_command(
    source: Annotated[str, typer.Argument(help="File, http(s) URL, or - for standard input.")] = "",
    jsonl: Annotated[Path | None, typer.Option(help="Rows with id and text, optionally title.")] = None,
    length: Annotated[Length, typer.Option(help="How long.")] = Length.SHORT,
    in_language: Annotated[
        str, typer.Option("--language", help="Language to write in, such as en; default: the article's.")
    ] = "",
    as_json: JSON = False,
) -> None:
    """Summarize an article with citations, without storing it."""
    if bool(source) == bool(jsonl):
        raise BadInput("Give one of: a file, a URL, - for standard input, or --jsonl FILE.")
    config = settings()

    async def work() -> bool:
        async with house(config, models=True) as opened:
            items = _rows(jsonl) if jsonl else [item async for item in _found(opened, [source])]
            failed = False
            for name, item in _named(items):
                if isinstance(item, Rejected):
                    failed = True
                    _refuse(name, item, as_json=as_json)
                    continue
                article = article_of(item)
                summary = await opened.summarizer.article(
                    article, length=length, language=in_language, urgency=Urgency.PERSON
                )
                _show(name, summary, article, as_json=as_json)
            return failed

    if finish(work()):
        raise typer.Exit(1)


def _named(items: Iterable[Any]) -> Iterator[tuple[str, Draft | Rejected]]:
    for item in items:
        yield item if isinstance(item, tuple) else (item.url, item)


def _rows(path: Path) -> Iterator[tuple[str, Draft | Rejected]]:
    """Rows of a JSON-lines file; a bad line is refused and the rest goes on."""
    for number, row in rows(path):
        if isinstance(row, Rejected):
            yield str(number), row
            continue
        name, text = str(row.get("id", number)), row.get("text")
        if not isinstance(text, str) or not text.strip():
            yield name, Rejected(f"{path}:{number}", "the row has no text")
            continue
        title, spoken = str(row.get("title") or ""), str(row.get("language") or "") or language.detect(text)
        yield name, Draft(url=str(row.get("url", "")), title=title, text=text, language=spoken, keys=())


def rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | Rejected]]:
    """Numbered objects of a JSON-lines file. Raises BadInput when it can't be read."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n") if str(path) != "-" else sys.stdin.readlines()
    except (OSError, UnicodeDecodeError) as e:
        raise BadInput(f"{path} can't be read as a text file in UTF-8.") from e
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        yield (
            number,
            row if isinstance(row, dict) else Rejected(f"{path}:{number}", "the line is no JSON object"),
        )


def article_of(draft: Draft) -> Article:
    """A draft as an article that is not stored."""
    return Article(
        id=0,
        url=draft.url,
        title=draft.title,
        text=draft.text,
        outlet=draft.outlet,
        byline=draft.byline,
        language=draft.language,
        published=draft.published,
        fetched=clock(),
        revision=1,
        source_id=None,
        story_id=None,
    )


def _refuse(name: str, item: Rejected, *, as_json: bool) -> None:
    if as_json:
        empty: dict[str, Any] = {"id": name, "title": "", "summary": "", "sentences": [], "method": "none"}
        emit({**empty, "seconds": 0.0, "reason": item.reason})
    else:
        say(f"{item.url}: {item.reason}")


def _show(name: str, summary: Summary, article: Article, *, as_json: bool) -> None:
    if not as_json:
        print_reply(summary_reply(summary, article))
        return
    emit(
        {
            "id": name,
            "title": summary.title,
            "summary": summary.text,
            "sentences": [sentence(s) for s in summary.sentences],
            "method": summary.method,
            "seconds": round(summary.seconds, 3),
            "note": summary.note,
        }
    )
