"""The Matrix client on the wire, against a stub that answers as told: errors, proxies, one process."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from fakes import Clock
from nio import MatrixRoom
from nio.crypto.sessions import InboundGroupSession, OutboundGroupSession
from synapse.bots import Bot, delivery

from bot.errors import NotAuthorised, PlatformError, Unavailable
from bot.platforms.matrix import Client, MatrixPlatform, MatrixSettings
from bot.platforms.matrix_events import Room
from bot.platforms.matrix_folder import Folder, Login, Waiting
from bot.platforms.matrix_http import Http
from bot.platforms.matrix_rooms import Rooms
from bot.platforms.roads import Roads
from bot.types import Address

Serve = Callable[[Callable[[web.Request], web.StreamResponse]], Awaitable[str]]


@pytest_asyncio.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts a homeserver that answers every request with one function; its URL."""
    runners: list[web.AppRunner] = []

    async def start(answer: Callable[[web.Request], web.StreamResponse]) -> str:
        async def handle(request: web.Request) -> web.StreamResponse:
            return answer(request)

        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", handle)
        runners.append(web.AppRunner(app))
        await runners[-1].setup()
        site = web.TCPSite(runners[-1], "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{runners[-1].addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


def settings(url: str, store: Path, **more: Any) -> MatrixSettings:
    return MatrixSettings(homeserver=url, user="newsbot", password="pw", store_dir=store, **more)


@pytest_asyncio.fixture
async def client(tmp_path: Path) -> AsyncIterator[Callable[..., Client]]:
    made: list[Client] = []
    folder = Folder(tmp_path)
    folder.claim()

    def make(url: str, **more: Any) -> Client:
        given = settings(url, tmp_path, **more)
        made.append(Client(given, folder, Roads("matrix", given.proxies)))
        return made[-1]

    yield make
    for one in made:
        await one.close()
    folder.leave()


def closed_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


async def test_homeserver_that_refuses_connections_is_unavailable(client: Callable[..., Client]) -> None:
    with pytest.raises(Unavailable):
        await client(closed_port()).call("GET", "/_matrix/client/versions", {})


async def test_page_of_a_reverse_proxy_is_no_answer(client: Callable[..., Client], serve: Serve) -> None:
    url = await serve(lambda _: web.Response(status=502, text="<h1>Bad gateway</h1>"))
    assert await client(url).call("GET", "/", {}) == (502, {})


async def test_refused_login_ends_the_run(tmp_path: Path, serve: Serve) -> None:
    refusal = {"errcode": "M_FORBIDDEN", "error": "Invalid username or password"}
    url = await serve(lambda _: web.json_response(refusal, status=403))
    bot = Bot(settings(url, tmp_path)).start()
    with pytest.raises(NotAuthorised, match="M_FORBIDDEN"):
        await bot.until(lambda: False)
    await bot.stop()


async def test_run_outlasts_a_server_in_trouble_and_sends_nothing_meanwhile(
    tmp_path: Path, serve: Serve
) -> None:
    asked = asyncio.Event()

    def answer(_: web.Request) -> web.Response:
        asked.set()
        return web.Response(status=502)

    bot = Bot(settings(await serve(answer), tmp_path)).start()
    await asked.wait()
    with pytest.raises(Unavailable):
        await bot.send(delivery("!r", "hello"))
    await bot.platform.typing(Address("matrix", "!r"))
    assert bot.failure is None
    await bot.stop()


async def test_folder_of_another_account_is_not_used(tmp_path: Path, serve: Serve) -> None:
    login = {"user_id": "@other:example.org", "device_id": "D", "access_token": "t"}
    url = await serve(lambda _: web.json_response(login))
    (tmp_path / "login.json").write_text('{"user_id": "@other:x", "device_id": "D", "access_token": "t"}')
    platform = MatrixPlatform(settings(url, tmp_path))

    async def receive(_: object) -> None: ...

    with pytest.raises(NotAuthorised, match="another account"):
        await platform.run(receive)
    await platform.close()


class Socks:
    """A SOCKS5 proxy (RFC 1928) for names and addresses; all of them lead to one server."""

    def __init__(self, to: str) -> None:
        self.to = int(to.rpartition(":")[2])
        self.asked: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, methods = await reader.readexactly(2)
        await reader.readexactly(methods)
        writer.write(b"\x05\x00")
        kind = (await reader.readexactly(4))[3]
        length = (await reader.readexactly(1))[0] if kind == 3 else 4
        host = await reader.readexactly(length)
        self.asked.append(host.decode() if kind == 3 else socket.inet_ntoa(host))
        await reader.readexactly(2)
        onward, back = await asyncio.open_connection("127.0.0.1", self.to)
        writer.write(b"\x05\x00\x00\x01" + bytes(6))
        await asyncio.gather(_pump(reader, back), _pump(onward, writer))


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(4096):
        sink.write(data)
    sink.close()


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
async def test_socks_proxy_is_used_and_looks_the_name_up(
    client: Callable[..., Client], serve: Serve, scheme: str
) -> None:
    socks = Socks(await serve(lambda _: web.json_response({"versions": []})))
    proxy = await asyncio.start_server(socks, "127.0.0.1", 0)
    port = proxy.sockets[0].getsockname()[1]
    one = client("http://matrix.example.invalid", proxies=(f"{scheme}://127.0.0.1:{port}",))
    assert await one.call("GET", "/_matrix/client/versions", {}) == (200, {"versions": []})
    assert socks.asked == ["matrix.example.invalid"]
    await one.close()
    proxy.close()


VERSIONS = "/_matrix/client/versions"


@pytest.mark.parametrize("dead", ["socks5://127.0.0.1:9", "http://ann:pw@127.0.0.1:9"])
async def test_dead_proxy_means_unavailable(client: Callable[..., Client], serve: Serve, dead: str) -> None:
    url = await serve(lambda _: web.json_response({}))
    with pytest.raises(Unavailable):
        await client(url, proxies=(dead,)).call("GET", VERSIONS, {})


async def test_next_route_is_taken_when_one_is_dead_kept_and_left_again(tmp_path: Path, serve: Serve) -> None:
    clock = Clock()
    roads = Roads("matrix", ("socks5://ann:pw@127.0.0.1:9", "direct"), clock=clock)
    http = Http(roads)
    url = await serve(lambda _: web.json_response({}))

    async def ask() -> int:
        answer = await http.request("GET", url, data=None, headers=None, seconds=5)
        return answer.status

    assert await ask() == 200
    assert [(h.name, h.healthy, h.since, h.error) for h in roads.health()] == [
        ("socks5 127.0.0.1:9", False, clock(), "can't be reached"),
        ("direct", True, clock(), ""),
    ]
    assert roads.current() == 1
    clock.advance(minutes=11)
    assert roads.current() == 0
    assert await ask() == 200
    assert roads.health()[0].since == clock() - timedelta(minutes=11)
    await http.close()


async def test_request_that_may_have_left_is_not_repeated_on_the_next_route(serve: Serve) -> None:
    asked: list[str] = []

    def cut(request: web.Request) -> web.Response:
        asked.append(request.path)
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    roads = Roads("matrix", ("direct", "direct"))
    http = Http(roads)
    url = await serve(cut)
    with pytest.raises(Unavailable):
        await http.request("POST", f"{url}/send", data=None, headers=None, seconds=5)
    assert (asked, roads.current()) == (["/send"], 1)
    await http.close()


async def test_second_process_waits_for_the_folder(tmp_path: Path) -> None:
    first = Folder(tmp_path)
    first.claim()
    bot = Bot(settings(closed_port(), tmp_path)).start()
    await asyncio.sleep(0)
    assert not (tmp_path / "pickle.json").exists()
    await bot.stop()
    first.leave()


async def test_one_time_keys_that_the_server_refuses_are_made_anew(
    client: Callable[..., Client], serve: Serve
) -> None:
    answers = [web.json_response({"errcode": "M_UNKNOWN", "error": "key exists"}, status=400)]
    answers.append(web.json_response({"one_time_key_counts": {"signed_curve25519": 50}}))
    url = await serve(lambda _: answers.pop(0))
    one = client(url)
    one.restore_login("@newsbot:example.org", "DEVICE", "token")

    await one.publish_keys()
    refused = set(one.olm.account.one_time_keys["curve25519"])
    assert one.should_upload_keys
    await one.publish_keys()

    assert refused == set()
    assert not one.should_upload_keys


async def test_private_halves_of_keys_are_on_disk_before_the_server_has_the_public_ones(
    client: Callable[..., Client], serve: Serve, tmp_path: Path
) -> None:
    saved: list[set[str]] = []

    def answer(_: web.Request) -> web.Response:
        saved.append(set(one.store.load_account().one_time_keys["curve25519"]))
        return web.Response(status=502)

    one = client(await serve(answer))
    one.restore_login("@newsbot:example.org", "DEVICE", "token")
    with pytest.raises(Unavailable):
        await one.publish_keys()
    assert saved == [set(one.olm.account.one_time_keys["curve25519"])]
    assert saved != [set()]


async def test_trouble_with_keys_says_nothing_about_the_message(
    client: Callable[..., Client], serve: Serve
) -> None:
    url = await serve(lambda _: web.json_response({"errcode": "M_FORBIDDEN", "error": "no"}, status=403))
    one = client(url)
    one.restore_login("@newsbot:example.org", "DEVICE", "token")
    one.rooms["!r"] = MatrixRoom("!r", "@newsbot:example.org", encrypted=True)
    with pytest.raises(Unavailable):
        await one.post("!r", {"msgtype": "m.text", "body": "hello"}, "key")


ROOM, NEWSBOT, ANN, BEN = "!r:x", "@newsbot:example.org", "@ann:example.org", "@ben:example.org"


def event(kind: str, content: object, *, sender: str = ANN, **more: str) -> dict[str, Any]:
    known = {"event_id": f"${kind}", "room_id": ROOM, "origin_server_ts": 1}
    return {"type": kind, "sender": sender, "content": content, **known, **more}


def joined(user: str) -> dict[str, Any]:
    return event("m.room.member", {"membership": "join"}, sender=user, state_key=user)


def synced(*happenings: object) -> web.Response:
    """A sync, and just as well a page of the past."""
    state = [event("m.room.create", {"room_version": "12"}, state_key=""), *map(joined, (NEWSBOT, ANN, BEN))]
    room = {"state": {"events": state}, "timeline": {"events": happenings, "limited": False}}
    page = {"start": "p1", "chunk": happenings}
    return web.json_response({"next_batch": "s2", "rooms": {"join": {ROOM: room}}} | page)


def sealed(payload: object) -> tuple[InboundGroupSession, dict[str, Any]]:
    """What Ben sends encrypted, whatever it is, and the key to it."""
    session = OutboundGroupSession()
    session.mark_as_shared()
    key = InboundGroupSession(session.session_key, "ed25519", "curve25519", ROOM)
    content = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": session.encrypt(json.dumps(payload))}
    content |= {"sender_key": "curve25519", "session_id": session.id, "device_id": "BEN"}
    return key, event("m.room.encrypted", content, sender=BEN)


LEVELS = {"ban": 50, "kick": 50, "users": {BEN: 100}, "users_default": 0, "state_default": 50}
FORGED = {
    "power": event("m.room.power_levels", LEVELS, state_key=""),
    "membership": event("m.room.member", {"membership": "leave"}, state_key=ANN),
    "upgrade": event("m.room.tombstone", {"body": "", "replacement_room": "!theirs:x"}, state_key=""),
    "creation": event("m.room.create", {"room_version": "12"}, sender=BEN, state_key=""),
    "another's removal": event("m.room.redaction", {"redacts": "$1"}),
    "another's words": event("m.room.message", "no object"),
    "no type": {"content": {}},
    "no object": [],
    "no end": json.loads("[" * 900 + "]" * 900),
}


@pytest.mark.parametrize("payload", FORGED.values(), ids=list(FORGED))
async def test_only_talk_is_believed_of_what_comes_encrypted(
    client: Callable[..., Client], serve: Serve, payload: object
) -> None:
    key, event = sealed(payload)
    one = client(await serve(lambda _: synced(event)))
    one.restore_login(NEWSBOT, "DEVICE", "token")
    one.olm.inbound_group_store.add(key)

    batch = await one.pull("s1", full=False)
    page, _ = await one.page(ROOM, "p1", "")
    later = one.opened(Waiting(room_id=ROOM, event=event))

    room = one.rooms[ROOM]
    assert set(room.users) == {NEWSBOT, ANN, BEN}
    assert (room.power_levels.users, room.replacement_room) == ({}, None)
    for seen in (batch.joined[0].happenings[0].event, page[0].event, later):
        assert seen is not None
        assert seen["sender"] == BEN
        assert seen.get("type") in {None, "m.room.message"}
        assert seen.get("content", "no object") == "no object"


async def test_what_is_said_encrypted_is_read(client: Callable[..., Client], serve: Serve) -> None:
    key, event = sealed({"type": "m.room.message", "content": {"msgtype": "m.text", "body": "Hello"}})
    one = client(await serve(lambda _: synced(event)))
    one.restore_login(NEWSBOT, "DEVICE", "token")

    locked = (await one.pull("s1", full=False)).joined[0].happenings[0]
    assert one.opened(Waiting(room_id=ROOM, event=event)) is None
    one.olm.inbound_group_store.add(key)
    clear = (await one.pull("s1", full=False)).joined[0].happenings[0]

    assert (locked.locked, clear.locked) == (True, False)
    assert clear.event["content"]["body"] == "Hello"


async def room_after_sync(one: Client) -> Room:
    """The room as the bot then sees it."""
    rooms = Rooms(one, ())
    timeline = (await one.pull("s1", full=False)).joined[0]
    for event in (*timeline.state, *(h.event for h in timeline.happenings)):
        rooms.note(ROOM, event)
    return rooms.view(ROOM)


@pytest.mark.parametrize("left", [{}, {BEN: 0}, {BEN: "0"}], ids=["unnamed", "named", "as text"])
async def test_who_is_no_longer_administrator_is_none_for_the_bot(
    client: Callable[..., Client], serve: Serve, left: dict[str, Any]
) -> None:
    kind = "m.room.power_levels"
    stages = [synced(event(kind, LEVELS | {"users": users}, state_key="")) for users in ({BEN: 100}, left)]
    one = client(await serve(lambda _: stages.pop(0)))
    one.restore_login(NEWSBOT, "DEVICE", "token")
    assert (await room_after_sync(one)).may_administer(BEN)
    assert not (await room_after_sync(one)).may_administer(BEN)


async def test_nobody_in_the_room_is_overlooked(client: Callable[..., Client], serve: Serve) -> None:
    hidden = "@eve:example.org"
    joins = event("m.room.member", {"membership": "join", "reason": 7}, sender=hidden, state_key=hidden)
    leaves = [event("m.room.member", {"membership": "leave"}, sender=BEN, state_key=BEN)]
    leaves.append(event("m.room.member", {"membership": "leave"}, sender=hidden, state_key=hidden))
    stages = [synced(joins), synced(joins, leaves[0]), synced(joins, *leaves)]
    one = client(await serve(lambda _: stages.pop(0)))
    one.restore_login(NEWSBOT, "DEVICE", "token")
    assert (await room_after_sync(one)).members == {NEWSBOT, ANN, BEN, hidden}
    assert not (await room_after_sync(one)).private
    assert (await room_after_sync(one)).private


def _answering(**answers: tuple[int, Any]) -> Callable[[web.Request], web.StreamResponse]:
    def answer(request: web.Request) -> web.StreamResponse:
        status, body = answers[request.path.rpartition("/")[2]]
        return web.json_response(body, status=status)

    return answer


LOGIN = Login(user_id="@newsbot:here", device_id="D", access_token="t")
PASSWORDS = (200, {"flows": [{"type": "m.login.sso"}, {"type": "m.login.password"}]})


async def test_who_before_the_first_login_only_looks_whether_passwords_are_taken(
    serve: Serve, tmp_path: Path
) -> None:
    store = tmp_path / "matrix"
    platform = MatrixPlatform(settings(await serve(_answering(login=PASSWORDS)), store))

    assert await platform.who() == ""
    assert not store.exists()


async def test_who_asks_for_the_user_of_the_kept_login(serve: Serve, tmp_path: Path) -> None:
    def answer(request: web.Request) -> web.StreamResponse:
        known = request.headers.get("Authorization") == "Bearer t"
        return web.json_response({"user_id": "@newsbot:here"} if known else {}, status=200 if known else 401)

    url = await serve(answer)
    Folder(tmp_path).keep_login(LOGIN)

    assert await MatrixPlatform(settings(url, tmp_path)).who() == "@newsbot:here"


async def test_who_where_the_kept_login_is_no_longer_known_goes_by_the_password(
    serve: Serve, tmp_path: Path
) -> None:
    url = await serve(_answering(whoami=(401, {"errcode": "M_UNKNOWN_TOKEN"}), login=PASSWORDS))
    Folder(tmp_path).keep_login(LOGIN)

    assert await MatrixPlatform(settings(url, tmp_path)).who() == ""
    with pytest.raises(NotAuthorised):
        await MatrixPlatform(replace(settings(url, tmp_path), password="")).who()


@pytest.mark.parametrize(
    "kept", ["{", '{"a": 1}', '{"user_id": "@x:here", "device_id": "D", "access_token": "t"}']
)
async def test_who_names_a_kept_login_that_is_damaged_or_anothers(
    serve: Serve, tmp_path: Path, kept: str
) -> None:
    (tmp_path / "login.json").write_text(kept)
    platform = MatrixPlatform(settings(await serve(_answering()), tmp_path))

    with pytest.raises(NotAuthorised, match=r"login\.json|another account"):
        await platform.who()


async def test_who_without_a_password_and_a_login_could_not_log_in(serve: Serve, tmp_path: Path) -> None:
    url = await serve(_answering(login=PASSWORDS))

    with pytest.raises(NotAuthorised, match="no password"):
        await MatrixPlatform(replace(settings(url, tmp_path), password="")).who()


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"login": (200, {"flows": [{"type": "m.login.sso"}]})}, NotAuthorised),
        ({"login": (200, {})}, NotAuthorised),
        ({"login": (200, ["no homeserver"])}, Unavailable),
        ({"login": (404, {"errcode": "M_UNRECOGNIZED"})}, Unavailable),
        ({"login": (503, {})}, Unavailable),
        ({"login": (401, {"errcode": "M_UNKNOWN_TOKEN"})}, NotAuthorised),
    ],
)
async def test_who_says_what_is_wrong_with_the_homeserver(
    serve: Serve, tmp_path: Path, answers: dict[str, tuple[int, Any]], error: type[PlatformError]
) -> None:
    platform = MatrixPlatform(settings(await serve(_answering(**answers)), tmp_path))

    with pytest.raises(error):
        await platform.who()
