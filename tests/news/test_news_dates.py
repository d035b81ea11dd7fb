"""The time that a question names, asked on Monday 23 November 2026."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.news.dates import period

NOW = datetime(2026, 11, 23, 22, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("What happened today?", "2026-11-23", "2026-11-24"),
        ("Who won yesterday?", "2026-11-22", "2026-11-23"),
        ("Who resigned this week?", "2026-11-17", "2026-11-24"),
        ("Who resigned last week?", "2026-11-16", "2026-11-23"),
        ("What was decided on Tuesday?", "2026-11-17", "2026-11-18"),
        ("What was decided on Monday?", "2026-11-23", "2026-11-24"),
        ("What happened this past weekend?", "2026-11-21", "2026-11-23"),
        ("How many articles about floods this month?", "2026-11-01", "2026-12-01"),
        ("Which bank failed last month?", "2026-10-01", "2026-11-01"),
        ("Which bank failed last year?", "2025-01-01", "2026-01-01"),
        ("What happened in May?", "2026-05-01", "2026-06-01"),
        ("What happened in December?", "2025-12-01", "2026-01-01"),
        ("What happened in May 2024?", "2024-05-01", "2024-06-01"),
        ("Who spoke on 5 May?", "2026-05-05", "2026-05-06"),
        ("Who spoke on May 5, 2025?", "2025-05-05", "2025-05-06"),
        ("Who spoke on 2026-03-04?", "2026-03-04", "2026-03-05"),
        ("What happened with the bridge since 3 March?", "2026-03-03", "2026-11-24"),
        ("What changed over the last 3 days?", "2026-11-20", "2026-11-24"),
        ("Who won in 2022?", "2022-01-01", "2023-01-01"),
        ("Wer trat gestern zurück?", "2026-11-22", "2026-11-23"),
        ("Was geschah im Mai?", "2026-05-01", "2026-06-01"),
        ("¿Qué pasó la semana pasada?", "2026-11-16", "2026-11-23"),
    ],
)
def test_named_time_is_understood(question: str, since: str, until: str) -> None:
    found = period(question, NOW)

    assert found is not None
    assert (found.since.date().isoformat(), found.until.date().isoformat()) == (since, until)


@pytest.mark.parametrize(
    "question",
    ["Who is the mayor?", "What may happen next?", "Why did Theresa May resign?", "Who won 31 votes?", ""],
)
def test_question_without_a_time_names_none(question: str) -> None:
    assert period(question, NOW) is None


def test_distance_is_counted_in_days_from_the_nearer_end() -> None:
    found = period("Who spoke on 5 May?", NOW)

    assert found is not None
    assert found.away(datetime(2026, 5, 5, 12, tzinfo=UTC)) == 0
    assert found.away(datetime(2026, 5, 3, tzinfo=UTC)) == 2
    assert found.away(datetime(2026, 5, 9, tzinfo=UTC)) == 3


@given(
    st.text(max_size=80) | st.from_regex(r"(last|past|in|on|since) [0-9]{1,6} (days|May|months|years)"),
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)),
)
def test_a_period_never_ends_before_it_begins(question: str, now: datetime) -> None:
    found = period(question, now)

    assert found is None or found.since < found.until
