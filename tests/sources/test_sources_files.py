"""Every format that can be ingested, and a clear reason for everything that can't."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.sources import files
from bot.sources.files import Rejected, read_bytes, read_path
from bot.types import Draft

TEXT = "The northern pier of Senn was closed on Thursday.\n\nDivers had found cracks in its piles."
ITEM = "<item><title>One</title><guid>1</guid></item>"
FEED = f"<rss version='2.0'><channel><title>H</title>{ITEM}</channel></rss>".encode()

Write = Callable[[str, str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make


def one(path: Path) -> Draft:
    (found,) = read_path(path)
    assert isinstance(found, Draft), found
    return found


def reason(path: Path) -> str:
    (found,) = read_path(path)
    assert isinstance(found, Rejected), found
    return found.reason


@pytest.mark.parametrize("fence", ["", "---\n"])
@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_header_gives_the_fields(write: Write, fence: str, name: str) -> None:
    head = "title: Pier closed\nurl: https://h.example/pier\n"
    head += "published: 2026-11-19T08:30:00+01:00\noutlet: Harbour Post\n"
    found = one(write(name, f"{fence}{head}{fence or ''}\n{TEXT}"))
    assert (found.title, found.url, found.outlet) == ("Pier closed", "https://h.example/pier", "Harbour Post")
    assert found.published == datetime(2026, 11, 19, 7, 30, tzinfo=UTC)
    assert found.text == TEXT.replace("\n\n", "\n")
    assert found.keys == ("url:https://h.example/pier",)
    assert found.language == "en"


def test_text_without_header_takes_its_first_line_as_title(write: Write) -> None:
    found = one(write("a.txt", f"Pier closed\n{TEXT}"))
    assert found.title == "Pier closed"
    assert found.text.startswith("The northern pier")


def test_colon_in_the_first_line_makes_no_header(write: Write) -> None:
    found = one(write("a.txt", f"Pier: closed until March\n{TEXT}"))
    assert found.title == "Pier: closed until March"


def test_markdown_loses_its_marks(write: Write) -> None:
    found = one(
        write("a.md", "# Pier closed\n\nSee **this** [page](https://x.example) and `that`.\n\n- one\n- two\n")
    )
    assert (found.title, found.text) == ("Pier closed", "See this page and that.\none\ntwo")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1251"])
def test_text_in_other_encodings_is_read(write: Write, encoding: str) -> None:
    text = "Пирс закрыт\nСеверный пирс закрыли в четверг после осмотра водолазами."
    assert one(write("a.txt", text.encode(encoding))).title == "Пирс закрыт"


def test_html_page_is_extracted(write: Write) -> None:
    body = "".join(f"<p>{TEXT} It was paragraph {n} of the article.</p>" for n in range(4))
    found = one(
        write(
            "a.html", f"<html><head><title>Pier</title></head><body><article>{body}</article></body></html>"
        )
    )
    assert found.title == "Pier"
    assert "paragraph 3" in found.text


def test_broken_html_is_read_as_far_as_it_goes(write: Write) -> None:
    body = "<p>Words of an article, so many that they count.<div><p>More of them <b>follow" * 5
    assert "More of them" in one(write("a.html", f"<html><body>{body}")).text


def test_feed_file_gives_its_items(write: Write) -> None:
    assert one(write("feed.xml", FEED)).title == "One"


def test_json_lines_are_read_and_bad_lines_told_by_number(write: Write) -> None:
    rows = [
        json.dumps(
            {"id": 5, "title": "A", "text": "Words.", "url": "https://a.example/1", "published": "2026-11-19"}
        ),
        "{broken",
        "[1]",
        json.dumps({"title": "no text"}),
        "",
        json.dumps(
            {"html": "<p>" + "Words of an article that are long enough. " * 10 + "</p>", "title": "B"}
        ),
    ]
    found = list(read_path(write("a.jsonl", "\n".join(rows))))
    assert [type(f).__name__ for f in found] == ["Draft", "Rejected", "Rejected", "Rejected", "Draft"]
    assert [f.url.rpartition(":")[2] for f in found[1:4]] == ["2", "3", "4"]
    assert isinstance(found[0], Draft)
    assert found[0].published == datetime(2026, 11, 19, tzinfo=UTC)
    assert len(found[0].keys) == 2


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n ", "empty"),
        ("a.txt", b"MZ\x00\x01\x02" * 50, "binary"),
        ("a.html", b"\x89PNG\r\n\x1a\n\x00\x00", "binary"),
        ("a.html", b"<html><head></head><body></body></html>", "no article text"),
        ("a.xml", b"<!doctype html><html><body>Hello</body></html>", "web page and no feed"),
        ("a.xml", b"<rss version='2.0'><channel><title>t</title></channel></rss>", "no items"),
        ("a.pdf", b"%PDF-1.4 nothing", "damaged"),
        ("a.jsonl", b"", "empty"),
        ("a.docx", b"PK", "not read"),
        ("a.md", b"title: only\nurl: https://a.example/\n\n", "no text"),
    ],
)
def test_what_can_t_be_read_has_a_reason(write: Write, name: str, content: bytes, why: str) -> None:
    assert why in reason(write(name, content))


def test_fifty_megabytes_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    assert "larger than 20 MB" in reason(path)


def test_endless_json_line_does_not_stop_the_next(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LONGEST_LINE", 1000)
    good = json.dumps({"title": "A", "text": "Words."})
    found = list(read_path(write("a.jsonl", json.dumps({"text": "x" * 5000}) + "\n" + good + "\n")))
    assert [type(f).__name__ for f in found] == ["Rejected", "Draft"]


def test_missing_file_and_device_are_refused(tmp_path: Path) -> None:
    assert "no such file" in reason(tmp_path / "none.txt")
    assert "no regular file" in reason(Path("/dev/zero"))


def test_folder_is_read_in_order_without_hidden_files_and_lists(write: Write, tmp_path: Path) -> None:
    write("b/two.txt", "Two\nWords.")
    write("a.txt", "One\nWords.")
    write(".git/c.txt", "Three\nWords.")
    write("list.opml", "<opml/>")
    write("bad.txt", b"\x00\x00")
    found = list(read_path(tmp_path))
    assert [f.title if isinstance(f, Draft) else f.reason for f in found] == [
        "One",
        "Two",
        "binary data, not text",
    ]


@pytest.mark.parametrize(
    ("content", "title"),
    [
        (b"Pier closed\nWords.", "Pier closed"),
        (FEED, "One"),
        (b'{"title": "J", "text": "Words."}\n{"title": "K", "text": "Words."}', "J"),
        (b"title: Head\n\nWords.", "Head"),
        (b"<!doctype html><title>P</title><p>" + b"Words of an article in a page. " * 20, "P"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "F"}]}', "F"),
    ],
)
def test_standard_input_is_recognised(content: bytes, title: str) -> None:
    first = next(read_bytes(content))
    assert isinstance(first, Draft), first
    assert first.title == title


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
@example(b"<!>")
def test_no_bytes_raise(content: bytes) -> None:
    for found in read_bytes(content):
        assert isinstance(found, Rejected) or (found.title and found.keys)
