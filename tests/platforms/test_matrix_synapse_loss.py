"""Nothing is lost and nothing is doubled: outages, kills and broken inboxes, on a real Synapse."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from synapse import victim
from synapse.bots import Bot, delivery, settings_for, together
from synapse.fixtures import new_name
from synapse.homeserver import Homeserver
from synapse.people import Person

from bot.errors import ChatMoved, Unavailable
from bot.types import DeliveryKind, Message

pytestmark = pytest.mark.synapse
MakePerson = Callable[..., Awaitable[Person]]
MakeBot = Callable[..., Bot]

KILLS = 8


@pytest.mark.parametrize(("count", "encrypted"), [(25, True), (150, True), (150, False)])
async def test_all_that_was_said_while_the_bot_was_down_arrives_once(
    person: MakePerson, bot: MakeBot, count: int, encrypted: bool
) -> None:
    ann, newsbot = await person(), bot()
    room_id = await together(ann, newsbot, encrypted=encrypted)
    await ann.say(room_id, "start")
    await newsbot.gets("start")
    await newsbot.stop()

    said = [f"message {number}" for number in range(count)]
    for text in said:
        await ann.say(room_id, text)
    await newsbot.restart()
    await newsbot.gets(said[-1])
    await ann.say(room_id, "end")
    await newsbot.gets("end")

    # Stopped before its position moved, it gets "start" again; the inbox takes a message once.
    assert [text for text in newsbot.texts if text != "start"] == [*said, "end"]


async def test_a_position_that_the_server_does_not_know_costs_no_message(
    person: MakePerson, bot: MakeBot
) -> None:
    ann, newsbot = await person(), bot()
    room_id = await together(ann, newsbot, encrypted=True)
    await ann.say(room_id, "start")
    first = await newsbot.gets("start")
    await newsbot.stop()
    for number in range(3):
        await ann.say(room_id, f"message {number}")
    kept = newsbot.platform._folder.progress()
    newsbot.platform._folder.keep_progress(replace(kept, position="forgotten"))
    await newsbot.restart()
    await newsbot.gets("message 2")
    await newsbot.send(delivery(room_id, "hello again"))
    await ann.hears(lambda e: e["content"].get("body") == "hello again")

    # So near the edge "start" may come again; the inbox knows it by its id.
    assert [m.text for m in newsbot.inbox if m.message_id != first.message_id] == [
        f"message {number}" for number in range(3)
    ]


async def test_inbox_that_fails_gets_the_message_again_and_nothing_is_overtaken(
    person: MakePerson, bot: MakeBot
) -> None:
    ann, newsbot = await person(), bot()
    room_id = await together(ann, newsbot, encrypted=True)
    failures = iter([True, True, False])
    newsbot.fails = lambda message: message.text == "one" and next(failures)
    for text in ("one", "two", "three"):
        await ann.say(room_id, text)
    await newsbot.gets("three")
    assert newsbot.texts == ["one", "two", "three"]


async def test_position_stays_while_the_inbox_fails(person: MakePerson, bot: MakeBot) -> None:
    ann, newsbot = await person(), bot()
    room_id = await together(ann, newsbot, encrypted=True)
    asked: list[Message] = []
    newsbot.fails = lambda message: asked.append(message) is None
    await ann.say(room_id, "precious")
    await newsbot.until(lambda: bool(asked))
    await newsbot.restart()
    await newsbot.gets("precious")
    assert newsbot.texts == ["precious"]


async def test_kill_while_handling_loses_nothing(
    homeserver: Homeserver, person: MakePerson, tmp_path: Path
) -> None:
    ann, doomed = await person(), Doomed(homeserver, tmp_path)
    await doomed.run(1, "before")
    room_id = await doomed.room(ann)
    for number, when in ((2, "before"), (1, "after"), (2, "after"), (0, "never")):
        for _ in range(3):
            await doomed.tell(ann, room_id)
        if number:
            assert await doomed.died() == -signal.SIGKILL
        else:
            await doomed.kill()
        await doomed.run(number, when)

    await ann.until(lambda: len(doomed.received) == len(doomed.said))
    await doomed.kill()
    assert sorted(doomed.received.values()) == sorted(doomed.said)


async def test_kill_at_any_moment_loses_nothing_of_an_encrypted_talk(
    homeserver: Homeserver, person: MakePerson, tmp_path: Path
) -> None:
    ann, doomed = await person(), Doomed(homeserver, tmp_path)
    await doomed.run(0, "never")
    room_id = await doomed.room(ann)
    for round_ in range(KILLS):
        await doomed.tell(ann, room_id)
        await doomed.tell(ann, room_id)
        await asyncio.sleep(0.05 * (round_ % 5))
        await doomed.kill()
        await doomed.run(0, "never")
        # Every other time it has begun to read when the next messages come, or when it dies.
        await asyncio.sleep(0.3 * (round_ % 7))

    await ann.until(lambda: len(doomed.received) == len(doomed.said))
    await doomed.kill()
    assert sorted(doomed.received.values()) == sorted(doomed.said)


class Doomed:
    """A bot in a process of its own, which dies and starts again over one folder and one inbox."""

    def __init__(self, homeserver: Homeserver, folder: Path) -> None:
        name = new_name("newsbot")
        homeserver.register(name)
        self.user_id = f"@{name}:localhost"
        self.said: list[str] = []
        self._settings, self._inbox = folder / "settings.json", folder / "inbox"
        self._inbox.touch()
        given = {"homeserver": homeserver.url, "user": name, "password": "secret"}
        given |= {"allowed_inviters": ["*:localhost"], "store_dir": str(folder / name)}
        self._settings.write_text(json.dumps(given))

    @property
    def received(self) -> dict[str, str]:
        """Messages by id, as an inbox that takes each id once has them."""
        lines = self._inbox.read_text().splitlines()
        return dict(json.loads(line) for line in lines)

    async def run(self, number: int, when: str) -> None:
        command = (victim.__file__, self._settings, self._inbox, str(number), when)
        root = {"PYTHONPATH": str(Path(__file__).parents[2])}
        self._process = await asyncio.create_subprocess_exec(sys.executable, *command, env=os.environ | root)

    async def died(self) -> int:
        return await self._process.wait()

    async def kill(self) -> None:
        self._process.kill()
        await self._process.wait()

    async def room(self, ann: Person) -> str:
        room_id = await ann.room(self.user_id, encrypted=True)
        await ann.joined(room_id, self.user_id)
        return room_id

    async def tell(self, ann: Person, room_id: str) -> None:
        """Say something under a room key of its own."""
        self.said.append(f"message {len(self.said)}")
        ann.client.invalidate_outbound_session(room_id)
        await ann.say(room_id, self.said[-1])


async def test_disk_that_is_full_while_a_key_comes_costs_neither_key_nor_message(
    person: MakePerson, bot: MakeBot
) -> None:
    ann, newsbot = await person(), bot()
    room_id = await together(ann, newsbot, encrypted=True)
    failed = []

    def full(session: object) -> None:
        failed.append(session)
        raise OSError("no space left on device")

    newsbot.platform._client.store.save_inbound_group_session = full
    await ann.say(room_id, "one")
    await newsbot.gets("one")
    await newsbot.restart()
    await ann.say(room_id, "two")
    await newsbot.gets("two")
    assert failed
    assert newsbot.texts == ["two"]


async def test_homeserver_that_is_down_at_first_and_restarts_later(
    homeserver: Homeserver, person: MakePerson, bot: MakeBot, tmp_path: Path
) -> None:
    ann = await person()
    name = new_name("newsbot")
    homeserver.register(name)
    await asyncio.to_thread(homeserver.stop)
    newsbot = Bot(settings_for(homeserver.url, name, tmp_path / name)).start()
    with pytest.raises(Unavailable):
        await newsbot.send(delivery("!any", "too early"))
    await asyncio.to_thread(homeserver.start)
    room_id = await together(ann, newsbot, encrypted=True)
    await ann.say(room_id, "one")
    await newsbot.gets("one")

    await asyncio.to_thread(homeserver.stop)
    row = delivery(room_id, "kept", kind=DeliveryKind.LIVE)
    with pytest.raises(Unavailable):
        await newsbot.send(row)
    await asyncio.to_thread(homeserver.start)
    await ann.say(room_id, "two")
    await newsbot.gets("two")
    await newsbot.send(row)
    await ann.hears(lambda e: e["content"].get("body") == "kept")
    await newsbot.stop()
    assert newsbot.texts == ["one", "two"]


async def test_message_whose_key_comes_later_is_read_then_and_once(person: MakePerson, bot: MakeBot) -> None:
    ann, newsbot = await person(), bot()
    room_id = await together(ann, newsbot, encrypted=True)
    release = ann.withhold_keys()
    await ann.say(room_id, "locked")
    await newsbot.until(lambda: newsbot.waiting == 1)
    await newsbot.restart()
    await newsbot.until(lambda: newsbot.synced)
    await release()
    await newsbot.gets("locked")
    await newsbot.until(lambda: newsbot.waiting == 0)
    await newsbot.restart()
    await ann.say(room_id, "open")
    await newsbot.gets("open")
    assert newsbot.texts == ["open"]


async def test_answer_of_the_server_that_is_lost_makes_no_second_event(
    homeserver: Homeserver, person: MakePerson, bot: MakeBot
) -> None:
    ann, newsbot = await person(), bot()
    room_id = await together(ann, newsbot, encrypted=True)
    await newsbot.send(delivery(room_id, "first"))
    client = newsbot.platform._client
    sound = client.homeserver
    row = delivery(room_id, "once")
    async with deaf(sound) as proxy:
        client.homeserver = proxy
        with pytest.raises(Unavailable):
            await newsbot.send(row)
        client.homeserver = sound
    await ann.hears(lambda e: e["content"].get("body") == "once")

    receipt = await newsbot.send(row)

    await newsbot.send(delivery(room_id, "last"))
    await ann.hears(lambda e: e["content"].get("body") == "last")
    heard = [e["event_id"] for _, e in ann.heard if e["content"].get("body") == "once"]
    assert heard == [receipt.message_id]


async def test_room_key_that_could_not_be_delivered_is_delivered_with_the_next_try(
    person: MakePerson, bot: MakeBot
) -> None:
    ann, newsbot = await person(), bot()
    room_id = await together(ann, newsbot, encrypted=True)
    client = newsbot.platform._client
    send, lost = client.send, []

    async def lossy(method: str, path: str, *rest: Any, **more: Any) -> Any:
        if "sendToDevice" in path and not lost:
            lost.append(path)
            raise Unavailable("cut")
        return await send(method, path, *rest, **more)

    client.send = lossy
    row = delivery(room_id, "readable")
    with pytest.raises(Unavailable):
        await newsbot.send(row)
    await newsbot.send(row)
    await ann.hears(lambda e: e["content"].get("body") == "readable")


async def test_second_device_of_a_person_reads_what_is_sent_after_its_login(
    homeserver: Homeserver, person: MakePerson, bot: MakeBot, tmp_path: Path
) -> None:
    ann, newsbot = await person(), bot()
    room_id = await together(ann, newsbot, encrypted=True)
    await newsbot.send(delivery(room_id, "one"))
    (tmp_path / "phone").mkdir()
    phone = await Person.login(homeserver.url, ann.user_id, tmp_path / "phone")
    devices = newsbot.platform._client.device_store[ann.user_id]
    await newsbot.until(lambda: phone.client.device_id in devices)
    await newsbot.send(delivery(room_id, "two"))
    await phone.hears(lambda e: e["content"].get("body") == "two")
    await phone.close()


@pytest.mark.parametrize("version", ["10", "11"])
async def test_upgraded_room_is_followed_and_deliveries_are_told_where(
    homeserver: Homeserver, person: MakePerson, bot: MakeBot, version: str
) -> None:
    ann, newsbot = await person(), bot()
    room_id = await together(ann, newsbot, version=version)
    path = f"/_matrix/client/v3/rooms/{room_id}/upgrade"
    answer = homeserver.call("POST", path, {"new_version": "12"}, token=ann.client.access_token)
    new = answer["replacement_room"]
    await ann.client.room_invite(new, newsbot.user_id)
    await newsbot.until(lambda: new in newsbot.rooms)
    with pytest.raises(ChatMoved) as moved:
        await newsbot.send(delivery(room_id, "hello"))
    assert moved.value.chat == new


@asynccontextmanager
async def deaf(url: str) -> AsyncIterator[str]:
    """A proxy that passes every request on and loses every answer."""
    port = int(url.rpartition(":")[2])

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, onward = await asyncio.open_connection("127.0.0.1", port)
        onward.write(await reader.read(1 << 20))
        await back.read(1)
        onward.close()
        writer.close()

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
