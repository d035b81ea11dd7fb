"""The whole road on Matrix: the real process in an encrypted room of a real Synapse."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from e2e.process import LONG, BotProcess
from e2e.road import walk
from e2e.web import NewsSite
from synapse.fixtures import homeserver, new_name, person
from synapse.homeserver import Homeserver
from synapse.people import Person

__all__ = ["homeserver", "person"]

CONFIG = """
owners = ["matrix:{owner}"]
[models]
generator = "none"
download = false
[sources]
allow_hosts = ["127.0.0.1"]
[matrix]
homeserver = "{url}"
user = "{user}"
password = "secret"
"""


class InRoom:
    """Ann in an encrypted room with the bot."""

    prefix = "!"

    def __init__(self, ann: Person, room: str, bot: str) -> None:
        self.ann, self.room, self.bot = ann, room, bot

    async def say(self, text: str) -> None:
        await self.ann.say(self.room, text)

    def heard(self) -> list[str]:
        return [str(e["content"].get("body", "")) for e in self._messages()]

    def _messages(self) -> list[dict[str, Any]]:
        mine = [e for room, e in self.ann.heard if room == self.room and e["sender"] == self.bot]
        return [e for e in mine if e["type"] == "m.room.message"]

    async def until(self, test: Callable[[], bool]) -> None:
        async with asyncio.timeout(LONG):
            while not test():
                await asyncio.sleep(0.05)


@pytest.mark.synapse
async def test_the_whole_road_in_an_encrypted_room(
    homeserver: Homeserver, person: Callable[[], Awaitable[Person]], tmp_path: Path
) -> None:
    name = new_name("bot")
    homeserver.register(name)
    ann = await person()
    bot_id = f"@{name}:localhost"
    config = CONFIG.format(owner=ann.user_id, url=homeserver.url, user=bot_id)
    folder = tmp_path / "bot"
    folder.mkdir()
    async with NewsSite() as site:
        bot = BotProcess(folder, config)
        await bot.start()
        try:
            room = await ann.room(bot_id, encrypted=True)
            await ann.joined(room, bot_id)
            await walk(InRoom(ann, room, bot_id), bot, site, restart=bot.start)
        except BaseException:
            print(bot.logged())
            raise
        finally:
            await bot.stop()
    assert on_the_wire(homeserver, ann, room, bot_id) == {"m.room.encrypted"}


def on_the_wire(homeserver: Homeserver, ann: Person, room: str, bot_id: str) -> set[str]:
    """The types of the bot's messages as the homeserver has them: no client decrypts them here."""
    path = f"/_matrix/client/v3/rooms/{quote(room)}/messages?dir=b&limit=200"
    events = homeserver.call("GET", path, token=ann.client.access_token)["chunk"]
    types = {e["type"] for e in events if e["sender"] == bot_id}
    return types - {"m.room.member", "m.room.redaction", "m.reaction"}
