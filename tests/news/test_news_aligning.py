"""Which of the selected sentences a line of a model belongs to."""

from hypothesis import given
from hypothesis import strategies as st

from bot.news.aligning import lines

ASKED = [
    "The old harbour bridge, which carries about 9,000 cars a day, will close on Monday.",
    "Buses will take the ring road until the work is done, said Mara Lind, who leads the council.",
]


def aligned(text: str, *, truncated: bool = False) -> dict[int, str]:
    return lines(text, ASKED, truncated=truncated, language="en")


def test_as_many_lines_as_sentences_belong_to_them_in_order() -> None:
    twice = ["The bridge will close on Monday, the council said.", "The bridge will close on Monday."]
    told = "The bridge will close on Monday.\n\nThe bridge will close on Monday.\n"
    assert lines(told, twice, truncated=False, language="en") == dict.fromkeys((0, 1), twice[1])


def test_lines_in_another_order_are_put_in_theirs() -> None:
    assert aligned("2. Buses will take the ring road.\n1. The bridge will close on Monday.") == {
        0: "The bridge will close on Monday.",
        1: "Buses will take the ring road.",
    }


def test_a_line_about_something_else_belongs_nowhere() -> None:
    assert aligned("3. Ferries will run.\n0. Hello there.") == {}


def test_free_sentences_go_to_the_sentence_whose_words_they_have() -> None:
    told = "Buses will take the ring road until the work is done. The old bridge will close on Monday."
    assert aligned(told) == {
        0: "The old bridge will close on Monday.",
        1: "Buses will take the ring road until the work is done.",
    }


def test_a_sentence_cut_in_two_stays_together() -> None:
    told = "Buses will take the ring road. Mara Lind leads the council."
    assert aligned(told) == {1: told}


def test_a_free_sentence_about_something_else_belongs_nowhere() -> None:
    assert aligned("Tourists love the cheese of Vell.") == {}


def test_a_free_sentence_that_was_broken_off_is_left_out() -> None:
    told = "The old harbour bridge will close on Monday. Buses will take the"
    assert aligned(told, truncated=True) == {0: "The old harbour bridge will close on Monday."}


@given(st.text(max_size=200), st.lists(st.text(max_size=80), max_size=4), st.booleans())
def test_whatever_is_written_only_places_that_were_asked_for_come_back(
    text: str, asked: list[str], truncated: bool
) -> None:
    assert set(lines(text, asked, truncated=truncated, language="en")) <= set(range(len(asked)))
