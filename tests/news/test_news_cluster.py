"""Where a new article belongs: told from articles made up here."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.news import cluster, copies
from bot.types import Article, Signature

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HARBOUR = (
    "The harbour bridge at Oldmouth will close on Monday for eleven weeks, the council said. "
    "Engineers found rust in four of its nine cables in March. Buses will take the ring road."
)
HARBOUR_TOO = (
    "Oldmouth council said its harbour bridge would shut for eleven weeks from Monday because rust had "
    "weakened four cables. Ferries run more often until the bridge opens again."
)
FLOOD = (
    "Heavy rain flooded the valley of the Wend on Sunday and two hundred people left their homes, "
    "the fire service said. The river may rise again on Tuesday."
)
NOTHING = np.zeros((0, 0), dtype=np.float32)


def vectors(*directions: float) -> np.ndarray:
    """A title and one passage that point into `directions`."""
    one = np.array([directions, directions], dtype=np.float32)
    return one / np.linalg.norm(one, axis=1, keepdims=True)


def article(number: int, title: str, text: str, *, when: datetime = NOON) -> Article:
    return Article(
        id=number,
        url=f"https://news.example/{number}",
        title=title,
        text=text,
        outlet=f"Outlet {number}",
        byline="",
        language="en",
        published=when,
        fetched=when,
        revision=1,
        source_id=None,
        story_id=None,
    )


def signed(
    number: int,
    title: str,
    text: str,
    *,
    like: np.ndarray = NOTHING,
    story: int | None = None,
    days: float = 0,
) -> Signature:
    made = article(number, title, text, when=NOON + timedelta(days=days))
    return replace(cluster.sign(made, vectors=like), story_id=story)


def test_first_article_begins_a_story() -> None:
    placement = cluster.place(signed(1, "Bridge to close", HARBOUR, like=vectors(1, 0)), [])

    assert placement.story_id is None


def test_second_report_of_an_event_joins_its_story() -> None:
    known = [
        signed(1, "Harbour bridge to close", HARBOUR, like=vectors(1, 0.1), story=7),
        signed(2, "Hundreds flee flood", FLOOD, like=vectors(0, 1), story=8),
    ]

    placement = cluster.place(signed(3, "Bridge shut by rust", HARBOUR_TOO, like=vectors(1, 0.2)), known)

    assert placement.story_id == 7
    assert placement.copy_of is None


def test_report_of_another_event_begins_a_story() -> None:
    known = [signed(1, "Harbour bridge to close", HARBOUR, like=vectors(1, 0.1), story=7)]

    placement = cluster.place(signed(2, "Hundreds flee flood", FLOOD, like=vectors(0.3, 1)), known)

    assert placement.story_id is None


def test_same_words_weeks_later_are_another_event() -> None:
    known = [signed(1, "Harbour bridge to close", HARBOUR, like=vectors(1, 0.1), story=7)]
    late = signed(2, "Bridge shut by rust", HARBOUR_TOO, like=vectors(1, 0.2), days=30)

    assert cluster.place(late, known).story_id is None


def test_words_alone_place_an_article_where_nothing_is_embedded() -> None:
    known = [signed(1, "Harbour bridge to close", HARBOUR, story=7), signed(2, "Flood", FLOOD, story=8)]

    assert cluster.place(signed(3, "Bridge shut by rust", HARBOUR_TOO), known).story_id == 7


def test_vectors_of_another_model_are_not_compared() -> None:
    known = [signed(1, "Harbour bridge to close", HARBOUR, like=vectors(1, 0, 0), story=7)]

    placement = cluster.place(signed(3, "Bridge shut by rust", HARBOUR_TOO, like=vectors(1, 0)), known)

    assert 0 <= placement.score <= 1


def test_an_article_is_never_compared_with_itself() -> None:
    before = signed(1, "Harbour bridge to close", HARBOUR, like=vectors(1, 0), story=7)

    placement = cluster.place(replace(before, story_id=None), [before])

    assert (placement.story_id, placement.copy_of) == (None, None)


SAME = HARBOUR + " The mayor said that she was sorry for it and that nobody knew how long it would last."
CUT = SAME[: SAME.index(" Buses")]


@pytest.mark.parametrize("text", [SAME, CUT, SAME.upper()], ids=["same", "cut short", "other case"])
def test_repeated_text_is_a_copy_of_the_earliest(text: str) -> None:
    known = [
        signed(2, "Bridge to close", SAME, like=vectors(1, 0), story=7, days=0.5),
        signed(1, "Bridge to close", SAME, like=vectors(1, 0), story=7),
    ]

    assert cluster.place(signed(3, "Bridge to close", text, like=vectors(1, 0), days=1), known).copy_of == 1


def test_independent_report_is_no_copy() -> None:
    one, other = signed(1, "Bridge to close", HARBOUR), signed(2, "Bridge to shut", HARBOUR_TOO)

    assert copies.alike(one, other) < copies.COPY


@given(st.text(max_size=400), st.text(max_size=400), st.text(max_size=40))
def test_any_text_can_be_signed_and_placed(text: str, other: str, title: str) -> None:
    known = [signed(1, title, text, like=vectors(1, 0), story=1)]

    placement = cluster.place(signed(2, title, other, like=vectors(0, 1)), known)

    assert placement.story_id in {None, 1}
    assert placement.score >= 0


@given(st.lists(st.integers(0, 30), min_size=5, max_size=60).map(lambda n: " ".join(f"w{i}" for i in n)))
def test_likeness_to_oneself_is_whole_and_to_others_is_the_same_both_ways(text: str) -> None:
    one, other = signed(1, "A title", text), signed(2, "Another", HARBOUR)

    assert copies.alike(one, replace(one, article_id=3)) == pytest.approx(1.0)
    assert copies.alike(one, other) == copies.alike(other, one)
