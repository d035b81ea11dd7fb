"""One story on its way to the chats: new posts, and edits of posts that tell an older revision.

Everything slow (matching, summaries) is prepared first; then `commit` decides inside the transaction, where
limits are counted and other digests can't tell the same. The outbox's dedup key (story, chat) makes
sure that no chat is told twice. What is over a limit wakes its subscription, which makes a digest of it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.chat import matching, posts
from bot.chat.deciding import decide, edit_due, folded_due
from bot.chat.forms import Form, form_of
from bot.chat.render import render
from bot.chat.services import Summarizer
from bot.chat.telling import unrepeated
from bot.chat.thumbs import recounted
from bot.storage.outbox import Post
from bot.storage.store import Store
from bot.types import (
    Article,
    Chat,
    DeliveryKind,
    NewDelivery,
    Outcome,
    Part,
    Story,
    Subscription,
    SubscriptionKind,
    Summary,
    Verdict,
)
from bot.workers.summaries import summary_in

EDITS = timedelta(hours=24)
"""How long a post follows its story."""
A_DAY = timedelta(hours=26)
"""No local day is longer, and posts of quiet hours count in the next."""
SOON = timedelta(minutes=1)
"""How long after a post was due it is looked whether it can be brought up to date."""
PATIENCE = timedelta(hours=1)
"""How long after it was due a post is waited for."""

Wanting = Sequence[tuple[Subscription, float]]


@dataclass(frozen=True, kw_only=True)
class Telling:
    """What is known before it is decided."""

    store: Store
    story: Story
    articles: Sequence[Article]
    now: datetime
    facts: matching.StoryFacts
    chats: Mapping[int, Chat]
    following: Mapping[int, Wanting]
    """By chat: the subscriptions that may post such a story by themselves, with their scores."""
    wanting: Mapping[int, Wanting]
    """Those of them that were there when it was reported."""
    verdicts: Mapping[int, Verdict]
    posted: Mapping[int, Post]
    summaries: Mapping[Form, Summary]
    as_of: datetime
    """When the newest report was fetched."""
    taken_back: datetime | None
    """When the last report was withdrawn, if any was."""
    _parts: dict[tuple[Form, str], tuple[Part, ...]] = field(default_factory=dict)

    @classmethod
    async def prepare(
        cls,
        store: Store,
        summarizer: Summarizer,
        story: Story,
        articles: Sequence[Article],
        *,
        now: datetime,
    ) -> Telling:
        """Match, and write the summaries of every form that is read."""
        facts = await _facts(store, story, articles)
        wanting = await _wanting(store, facts)
        posted = {p.chat_id: p for p in await store.outbox.posts(story.id)}
        verdicts = await store.verdicts.of_story(story.id)
        chats = await store.chats.get_many([*wanting, *posted])
        forms = {Form()} | {form_of(chats[i], s.options) for i, found in wanting.items() for s, _ in found}
        forms |= {_told_in(i, chats, wanting, verdicts) for i in posted}
        summaries = {}
        for form in sorted(forms):
            summaries[form] = await summary_in(
                form, store=store, summarizer=summarizer, story=story, articles=articles
            )
        newest = max(a.fetched for a in articles)
        revised = await store.stories.revised(story.id)
        as_of = max(revised.values())
        return cls(
            store=store,
            story=story,
            articles=articles,
            now=now,
            facts=facts,
            chats=chats,
            following=wanting,
            wanting={i: _in_time(found, newest, as_of) for i, found in wanting.items()},
            verdicts=verdicts,
            posted=posted,
            summaries=summaries,
            as_of=as_of,
            taken_back=max((revised[a.id] for a in articles if a.withdrawn), default=None),
        )

    @property
    def summary(self) -> Summary:
        """The short one, in the story's own language."""
        return self.summaries[Form()]

    async def commit(self) -> int:
        """Decide and queue; how many deliveries that was. Inside the transaction of the story's row."""
        told = await posts_of(self.store, self.wanting.values(), self.now)
        wanting = self.wanting if any(not a.withdrawn for a in self.articles) else ()
        decided = [v for v in (self._decide(i, told) for i in wanting) if v]
        made = {v.chat_id: self._post(v) for v in decided}
        new = await unrepeated(
            self.store, self.story, self.articles, self.summary, made.values(), now=self.now
        )
        kept = {d.chat_id for d in new}
        decided = await self._standing([v for v in decided if v.chat_id in kept])
        going = [made[v.chat_id] for v in decided if v.outcome is Outcome.POST]
        edits = await self._edits()
        queued = await self.store.outbox.put([*going, *edits], self.now)
        await self.store.verdicts.put(decided)
        await self._wake(decided)
        return queued

    async def _standing(self, decided: Sequence[Verdict]) -> list[Verdict]:
        """Without those of subscriptions that ended meanwhile; their chats are looked at once more."""
        there = await self.store.subscriptions.standing({v.subscription_id for v in decided})
        if any(v.subscription_id not in there for v in decided):
            await self.store.rows.wake("stories", self.story.id, self.now)
        return [v for v in decided if v.subscription_id in there]

    def _decide(self, chat_id: int, told: Mapping[int, Sequence[datetime]]) -> Verdict | None:
        """The verdict about a chat that has no post; one that waits for a digest goes only if urgent."""
        before = self.verdicts.get(chat_id)
        if chat_id in self.posted or (before and before.outcome is Outcome.POST):
            return None
        verdict = decide(
            self.chats[chat_id],
            self.wanting[chat_id],
            story_id=self.story.id,
            urgent=self._urgent,
            posts=told,
            as_of=self.as_of,
            now=self.now,
        )
        waits = before is not None and before.outcome is Outcome.FOLDED
        return None if verdict and waits and not verdict.urgent else verdict

    def _urgent(self, text: str) -> bool:
        return matching.passes(text, self.facts)

    def _post(self, verdict: Verdict) -> NewDelivery:
        chat = self.chats[verdict.chat_id]
        options = next(s.options for s, _ in self.wanting[chat.id] if s.id == verdict.subscription_id)
        return NewDelivery(
            dedup_key=f"story:{self.story.id}:{chat.id}",
            chat_id=chat.id,
            kind=DeliveryKind.LIVE,
            parts=self._rendered(form_of(chat, options), chat.address.platform),
            story_id=self.story.id,
            story_revision=self.story.revision,
            not_before=verdict.at if verdict.at > self.now else None,
        )

    async def _edits(self) -> list[NewDelivery]:
        """Of the posts that may be edited now and would then say something else."""
        due = [post for post in self._stale() if self._edit_due(post) <= self.now]
        if not due:
            return []
        # So that no thumb is counted between the look and the edit that shows it.
        await self.store.subscriptions.hold(*(post.chat_id for post in due))
        votes = await self.store.votes.counts(self.story.id)
        shown = await self.store.outbox.shown(self.story.id)
        made = [(post, self._edited(post, votes.get(post.chat_id, (0, 0)))) for post in due]
        return [
            NewDelivery(
                dedup_key=f"story:{self.story.id}:{post.chat_id}:{self.story.revision}",
                chat_id=post.chat_id,
                kind=DeliveryKind.UPDATE,
                parts=(part,),
                edits=post.message_id,
                silent=True,
                story_id=self.story.id,
                story_revision=self.story.revision,
            )
            for post, part in made
            if shown.get((post.chat_id, post.message_id)) != (part.html, part.plain)
        ]

    def _stale(self) -> list[Post]:
        """The posts that tell an older revision, while posts follow their story."""
        if self.now - self.story.created > EDITS:
            return []
        return [
            post
            for post in self.posted.values()
            if post.story_revision < self.story.revision and post.chat_id in self.chats
        ]

    def _edit_due(self, post: Post) -> datetime:
        """The first edit is due at once, and so is what a publisher took back."""
        if post.edited is None or (self.taken_back and self.taken_back >= post.edited):
            return self.now
        return edit_due(self.story.created, post.edited)

    def _edited(self, post: Post, votes: tuple[int, int]) -> Part:
        form = _told_in(post.chat_id, self.chats, self.following, self.verdicts)
        part = self._rendered(form, self.chats[post.chat_id].address.platform)[0]
        return replace(part, buttons=recounted(part.buttons, votes))

    def _outdated(self) -> list[datetime]:
        """When posts are to be brought up to date: those edited lately, and those not sent yet."""
        waiting = (v for v in self.verdicts.values() if v.outcome is Outcome.POST)
        late = (v for v in waiting if v.chat_id not in self.posted and v.at > self.now - PATIENCE)
        later = (due for post in self._stale() if (due := self._edit_due(post)) > self.now)
        return [*(max(v.at, self.now) + SOON for v in late), *later]

    async def _wake(self, decided: Sequence[Verdict]) -> None:
        for verdict in decided:
            if verdict.outcome is Outcome.FOLDED:
                chat = self.chats[verdict.chat_id]
                found = (s for s, _ in self.wanting[chat.id] if s.id == verdict.subscription_id)
                due = folded_due(next(found), chat, self.now)
                await self.store.rows.wake("subscriptions", verdict.subscription_id, due)
        if outdated := self._outdated():
            await self.store.rows.wake("stories", self.story.id, min(outdated))

    def _rendered(self, form: Form, platform: str) -> tuple[Part, ...]:
        """Rendered once for a form and a platform, not for each chat."""
        key = (form, platform)
        if key not in self._parts:
            post = posts.story_post(self.story, self.articles, self.summaries[form])
            self._parts[key] = render(post, platform)
        return self._parts[key]


async def posts_of(store: Store, wanting: Iterable[Wanting], now: datetime) -> dict[int, list[datetime]]:
    """The posts of late of the subscriptions that have a limit, whose chats are held from here on."""
    limited = [one for found in wanting for one, _ in found if one.options.most is not None]
    if not limited:
        return {}
    chats = {one.chat_id for one in limited}
    return await store.verdicts.posts([one.id for one in limited], chat_ids=chats, since=now - A_DAY)


async def _facts(store: Store, story: Story, articles: Sequence[Article]) -> matching.StoryFacts:
    carriers = await store.articles.carriers([a.id for a in articles])
    sources = {i: await store.sources.get(i) for i in set().union(*carriers.values())}
    vectors = await store.stories.vectors([story.id])
    return matching.facts(story, articles, sources, carriers, vector=vectors.get(story.id))


async def _wanting(store: Store, facts: matching.StoryFacts) -> dict[int, list[tuple[Subscription, float]]]:
    questions = await store.subscriptions.questions()
    found = await asyncio.to_thread(matching.matching, questions, facts)
    wanting = defaultdict(list)
    for subscription in await store.subscriptions.asking(found):
        wanting[subscription.chat_id].append((subscription, found[matching.question_of(subscription)]))
    return wanting


def _in_time(found: Wanting, newest: datetime, revised: datetime) -> Wanting:
    """Who subscribes later gets no old stories; who follows one gets it when it changes."""

    def last(one: Subscription) -> datetime:
        return revised if one.kind is SubscriptionKind.STORY else newest

    return [(one, score) for one, score in found if one.created <= last(one)]


def _told_in(
    chat_id: int,
    chats: Mapping[int, Chat],
    wanting: Mapping[int, Wanting],
    verdicts: Mapping[int, Verdict],
) -> Form:
    """The form of a post that is there: that of the subscription which sent it, while it stands."""
    sender = verdicts[chat_id].subscription_id if chat_id in verdicts else None
    options = (s.options for s, _ in wanting.get(chat_id, ()) if s.id == sender)
    return form_of(chats[chat_id], next(options, None))
