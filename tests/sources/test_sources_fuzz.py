"""Good documents with bytes changed, cut, doubled and spiked: the readers of feeds, pages and files.

Every day for a bounded time, and at length with `make long`. A reader may refuse a document in words
(SourceError); anything else that it raises, and any time that it takes far beyond the usual, is a fault.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import SourceError
from bot.sources import cookies, extract, feed, files, opml, page, pdf, robots, sitemaps, websub

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EVERY_DAY, AT_LENGTH = 20.0, 240.0
"""Seconds."""
LONGEST = 5.0
"""Seconds of CPU that one small document may take one reader; a thousand times what is usual."""

RSS = b"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>T &amp; U</title><link>https://a.example/</link><ttl>5</ttl><skipHours><hour>3</hour></skipHours>
<skipDays><day>Sunday</day></skipDays>
<item><title><![CDATA[One <b>two</b>]]></title><link>https://a.example/1</link><guid>1</guid>
<dc:creator>Ann</dc:creator><pubDate>Thu, 19 Nov 2026 10:00:00 GMT</pubDate>
<enclosure url="https://a.example/a.mp3" type="audio/mpeg" length="1"/>
<description>&lt;p&gt;Words&lt;/p&gt;</description></item></channel></rss>"""
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://a.example/"><title>R</title><sy:updatePeriod>hourly</sy:updatePeriod>
<sy:updateFrequency>2</sy:updateFrequency></channel><item rdf:about="https://a.example/1"><title>I</title>
<link>https://a.example/1</link><dc:date>2026-11-19T10:00:00+01:00</dc:date></item></rdf:RDF>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0">
<title>A</title><link rel="hub" href="https://hub.example/"/>
<at:deleted-entry ref="tag:a,2026:0" when="2026-11-19T10:00:00Z"/><entry><id>tag:a,2026:1</id>
<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">x<i>y</i></div></title><link href="/1"/>
<updated>2026-11-19T10:00:00Z</updated><content type="html">&lt;p&gt;w&lt;/p&gt;</content></entry></feed>"""
JSON = b"""{"version": "https://jsonfeed.org/version/1.1", "title": "J", "language": "en", "hubs": [{"type":
"WebSub", "url": "/hub"}], "items": [{"id": "1", "url": "/1", "content_html": "<p>w</p>", "date_published":
"2026-11-19T10:00:00Z", "authors": [{"name": "Ann"}]}, {"id": "2", "_deleted": true}]}"""
HTML = b"""<!doctype html><html lang=en><head><title>P</title><meta charset=utf-8><base href="/x/">
<meta property="article:published_time" content="2026-11-19T10:00:00Z"><link rel=canonical href="/1">
<script type="application/ld+json">
{"@type": "NewsArticle", "headline": "P", "datePublished": "2026-11-19", "author": {"name": "Ann"}}</script>
</head><body><article><h1>P</h1><p>Words of an article, enough of them to be one.</p>
<div data-post="a/1"><time datetime="2026-11-19T10:00:00+00:00"></time>
<div class="tgme_widget_message_text">Words of a post</div></div>
<table><tr><td>1</table><a href=/a-b-c-d>one two three four</a>"""
OPML = b"""<opml version="2.0"><body><outline text="A"><outline xmlUrl="https://a.example/1" text="B"/>
</outline></body></opml>"""
SITEMAP = b"""<urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://a.example/1</loc>
<lastmod>2026-11-19</lastmod><news:publication_date>2026-11-19T10:00:00Z</news:publication_date></url></urlset>"""
ROBOTS = b"User-agent: *\nDisallow: /a*b$\nAllow: /a\nSitemap: https://a.example/s.xml\n"
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R>>endobj 4 0 obj<</Length 9>>stream
BT (x) Tj ET
endstream endobj 5 0 obj<</CreationDate(D:20261119)/Title(T)>>endobj trailer<</Root 1 0 R/Info 5 0 R>>"""
TEXT = b"title: A\nurl: https://a.example/1\npublished: 2026-11-19\n\nWords.\n"
GOOD = (RSS, RDF, ATOM, JSON, HTML, OPML, SITEMAP, ROBOTS, PDF, TEXT)

SPIKES = (
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"&#xD800;", b"&#0;", b"\\ud800", b"&nbsp;", b"%00", b"%zz"),
    *(b"<![CDATA[", b"]]>", b"<!--", b"<?xml", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&a;", b"</", b"<x:y>"),
    *(
        b"0001-01-01T00:00:00+23:59",
        b"9999-12-31T23:59:59-23:59",
        b"2026-02-30",
        b"99999999999",
        b"-1",
        b"1e999",
    ),
    *(b"http://[", b"http://a:99999/", b"//", b"javascript:", b"https://user:word@a.example/", b"data:,"),
    *(b"null", b"[]", b"{}", b'"', b"[" * 2000, b"<b>" * 2000, b" " * 5000, b"a" * 3000, b"(" * 500),
    *("\u2028é\U0001f600".encode(), "İ".encode(), "ſ²".encode(), b"\xed\xa0\x80", b"\x1b$B"),
)
"""What readers stumble over: wrong encodings, dates at the ends of time, broken addresses, endless runs."""


@dataclass
class Budget:
    """Time for one test; when it is used up, what is left of the examples is passed over."""

    seconds: float
    began: float = field(default_factory=time.monotonic)
    failed: bool = False

    def used_up(self) -> bool:
        # a fault that was found is made small and shown again, whatever time it takes
        return not self.failed and time.monotonic() - self.began > self.seconds


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    content = bytearray(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(1, 6))):
        at, size = draw(st.integers(0, len(content))), draw(st.integers(0, 30))
        piece = bytes(content[at : at + size])
        match draw(st.sampled_from(["cut", "double", "bytes", "other", "spike"])):
            case "cut":
                new = b""
            case "double":
                new = piece * 3
            case "bytes":
                new = draw(st.binary(max_size=8))
            case "other":
                new = draw(st.sampled_from(GOOD))[:size]
            case _:
                new = draw(st.sampled_from(SPIKES))
        content[at : at + size] = new
    return bytes(content)


READERS: tuple[Callable[[bytes], object], ...] = (
    lambda content: feed.parse(content, url="https://a.example/feed", now=NOW),
    lambda content: extract.extract(content, url="https://a.example/1"),
    lambda content: page.links(content.decode("utf-8", "replace"), url="https://a.example/"),
    lambda content: page.telegram(content.decode("latin-1"), url="https://t.me/s/a", now=NOW),
    opml.parse,
    lambda content: sitemaps.parse(content, url="https://a.example/s.xml", now=NOW),
    sitemaps.listed_in_robots,
    lambda content: robots.parse(content, "newsbot").allows("https://a.example/aXb"),
    lambda content: websub.links(content[:2000].decode("latin-1"), "https://a.example/"),
    lambda content: cookies.shown(cookies.put({}, "a", content.decode("latin-1")), "a"),
    pdf.parse,
    lambda content: check_files(content),
)


def check_files(content: bytes) -> None:
    for found in files.read_bytes(content, now=NOW):
        assert isinstance(found, files.Rejected) or found.keys


def fuzz(
    readers: Sequence[Callable[[bytes], object]],
    *,
    seconds: float,
    examples: int,
    longest: float,
    same: bool = True,
) -> None:
    """Every reader reads every document or refuses it in words, and soon; the `same` documents each day."""
    budget = Budget(seconds)

    @settings(
        max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=same
    )
    @given(damaged())
    def each(content: bytes) -> None:
        for read in () if budget.used_up() else readers:
            began = time.process_time()
            try:
                with suppress(SourceError):
                    read(content)
                assert time.process_time() - began < longest
            except BaseException:
                budget.failed = True
                raise

    each()


@pytest.mark.parametrize("place", ["xmlns", "xmlns:a", "about"])
def test_half_a_surrogate_pair_in_a_namespace_is_read_or_refused_in_words(place: str) -> None:
    content = f'<a:r {place}="&#xD800;x" xmlns:a="&#xD800;y"><a:item><a:title>T</a:title></a:item></a:r>'
    for read in READERS:
        with suppress(SourceError):
            read(content.encode())


def test_damaged_documents_are_read_or_refused_in_words() -> None:
    fuzz(READERS, seconds=EVERY_DAY, examples=400, longest=LONGEST)


@pytest.mark.long
def test_damaged_documents_are_read_or_refused_at_length() -> None:
    fuzz(READERS, seconds=AT_LENGTH, examples=20_000, longest=LONGEST, same=False)


def stumbles(content: bytes) -> None:
    content.decode("utf-8")


def dawdles(content: bytes) -> None:
    until = time.process_time() + (0.3 if b"((((" in content else 0.0)
    while time.process_time() < until:
        pass


@pytest.mark.parametrize(
    ("fault", "longest", "raised"), [(stumbles, LONGEST, UnicodeDecodeError), (dawdles, 0.2, AssertionError)]
)
def test_a_reader_that_raises_or_dawdles_is_found(
    fault: Callable[[bytes], object], longest: float, raised: type[Exception]
) -> None:
    with pytest.raises(raised):
        fuzz((fault,), seconds=EVERY_DAY, examples=4_000, longest=longest, same=False)
