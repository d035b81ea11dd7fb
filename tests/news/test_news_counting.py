"""Questions about the archive itself, asked on Monday 23 November 2026 of a few stored articles."""

import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from bot.models.prompts import Prompts
from bot.news import counting, passages, quoting, sought
from bot.news.answer import Answerer
from bot.news.retrieve import ask
from bot.storage import Store
from bot.types import Answer, Article, Draft, Hit, Signature, Turn

NOW = datetime(2026, 11, 23, 22, 15, tzinfo=UTC)
PROMPTS = Prompts.load(Path(__file__).parents[2] / "prompts")
REPORTS = {
    # A feed with dates and no times says midnight.
    "2026-11-23T00:00": ("Flood falls", "The flood in Wendham is falling. The bridge remains closed."),
    "2026-11-22T20:00": ("Chess", "Orla Quist won the chess title in Brume after eleven games, she told us."),
    "2026-11-22T00:00": (
        "Flood",
        "Heavy rain flooded the town of Wendham. The singer Mara Lind stayed away.",
    ),
    "2026-11-20T12:00": ("Rates cut", "The US central bank cut its rates by a quarter point on Friday."),
    "2026-11-14T12:00": ("Abuse", "The ombudsman of Brume received 812 reports of abuse this year."),
    "2026-11-13T12:00": ("Tower", "The new tower in Brume has 41 stories, more than at any time before."),
    "2026-11-12T12:00": ("Fever", "The WHO, who warned of a fever in Brume, sent doctors on Thursday."),
    "2026-11-10T12:00": ("Paper sold", "The Times was sold to a group of readers in New York on Monday."),
    "2026-11-01T00:00": ("Flood in Vell", "The flood in Vell fell again, the police said in a statement."),
    "2026-05-12T12:00": ("Opened", "The bridge of Wendham was opened by the mayor on 12 May."),
    "2026-03-12T12:00": ("Planned", "The council planned a bridge over the Wend."),
}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(f"sqlite:///{tmp_path}/news.db")
    for when, (title, text) in REPORTS.items():
        published = datetime.fromisoformat(when).replace(tzinfo=UTC)
        draft = Draft(
            url=f"https://news.example/{when}", title=title, text=text, keys=(when,), published=published
        )
        _, article = await opened.articles.put(draft, source_id=None, now=NOW)
        await opened.articles.index(
            article.id,
            revision=article.revision,
            passages=passages.split(text),
            vectors=np.zeros((0, 0), dtype=np.float32),
            signature=Signature(
                article_id=article.id,
                story_id=None,
                when=published,
                outlet="",
                title=title,
                vector=np.zeros(8, dtype=np.float32),
                terms=(),
            ),
        )
    yield opened
    await opened.close()


async def answered(store: Store, question: str, zone: str = "UTC") -> Answer:
    answerer = Answerer(None, None, store.search, store.articles, PROMPTS)
    return await answerer.answer(question, now=NOW, zone=ZoneInfo(zone))


def asked_for(question: str) -> str | None:
    """What of it is asked of the archive."""
    found = sought.sought(ask(question, NOW))
    return None if found is None else " ".join(w.text for w in found.subject)


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("How many articles about the US this month?", 1),
        ("How many US articles this month?", 1),
        ("How many articles about the WHO?", 1),
        ("How many articles about The Times?", 1),
        ("How many articles about New York?", 1),
        ("HOW MANY ARTICLES ABOUT THE BRIDGE?", 3),
    ],
)
async def test_a_name_that_is_a_word_besides_is_a_subject(store: Store, question: str, number: int) -> None:
    answer = await answered(store, question)

    assert answer.method == "database"
    assert f"has {number} article" in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "How many articles about the us?",
        "HOW MANY ARTICLES ABOUT THE US?",
        "How many articles about The Who?",
        "How many articles about the times?",
        "How many articles about it?",
        "How often was he mentioned this week?",
        "What's the latest on it?",
        "What happened to him this week?",
    ],
)
def test_a_subject_without_a_telling_word_is_not_the_whole_archive(question: str) -> None:
    assert asked_for(question) is None


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("How many articles are in the archive?", ""),
        ("How many articles do you have in total?", ""),
        ("How many of the articles in the archive mention Brume?", "Brume"),
        ("How many articles about the flood did you store?", "flood"),
        ("How many articles about Theresa May in May?", "Theresa May"),
        ("How many articles about Fashion Week this year?", "Fashion Week"),
        ("How many articles about the march on Brume?", "march Brume"),
        ("How many articles about Boeing 737 this month?", "Boeing 737"),
        ("How many articles about the war between Brume and Vell?", "war Brume Vell"),
        ("How many articles about the war?", "war"),
        ("How many articles about people who have fled this week?", "people fled"),
        ("How many reports in May?", ""),
        ("How many stories this week about Brume?", "Brume"),
        ("What are the latest headlines of the week?", ""),
        ("What's the latest on the US?", "US"),
        ("What happened to The Times last week?", "Times"),
        ("Wie viele Artikel gab es über Brume in den letzten drei Tagen?", "Brume"),
        ("Combien d’articles sur Brume depuis le 1er mai ?", "Brume"),
        ("¿Cuántas noticias hay sobre Brume desde el 5 de mayo?", "Brume"),
        ("Quanti articoli su Brume negli ultimi tre giorni?", "Brume"),
        ("How many articles about Brume so far this year?", "Brume"),
        ("How often was Brume mentioned this month?", "Brume"),
        ("How many articles about the 2022 World Cup this month?", "2022 World Cup"),
        ("How many articles about Black Friday on Friday?", "Black Friday"),
        ("How many articles about Doctors Without Borders?", "Doctors Borders"),
        ("How many articles about non-profit schools?", "profit schools"),
        ("Wie viele Artikel gibt es zum Thema Brume?", "Brume"),
        ("Wie viele Artikel haben wir über Brume?", "Brume"),
        ("Wie viele Artikel gibt es hier über Brume?", "Brume"),
        ("Was ist hier gestern passiert?", ""),
        ("Wie viele neue Artikel gab es heute?", ""),
        ("Wie viele Artikel gibt es insgesamt?", ""),
        ("Combien d'articles parlent de Brume ?", "Brume"),
        ("Combien d'articles au total ?", ""),
        ("Que s'est-il passé à Brume cette semaine ?", "Brume"),
        ("Que s'est-il passé hier ?", ""),
        ("¿Qué ha pasado en Brume esta semana?", "Brume"),
        ("¿Cuántas noticias hubo sobre Brume el mes pasado?", "Brume"),
        ("¿Cuántos artículos mencionan a Brume?", "Brume"),
        ("Quanti articoli parlano di Brume?", "Brume"),
    ],
)
def test_the_subject_is_what_the_question_is_about(question: str, subject: str) -> None:
    assert asked_for(question) == subject


@pytest.mark.parametrize(
    "question",
    [
        "How many stories does the new tower have?",
        "How many stories high is the tower in Brume?",
        "How many stories are there in the new tower?",
        "How many reports of abuse did the ombudsman receive this year?",
        "How many reports about abuse did the ombudsman receive this year?",
        "How many reports were published by the ombudsman?",
        "How many articles of the treaty were broken?",
        "How many articles does the constitution have?",
        "How many articles has Harbour News published about the flood?",
        "How often has the bank reported losses this year?",
        "How many times was the theft reported to the police?",
        "Wie viele Meldungen erhielt die Polizei?",
        "Wie viele Artikel hat das Gesetz?",
    ],
)
def test_stories_of_a_tower_are_not_counted_in_the_archive(question: str) -> None:
    assert asked_for(question) is None


@pytest.mark.parametrize(
    "question",
    [
        "How many articles about the flood this week and last week?",
        "How many articles about the flood on Monday and Tuesday?",
        "How many articles about the flood on 5 and 6 May?",
        "How many articles about the flood in 2025 and 2026?",
        "How many articles about the flood from 2024 to 2026?",
        "How many articles about the flood since may or june?",
        "How many articles about the flood in early May?",
        "How many articles about the flood by 5 May?",
        "How many articles about the flood in May 1950?",
        "How many articles about the flood in the last week of May?",
        "How many articles about the flood on 5/3/2026?",
        "How many articles about the flood on the 5th?",
        "How many articles about the flood last summer?",
        "How many articles about the flood yesterday evening?",
        "How many articles about the flood an hour ago?",
        "How many articles about the flood two years ago?",
        "How many articles about the flood after the election?",
        "How many articles about the flood every Monday?",
        "Combien d'articles sur la crue hier et aujourd'hui ?",
        "How many articles about the flood on Mondays?",
        "How many articles about the flood at noon?",
        "How many articles about the flood in the last 7d?",
        "How many articles about the flood in the 2020s?",
        "How many articles about the flood in '25?",
        "How many articles about the flood on 3.5.26?",
        "How many articles about the flood since 2024/05/03?",
        "How many articles about the flood starting 4 May?",
        "How many articles about the flood later than 4 May?",
        "How many articles about the flood up to and including 4 May?",
        "Wie viele Artikel über die Flut vor der Wahl?",
        "What happened with the bridge this week and last week?",
    ],
)
def test_what_has_more_of_a_time_than_was_understood_is_not_counted(question: str) -> None:
    assert asked_for(question) is None


@pytest.mark.parametrize(
    "question",
    [
        "How many articles about last year's election?",
        "How many articles about yesterday’s flood?",
        "How many articles about Friday's vote?",
        "How many articles about the 2024 election?",
        "How many articles about the 5 May attack?",
        "How many articles mention 5 May?",
        "Wie viele Artikel gibt es zum 1. Mai?",
        "What happened with last year's budget?",
    ],
)
def test_a_time_that_is_a_part_of_the_subject_is_no_period(question: str) -> None:
    assert asked_for(question) is None


@pytest.mark.parametrize(
    "question",
    [
        "How many articles about Brume or Vell this week?",
        "How many articles about Brume but not Vell?",
        "How many articles about Brume without Vell?",
        "How many fewer articles about Brume than Vell this week?",
        "How many articles about Brume except in May?",
        "How many articles about Brume on average this month?",
        "How many articles about Brume were deleted this week?",
        "How many articles about Brume have you sent me this week?",
        "How many articles about Brume have I read this week?",
        "How many unread articles?",
        "What happened to Brume or Vell this week?",
        "Wie viele Artikel über Brume oder Vell gab es?",
        "Combien d'articles sur Brume sans Vell ?",
        "¿Cuántas noticias sobre Brume o Vell hay?",
        "Quanti articoli su Brume o Vell?",
    ],
)
def test_what_has_one_word_and_not_the_other_is_not_what_has_both(question: str) -> None:
    assert asked_for(question) is None


@pytest.mark.parametrize(
    ("question", "number", "when"),
    [
        ("How many articles about the flood yesterday?", 1, "(22 November 2026 to 22 November 2026)"),
        ("How many articles yesterday?", 2, "(22 November 2026 to 22 November 2026)"),
        ("How many articles about the flood in October?", 0, "(1 October 2026 to 31 October 2026)"),
        ("How many articles about the bridge before May?", 1, "(until 30 April 2026)"),
        ("How many articles about the bridge since june?", 1, "(1 June 2026 to 23 November 2026)"),
        ("How many articles about the bridge since may?", 2, "(1 May 2026 to 23 November 2026)"),
        ("How many articles about the bridge on May 10-12?", 1, "(10 May 2026 to 12 May 2026)"),
        ("How many articles about the bridge last quarter?", 0, "(1 July 2026 to 30 September 2026)"),
        ("How many articles about the flood in the past month?", 3, "(24 October 2026 to 23 November 2026)"),
        ("How many articles about the bridge from 1 May to 30 June?", 1, "(1 May 2026 to 30 June 2026)"),
        ("How many articles in the last 24 hours?", 1, "(22 November 2026, 22:15 UTC, to 23 November 2026)"),
    ],
)
async def test_a_count_ends_with_the_last_day_that_it_names(
    store: Store, question: str, number: int, when: str
) -> None:
    answer = await answered(store, question)

    assert f"has {number} article" in answer.text
    assert answer.text.endswith(f"{when}.")


@pytest.mark.parametrize(
    ("question", "zone", "said"),
    [
        (
            "How many articles today?",
            "Asia/Tokyo",
            "The archive has 0 articles (24 November 2026 to 24 November 2026).",
        ),
        (
            "How many articles yesterday?",
            "Asia/Tokyo",
            "The archive has 2 articles (23 November 2026 to 23 November 2026).",
        ),
        (
            "How many articles in the last 2 hours?",
            "Asia/Tokyo",
            "The archive has 0 articles (24 November 2026, 05:15 JST, to 24 November 2026).",
        ),
        ("What happened with chess yesterday?", "Asia/Tokyo", "23 November 2026: Orla Quist won"),
        ("What's the latest on chess?", "UTC", "22 November 2026: Orla Quist won"),
    ],
)
async def test_days_are_counted_and_told_as_they_are_where_it_is_asked(
    store: Store, question: str, zone: str, said: str
) -> None:
    assert (await answered(store, question, zone)).text.startswith(said)


@pytest.mark.parametrize(
    ("earlier", "question", "whole"),
    [
        (
            ["How many articles about Brume this week?"],
            "And last week?",
            "How many articles about Brume last week?",
        ),
        (["How many articles about Brume?"], "what about May?", None),
        (["How many articles about Brume?"], "and in May?", "How many articles about Brume in May?"),
        (
            ["How many articles about Brume this week?", "And last week?"],
            "And since may?",
            "How many articles about Brume since may?",
        ),
        (["What happened in Brume today?"], "Yesterday?", "What happened in Brume yesterday?"),
        (["Wie viele Artikel über Brume heute?"], "Und gestern?", "Wie viele Artikel über Brume gestern?"),
        (["Combien d'articles sur Brume ?"], "Et hier ?", "Combien d'articles sur Brume hier?"),
        (["How many articles about Brume today?", "Who is the mayor?"], "And yesterday?", None),
        (["How many articles about Brume today?"], "And about Vell yesterday?", None),
        (["How many articles about Brume today?"], "And this week and last week?", None),
        ([], "And last week?", None),
    ],
)
def test_a_time_alone_asks_the_last_question_over_again(
    earlier: list[str], question: str, whole: str | None
) -> None:
    assert sought.continued(ask(question, NOW), earlier) == whole


async def test_a_time_alone_is_counted_with_the_conversations_subject(store: Store) -> None:
    answerer = Answerer(None, None, store.search, store.articles, PROMPTS)
    history = [Turn(role="user", text="How many articles about Brume today?")]

    answer = await answerer.answer("And yesterday?", now=NOW, history=history)

    assert answer.text.startswith("The archive has 1 article that mentions Brume (22 November 2026")


@pytest.mark.parametrize(
    "question", ["What happened with Mara Lind this week?", "What's the latest on Mara Lind?"]
)
async def test_what_is_named_in_passing_is_told_by_the_sentence_that_names_it(
    store: Store, question: str
) -> None:
    assert (await answered(store, question)).text == "22 November 2026: The singer Mara Lind stayed away."


async def test_a_count_cites_the_sentences_that_mention_it(store: Store) -> None:
    newest = (await answered(store, "How many articles about the bridge?")).citations[0]

    assert newest.quote == "The bridge remains closed."


ARTICLE = Article(
    id=1,
    url="https://news.example/1",
    title="Rain",
    text="Photo: Mara Lind\n\nHeavy rain flooded the whole town of Vell. Mara Lind sang. She was heard.",
    outlet="Post",
    byline="",
    language="en",
    published=NOW - timedelta(days=1),
    fetched=NOW,
    revision=1,
    source_id=None,
    story_id=None,
)


@pytest.mark.parametrize(
    ("word", "quote"),
    [
        ("Lind", "Mara Lind sang."),
        ("heard", "Mara Lind sang. She was heard."),
        ("chess", "Heavy rain flooded the whole town of Vell."),
    ],
    ids=["no heading", "with what it leans on", "the lead where no sentence is worth anything"],
)
def test_the_telling_sentence(word: str, quote: str) -> None:
    assert quoting.telling(ARTICLE, lambda sentence: sentence.count(word)).quote == quote


class Shelf:
    """Index and archive of some articles that all have a question's words."""

    def __init__(self, count: int) -> None:
        self.articles = {n: replace(ARTICLE, id=n) for n in range(1, count + 1)}

    async def text(self, terms, *, limit, since=None, until=None, language=None) -> list[Hit]:
        return [Hit(n, n, 1.0, NOW) for n in self.articles]

    async def get_many(self, article_ids) -> list[Article]:
        return [self.articles[n] for n in article_ids]


async def test_articles_are_taken_apart_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    places: list[threading.Thread] = []
    taken = counting.stems
    monkeypatch.setattr(counting, "LOT", 2)
    monkeypatch.setattr(
        counting, "stems", lambda text: (places.append(threading.current_thread()), taken(text))[1]
    )
    asked, shelf = ask("How many articles about the rain?", NOW), Shelf(5)

    answer = await counting.answer(asked, sought.sought(asked), shelf, shelf)  # type: ignore[arg-type]

    assert "has 5 articles" in answer.text
    assert threading.main_thread() not in places
