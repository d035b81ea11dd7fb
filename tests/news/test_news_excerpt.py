"""What of a passage a model reads: the sentence that fits, and as much beside it as has room."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.news.excerpt import WORDS, excerpt
from bot.news.fitting import Fit
from bot.news.passages import size
from bot.news.retrieve import Candidate, Features
from bot.types import Article, Passage

NOW = datetime(2026, 5, 8, 18, tzinfo=UTC)
BEFORE = "Introduction. " * 3


def sentence(word: str, words: int) -> str:
    return " ".join([word.capitalize(), *[word] * (words - 1)]) + "."


def candidate(text: str, *, number: int = 1) -> Candidate:
    """A passage with this text, somewhere in its article."""
    whole = BEFORE + text
    owner = Article(
        id=number, url="https://news.example/1", title="Storm", text=whole, outlet="Coast Daily", byline="",
        language="en", published=NOW, fetched=NOW, revision=1, source_id=None, story_id=None,
    )  # fmt: skip
    passage = Passage(7, number, 0, len(BEFORE), len(whole), text)
    features = Features(text=1, cosine=1, cover=1, title=1, close=1, article=1, names=1, near=1)
    return Candidate(passage, owner, 1.0, features)


def fit(one: Candidate, sentence: str) -> Fit:
    start = one.article.text.index(sentence)
    return Fit(one.article, start, start + len(sentence), 1.0)


def read(text: str, best: str) -> str:
    one = candidate(text)
    part = excerpt(one, [fit(one, best)]).passage
    assert one.article.text[part.start : part.end] == part.text
    return part.text


def test_a_short_passage_is_read_whole() -> None:
    text = f"{sentence('rain', 20)} {sentence('wind', 20)}"

    assert read(text, sentence("wind", 20)) == text


def test_of_a_long_passage_the_best_sentence_is_read_with_what_has_room_after_and_before_it() -> None:
    rain, wind, hail, snow = (sentence(w, 20) for w in ("rain", "wind", "hail", "snow"))

    assert read(f"{rain} {wind} {hail} {snow}", wind) == f"{wind} {hail}"
    assert read(f"{rain} {wind} {hail} {snow}", snow) == f"{hail} {snow}"


def test_a_sentence_that_points_back_is_read_with_the_one_before_it() -> None:
    mara, she, hail = sentence("mara", 20), "She " + sentence("wind", 19), sentence("hail", 20)

    assert read(f"{mara} {she} {hail}", she) == f"{mara} {she}"


def test_a_sentence_longer_than_the_room_is_read_whole_and_alone() -> None:
    long = sentence("storm", 2 * WORDS)

    assert read(f"{sentence('rain', 9)} {long} {sentence('wind', 9)}", long) == long


def test_a_passage_of_which_no_sentence_was_compared_is_read_whole() -> None:
    one = candidate(f"{sentence('rain', 30)} {sentence('wind', 30)}")
    other = candidate(sentence("rain", 30), number=2)

    assert excerpt(one, [Fit(one.article, 0, len("Introduction."), 1.0)]) == one
    assert excerpt(one, []) == one
    assert excerpt(one, [fit(other, sentence("rain", 30))]) == one


@given(st.lists(st.integers(3, 2 * WORDS), min_size=1, max_size=8), st.data())
def test_whatever_the_sentences_the_best_is_read_and_no_more_than_there_is_room_for(
    lengths: list[int], data: st.DataObject
) -> None:
    parts = [sentence(f"word{chr(97 + n)}", length) for n, length in enumerate(lengths)]
    best = data.draw(st.sampled_from(parts))
    text = " ".join(parts)

    found = read(text, best)

    assert best in found
    assert found in text
    assert size(found) <= max(WORDS, size(best))


@pytest.mark.parametrize("word", ["雨", "風"])
def test_a_script_without_spaces_is_measured_by_its_characters(word: str) -> None:
    text = "".join(word * 60 + "。" for _ in range(4))
    one = candidate(text)

    part = excerpt(one, [Fit(one.article, len(BEFORE), len(BEFORE) + 61, 1.0)]).passage

    assert part.text == word * 60 + "。"
