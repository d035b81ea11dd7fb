"""Twins of an article have one key; different articles never share one."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.sources import recognise
from bot.sources.recognise import canonical

STORY = "https://news.example/2026/11/quake-in-senn"


@pytest.mark.parametrize(
    "twin",
    [
        "http://news.example/2026/11/quake-in-senn",
        "https://www.news.example/2026/11/quake-in-senn/",
        "HTTPS://WWW2.News.Example:443/2026/11/quake-in-senn",
        "https://m.news.example/2026/11/quake-in-senn",
        "https://mobile.news.example/2026/11/quake-in-senn",
        "https://amp.news.example/2026/11/quake-in-senn",
        STORY + "?utm_source=rss&utm_medium=feed",
        STORY + "?fbclid=abc&gclid=def",
        STORY + "?ref=rss&source=twitter",
        STORY + "?amp=1",
        STORY + "?outputType=amp",
        STORY + "/amp",
        STORY + "/amp/",
        STORY + ".amp",
        "https://news.example/amp/2026/11/quake-in-senn",
        STORY + "#comments",
        "https://ann:secret@news.example/2026/11/quake-in-senn",
        "https://news.example/2026/./10/../11//quake-in-senn",
        "https://news.example/2026/11/quake%2Din%2dsenn",
        "https://news.example./2026/11/quake-in-senn",
        "https://www.google.com/amp/s/www.news.example/2026/11/quake-in-senn",
        "https://news-example.cdn.ampproject.org/c/s/news.example/2026/11/quake-in-senn",
        "https://www.google.com/url?sa=t&url=https%3A%2F%2Fnews.example%2F2026%2F11%2Fquake-in-senn&usg=x",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fnews.example%2F2026%2F11%2Fquake-in-senn%3Ffbclid%3D1&h=y",
        " https://news.example/2026/11/quake-in-senn\n",
    ],
)
def test_twins_are_one(twin: str) -> None:
    assert canonical(twin) == canonical(STORY)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/1", "https://b.example/1"),
        ("https://a.example/?p=1", "https://a.example/?p=2"),
        ("https://a.example/x?id=1&page=2", "https://a.example/x?id=1"),
        ("https://a.example/A", "https://a.example/a"),
        ("https://a.example/?source=reuters", "https://a.example/?source=afp"),
        ("https://a.example/?from=2026", "https://a.example/?from=2025"),
        ("https://a.example/amp", "https://a.example/"),
        ("https://a.example:8080/1", "https://a.example/1"),
        ("https://a.example/x?v=%26", "https://a.example/x?v="),
        ("https://a.example/#!/one", "https://a.example/#!/two"),
        ("https://de.wiki.example/x", "https://en.wiki.example/x"),
        ("https://news.example/amplifier", "https://news.example/lifier"),
    ],
)
def test_different_pages_stay_apart(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


def test_mobile_wikipedia_is_wikipedia() -> None:
    assert canonical("https://en.m.wikipedia.org/wiki/X") == canonical("https://en.wikipedia.org/wiki/X")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mailto:ann@news.example",
        "javascript:x()",
        "//news.example/x",
        "http://",
        "http://[bad/",
        "https://a.example:99999/",
        "tag:x,2026:1",
    ],
)
def test_what_is_no_web_address_has_no_canonical_form(url: str) -> None:
    assert canonical(url) == ""


def test_permalink_id_is_the_same_key_as_the_link() -> None:
    assert recognise.keys(STORY, feed_id=STORY + "?utm_source=rss") == (f"url:{STORY}",)


def test_urn_is_unique_everywhere_and_a_number_only_in_its_feed() -> None:
    assert recognise.keys("", feed_id="urn:uuid:1", scope="a") == recognise.keys(
        "", feed_id="urn:uuid:1", scope="b"
    )
    assert recognise.keys("", feed_id="17", scope="a") != recognise.keys("", feed_id="17", scope="b")


@pytest.mark.parametrize(
    "path", ["amp/" * 100_000 + "x", "a/" * 100_000 + "../" * 100_000, "x" + ".amp" * 100_000]
)
def test_url_that_no_server_takes_costs_no_time(path: str) -> None:
    began = time.process_time()
    [key] = recognise.keys(f"https://a.example/{path}")
    assert key.startswith("url-hash:")
    assert time.process_time() - began < 1


def test_endless_url_makes_a_short_key() -> None:
    (key,) = recognise.keys("https://a.example/" + "x" * 100_000)
    assert len(key) < 600
    assert key != recognise.keys("https://a.example/" + "x" * 100_001)[0]


HOSTS = st.sampled_from(["a.example", "www.a.example", "m.a.example", "münchen.example", "[2001:db8::1]"])
PATHS = st.lists(st.text(alphabet="abcA1-_.~%/&=+ é#?;:@!$'()*,", max_size=12), max_size=5).map("/".join)
NAMES = st.sampled_from(["id", "p", "q", "utm_source", "ref", "amp"])
PAIRS = st.lists(st.tuples(NAMES, st.text(max_size=6)), max_size=4)


@st.composite
def addresses(draw: st.DrawFn) -> str:
    scheme, host, path = draw(st.sampled_from(["http", "https"])), draw(HOSTS), draw(PATHS)
    query = "&".join(f"{name}={value}" for name, value in draw(PAIRS))
    return f"{scheme}://{host}/{path}" + (f"?{query}" if query else "")


@given(addresses())
@example("http://a.example/amp/amp")
@example("http://a.example/x.amp.amp")
@example("http://a.example/index.html/index.html")
@example("http://a.example/%252e%252e/x")
def test_canonical_form_is_stable(url: str) -> None:
    once = canonical(url)
    assert canonical(once) == once


@given(addresses())
def test_tracking_and_scheme_change_nothing(url: str) -> None:
    clean = url.partition("#")[0].strip()
    tracked = clean + ("&" if "?" in clean else "?") + "utm_campaign=x&fbclid=y"
    assert canonical(tracked) == canonical(clean)
    assert canonical(clean.replace("http://", "https://", 1)) == canonical(clean)


@given(st.text(max_size=80), st.text(max_size=30), st.text(max_size=30))
def test_any_text_has_keys_and_nothing_raises(url: str, feed_id: str, scope: str) -> None:
    found = recognise.keys(url, feed_id=feed_id, scope=scope, text="x")
    assert found
    assert len(found) == len(set(found))
