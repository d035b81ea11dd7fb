"""Which subscriptions a story reaches."""

from datetime import timedelta
from typing import Any

import pytest
from samples import ECHO, FLOOD, NOW, POST, source

from bot.chat.matching import matches, matching
from bot.types import Cadence, Subscription, SubscriptionKind

SOURCES = {1: source(1, "River Post", "world/europe"), 2: source(2, "Daily Echo")}


def wants(kind: SubscriptionKind, value: str = "", **more: Any) -> Subscription:
    base: dict[str, Any] = {
        "id": 1,
        "chat_id": 1,
        "cadence": Cadence.LIVE,
        "created": NOW - timedelta(days=1),
    }
    return Subscription(kind=kind, value=value, **(base | more))


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
def test_a_subscription_matches(kind: SubscriptionKind, value: str, expected: bool) -> None:
    assert matches(wants(kind, value), FLOOD, [POST, ECHO], SOURCES) is expected


def test_a_paused_subscription_matches_nothing() -> None:
    assert not matches(wants(SubscriptionKind.ALL, active=False), FLOOD, [POST], SOURCES)


def test_matching_keeps_the_order_and_decides_equal_orders_alike() -> None:
    many = [wants(SubscriptionKind.KEYWORD, v, id=n) for n, v in enumerate(["elbe", "storm", "elbe", "rain"])]
    assert [s.id for s in matching(many, FLOOD, [POST, ECHO], SOURCES)] == [0, 2, 3]


def test_an_article_whose_source_was_removed_still_matches_by_words() -> None:
    assert matches(wants(SubscriptionKind.KEYWORD, "elbe"), FLOOD, [POST], {})
