"""Delivers an outbox to Telegram, or fills an inbox from it, in a process that a test may kill.

The first process only imports. For each line on standard input, the seconds by which its clock is
ahead (so that a killed process's leases have run out), it forks one that delivers until nothing is
due, prints its process id, and prints how it ended.

    python courier.py DATABASE_URL BOT_API_URL TOKEN resend|drop|listen
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta

from bot.platforms.telegram import TelegramPlatform, TelegramSettings
from bot.storage.store import Store
from bot.types import DeliveryState, Message
from bot.workers import deliver
from bot.workers.loop import Bells, Loop, Stage

LOOPS = 8


async def listen(url: str, base_url: str, token: str) -> None:
    """Keep what people say, until killed."""
    store = await Store.open(url, migrate=False)
    platform = TelegramPlatform(TelegramSettings(token=token, base_url=base_url))

    async def receive(message: Message) -> None:
        await store.inbox.put(message, datetime.now(UTC))

    await platform.run(receive)


async def drain(url: str, base_url: str, token: str, *, resend: bool, ahead: float) -> None:
    """Deliver until nothing is due."""

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=ahead)

    # What is measured here is what a kill leaves behind, not Telegram's pace.
    deliver.PACES.clear()
    store = await Store.open(url, migrate=False)
    platform = TelegramPlatform(TelegramSettings(token=token, base_url=base_url, per_second=10000))
    work = deliver.Deliver(store=store, platform=platform, clock=clock, resend=resend)
    stage = Stage(name="deliver", table="deliveries", step=work.step, claim=work.claim)
    loops = [Loop(stage, store.rows, clock=clock, bells=Bells()) for _ in range(LOOPS)]

    async def until_done(loop: Loop) -> None:
        while (await store.outbox.counts()).get(DeliveryState.DUE):
            while await loop.once():
                pass

    await asyncio.gather(*map(until_done, loops))
    await platform.close()
    await store.close()


def main() -> None:
    """Fork for every line."""
    *where, work = sys.argv[1:]
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            if work == "listen":
                asyncio.run(listen(*where))
            asyncio.run(drain(*where, resend=work == "resend", ahead=float(line)))
            os._exit(0)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
