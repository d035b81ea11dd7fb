"""A delivery to its platform, and what came of it to its row.

Every outcome of a platform has one line here. The hard thing is Telegram's ambiguous time-out: the
message may be there or not. It is counted, and the owner's policy decides whether it is sent again
(the default: better twice than lost) or left as `unknown`. Matrix can't be ambiguous: its
transaction id makes a second sending harmless. A sending that the bot's own stop cuts off is such a
time-out too.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot import schedule, telemetry
from bot.errors import (
    Ambiguous,
    ChatGone,
    ChatMoved,
    ChatOpened,
    NotAuthorised,
    PlatformError,
    Rejected,
    RetryAfter,
    StoreError,
    Unanswered,
    Unavailable,
)
from bot.storage.store import Store
from bot.types import Address, Claim, Delivery, Message, Receipt, RouteHealth
from bot.workers.giving_up import give_up
from bot.workers.loop import BASE, LEASE, LIMIT, Clock
from bot.workers.reach import Reach

log = logging.getLogger(__name__)

TIMEOUT = 60.0
"""Seconds for one send, at most."""
LOGIN_PAUSE = timedelta(minutes=1)
KEPT_IN_ORDER = 4
"""How often its chat waits for a message that may have been sent: for a minute or so, not for ever."""
FLOODED = 3
"""So many chats that are refused one after the other mean that the whole bot is to wait."""
FLOOD_PAUSE = timedelta(minutes=1)
"""How long it then sends nothing, before it looks again: to go on asking makes such a ban longer."""
LONGEST_OUTAGE_WAIT = timedelta(minutes=1)
"""A platform that comes back is noticed within this."""


class Platform(Protocol):
    """A network. `send` raises PlatformError kinds and nothing else."""

    name: str

    async def run(self, receive: Callable[[Message], Awaitable[None]]) -> None:
        """Pass on what people send, each once `receive` returned; reconnect until cancelled."""
        ...

    async def send(self, delivery: Delivery) -> Receipt:
        """Send or edit one part."""
        ...

    async def typing(self, address: Address, text: str = "", number: int = 0) -> None:
        """Show that an answer is being written, and `text` where the platform can show it for a while.

        `number` names the answer. Never a message: it vanishes by itself.
        """
        ...

    async def commands(self, table: Sequence[tuple[str, str]]) -> None:
        """Show the commands in the platform's menu."""
        ...

    def routes(self) -> Sequence[RouteHealth]:
        """How each way to it does; empty where there is no network."""
        ...

    async def who(self) -> str:
        """The bot's name there, asked anew; empty where it has not logged in yet. Raises PlatformError."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


@dataclass(frozen=True, kw_only=True)
class Pace:
    """What a platform allows. Telegram: core.telegram.org/bots/faq, 'My bot is hitting limits'."""

    chat: timedelta = timedelta()
    """Between two messages to one person."""
    group: timedelta = timedelta()
    """Between two messages to one group or channel."""


PACES = {"telegram": Pace(chat=timedelta(seconds=1), group=timedelta(seconds=3))}


@dataclass(frozen=True, kw_only=True)
class Deliver:
    """The deliver stage of one platform."""

    store: Store
    platform: Platform
    clock: Clock
    resend: bool = True
    """Send again what may have been sent."""
    owners: Collection[tuple[str, str]] = ()
    """(platform, user id) of those who are told when a chat is gone."""
    reach: Reach = field(init=False)
    _claimed: dict[str, Delivery] = field(default_factory=dict)
    _flying: set[int] = field(default_factory=set)
    """Deliveries that this process is sending."""
    _unwritten: dict[int, Receipt] = field(default_factory=dict)
    """What this process sent and could not write down yet."""
    _flooded: set[int] = field(default_factory=set)
    """Chats that were told to wait since the last message that went out."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "reach", Reach(self.store, self.platform.name))

    async def claim(self, now: datetime) -> list[Claim]:
        """The next row of one chat."""
        rows = await self.store.outbox.claim(now=now, lease=LEASE, platforms=[self.platform.name])
        self._claimed.update({claim.token: delivery for claim, delivery in rows})
        return [claim for claim, _ in rows]

    async def step(self, claim: Claim) -> None:
        """Send one part and record what came of it."""
        delivery = self._claimed.pop(claim.token)
        if receipt := self._unwritten.get(delivery.id):
            await self._sent(claim, delivery, receipt)
            return
        if delivery.id in self._flying:
            return  # The clock jumped past its lease: what comes of the sending is written when it ends.
        if delivery.interrupted and self.platform.name != "matrix":
            telemetry.DELIVERIES.labels(self.platform.name, "interrupted").inc()
            if not self.resend:
                await self.store.outbox.unknown(claim, "interrupted")
                return
        self._flying.add(delivery.id)
        try:
            async with asyncio.timeout(TIMEOUT):
                receipt = await self.platform.send(delivery)
        except TimeoutError:
            await _to_the_end(self._refused(claim, delivery, self._late("no answer in time")))
        except asyncio.CancelledError:
            await _to_the_end(self._stopped(claim, delivery))
            raise
        except PlatformError as e:
            await _to_the_end(self._refused(claim, delivery, e))
        else:
            await _to_the_end(self._sent(claim, delivery, receipt))
        finally:
            self._flying.discard(delivery.id)

    async def give_up(self, claim: Claim, error: Exception) -> bool:
        """After a failure that nobody foresaw: try again later, as it may have been sent.

        Raises StoreError as it came: the row is taken up again when its lease runs out.
        """
        if isinstance(error, StoreError):
            raise error
        wait = schedule.backoff(claim.attempts, base=BASE, limit=LIMIT, jitter=random.random())
        reason = type(error).__name__
        await self.store.outbox.retry(claim, self.clock() + wait, reason, perhaps_sent=True)
        return True

    async def _sent(self, claim: Claim, delivery: Delivery, receipt: Receipt) -> None:
        now, pace = self.clock(), PACES.get(self.platform.name)
        self._unwritten[delivery.id] = receipt
        async with self.store.transaction():
            await self.store.outbox.sent(claim, receipt, now)
            await self.reach.answered(now)
            if pace:
                chat = await self.store.chats.get(delivery.chat_id)
                await self.store.outbox.pause_chat(
                    delivery.chat_id, now + (pace.chat if chat.private else pace.group)
                )
        del self._unwritten[delivery.id]
        self._flooded.clear()
        telemetry.PLATFORM_UP.labels(self.platform.name).set(1)
        self._count(delivery, "sent")

    async def _refused(self, claim: Claim, delivery: Delivery, error: PlatformError) -> None:
        async with self.store.transaction():
            await self._settle(claim, delivery, error)
            if isinstance(error, Unavailable | Ambiguous | NotAuthorised):
                await self.reach.failed(error.reason, self.clock())
            else:
                await self.reach.answered(self.clock())
        if isinstance(error, Unavailable):
            telemetry.PLATFORM_UP.labels(self.platform.name).set(0)
        self._note(delivery, error)

    async def _stopped(self, claim: Claim, delivery: Delivery) -> None:
        """The bot stops before the platform answered: no outage, but the message may be there."""
        error = self._late("stopped")
        async with self.store.transaction():
            await self._settle(claim, delivery, error)
        self._note(delivery, error)

    def _late(self, reason: str) -> PlatformError:
        """What it means that no answer came to what was sent."""
        return Unanswered(reason) if self.platform.name == "matrix" else Ambiguous(reason)

    def _note(self, delivery: Delivery, error: PlatformError) -> None:
        self._count(delivery, type(error).__name__.lower())
        needed = isinstance(error, Rejected | NotAuthorised) and not delivery.edits
        facts = {"delivery": delivery.id, "chat": delivery.chat_id, "platform": self.platform.name}
        log.log(
            logging.ERROR if needed else logging.WARNING,
            "delivery refused",
            extra={**facts, "error": error.reason, "kind": type(error).__name__},
        )

    async def _settle(self, claim: Claim, delivery: Delivery, error: PlatformError) -> None:
        """What becomes of the row, and of its chat or platform."""
        outbox, now = self.store.outbox, self.clock()
        match error:
            case RetryAfter():
                until = now + timedelta(seconds=error.seconds)
                await outbox.retry(claim, until, error.reason)
                await outbox.pause_chat(delivery.chat_id, until)
                await self._pause_when_flooded(delivery.chat_id, min(until, now + FLOOD_PAUSE))
            case Ambiguous() if self.resend:
                until = now + _wait(delivery, LIMIT)
                await outbox.retry(claim, until, error.reason, perhaps_sent=True)
                if delivery.attempts <= KEPT_IN_ORDER:
                    await outbox.pause_chat(delivery.chat_id, until)
            case Ambiguous():
                await outbox.unknown(claim, error.reason)
            case Rejected():
                # An edit that can't be made (too old, the message is gone) leaves the post as it stands.
                await outbox.failed(claim, error.reason)
            case ChatGone():
                await outbox.failed(claim, error.reason)
                await give_up(self.store, delivery.chat_id, error.reason, owners=self.owners, now=now)
            case ChatMoved():
                await outbox.retry(claim, now, error.reason)
                chat = await self.store.chats.get(delivery.chat_id)
                await self.store.chats.move(chat.address, error.chat)
            case ChatOpened():
                # Nobody who came in has said anything yet. What moved there goes home with the link; where a
                # part of it was sent there before, the rest waits until the others are gone.
                await outbox.retry(claim, now + _wait(delivery, LIMIT), error.reason)
                await self.store.chats.change(delivery.chat_id, private=False)
            case NotAuthorised():
                await outbox.retry(claim, now + LOGIN_PAUSE, error.reason)
                await outbox.pause_platform(self.platform.name, now + LOGIN_PAUSE)
            case _:
                # The whole chat waits: what comes later must not overtake it.
                until = now + _wait(delivery, LONGEST_OUTAGE_WAIT)
                perhaps = isinstance(error, Unanswered)
                await outbox.retry(claim, until, error.reason, perhaps_sent=perhaps)
                await outbox.pause_chat(delivery.chat_id, until)

    async def _pause_when_flooded(self, chat_id: int, until: datetime) -> None:
        self._flooded.add(chat_id)
        if len(self._flooded) >= FLOODED:
            await self.store.outbox.pause_platform(self.platform.name, until)
            self._flooded.clear()

    def _count(self, delivery: Delivery, outcome: str) -> None:
        telemetry.DELIVERIES.labels(delivery.address.platform, outcome).inc()


async def _to_the_end(writing: Coroutine[Any, Any, None]) -> None:
    """Write down what came of a sending, also when the bot stops meanwhile: else it would be sent again.

    Where writing fails, that is raised: the row must not be released, its lease runs out as after a crash.
    """
    task = asyncio.ensure_future(writing)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        task.result()
        raise


def _wait(delivery: Delivery, limit: timedelta) -> timedelta:
    return schedule.backoff(delivery.attempts, base=BASE, limit=limit, jitter=random.random())
