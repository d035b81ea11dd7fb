"""Small values that the storage tests put in, with a fixed clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.storage import Store
from bot.types import (
    Address,
    Article,
    Citation,
    DeliveryKind,
    Draft,
    Message,
    NewDelivery,
    Part,
    Passage,
    Sentence,
    Signature,
    Summary,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def draft(
    name: str = "harbour", text: str = "The harbour reopened. Ships returned.", **changes: Any
) -> Draft:
    values: dict[str, Any] = {
        "url": f"https://news.example/{name}",
        "title": f"The {name} story",
        "text": text,
        "keys": (f"url:{name}", f"id:{name}"),
    }
    return Draft(**{**values, **changes})


async def stored(
    store: Store, name: str = "harbour", text: str = "The harbour reopened.", **changes: Any
) -> Article:
    _, article = await store.articles.put(draft(name, text, **changes), source_id=None, now=NOW)
    return article


def cut(text: str) -> list[Passage]:
    """A passage for each sentence."""
    passages, start = [], 0
    for piece in text.split(". "):
        end = min(start + len(piece) + 1, len(text))
        passages.append(Passage(0, 0, len(passages), start, end, text[start:end]))
        start = end + 1
    return passages


def direction(*values: float) -> NDArray[np.float32]:
    """A unit vector of 8 dimensions that begins so."""
    vector = np.zeros(8, dtype=np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


async def indexed(
    store: Store, article: Article, vectors: NDArray[np.float32] | None = None, terms: tuple[str, ...] = ()
) -> None:
    passages = cut(article.text)
    await store.articles.index(
        article.id,
        revision=article.revision,
        passages=passages,
        vectors=np.zeros((0, 0), dtype=np.float32) if vectors is None else vectors,
        signature=Signature(
            article_id=article.id,
            story_id=None,
            when=article.when,
            outlet=article.outlet,
            title=article.title,
            vector=direction(1) if vectors is None else vectors[0],
            terms=terms,
        ),
    )


def message(number: int = 1, text: str = "What happened?", **changes: Any) -> Message:
    values: dict[str, Any] = {
        "address": Address("telegram", "77"),
        "message_id": str(number),
        "sender": "77",
        "sender_name": "Ann",
        "text": text,
        "sent": NOW,
        "private": True,
    }
    return Message(**{**values, **changes})


def delivery(chat_id: int, key: str, *texts: str, **changes: Any) -> NewDelivery:
    values: dict[str, Any] = {
        "dedup_key": key,
        "chat_id": chat_id,
        "kind": DeliveryKind.LIVE,
        "parts": tuple(Part(html=f"<b>{t}</b>", plain=t) for t in texts or (key,)),
    }
    return NewDelivery(**{**values, **changes})


def summary(article: Article, text: str = "The harbour is open again.") -> Summary:
    citation = Citation(
        article_id=article.id,
        url=article.url,
        title=article.title,
        outlet=article.outlet,
        published=article.published,
        start=0,
        end=21,
        quote=article.text[:21],
    )
    return Summary(
        title=article.title, sentences=(Sentence(text, (citation,), True),), method="model", language="en"
    )
