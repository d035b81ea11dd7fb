"""The filter language: what matches, what is refused and where, and that nothing makes it slow."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.filters import DEEPEST, LONGEST, Fields, parse, words_of
from bot.errors import BadInput

FLOOD = Fields(
    title="Flood warning for the Elbe valley",
    text="The Elbe rose by 2.3 metres. Mayor O'Neill said: “We don't evacuate yet.” "
    "Straße gesperrt. 東京で地震",
    source="River Post\nriverpost.example",
    language="en-GB",
)


@pytest.mark.parametrize(
    "text",
    [
        "flood",
        "FLOOD",
        "elbe AND metres",
        "elbe metres",
        "storm OR flood",
        "flood NOT storm",
        "flood -storm",
        "NOT storm",
        '"elbe valley"',
        "“elbe valley”",
        '"Elbe  Rose"',
        "title:flood",
        'title:"flood warning"',
        "source:river",
        'source:"river post"',
        "lang:en",
        "lang:EN-us",
        "(storm OR flood) AND (elbe OR rhine)",
        "/elbe.{1,20}metres/",
        r"title:/^flood\b/",
        "evacuat*",
        "o'neill",
        "strasse",
        "地震",
        "storm OR flood AND elbe",
        "NOT (storm OR drought)",
        "((flood))",
        "flood AND NOT storm",
        "don't",
        "storm or flood",
        "flood and metres and not storm",
        "flood not storm",
        "(storm or flood) title:elbe",
    ],
)
def test_the_flood_story_matches(text: str) -> None:
    assert parse(text).matches(FLOOD)


@pytest.mark.parametrize(
    "text",
    [
        "floods",
        "flo",
        "elb AND metres",
        "storm AND flood",
        "NOT flood",
        "-flood",
        "title:metres",
        "source:flood",
        "lang:de",
        '"valley elbe"',
        '"the elbe valle"',
        "/^metres/",
        "title:/metres/",
        "(storm OR flood) AND rhine",
        "NOT (storm OR flood)",
        "storm*",
    ],
)
def test_the_flood_story_does_not_match(text: str) -> None:
    assert not parse(text).matches(FLOOD)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "a word is missing, at its end"),
        ("flood AND", "a word is missing, at its end"),
        ("OR flood", "a word is missing, at character 1"),
        ("flood OR OR storm", "at character 10"),
        ("(flood", "never closed, at character 1"),
        ("flood)", "without its “(”, at character 6"),
        ("()", "a word is missing, at character 2"),
        ('say "hello', "no partner, at character 5"),
        ("/[a/", "regular expression is not valid"),
        ("a /abc", "no closing “/”, at character 3"),
        (r"/(a)\1/", "regular expression is not valid"),
        ("/(((a{1,1000}){1,1000}){1,1000})/", "regular expression is not valid"),
        ("lang:english", "a code like en or de, at character 6"),
        ("!!!", "there is no word in this, at character 1"),
        ("x" * (LONGEST + 1), f"at most {LONGEST} characters"),
        ("(" * 30 + "a" + ")" * 30, f"more than {DEEPEST} levels"),
        ("NOT " * 100 + "a", f"more than {DEEPEST} levels"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, says: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse(text)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("storm or flood and not fire", "storm OR flood AND NOT fire"),
        ('"rock and roll" and title:or', '"rock and roll" AND title:or'),
        ("or", "or"),
        ("not hilfe", "not hilfe"),
        ('flood "or" storm', 'flood "or" storm'),
        ("flood AND or", "flood AND or"),
        ("(a or b) or /c or d/", "(a OR b) OR /c or d/"),
    ],
)
def test_small_operators_between_conditions_are_meant(written: str, meant: str) -> None:
    assert parse(written).source == meant
    assert parse(meant).source == meant


pieces = st.sampled_from(
    [
        "AND",
        "OR",
        "NOT",
        "(",
        ")",
        '"',
        "-",
        "/",
        "title:",
        "lang:",
        "lang:en",
        "flood",
        "a*",
        "/a+/",
        " ",
        "\\",
        "“",
    ]
)


@given(st.lists(pieces | st.text(max_size=5), max_size=40).map(" ".join) | st.text())
def test_any_text_is_a_filter_or_a_plain_refusal(text: str) -> None:
    with suppress(BadInput):
        assert parse(text).matches(FLOOD) in (True, False)


words = st.sampled_from(["flood", "elbe", "storm", "title:flood", "lang:de", '"elbe rose"', "rose"])


@given(words, words, words)
def test_the_operators_obey_the_laws_of_logic(a: str, b: str, c: str) -> None:
    def says(text: str) -> bool:
        return parse(text).matches(FLOOD)

    assert says(f"NOT ({a} AND {b})") == says(f"NOT {a} OR NOT {b}")
    assert says(f"{a} OR {b} {c}") == (says(a) or (says(b) and says(c)))
    assert says(f"({a} OR {b}) {c}") == ((says(a) or says(b)) and says(c))
    assert says(f"NOT NOT {a}") == says(a)


def test_an_expression_that_blows_up_elsewhere_is_linear_here() -> None:
    trap = Fields(title="a" * 50_000 + "!", text="")
    assert not parse("/^(a+)+$/").matches(trap)
    assert not parse("/(a|aa)+$/").matches(trap)


@given(st.text(min_size=1, max_size=30))
def test_every_word_of_a_text_finds_it(text: str) -> None:
    for word in words_of(text):
        assert parse(f'"{word}"').matches(Fields(title=text, text=""))
