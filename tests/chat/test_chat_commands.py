"""Rules of the command table itself."""

import inspect
import re
from pathlib import Path

import pytest

from bot.chat.command import Command
from bot.chat.commands import BY_NAME, COMMANDS, document, menu
from bot.types import Role

EVERYONE = (
    "start help ask latest summary story changes search subscribe unsubscribe subscriptions sources "
    "settings why"
)
ADMINS = (
    "addsource setsource removesource pausesource resumesource checksource exportsources admins grant revoke "
    "status"
)


def test_the_documented_commands_are_current() -> None:
    page = Path(__file__).parents[2] / "docs" / "commands.md"
    assert page.read_text(encoding="utf-8") == document(), (
        "run: python -m bot.chat.commands > docs/commands.md"
    )


def test_everything_that_was_promised_is_there() -> None:
    assert {c.name for c in COMMANDS if c.permission is Role.READER} >= {
        *EVERYONE.split(),
        "mydata",
        "forget",
    }
    assert {c.name for c in COMMANDS if c.permission > Role.READER} == set(ADMINS.split())


def test_no_name_means_two_things() -> None:
    names = [name for c in COMMANDS for name in (c.name, *c.aliases)]
    assert len(names) == len(set(names)) == len(BY_NAME)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.name)
def test_a_command_fits_telegrams_menu_and_its_handler_its_description(command: Command) -> None:
    assert re.fullmatch(r"[a-z0-9_]{1,32}", command.name)
    assert 3 <= len(command.help) <= 100
    assert not command.help.endswith(".")
    assert inspect.iscoroutinefunction(command.handler)
    assert bool(command.arguments) == bool(command.example)


def test_the_menu_shows_only_what_everyone_may_use() -> None:
    names = {name for name, _ in menu()}
    assert "ask" in names
    assert not names & {*ADMINS.split(), "more", "quotes"}
