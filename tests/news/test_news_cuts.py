"""What a tightened sentence may leave out of its source, and what it may not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.news.cuts import cuttable, only_cuts

BRIDGE = (
    "The old harbour bridge, which was opened in 1931 and carries about 9,000 cars a day, will close on "
    "Monday for eleven weeks, the council said in a statement on Thursday evening."
)


@pytest.mark.parametrize(
    ("own", "told"),
    [
        pytest.param(
            BRIDGE,
            "The old harbour bridge will close on Monday for eleven weeks, the council said.",
            id="aside and time",
        ),
        pytest.param(
            "City captain Mara Lind scored twice - a first for her - in Vell.",
            "Mara Lind scored twice in Vell.",
            id="title and dashes",
        ),
        pytest.param("Lind (48) leads the council.", "Lind leads the council.", id="brackets"),
        pytest.param(
            "Lind, who said she would not resign, leads the council.",
            "Lind leads the council.",
            id="a relative clause, whatever is said in it",
        ),
        pytest.param("World No 1 Mara Lind won in Vell.", "Mara Lind won in Vell.", id="number one"),
        pytest.param(
            "The council has also voted to close the pool.",
            "The council voted to close the pool.",
            id="light words",
        ),
        pytest.param(
            "The mayor ’ s car hit a 12ft wall.", "The mayor's car hit a 12 feet wall.", id="repairs"
        ),
        pytest.param("mara lind won in vell.", "Mara Lind won in Vell.", id="capitals"),
        pytest.param("The ship on Tuesday left Vell.", "The ship left Vell.", id="a day"),
        pytest.param("Die Brücke, gebaut 1931, wird gesperrt.", "Die Brücke wird gesperrt.", id="German"),
        pytest.param("理事会说，桥将关闭，时间是周一。", "理事会说，桥将关闭。", id="Chinese"),
    ],
)
def test_what_is_set_off_may_go(own: str, told: str) -> None:
    assert only_cuts(own, told)


@pytest.mark.parametrize(
    ("own", "told"),
    [
        pytest.param(
            "A call to sack the minister was rejected by the party.",
            "The minister was rejected by the party.",
            id="what a statement is about",
        ),
        pytest.param(
            "Lind on Friday had her ban for striking a rival lifted on appeal.",
            "Lind was banned for striking a rival lifted on appeal.",
            id="a noun made a verb",
        ),
        pytest.param(
            "If the dam breaks, Vell will be flooded.", "Vell will be flooded.", id="a condition before"
        ),
        pytest.param(
            "Vell will be flooded, unless the dam holds.", "Vell will be flooded.", id="a condition after"
        ),
        pytest.param("Lind took the money, her rival claimed.", "Lind took the money.", id="who says so"),
        pytest.param("Lind wants to close the pool.", "Lind is to close the pool.", id="what is only wanted"),
        pytest.param(
            "Those, who had no ticket, were turned away.", "Those were turned away.", id="who is meant"
        ),
        pytest.param("No Vell team won.", "Vell team won.", id="a negation"),
        pytest.param("Wife of Orla Lind found.", "Orla Lind found.", id="somebody else's name"),
        pytest.param("The Vell team lost.", "TheVell team lost.", id="words run together"),
        pytest.param("The team lost in Vell.", "The team lost badly in Vell.", id="a word more"),
        pytest.param("Her stewardship ended.", "Her leadership ended.", id="another word"),
        pytest.param("Der Rat stimmt zu, falls das Geld reicht.", "Der Rat stimmt zu.", id="German"),
    ],
)
def test_what_the_sense_hangs_on_stays(own: str, told: str) -> None:
    assert not only_cuts(own, told)


WORDS = st.lists(
    st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=9), min_size=1, max_size=12
)


@given(WORDS)
def test_a_sentence_is_a_cut_of_itself(words: list[str]) -> None:
    assert only_cuts(" ".join(words), " ".join(words))


@given(WORDS, st.integers(0, 11))
def test_a_new_word_is_never_a_cut(words: list[str], place: int) -> None:
    told = [*words[:place], "quarry", *words[place:]]
    assert not only_cuts(" ".join(words), " ".join(told)) or "quarry" in words


@pytest.mark.parametrize(
    "own",
    [BRIDGE, "City captain Mara Lind scored twice.", "The ship on Tuesday left Vell.", "It hit a 12ft rod."],
)
def test_a_sentence_with_something_set_off_can_be_cut(own: str) -> None:
    assert cuttable(own)


def test_a_sentence_with_nothing_set_off_is_as_short_as_it_gets() -> None:
    assert not cuttable("The council of Vell voted to close the only pool of the town.")
