"""What a chat was told of a story already, and what there is to say since.

A story is told again only when it has a sentence that the chat can't know: one that rests on a report
which came or changed since, with something that the earlier reports don't say. The hard thing is
that a digest and a live post may tell one story at one moment: whoever commits first has told it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.chat.words import outlet
from bot.news.novelty import new_sentences
from bot.storage.store import Store
from bot.types import Article, DeliveryKind, NewDelivery, Sentence, Story, Summary

NOT_TWICE_WITHIN = timedelta(days=7)


async def change_since(
    store: Store, story: Story, articles: Sequence[Article], summary: Summary | None, at: datetime
) -> Sentence | None:
    """What is new in the story since `at`; None where nothing material is."""
    revised = await store.stories.revised(story.id)
    changed = {article_id for article_id, when in revised.items() if when >= at}
    withdrawn = next((a for a in articles if a.withdrawn and a.id in changed), None)
    if withdrawn:
        return Sentence(f"{outlet(withdrawn)} withdrew its report.", ())
    if summary is None or not changed:
        return None
    before = [_read(a) for a in articles if a.id not in changed]
    for article in articles:
        if article.id in changed and article.revision > 1:
            before += [_read(r) for r in await store.articles.revisions(article.id) if r.fetched < at][-1:]
    new = await asyncio.to_thread(new_sentences, summary.sentences, changed=changed, before=before)
    return next(iter(new), None)


def _read(article: Article) -> str:
    return f"{article.title}\n\n{article.text}"


async def unrepeated(
    store: Store,
    story: Story,
    articles: Sequence[Article],
    summary: Summary,
    deliveries: Iterable[NewDelivery],
    *,
    now: datetime,
) -> list[NewDelivery]:
    """Without the live posts to chats that a digest told the same; call it where they are queued."""
    given = list(deliveries)
    live = [d.chat_id for d in given if d.kind is DeliveryKind.LIVE]
    told = await store.subscriptions.told_of(story.id, live, now - NOT_TWICE_WITHIN) if live else {}
    knowing = set()
    for chat_id, known in told.items():
        if known.revision >= story.revision or not await change_since(
            store, story, articles, summary, known.at
        ):
            knowing.add(chat_id)
    return [d for d in given if d.kind is not DeliveryKind.LIVE or d.chat_id not in knowing]
