"""Delivers an outbox to Matrix in a process that a test may kill.

The first process only imports. For each line on standard input, the seconds by which its clock is
ahead (so that a killed process's leases have run out), it forks one that delivers until nothing is
due, prints its process id, and prints how it ended.

    python courier.py DATABASE_URL SETTINGS.json
"""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.platforms.matrix import MatrixPlatform, MatrixSettings
from bot.storage.store import Store
from bot.types import DeliveryState, Message
from bot.workers.deliver import Deliver
from bot.workers.loop import Bells, Loop, Stage

LOOPS = 8


async def drain(url: str, settings: MatrixSettings, ahead: float) -> None:
    """Deliver until nothing is due."""

    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=ahead)

    store = await Store.open(url, migrate=False)
    platform = MatrixPlatform(settings)

    async def receive(message: Message) -> None:
        await store.inbox.put(message, clock())

    listening = asyncio.create_task(platform.run(receive))
    while not platform._synced:
        await asyncio.sleep(0.01)
    work = Deliver(store=store, platform=platform, clock=clock)
    stage = Stage(name="deliver", table="deliveries", step=work.step, claim=work.claim)
    loops = [Loop(stage, store.rows, clock=clock, bells=Bells()) for _ in range(LOOPS)]

    async def until_done(loop: Loop) -> None:
        while (await store.outbox.counts()).get(DeliveryState.DUE):
            while await loop.once():
                pass

    await asyncio.gather(*map(until_done, loops))
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await platform.close()
    await store.close()


def main() -> None:
    """Fork for every line."""
    url, file = sys.argv[1:]
    given = json.loads(Path(file).read_text())
    settings = MatrixSettings(**given | {"store_dir": Path(given["store_dir"])})
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            asyncio.run(drain(url, settings, float(line)))
            os._exit(0)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
