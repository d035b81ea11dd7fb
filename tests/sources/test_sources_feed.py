"""Feeds: every kind, and every malformed item's outcome."""

import json
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Unreadable
from bot.sources import feed, recognise
from bot.sources.feed import Feed
from bot.types import Draft

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
URL = "https://news.example/feed"


def rss(*items: str, head: str = "") -> bytes:
    top = "<title>News</title><link>https://news.example/</link>"
    body = "".join(f"<item>{item}</item>" for item in items)
    return f"<?xml version='1.0'?><rss version='2.0'><channel>{top}{head}{body}</channel></rss>".encode()


def item(n: int, more: str = "") -> str:
    return f"<title>Item {n}</title><link>https://news.example/{n}</link><guid>g{n}</guid>{more}"


def read(content: bytes, **given: str) -> Feed:
    return feed.parse(content, url=URL, now=NOW, **given)


def only(content: bytes) -> Draft:
    (draft,) = read(content).items
    return draft


ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Atom</title><link href="https://a.example/"/>
<link rel="hub" href="https://hub.example/"/><link rel="self" href="https://a.example/atom"/>
<entry><title type="html">Fish &amp;amp; chips</title><link href="/one"/><id>tag:a.example,2026:1</id>
<published>2026-11-20T10:00:00+02:00</published><author><name>Ann</name></author>
<content type="html">&lt;p&gt;First.&lt;/p&gt;&lt;p&gt;Second.&lt;/p&gt;</content></entry></feed>"""

RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>RDF</title><link>https://r.example/</link></channel>
<item><title>One</title><link>https://r.example/1</link><dc:date>2026-11-20T08:00:00Z</dc:date></item></rdf:RDF>"""

OLD = b"""<rss version="0.91"><channel><title>Old</title><link>https://o.example/</link>
<item><title>One</title><link>https://o.example/1</link><description>Words.</description></item></channel></rss>"""

JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Json",
        "home_page_url": "https://j.example/",
        "language": "en-GB",
        "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
        "authors": [{"name": "Ann"}],
        "items": [
            {
                "id": 7,
                "url": "/one",
                "title": "A < B",
                "content_text": "Words & more",
                "date_published": "2026-11-20T10:00:00Z",
            },
            "not an item",
            {
                "id": "8",
                "content_html": "<p>Second</p><script>x()</script>",
                "date_published": 5,
                "authors": "?",
            },
        ],
    }
).encode()


@pytest.mark.parametrize(
    ("content", "title", "first"),
    [
        (ATOM, "Atom", "Fish & chips"),
        (RDF, "RDF", "One"),
        (OLD, "Old", "One"),
        (JSON, "Json", "A < B"),
    ],
)
def test_every_kind_of_feed_is_read(content: bytes, title: str, first: str) -> None:
    found = read(content)
    assert (found.title, found.items[0].title) == (title, first)


def test_atom_entry_is_read_whole() -> None:
    found = read(ATOM)
    entry = found.items[0]
    assert entry.text == "First.\nSecond."
    assert entry.published == datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    assert entry.byline == "Ann"
    assert entry.url == "https://news.example/one"
    assert entry.keys == ("url:https://news.example/one", "id:tag:a.example,2026:1")
    assert (found.hub, found.topic) == ("https://hub.example/", "https://a.example/atom")


def test_json_feed_forgives_wrong_types() -> None:
    found = read(JSON)
    assert [d.text for d in found.items] == ["Words & more", "Second"]
    assert found.items[0].url == "https://news.example/one"
    assert found.items[1].byline == "Ann"
    assert found.items[0].language == "en"
    assert found.hub == "https://hub.example/"


# --- each malformed item's outcome ----------------------------------------------------------


@pytest.mark.parametrize(
    "date",
    [
        "",
        "<pubDate>yesterday</pubDate>",
        "<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>",
    ],
)
def test_undated_item_has_no_date(date: str) -> None:
    assert only(rss(item(1, date))).published is None


def test_item_of_the_future_has_no_date_and_is_a_problem() -> None:
    found = read(rss(item(1, "<pubDate>Wed, 20 Nov 2030 10:00:00 GMT</pubDate>")))
    assert found.items[0].published is None
    assert "future" in " ".join(found.problems)


def test_clock_that_is_a_little_ahead_is_believed() -> None:
    found = only(rss(item(1, "<pubDate>Fri, 20 Nov 2026 12:10:00 GMT</pubDate>")))
    assert found.published == NOW + timedelta(minutes=10)


def test_item_without_id_and_link_is_recognised_by_its_text() -> None:
    bare = "<title>Quake</title><description>Words.</description>"
    again = "<title>Quake</title><description>  Words. </description>"
    assert only(rss(bare)).keys == only(rss(again)).keys
    assert only(rss(bare)).keys != only(rss(bare.replace("Words", "Others"))).keys


def test_empty_item_is_skipped_and_the_others_stay() -> None:
    found = read(rss("", item(1), "<title> </title>", item(2)))
    assert [d.title for d in found.items] == ["Item 1", "Item 2"]
    assert "2 items: each is empty" in found.problems


def test_duplicated_item_comes_once() -> None:
    found = read(rss(item(1), item(1), item(1).replace("https", "http")))
    assert len(found.items) == 1


def test_items_that_share_their_link_are_told_apart_by_id() -> None:
    found = read(rss(*(item(n).replace(f"example/{n}", "example/live") for n in (1, 2, 3))))
    assert len({d.keys for d in found.items}) == 3
    assert {d.url for d in found.items} == {"https://news.example/live"}


def test_items_that_share_their_id_are_told_apart_by_link() -> None:
    found = read(rss(*(item(n).replace(f"g{n}", "same") for n in (1, 2))))
    assert [d.keys for d in found.items] == [("url:https://news.example/1",), ("url:https://news.example/2",)]


def test_link_to_the_front_page_names_no_article() -> None:
    found = read(rss(item(1).replace("/1<", "/<"), item(2)))
    assert found.items[0].keys == ("id:https://news.example/feed g1",)


def test_id_is_unique_in_its_feed_only() -> None:
    one = read(rss("<title>A</title><guid>1</guid>"), scope="https://a.example/feed").items[0]
    other = read(rss("<title>A</title><guid>1</guid>"), scope="https://b.example/feed").items[0]
    assert one.keys != other.keys


def test_untitled_item_is_named_by_its_first_words() -> None:
    found = only(rss(f"<link>https://news.example/1</link><description>{'Some words. ' * 40}</description>"))
    assert found.title.startswith("Some words.")
    assert len(found.title) <= 90


def test_huge_item_is_cut_and_the_others_stay() -> None:
    found = read(rss(item(1, f"<description>{'word ' * 300_000}</description>"), item(2)))
    assert len(found.items) == 2
    assert len(found.items[0].text) <= 200_000
    assert any("too long" in p for p in found.problems)


def test_controls_and_nul_are_taken_out() -> None:
    found = only(rss(item(1, "<description>a&#0;b&#1;c\x0bd\u200be</description>")))
    assert "\x00" not in found.text
    assert not any(ord(c) < 32 and c != "\n" for c in found.text)


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251", "utf-16", "koi8-r"])
def test_encodings_are_read(encoding: str) -> None:
    text = f"<?xml version='1.0' encoding='{encoding}'?>" + rss("<title>Новости дня</title>").decode()[21:]
    assert only(text.encode(encoding)).title == "Новости дня"


def test_wrongly_declared_encoding_is_read_all_the_same() -> None:
    content = rss("<title>Caf\u00e9 and M\u00fcnchen</title>").replace(b"'1.0'", b"'1.0' encoding='us-ascii'")
    assert only(content).title == "Café and München"


def test_markup_becomes_plain_text_and_nothing_runs() -> None:
    html = "<p>One <b>two</b></p><script>evil()</script><ul><li>three</li></ul>"
    assert only(rss(item(1, f"<description><![CDATA[{html}]]></description>"))).text == "One two\nthree"


def test_link_that_is_no_web_address_is_dropped() -> None:
    assert only(rss("<title>A</title><link>javascript:alert(1)</link><guid>1</guid>")).url == ""


@pytest.mark.parametrize(
    ("text", "teaser"),
    [
        ("Short words.", True),
        ("Long words here. " * 200, False),
        ("Long words here. " * 200 + "Read more", True),
        ("Long words here. " * 200 + "[…]", True),
    ],
)
def test_teasers_are_told_from_whole_texts(text: str, teaser: bool) -> None:
    assert only(rss(item(1, f"<description>{text}</description>"))).teaser is teaser


@pytest.mark.parametrize(
    ("feed_url", "link", "teaser"),
    [
        (URL, "https://news.example/1", False),
        (URL, "https://www.news.example/1", False),
        (URL, "https://other.example/1", True),
        ("https://feeds.feedburner.com/news", "https://news.example/1", False),
        ("https://feeds.feedburner.com/news", "https://other.example/1", True),
        ("https://evil.example/feed", "https://news.example/1", True),
    ],
)
def test_feed_never_speaks_for_another_site_s_article(feed_url: str, link: str, teaser: bool) -> None:
    whole = f"<title>A</title><link>{link}</link><description>{'Long words here. ' * 200}</description>"
    assert feed.parse(rss(whole), url=feed_url, now=NOW).items[0].teaser is teaser


@pytest.mark.parametrize(
    ("guid", "same"),
    [
        ("https://news.example/1", True),
        ("https://cms.news.example/?p=1", True),
        ("https://other.example/1", False),
    ],
)
def test_id_never_makes_an_item_another_site_s_article(guid: str, same: bool) -> None:
    found = only(rss(f"<title>A</title><link>https://news.example/a</link><guid>{guid}</guid>"))
    assert (recognise.keys(guid)[0] in found.keys) is same
    assert len(found.keys) == 2, "known by its id as well, within its feed"


# --- feeds as a whole -----------------------------------------------------------------------


def test_truncated_xml_yields_what_was_there() -> None:
    found = read(rss(item(1), item(2), item(3))[:-70])
    assert [d.title for d in found.items][:2] == ["Item 1", "Item 2"]
    assert any("not well formed" in p for p in found.problems)


def test_feed_of_fifty_thousand_items_is_bounded_and_keeps_both_ends() -> None:
    found = read(rss(*(item(n) for n in range(50_000))))
    assert len(found.items) == feed.MOST_ITEMS
    assert (found.items[0].title, found.items[-1].title) == ("Item 0", "Item 49999")
    assert any("50,000" in p for p in found.problems)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"<!DOCTYPE html><html><body><p>Hello</p></body></html>", "web page"),
        (b"just words", "no feed"),
        (b"{}", "JSON and no feed"),
        (b'{"items": 1}', "JSON and no feed"),
        (b"[" * 100_000, "JSON"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "no feed"),
    ],
)
def test_what_is_no_feed_is_said_in_words(content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(content)


def test_feed_of_endless_tags_is_refused_unparsed() -> None:
    with pytest.raises(Unreadable, match="more tags"):
        read(rss(item(1, "<b>" * 200_000)))
    whole = item(1, f"<description><![CDATA[{'<b>x</b>' * 60_000}]]></description>")
    assert read(rss(whole)).items[0].text.startswith("xxx")


def test_feed_that_names_a_file_of_this_machine_does_not_read_it(tmp_path: Path) -> None:
    file = tmp_path / "other.xml"
    file.write_bytes(rss(item(1)))
    with pytest.raises(Unreadable, match="no feed"):
        read(str(file).encode())


def test_feed_without_items_is_a_feed() -> None:
    assert read(rss()).items == ()


def test_xml_bombs_and_external_entities_are_harmless() -> None:
    bomb = "<!DOCTYPE x [<!ENTITY a 'ha'>" + "".join(
        f"<!ENTITY {chr(98 + i)} '{f'&{chr(97 + i)};' * 10}'>" for i in range(9)
    )
    inside = "<rss version='2.0'><channel><title>&j;</title><item><title>x</title></item></channel></rss>"
    laughs = f"<?xml version='1.0'?>{bomb}]>{inside}"
    outside = (
        "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/passwd'>]>"
        "<rss version='2.0'><channel><title>t</title><item><title>a &f; b</title></item></channel></rss>"
    )
    assert len(read(laughs.encode()).title) < 1000
    assert feed.repaired(laughs.encode()).count(b"<!ENTITY") == 1, "only the first has no other inside"
    assert b"SYSTEM" not in feed.repaired(outside.encode())
    assert "root" not in only(outside.encode()).title


ENDLESS = 40_000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<guid>" + " " * ENDLESS + "x</guid>", id="guid"),
        pytest.param("<author>" + "a" * ENDLESS + "</author>", id="author"),
        pytest.param("<author>" + "a." * ENDLESS + "</author>", id="author with dots"),
        pytest.param(f"<description><![CDATA[{'<skipHours>' * ENDLESS}]]></description>", id="hours to skip"),
    ],
)
def test_feed_of_endless_runs_is_read_in_no_time(text: str, encoding: str) -> None:
    began = time.process_time()
    read(rss(item(1, text)).decode().encode(encoding))
    assert time.process_time() - began < 3, "nothing else runs while a pattern is looked for"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "declared", ["<!ENTITY" + " " * ENDLESS, "\n" * ENDLESS, "<!DOCTYPE x [" + " \n" * ENDLESS]
)
def test_feed_that_never_begins_is_read_in_no_time(declared: str, encoding: str) -> None:
    began = time.process_time()
    with suppress(Unreadable):
        read(rss(item(1)).decode().replace("?>", f"?>{declared}").encode(encoding))
    assert time.process_time() - began < 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("inside", ["{}", "<b>{}</b>"])
def test_entity_of_many_words_is_not_written_out_again_and_again(inside: str, encoding: str) -> None:
    entity = f'<!DOCTYPE rss [<!ENTITY a "{inside.format("word " * 4000)}">]>'
    text = "<description>" + "&a;" * 1000 + "</description>"
    found = rss(item(1, text)).decode().replace("?>", f"?>{entity}")
    assert len(only(found.encode(encoding)).text) < 100_000


def test_character_that_a_feed_declares_is_read() -> None:
    head = "<?xml version='1.0'?>\n<!DOCTYPE rss [\n<!ENTITY oe \"&#339;\">\n]>\n"
    found = rss("<title>C&oe;ur</title>").decode().replace("<?xml version='1.0'?>", head)
    assert only(found.encode()).title == "Cœur"


@pytest.mark.parametrize("charset", ["windows-1252", "iso-8859-2", "koi8-r"])
def test_utf8_is_read_as_such_whatever_the_server_calls_it(charset: str) -> None:
    found = read(rss("<title>Überflutung</title>"), content_type=f"text/xml; charset={charset}")
    assert found.items[0].title == "Überflutung"


@pytest.mark.parametrize("kind", ["application/rss+xml", "text/xml", "text/xml; charset=utf-16", ""])
@pytest.mark.parametrize("title", ["Flood", "Floods"])
def test_utf16_that_says_so_is_read(kind: str, title: str) -> None:
    found = rss(f"<title>{title}</title>").decode().replace("?>", ' encoding="utf-16"?>', 1)
    assert read(found.encode("utf-16"), content_type=kind).items[0].title == title


@pytest.mark.parametrize("charset", ["undefined", "punycode"])
def test_encoding_that_there_is_not_is_no_crash(charset: str) -> None:
    with pytest.raises(Unreadable):
        read(rss(item(1)), content_type=f"text/xml; charset={charset}")


def test_item_with_an_endless_address_that_is_none_costs_no_other() -> None:
    bad = f"<title>Bad</title><guid isPermaLink='true'>http://[{'x' * 20_000}</guid>"
    assert "Item 1" in [d.title for d in read(rss(item(1), bad)).items]


def test_wishes_of_a_feed_are_told() -> None:
    head = (
        "<ttl>90</ttl><skipHours><hour>0</hour><hour>5</hour><hour>24</hour><hour>77</hour></skipHours>"
        "<skipDays><day>Saturday</day><day>Sunday</day><day>Caturday</day></skipDays>"
    )
    found = read(rss(item(1), head=head))
    assert found.ttl == timedelta(minutes=90)
    assert found.skip_hours == {0, 5}
    assert found.skip_days == {6, 7}


MARKUP = """<rss> <channel> <item> </item> <title> </title> <![CDATA[ ]]> <feed> <entry> &#0; &lt; <!DOCTYPE
<!ENTITY &a; <link href=' '/> <pubDate> 2026 \x00 é <guid> <div {"items":["""
PIECES = st.sampled_from(MARKUP.split())
FIELDS = st.sampled_from(["id", "url", "title", "content_html", "authors", "name", "date_published", "items"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400) | st.lists(PIECES, max_size=40).map(lambda parts: "".join(parts).encode()))
def test_no_bytes_raise_anything_but_unreadable(content: bytes) -> None:
    try:
        found = read(content)
    except Unreadable:
        return
    assert all(d.title and d.keys for d in found.items)


@settings(max_examples=100, deadline=None)
@given(VALUES)
def test_no_json_raises_anything_but_unreadable(value: object) -> None:
    found = read(json.dumps({"items": value if isinstance(value, list) else [value]}).encode())
    assert all(d.title and d.keys for d in found.items)
