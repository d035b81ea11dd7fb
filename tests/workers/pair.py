"""A reader with a chat on Telegram and one on Matrix, both linked, and the stages between."""

from __future__ import annotations

from datetime import timedelta

from fakes import FakePlatform

from bot.errors import PlatformError
from bot.types import Address, Chat, Delivery, DeliveryKind, NewDelivery, Part, Receipt
from bot.workers.deliver import PACES, Deliver
from bot.workers.failover import Failover
from bot.workers.loop import Loop, Stage

STEP = timedelta(minutes=3)


class Switch(FakePlatform):
    """A platform that fails while `down` says how."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.down: PlatformError | None = None
        self.tried: list[Delivery] = []

    async def send(self, delivery: Delivery) -> Receipt:
        self.tried.append(delivery)
        if self.down:
            raise self.down
        return await super().send(delivery)


class Pair:
    """Two platforms, a linked reader, and what moves between them."""

    def __init__(self, town) -> None:
        self.town, self.store, self.clock = town, town.store, town.clock
        self.telegram, self.matrix = Switch("telegram"), Switch("matrix")
        self.failover = Failover(store=self.store, clock=self.clock, bells=town.bells)
        self.restart()

    def restart(self) -> None:
        """As a new process would: nothing is remembered but the store."""
        self.loops = {p.name: self._loop(p) for p in (self.telegram, self.matrix)}

    def _loop(self, platform: FakePlatform) -> Loop:
        stage = Deliver(store=self.store, platform=platform, clock=self.clock)
        named = Stage(name="deliver", table="deliveries", step=stage.step, claim=stage.claim)
        return Loop(named, self.store.rows, clock=self.clock, bells=self.town.bells)

    async def reader(self, name: str = "1") -> tuple[Chat, Chat]:
        """Their chats on Telegram and Matrix, linked."""
        here = await self.store.chats.ensure(Address("telegram", name), private=True)
        there = await self.store.chats.ensure(Address("matrix", f"!{name}:x"), private=True)
        await self.store.links.pair(here.id, there.id, self.clock())
        return here, there

    async def queue(self, chat: Chat, *texts: str, kind: DeliveryKind = DeliveryKind.LIVE, **more) -> None:
        for text in texts:
            part = Part(html=f"<b>{text}</b>", plain=text)
            new = NewDelivery(
                dedup_key=f"{chat.id}:{text}", chat_id=chat.id, kind=kind, parts=(part,), **more
            )
            await self.store.outbox.put([new], self.clock())

    async def passes(self, minutes: float) -> None:
        """Everything works for so long."""
        until = self.clock.now + timedelta(minutes=minutes)
        while self.clock.now < until:
            await self.works()
            self.clock.now = max(self.clock.now, min(until, self.clock.now + STEP))
        await self.works()

    async def works(self) -> None:
        """Until nothing more can be done at this moment."""
        busy = True
        while busy:
            busy = bool(await self.failover.once())
            for loop in self.loops.values():
                busy = await loop.once() or busy
            if busy:
                self.clock.advance(seconds=PACES["telegram"].chat.total_seconds())
