"""`/why`: which subscription of this chat asks for a story, or what keeps it away.

Uses the same decision as the delivery itself (`matching.decide`), so what it says is what happens.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat import gather
from bot.chat.blocks import bold, bullet, link, mono, paragraph, reply, say
from bot.chat.command import Request, Usage
from bot.chat.matching import decide, facts
from bot.chat.orders import describe
from bot.chat.render import clip
from bot.chat.words import host
from bot.errors import NotFound
from bot.types import Article, Block, Reply, Story, Subscription


async def why(request: Request) -> Reply:
    """Explain one story of this chat: by number, by URL, or by reply to its post."""
    word = request.arguments.strip()
    if "." in word:
        return await _by_url(request, word if "://" in word else f"https://{word}")
    story = await _by_number(request) if word else await _replied_to(request)
    return await _explained(request, story, await request.store.stories.articles(story.id))


async def _by_number(request: Request) -> Story:
    number = request.number("story")
    try:
        return await request.store.stories.get(number)
    except NotFound as e:
        raise Usage(f"I have no story {number}.") from e


async def _replied_to(request: Request) -> Story:
    story = await gather.posted_story(request.store, request.chat, request.message.reply_to, now=request.now)
    if story is None:
        raise Usage("Why what? Reply to a post of mine, or give me a web address or the number of a story.")
    return story


async def _by_url(request: Request, url: str) -> Reply:
    article = await request.store.articles.find(url)
    if article is None:
        known = {host(s.url) for s in await request.store.sources.list()}
        has = "its source has not brought it" if host(url) in known else "no source of mine is there"
        return say(f"I have not read that page: {has}.")
    story = await request.store.stories.of_article(article.id)
    if story is None:
        return say("I have that article, but it is in no story yet.")
    return await _explained(request, story, await request.store.stories.articles(story.id))


async def _explained(request: Request, story: Story, articles: Sequence[Article]) -> Reply:
    store, chat = request.store, request.chat
    sources = await gather.sources_by_id(store)
    known = facts(story, articles, sources)
    own = await store.subscriptions.list(chat.id)
    wanting = [s for s in own if decide(s.kind, s.value, known)]
    told = story.id in await store.subscriptions.sent_stories(chat.id, story.created)
    head = paragraph(bold(f"{story.id}. "), link(clip(story.title, 110), articles[0].url))
    verdict = "I told this chat about it." if told else "I have not told this chat about it."
    lines = [bullet(mono(str(s.id)), f" {describe(s, sources)}{_rests(s)}") for s in wanting]
    return reply(head, paragraph(verdict), *_reasons(own, wanting, articles, told=told), *lines)


def _rests(subscription: Subscription) -> str:
    return "" if subscription.active else " (paused)"


def _reasons(
    own: Sequence[Subscription], wanting: Sequence[Subscription], articles: Sequence[Article], *, told: bool
) -> list[Block]:
    if not own:
        return [paragraph("This chat has no subscriptions.")]
    if not wanting:
        return [paragraph("No subscription of this chat asks for it.")]
    if not told and all(article.quiet for article in articles):
        return [paragraph("It was there before its source was added: such articles are kept, not announced.")]
    return [paragraph("It is asked for by:")]
