"""People who talk to the bot: a real store on SQLite, the real router, scripted news and desk.

`await ann.says("...")` gives the bot's words as Ann's platform shows them; the reply goes through the
real outbox, so that Ann can reply to it and press its buttons.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from itertools import count

import numpy as np
from fakes import FirstSentence
from samples import NOW

from bot.chat.places import home
from bot.chat.render import render
from bot.chat.router import Router
from bot.chat.services import Listed, Services
from bot.errors import BadInput, NewsbotError
from bot.sources import recognise
from bot.storage.store import Store
from bot.types import (
    Address,
    Answer,
    Article,
    Chat,
    DeliveryKind,
    Draft,
    Length,
    Message,
    NewDelivery,
    Passage,
    Receipt,
    Reply,
    Source,
    SourceKind,
    Story,
    Turn,
    Urgency,
)


@dataclass
class ScriptedAnswerer:
    """Says `answer`, or raises it; keeps what it was asked."""

    answer_: Answer | Exception = field(default_factory=lambda: Answer(answered=False, sentences=()))
    asked: list[tuple[str, list[str]]] = field(default_factory=list)
    reads: list[Article] = field(default_factory=list)
    zone: str = ""

    async def answer(
        self,
        question: str,
        *,
        now: datetime,
        zone: tzinfo,
        history: Sequence[Turn] = (),
        on_text: Callable[[str], None] | None = None,
        on_reading: Callable[[Sequence[Article]], None] | None = None,
        urgency: Urgency = Urgency.PERSON,
    ) -> Answer:
        assert urgency is Urgency.PERSON
        self.asked.append((question, [turn.text for turn in history]))
        self.zone = str(zone)
        if on_reading and self.reads:
            on_reading(self.reads)
        if on_text:
            on_text("It")
        if isinstance(self.answer_, Exception):
            raise self.answer_
        return self.answer_


@dataclass(frozen=True)
class Feed:
    """What the desk finds."""

    url: str
    title: str
    kind: SourceKind = SourceKind.FEED
    routes: tuple[str, ...] = ()


@dataclass
class ScriptedDesk:
    """Finds and reads what the test put there; an error is raised."""

    found: dict[str, list[Feed] | NewsbotError] = field(default_factory=dict)
    pages: dict[str, Draft | NewsbotError] = field(default_factory=dict)
    lists_: dict[str, Listed] = field(default_factory=dict)
    taken_: dict[tuple[str, str], str | NewsbotError] = field(default_factory=dict)
    """What a selector takes of a page, by URL and selector."""
    verdict: str = "It answers, and its newest item is an hour old."

    async def find(self, url: str, *, routes: Sequence[str] = ()) -> Sequence[Feed]:
        found = self.found.get(url if "://" in url else f"https://{url}", [])
        if isinstance(found, NewsbotError):
            raise found
        return found

    def keys(self, url: str) -> Sequence[str]:
        return recognise.keys(url)

    async def check(self, source: Source) -> str:
        return self.verdict

    async def lists(self, url: str) -> Listed:
        return self.lists_[url]

    def opml(self, sources: Sequence[Source]) -> str:
        return "".join(f"<outline xmlUrl='{s.url}'/>" for s in sources)

    def routes(self) -> Sequence[str]:
        return ["direct", "tor"]

    def advice(self, reason: str, *, stored: bool = True) -> tuple[str, str]:
        return f"Its trouble is: {reason}.", "Do something." if stored else "Try it."

    async def taken(self, url: str, selector: str, *, routes: Sequence[str] = ()) -> str:
        if selector.startswith("!"):
            raise BadInput("That is no CSS selector.")
        taken = self.taken_.get((url, selector), "")
        if isinstance(taken, NewsbotError):
            raise taken
        return taken

    async def read(self, url: str) -> Draft:
        page = self.pages[url]
        if isinstance(page, NewsbotError):
            raise page
        return page


@dataclass
class Town:
    """The store, the scripted parts and the router between them."""

    store: Store
    now: datetime = NOW
    answerer: ScriptedAnswerer = field(default_factory=ScriptedAnswerer)
    summarizer: FirstSentence = field(default_factory=FirstSentence)
    desk: ScriptedDesk = field(default_factory=ScriptedDesk)
    numbers: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        services = Services(
            store=self.store,
            answerer=self.answerer,
            summarizer=self.summarizer,
            desk=self.desk,
            owners=frozenset({("telegram", "1"), ("matrix", "@olga:example.org")}),
        )
        self.router = Router(services)

    def person(
        self, user: str, *, platform: str = "telegram", group: str = "", administers: bool = False
    ) -> Person:
        return Person(
            self, Address(platform, group or user), user, private=not group, administers=administers
        )

    async def chat(self, person: Person) -> Chat:
        return await self.store.chats.ensure(person.address, private=person.private)

    async def article(
        self,
        outlet: str,
        title: str,
        text: str,
        *,
        source: Source | None = None,
        hours: float = 1,
        quiet: bool = False,
    ) -> Article:
        """Store an article with one passage, as the read stage would."""
        url = f"https://{outlet.lower().replace(' ', '')}.example/{next(self.numbers)}"
        draft = Draft(
            url=url,
            title=title,
            text=text,
            keys=(url, *recognise.keys(url)),
            outlet=outlet,
            language="en",
            published=self.now - timedelta(hours=hours),
        )
        _, article = await self.store.articles.put(
            draft, source_id=source.id if source else None, now=self.now, quiet=quiet
        )
        passage = Passage(0, article.id, 0, 0, len(text), text)
        await self.store.articles.index(
            article.id,
            revision=article.revision,
            passages=[passage],
            vectors=np.zeros((0, 0), np.float32),
            signature=None,
        )
        return article

    async def event(self, *articles: Article, summarized: bool = True) -> Story:
        """A story of these articles, with the summary that the write stage would have made."""
        story = await self.store.stories.create(articles[0].title, articles[0].id, self.now)
        for article in articles[1:]:
            story = await self.store.stories.join(story.id, article.id, self.now)
        if summarized:
            await self.summarize(story, *articles)
        self.now += timedelta(seconds=1)
        return story

    async def summarize(self, story: Story, *articles: Article) -> None:
        """Store the summary that the write stage would have made."""
        summary = await self.summarizer.story(articles)
        self.summarizer.wrote.clear()
        await self.store.stories.put_summary(
            story.id, revision=story.revision, length=Length.SHORT, language="", summary=summary
        )

    async def withdraw(self, article: Article) -> None:
        """Its publisher takes it back."""
        draft = Draft(url=article.url, title=article.title, text="", keys=(article.url,), withdrawn=True)
        await self.store.articles.put(draft, source_id=None, now=self.now)


@dataclass
class Heard:
    """What came back: the replies, their words, the id of the bot's last message, and of what it answers."""

    replies: tuple[Reply, ...]
    text: str
    message_id: str = ""
    answers: str = ""

    @property
    def payloads(self) -> list[str]:
        return [b.payload for r in self.replies for row in r.buttons for b in row]


@dataclass
class Person:
    """Someone in one chat with the bot."""

    town: Town
    address: Address
    user: str
    private: bool
    administers: bool = False

    def inside(self, root: str) -> Person:
        """The same person, in the thread or topic."""
        return replace(self, address=replace(self.address, thread=root))

    async def says(self, text: str, *, reply_to: str = "", addressed: bool = False) -> str:
        return (await self.sends(text, reply_to=reply_to, addressed=addressed)).text

    async def presses(self, payload: str, *, under: str = "") -> str:
        return (await self.sends("", button=payload, reply_to=under)).text

    async def sends(
        self, text: str, *, reply_to: str = "", addressed: bool = False, button: str = ""
    ) -> Heard:
        message = Message(
            address=self.address,
            message_id=f"m{next(self.town.numbers)}",
            sender=self.user,
            sender_name=self.user,
            text=text,
            sent=self.town.now,
            private=self.private,
            addressed=addressed,
            reply_to=reply_to,
            button=button,
            may_administer=self.administers or self.private,
        )
        await self.town.store.inbox.put(message, self.town.now)
        replies = await self.town.router.handle(message, now=self.town.now)
        return await self._heard(message, replies)

    async def _heard(self, message: Message, replies: tuple[Reply, ...]) -> Heard:
        """Send the replies through the outbox as the workers do."""
        store, now = self.town.store, self.town.now
        heard = Heard(replies, "", answers=message.message_id)
        texts = []
        for reply in replies:
            parts = render(reply, self.address.platform)
            chat = await store.chats.ensure(home(message))
            new = NewDelivery(
                dedup_key=f"{message.message_id}",
                chat_id=chat.id,
                kind=DeliveryKind.ANSWER,
                parts=parts,
                reply_to=message.message_id,
            )
            await store.outbox.put([new], now)
            for part in parts:
                [(claim, _)] = await store.outbox.claim(now=now, lease=timedelta(minutes=1))
                heard = replace(heard, message_id=f"b{next(self.town.numbers)}")
                await store.outbox.sent(claim, Receipt(heard.message_id), now)
                texts.append(part.plain)
        return replace(heard, text="\n---\n".join(texts))
