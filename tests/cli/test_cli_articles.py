"""The terminal commands for articles: what they print for people and for scripts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot import cli

FERRY = """title: Ferry runs aground off Port Halden
url: https://harbour.example/ferry
published: 2026-11-16T07:10:00Z
outlet: Harbour Post

The passenger ferry Marla Quist ran aground on the Grey Teeth rocks early on Monday. The coastguard said that
eleven people were hurt, two of them seriously. Lifeboats brought everyone ashore before seven.
"""
TRAM = """title: First trams run on Brennick's harbour line
url: https://ledger.example/tram
published: 2026-11-14T11:00:00Z
outlet: The Ledger

Trams began to run on the new harbour line in Brennick on Saturday. The line is 8.4 kilometres long and has
15 stops. Travel is free until the end of November, said the mayor, Petra Olander.
"""


@pytest.fixture
def newsbot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Any]:
    """Run a command on a data folder of its own, without models; status, rows or text, errors."""
    monkeypatch.setenv("NEWSBOT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NEWSBOT_MODELS__GENERATOR", "none")
    monkeypatch.setenv("NEWSBOT_MODELS__EMBEDDER", "none")
    monkeypatch.setenv("NEWSBOT_MODELS__DOWNLOAD", "false")

    def run(*arguments: str) -> tuple[int, Any, str]:
        status = cli.run(list(arguments))
        out, err = capsys.readouterr()
        if "--json" in arguments:
            return status, [json.loads(line) for line in out.splitlines()], err
        return status, out, err

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "1-ferry.md").write_text(FERRY, encoding="utf-8")
    (articles / "2-tram.txt").write_text(TRAM, encoding="utf-8")
    return articles


def test_ingest_says_for_each_article_what_became_of_it(newsbot, folder: Path) -> None:
    (folder / "3-empty.txt").write_text("")

    status, rows, _ = newsbot("ingest", str(folder), "--json", "--no-summaries")

    assert status == 0
    assert [r["status"] for r in rows] == ["new", "new", "rejected"]
    assert rows[0] == {
        "url": "https://harbour.example/ferry",
        "title": "Ferry runs aground off Port Halden",
        "published": "2026-11-16T07:10:00Z",
        "language": "en",
        "story": rows[0]["story"],
        "status": "new",
        "reason": "",
    }
    assert rows[0]["story"] != rows[1]["story"]
    assert rows[2]["reason"]


def test_ingesting_again_changes_nothing_and_a_changed_text_is_an_update(newsbot, folder: Path) -> None:
    newsbot("ingest", str(folder), "--no-summaries")
    (folder / "2-tram.txt").write_text(TRAM.replace("15 stops", "16 stops"), encoding="utf-8")

    _, rows, _ = newsbot("ingest", str(folder), "--json", "--no-summaries")

    assert [r["status"] for r in rows] == ["unchanged", "updated"]


def test_a_file_that_is_not_there_fails_with_a_sentence(newsbot) -> None:
    status, rows, _ = newsbot("ingest", "nowhere.txt", "--json")

    assert status == 1
    assert rows[0]["status"] == "rejected"
    assert "no such file" in rows[0]["reason"]


def test_ask_answers_with_an_exact_quote(newsbot, folder: Path) -> None:
    newsbot("ingest", str(folder), "--no-summaries")

    status, [row], _ = newsbot("ask", "How long is the new harbour line in Brennick?", "--json")

    assert status == 0
    assert row["answered"]
    assert "8.4" in row["answer"]
    [citation, *_] = row["citations"]
    text = " ".join(TRAM.split("\n\n", 1)[1].split())
    assert citation["quote"] in text or citation["quote"].replace("\n", " ") in text
    assert citation["url"] == "https://ledger.example/tram"


def test_ask_reads_questions_from_a_file_and_goes_on_after_a_bad_line(newsbot, folder: Path) -> None:
    newsbot("ingest", str(folder), "--no-summaries")
    questions = folder.parent / "questions.jsonl"
    questions.write_text(
        '{"id": "a", "question": "Who is the mayor of Brennick?", "date": "2026-11-15"}\nno json\n'
        '{"id": "b", "question": "Who won the chess championship in Reykjavik?"}\n'
    )

    status, rows, errors = newsbot("ask", "--jsonl", str(questions), "--json")

    assert status == 0
    assert [r["id"] for r in rows] == ["a", "b"]
    assert not rows[1]["answered"]
    assert "questions.jsonl:2" in errors


@pytest.mark.parametrize(("zone", "count"), [("UTC", 1), ("Pacific/Kiritimati", 0), ("America/New_York", 1)])
def test_ask_means_the_days_of_the_configured_zone(
    newsbot, folder: Path, monkeypatch: pytest.MonkeyPatch, zone: str, count: int
) -> None:
    monkeypatch.setenv("NEWSBOT_CHAT__TIMEZONE", zone)
    newsbot("ingest", str(folder), "--no-summaries")
    question = {"question": "How many articles about Brennick today?", "date": "2026-11-14"}
    questions = folder.parent / "questions.jsonl"
    questions.write_text(json.dumps(question))

    _, [row], _ = newsbot("ask", "--jsonl", str(questions), "--json")

    assert row["answer"].startswith(f"The archive has {count} article")


@pytest.mark.parametrize("date", ["9999-12-31", "0001-01-01", "2201-01-01T00:00Z"])
def test_ask_goes_on_after_a_date_that_nobody_means(newsbot, tmp_path: Path, date: str) -> None:
    questions = tmp_path / "questions.jsonl"
    rows = [{"id": 1, "question": "What happened last week?", "date": date}, {"id": 2, "question": "Why?"}]
    questions.write_text("\n".join(map(json.dumps, rows)))

    status, answers, errors = newsbot("ask", "--jsonl", str(questions), "--json")

    assert (status, [a["id"] for a in answers]) == (0, ["2"])
    assert "questions.jsonl:1: a date is between 1900 and 2200" in errors


def test_summarize_cites_the_text_it_was_given(newsbot, folder: Path) -> None:
    status, [row], _ = newsbot("summarize", str(folder / "1-ferry.md"), "--json")

    assert status == 0
    assert row["method"] == "extract"
    assert row["sentences"]
    body = FERRY.split("\n\n", 1)[1]
    for sentence in row["sentences"]:
        for c in sentence["citations"]:
            assert body[c["start"] : c["end"]].split() == c["quote"].split()


def test_summarize_reads_rows_and_refuses_the_ones_without_text(newsbot, tmp_path: Path) -> None:
    rows_file = tmp_path / "rows.jsonl"
    text = TRAM.split("\n\n", 1)[1]
    rows_file.write_text(json.dumps({"id": 7, "text": text}) + "\n" + json.dumps({"id": 8}) + "\n")

    status, rows, _ = newsbot("summarize", "--jsonl", str(rows_file), "--json")

    assert status == 1
    assert [(r["id"], bool(r["summary"])) for r in rows] == [("7", True), ("8", False)]
    assert rows[1]["reason"] == "the row has no text"


def test_stories_lists_what_was_ingested(newsbot, folder: Path) -> None:
    newsbot("ingest", str(folder), "--no-summaries")

    _, rows, _ = newsbot("stories", "--json")

    assert {r["title"] for r in rows} == {
        "Ferry runs aground off Port Halden",
        "First trams run on Brennick's harbour line",
    }
    assert all(r["articles"][0]["id"] for r in rows)


def test_extract_turns_a_page_into_its_article(newsbot, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    paragraphs = "".join(f"<p>{line}</p>" for line in TRAM.split("\n\n", 1)[1].split(". "))
    page.write_text(
        f"<html><head><title>Trams run</title></head><body><nav>Home</nav><article><h1>Trams run</h1>"
        f"{paragraphs}</article><footer>Imprint</footer></body></html>"
    )

    _, [row], _ = newsbot("extract", str(page), "--json")

    assert "8.4 kilometres" in row["text"]
    assert "Imprint" not in row["text"]


def test_extract_says_that_a_picture_is_no_page(newsbot, tmp_path: Path) -> None:
    picture = tmp_path / "page.html"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(64))

    status, _, errors = newsbot("extract", str(picture))

    assert status == 2
    assert "binary data" in errors


@pytest.mark.parametrize(
    ("arguments", "status", "named"),
    [
        (["summarize"], 2, "Give one of"),
        (["ask", ""], 2, "Give a question"),
        (["nonsense"], 2, "nonsense"),
        (["--config", "missing.toml", "stories"], 2, "missing.toml"),
        (["run", "--roles", "dance"], 2, "poll, read, write"),
        (["models", "pull", "gigantic"], 1, "gigantic"),
        (["sources", "remove", "99"], 1, "99"),
        (["sources", "remove", "²"], 1, "There is no source ²"),
        (["sources", "check", "9" * 20], 1, "There is no source 999"),
        (["stories", "--limit", "9" * 20], 2, "--limit"),
        (["digest", "--days", "1000000"], 2, "--days"),
        (["digest", "--days", "1e9"], 2, "--days"),
        (["digest", "--days", "inf"], 2, "--days"),
        (["digest", "--days", "nan"], 2, "--days"),
    ],
)
def test_bad_use_gets_a_sentence_and_its_status(newsbot, arguments, status, named) -> None:
    found, _, errors = newsbot(*arguments)

    assert found == status
    assert named in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(("options", "reason"), [([], "--unverified"), (["--unverified"], "no source")])
def test_a_model_whose_hash_is_unknown_is_fetched_only_when_asked_so(
    newsbot, monkeypatch: pytest.MonkeyPatch, options: list[str], reason: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")

    status, _, errors = newsbot("models", "pull", *options, "qwen2.5-7b")

    assert status == 1
    assert reason in errors


def test_help_names_every_command(newsbot) -> None:
    status, text, _ = newsbot("--help")

    assert status == 0
    for command in (
        "run",
        "demo",
        "ingest",
        "summarize",
        "ask",
        "stories",
        "digest",
        "sources",
        "models",
        "doctor",
    ):
        assert command in text


def test_a_prompt_is_shown_as_the_model_gets_it_for_an_article_and_a_question(newsbot, folder: Path) -> None:
    question = "How long is the harbour line?"
    shown = ["prompts", "show", "answer", "--article", str(folder / "2-tram.txt"), "--question", question]

    status, out, _ = newsbot(*shown)

    assert status == 0
    assert f"<question>{question}</question>" in out
    assert "Article of 14 November 2026: <title>First trams run on Brennick's harbour line</title>" in out
    assert "<passage>\nTrams began" in out


@pytest.mark.parametrize("name", ["answer", "rewrite", "summary", "summary_story", "translate"])
def test_every_prompt_can_be_shown_with_an_article(newsbot, folder: Path, name: str) -> None:
    status, out, _ = newsbot("prompts", "show", name, "--article", str(folder / "1-ferry.md"))

    assert status == 0
    assert "--- system" in out
    assert ("Marla Quist" in out) == (name != "rewrite")
