"""Which questions of subscriptions a story answers."""

import numpy as np
import pytest
from samples import ECHO, FLOOD, POST, source

from bot.chat.matching import ALIKE, facts, likeness, matching, score
from bot.storage.subscriptions import Question
from bot.types import SubscriptionKind

SOURCES = {1: source(1, "River Post", "world/europe"), 2: source(2, "Daily Echo")}
CARRIERS = {a.id: [a.source_id] for a in (POST, ECHO)}


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (SubscriptionKind.ALL, "", True),
        (SubscriptionKind.SOURCE, "1", True),
        (SubscriptionKind.SOURCE, "2", True),
        (SubscriptionKind.SOURCE, "3", False),
        (SubscriptionKind.SOURCE, "gone", False),
        (SubscriptionKind.TOPIC, "world/europe", True),
        (SubscriptionKind.TOPIC, "World", True),
        (SubscriptionKind.TOPIC, "world/euro", False),
        (SubscriptionKind.TOPIC, "science", False),
        (SubscriptionKind.KEYWORD, "villages AND rain", True),
        (SubscriptionKind.KEYWORD, "metres AND rain", False),  # no one article has both
        (SubscriptionKind.KEYWORD, 'source:"river post"', True),
        (SubscriptionKind.KEYWORD, "(broken", False),
        (SubscriptionKind.STORY, "1", True),
        (SubscriptionKind.STORY, "11", False),
    ],
)
def test_a_question_is_answered(kind: SubscriptionKind, value: str, expected: bool) -> None:
    known = facts(FLOOD, [POST, ECHO], SOURCES, CARRIERS)
    assert (score(Question(kind, value), known) is not None) is expected


def test_matching_gives_the_answered_questions_with_their_scores() -> None:
    asked = [Question(SubscriptionKind.KEYWORD, v) for v in ("elbe", "storm", "rain")]
    found = matching(asked, facts(FLOOD, [POST, ECHO], SOURCES, CARRIERS))
    assert found == {asked[0]: 1.0, asked[2]: 1.0}


def test_every_source_that_carries_an_article_counts() -> None:
    known = facts(FLOOD, [POST], SOURCES, {POST.id: [1, 2]})
    for kind, value in ((SubscriptionKind.SOURCE, "2"), (SubscriptionKind.KEYWORD, 'source:"daily echo"')):
        assert score(Question(kind, value), known) == 1.0


def test_an_article_whose_source_was_removed_still_matches_by_words() -> None:
    assert score(Question(SubscriptionKind.KEYWORD, "elbe"), facts(FLOOD, [POST], {}, CARRIERS)) == 1.0


# --- like another story ----------------------------------------------------------------------

EAST = np.array([1.0, 0.0], np.float32)


def like(angle: float, story: str = "9") -> Question:
    vector = np.array([np.cos(angle), np.sin(angle)])
    return Question(SubscriptionKind.LIKE, story, vector.astype("<f2").tobytes())


def test_a_story_near_enough_is_like_another_and_the_score_is_its_likeness() -> None:
    known = facts(FLOOD, [POST], SOURCES, CARRIERS, vector=EAST)
    near, far = like(np.arccos(ALIKE) - 0.01), like(np.arccos(ALIKE) + 0.01)
    assert score(near, known) == pytest.approx(ALIKE, abs=0.02)
    assert score(far, known) is None
    assert likeness(far, known) == pytest.approx(ALIKE, abs=0.02)


def test_a_story_is_not_like_itself() -> None:
    assert score(like(0.0, story=str(FLOOD.id)), facts(FLOOD, [POST], SOURCES, CARRIERS, vector=EAST)) is None


def test_what_another_embedder_read_or_none_can_not_be_compared() -> None:
    longer = facts(FLOOD, [POST], SOURCES, CARRIERS, vector=np.array([1.0, 0.0, 0.0], np.float32))
    assert score(like(0.0), longer) is None
    assert score(like(0.0), facts(FLOOD, [POST], SOURCES, CARRIERS)) is None
