"""What Telegram does to a chat, through the deliver stage: the owner hears once, /start restores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botapi import BotApi, Chat, Person, floods
from fakes import Clock

from bot.platforms.telegram import TelegramPlatform, TelegramSettings
from bot.storage.store import Store
from bot.types import Address, DeliveryKind, DeliveryState, NewDelivery, Part, SubscriptionKind
from bot.workers.deliver import Deliver
from bot.workers.loop import Bells, Loop, Stage

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Post:
    """A newsbot that delivers to the stand-in, and its owner Olga."""

    def __init__(self, api: BotApi, store: Store) -> None:
        self.api, self.store, self.clock, self.count = api, store, Clock(NOW), 0
        self.olga = api.person("Olga")
        self.platform = TelegramPlatform(TelegramSettings(token=api.token, base_url=api.url), pause=no_pause)

    async def opens(self) -> Post:
        await self.chat(self.olga.chat)
        return self

    async def chat(self, place: Chat, thread: str = "") -> int:
        """The chat's row, with a subscription."""
        address = Address("telegram", str(place.id), thread)
        private = place.kind == "private"
        chat = await self.store.chats.ensure(address, title=place.title, private=private)
        if place is not self.olga.chat:
            kind = SubscriptionKind.ALL
            await self.store.subscriptions.add(chat.id, kind=kind, now=NOW)
        return chat.id

    async def tells(self, chat_id: int, *texts: str, **more) -> None:
        """Queue posts, and deliver all that is due."""
        for text in texts:
            self.count += 1
            new = NewDelivery(
                dedup_key=str(self.count),
                chat_id=chat_id,
                kind=more.get("kind", DeliveryKind.LIVE),
                parts=(Part(html="", plain=text),),
                edits=more.get("edits", ""),
            )
            await self.store.outbox.put([new], self.clock())
        await self.delivers()

    async def delivers(self) -> None:
        work = Deliver(
            store=self.store,
            platform=self.platform,
            clock=self.clock,
            owners=[("telegram", str(self.olga.id))],
        )
        stage = Stage(name="deliver", table="deliveries", step=work.step, claim=work.claim)
        loop = Loop(stage, self.store.rows, clock=self.clock, bells=Bells())
        for _ in range(3):
            while await loop.once():
                self.clock.advance(seconds=3)
            self.clock.advance(seconds=3)

    async def active(self, chat_id: int) -> bool:
        orders = self.store.subscriptions
        live = {s.chat_id for s in await orders.asking(await orders.questions())}
        assert (await self.store.chats.get(chat_id)).active == (chat_id in live)
        return chat_id in live


async def no_pause(seconds: float) -> None:
    """The clock of this test does not go by itself."""


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    store = await Store.open(f"sqlite:///{tmp_path / 'newsbot.db'}")
    async with BotApi() as api:
        post = await Post(api, store).opens()
        yield post
        await post.platform.close()
        assert not api.violations
    await store.close()


def kicked(place: Chat) -> None:
    place.bot = "kicked"


def left(place: Chat) -> None:
    place.bot = "left"


def muted(place: Chat) -> None:
    place.bot = "restricted"


REST = "Its subscriptions rest. /start there takes it up again."


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (kicked, "I was removed from it"),
        (left, "I was removed from it"),
        (muted, "I have no right to write there"),
    ],
)
async def test_a_lost_group_rests_and_its_owner_hears_once(
    post: Post, happens: Callable[[Chat], None], why: str
) -> None:
    place = post.api.group("Neighbours")
    chat = await post.chat(place)
    happens(place)
    await post.tells(chat, "one", "two", "three")
    await post.tells(chat, "four")
    assert post.olga.chat.texts == [f"I can't write to Neighbours (Telegram) any more: {why}.\n\n{REST}"]
    assert not await post.active(chat)


async def test_who_blocks_the_bot_rests_until_they_start_it_again(post: Post) -> None:
    ann: Person = post.api.person("Ann")
    chat = await post.chat(ann.chat)
    ann.blocks()
    await post.tells(chat, "one", "two")
    assert post.olga.chat.texts == [
        f"I can't write to Ann (Telegram) any more: I was blocked there.\n\n{REST}"
    ]
    ann.unblocks()
    await post.store.chats.change(chat, active=True)
    await post.tells(chat, "three")
    assert ann.chat.texts == ["three"]
    assert await post.active(chat)


async def test_a_chat_that_is_restored_and_refuses_again_is_not_told_of_again(post: Post) -> None:
    place = post.api.group("Neighbours")
    chat = await post.chat(place)
    muted(place)
    for text in ("one", "two", "three"):
        await post.store.chats.change(chat, active=True)
        await post.tells(chat, text)
    assert len(post.olga.chat.texts) == 1


async def test_a_chat_that_worked_in_between_is_told_of_again(post: Post) -> None:
    place = post.api.group("Neighbours")
    chat = await post.chat(place)
    for text in ("one", "two"):
        kicked(place)
        await post.store.chats.change(chat, active=True)
        await post.tells(chat, text)
        place.bot = "member"
        await post.store.chats.change(chat, active=True)
        await post.tells(chat, f"after {text}")
    assert len(post.olga.chat.texts) == 2
    assert place.texts == ["after one", "after two"]


async def test_a_deleted_topic_rests_and_the_other_topics_go_on(post: Post) -> None:
    forum = post.api.group("Forum")
    lost, kept = forum.topic("Lost"), forum.topic("Kept")
    lost_chat, kept_chat = await post.chat(forum, str(lost.id)), await post.chat(forum, str(kept.id))
    lost.deleted = True
    await post.tells(lost_chat, "one", "two")
    await post.tells(kept_chat, "three")
    assert [p.text for p in kept.said] == ["three"]
    assert lost.said == []
    assert post.olga.chat.texts == [
        f"I can't write to Forum (Telegram, topic {lost.id}) any more: its topic was deleted or closed."
        f"\n\n{REST}"
    ]
    assert (await post.active(lost_chat), await post.active(kept_chat)) == (False, True)


async def test_a_group_that_becomes_a_supergroup_goes_on_and_nobody_is_bothered(post: Post) -> None:
    group = post.api.group("Neighbours", kind="group")
    chat = await post.chat(group)
    moved = group.migrates(post.api.group("Neighbours"))
    await post.tells(chat, "one", "two")
    assert moved.texts == ["one", "two"]
    assert post.olga.chat.texts == []


@pytest.mark.parametrize("kind", [DeliveryKind.UPDATE, DeliveryKind.ANSWER])
@pytest.mark.parametrize("edited", ["999", "1"], ids=["deleted", "too old, or not the bot's"])
async def test_a_post_that_can_not_be_edited_stays_as_it_is(
    post: Post, edited: str, kind: DeliveryKind
) -> None:
    ann = post.api.person("Ann")
    ann.says("hello")
    chat = await post.chat(ann.chat)
    await post.tells(chat, "changed", kind=kind, edits=edited)
    await post.tells(chat, "next")
    assert ann.chat.texts == ["next"]
    assert (await post.store.outbox.counts())[DeliveryState.FAILED] == 1
    assert post.olga.chat.texts == []
    assert await post.active(chat)


async def test_where_the_owner_has_no_private_chat_it_is_only_logged(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    olga = await post.store.chats.private_with("telegram", str(post.olga.id))
    assert olga
    post.olga.blocks()
    await post.tells(olga.id, "one")
    assert "chat given up" in caplog.text
    assert (await post.store.outbox.counts())[DeliveryState.DUE] == 0


async def test_a_flood_of_half_a_day_is_waited_for_over_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'newsbot.db'}"
    async with BotApi() as api:
        store = await Store.open(url)
        post = await Post(api, store).opens()
        ann = api.person("Ann")
        chat = await post.chat(ann.chat)
        api.faults = [floods(43837, chat=ann.id)]
        await post.tells(chat, "one")
        await store.close()
        await post.platform.close()

        store = await Store.open(url)
        again = Post(api, store)
        again.clock.now = NOW + timedelta(seconds=43820)
        await again.delivers()
        assert (ann.chat.texts, api.count("sendMessage")) == ([], 1)
        again.clock.advance(seconds=10)
        await again.delivers()
        assert ann.chat.texts == ["one"]
        await again.platform.close()
        await store.close()
