"""A message of one platform, made ready for the other: same words, links, lists and commands."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.blocks import bold, bullet, code, heading, italic, link, mono, paragraph, quote, reply
from bot.chat.carry import carried
from bot.chat.render import render
from bot.types import Button, Part, Reply

WHY = "(sent here because {} can't be reached)"
POST = reply(
    heading("Your news"),
    paragraph(
        link("Ferry <aground>", "https://post.example/a?b=1&c=2"), "\n14 people were hurt. ", bold("Ouch")
    ),
    bullet("one ", italic("thing")),
    bullet("another"),
    quote("said & done"),
    code("a  b\n\nc"),
    paragraph("Type ", mono("x")),
)


def moved(what: Reply, origin: str, platform: str) -> tuple[Part, ...]:
    return carried(render(what, origin), origin=origin, platform=platform)


@pytest.mark.parametrize(("origin", "platform"), [("telegram", "matrix"), ("matrix", "telegram")])
def test_a_post_looks_as_if_it_had_been_made_for_the_other_platform(origin: str, platform: str) -> None:
    name = {"telegram": "Telegram", "matrix": "Matrix"}[origin]
    own = replace(POST, blocks=(*POST.blocks, paragraph(italic(WHY.format(name)))))
    assert moved(POST, origin, platform) == render(own, platform)


def test_buttons_become_commands_on_matrix() -> None:
    [part] = moved(replace(POST, buttons=((Button("3 more", "more 1 2"),),)), "telegram", "matrix")
    assert "3 more: <code>!more 1 2</code>" in part.html


def test_commands_become_telegrams_own() -> None:
    [part] = moved(replace(POST, buttons=((Button("3 more", "more 1 2"),),)), "matrix", "telegram")
    assert "3 more: <code>/more 1 2</code>" in part.html


def test_a_long_message_of_matrix_becomes_several_of_telegram() -> None:
    parts = moved(reply(*(paragraph("Words and words. " * 20) for _ in range(30))), "matrix", "telegram")
    assert len(parts) > 2
    assert parts[-1].plain.endswith(WHY.format("Matrix"))


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)


@given(st.lists(st.builds(paragraph, WORDS, st.builds(bold, WORDS), st.builds(mono, WORDS)), max_size=4))
def test_no_word_is_lost_on_the_way_there(blocks: list) -> None:
    plain = "".join(part.plain for part in render(reply(*blocks), "matrix"))
    there = "".join(part.plain for part in moved(reply(*blocks), "telegram", "matrix"))
    assert _words(plain) == _words(there.removesuffix(WHY.format("Telegram")))


def _words(text: str) -> str:
    return "".join(text.split()).replace("/", "").replace("!", "").replace("•", "")
