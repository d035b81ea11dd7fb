"""`changes`: what publishers changed in the articles of a story, revision by revision.

What is shown is what was stored, word for word; nothing is judged. What is cosmetic never became a
revision (`storage.sameness`), and a teaser that later got its full text was not changed by anybody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import pairwise

from bot.chat import gather
from bot.chat.blocks import Inline, bold, bullet, heading, italic, link, paragraph, reply, say
from bot.chat.command import Request, Usage
from bot.chat.places import hangs_on
from bot.chat.render import clip
from bot.chat.words import count, moment, outlet
from bot.errors import NotFound
from bot.news.revisions import Edit, EditKind, Edits, compare
from bot.storage.sameness import lasting
from bot.types import Article, Block, Reply

SHOWN = 5
"""Revisions of an article that are shown, the newest first."""
EDITS = 5
"""Changes of one revision that are spelled out."""
EXCERPT = 160


async def changes(request: Request) -> Reply:
    """What changed between the revisions of a story's articles, or of one article."""
    blocks: list[Block] = []
    for article in await _articles(request):
        revisions = await request.store.articles.revisions(article.id)
        pairs = [(a, b) for a, b in pairwise(revisions) if not a.teaser]
        if pairs:
            blocks += await _of_article(article, pairs, request.zone)
    if not blocks:
        return say("Nothing of this was changed by its publishers since I read it first.")
    return reply(heading("What changed"), *blocks)


async def _articles(request: Request) -> Sequence[Article]:
    word = request.arguments.strip()
    if "." in word:
        found = await gather.article_at(request.store, request.services.desk, word)
        if found is None:
            raise Usage("I have no article with this address.")
        return [found]
    if not word:
        story = await gather.posted_story(request.store, request.chat, *hangs_on(request.message))
        if story:
            return await request.store.stories.articles(story.id)
    number = request.number("story")
    try:
        return await request.store.stories.articles((await request.store.stories.get(number)).id)
    except NotFound as e:
        raise Usage(f"I have no story {number}.") from e


async def _of_article(article: Article, pairs: Sequence[tuple[Article, Article]], zone: str) -> list[Block]:
    blocks = [paragraph(link(clip(article.title, 110), article.url), f" ({outlet(article)})")]
    for before, after in list(reversed(pairs))[:SHOWN]:
        blocks += await asyncio.to_thread(_of_revision, before, after, zone)
    if len(pairs) > SHOWN:
        blocks.append(paragraph(f"{count(len(pairs) - SHOWN, 'earlier change')}."))
    return blocks


def _of_revision(before: Article, after: Article, zone: str) -> list[Block]:
    found = compare(lasting(before.text), lasting(after.text), after.language)
    lines = list(_lines(before, after, found))
    if not lines:
        return []
    return [paragraph(bold(moment(after.fetched, zone)), _size(found)), *lines]


def _size(found: Edits) -> str:
    sizes = ((found.words_added, "added"), (found.words_removed, "removed"))
    told = ", ".join(f"{count(n, 'word')} {what}" for n, what in sizes if n)
    return f": {told}" if told else ""


def _lines(before: Article, after: Article, found: Edits) -> Iterator[Block]:
    if before.withdrawn != after.withdrawn:
        yield bullet("Withdrawn." if after.withdrawn else "Published again.")
    if before.title != after.title:
        yield bullet("Headline: ", *_from_to(before.title, after.title))
    for edit in found.edits[:EDITS]:
        yield bullet(*_told(edit))
    if len(found.edits) > EDITS:
        yield bullet(f"and {count(len(found.edits) - EDITS, 'smaller change')}")


def _told(edit: Edit) -> tuple[Inline, ...]:
    match edit.kind:
        case EditKind.NUMBER:
            return ("Number: ", *_from_to(edit.before, edit.after))
        case EditKind.ADDED:
            return ("Added: ", italic(clip(edit.after, EXCERPT)))
        case EditKind.REMOVED:
            return ("Removed: ", italic(clip(edit.before, EXCERPT)))
        case EditKind.REWORDED:
            return ("Words: ", *_from_to(edit.before, edit.after))


def _from_to(before: str, after: str) -> tuple[Inline, ...]:
    return (
        italic(clip(before, EXCERPT) or "nothing"),
        " → ",
        italic(clip(after, EXCERPT) or "nothing"),
    )
