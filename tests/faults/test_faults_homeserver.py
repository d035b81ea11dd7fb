"""A homeserver that restarts while posts go out: nothing lost, nothing twice, in order, by itself."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from synapse.bots import Bot, together
from synapse.homeserver import Homeserver
from synapse.people import Person

from bot.storage.store import Store
from bot.types import Address, DeliveryKind, DeliveryState, NewDelivery, Part
from bot.workers.deliver import Deliver
from bot.workers.loop import Bells, Loop, Stage

pytestmark = pytest.mark.synapse

ROOMS, POSTS = 3, 8


async def test_a_restart_of_the_homeserver_costs_no_post_and_repeats_none(
    homeserver: Homeserver,
    person: Callable[..., Awaitable[Person]],
    bot: Callable[..., Bot],
    tmp_path: Path,
) -> None:
    ann, newsbot = await person(), bot()
    rooms = [await together(ann, newsbot, encrypted=n % 2 == 0) for n in range(ROOMS)]
    store = await Store.open(f"sqlite:///{tmp_path / 'newsbot.db'}")
    await queue(store, rooms)
    ahead = timedelta()
    work = Deliver(store=store, platform=newsbot.platform, clock=lambda: datetime.now(UTC) + ahead)
    stage = Stage(name="deliver", table="deliveries", step=work.step, claim=work.claim)
    loop = Loop(stage, store.rows, clock=work.clock, bells=Bells())

    for _ in range(ROOMS * POSTS // 2):
        assert await loop.once()
    await asyncio.to_thread(homeserver.stop)
    assert await loop.once()
    [outage] = await store.moves.outages()
    assert outage.platform == "matrix"
    await asyncio.to_thread(homeserver.start)
    while (await store.outbox.counts())[DeliveryState.DUE]:
        if not await loop.once():
            ahead += timedelta(seconds=10)
            await asyncio.sleep(0.1)

    for room in rooms:
        await ann.until(lambda room=room: f"post {POSTS - 1}" in heard(ann, room, newsbot))
        assert heard(ann, room, newsbot) == [f"post {n}" for n in range(POSTS)]
    assert await store.moves.outages() == []
    await store.close()


async def queue(store: Store, rooms: list[str]) -> None:
    for room in rooms:
        chat = await store.chats.ensure(Address("matrix", room), private=True)
        for n in range(POSTS):
            part = Part(html=f"<p>post {n}</p>", plain=f"post {n}")
            new = NewDelivery(
                dedup_key=f"{chat.id}:{n}", chat_id=chat.id, kind=DeliveryKind.LIVE, parts=(part,)
            )
            await store.outbox.put([new], datetime.now(UTC))


def heard(ann: Person, room: str, bot: Bot) -> list[str]:
    return [
        str(event["content"].get("body", "(not readable)"))
        for place, event in ann.heard
        if place == room and event["sender"] == bot.user_id and "membership" not in event["content"]
    ]
