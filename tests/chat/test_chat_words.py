"""Errors as people hear them, and dates as they read them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from samples import POST

from bot import errors
from bot.chat.words import count, date, host, moment, outlet, sentence, trouble, weekday

LEAK = "sk-secret /home/olga/news.db Traceback"


def kinds(root: type[errors.NewsbotError]) -> list[type[errors.NewsbotError]]:
    return [root, *(kind for child in root.__subclasses__() for kind in kinds(child))]


@pytest.mark.parametrize("kind", kinds(errors.NewsbotError), ids=lambda kind: kind.__name__)
def test_every_expected_error_is_a_sentence_that_leaks_nothing(kind: type[errors.NewsbotError]) -> None:
    if issubclass(kind, errors.BadInput):
        return
    error = kind.__new__(kind)
    Exception.__init__(error, LEAK)
    for name, value in {"reason": LEAK, "url": "", "status": 500, "model": LEAK, "chat": LEAK}.items():
        setattr(error, name, value)
    said = sentence(error)
    assert said.endswith(".")
    assert not any(word in said for word in LEAK.split())


def test_bad_input_is_said_as_it_was_written() -> None:
    assert sentence(errors.BadInput("Write it like 08:00.")) == "Write it like 08:00."


def test_a_url_with_credentials_is_named_by_its_host_only() -> None:
    said = sentence(errors.FetchError("refused", url="https://ann:secret@www.river.example/x?token=1"))
    assert "river.example" in said
    assert "secret" not in said
    assert "token" not in said


def test_dates_are_told_where_the_reader_is() -> None:
    late = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert date(late, "UTC") == "31 Dec 2026"
    assert moment(late, "Asia/Tokyo") == "1 Jan 2027, 08:30"
    assert weekday(late, "Asia/Tokyo") == "Friday, 1 January"


def test_counts_have_their_plural() -> None:
    assert [count(n, "outlet") for n in (0, 1, 2)] == ["0 outlets", "1 outlet", "2 outlets"]
    assert count(2, "story", "stories") == "2 stories"


@pytest.mark.parametrize(
    ("url", "name"),
    [("https://www.river.example/x", "river.example"), ("http://[", ""), ("", ""), ("nonsense", "")],
)
def test_the_host_of_an_address(url: str, name: str) -> None:
    assert host(url) == name


def test_an_article_without_outlet_is_named_by_its_host() -> None:
    assert outlet(replace(POST, outlet="")) == "riverpost.example"
    assert outlet(replace(POST, outlet="", url="")) == "unknown outlet"


def test_trouble_says_no_detail() -> None:
    assert "log" in trouble().blocks[0].spans[0].text
