"""Entries that a feed took back."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources import feed, tombstones
from bot.types import Draft

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
URL = "https://post.example/feed"
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0">
<title>Post</title><link href="https://post.example/"/>{}
<entry><id>tag:post.example,2026:tram</id><title>The tram runs</title><summary>It runs.</summary></entry>
</feed>"""
GRAVE = """<at:deleted-entry ref="tag:post.example,2026:ferry" when="2026-11-22T09:30:00Z">
<at:by><name>Ann</name></at:by><at:comment>Wrong ship.</at:comment><link href="https://evil.example/"/>
</at:deleted-entry>"""


def read(graves: str) -> feed.Feed:
    return feed.parse(ATOM.format(graves).encode(), url=URL, now=NOW)


@pytest.mark.parametrize(
    "grave",
    [GRAVE, "<at:deleted-entry when='2026-11-22T09:30:00Z' ref='tag:post.example,2026:ferry'/>"],
    ids=["with words", "bare"],
)
def test_tombstone_names_the_entry_and_its_day(grave: str) -> None:
    [gone] = read(grave).withdrawn
    assert gone.keys == ("id:tag:post.example,2026:ferry",)
    assert (gone.withdrawn, gone.updated) == (True, datetime(2026, 11, 22, 9, 30, tzinfo=UTC))


def test_what_stands_in_a_tombstone_is_not_the_feed_s() -> None:
    found = read(GRAVE)
    assert (found.link, [d.title for d in found.items]) == ("https://post.example/", ["The tram runs"])


@pytest.mark.parametrize(
    "name",
    ["urn:uuid:42", "urn:news:42", "https://post.example/ferry?a=1&amp;b=2", "http://old.example/?p=7"],
)
def test_tombstone_has_a_key_of_the_entry_that_it_stands_for(name: str) -> None:
    entry = f"""<entry><id>{name}</id><link href="https://post.example/ferry.html"/>
        <title>The ferry</title><summary>It sank.</summary></entry>"""
    [ferry, _] = read(entry).items
    [gone] = read(f'<at:deleted-entry ref="{name}" when="2026-11-22T09:30:00Z"/>').withdrawn
    assert set(gone.keys) & set(ferry.keys)


def test_unclosed_tombstone_hides_no_entry() -> None:
    found = read('<at:deleted-entry ref="a:1" when="never">')
    assert [d.title for d in found.items] == ["The tram runs"]
    assert [d.updated for d in found.withdrawn] == [None]


def test_word_without_its_namespace_is_no_tombstone() -> None:
    content = b"<deleted-entry ref='a'/>"
    assert tombstones.take(content) == (content, ())


@given(
    st.lists(st.sampled_from(["<at:deleted-entry ref='a'>", "</at:deleted-entry>", "<b/>", "<", ">", "x"]))
)
def test_nothing_but_tombstones_is_taken_out(pieces: list[str]) -> None:
    body = tombstones.NAMESPACE + "".join(pieces).encode()
    kept, found = tombstones.take(body)
    assert len(found) <= pieces.count("<at:deleted-entry ref='a'>")
    assert found or kept.replace(b"</at:deleted-entry>", b"") == body.replace(b"</at:deleted-entry>", b"")


def test_many_tombstones_are_bounded() -> None:
    assert len(read("<at:deleted-entry ref='a'/>" * 5000).withdrawn) == tombstones.MOST


def test_json_feed_may_say_that_an_item_is_deleted() -> None:
    content = b"""{"version": "https://jsonfeed.org/version/1.1", "title": "Post", "items": [
        {"id": "https://post.example/ferry", "_deleted": true, "date_modified": "2026-11-22T09:30:00Z"},
        {"id": "2", "content_text": "The tram runs.", "_deleted": "no"}, {"_deleted": true}]}"""
    found = feed.parse(content, url=URL, now=NOW)
    assert [d.text for d in found.items] == ["The tram runs."]
    assert found.withdrawn == (
        Draft(
            url="",
            title="",
            text="",
            keys=(f"id:{URL} https://post.example/ferry", "url:https://post.example/ferry"),
            updated=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
            withdrawn=True,
        ),
    )
