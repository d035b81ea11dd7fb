"""The terminal commands for sources: lists in and out, settings, and what is wrong."""

import asyncio
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from fakes import MORNING

from bot import cli
from bot.errors import HttpStatus
from bot.storage.store import Store

LIST = """<opml version="2.0"><body><outline text="World"><outline text="Asia">
<outline type="rss" text="River Post" xmlUrl="https://river.example/feed"/>
<outline type="rss" text="Twin" xmlUrl="http://river.example/feed/"/></outline></outline>
<outline type="rss" text="Lost"/><outline text="Old" xmlUrl="gopher://old.example/"/></body></opml>"""


@pytest.fixture
def newsbot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Any]:
    """Run a command on a data folder of its own; status, standard output, errors."""
    monkeypatch.setenv("NEWSBOT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NEWSBOT_MODELS__GENERATOR", "none")
    monkeypatch.setenv("NEWSBOT_MODELS__EMBEDDER", "none")

    def run(*arguments: str) -> tuple[int, str, str]:
        status = cli.run(list(arguments))
        return (status, *capsys.readouterr())

    return run


PAGES = {
    "/river": "<rss version='2.0'><channel><title>River Post</title></channel></rss>",
    "/two": "<link rel=alternate type='application/rss+xml' href=/river><link rel=feed href=/other>",
    "/other": "<rss version='2.0'><channel><title>Other</title></channel></rss>",
    "/linked": "<main>"
    + "".join(f"<a href=/a-b-c-{n}>One of the stories {n}</a>" for n in range(3))
    + "</main>",
    "/list": LIST,
    "/bare": "<p>Hello",
}


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = PAGES.get(self.path, "").encode()
        self.send_response(200 if body else 503 if self.path == "/away" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A small site that may be read; its address."""
    monkeypatch.setenv("NEWSBOT_SOURCES__ALLOW_HOSTS", '["127.0.0.1"]')
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def opml(tmp_path: Path) -> str:
    path = tmp_path / "list.opml"
    path.write_text(LIST)
    return str(path)


def test_a_list_is_imported_and_the_rest_is_in_the_report(newsbot, opml: str, tmp_path: Path) -> None:
    report = tmp_path / "report.txt"

    status, text, _ = newsbot("sources", "import", opml, "--report", str(report))

    assert status == 0
    assert text.startswith("1 added, 1 twice in the list, 2 not taken.")
    assert "Not taken: it has no address of a feed (xmlUrl) (1)\n  Lost" in report.read_text()
    _, listed, _ = newsbot("sources", "list")
    assert "[World/Asia] River Post" in listed


def test_an_exported_list_is_known_when_it_comes_back(newsbot, opml: str, tmp_path: Path) -> None:
    newsbot("sources", "import", opml)
    _, text, _ = newsbot("sources", "export")
    again = tmp_path / "again.opml"
    again.write_text(text)

    assert newsbot("sources", "import", str(again))[1].strip() == "0 added, 1 known already."


def test_settings_are_shown_and_changed(newsbot, opml: str) -> None:
    newsbot("sources", "import", opml)

    assert newsbot("sources", "set", "1", "interval", "2", "hours")[:2] == (0, "I read it every 2 hours.\n")
    assert newsbot("sources", "set", "https://river.example/feed", "topic", "Asia")[0] == 0
    _, text, _ = newsbot("sources", "set", "1")
    assert "interval: every 2 hours." in text
    assert "topic: Asia." in text


def test_an_address_that_can_not_be_read_is_kept_only_with_anyway(newsbot, opml: str) -> None:
    newsbot("sources", "import", opml)

    status, text, _ = newsbot("sources", "set", "1", "url", "http://127.0.0.1:9/feed")

    assert status == 1
    assert text.startswith("I changed nothing. It is in a private network")
    assert "newsbot sources set --anyway 1 url http://127.0.0.1:9/feed" in text
    assert newsbot("sources", "set", "--anyway", "1", "url", "http://127.0.0.1:9/feed")[0] == 0
    assert newsbot("sources", "set", "1")[1].count("http://127.0.0.1:9/feed") == 1


def test_the_feed_behind_an_address_is_added_and_the_others_are_named(newsbot, web: str) -> None:
    assert newsbot("sources", "add", f"{web}/two")[:2] == (
        0,
        f"also there: {web}/other  Other\nadded 1: River Post\n",
    )


def test_a_site_without_a_feed_is_said_to_be_watched_by_its_links(newsbot, web: str) -> None:
    assert (
        "(it has no feed, so the links on the page are watched)"
        in newsbot("sources", "add", f"{web}/linked")[1]
    )


def test_what_is_a_source_already_is_named_by_its_number(newsbot, web: str) -> None:
    newsbot("sources", "add", f"{web}/river")
    status, _, told = newsbot("sources", "add", f"{web}/two")
    assert (status, told) == (1, "That is a source already, 1: River Post.\n")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/bare", "Nothing that can be polled was found"),
        ("/away", "The server is in trouble (503). Try again later. With --as-is it is added"),
        ("/list", "is a list of sources; `newsbot sources import` takes it in."),
    ],
)
def test_what_can_not_be_added_is_told_with_what_to_do(newsbot, web: str, path: str, said: str) -> None:
    status, _, told = newsbot("sources", "add", web + path)
    assert status == 1
    assert said in told


def test_what_is_not_there_is_not_offered_all_the_same(newsbot, web: str) -> None:
    status, _, told = newsbot("sources", "add", f"{web}/nowhere")
    assert status == 1
    assert "404" in told
    assert "--as-is" not in told


@pytest.mark.parametrize(
    "wrong", ["javascript:alert(1)", "ftp://a.example/", "nonsense", "file:///etc/passwd"]
)
def test_what_is_no_web_address_is_not_added(newsbot, wrong: str) -> None:
    assert newsbot("sources", "add", "--as-is", wrong)[0] == 2
    assert newsbot("sources", "list")[1] == ""


def test_a_list_is_imported_from_an_address(newsbot, web: str) -> None:
    assert newsbot("sources", "import", f"{web}/list")[1].startswith("1 added, 1 twice in the list")
    status, _, told = newsbot("sources", "import", f"{web}/river")
    assert (status, "no feed" in told or "list" in told) == (1, True)


def test_a_login_is_shown_by_export_only(newsbot, web: str) -> None:
    url = web.replace("//", "//ann:secret@") + "/river"
    shown = [newsbot("sources", "add", url), newsbot("sources", "add", url), newsbot("sources", "list")]
    shown += [newsbot("sources", *c) for c in (["list", "--json"], ["set", "1"], ["check"], ["report"])]
    assert "secret" not in str(shown)
    assert url in newsbot("sources", "export")[1]


def test_sources_in_trouble_are_reported_with_what_to_do(newsbot, opml: str, tmp_path: Path) -> None:
    newsbot("sources", "import", opml)

    async def fail() -> None:
        store = await Store.open(f"sqlite:///{tmp_path / 'data' / 'newsbot.db'}")
        await store.sources.failed(1, now=MORNING, error=HttpStatus(404).reason)
        await store.close()

    asyncio.run(fail())
    status, text, _ = newsbot("sources", "report")

    assert status == 0
    assert "1 source: There is nothing at this address any more (404). Look for the feed on" in text
    assert "1 River Post" in text


@pytest.mark.parametrize(
    ("arguments", "status", "named"),
    [
        (["sources", "set", "1", "colour", "red"], 2, "I know no setting “colour”"),
        (["sources", "set", "1", "selector", "..."], 2, "is no CSS selector"),
        (["sources", "set", "9", "topic", "x"], 1, "There is no source 9"),
        (["sources", "import", "missing.opml"], 2, "missing.opml can't be read"),
        (["sources", "check", "1", "--all"], 2, "Give one source, or --all"),
    ],
)
def test_bad_use_gets_a_sentence(newsbot, opml: str, arguments: list[str], status: int, named: str) -> None:
    newsbot("sources", "import", opml)

    found, _, errors = newsbot(*arguments)

    assert (found, named in errors) == (status, True)
    assert "Traceback" not in errors


def test_a_source_is_removed_by_the_address_that_it_was_added_by(newsbot) -> None:
    newsbot("sources", "add", "--as-is", "river.example/feed")

    assert newsbot("sources", "remove", "river.example/feed")[0] == 0
    assert "river.example" not in newsbot("sources", "list")[1]
