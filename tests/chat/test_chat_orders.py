"""What people may write after /subscribe, and what is understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import source

from bot.chat.clauses import DAYS
from bot.chat.command import Usage
from bot.chat.orders import MORNING, Order, changed, describe, read_changes, read_order
from bot.errors import BadInput
from bot.types import Cadence, Length, Options, SubscriptionKind

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
        ("daily 13 pm", "not a time of day"),
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


def test_a_digest_without_a_time_comes_when_the_owner_says() -> None:
    assert read_order("daily", sources=SOURCES, at="06:45").at == "06:45"
    assert read_order("daily 21:00", sources=SOURCES, at="06:45").at == "21:00"


def test_a_subscription_to_a_source_that_was_removed_can_still_be_described() -> None:
    order = read_order("source 4", sources=SOURCES)
    assert describe(order, {}) == "source 4 (gone), at once"


# --- when and how ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        (
            'keyword flood live max 5 urgent "evacuation" quiet 22:00-07:00 long in German changes',
            "stories with flood, at once, long summaries, in German, at most 5 a day, "
            'urgent: "evacuation", quiet 22:00 to 07:00, with what changed',
        ),
        ("flood at most 5 a day", "stories with flood, at once, at most 5 a day"),
        ("flood, live, max 5", "stories with flood, at once, at most 5 a day"),
        ("flood live and long and in french", "stories with flood, at once, long summaries, in French"),
        ("flood with changes", "stories with flood, at once, with what changed"),
        ("source 4 changes", "source River Post, at once, with what changed"),
        ("story 12 no changes", "story 12, at once"),
        ("story 12 daily", "story 12, daily at 08:00"),
        ("all live max 20 at 19:00 short", "everything, at once, short summaries, at most 20 a day"),
        ("everything in the original", "everything, daily at 08:00, in the original language"),
        ("flood live language de", "stories with flood, at once, in German"),
        ("long in German", "everything, daily at 08:00, long summaries, in German"),
        ("flood urgent (dam OR alarm) daily", "stories with flood, daily at 08:00, urgent: dam OR alarm"),
        ("flood quiet 22 to 7", "stories with flood, at once, quiet 22:00 to 07:00"),
        ("flood quiet 10pm-7am", "stories with flood, at once, quiet 22:00 to 07:00"),
        ("flood quiet 10 pm to 7 am", "stories with flood, at once, quiet 22:00 to 07:00"),
        ("daily at 8", "everything, daily at 08:00"),
        ("flood daily 8 pm", "stories with flood, daily at 20:00"),
        ("flood daily noon", "stories with flood, daily at 12:00"),
        ("weekly mon 18h30", "everything, weekly on Monday at 18:30"),
        ("flood quiet off", "stories with flood, at once, no quiet hours"),
        ("daily mon-fri 07:30", "everything, daily on Monday to Friday at 07:30"),
        ("daily at 7:30 on weekdays", "everything, daily on Monday to Friday at 07:30"),
        ("daily sat,sun 09:00 headlines", "everything, daily on Saturday, Sunday at 09:00, headlines only"),
        ("in German", "everything, daily at 08:00, in German"),
        ("in the original daily 07:30", "everything, daily at 07:30, in the original language"),
        ("language de, long", "everything, daily at 08:00, long summaries, in German"),
        ("length long", "everything, daily at 08:00, long summaries"),
        ("quiet 22:00-07:00", "everything, daily at 08:00, quiet 22:00 to 07:00"),
        ("max 5 live", "everything, at once, at most 5 a day"),
        ("at most 5 a day live", "everything, at once, at most 5 a day"),
        ("like 12", "stories like story 12, at once"),
        ("like story #12 live max 2", "stories like story 12, at once, at most 2 a day"),
    ],
)
def test_when_and_how_are_understood(text: str, understood: str) -> None:
    assert describe(read_order(text, sources=SOURCES), SOURCES) == understood


@pytest.mark.parametrize(
    ("text", "filter_"),
    [
        ("mad max", "mad max"),
        ("mad max fury", "mad max fury"),
        ("urgent care", "urgent care"),
        ("a quiet place", "a quiet place"),
        ("climate changes", "climate changes"),
        ("flood in Germany", "flood in Germany"),
        ("in Ukraine", "in Ukraine"),
        ("in Ukraine daily quiet off", "in Ukraine"),
        ("in German elections", "in German elections"),
        ('"in German"', '"in German"'),
        ("max verstappen", "max verstappen"),
        ("quiet place", "quiet place"),
        ("length matters", "length matters"),
        ("language gap", "language gap"),
        ("sign language gap", "sign language gap"),
        ("like a rolling stone", "like a rolling stone"),
        ('"long" long', '"long"'),
        ('keyword "max 5" max 5', '"max 5"'),
        ("(long OR short) headline", "(long OR short)"),
        ("title:long daily", "title:long"),
        ("top 10 daily", "top 10"),
        ("apollo 11", "apollo 11"),
    ],
)
def test_words_that_may_be_options_stay_in_the_filter_where_they_read_as_words(
    text: str, filter_: str
) -> None:
    assert read_order(text, sources=SOURCES).value == filter_


@pytest.mark.parametrize("text", ["like", "like this", "more like this", "like that daily", "story this"])
def test_a_story_may_be_the_one_replied_to(text: str) -> None:
    assert read_order(text, sources=SOURCES).value == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("flood live max five", "a number from 1 to 100 after “max”"),
        ("flood max 500", "a number from 1 to 100 after “max”"),
        ("max 500", "a number from 1 to 100 after “max”"),
        ("max 5", "“max” goes with live"),
        ("quiet 22:00", "Quiet hours are two times"),
        ("topic science live in Klingon", "don't know the language “klingon”"),
        ("flood live urgent (dam", "After “urgent”: I can't read this filter"),
        ("flood live urgent", "I need the words that make a story urgent"),
        ("flood live quiet night", "Quiet hours are two times"),
        ("flood quiet 22:00-22:00", "another end"),
        ("flood quiet 25:00-07:00", "“25:00” is not a time of day"),
        ("flood live length huge", "Lengths are headline, short and long"),
        ("all daily max 3", "“max” goes with live"),
        ("daily changes", "“changes” goes with live"),
        ("hourly weekdays", "Weekdays go with daily or weekly"),
        ("live mon", "Weekdays go with daily or weekly"),
        ("flood daily live", "one of live, hourly, daily and weekly"),
    ],
)
def test_a_mistake_in_when_or_how_is_named(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read_order(text, sources=SOURCES)


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("daily mon-fri 07:30 short", "everything, daily on Monday to Friday at 07:30, short summaries"),
        ("max off urgent off changes off", "everything, at once, long summaries, quiet 22:00 to 07:00"),
        (
            "no max",
            "everything, at once, long summaries, urgent: dam, quiet 22:00 to 07:00, with what changed",
        ),
        (
            "length chat language chat quiet chat max off",
            "everything, at once, urgent: dam, with what changed",
        ),
        ("hourly", "everything, hourly, long summaries, urgent: dam, quiet 22:00 to 07:00"),
    ],
)
def test_changes_leave_what_they_do_not_name_and_what_can_not_stay(text: str, understood: str) -> None:
    order = read_order("all live max 5 urgent dam quiet 22-7 long changes", sources=SOURCES)
    if "daily" in text:
        order = read_order("all", sources=SOURCES)
    assert describe(changed(order, read_changes(text)), SOURCES) == understood


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ("weekly thu 18:00", "daily", "everything, daily at 18:00"),
        ("daily mon-fri 18:00", "weekly", "everything, weekly on Monday at 18:00"),
        ("daily mon-fri 18:00", "weekly fri", "everything, weekly on Friday at 18:00"),
        ("daily mon-fri 18:00", "daily 07:00", "everything, daily on Monday to Friday at 07:00"),
        ("weekly thu 18:00", "short", "everything, weekly on Thursday at 18:00, short summaries"),
    ],
)
def test_the_days_of_one_pace_are_not_those_of_another(before: str, change: str, after: str) -> None:
    order = read_order(before, sources=SOURCES)
    assert describe(changed(order, read_changes(change)), SOURCES) == after


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("daily sometimes", "I don't understand “sometimes” here"),
        ("daily and", "Something is missing after “and”"),
    ],
)
def test_a_change_that_is_none_is_named(text: str, says: str) -> None:
    with pytest.raises(Usage, match=says):
        read_changes(text)


times = st.times().map("{:%H:%M}".format)
days = st.lists(st.sampled_from(list(DAYS)), min_size=1, max_size=7, unique=True)
filters_ = st.sampled_from(["dam", '"flood wall"', "dam OR alarm", "-sport title:dam", "/dam(n|s)/"])


@st.composite
def orders(draw: st.DrawFn) -> tuple[str, Order]:
    """What a person may write, and what it means: clauses of every kind in any order."""
    kind, value, what = draw(
        st.sampled_from(
            [
                (SubscriptionKind.ALL, "", "all"),
                (SubscriptionKind.SOURCE, "4", "source 4"),
                (SubscriptionKind.TOPIC, "science", "topic science"),
                (SubscriptionKind.KEYWORD, "flood AND (elbe OR rhine)", "keyword flood AND (elbe OR rhine)"),
                (SubscriptionKind.STORY, "12", "story 12"),
                (SubscriptionKind.LIKE, "12", "like 12"),
            ]
        )
    )
    cadence = draw(st.sampled_from(Cadence))
    at, on = draw(times), draw(days)
    clauses = {"cadence": cadence.value}
    if cadence in {Cadence.DAILY, Cadence.WEEKLY}:
        clauses["cadence"] += f" {','.join(on)} {at}"
    options, live = {}, cadence is Cadence.LIVE
    if length := draw(st.sampled_from([None, *Length])):
        options["length"], clauses["length"] = length, length.value
    if language := draw(st.sampled_from(["", "de", "fr", "original"])):
        said = {"de": "in German", "fr": "language fr", "original": "in the original"}
        options["language"], clauses["language"] = language, said[language]
    if urgent := draw(st.just("") | filters_):
        bare = " " not in urgent or urgent.startswith('"')
        options["urgent"], clauses["urgent"] = urgent, f"urgent {urgent if bare else f'({urgent})'}"
    if draw(st.booleans()):
        start, end = draw(st.tuples(times, times).filter(lambda t: t[0] != t[1]))
        options |= {"quiet_from": start, "quiet_until": end}
        clauses["quiet"] = f"quiet {start}-{end}"
    if live and (most := draw(st.none() | st.integers(1, 100))):
        options["most"], clauses["most"] = most, f"max {most}"
    options["changes"] = live and draw(st.booleans())
    if live:
        clauses["changes"] = f"changes {'on' if options['changes'] else 'off'}"
    text = " ".join([what, *draw(st.permutations(sorted(clauses.values())))])
    dated = cadence in {Cadence.DAILY, Cadence.WEEKLY}
    meant = Order(
        kind=kind,
        value=value,
        cadence=cadence,
        at=at if dated else MORNING,
        weekdays=tuple(sorted(DAYS[day] for day in on)) if dated else (),
        options=Options(**options),
    )
    return text, meant


@given(orders())
def test_clauses_are_understood_in_any_order(pair: tuple[str, Order]) -> None:
    text, meant = pair
    assert read_order(text, sources=SOURCES) == meant


WORDS = (
    *("all", "source", "topic", "keyword", "story", "like", "this", "4", "x", '"', "(", ")", "AND", ","),
    *("daily", "weekly", "live", "08:00", "mon", "mon-fri", "weekdays", "at", "on", "a", "day", "most"),
    *("max", "5", "urgent", "quiet", "22:00-07:00", "off", "to", "long", "in", "German", "the"),
    *("original", "language", "length", "changes", "with", "no", "chat"),
)


@given(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join) | st.text())
def test_any_order_is_understood_or_refused(text: str) -> None:
    try:
        order = read_order(text, sources=SOURCES)
    except (Usage, BadInput):
        return
    assert describe(order, SOURCES)


@given(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join) | st.text())
def test_any_change_is_understood_or_refused(text: str) -> None:
    order = read_order("all live", sources=SOURCES)
    try:
        new = changed(order, read_changes(text))
    except (Usage, BadInput):
        return
    assert (new.kind, new.value) == (order.kind, order.value)
