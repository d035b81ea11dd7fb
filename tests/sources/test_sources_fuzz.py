"""Good documents with bytes changed, cut and doubled: the readers for feeds, pages and files, at length."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import SourceError
from bot.sources import extract, feed, files, opml, page, pdf, sitemaps

pytestmark = pytest.mark.long
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

RSS = b"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>T &amp; U</title><link>https://a.example/</link><ttl>5</ttl><skipHours><hour>3</hour></skipHours>
<item><title><![CDATA[One <b>two</b>]]></title><link>https://a.example/1</link><guid>1</guid>
<dc:creator>Ann</dc:creator><pubDate>Thu, 19 Nov 2026 10:00:00 GMT</pubDate>
<description>&lt;p&gt;Words&lt;/p&gt;</description></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><entry><id>tag:a,2026:1</id>
<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">x<i>y</i></div></title><link href="/1"/>
<updated>2026-11-19T10:00:00Z</updated><content type="html">&lt;p&gt;w&lt;/p&gt;</content></entry></feed>"""
JSON = b"""{"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": [{"id": "1", "url": "/1",
"content_html": "<p>w</p>", "date_published": "2026-11-19T10:00:00Z", "authors": [{"name": "Ann"}]}]}"""
HTML = b"""<!doctype html><html lang=en><head><title>P</title><meta charset=utf-8>
<script type="application/ld+json">
{"@type": "NewsArticle", "headline": "P", "datePublished": "2026-11-19"}</script>
</head><body><article><h1>P</h1><p>Words of an article, enough of them to be one.</p>
<table><tr><td>1</table><a href=/a-b-c-d>one two three</a>"""
OPML = b"""<opml version="2.0"><body><outline text="A"><outline xmlUrl="https://a.example/1" text="B"/>
</outline></body></opml>"""
SITEMAP = b"<urlset><url><loc>https://a.example/1</loc><lastmod>2026-11-19</lastmod></url></urlset>"
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R>>endobj 4 0 obj<</Length 9>>stream
BT (x) Tj ET
endstream endobj trailer<</Root 1 0 R>>"""
GOOD = (RSS, ATOM, JSON, HTML, OPML, SITEMAP, PDF, b"title: A\nurl: https://a.example/1\n\nWords.\n")


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    content = bytearray(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(1, 6))):
        at, size = draw(st.integers(0, len(content))), draw(st.integers(0, 30))
        piece = bytes(content[at : at + size])
        what = draw(st.sampled_from(["cut", "double", "bytes", "other"]))
        new = {"cut": b"", "double": piece * 3, "bytes": b"", "other": draw(st.sampled_from(GOOD))[:size]}[
            what
        ]
        content[at : at + size] = draw(st.binary(max_size=8)) if what == "bytes" else new
    return bytes(content)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_damaged_documents_are_read_or_refused_in_words(content: bytes) -> None:
    text = content.decode("utf-8", "replace")
    for read in (
        lambda: feed.parse(content, url="https://a.example/feed", now=NOW),
        lambda: extract.extract(content, url="https://a.example/1"),
        lambda: page.links(text, url="https://a.example/"),
        lambda: page.telegram(text, url="https://t.me/s/a", now=NOW),
        lambda: opml.parse(content),
        lambda: sitemaps.parse(content, url="https://a.example/s.xml", now=NOW),
        lambda: pdf.parse(content),
    ):
        with suppress(SourceError):
            read()
    for found in files.read_bytes(content, now=NOW):
        assert isinstance(found, files.Rejected) or found.keys
