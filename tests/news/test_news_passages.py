"""Passages: every word once, in order, none too long."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.news import passages

SENTENCE = "The council of Oldmouth met on Tuesday and talked for three hours about the harbour bridge. "


def test_short_text_is_one_passage() -> None:
    text = "The harbour bridge will close. Buses take the ring road."

    assert [p.text for p in passages.split(text)] == [text]


def test_nothing_gives_no_passage() -> None:
    assert passages.split(" \n ") == []


def test_passages_end_with_sentences() -> None:
    found = passages.split(SENTENCE * 30)

    assert len(found) > 4
    assert all(p.text.endswith("bridge.") for p in found)


def test_paragraph_ends_a_passage_that_is_long_enough() -> None:
    first = SENTENCE * 3
    text = f"{first.strip()}\n\nAnother matter came up after it. {SENTENCE * 2}"

    assert passages.split(text)[0].text == first.strip()


def test_a_few_last_words_join_the_passage_before() -> None:
    text = SENTENCE * 5 + "It ends."

    assert passages.split(text)[-1].text.endswith("bridge. It ends.")


def test_text_without_stops_is_cut_between_words() -> None:
    text = "word " * 5000

    found = passages.split(text)

    assert max(passages.size(p.text) for p in found) <= 2 * passages.WORDS
    assert {w for p in found for w in p.text.split()} == {"word"}


def test_script_without_spaces_is_measured_too() -> None:
    text = "市议会周二开会讨论了港口大桥的问题。" * 60

    assert len(passages.split(text, "zh")) > 3


@given(st.text(alphabet=st.sampled_from("ab. \n!é港。\"'"), max_size=600) | st.text(max_size=300))
def test_every_character_that_is_no_white_space_is_in_one_passage(text: str) -> None:
    found = passages.split(text)

    assert all(text[p.start : p.end] == p.text for p in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert [p.ordinal for p in found] == list(range(len(found)))
    assert "".join("".join(p.text for p in found).split()) == "".join(text.split())
