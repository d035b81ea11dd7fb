"""What people may write after /subscribe, and what is understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import source

from bot.chat.command import Usage
from bot.chat.orders import describe, read_order
from bot.errors import BadInput

SOURCES = {
    4: source(4, "River Post", "World/Asia"),
    5: source(5, "Daily Echo", "science"),
    6: source(6, "Echo", "world/europe"),
    7: source(7, "Echo"),
}


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("", "everything, daily at 08:00"),
        ("all", "everything, daily at 08:00"),
        ("all live", "everything, at once"),
        ("daily 7:05", "everything, daily at 07:05"),
        ("daily at 21:30", "everything, daily at 21:30"),
        ("hourly", "everything, hourly"),
        ("weekly", "everything, weekly on Monday at 08:00"),
        ("weekly mon,thu 18:00", "everything, weekly on Monday, Thursday at 18:00"),
        ("weekly friday 18:00", "everything, weekly on Friday at 18:00"),
        ("weekly 09:00 sun tue", "everything, weekly on Tuesday, Sunday at 09:00"),
        ("source 4", "source River Post, at once"),
        ("source #4 daily", "source River Post, daily at 08:00"),
        ("source river post", "source River Post, at once"),
        ("source riverpost.example hourly", "source River Post, hourly"),
        ("topic science", "topic science, at once"),
        ("Topic SCIENCE hourly", "topic science, hourly"),
        ("topic world", "topic World, at once"),
        ("science", "topic science, at once"),
        ("story 12", "story 12, at once, with what changed"),
        ("keyword flood", "stories with flood, at once"),
        (
            "keyword flood AND (elbe OR rhine) daily 07:30",
            "stories with flood AND (elbe OR rhine), daily at 07:30",
        ),
        ('"elbe valley" daily', 'stories with "elbe valley", daily at 08:00'),
        ("“elbe valley”", 'stories with "elbe valley", at once'),
        ('"flood AND elbe"', "stories with flood AND elbe, at once"),
        ("flood", "stories with flood, at once"),
        ("daily mirror", "stories with daily mirror, at once"),
        ("story", "stories with story, at once"),
        ("live music", "stories with live music, at once"),
        ("all good things", "stories with all good things, at once"),
    ],
)
def test_an_order_is_understood(text: str, understood: str) -> None:
    assert describe(read_order(text, sources=SOURCES), SOURCES) == understood


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("source river", "I have no source river"),
        ("source 9", "I have no source 9"),
        ("source echo", "Several sources are called echo"),
        ("story of the day", "number"),
        ("topic cooking", "I know no topic"),
        ("daily 25:00", "not a time of day"),
        ("live 08:00", "only for daily or weekly"),
        ("hourly mon", "Weekdays go with daily or weekly"),
        ("daily 08:00 09:00", "one time of day"),
        ("keyword (flood", "never closed"),
        ("(flood OR", "word is missing"),
    ],
)
def test_a_mistake_in_an_order_is_named(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read_order(text, sources=SOURCES)


def test_a_subscription_to_a_source_that_was_removed_can_still_be_described() -> None:
    order = read_order("source 4", sources=SOURCES)
    assert describe(order, {}) == "source 4 (gone), at once"


words = st.sampled_from(
    [
        "all",
        "source",
        "topic",
        "keyword",
        "story",
        "4",
        "daily",
        "weekly",
        "live",
        "08:00",
        "mon",
        "at",
        '"',
        "(",
        "x",
    ]
)


@given(st.lists(words, max_size=8).map(" ".join) | st.text())
def test_any_order_is_understood_or_refused(text: str) -> None:
    try:
        order = read_order(text, sources=SOURCES)
    except (Usage, BadInput):
        return
    assert describe(order, SOURCES)
