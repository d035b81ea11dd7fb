"""Pages as data: extraction, links, Telegram previews, metadata, robots.txt, OPML, rules."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Unreadable
from bot.sources import boilerplate, extract, language, markup, metadata, opml, page, robots, rules
from bot.types import Source, SourceKind, SourceSettings, SourceState

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SENTENCE = "In part {0} of its report number {0} the harbour office closed {0} piers, {0} of them of wood. "


def article(*paragraphs: str, head: str = "") -> str:
    body = "".join(f"<p>{p}</p>" for p in paragraphs)
    return f"<html><head><title>Pier</title>{head}</head><body><article>{body}</article></body></html>"


def paragraphs(count: int) -> list[str]:
    return [(SENTENCE.format(n) * 2).strip() for n in range(count)]


# --- extraction -----------------------------------------------------------------------------


def test_article_is_found_without_calls_to_the_reader() -> None:
    calls = ["Read more: A story of others", "Follow us on Twitter", "Share this article", "Advertisement"]
    own = paragraphs(4)
    text = extract.extract(
        article(own[0], calls[0], own[1], calls[1], calls[2], own[2], calls[3], own[3])
    ).text
    assert text.split("\n") == own


def test_headline_is_not_repeated_in_the_text() -> None:
    html = article("<h1>Northern pier closed for the winter</h1>", *paragraphs(3))
    html = html.replace(">Pier<", ">Northern pier closed for the winter<")
    found = extract.extract(html)
    assert found.title == "Northern pier closed for the winter"
    assert "closed for the winter" not in found.text


@pytest.mark.parametrize(
    "line",
    [
        "The government will share the report with the parliament next week.",
        "Subscribers of the city's library pay nothing.",
        "He liked this story very much, and said so.",
        "Related costs came to two million crowns.",
        "Related-party deals rose by five per cent.",
        "Tag-team wrestling was invented here.",
        "Follow-up talks are planned for Monday.",
        "Video of the accident shows the ship turning.",
    ],
)
def test_news_that_sounds_like_a_call_stays(line: str) -> None:
    assert line in boilerplate.trim(f"One.\n{line}\nTwo.")


def test_paragraphs_left_in_another_box_are_restored_in_their_place() -> None:
    own = paragraphs(6)
    boxes = "".join(f"<div class='box body'><p>{own[i]}</p><p>{own[i + 1]}</p></div>" for i in (0, 2, 4))
    foot = f"<div class='foot'><p>{SENTENCE * 3}</p></div>"
    root = markup.tree(f"<html><body><div class='chunks'>{boxes}</div>{foot}</body></html>")
    assert root is not None
    found = "\n".join([own[0], own[1], own[4], own[5]])
    assert boilerplate.restore(found, root).split("\n") == own


def test_short_reading_wins_over_one_twice_as_long() -> None:
    assert extract.agreed("a\nb\nc", "a\nx\nb\nc\ny") == "a\nx\nb\nc"


@pytest.mark.parametrize(
    "html", ["", " ", "<html></html>", "<html><body><script>alert(1)</script></body></html>", "\x00"]
)
def test_page_without_text_is_unreadable(html: str) -> None:
    with pytest.raises(Unreadable):
        extract.extract(html)


@pytest.mark.parametrize("selector", ["p[", "::::", "p:nth-child(", "//p", "div.none"])
def test_selector_that_is_none_or_finds_nothing_is_passed_over(selector: str) -> None:
    assert extract.extract(article(*paragraphs(3)), selector=selector).text


def test_scripts_and_styles_never_become_text() -> None:
    hidden = "<script>evil()</script><style>p{}</style><noscript>no</noscript><svg><text>svg</text></svg>"
    text = extract.extract(article(*(f"{p}{hidden}" for p in paragraphs(3)))).text
    assert not any(word in text for word in ("evil", "{}", "svg"))


def test_deep_nesting_is_bounded() -> None:
    html = "<div>" * 50_000 + "".join(f"<p>{p}</p>" for p in paragraphs(3))
    with suppress(Unreadable):
        assert len(extract.extract(html).text) < len(html)


def test_page_of_endless_elements_is_refused() -> None:
    with pytest.raises(Unreadable, match="too large"):
        extract.extract(article(*paragraphs(3), "<br>" * 50_000))


MARKUP = """<p> </p> <div <article> <h1> &#0; &amp; <a href='x'> text <table> <!-- --> <![CDATA[ \x00
é <li> >"""
HTML = st.lists(st.sampled_from(MARKUP.split()) | st.text(max_size=10), max_size=60).map(" ".join)


@settings(max_examples=100, deadline=None)
@given(HTML | st.binary(max_size=300))
def test_no_page_raises_anything_but_unreadable(html: str | bytes) -> None:
    try:
        found = extract.extract(html, url="https://a.example/x")
    except Unreadable:
        return
    assert found.text


# --- metadata -------------------------------------------------------------------------------


def said(head: str, body: str = "") -> metadata.Metadata:
    root = markup.tree(f"<html lang='de-AT'><head>{head}</head><body>{body}</body></html>")
    assert root is not None
    return metadata.read(root, url="https://a.example/news/x")


def test_json_ld_is_believed_first() -> None:
    found = said(
        """<script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "no"},
        {"@type": ["NewsArticle"], "headline": "Pier &amp; port",
        "author": [{"name": "Ann"}, {"name": "Ben"}],
        "datePublished": "2026-11-19T08:30:00+01:00", "publisher": {"name": "Post"}}]}</script>
        <meta property="og:title" content="Other">"""
    )
    assert (found.title, found.byline, found.outlet) == ("Pier & port", "Ann, Ben", "Post")
    assert found.published == datetime(2026, 11, 19, 7, 30, tzinfo=UTC)
    assert found.language == "de"


@pytest.mark.parametrize(
    "data", ["{", "[]", "[[[[1]]]]", '{"@type": 5}', '{"@type": "Article", "author": {"name": {"name": 1}}}']
)
def test_broken_json_ld_costs_nothing(data: str) -> None:
    found = said(
        f'<script type="application/ld+json">{data}</script><meta property="og:title" content="Pier">'
    )
    assert found.title == "Pier"


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-11-19", 19),
        ("20261119", 19),
        ("2026-11-19T23:30:00-05:00", 20),
        ("yesterday", 0),
        ("1970-01-01", 0),
        ("9999-99-99", 0),
    ],
)
def test_dates_are_read_as_utc(value: str, day: int) -> None:
    found = said(f'<meta property="article:published_time" content="{value}">').published
    assert (found.day if found else 0) == day


def test_outlet_is_taken_off_the_title() -> None:
    head = "<title>Pier closed | Harbour Post</title><meta property='og:site_name' content='Harbour Post'>"
    assert said(head).title == "Pier closed"
    assert said(head.replace("Pier closed |", "Pier - a story |")).title == "Pier - a story"


# --- links and previews ---------------------------------------------------------------------


def test_channel_preview_gives_its_posts_newest_first() -> None:
    post = (
        "<div class='tgme_widget_message' data-post='senn/{n}'>"
        "<div class='tgme_widget_message_text'>Pier {n}<br>Closed.</div>"
        "<time datetime='2026-11-19T0{n}:00:00+00:00'></time></div>"
    )
    html = (
        "<title>Senn – Telegram</title>"
        + post.format(n=1)
        + post.format(n=2)
        + "<div data-post='senn/3'></div>"
    )
    title, drafts = page.telegram(html, url="https://t.me/s/senn", now=NOW)
    assert title == "Senn"
    assert [(d.url, d.title, d.text) for d in drafts] == [
        ("https://t.me/senn/2", "Pier 2", "Pier 2\nClosed."),
        ("https://t.me/senn/1", "Pier 1", "Pier 1\nClosed."),
    ]
    assert drafts[0].published == datetime(2026, 11, 19, 2, 0, tzinfo=UTC)


def test_channel_without_preview_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="no public preview"):
        page.telegram("<p>Contact @senn</p>", url="https://t.me/s/senn", now=NOW)


@settings(max_examples=100, deadline=None)
@given(HTML)
def test_no_page_breaks_the_link_watcher(html: str) -> None:
    try:
        page.links(html, url="https://a.example/")
    except Unreadable:
        return


# --- rules ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pasted", "read"),
    [
        ("https://t.me/durov", "https://t.me/s/durov"),
        ("https://t.me/s/durov", "https://t.me/s/durov"),
        ("https://t.me/durov/123", "https://t.me/s/durov"),
        ("https://www.reddit.com/r/news/", "https://www.reddit.com/r/news/.rss"),
        ("https://old.reddit.com/r/news", "https://www.reddit.com/r/news/.rss"),
        ("https://reddit.com/r/news+world/top", "https://www.reddit.com/r/news+world/.rss"),
        ("https://www.reddit.com/r/news/comments/1a2b3c/pier_closed/", "https://www.reddit.com/r/news/.rss"),
        ("https://www.reddit.com/user/ann-1/", "https://www.reddit.com/user/ann-1/.rss"),
        (
            "https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv",
            "https://www.youtube.com/feeds/videos.xml?channel_id=UCabcdefghijklmnopqrstuv",
        ),
        (
            "https://www.youtube.com/user/ann/videos",
            "https://www.youtube.com/feeds/videos.xml?user=ann",
        ),
        (
            "https://www.youtube.com/playlist?list=PL1234567890",
            "https://www.youtube.com/feeds/videos.xml?playlist_id=PL1234567890",
        ),
        ("https://github.com/python/cpython/releases", "https://github.com/python/cpython/releases.atom"),
        ("https://bsky.app/profile/ann.example", "https://bsky.app/profile/ann.example/rss"),
        ("https://medium.com/@ann", "https://medium.com/feed/@ann"),
        ("https://news.ycombinator.com/", "https://news.ycombinator.com/rss"),
    ],
)
def test_well_known_places_are_read_where_their_feed_is(pasted: str, read: str) -> None:
    found = rules.reading(pasted)
    assert found is not None
    assert found[0] == read


@pytest.mark.parametrize(
    "url",
    [
        "https://t.me/+secret",
        "https://www.reddit.com/r/news/.rss",
        "https://reddit.com.evil.example/r/x/",
        "https://news.example/",
        "",
        "http://[",
    ],
)
def test_other_places_have_no_rule(url: str) -> None:
    assert rules.reading(url) is None


# --- robots.txt -----------------------------------------------------------------------------

ROBOTS = b"""User-agent: *
Disallow: /
User-agent: NewsBot
User-agent: other
Allow: /public
Disallow: /p # pages
Disallow: /*.pdf$
Disallow: /a*b*c
"""


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", True),
        ("/public/x", True),
        ("/private", False),
        ("/x/y.pdf", False),
        ("/x/y.pdf?z", True),
        ("/a1b2c3", False),
        ("/acb", True),
        ("/%70rivate", False),
        ("/robots.txt", True),
    ],
)
def test_longest_rule_of_the_own_group_decides(path: str, allowed: bool) -> None:
    assert robots.parse(ROBOTS, "newsbot").allows(f"https://a.example{path}") is allowed


def test_group_for_all_is_for_those_without_their_own() -> None:
    assert not robots.parse(ROBOTS, "somebody").allows("https://a.example/x")
    assert robots.parse(b"", "newsbot").allows("https://a.example/x")


def test_hostile_robots_txt_is_quick() -> None:
    rules = robots.parse(b"User-agent: *\nDisallow: /" + b"*a" * 5000 + b"$", "newsbot")
    assert rules.allows("https://a.example/" + "a" * 4000)


@given(st.binary(max_size=200), st.text(max_size=50))
def test_any_robots_txt_gives_a_verdict(content: bytes, path: str) -> None:
    assert robots.parse(content, "newsbot").allows("https://a.example/" + path.replace("[", "")) in (
        True,
        False,
    )


# --- OPML -----------------------------------------------------------------------------------


def source(number: int, topic: str = "", title: str = "T & <T>") -> Source:
    return Source(
        id=number,
        url=f"https://a.example/{number}?x=1&y=2",
        kind=SourceKind.FEED,
        title=title,
        topic=topic,
        state=SourceState.ACTIVE,
        settings=SourceSettings(),
        added=NOW,
    )


def test_list_comes_back_as_it_was_written() -> None:
    sources = [
        source(1),
        source(2, "News"),
        source(3, "News/World"),
        source(4, "Tech/AI/Papers"),
        source(5, "News"),
    ]
    found = opml.parse(opml.write(sources))
    assert {(e.url, e.title, e.topic) for e in found.entries} == {(s.url, s.title, s.topic) for s in sources}


def test_list_of_five_thousand_is_read() -> None:
    assert len(opml.parse(opml.write(source(n, f"T{n % 50}/S{n % 7}") for n in range(5000))).entries) == 5000


def test_hand_written_list_is_read() -> None:
    content = b"""<opml><body><outline text="A / B"><outline XMLURL="feed://a.example/1" text="One">
    <outline xmlUrl="https://a.example/2"/></outline><outline text="no url"/>
    <outline xmlUrl="https://a.example/2" title="again"/></outline></body>"""
    assert [(e.url, e.title, e.topic) for e in opml.parse(content).entries] == [
        ("https://a.example/1", "One", "A - B"),
        ("https://a.example/2", "", "A - B/One"),
    ]


@pytest.mark.parametrize("content", [b"", b"words", b"<rss/>", b"\x00\x01", b"<html><body>x</body></html>"])
def test_what_is_no_list_is_unreadable(content: bytes) -> None:
    with pytest.raises(Unreadable):
        opml.parse(content)


def test_entities_in_a_list_reach_no_file() -> None:
    content = b"""<!DOCTYPE o [<!ENTITY f SYSTEM "file:///etc/passwd">]><opml><body>
    <outline text="&f;" xmlUrl="https://a.example/1"/></body></opml>"""
    assert all("root:" not in e.title for e in opml.parse(content).entries)


def test_controls_in_a_title_do_not_break_the_list() -> None:
    assert opml.parse(opml.write([replace(source(1), title="a\x00b\x0bc", topic="x\x01")])).entries


# --- language and PDF -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The harbour office closed the northern pier on Thursday.", "en"),
        ("Das Hafenamt sperrte am Donnerstag den nördlichen Pier.", "de"),
        ("Управление порта закрыло северный пирс в четверг.", "ru"),
        ("北京时间周三，国务院总理会见了来访的外国代表团。", "zh"),
        ("La oficina del puerto cerró el muelle norte el jueves.", "es"),
        ("OK", ""),
        ("", ""),
        ("12345 67890 3.14 $$$ !!!", ""),
    ],
)
def test_language_is_told_or_left_open(text: str, code: str) -> None:
    assert language.detect(text) == code
