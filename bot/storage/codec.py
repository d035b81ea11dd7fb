"""Values as JSON and back: summaries, turns' citations, buttons, a source's settings.

Knows no table. What is read tolerates keys that a newer or older version wrote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from bot.types import Button, Citation, Part, Sentence, SourceSettings, Summary

Json = dict[str, Any]


def settings_to_json(settings: SourceSettings) -> Json:
    """A source's settings; the interval in seconds."""
    interval = settings.interval
    return {
        "full_text": settings.full_text,
        "selector": settings.selector,
        "routes": list(settings.routes),
        "mirrors": list(settings.mirrors),
        "interval": None if interval is None else interval.total_seconds(),
    }


def settings_from_json(value: Mapping[str, Any]) -> SourceSettings:
    """The settings; what is missing has its default."""
    known = {f.name for f in fields(SourceSettings)}
    given = {k: v for k, v in value.items() if k in known}
    for name in ("routes", "mirrors"):
        given[name] = tuple(given.get(name, ()))
    if given.get("interval") is not None:
        given["interval"] = timedelta(seconds=given["interval"])
    return SourceSettings(**given)


def buttons_to_json(rows: Sequence[Sequence[Button]]) -> list[list[list[str]]]:
    """Rows of (label, payload)."""
    return [[[b.label, b.payload] for b in row] for row in rows]


def buttons_from_json(value: Sequence[Sequence[Sequence[str]]]) -> tuple[tuple[Button, ...], ...]:
    """Rows of buttons."""
    return tuple(tuple(Button(label, payload) for label, payload in row) for row in value)


def parts_to_json(parts: Sequence[Part]) -> list[Json]:
    """Rendered parts of a message."""
    return [asdict(part) | {"buttons": buttons_to_json(part.buttons)} for part in parts]


def parts_from_json(value: Sequence[Mapping[str, Any]]) -> list[Part]:
    """The parts."""
    return [Part(**{**part, "buttons": buttons_from_json(part["buttons"])}) for part in value]


def citations_to_json(citations: Sequence[Citation]) -> list[Json]:
    """Citations; the time as ISO 8601."""
    return [
        {
            "article_id": c.article_id,
            "url": c.url,
            "title": c.title,
            "outlet": c.outlet,
            "published": None if c.published is None else c.published.isoformat(),
            "start": c.start,
            "end": c.end,
            "quote": c.quote,
        }
        for c in citations
    ]


def citations_from_json(value: Sequence[Mapping[str, Any]]) -> tuple[Citation, ...]:
    """Citations."""
    return tuple(_citation(c) for c in value)


def _citation(value: Mapping[str, Any]) -> Citation:
    published = value["published"]
    return Citation(
        article_id=value["article_id"],
        url=value["url"],
        title=value["title"],
        outlet=value["outlet"],
        published=None if published is None else datetime.fromisoformat(published),
        start=value["start"],
        end=value["end"],
        quote=value["quote"],
    )


def summary_to_json(summary: Summary) -> Json:
    """A summary with its sentences and citations."""
    return {
        "title": summary.title,
        "sentences": [
            {"text": s.text, "citations": citations_to_json(s.citations), "extracted": s.extracted}
            for s in summary.sentences
        ],
        "method": summary.method,
        "language": summary.language,
        "note": summary.note,
        "seconds": summary.seconds,
    }


def summary_from_json(value: Mapping[str, Any]) -> Summary:
    """A summary."""
    return Summary(
        title=value["title"],
        sentences=tuple(
            Sentence(s["text"], citations_from_json(s["citations"]), bool(s["extracted"]))
            for s in value["sentences"]
        ),
        method=value["method"],
        language=value["language"],
        note=value["note"],
        seconds=value["seconds"],
    )
