"""What ranks first, and when nothing is relevant: told from passages made up here."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.news import retrieve, rewrite
from bot.news.terms import stems, terms
from bot.types import Article, Hit, Passage, Turn

NOW = datetime(2026, 5, 8, 18, tzinfo=UTC)
ELECTED = "The council of Oldmouth elected Mara Lind mayor on Monday with 21 of 40 votes."
ELSEWHERE = "The council of Newmouth elected Piet Horn mayor on Monday with 30 of 50 votes."


def article(number: int, text: str, *, title: str = "", days: float = 2) -> Article:
    when = NOW - timedelta(days=days)
    return Article(
        id=number,
        url=f"https://news.example/{number}",
        title=title,
        text=text,
        outlet="Coast Daily",
        byline="",
        language="en",
        published=when,
        fetched=when,
        revision=1,
        source_id=None,
        story_id=None,
    )


def ranked(question: str, *articles: Article, cosines: dict[int, float] | None = None) -> list[int]:
    return [c.article.id for c in candidates(question, *articles, cosines=cosines)]


def candidates(
    question: str, *articles: Article, cosines: dict[int, float] | None = None
) -> list[retrieve.Candidate]:
    found = [Passage(a.id, a.id, 0, 0, len(a.text), a.text) for a in articles]
    hits = [Hit(a.id, a.id, 1.0, a.when) for a in articles]
    owners = {a.id: a for a in articles}
    return retrieve.rank(retrieve.ask(question, NOW), found, owners, hits=hits, cosines=cosines or {})


def test_the_article_with_the_name_asked_about_ranks_first() -> None:
    assert ranked("Who was elected mayor of Oldmouth?", article(1, ELSEWHERE), article(2, ELECTED))[0] == 2


def test_of_two_alike_the_newer_ranks_first() -> None:
    old, new = article(1, ELECTED, days=300), article(2, ELECTED, days=3)

    assert ranked("Who was elected mayor of Oldmouth?", old, new) == [2, 1]


def test_of_two_alike_that_of_the_time_asked_about_ranks_first() -> None:
    then, new = article(1, ELECTED, days=365), article(2, ELECTED, days=3)

    assert ranked("Who was elected mayor of Oldmouth in May 2025?", then, new) == [1, 2]


def test_meaning_decides_where_words_do_not() -> None:
    one, other = article(1, "A vote was held."), article(2, "A race was held.")

    assert ranked("Who became leader?", one, other, cosines={1: 0.1, 2: 0.7}) == [2, 1]


def test_relevance_tells_what_the_archive_has_from_what_it_has_not() -> None:
    found = article(1, ELECTED, title="Council of Oldmouth elects mayor")
    has, has_not = "Who was elected mayor of Oldmouth?", "Who won the chess championship in Lima?"

    relevances = [retrieve.relevance(retrieve.ask(q, NOW), candidates(q, found)) for q in (has, has_not)]

    assert relevances[0] > 0.7
    assert relevances[1] < 0.2
    assert retrieve.relevance(retrieve.ask(has, NOW), []) == 0


def test_old_article_is_less_relevant_to_a_question_about_this_week() -> None:
    question = "Who was elected mayor of Oldmouth this week?"
    asked = retrieve.ask(question, NOW)

    new, old = (
        retrieve.relevance(asked, candidates(question, article(1, ELECTED, days=d))) for d in (2, 400)
    )

    assert new > old


def test_long_words_are_looked_for_by_their_beginning() -> None:
    asked = retrieve.ask("Which toys were recalled by Ford?", NOW)

    assert retrieve.queries(asked.words) == ["toys", "recal*", "ford"]


@pytest.mark.parametrize(
    ("word", "sought"),
    [
        ("city", ["city", "cities"]),
        ("cities", ["citie*", "city"]),
        ("ferries", ["ferri*", "ferry"]),
        ("countries", ["countr*"]),
        ("toys", ["toys"]),
        ("survey", ["surve*"]),
        ("day", ["day"]),
        ("城市", ["城市"]),
    ],
)
def test_a_word_in_y_and_its_plural_are_looked_for_together(word: str, sought: list[str]) -> None:
    assert retrieve.queries(terms(word)) == sought


@given(st.text(max_size=40) | st.text(alphabet="aZé9_.'’ -\u0301漢字かコ한กß", max_size=40))
def test_stems_are_those_of_the_words_in_every_script(text: str) -> None:
    assert stems(text) == [t.stem for t in terms(text)]


@given(st.text(max_size=120), st.text(max_size=200), st.text(max_size=40))
def test_any_question_can_be_asked_of_any_text(question: str, text: str, title: str) -> None:
    found = candidates(question, article(1, text, title=title))

    assert 0 <= retrieve.relevance(retrieve.ask(question, NOW), found) <= 1


@pytest.mark.parametrize(
    ("question", "leans"),
    [
        ("And who replaced him?", True),
        ("What about Friday?", True),
        ("Where did she go?", True),
        ("Why?", True),
        ("Why did it close?", True),
        ("😀😀", False),
        ("Why did Mara Lind close the harbour?", False),
        ("Who was elected mayor of Oldmouth?", False),
        ("What did Mara Lind say about its harbour?", False),
    ],
)
def test_a_question_leans_on_the_conversation_only_where_it_must(question: str, leans: bool) -> None:
    assert rewrite.leans(question) is leans


@pytest.mark.parametrize(
    ("before", "question", "whole"),
    [
        (["Who is the mayor of Oldmouth?"], "What about Brume?", "Who is the mayor of Brume?"),
        (["Who leads Norvane Shipping?"], "And Calder Freight?", "Who leads Calder Freight?"),
        (["Who leads Norvane?", "And Calder?"], "And Ferrum?", "Who leads Ferrum?"),
        (["How long is the Gorm tunnel?"], "And the Hask tunnel?", "How long is the Hask tunnel?"),
        (["Who is the mayor of Oldmouth?"], "And who is Mara Lind?", ""),
        (["Who is the mayor of Oldmouth?"], "And the budget of Brume?", ""),
        (["Who is the mayor of Oldmouth?"], "But not Brume?", ""),
        (["When did Marta Lind resign?"], "And Monday?", ""),
        (["Did Ostland sign the Harbour Treaty?"], "And Quill?", ""),  # which of the two names is meant?
        ([], "And Quill?", ""),
    ],
)
def test_the_last_question_is_asked_of_the_new_name(before: list[str], question: str, whole: str) -> None:
    history = [Turn(role="user", text=text) for text in before]

    assert rewrite.moved(question, history) == whole


def test_rewriting_may_use_only_what_was_said() -> None:
    said = (Turn(role="user", text="Who was mayor of Oldmouth?"), Turn(role="assistant", text="Olav Brandt."))

    assert rewrite.faithful("Who replaced Olav Brandt as mayor?", "Who replaced him?", said)
    assert not rewrite.faithful("Who murdered Olav Brandt?", "Who replaced him?", said)
    assert not rewrite.faithful("", "Who replaced him?", said)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Who won?", 1),
        ("Who won? Who lost?", 2),
        ("Oldmouth voted on Monday. Who won?", 1),
        ("Who won? Tell me at once.", 1),
        ("Who won the cup?? And where did he play?", 2),
        ("a? b? c? d? e?", 1),
        ("Who won? Who lost?\n", 2),
        ("Who won? Who lost?" + " " * 50_000, 2),
        ("Who won? " + "Tell me at once. " * 5_000, 1),
        ("won " * 20_000, 1),
    ],
)
def test_questions_in_a_message_are_told_apart(text: str, parts: int) -> None:
    assert len(rewrite.parts(text)) == parts
