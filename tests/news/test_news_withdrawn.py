"""What readers hear of reports that were taken back."""

from dataclasses import replace

import pytest
from fakes import MORNING

from bot.models.prompts import Prompts
from bot.news.summarize import Summarizer
from bot.news.withdrawn import ALL, ONE, standing
from bot.types import Article


def report(outlet: str, *, withdrawn: bool = False, number: int = 1) -> Article:
    return Article(
        id=number,
        url=f"https://{outlet.lower()}.example/{number}",
        title=f"{outlet}: ferry hits rocks",
        text=f"The ferry Marla hit rocks near the harbour of {outlet} town on Monday morning.",
        outlet=outlet,
        byline="",
        language="en",
        published=MORNING,
        fetched=MORNING,
        revision=1,
        source_id=1,
        story_id=1,
        withdrawn=withdrawn,
    )


POST, ECHO, SUN = (report(name, number=n) for n, name in enumerate(("Post", "Echo", "Sun"), 1))


@pytest.mark.parametrize(
    ("withdrawn", "stand", "note"),
    [
        ((), (POST, ECHO, SUN), ""),
        ((ECHO,), (POST, SUN), "Echo has withdrawn its report."),
        ((POST, SUN), (ECHO,), "Post and Sun have withdrawn their reports."),
    ],
    ids=["none", "one", "two"],
)
def test_summaries_are_written_from_what_stands(withdrawn, stand, note: str) -> None:
    articles = [replace(a, withdrawn=a in withdrawn) for a in (POST, ECHO, SUN)]
    assert standing(articles) == (stand, note)


def test_where_nothing_stands_it_is_said() -> None:
    gone = [replace(a, withdrawn=True) for a in (POST, ECHO)]
    assert standing(gone) == (tuple(gone), ALL)
    assert standing(gone[:1]) == (tuple(gone[:1]), ONE)


@pytest.fixture
def summarizer() -> Summarizer:
    return Summarizer(None, None, Prompts({}))


async def test_a_story_quotes_no_withdrawn_report_and_says_so(summarizer: Summarizer) -> None:
    summary = await summarizer.story([POST, replace(ECHO, withdrawn=True)])
    assert {c.outlet for s in summary.sentences for c in s.citations} == {"Post"}
    assert summary.note.startswith("Echo has withdrawn its report.")


async def test_a_withdrawn_article_is_still_told_with_a_note(summarizer: Summarizer) -> None:
    gone = replace(POST, withdrawn=True)
    for summary in (await summarizer.article(gone), await summarizer.story([gone])):
        assert summary.sentences
        assert summary.note.count(ONE) == 1
