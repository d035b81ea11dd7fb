"""Reading syncs without a homeserver: order, gaps, failures, what waits for keys, and the rooms."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ChatGone, NotAuthorised, Unavailable
from bot.platforms import matrix_sync
from bot.platforms.matrix_folder import Folder, Progress, Waiting
from bot.platforms.matrix_rooms import Rooms
from bot.platforms.matrix_sync import Batch, Happening, Reader, Timeline
from bot.types import Message

BOT, ANN, BEN = "@newsbot:example.org", "@ann:example.org", "@ben:example.org"


def user(user_id: str, *, invited: bool = False) -> SimpleNamespace:
    return SimpleNamespace(name=user_id, display_name=None, invited=invited)


def room(*members: str, replaced_by: str | None = None) -> SimpleNamespace:
    return SimpleNamespace(
        users={m: user(m) for m in members},
        display_name="Town",
        room_version="12",
        replacement_room=replaced_by,
    )


@dataclass
class Source:
    """A client whose pages, keys and answers the test writes."""

    user_id: str = BOT
    rooms: dict[str, Any] = field(default_factory=lambda: {"!r": room(BOT, ANN)})
    invited_rooms: dict[str, Any] = field(default_factory=dict)
    pages: dict[str, tuple[list[Happening], str]] = field(default_factory=dict)
    senders: dict[str, str] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    trouble: list[Exception] = field(default_factory=list)
    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    async def page(self, room_id: str, start: str, until: str) -> tuple[list[Happening], str]:
        self.asked.append(f"{start}..{until}")
        if self.trouble:
            raise self.trouble.pop()
        return self.pages[start]

    def opened(self, waiting: Waiting) -> Mapping[str, Any] | None:
        event = waiting.event
        return said(event["event_id"]).event if event["event_id"] in self.keys else None

    async def call(self, method: str, path: str, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        self.asked.append(path.removeprefix("/_matrix/client/v3/"))
        if self.trouble:
            raise self.trouble.pop()
        if self.answers:
            return self.answers.pop(0)
        event = path.rpartition("/")[2].replace("%24", "$")
        return (200, {"sender": self.senders.get(event, ANN)})


def said(event_id: str, body: str = "", *, sender: str = ANN, locked: bool = False, **more: Any) -> Happening:
    content = {"msgtype": "m.text", "body": body or f"text of {event_id}"} | more
    event = {"type": "m.room.message", "event_id": event_id, "sender": sender, "content": content}
    return Happening(event | {"origin_server_ts": 0}, locked)


def batch(*happenings: Happening, position: str = "s2", gap: str = "", keys: bool = False) -> Batch:
    timeline = Timeline(room_id="!r", state=(), happenings=happenings, gap=gap)
    return Batch(position=position, joined=(timeline,), left=(), keys=keys)


class Inbox:
    def __init__(self) -> None:
        self.ids: list[str] = []
        self.trouble: list[Exception] = []

    async def receive(self, message: Message) -> None:
        if self.trouble:
            raise self.trouble.pop()
        self.ids.append(message.message_id)


@pytest.fixture(autouse=True, scope="module")
def _no_waiting() -> Iterator[None]:
    usual, matrix_sync.LONGEST_PAUSE = matrix_sync.LONGEST_PAUSE, 0.0
    yield
    matrix_sync.LONGEST_PAUSE = usual


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    folder = Folder(tmp_path)
    assert folder.claim()
    folder.keep_progress(Progress(position="s1"))
    yield folder
    folder.leave()


def reader(source: Source, folder: Folder, *allowed: str) -> Reader:
    return Reader(source, Rooms(source, allowed), folder)


async def test_messages_are_received_in_order_and_then_the_position_moves(folder: Folder) -> None:
    inbox = Inbox()
    last = await reader(Source(), folder).digest(batch(said("$1"), said("$2")), inbox.receive)
    assert inbox.ids == ["$1", "$2"]
    assert last == {"!r": "$2"}
    assert folder.progress() == Progress(position="s2")


async def test_first_sync_of_all_answers_nothing_old(folder: Folder) -> None:
    folder.keep_progress(Progress())
    inbox = Inbox()
    await reader(Source(), folder).digest(batch(said("$1")), inbox.receive)
    assert inbox.ids == []
    assert folder.progress().position == "s2"


async def test_gap_is_filled_page_by_page_up_to_the_known_position(folder: Folder) -> None:
    source, inbox = Source(), Inbox()
    source.pages = {"p1": ([said("$4"), said("$3")], "p2"), "p2": ([said("$2"), said("$1")], "")}
    await reader(source, folder).digest(batch(said("$5"), gap="p1"), inbox.receive)
    assert inbox.ids == ["$1", "$2", "$3", "$4", "$5"]
    assert source.asked == ["p1..s1", "p2..s1"]


MINUTE = 60_000


def at(minute: int, event_id: str) -> Happening:
    happening = said(event_id)
    return Happening(happening.event | {"origin_server_ts": minute * MINUTE}, locked=False)


async def test_a_position_that_the_server_forgot_costs_no_message_and_repeats_nothing_old(
    folder: Folder,
) -> None:
    source, inbox = Source(), Inbox()
    one = reader(source, folder)
    await one.digest(batch(at(100, "$old"), at(200, "$read")), inbox.receive)
    one.lost()
    source.pages = {
        "p1": ([at(203, "$4"), at(202, "$3")], "p2"),
        "p2": ([at(201, "$2"), at(200, "$read"), at(100, "$old")], "p3"),
    }
    await one.digest(batch(at(204, "$5"), gap="p1", position="s3"), inbox.receive)
    # `$read` comes again, being near the edge: the inbox knows it by its id.
    assert inbox.ids == ["$old", "$read", "$read", "$2", "$3", "$4", "$5"]
    assert source.asked == ["p1..", "p2.."]
    assert folder.progress() == Progress(position="s3", seen=204 * MINUTE)


async def test_a_position_that_was_forgotten_is_forgotten_after_a_crash_too(folder: Folder) -> None:
    folder.keep_progress(Progress(position="s1", seen=200 * MINUTE))
    reader(Source(), folder).lost()
    assert folder.progress().position == "s1"


async def test_a_clock_ahead_elsewhere_hides_nothing(folder: Folder) -> None:
    inbox = Inbox()
    one = Reader(Source(), Rooms(Source(), ()), folder, clock=lambda: 200 * MINUTE)
    await one.digest(batch(at(199, "$1"), at(10**6, "$from the future")), inbox.receive)
    assert folder.progress().seen == 199 * MINUTE


async def test_page_that_fails_is_asked_for_again(folder: Folder) -> None:
    source, inbox = Source(), Inbox()
    source.pages = {"p1": ([said("$1")], "")}
    source.trouble = [Unavailable("down"), Unavailable("down")]
    await reader(source, folder).digest(batch(said("$2"), gap="p1"), inbox.receive)
    assert inbox.ids == ["$1", "$2"]


async def test_history_that_may_not_be_read_ends_the_gap(folder: Folder) -> None:
    source, inbox = Source(), Inbox()
    source.trouble = [ChatGone("M_FORBIDDEN")]
    await reader(source, folder).digest(batch(said("$2"), gap="p1"), inbox.receive)
    assert inbox.ids == ["$2"]


async def test_failing_inbox_gets_the_same_message_again(folder: Folder) -> None:
    inbox = Inbox()
    inbox.trouble = [OSError("disk full"), OSError("disk full")]
    await reader(Source(), folder).digest(batch(said("$1"), said("$2")), inbox.receive)
    assert inbox.ids == ["$1", "$2"]


async def test_position_stays_when_the_login_ends_on_the_way(folder: Folder) -> None:
    source, inbox = Source(), Inbox()
    source.trouble = [NotAuthorised("M_UNKNOWN_TOKEN")]
    with pytest.raises(NotAuthorised):
        await reader(source, folder).digest(batch(said("$2"), gap="p1"), inbox.receive)
    assert folder.progress().position == "s1"


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=5),
    page_failures=st.integers(0, 3),
    inbox_failures=st.integers(0, 3),
    locked=st.sets(st.integers(0, 19)),
)
def test_whatever_fails_each_message_comes_once_and_those_in_clear_in_order(
    sizes: list[int], page_failures: int, inbox_failures: int, locked: set[int]
) -> None:
    with TemporaryDirectory() as path:
        numbers = iter(range(sum(sizes)))
        chunks = [[said(f"${n}", locked=n in locked) for n in islice(numbers, size)] for size in sizes]
        source, inbox = Source(), Inbox()
        for index, chunk in enumerate(chunks[:-1]):
            source.pages[f"p{index}"] = (chunk[::-1], f"p{index - 1}" if index else "")
        source.trouble = [Unavailable("cut") for _ in range(page_failures)]
        inbox.trouble = [OSError("full") for _ in range(inbox_failures)]
        folder = Folder(Path(path))
        folder.claim()
        folder.keep_progress(Progress(position="s1"))
        gap = f"p{len(chunks) - 2}" if len(chunks) > 1 else ""

        asyncio.run(reader(source, folder).digest(batch(*chunks[-1], gap=gap), inbox.receive))
        clear = [f"${n}" for n in range(sum(sizes)) if n not in locked]
        assert inbox.ids == clear

        source.keys = {f"${n}" for n in locked}
        asyncio.run(reader(source, folder).digest(batch(position="s3"), inbox.receive))
        assert sorted(inbox.ids) == sorted(f"${n}" for n in range(sum(sizes)))
        folder.leave()


@pytest.mark.parametrize("named", ["$" + "x" * 50_000, "$\ud800", "no id", 7], ids=list("abcd"))
async def test_a_reply_to_what_can_be_no_event_holds_up_nobody(folder: Folder, named: Any) -> None:
    source, inbox = Source(rooms={"!r": room(BOT, ANN, BEN)}), Inbox()
    hostile = said("$1", **{"m.relates_to": {"m.in_reply_to": {"event_id": named}}})
    await reader(source, folder).digest(batch(hostile, said("$2", "!help")), inbox.receive)
    assert (source.asked, inbox.ids) == ([], ["$2"])


async def test_locked_message_waits_with_the_position_and_is_read_once(folder: Folder) -> None:
    source, inbox = Source(), Inbox()
    first = reader(source, folder)
    await first.digest(batch(said("$1", locked=True), said("$2")), inbox.receive)
    assert [w.event["event_id"] for w in folder.progress().waiting] == ["$1"]

    again = reader(source, folder)
    source.keys.add("$1")
    await again.digest(batch(position="s3", keys=True), inbox.receive)
    await again.digest(batch(position="s4", keys=True), inbox.receive)
    assert inbox.ids == ["$2", "$1"]
    assert folder.progress() == Progress(position="s4")


async def test_what_the_bot_said_itself_never_waits_for_a_key(folder: Folder) -> None:
    await reader(Source(), folder).digest(batch(said("$1", sender=BOT, locked=True)), Inbox().receive)
    assert folder.progress().waiting == ()


async def test_locked_message_is_tried_at_a_start_without_new_keys(folder: Folder) -> None:
    folder.keep_progress(Progress(position="s1", waiting=(Waiting(room_id="!r", event=said("$1").event),)))
    source, inbox = Source(keys={"$1"}), Inbox()
    await reader(source, folder).digest(batch(), inbox.receive)
    assert inbox.ids == ["$1"]


async def test_reply_in_a_group_is_for_the_bot_when_it_answers_the_bot(folder: Folder) -> None:
    source, inbox = Source(rooms={"!r": room(BOT, ANN, BEN)}), Inbox()
    source.senders = {"$bots": BOT, "$bens": BEN}

    def reply(event_id: str, to: str) -> Happening:
        return said(event_id, **{"m.relates_to": {"m.in_reply_to": {"event_id": to}}})

    one = reader(source, folder)
    one.sent("$sent")
    replies = (reply("$1", "$bots"), reply("$2", "$bens"), reply("$3", "$sent"), reply("$4", "$bots"))
    await one.digest(batch(*replies), inbox.receive)
    assert inbox.ids == ["$1", "$3", "$4"]
    assert source.asked == ["rooms/%21r/event/%24bots", "rooms/%21r/event/%24bens"]


async def invite(source: Source, folder: Folder, *allowed: str) -> None:
    source.invited_rooms["!new"] = SimpleNamespace(inviter=ANN)
    await reader(source, folder, *allowed).digest(batch(), Inbox().receive)


async def test_invitation_of_somebody_allowed_is_accepted(folder: Folder) -> None:
    source = Source()
    await invite(source, folder, "*:example.org")
    assert source.asked == ["join/%21new?via=example.org&server_name=example.org"]
    assert not source.invited_rooms


async def test_invitation_of_somebody_else_is_declined(folder: Folder) -> None:
    source = Source()
    await invite(source, folder, BEN)
    assert source.asked == ["rooms/%21new/leave"]
    assert not source.invited_rooms


@pytest.mark.parametrize("status", [429, 502])
async def test_invitation_is_tried_again_after_a_busy_server(folder: Folder, status: int) -> None:
    source = Source(answers=[(status, {})])
    await invite(source, folder, ANN)
    assert list(source.invited_rooms) == ["!new"]


async def test_invitation_that_can_not_be_accepted_is_given_up(folder: Folder) -> None:
    source = Source(answers=[(403, {"errcode": "M_FORBIDDEN"})])
    await invite(source, folder, ANN)
    assert not source.invited_rooms


async def test_upgraded_room_is_followed_whoever_invites(folder: Folder) -> None:
    source = Source(rooms={"!r": room(BOT, ANN, replaced_by="!new")})
    await invite(source, folder)
    assert source.asked[0].startswith("join/%21new")


async def test_room_that_was_left_is_forgotten_and_an_empty_one_is_left(folder: Folder) -> None:
    source = Source(rooms={"!r": room(BOT), "!gone": room(BOT, ANN)})
    left = Batch(position="s2", joined=batch().joined, left=("!gone",), keys=False)
    await reader(source, folder).digest(left, Inbox().receive)
    assert source.asked == ["rooms/%21r/leave"]
    assert not source.rooms


def test_progress_is_one_file(folder: Folder) -> None:
    kept = json.loads((folder.path / "progress.json").read_text())
    assert set(kept) == {"position", "waiting", "seen"}
