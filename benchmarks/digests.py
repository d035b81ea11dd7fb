"""Composing one day's digests for many subscriptions, from the rows to the text to send.

    python -m benchmarks.digests [--subscriptions 10000] [--stories 300]

Everything is made here: stories of one to four reports with summaries, in a SQLite file, and chats
subscribed to everything, sources, topics, keywords and stories. The yardstick in the same run is a bare
loop that reads a chat's row and joins as many headlines into a text: no matching, no memory of what was
told, no rendering. Memory is the growth of the process's peak while composing.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.chat import digest
from bot.chat.render import render
from bot.chat.window import Windows, begins
from bot.storage.store import Store
from bot.types import (
    Address,
    Article,
    Cadence,
    Citation,
    Draft,
    Length,
    Sentence,
    SourceKind,
    Subscription,
    SubscriptionKind,
    Summary,
)

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
WORDS = [
    f"{a}{b}"
    for a in ("riv", "tow", "lake", "bud", "vot", "comet", "rail", "port")
    for b in "abcdefghijklmnop"
]
TOPICS = ("world/europe", "world/asia", "science", "science/space", "sport", "culture", "economy")
SOURCES = 40


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def fill(store: Store, stories: int, subscriptions: int, luck: random.Random) -> None:
    """Sources, stories with summaries, chats with a subscription each."""
    async with store.transaction():
        for n in range(SOURCES):
            url = f"https://outlet{n}.example/feed"
            await store.sources.add(
                url, kind=SourceKind.FEED, title=f"Outlet {n}", topic=TOPICS[n % len(TOPICS)], now=NOW
            )
    for n in range(stories):
        async with store.transaction():
            await event(store, n, luck)
    for first in range(0, subscriptions, 1000):
        async with store.transaction():
            for n in range(first, min(first + 1000, subscriptions)):
                await subscriber(store, n, stories, luck)


async def event(store: Store, number: int, luck: random.Random) -> None:
    """A story of one to four reports."""
    reports = [await report(store, number, n, luck) for n in range(luck.randint(1, 4))]
    story = await store.stories.create(
        reports[0].title, reports[0].id, NOW - timedelta(hours=luck.random() * 20)
    )
    for article in reports[1:]:
        story = await store.stories.join(story.id, article.id, story.updated)
    sentence = Sentence(reports[0].text[:80], (citation(reports[0]),))
    summary = Summary(title=reports[0].title, sentences=(sentence,) * 3, method="model")
    await store.stories.put_summary(
        story.id, revision=story.revision, length=Length.SHORT, language="", summary=summary
    )


async def report(store: Store, story: int, number: int, luck: random.Random) -> Article:
    """One article of about 300 words."""
    text = " ".join(luck.choices(WORDS, k=300)) + "."
    outlet = luck.randrange(SOURCES)
    url = f"https://outlet{outlet}.example/{story}/{number}"
    title = " ".join(luck.choices(WORDS, k=9)).capitalize()
    draft = Draft(url=url, title=title, text=text, keys=(url,), outlet=f"Outlet {outlet}", published=NOW)
    return (await store.articles.put(draft, source_id=outlet + 1, now=NOW))[1]


def citation(article: Article) -> Citation:
    return Citation(
        article_id=article.id,
        url=article.url,
        title=article.title,
        outlet=article.outlet,
        published=article.published,
        start=0,
        end=80,
        quote=article.text[:80],
    )


async def subscriber(store: Store, number: int, stories: int, luck: random.Random) -> None:
    """A chat with one daily subscription: a third everything, the rest narrower."""
    chat = await store.chats.ensure(Address("telegram", str(number)), private=True)
    kind = luck.choice([SubscriptionKind.ALL, *SubscriptionKind, SubscriptionKind.KEYWORD])
    a, b = luck.sample(WORDS, 2)
    value = {
        SubscriptionKind.SOURCE: str(luck.randint(1, SOURCES)),
        SubscriptionKind.TOPIC: luck.choice(TOPICS),
        SubscriptionKind.KEYWORD: f"{a} AND ({b} OR title:{b})",
        SubscriptionKind.STORY: str(luck.randint(1, stories)),
    }.get(kind, "")
    await store.subscriptions.add(
        chat.id, kind=kind, value=value, cadence=Cadence.DAILY, now=NOW - timedelta(days=2), due_at=NOW
    )


async def compose_all(store: Store, wanted: list[Subscription]) -> tuple[float, int]:
    """Seconds, and how many digests had something to tell."""
    began, told, windows = time.perf_counter(), 0, Windows(store)
    for subscription in wanted:
        chat = await store.chats.get(subscription.chat_id)
        window = await windows.reaching(begins(subscription, NOW), now=NOW)
        entries = await window.digest_for(subscription, chat)
        if entries:
            parts = render(digest.compose(entries, chat=chat, now=NOW), chat.address.platform)
            told += bool(parts)
    return time.perf_counter() - began, told


async def bare_loop(store: Store, wanted: list[Subscription]) -> float:
    """Seconds of reading the chat and joining headlines."""
    stories = await store.stories.list(limit=digest.SCREEN_STORIES)
    began, length = time.perf_counter(), 0
    for subscription in wanted:
        await store.chats.get(subscription.chat_id)
        length += len("\n".join(f"{n}. {s.title}" for n, s in enumerate(stories, 1)))
    assert length
    return time.perf_counter() - began


async def measure(folder: Path, subscriptions: int, stories: int) -> None:
    store = await Store.open(f"sqlite:///{folder / 'bench.db'}")
    try:
        await fill(store, stories, subscriptions, random.Random(7))
        wanted = [s for chat in await store.chats.list() for s in await store.subscriptions.list(chat.id)]
        bare = await bare_loop(store, wanted)
        before = peak_mb()
        seconds, told = await compose_all(store, wanted)
        print(f"subscriptions {len(wanted)}, stories {stories}, digests with something to tell {told}")
        print(f"digests    {seconds:8.1f} s   {len(wanted) / seconds:8.0f} a second")
        print(f"bare loop  {bare:8.1f} s   {len(wanted) / bare:8.0f} a second   ratio {seconds / bare:.1f}")
        print(f"memory     {peak_mb() - before:8.1f} MB more than before, {peak_mb():.0f} MB in all")
    finally:
        await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--subscriptions", type=int, default=10_000)
    parser.add_argument("--stories", type=int, default=300)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), chosen.subscriptions, chosen.stories))


if __name__ == "__main__":
    main()
