"""How much later chat B hears while chat A is flooded: the deliver stage against a slow Telegram.

    python -m benchmarks.flood [--messages 20] [--backlog 2000]

The platform answers after 80 ms, as Telegram does from afar; pace, leases and rows are the real ones,
in a SQLite file. In one run B is alone (the yardstick); in the next A has a backlog of thousands; in
the last Telegram asks for a pause with every second message to A. B's delay is from the row's commit
to the platform's acknowledgement.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import RetryAfter
from bot.storage.store import Store
from bot.types import Address, Delivery, DeliveryKind, Message, NewDelivery, Part, Receipt, RouteHealth
from bot.workers.deliver import Deliver
from bot.workers.loop import Bells, Loop, Stage, keep

LOOPS = 8
ANSWER_SECONDS = 0.08
BETWEEN_SECONDS = 1.2
"""Between two messages to B: more than its own pace, so that only A can delay it."""


def clock() -> datetime:
    return datetime.now(UTC)


@dataclass
class SlowTelegram:
    """Takes its time; with `floods`, refuses every second message to chat A."""

    floods: bool = False
    name: str = "telegram"
    sent: dict[str, float] = field(default_factory=dict)
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    ids: itertools.count[int] = field(default_factory=itertools.count)

    async def send(self, delivery: Delivery) -> Receipt:
        await asyncio.sleep(ANSWER_SECONDS)
        number = next(self.ids)
        if self.floods and delivery.address.chat == "A" and number % 2:
            raise RetryAfter(2)
        self.sent[delivery.part.plain] = time.monotonic()
        self.heard.set()
        return Receipt(str(number))

    async def run(self, receive: Callable[[Message], Awaitable[None]]) -> None:
        raise NotImplementedError

    async def typing(self, address: Address, text: str = "", number: int = 0) -> None:
        raise NotImplementedError

    async def commands(self, table: Sequence[tuple[str, str]]) -> None:
        raise NotImplementedError

    def routes(self) -> Sequence[RouteHealth]:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


def news(text: str, chat_id: int, kind: DeliveryKind) -> NewDelivery:
    return NewDelivery(dedup_key=text, chat_id=chat_id, kind=kind, parts=(Part(html="", plain=text),))


async def delays(folder: Path, *, backlog: int, messages: int, floods: bool) -> list[float]:
    """Seconds from commit to acknowledgement for each of B's messages."""
    store = await Store.open(f"sqlite:///{folder / 'flood.db'}")
    a = await store.chats.ensure(Address("telegram", "A"), private=True)
    b = await store.chats.ensure(Address("telegram", "B"), private=True)
    await store.outbox.put([news(f"A{n}", a.id, DeliveryKind.LIVE) for n in range(backlog)], clock())
    platform, bells = SlowTelegram(floods), Bells()
    work = Deliver(store=store, platform=platform, clock=clock)
    stage = Stage(name="deliver", table="deliveries", step=work.step, claim=work.claim)
    loops = [Loop(stage, store.rows, clock=clock, bells=bells) for _ in range(LOOPS)]
    tasks = [asyncio.create_task(loop.run()) for loop in loops]
    heart = asyncio.create_task(keep(loops, store.rows, clock=clock, bells=bells))
    found = []
    for n in range(messages):
        await asyncio.sleep(BETWEEN_SECONDS)
        await store.outbox.put([news(f"B{n}", b.id, DeliveryKind.LIVE)], clock())
        put = time.monotonic()
        bells.ring("deliver")
        while f"B{n}" not in platform.sent:
            platform.heard.clear()
            await platform.heard.wait()
        found.append(platform.sent[f"B{n}"] - put)
    bells.stop()
    heart.cancel()
    await asyncio.gather(*tasks, heart, return_exceptions=True)
    await store.close()
    return found


def main() -> None:
    """Print B's delays in the three situations."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=20, help="to chat B in each run")
    parser.add_argument("--backlog", type=int, default=2000, help="messages that wait for chat A")
    options = parser.parse_args()
    runs = (
        ("B alone", 0, False),
        ("A flooded", options.backlog, False),
        ("A refused", options.backlog, True),
    )
    alone = 0.0
    print(f"{'':12}{'median s':>10}{'longest s':>11}{'added s':>10}")
    for name, backlog, floods in runs:
        with tempfile.TemporaryDirectory() as folder:
            work = delays(Path(folder), backlog=backlog, messages=options.messages, floods=floods)
            found = asyncio.run(work)
        median = statistics.median(found)
        alone = alone or median
        print(f"{name:12}{median:10.3f}{max(found):11.3f}{median - alone:10.3f}")


if __name__ == "__main__":
    main()
