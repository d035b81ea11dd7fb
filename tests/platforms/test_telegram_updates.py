"""What an update of the Bot API means, read without a server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botapi import oracle
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ChatGone, ChatMoved
from bot.platforms.telegram_updates import Changed, Heard, Me, clean, read
from bot.types import Address

ME = Me(7000000001, "newsbot")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN = {"id": 1001, "is_bot": False, "first_name": "Ann", "last_name": "Lee"}
BOT = {"id": ME.id, "is_bot": True, "first_name": "News", "username": "newsbot"}
PRIVATE = {"id": 1001, "type": "private", "first_name": "Ann"}
GROUP = {"id": -100500, "type": "supergroup", "title": "Neighbours"}
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group"}


def message(text: str = "hello", **more: Any) -> dict[str, Any]:
    base = {"message_id": 7, "date": 1772000000, "chat": PRIVATE, "from": ANN, "text": text}
    found = oracle.entities(text) if text else []
    return base | ({"entities": found} if found else {}) | more


def heard(update: dict[str, Any]) -> Heard:
    found = read({"update_id": 1, **update}, me=ME, now=NOW)
    assert isinstance(found, Heard)
    return found


def ignored(update: dict[str, Any]) -> bool:
    return read({"update_id": 1, **update}, me=ME, now=NOW) is None


def test_private_text_is_a_message_of_somebody_who_administers_the_chat() -> None:
    m = heard({"message": message("why?")}).message
    assert (m.address, m.message_id, m.sender) == (Address("telegram", "1001"), "7", "1001")
    assert (m.sender_name, m.text, m.private, m.may_administer) == ("Ann Lee", "why?", True, True)
    assert m.sent == datetime.fromtimestamp(1772000000, UTC)


def test_caption_is_the_text_of_a_picture() -> None:
    picture = message("") | {"caption": "what is this?"}
    assert heard({"message": picture}).message.text == "what is this?"


@pytest.mark.parametrize(
    "update",
    [
        {"message": message("")},
        {"message": message("hi") | {"from": BOT}},
        {"message": message("hi") | {"from": {**ANN, "is_bot": True}}},
        {"message": message("hi", via_bot=BOT)},
        {"message": message("post", is_automatic_forward=True, sender_chat={"id": -1, "type": "channel"})},
        {"edited_message": message("hi", edit_date=1)},
        {"message_reaction": {"chat": GROUP}},
    ],
    ids=["no text", "own", "another bot", "via a bot", "channel's copy", "edited", "unknown kind"],
)
def test_what_is_not_for_the_bot_is_ignored(update: dict[str, Any]) -> None:
    assert ignored(update)


@pytest.mark.parametrize(
    ("said", "text", "addressed"),
    [
        ("/ask@newsbot why?", "/ask why?", True),
        ("/ask@NewsBot why?", "/ask why?", True),
        ("/ask why?", "/ask why?", False),
        ("@newsbot why?", "why?", True),
        ("@NEWSBOT, why?", "why?", True),
        ("😀 @newsbot why?", "😀  why?", True),
        ("why, @newsbot?", "why, ?", True),
        ("@newsbotter why?", "@newsbotter why?", False),
        ("mail me at a@newsbot.org", "mail me at a@newsbot.org", False),
    ],
)
def test_own_name_is_taken_out_and_noticed(said: str, text: str, addressed: bool) -> None:
    m = heard({"message": message(said, chat=GROUP)}).message
    assert (m.text, m.addressed) == (text, addressed)


def test_command_to_another_bot_is_ignored() -> None:
    assert ignored({"message": message("/ask@otherbot why?", chat=GROUP)})


def test_command_to_another_bot_inside_a_question_is_only_text() -> None:
    m = heard({"message": message("@newsbot what does /x@otherbot do?", chat=GROUP)}).message
    assert m.text == "what does /x@otherbot do?"


def test_mention_by_id_counts_where_the_bot_is_named_without_at() -> None:
    entity = {"type": "text_mention", "offset": 0, "length": 4, "user": BOT}
    m = heard({"message": message("News why?", chat=GROUP, entities=[entity])}).message
    assert (m.text, m.addressed) == ("why?", True)


def test_reply_to_the_bot_addresses_it() -> None:
    answered = message("post", chat=GROUP, message_id=5) | {"from": BOT}
    m = heard({"message": message("and then?", chat=GROUP, reply_to_message=answered)}).message
    assert (m.addressed, m.reply_to) == (True, "5")


def test_reply_to_another_person_does_not_address_the_bot() -> None:
    answered = message("post", chat=GROUP, message_id=5)
    m = heard({"message": message("and then?", chat=GROUP, reply_to_message=answered)}).message
    assert (m.addressed, m.reply_to) == (False, "5")


def test_topic_is_the_address_thread() -> None:
    m = heard({"message": message("hi", chat=GROUP, message_thread_id=33, is_topic_message=True)}).message
    assert m.address == Address("telegram", "-100500", "33")


def test_chain_of_replies_is_no_topic() -> None:
    m = heard({"message": message("hi", chat=GROUP, message_thread_id=33)}).message
    assert m.address.thread == ""


def test_first_message_of_a_topic_that_the_bot_opened_is_no_reply_to_it() -> None:
    opened = {"message_id": 33, "date": 1, "chat": GROUP, "from": BOT, "forum_topic_created": {"name": "x"}}
    inside = message("hi", chat=GROUP, message_thread_id=33, is_topic_message=True, reply_to_message=opened)
    m = heard({"message": inside}).message
    assert (m.addressed, m.reply_to) == (False, "")


def test_rights_matter_only_for_commands_in_groups() -> None:
    assert heard({"message": message("/pausesource 3", chat=GROUP)}).rights_matter
    assert not heard({"message": message("@newsbot why?", chat=GROUP)}).rights_matter
    assert not heard({"message": message("@newsbot it's 14:05 here", chat=GROUP)}).rights_matter
    assert not heard({"message": message("/pausesource 3")}).rights_matter


def test_anonymous_administrator_speaks_as_the_chat_and_administers_it() -> None:
    said = message("/settings", chat=GROUP, sender_chat=GROUP) | {"from": ANONYMOUS}
    found = heard({"message": said})
    assert (found.message.sender, found.message.may_administer) == ("-100500", True)
    assert not found.rights_matter


def test_person_who_speaks_as_a_channel_does_not_administer_the_group() -> None:
    channel = {"id": -100777, "type": "channel", "title": "Wire"}
    said = message("/settings", chat=GROUP, sender_chat=channel) | {"from": ANONYMOUS}
    found = heard({"message": said})
    assert (found.message.sender, found.message.may_administer) == ("-100777", False)


def test_channel_post_comes_from_the_channel() -> None:
    channel = {"id": -100777, "type": "channel", "title": "Wire"}
    said = message("/subscribe all", chat=channel, sender_chat=channel)
    del said["from"]
    m = heard({"channel_post": said}).message
    assert (m.sender, m.sender_name, m.may_administer) == ("-100777", "Wire", True)


def test_button_brings_its_payload_and_an_id_of_its_own() -> None:
    post = message("news", chat=GROUP, message_id=5) | {"from": BOT}
    found = heard({"callback_query": {"id": "99", "from": ANN, "message": post, "data": "more:3"}})
    m = found.message
    assert (m.button, m.text, m.reply_to, m.message_id) == ("more:3", "", "5", "button:99")
    assert (found.query, found.rights_matter, m.sent) == ("99", True, NOW)


def test_button_under_a_post_too_old_to_be_shown_still_works() -> None:
    post = {"chat": PRIVATE, "message_id": 5, "date": 0}
    assert heard({"callback_query": {"id": "99", "from": ANN, "message": post, "data": "x"}}).message.button


@pytest.mark.parametrize(
    ("chat", "member", "lost"),
    [
        (PRIVATE, {"status": "kicked", "until_date": 0}, True),
        (GROUP, {"status": "left"}, True),
        (GROUP, {"status": "kicked", "until_date": 0}, True),
        (GROUP, {"status": "restricted", "can_send_messages": False}, True),
        (GROUP, {"status": "restricted", "can_send_messages": True}, False),
        (GROUP, {"status": "member"}, False),
        (GROUP, {"status": "administrator"}, False),
        ({"id": -9, "type": "channel", "title": "W"}, {"status": "administrator"}, True),
        (
            {"id": -9, "type": "channel", "title": "W"},
            {"status": "administrator", "can_post_messages": True},
            False,
        ),
    ],
)
def test_loss_of_a_chat_is_told(chat: dict[str, Any], member: dict[str, Any], lost: bool) -> None:
    body = {"chat": chat, "from": ANN, "date": 1, "new_chat_member": {**member, "user": BOT}}
    found = read({"update_id": 1, "my_chat_member": body}, me=ME, now=NOW)
    if not lost:
        assert found is None
        return
    assert isinstance(found, Changed)
    assert isinstance(found.error, ChatGone)
    assert found.address == Address("telegram", str(chat["id"]))


def test_move_to_a_supergroup_is_told_with_the_new_id() -> None:
    found = read({"message": message("", migrate_to_chat_id=-100600)}, me=ME, now=NOW)
    assert isinstance(found, Changed)
    assert isinstance(found.error, ChatMoved)
    assert found.error.chat == "-100600"


def test_text_that_no_database_takes_is_cleaned() -> None:
    assert clean("a\0b\ud83dc😀") == "ab\ufffdc😀"


words = st.text(
    st.one_of(
        st.characters(min_codepoint=0x10000, exclude_categories=["Cs", "Cn"]),
        st.characters(max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc"], exclude_characters="@/"),
    ),
    max_size=12,
)


@given(before=words, after=words)
def test_name_is_cut_out_exactly_between_characters_of_any_plane(before: str, after: str) -> None:
    m = heard({"message": message(f"{before} @newsbot {after}", chat=GROUP)}).message
    rest = f"{before}  {after}" if before.strip() else after.lstrip(" ,:")
    assert m.addressed
    assert m.text == rest.strip()
