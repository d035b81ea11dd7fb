"""What changed between two revisions, in short."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.news.revisions import Edit, EditKind, compare

TEXT = (
    "The ferry Marla hit rocks on Monday. Fourteen passengers were hurt, two of them seriously. "
    "The captain said that the lights of the harbour were out."
)


def test_a_corrected_number_is_told_as_such() -> None:
    [edit] = compare(TEXT, TEXT.replace("Fourteen", "Eleven")).edits
    assert edit == Edit(EditKind.NUMBER, "Fourteen passengers", "Eleven passengers")


def test_a_sentence_that_came_and_one_that_went() -> None:
    new = TEXT.replace(
        "The captain said that the lights of the harbour were out.", "Divers search the wreck."
    )
    found = compare(TEXT, new)
    assert set(found.edits) == {
        Edit(EditKind.ADDED, "", "Divers search the wreck."),
        Edit(EditKind.REMOVED, "The captain said that the lights of the harbour were out.", ""),
    }
    assert (found.words_added, found.words_removed) == (3, 10)


def test_words_that_changed_are_told_with_those_beside_them() -> None:
    [edit] = compare(TEXT, TEXT.replace("hit rocks", "ran aground")).edits
    assert edit == Edit(EditKind.REWORDED, "Marla hit rocks on", "Marla ran aground on")


def test_numbers_come_first() -> None:
    new = "Divers search the wreck. " + TEXT.replace("hit rocks", "ran aground").replace("two of", "3 of")
    assert [e.kind for e in compare(TEXT, new).edits] == [EditKind.NUMBER, EditKind.ADDED, EditKind.REWORDED]


@pytest.mark.parametrize("same", [TEXT, TEXT.replace(". ", ".\n\n"), TEXT.upper()])
def test_the_same_words_are_no_change(same: str) -> None:
    found = compare(TEXT, same)
    assert (found.edits, found.words_added, found.words_removed) == ((), 0, 0)


words = st.lists(
    st.sampled_from(["ferry", "hit", "rocks", "14", "two", "passengers", ".", "Harbour", "was,"]), max_size=40
)


@settings(max_examples=60, deadline=None)
@given(words.map(" ".join), words.map(" ".join))
def test_nothing_is_told_that_stands_in_neither_text(before: str, after: str) -> None:
    for edit in compare(before, after).edits:
        assert " ".join(edit.before.split()) in " ".join(before.split())
        assert " ".join(edit.after.split()) in " ".join(after.split())
