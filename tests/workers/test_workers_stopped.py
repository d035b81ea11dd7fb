"""The bot is stopped while it sends: what may have arrived is not taken for unsent."""

import asyncio

import pytest
from fakes import FakePlatform

from bot.types import Delivery, DeliveryKind, DeliveryState, NewDelivery, Part, Receipt
from bot.workers.deliver import Deliver
from bot.workers.loop import Loop, Stage


class StoppedWhileAsked(FakePlatform):
    """The message arrives, and the bot is stopped before the answer."""

    async def send(self, delivery: Delivery) -> Receipt:
        self.sent.append(delivery)
        _stop()
        await asyncio.Event().wait()
        raise AssertionError("never answered")


class StoppedWhenAnswered(FakePlatform):
    """The bot is stopped with the answer in its hands."""

    async def send(self, delivery: Delivery) -> Receipt:
        receipt = await super().send(delivery)
        _stop()
        return receipt


def _stop() -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()


async def queue(town, platform: str) -> None:
    chat = await town.chat("7", platform=platform)
    post = Part(html="", plain="Ferry aground")
    new = NewDelivery(dedup_key="post", chat_id=chat.id, kind=DeliveryKind.LIVE, parts=(post,))
    await town.store.outbox.put([new], town.clock())


def loop(town, platform: FakePlatform, *, resend: bool) -> Loop:
    work = Deliver(store=town.store, platform=platform, clock=town.clock, resend=resend)
    stage = Stage(name="deliver", table="deliveries", step=work.step, claim=work.claim, give_up=work.give_up)
    return Loop(stage, town.store.rows, clock=town.clock, bells=town.bells)


async def stopped(town, platform: FakePlatform, *, resend: bool = True) -> None:
    """The process sends, is stopped meanwhile, and a minute passes."""
    with pytest.raises(asyncio.CancelledError):
        await asyncio.ensure_future(loop(town, platform, resend=resend).once())
    assert len(platform.sent) == 1
    town.clock.advance(minutes=1)


async def after_restart(town, name: str, *, resend: bool = True) -> list[Delivery]:
    platform = FakePlatform(name)
    while await loop(town, platform, resend=resend).once():
        pass
    return platform.sent


async def test_with_drop_it_is_not_sent_again_and_told_as_unknown(town) -> None:
    await queue(town, "telegram")
    await stopped(town, StoppedWhileAsked("telegram"), resend=False)

    assert await after_restart(town, "telegram", resend=False) == []
    assert (await town.store.outbox.counts())[DeliveryState.UNKNOWN] == 1


async def test_with_resend_it_is_sent_again_as_one_that_may_have_arrived(town) -> None:
    await queue(town, "telegram")
    await stopped(town, StoppedWhileAsked("telegram"))

    [again] = await after_restart(town, "telegram")
    assert (again.interrupted, again.attempts) == (True, 2)


async def test_on_matrix_it_is_sent_again_under_its_key(town) -> None:
    await queue(town, "matrix")
    before = StoppedWhileAsked("matrix")
    await stopped(town, before, resend=False)

    [again] = await after_restart(town, "matrix", resend=False)
    assert again.key == before.sent[0].key


async def test_a_stop_is_no_outage_of_the_platform(town) -> None:
    await queue(town, "telegram")
    await stopped(town, StoppedWhileAsked("telegram"))

    assert await town.store.moves.outages() == []


@pytest.mark.parametrize("resend", [True, False])
async def test_what_was_answered_is_written_down_before_the_bot_stops(town, resend: bool) -> None:
    await queue(town, "telegram")
    await stopped(town, StoppedWhenAnswered("telegram"), resend=resend)

    assert await after_restart(town, "telegram", resend=resend) == []
    assert (await town.store.outbox.counts())[DeliveryState.SENT] == 1
