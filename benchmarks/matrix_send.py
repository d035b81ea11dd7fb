"""Deliveries a second through the Matrix platform, beside bare requests to the same homeserver.

    .venv/bin/python -m benchmarks.matrix_send [COUNT]

Needs `make synapse`; reads no data. Each way sends COUNT messages one after another to one room of a
Synapse on loopback: the platform and a bare PUT in a plain room, the platform and nio's own
`room_send` in an encrypted one. The last figure is an echo: a person's encrypted message to the
bot's encrypted answer in clear at the person's.
"""

import asyncio
import json
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from synapse.bots import Bot, delivery, settings_for, together
from synapse.homeserver import Homeserver
from synapse.people import Person

ECHOES = 20


async def rate(count: int, send: Callable[[int], Awaitable[object]]) -> float:
    """Calls a second, one after another."""
    started = time.perf_counter()
    for number in range(count):
        await send(number)
    return count / (time.perf_counter() - started)


async def echo(ann: Person, bot: Bot, room: str, number: int) -> float:
    """Seconds from asking to reading the answer."""
    started = time.perf_counter()
    asked = await ann.say(room, f"question {number}")
    await bot.gets(f"question {number}")
    await bot.send(delivery(room, f"answer {number}", reply_to=asked))
    await ann.hears(lambda e: e["content"].get("body") == f"answer {number}")
    return time.perf_counter() - started


async def measure(server: Homeserver, folder: Path, count: int) -> None:
    for name in ("bot", "ann"):
        server.register(name)
        (folder / name).mkdir()
    ann = await Person.login(server.url, "ann", folder / "ann")
    bot = Bot(settings_for(server.url, "bot", folder / "bot")).start()
    plain, sealed = await together(ann, bot), await together(ann, bot, encrypted=True)
    client = bot.platform._client
    headers = {"Authorization": f"Bearer {bot.login.access_token}", "Content-Type": "application/json"}

    async def bare(number: int) -> None:
        path = f"/_matrix/client/v3/rooms/{quote(plain)}/send/m.room.message/{secrets.token_hex(8)}"
        body = json.dumps({"msgtype": "m.text", "body": f"message {number}"})
        await client.send("PUT", path, body, headers)

    async def by_nio(number: int) -> None:
        body = {"msgtype": "m.text", "body": f"message {number}"}
        await client.room_send(sealed, "m.room.message", body, ignore_unverified_devices=True)

    ways = {
        "plain": (lambda n: bot.send(delivery(plain, f"message {n}")), bare),
        "encrypted": (lambda n: bot.send(delivery(sealed, f"message {n}")), by_nio),
    }
    for name, (ours, yardstick) in ways.items():
        await rate(5, ours)
        mine, its = await rate(count, ours), await rate(count, yardstick)
        print(f"{name:10} {mine:6.1f}/s  yardstick {its:6.1f}/s  ratio {mine / its:.2f}")
    echoes = [await echo(ann, bot, sealed, number) for number in range(ECHOES)]
    print(f"echo       median {statistics.median(echoes):.3f} s, worst of {ECHOES} {max(echoes):.3f} s")
    await bot.stop()
    await ann.close()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        server = Homeserver(Path(folder) / "synapse")
        server.start()
        try:
            asyncio.run(measure(server, Path(folder), count))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
