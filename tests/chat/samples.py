"""Articles, stories and summaries to show: a flood that two outlets report, and a vote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.types import (
    Address,
    Article,
    Chat,
    Citation,
    Sentence,
    Source,
    SourceKind,
    SourceSettings,
    SourceState,
    Story,
    Summary,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CHAT = Chat(id=1, address=Address("telegram", "100"), private=True)


def article(number: int, outlet: str, title: str, text: str = "", **more: object) -> Article:
    base = {
        "id": number,
        "url": f"https://{outlet.lower().replace(' ', '')}.example/{number}",
        "title": title,
        "text": text or f"{title}. That is all.",
        "outlet": outlet,
        "byline": "",
        "language": "en",
        "published": NOW - timedelta(hours=number),
        "fetched": NOW,
        "revision": 1,
        "source_id": number,
        "story_id": 1,
    }
    return Article(**(base | more))  # type: ignore[arg-type]


def cite(source: Article, quote: str) -> Citation:
    start = source.text.index(quote)
    return Citation(
        article_id=source.id,
        url=source.url,
        title=source.title,
        outlet=source.outlet,
        published=source.published,
        start=start,
        end=start + len(quote),
        quote=quote,
    )


def story(number: int, *articles: Article, **more: object) -> Story:
    base = {
        "id": number,
        "title": articles[0].title if articles else f"Story {number}",
        "created": NOW - timedelta(hours=3),
        "updated": NOW - timedelta(hours=1),
        "article_ids": tuple(a.id for a in articles),
        "lead_id": articles[0].id if articles else 0,
    }
    return Story(**(base | more))  # type: ignore[arg-type]


def source(number: int, title: str, topic: str = "", **more: object) -> Source:
    base = {
        "id": number,
        "url": f"https://{title.lower().replace(' ', '')}.example/feed",
        "kind": SourceKind.FEED,
        "title": title,
        "topic": topic,
        "state": SourceState.ACTIVE,
        "settings": SourceSettings(),
        "added": NOW,
    }
    return Source(**(base | more))  # type: ignore[arg-type]


POST = article(1, "River Post", "Elbe floods its valley", "The Elbe rose by two metres. Nobody was hurt.")
ECHO = article(2, "Daily Echo", "Flood in the Elbe valley", "Two villages were evacuated. Rain goes on.")
FLOOD = story(1, POST, ECHO)
FLOOD_SUMMARY = Summary(
    title=POST.title,
    sentences=(
        Sentence("The Elbe rose by two metres.", (cite(POST, "The Elbe rose by two metres."),)),
        Sentence("Two villages were evacuated.", (cite(ECHO, "Two villages were evacuated."),)),
        Sentence("Nobody was hurt.", (cite(POST, "Nobody was hurt."),)),
    ),
    method="model",
)
VOTE = article(3, "Capital News", "Parliament passes the budget", "The budget passed by nine votes.")
