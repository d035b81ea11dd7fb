"""Which messages are the bot's business."""

from typing import Any

import pytest
from samples import NOW

from bot.chat.parsing import Wanted, wanted
from bot.types import Address, Message


def message(text: str = "", *, platform: str = "telegram", **more: Any) -> Message:
    base: dict[str, Any] = {
        "address": Address(platform, "1"),
        "message_id": "1",
        "sender": "7",
        "sender_name": "Ann",
        "sent": NOW,
        "private": True,
    }
    return Message(text=text, **(base | more))


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        ("/ask why?", "ask", "why?"),
        ("/ASK why?", "ask", "why?"),
        ("it's 14:05 here", "settings", "it's 14:05 here"),
        ("It’s now 2 pm here.", "settings", "It’s now 2 pm here."),
        ("it's 25:61 here", "settings", "it's 25:61 here"),
        ("it's 14 here", "", "it's 14 here"),
        ("it's 14:05 in Lagos, what happened?", "", "it's 14:05 in Lagos, what happened?"),
        ("/ask@NewsBot why?", "ask", "why?"),
        ("/ask\nwhy?\nand when?", "ask", "why?\nand when?"),
        ("/start abc_DEF-123", "start", "abc_DEF-123"),
        ("  /latest  ", "latest", ""),
        ("why did it flood?", "", "why did it flood?"),
        ("@newsbot why?", "", "why?"),
        ("newsbot: why?", "", "why?"),
        ("newsbot, why?", "", "why?"),
        ("why? @newsbot", "", "why?"),
        ("newsbots are what?", "", "newsbots are what?"),
        ("/ why", "", "/ why"),
        ("/2 why", "", "/2 why"),
        ("@newsbot /latest", "latest", ""),
    ],
)
def test_a_private_message_is_a_command_or_a_question(text: str, name: str, arguments: str) -> None:
    assert wanted(message(text), "newsbot") == Wanted(name, arguments)


def test_matrix_commands_start_with_an_exclamation_mark() -> None:
    assert wanted(message("!ask why?", platform="matrix"), "newsbot") == Wanted("ask", "why?")
    assert wanted(message("/ask why?", platform="matrix"), "newsbot") == Wanted("", "/ask why?")
    assert wanted(message("!!! look", platform="matrix"), "newsbot") == Wanted("", "!!! look")


def test_a_command_for_another_bot_is_not_ours() -> None:
    assert wanted(message("/ask@otherbot why?"), "newsbot") is None
    assert wanted(message("/ask@otherbot why?", private=False, addressed=True), "newsbot") is None


def test_in_a_group_only_what_is_addressed_is_a_question() -> None:
    assert wanted(message("why did it flood?", private=False), "newsbot") is None
    asked = wanted(message("@newsbot why did it flood?", private=False, addressed=True), "newsbot")
    assert asked == Wanted("", "why did it flood?")


def test_an_unaddressed_command_in_a_group_may_be_another_bots() -> None:
    assert wanted(message("/roll 6", private=False), "newsbot") == Wanted("roll", "6", certain=False)


def test_a_button_is_a_command() -> None:
    assert wanted(message(button="sources 2", private=False), "newsbot") == Wanted("sources", "2")


@pytest.mark.parametrize("text", ["", "   ", "@newsbot", "\n"])
def test_an_empty_message_asks_for_nothing(text: str) -> None:
    assert wanted(message(text), "newsbot") is None
