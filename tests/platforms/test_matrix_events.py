"""Reading Matrix events: when the bot is meant, and what is left of what was typed."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.matrix_events import (
    Room,
    after_invitation,
    clean,
    creators,
    may_invite,
    read,
    reply_target,
    thread_root,
    without_fallback,
)

BOT, ANN, BEN = "@newsbot:example.org", "@ann:example.org", "@ben:example.org"
GROUP = Room(room_id="!r", own_id=BOT, own_name="News Bot", title="Town", members=frozenset({BOT, ANN, BEN}))
DIRECT = replace(GROUP, members=frozenset({BOT, ANN}))

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def event(body: str = "hello", **content: Any) -> dict[str, Any]:
    return {
        "type": "m.room.message",
        "event_id": "$1",
        "sender": ANN,
        "origin_server_ts": 1_700_000_000_000,
        "content": {"msgtype": "m.text", "body": body} | content,
    }


def relation(**relates: Any) -> dict[str, Any]:
    return {"m.relates_to": relates}


def test_plain_text_in_private_is_for_the_bot() -> None:
    message = read(event("What now?"), DIRECT)
    assert message is not None
    assert (message.text, message.private, message.addressed) == ("What now?", True, False)
    assert message.may_administer
    assert message.sent.isoformat() == "2023-11-14T22:13:20+00:00"


def test_talk_in_a_room_is_not_kept() -> None:
    assert read(event("What now?"), GROUP) is None


def test_command_in_a_room_is_for_the_bot() -> None:
    message = read(event("!latest"), GROUP)
    assert message is not None
    assert message.text == "!latest"


@pytest.mark.parametrize(
    "typed",
    [
        "newsbot: what now?",
        "Newsbot, what now?",
        "News Bot: what now?",
        "@newsbot what now?",
        "@newsbot:example.org what now?",
        "@newsbot:example.org: what now?",
        "  newsbot :  what now?",
    ],
)
def test_name_in_front_addresses_the_bot_and_is_cut_off(typed: str) -> None:
    message = read(event(typed), GROUP)
    assert message is not None
    assert (message.text, message.addressed) == ("what now?", True)


@pytest.mark.parametrize(
    "typed",
    [
        "newsbot is down",
        "News Bot again",
        "newsbots: no",
        "@newsbotter hi",
        "@newsbot:example.orgy hi",
        "see newsbot: x",
    ],
)
def test_talk_about_the_bot_is_not_to_the_bot(typed: str) -> None:
    assert read(event(typed), GROUP) is None


def test_marked_mention_needs_no_colon() -> None:
    message = read(event("News Bot what now?", **{"m.mentions": {"user_ids": [BOT]}}), GROUP)
    assert message is not None
    assert (message.text, message.addressed) == ("what now?", True)


def test_mention_in_the_middle_keeps_the_text() -> None:
    message = read(event("what now, News Bot?", **{"m.mentions": {"user_ids": [BOT]}}), GROUP)
    assert message is not None
    assert message.text == "what now, News Bot?"


def test_mention_of_somebody_else_is_not_for_the_bot() -> None:
    assert read(event("Ben what now?", **{"m.mentions": {"user_ids": [BEN]}}), GROUP) is None


@pytest.mark.parametrize(
    "ignored",
    [
        event() | {"sender": BOT},
        event(msgtype="m.notice"),
        event(msgtype="m.image"),
        event(msgtype="m.emote"),
        event("* new", **relation(rel_type="m.replace", event_id="$0")),
        event() | {"type": "m.reaction"},
        event() | {"content": {}},
        event(""),
        event("newsbot:"),
    ],
    ids=["own", "notice", "image", "emote", "edit", "reaction", "redacted", "empty", "only-a-name"],
)
def test_what_is_no_message_to_the_bot_is_nothing(ignored: dict[str, Any]) -> None:
    assert read(ignored, DIRECT) is None


def test_reply_to_the_bot_addresses_it() -> None:
    reply = event("and then?", **relation(**{"m.in_reply_to": {"event_id": "$0"}}))
    message = read(reply, GROUP, to_bot=True)
    assert message is not None
    assert (message.addressed, message.reply_to) == (True, "$0")


def test_quoted_lines_of_a_reply_are_cut_off() -> None:
    body = "> <@newsbot:example.org> first\n> second\n\nand then?\n> not this"
    reply = event(body, **relation(**{"m.in_reply_to": {"event_id": "$0"}}))
    message = read(reply, DIRECT)
    assert message is not None
    assert message.text == "and then?\n> not this"


def test_a_quote_that_is_no_reply_stays() -> None:
    message = read(event("> <@ann:example.org> hi\n\nwho said that?"), DIRECT)
    assert message is not None
    assert message.text.startswith("> <@ann")


def test_thread_is_part_of_the_address() -> None:
    inside = event(
        "!more", **relation(rel_type="m.thread", event_id="$root", **{"m.in_reply_to": {"event_id": "$9"}})
    )
    message = read(inside, GROUP)
    assert message is not None
    assert (message.address.thread, message.reply_to) == ("$root", "$9")
    assert (thread_root(inside), reply_target(inside)) == ("$root", "$9")


def test_what_a_client_names_for_others_without_threads_is_no_reply() -> None:
    newest = {"m.in_reply_to": {"event_id": "$9"}, "is_falling_back": True}
    inside = event("and then?", **relation(rel_type="m.thread", event_id="$root", **newest))
    message = read(inside, GROUP, to_bot=True)
    assert message is not None
    assert (message.address.thread, message.reply_to, message.addressed) == ("$root", "", True)


def test_outside_a_thread_nothing_falls_back() -> None:
    reply = event("and then?", **relation(is_falling_back=True, **{"m.in_reply_to": {"event_id": "$9"}}))
    message = read(reply, GROUP, to_bot=True)
    assert message is not None
    assert message.reply_to == "$9"


@pytest.mark.parametrize(
    ("room", "may"),
    [
        (replace(GROUP, version="12", creators=frozenset({ANN})), True),
        (replace(GROUP, version="11", creators=frozenset({ANN})), False),
        (replace(GROUP, levels={ANN: 50}), True),
        (replace(GROUP, levels={ANN: 49}), False),
        (replace(GROUP, default_level=50), True),
        (replace(GROUP, levels={ANN: 50}, needed_level=75), False),
        (replace(GROUP, version="org.example.custom", creators=frozenset({ANN})), False),
    ],
)
def test_power_levels_and_creators_decide_who_administers(room: Room, may: bool) -> None:
    assert room.may_administer(ANN) is may


def test_creators_are_the_sender_and_those_named_beside() -> None:
    create = {"sender": ANN, "content": {"additional_creators": [BEN, 7]}}
    assert creators(create) == {ANN, BEN}


@pytest.mark.parametrize(
    ("patterns", "may"),
    [
        ((), False),
        ((ANN,), True),
        ((BEN, "*:example.org"), True),
        (("*:example.com",), False),
        (("@ann:example.or",), False),
        (("@ann.example:org",), False),
        (("*",), True),
    ],
)
def test_inviters_are_allowed_by_pattern(patterns: tuple[str, ...], may: bool) -> None:
    assert may_invite(ANN, patterns) is may


def test_domain_pattern_does_not_admit_a_lookalike() -> None:
    assert not may_invite("@eve:example.org.evil.test", ("*:example.org",))


def member(of: str, membership: str, before: str = "") -> dict[str, Any]:
    unsigned = {"unsigned": {"prev_content": {"membership": before}}} if before else {}
    return {"type": "m.room.member", "state_key": of, "content": {"membership": membership}} | unsigned


def test_what_was_said_before_the_invitation_is_left_out() -> None:
    said = [event("old"), member(BOT, "invite"), event("new"), member(BOT, "join", "invite"), event("newer")]
    assert after_invitation(said, BOT) == said[2:]


def test_joining_without_invitation_starts_at_the_join() -> None:
    said = [event("old"), member(BOT, "join"), event("new")]
    assert after_invitation(said, BOT) == said[2:]


def test_a_new_name_of_the_bot_starts_nothing_anew() -> None:
    said = [event("old"), member(BOT, "join", "join"), member(ANN, "join"), event("new")]
    assert after_invitation(said, BOT) == said


@given(st.text())
def test_cleaned_text_can_be_stored_anywhere(text: str) -> None:
    assert "\0" not in clean(text + "\0\ud800")
    assert clean(text + "\ud800").encode("utf-8")


@given(st.lists(st.text(alphabet="ab> ", max_size=6), max_size=5))
def test_cutting_the_quote_never_cuts_what_follows(lines: list[str]) -> None:
    said = "\n".join(["answer", *lines])
    assert without_fallback(f"> <@a:b> quoted\n> more\n\n{said}") == said


@given(json, json, json)
def test_any_json_in_a_room_is_survived(content: Any, relates: Any, stamp: Any) -> None:
    strange = {"type": "m.room.message", "sender": ANN, "origin_server_ts": stamp, "content": content}
    read(strange, DIRECT)
    read(event("hi", **{"m.relates_to": relates, "m.mentions": content}), GROUP)
    creators({"content": content})
    after_invitation([strange, {"type": "m.room.member", "state_key": BOT, "content": content}], BOT)


def reaction(key: str, to: str = "$post") -> dict[str, Any]:
    content = relation(rel_type="m.annotation", event_id=to, key=key)
    return event() | {"type": "m.reaction", "content": content}


@pytest.mark.parametrize(
    ("key", "button"), [("👍", "up"), ("👍️", "up"), ("👍🏽", "up"), ("👎", "down"), ("👎🏿", "down")]
)
def test_thumb_at_a_message_of_the_bot_is_a_button_under_it(key: str, button: str) -> None:
    message = read(reaction(key), GROUP, to_bot=True)
    assert message is not None
    assert (message.button, message.reply_to, message.text) == (button, "$post", "")


@pytest.mark.parametrize("key", ["❤️", "👍👎", "up", "", "👏"])
def test_other_reactions_are_talk(key: str) -> None:
    assert read(reaction(key), DIRECT, to_bot=True) is None


def test_thumbs_among_people_are_not_kept() -> None:
    assert read(reaction("👍"), GROUP) is None
    assert read(reaction("👍"), DIRECT) is None
    assert read(reaction("👍") | {"sender": BOT}, DIRECT, to_bot=True) is None


@pytest.mark.parametrize("where", ["redacts", "content"])
def test_what_was_taken_back_is_said_by_its_id_and_nothing_else(where: str) -> None:
    gone = {"redacts": "$up"} if where == "redacts" else {"content": {"redacts": "$up"}}
    message = read(event() | {"type": "m.room.redaction", "content": {}} | gone, GROUP)
    assert message is not None
    assert (message.button, message.reply_to, message.text) == ("unvote", "$up", "")


def test_what_the_bot_takes_back_itself_is_no_message() -> None:
    assert read(event() | {"type": "m.room.redaction", "redacts": "$up", "sender": BOT}, GROUP) is None
