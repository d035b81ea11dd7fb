"""`/why`: which subscription of this chat asks for a story, or what keeps it away.

What was decided is kept as a verdict; what was not, is asked of the same deciders as the delivery
(`matching.score`), so what it says is what happens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.chat import feedback, filters, gather
from bot.chat.blocks import bold, bullet, link, mono, paragraph, reply, say
from bot.chat.carry import NAMES
from bot.chat.command import Request, Usage
from bot.chat.matching import ALIKE, StoryFacts, facts, likeness, question_of, score
from bot.chat.notices import in_words
from bot.chat.orders import describe
from bot.chat.places import hangs_on
from bot.chat.render import clip
from bot.chat.words import host, moment, outlet
from bot.errors import NotFound
from bot.storage.outbox import Sending
from bot.types import (
    Article,
    Block,
    Cadence,
    DeliveryState,
    Outcome,
    Reply,
    Source,
    Story,
    Subscription,
    SubscriptionKind,
    Verdict,
)

NAMED = 3
"""Outlets named where a filter passes."""


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
    story = await gather.posted_story(request.store, request.chat, *hangs_on(request.message))
    if story is None:
        raise Usage("Why what? Reply to a post of mine, or give me a web address or the number of a story.")
    return story


async def _by_url(request: Request, url: str) -> Reply:
    article = await gather.article_at(request.store, request.services.desk, url)
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
    vector = (await store.stories.vectors([story.id])).get(story.id)
    carriers = await store.articles.carriers([a.id for a in articles])
    known = facts(story, articles, sources, carriers, vector=vector)
    own = await store.subscriptions.list(chat.id)
    told = story.id in await store.subscriptions.sent_stories(chat.id, story.created)
    verdict = await store.verdicts.get(chat.id, story.id)
    sending = await store.outbox.sending(chat.id, story.id)
    case = _Case(request, story, tuple(articles), known, sources, verdict, told, sending)
    [entry] = await gather.entries(store, [story], sources)
    votes = feedback.moved(await feedback.taste_of(request), entry)
    return reply(
        paragraph(bold(f"{story.id}. "), link(clip(story.title, 110), articles[0].url)),
        paragraph(case.said()),
        *([] if told else case.archived()),
        *(block for one in own if (block := case.about(one))),
        *votes,
        *([] if own else [paragraph("This chat has no subscriptions.")]),
        *([paragraph("No subscription of this chat asks for it.")] if own and not case.wanted(own) else []),
    )


@dataclass(frozen=True)
class _Case:
    """One story and one chat."""

    request: Request
    story: Story
    articles: tuple[Article, ...]
    known: StoryFacts
    sources: Mapping[int, Source]
    verdict: Verdict | None
    told: bool
    sending: Sending | None

    def said(self) -> str:
        """Whether the chat was told, is being told, or not."""
        verdict = self.verdict
        if verdict and verdict.outcome is Outcome.FOLDED:
            return "I have not told this chat about it yet: it waits for a digest."
        if verdict and verdict.outcome is Outcome.POST and verdict.at > self.request.now:
            until = moment(verdict.at, self.request.zone)
            return f"I have not told this chat about it yet: in its quiet hours it waits until {until}."
        if self.sending and (said := self._unsent(self.sending)):
            return said
        return "I told this chat about it." if self.told else "I have not told this chat about it."

    def _unsent(self, post: Sending) -> str:
        """What keeps a post that was decided; empty where it came or a digest tells it."""
        platform = self.request.chat.address.platform
        name = NAMES.get(platform, platform)
        match post.state:
            case DeliveryState.DUE if post.due and post.due > self.request.now:
                until = moment(post.due, self.request.zone)
                return f"I have not told this chat about it yet: the post waits until {until} to be sent."
            case DeliveryState.DUE:
                return "The post is on its way."
            case DeliveryState.UNKNOWN:
                return f"I sent it, and {name} did not say whether it arrived."
            case DeliveryState.FAILED:
                return f"I could not post it here: {in_words(post.error)}."
            case DeliveryState.SENT if post.elsewhere:
                return f"I told your linked chat about it, since {name} could not be reached."
            case _:
                return ""

    def archived(self) -> list[Block]:
        """Why no subscription helps an old article."""
        if any(not article.quiet for article in self.articles):
            return []
        return [paragraph("It was there before its source was added: such articles are kept, not announced.")]

    def wanted(self, own: Sequence[Subscription]) -> bool:
        """Whether any subscription asks for it, or did when it was sent."""
        return bool(self.verdict) or any(score(question_of(s), self.known) is not None for s in own)

    def about(self, one: Subscription) -> Block | None:
        """What one subscription has to do with it; None: nothing."""
        found = score(question_of(one), self.known)
        if found is None and not self._sent_by(one) and one.kind is not SubscriptionKind.LIKE:
            return None
        said = [text for text in (self._match(one, found), self._outcome(one, found)) if text]
        what = f" {describe(one, self.sources)}{'' if one.active else ' (paused)'}. "
        return bullet(mono(str(one.id)), what + " ".join(said)) if said else None

    def _sent_by(self, one: Subscription) -> bool:
        return self.verdict is not None and self.verdict.subscription_id == one.id

    def _match(self, one: Subscription, found: float | None) -> str:
        """The filter and where it passes, or the score."""
        if one.kind is SubscriptionKind.LIKE:
            near = self.verdict.score if self.verdict and self._sent_by(one) else None
            near = near if near is not None else likeness(question_of(one), self.known)
            if near is None:
                return ""
            return f"Its likeness is {near:.2f}; {ALIKE:.2f} is {'enough' if near >= ALIKE else 'needed'}."
        if one.kind is SubscriptionKind.KEYWORD and found is not None:
            names = [
                outlet(article)
                for article, fields in zip(self.articles, self.known.fields, strict=True)
                if filters.parse(one.value).matches(fields)
            ]
            return f"The filter passes in {', '.join(list(dict.fromkeys(names))[:NAMED])}."
        return "It asks for it." if found is not None else ""

    def _outcome(self, one: Subscription, found: float | None) -> str:
        """What came of it, or why nothing did."""
        verdict = self.verdict
        if verdict and self._sent_by(one):
            return self._decided(one, verdict)
        if found is None or self.told or verdict or not one.active:
            return ""
        if one.cadence is not Cadence.LIVE:
            due = f"on {moment(one.due_at, self.request.zone)}" if one.due_at else "soon"
            waits = "It is not urgent, so it waits" if one.options.urgent else "It waits"
            return f"{waits} for the next digest, {due}."
        if one.created > max(article.fetched for article in self.articles):
            return "It came before you subscribed."
        return ""

    def _decided(self, one: Subscription, verdict: Verdict) -> str:
        limit = f"Over its limit of {one.options.most} a day" if one.options.most else "Over its limit then"
        if verdict.outcome is Outcome.FOLDED:
            due = f", on {moment(one.due_at, self.request.zone)}" if one.due_at else ""
            return f"{limit}: it comes in the next digest{due}."
        if verdict.outcome is Outcome.DIGEST:
            return f"{limit}: it came in a digest."
        if verdict.urgent:
            return f"It sent it, at once: it passes the urgent filter {one.options.urgent}."
        return "It sent it." if self.told and verdict.at <= self.request.now else ""
