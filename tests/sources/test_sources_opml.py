"""Lists of sources: what goes out comes back, and what can't be read is told."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sources import markup, opml
from bot.types import Source, SourceKind, SourceSettings, SourceState

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

names = st.text(max_size=30).map(lambda s: markup.plain_line(s, limit=100))
levels = names.filter(lambda s: bool(s) and "/" not in s)
hosts = st.integers(0, 10_000).map(lambda n: f"s{n}.example")
urls = st.builds(
    lambda scheme, host, path: f"{scheme}://{host}/{path}",
    st.sampled_from(["http", "https"]),
    hosts,
    st.text(alphabet="abcXYZ019-_?&=;%äß日/", max_size=12),
)


def source(url: str, title: str, topic: str, kind: SourceKind) -> Source:
    return Source(
        id=1,
        url=url,
        kind=kind,
        title=title,
        topic=topic,
        state=SourceState.ACTIVE,
        settings=SourceSettings(),
        added=NOW,
    )


sources = st.builds(
    source, urls, names, st.lists(levels, max_size=4).map("/".join), st.sampled_from(SourceKind)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(sources, max_size=12, unique_by=lambda s: opml.twin(s.url)))
def test_any_sources_come_back_as_they_went_out(given: list[Source]) -> None:
    read = opml.parse(opml.write(given))
    assert {(e.url, e.title, e.topic, e.kind) for e in read.entries} == {
        (s.url, s.title or markup.plain_line(s.url, limit=200), s.topic, s.kind) for s in given
    }
    assert (read.repeated, read.refused) == (0, ())


def test_what_can_not_be_taken_is_told_and_twins_are_counted() -> None:
    read = opml.parse(
        b"""<opml><body><outline text="News">
        <outline type="rss" text="Good" xmlUrl="https://a.example/feed"/>
        <outline type="rss" text="Twin" xmlUrl="http://www.a.example/feed/"/>
        <outline type="rss" text="No address"/>
        <outline text="Old" xmlUrl="ftp://b.example/feed"/>
        <outline text="Odd" xmlUrl="https://[::1/feed"/>
        <outline text="Only a folder"/>
        </outline></body></opml>"""
    )
    assert [e.title for e in read.entries] == ["Good"]
    assert read.repeated == 1
    assert dict(read.refused) == {
        "No address": "it has no address of a feed (xmlUrl)",
        "Old": "its address is no web address (http or https)",
        "Odd": "its address is no web address (http or https)",
    }


def test_feed_addresses_of_other_programs_are_understood() -> None:
    lines = "".join(
        f"<outline text='{n}' xmlUrl='{url}'/>"
        for n, url in enumerate(["feed://a.example/1", "feed:https://a.example/2", "feed:http://a.example/3"])
    )
    read = opml.parse(f"<opml><body>{lines}</body></opml>".encode())
    assert [e.url for e in read.entries] == [
        "https://a.example/1",
        "https://a.example/2",
        "http://a.example/3",
    ]
