"""What a later report adds, and what it only says again."""

import pytest

from bot.news.novelty import new_sentences
from bot.types import Citation, Sentence

KNOWN = (
    "The ferry Marla hit rocks near Oldmouth harbour on Monday, and 14 passengers were hurt. "
    "Rescue boats brought 120 people ashore. The police are looking into it."
)


def sentence(text: str, article: int = 2) -> Sentence:
    where = Citation(
        article_id=article, url="", title="", outlet="", published=None, start=0, end=1, quote=text
    )
    return Sentence(text, (where,))


@pytest.mark.parametrize(
    "text",
    [
        "The captain of the ferry, Ida Brandt, was arrested.",
        "17 of the passengers were hurt and two died in hospital.",
        "Divers found that an engine had failed hours before.",
    ],
)
def test_a_new_fact_of_a_changed_article_is_new(text: str) -> None:
    assert new_sentences([sentence(text)], changed={2}, before=[KNOWN])


@pytest.mark.parametrize(
    "text",
    [
        "On Monday the ferry Marla hit rocks near the harbour of Oldmouth.",
        "Fourteen passengers of the ferry were hurt.",
        "Police look into why the ferry hit rocks.",
    ],
)
def test_the_same_in_other_words_is_not(text: str) -> None:
    assert not new_sentences([sentence(text)], changed={2}, before=[KNOWN])


def test_what_rests_on_an_old_report_is_not_new() -> None:
    assert not new_sentences([sentence("Ida Brandt was arrested.", article=1)], changed={2}, before=[KNOWN])
