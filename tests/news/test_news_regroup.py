"""Stories looked at again: two events in one, one event in two, and strays that are neither."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from news.test_news_cluster import HARBOUR, HARBOUR_TOO, NOON, SAME, signed, vectors

from bot.news import cluster, copies, regroup
from bot.news.cluster import Placement
from bot.types import Signature

FERRY = (
    "The ferry Marla ran aground off Grey Point on Monday and fourteen passengers were hurt, the coast "
    "guard said. Tugs pulled it free at noon."
)
FERRY_TOO = (
    "Fourteen people were hurt when the Marla ferry hit Grey Point. The coast guard sent tugs, which "
    "freed it at noon on Monday."
)
FLOOD = "Heavy rain flooded the valley of the Wend on Sunday and two hundred people left their homes."
BRIDGE_LIKE, FERRY_LIKE, FLOOD_LIKE = vectors(1, 0, 0), vectors(0, 1, 0), vectors(0, 0, 1)

BRIDGE = [
    signed(1, "Harbour bridge to close", HARBOUR, like=BRIDGE_LIKE, story=1),
    signed(2, "Bridge shut by rust", HARBOUR_TOO, like=BRIDGE_LIKE, story=1),
]
SHIP = [
    signed(3, "Ferry Marla aground", FERRY, like=FERRY_LIKE, story=1),
    signed(4, "Marla ferry hits Grey Point", FERRY_TOO, like=FERRY_LIKE, story=1),
]
STRAY = signed(5, "Hundreds flee flood", FLOOD, like=FLOOD_LIKE, story=1)


def test_a_story_of_two_events_is_taken_apart_the_earliest_first() -> None:
    later = [replace(s, when=s.when + timedelta(hours=3)) for s in SHIP]
    assert regroup.groups([*later, *BRIDGE], []) == ((1, 2), (3, 4))


def test_a_story_of_one_event_stays_whole() -> None:
    more = [replace(s, article_id=s.article_id + 10) for s in BRIDGE]
    assert regroup.groups([*BRIDGE, *more], []) == ((1, 2, 11, 12),)


def test_one_stray_report_is_no_second_event() -> None:
    more = [replace(s, article_id=s.article_id + 10) for s in BRIDGE]
    [group] = regroup.groups([*BRIDGE, *more, STRAY], [])
    assert set(group) == {1, 2, 5, 11, 12}


def test_a_stray_goes_with_one_of_two_events() -> None:
    found = regroup.groups([*BRIDGE, *SHIP, STRAY], [])
    assert sorted(len(g) for g in found) == [2, 3]


def test_copies_of_one_text_are_no_second_event() -> None:
    copied = [signed(n, "Grey Point", SAME, like=FERRY_LIKE, story=1) for n in (3, 4, 5)]
    first = [replace(s, terms=(*copies.telling(s), f"{copies.MARK}{s.article_id:08x}")) for s in BRIDGE]
    assert len(regroup.groups([*first, *copied], [])) == 1


def test_two_stories_of_one_event_become_one() -> None:
    other = [replace(s, article_id=s.article_id + 10, story_id=2) for s in BRIDGE]
    assert regroup.are_one(BRIDGE, other, [])
    linking = signed(30, "Rust closes harbour bridge", HARBOUR, like=BRIDGE_LIKE)
    placed = Placement(2, 0.9, also=(1,))
    assert regroup.review(linking, placed, [*BRIDGE, *other]) == regroup.Review(2, merge=(1, 2))


def test_a_report_takes_the_one_that_it_is_like_out_of_a_wrong_story() -> None:
    wrong = [*BRIDGE, SHIP[0]]
    came = replace(SHIP[1], story_id=None)
    assert regroup.review(came, cluster.place(came, wrong), wrong) == regroup.Review(1, leaving=((3, 4),))


def test_two_events_never_become_one() -> None:
    assert not regroup.are_one(BRIDGE, SHIP, [])


def test_words_alone_make_nothing_one() -> None:
    bare = [replace(s, vector=np.zeros(0, dtype=np.float32)) for s in BRIDGE]
    assert not regroup.are_one(bare, [replace(s, article_id=s.article_id + 10) for s in bare], [])


@pytest.mark.parametrize("members", [[], BRIDGE[:1], [*BRIDGE, STRAY]])
def test_few_reports_are_one_story(members: list[Signature]) -> None:
    assert regroup.groups(members, []) == (tuple(sorted(s.article_id for s in members)),)


@st.composite
def stories(draw: st.DrawFn) -> list[Signature]:
    """Articles that point into a few directions and share words as chance has it."""
    words = st.lists(
        st.sampled_from(["ferry", "bridge", "rust", "tugs", "council", "flood", "valley", "rain"]), max_size=6
    )
    made = []
    for number in range(draw(st.integers(0, 14))):
        direction = np.array(draw(st.sampled_from([(1, 0, 0), (0, 1, 0), (0.7, 0.7, 0), (0, 0.3, 1)])))
        made.append(
            Signature(
                article_id=number + 1,
                story_id=1,
                when=NOON + timedelta(hours=draw(st.integers(0, 90))),
                outlet="",
                title="",
                vector=(direction / np.linalg.norm(direction)).astype(np.float32),
                terms=(*dict.fromkeys(draw(words)), f"{copies.MARK}{number:08x}"),
            )
        )
    return made


@given(stories(), st.randoms(use_true_random=False))
def test_every_article_is_in_one_group_whatever_the_order(
    members: list[Signature], chance: random.Random
) -> None:
    found = regroup.groups(members, members)
    assert sorted(i for g in found for i in g) == sorted(s.article_id for s in members)
    shuffled = chance.sample(members, len(members))
    assert regroup.groups(shuffled, members) == found


@given(stories())
def test_what_was_taken_apart_is_not_taken_apart_again_nor_made_one(members: list[Signature]) -> None:
    found = regroup.groups(members, members)
    for group in found:
        own = [s for s in members if s.article_id in group]
        assert regroup.groups(own, members) == (group,)
    for one, other in itertools.pairwise(found):
        apart = [[s for s in members if s.article_id in g] for g in (one, other)]
        assert not regroup.are_one(*apart, members)
