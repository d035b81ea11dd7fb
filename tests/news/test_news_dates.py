"""The time that a question names, asked on Monday 23 November 2026."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

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
        ("What happened since june?", "2026-06-01", "2026-11-24"),
        ("What was said in january?", "2026-01-01", "2026-02-01"),
        ("What was said before May?", "1970-01-01", "2026-05-01"),
        ("What was said until 5 May?", "1970-01-01", "2026-05-06"),
        ("What was said until yesterday?", "1970-01-01", "2026-11-23"),
        ("What was said after 5 May?", "2026-05-06", "2026-11-24"),
        ("What was said after the 2024 election?", "2024-01-01", "2025-01-01"),
        ("What was said between March and June?", "2026-03-01", "2026-07-01"),
        ("What was said from 1 May to 30 June?", "2026-05-01", "2026-07-01"),
        ("What was said from Monday 4 May to Friday, 8 May?", "2026-05-04", "2026-05-09"),
        ("What was said between 3 and 10 May?", "2026-05-03", "2026-05-11"),
        ("What was said from May 3 to May 5?", "2026-05-03", "2026-05-06"),
        ("What was said from 10 December to 3 May?", "2025-12-10", "2026-05-04"),
        ("What was said between May and December?", "2025-05-01", "2026-01-01"),
        ("What was said from Friday to Sunday?", "2026-11-20", "2026-11-23"),
        ("What was said two days ago?", "2026-11-21", "2026-11-22"),
        ("What was said a week ago?", "2026-11-16", "2026-11-17"),
        ("What was said three months ago?", "2026-08-01", "2026-09-01"),
        ("What was said the day before yesterday?", "2026-11-21", "2026-11-22"),
        ("What was said last Monday?", "2026-11-16", "2026-11-17"),
        ("What was said last Friday?", "2026-11-20", "2026-11-21"),
        ("What was said last November?", "2025-11-01", "2025-12-01"),
        ("What was said on Monday, 16 November?", "2026-11-16", "2026-11-17"),
        ("What was said in the last week of May?", "2026-05-01", "2026-06-01"),
        ("What was said on 29 February?", "2024-02-29", "2024-03-01"),
        ("What was said over the last couple of weeks?", "2026-11-09", "2026-11-24"),
        ("Was geschah seit dem 5. März?", "2026-03-05", "2026-11-24"),
        ("Was geschah vorgestern?", "2026-11-21", "2026-11-22"),
        ("Was geschah vor drei Tagen?", "2026-11-20", "2026-11-21"),
        ("Was geschah vor dem 5. März?", "1970-01-01", "2026-03-05"),
        ("Was geschah in den letzten drei Tagen?", "2026-11-20", "2026-11-24"),
        ("Was geschah vom 3. bis 10. Mai?", "2026-05-03", "2026-05-11"),
        ("Was geschah am 5.3.2026?", "2026-03-05", "2026-03-06"),
        ("Que s'est-il passé depuis le 3 mai ?", "2026-05-03", "2026-11-24"),
        ("Que s’est-il passé le 1er mai ?", "2026-05-01", "2026-05-02"),
        ("Que s'est-il passé en mai ?", "2026-05-01", "2026-06-01"),
        ("Que s'est-il passé ces trois derniers jours ?", "2026-11-20", "2026-11-24"),
        ("Que s'est-il passé entre le 3 et le 10 mai ?", "2026-05-03", "2026-05-11"),
        ("¿Qué pasó desde el 5 de mayo?", "2026-05-05", "2026-11-24"),
        ("¿Qué pasó hace tres días?", "2026-11-20", "2026-11-21"),
        ("Cosa è successo dal 3 al 10 maggio?", "2026-05-03", "2026-05-11"),
        ("What happened since may?", "2026-05-01", "2026-11-24"),
        ("What happened in march?", "2026-03-01", "2026-04-01"),
        ("Was geschah seit mai?", "2026-05-01", "2026-11-24"),
        ("What happened this quarter?", "2026-10-01", "2027-01-01"),
        ("What happened last quarter?", "2026-07-01", "2026-10-01"),
        ("Was geschah in diesem Quartal?", "2026-10-01", "2027-01-01"),
        ("Que s'est-il passé le trimestre dernier ?", "2026-07-01", "2026-10-01"),
        ("What happened on May 3-5?", "2026-05-03", "2026-05-06"),
        ("What happened on May 3–5, 2025?", "2025-05-03", "2025-05-06"),
        ("What happened from May 3 to 5?", "2026-05-03", "2026-05-06"),
        ("What happened between May 3 and 5?", "2026-05-03", "2026-05-06"),
        ("What happened between May 3 and May 5?", "2026-05-03", "2026-05-06"),
        ("What happened from May 3 to 5 June?", "2026-05-03", "2026-06-06"),
        ("What happened on June 3-31?", "2026-06-03", "2026-06-04"),
        ("What happened in the past week?", "2026-11-16", "2026-11-24"),
        ("What happened over the last month?", "2026-10-24", "2026-11-24"),
        ("What happened over the past year?", "2025-11-23", "2026-11-24"),
        ("Was geschah in der letzten Woche?", "2026-11-16", "2026-11-23"),
        ("Que s'est-il passé hier ?", "2026-11-22", "2026-11-23"),
        ("Un accident hier à Lyon ?", "2026-11-22", "2026-11-23"),
        ("Macron a parlé hier ?", "2026-11-22", "2026-11-23"),
        ("Combien d'articles depuis hier ?", "2026-11-22", "2026-11-24"),
        ("What did Chris Hoy say this week?", "2026-11-17", "2026-11-24"),
        ("What about Black Friday on Friday?", "2026-11-20", "2026-11-21"),
    ],
)
def test_named_time_is_understood(question: str, since: str, until: str) -> None:
    found = period(question, NOW)

    assert found is not None
    assert (found.since.date().isoformat(), found.until.date().isoformat()) == (since, until)


@pytest.mark.parametrize(
    "question",
    [
        "Who is the mayor?",
        "What may happen next?",
        "What may march on Brume?",
        "Who sang in march time?",
        "Was ist hier passiert?",
        "Wie viele Artikel gibt es hier über die Flut?",
        "Wat is hier gebeurd?",
        "Who drove past an embassy?",
        "Who wrote for USA Today?",
        "Where does Chris Hoy live?",
        "What did A. J. Ayer write?",
        "Who led the march in Brume?",
        "Why did Theresa May resign?",
        "What did the trial of Jan Novak show?",
        "When did the Black Friday sale start?",
        "Who paid for the exploration of Mars?",
        "Where did Placido Domingo sing?",
        "Who won on 5 May 1950?",
        "Who was born in May 1950?",
        "Who founded it twenty years ago?",
        "Who founded it 20 years ago?",
        "Who won 31 votes?",
        "Who spoke on 31 April?",
        "",
    ],
)
def test_question_without_a_time_names_none(question: str) -> None:
    assert period(question, NOW) is None


@pytest.mark.parametrize(
    ("question", "zone", "since", "until"),
    [
        ("What happened today?", "Asia/Tokyo", "2026-11-23T15:00", "2026-11-24T15:00"),
        ("What happened yesterday?", "Asia/Tokyo", "2026-11-22T15:00", "2026-11-23T15:00"),
        ("What happened today?", "America/New_York", "2026-11-23T05:00", "2026-11-24T05:00"),
        ("What happened on 5 May?", "America/New_York", "2026-05-05T04:00", "2026-05-06T04:00"),
        ("What happened in November?", "Europe/Berlin", "2026-10-31T23:00", "2026-11-30T23:00"),
        ("What happened on 25 October?", "Europe/Berlin", "2026-10-24T22:00", "2026-10-25T23:00"),
        ("What happened since March?", "Europe/Berlin", "2026-02-28T23:00", "2026-11-24T22:15"),
        ("What happened in the last 24 hours?", "Asia/Tokyo", "2026-11-22T22:15", "2026-11-24T15:00"),
    ],
)
def test_days_are_those_of_where_it_is_asked(question: str, zone: str, since: str, until: str) -> None:
    found = period(question, NOW, ZoneInfo(zone))

    assert found is not None
    assert (found.since.isoformat()[:16], found.until.isoformat()[:16]) == (since, until)


def test_the_words_of_a_time_are_all_of_them() -> None:
    found = period("How many articles about Brume since Monday, the 16th of November?", NOW)

    assert found is not None
    assert found.phrase == "since Monday, the 16th of November"


def test_the_last_hours_are_counted_from_now() -> None:
    found = period("What happened in the last 24 hours?", NOW)

    assert found is not None
    assert found.since == datetime(2026, 11, 22, 22, 15, tzinfo=UTC)


def test_what_is_before_a_day_is_nearest_right_before_it() -> None:
    found = period("Who spoke before 5 May?", NOW)

    assert found is not None
    assert found.away(datetime(2026, 5, 4, 12, tzinfo=UTC)) == 0
    assert found.away(datetime(2026, 5, 1, tzinfo=UTC)) == 3


@pytest.mark.parametrize(
    "question",
    [
        f"in the last {'9' * 5000} days",
        "the last ſix days",
        "fıve days ago",
        "5 May to " * 9000,
        "9999 weeks ago",
    ],
)
def test_no_question_is_too_odd(question: str) -> None:
    period(question, NOW)


def test_distance_is_counted_in_days_from_the_nearer_end() -> None:
    found = period("Who spoke on 5 May?", NOW)

    assert found is not None
    assert found.away(datetime(2026, 5, 5, 12, tzinfo=UTC)) == 0
    assert found.away(datetime(2026, 5, 3, tzinfo=UTC)) == 2
    assert found.away(datetime(2026, 5, 9, tzinfo=UTC)) == 3


@given(
    st.text(max_size=80)
    | st.from_regex(
        r"(last|past|in|on|since|before|after|until|from 3 to) [0-9]{1,6} (days|May|months|years|weeks ago)"
        r"( (to|and) (3 May|June|Friday))?"
    ),
    st.datetimes(min_value=datetime(2000, 1, 2), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.timezones(),
)
def test_a_period_never_ends_before_it_begins(question: str, now: datetime, zone: ZoneInfo) -> None:
    found = period(question, now, zone)

    assert found is None or found.since < found.until
