"""Polling and reading over a real web on loopback."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rough_web import Request, RoughWeb

from bot.errors import HttpStatus, Refused, SourceError, Unreadable
from bot.sources import login
from bot.sources.http import Fetcher
from bot.sources.reader import Reader, may_pass, taken_down, trusts_validators, wants_page
from bot.types import Draft, Source, SourceKind, SourceSettings, SourceState

Make = Callable[..., Fetcher]
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

PARAGRAPHS = [
    "The harbour office of Senn closed the northern pier on Thursday after divers found cracks in its piles.",
    "Ships that usually land there are sent to the southern basin, where the cranes can lift half as much.",
    "Repairs are expected to take until March, said the harbour master, and to cost two million crowns.",
    "The pier was built in 1961 and last repaired eleven years ago, when it got planks of concrete.",
]
PAGE = f"""<html lang="en"><head><title>Pier closed - Harbour Post</title>
<meta property="og:title" content="Northern pier closed after divers find cracks">
<meta property="og:site_name" content="Harbour Post"><meta name="author" content="By Ann Lee">
<meta property="article:published_time" content="2026-11-19T08:30:00+01:00">
<link rel="canonical" href="/news/pier-closed"></head><body><nav><a href="/">Home</a></nav>
<article><h1>Northern pier closed after divers find cracks</h1>
{"".join(f"<p>{p}</p>" for p in PARAGRAPHS)}</article>
<footer>Copyright Harbour Post</footer></body></html>"""


def rss(*links: str) -> str:
    items = "".join(
        f"<item><title>Pier {i}</title><link>{u}</link><description>Short.</description></item>"
        for i, u in enumerate(links)
    )
    head = "<title>Harbour</title><link>/</link><ttl>45</ttl>"
    return f"<rss version='2.0'><channel>{head}{items}</channel></rss>"


def source(
    url: str,
    *,
    kind: SourceKind = SourceKind.FEED,
    polled: datetime | None = None,
    etag: str = "",
    **settings: Any,
) -> Source:
    return Source(
        id=1,
        url=url,
        kind=kind,
        title="",
        topic="",
        state=SourceState.ACTIVE,
        settings=SourceSettings(**settings),
        added=NOW,
        polled=polled,
        first_polled=polled,
        etag=etag,
    )


@pytest.fixture
def reader(fetcher: Make) -> Reader:
    return Reader(fetcher())


# --- polls ----------------------------------------------------------------------------------


async def test_poll_brings_drafts_and_facts(web: RoughWeb, reader: Reader) -> None:
    web.serves("/feed", rss(web.url("/1"), web.url("/2")), ETag='"7"', Cache_Control="max-age=300")
    polled = await reader.poll(source(web.url("/feed")), NOW)
    assert [d.title for d in polled.drafts] == ["Pier 0", "Pier 1"]
    assert (polled.etag, polled.ttl, polled.max_age) == ('"7"', timedelta(minutes=45), timedelta(seconds=300))
    assert polled.title == "Harbour"


async def test_a_moved_source_knows_its_items_by_their_ids_as_before(web: RoughWeb, reader: Reader) -> None:
    feed = "<rss version='2.0'><channel><item><guid>7</guid><title>Pier</title></item></channel></rss>"
    web.serves("/old", feed)
    web.serves("/new", feed)
    before = source(web.url("/old"))
    moved = replace(before, url=web.url("/new"), scope=before.url)
    keys = [(await reader.poll(s, NOW)).drafts[0].keys for s in (before, moved, replace(moved, scope=""))]
    assert keys[0] == keys[1] != keys[2]


async def test_unchanged_feed_keeps_its_validators(web: RoughWeb, reader: Reader) -> None:
    web.serves("/feed", status=304)
    polled = await reader.poll(source(web.url("/feed"), polled=NOW, etag='"7"'), NOW)
    assert polled.not_modified
    assert polled.etag == '"7"'
    assert polled.drafts == ()


async def test_etag_that_lies_is_not_believed_for_longer_than_a_day(web: RoughWeb, reader: Reader) -> None:
    async def lies(request: Request, writer: Any) -> None:
        status = 304 if "if-none-match" in request.headers else 200
        body = b"" if status == 304 else rss(web.url("/new")).encode()
        await web.send(writer, status, {"Content-Length": str(len(body))}, body)

    web.does("/feed", lies)
    told = source(web.url("/feed"), polled=NOW, etag='"always"')
    assert (await reader.poll(told, NOW)).not_modified
    assert len((await reader.poll(told, NOW + timedelta(days=1))).drafts) == 1


def test_sources_are_not_all_read_whole_in_the_same_hour() -> None:
    polled = NOW - timedelta(hours=1)
    told = source("https://a.example/", polled=polled)
    trusting = [trusts_validators(replace(told, id=number), NOW) for number in range(240)]
    assert 200 < sum(trusting) < 240


async def test_etag_that_changes_with_every_answer_is_harmless(web: RoughWeb, reader: Reader) -> None:
    web.serves("/feed", rss(web.url("/1")), ETag='"other"')
    first = await reader.poll(source(web.url("/feed"), polled=NOW, etag='"7"'), NOW)
    assert [d.keys for d in first.drafts] == [(f"url:{web.url('/1').replace('http:', 'https:')}",)]


async def test_gone_feed_is_said_to_be_gone(web: RoughWeb, reader: Reader) -> None:
    web.serves("/feed", status=410)
    assert (await reader.poll(source(web.url("/feed")), NOW)).gone


async def test_web_page_for_a_feed_is_said_in_words(web: RoughWeb, reader: Reader) -> None:
    web.serves("/feed", PAGE)
    with pytest.raises(Unreadable, match="web page and no feed"):
        await reader.poll(source(web.url("/feed")), NOW)


async def test_failing_feed_tells_when_to_come_back(web: RoughWeb, reader: Reader) -> None:
    web.serves("/feed", status=503, Retry_After="77")
    with pytest.raises(HttpStatus) as caught:
        await reader.poll(source(web.url("/feed")), NOW)
    assert caught.value.retry_after == 77


async def test_moved_feed_tells_its_new_address(web: RoughWeb, reader: Reader) -> None:
    web.redirects("/old", "/feed", status=301)
    web.serves("/feed", rss(web.url("/1")))
    assert (await reader.poll(source(web.url("/old")), NOW)).permanent_url == web.url("/feed")


async def test_mirror_answers_for_a_dead_source_with_the_same_keys(web: RoughWeb, reader: Reader) -> None:
    items = "<item><title>A</title><guid isPermaLink='false'>7</guid></item>"
    feed = f"<rss version='2.0'><channel><title>H</title>{items}</channel></rss>"
    web.serves("/mirror", feed, ETag='"m"')
    dead = source(web.url("/feed"), mirrors=(web.url("/broken"), web.url("/mirror")), polled=NOW, etag='"7"')
    through_mirror = await reader.poll(dead, NOW)
    web.serves("/feed", feed)
    direct = await reader.poll(dead, NOW)
    assert through_mirror.mirror == web.url("/mirror")
    assert through_mirror.etag == ""
    assert "if-none-match" not in web.asked("/mirror")[0].headers
    assert through_mirror.drafts[0].keys == direct.drafts[0].keys


async def test_when_all_mirrors_fail_the_source_s_own_error_is_told(web: RoughWeb, reader: Reader) -> None:
    web.serves("/feed", status=500)
    with pytest.raises(HttpStatus) as caught:
        await reader.poll(source(web.url("/feed"), mirrors=(web.url("/missing"),)), NOW)
    assert caught.value.status == 500


# --- pages without a feed -------------------------------------------------------------------

LISTING = """<html><head><title>Harbour Post</title></head><body>
<nav><a href="/news/about-the-harbour-post-team">Who we are and what we do</a></nav>
<main><a href="/news/northern-pier-closed"><h2>Northern pier closed after cracks</h2></a>
<a href="/news/northern-pier-closed?utm_source=home">More</a>
<a href="/news/2026/451234">Ferry line to Brennick opens again</a>
<a href="https://elsewhere.example/a-story-of-others">A story on another site altogether</a>
<a href="/tag/harbour-and-ships-and-more">All stories about the harbour</a>
<a href="mailto:x@y.example">Write to us all the time</a></main></body></html>"""


async def test_page_without_feed_is_watched_by_its_links(web: RoughWeb, reader: Reader) -> None:
    web.serves("/", LISTING)
    polled = await reader.poll(source(web.url("/"), kind=SourceKind.PAGE), NOW)
    assert [d.title for d in polled.drafts] == [
        "Northern pier closed after cracks",
        "Ferry line to Brennick opens again",
    ]
    assert all(d.teaser and not d.text for d in polled.drafts)


async def test_news_sitemap_is_read_through_its_index(web: RoughWeb, reader: Reader) -> None:
    rows = "".join(
        f"<sitemap><loc>{web.url(path)}</loc><lastmod>{day}</lastmod></sitemap>"
        for path, day in (("/old.xml", "2020-01-01"), ("/new.xml", "2026-11-20"))
    )
    index = f"<sitemapindex>{rows}</sitemapindex>"
    news = f"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
    xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>{web.url("/pier-closed")}</loc><n:news>
    <n:publication><n:name>Harbour Post</n:name><n:language>en</n:language></n:publication>
    <n:publication_date>2026-11-19T10:00:00Z</n:publication_date><n:title>Pier closed</n:title>
    </n:news></url></urlset>"""
    web.serves("/sitemap.xml", index)
    web.serves("/new.xml", news)
    web.serves("/old.xml", f"<urlset><url><loc>{web.url('/first-words-of-old')}</loc></url></urlset>")
    polled = await reader.poll(source(web.url("/sitemap.xml"), kind=SourceKind.SITEMAP), NOW)
    assert [(d.title, d.outlet) for d in polled.drafts] == [
        ("Pier closed", "Harbour Post"),
        ("First words of old", ""),
    ]
    assert polled.drafts[0].published == datetime(2026, 11, 19, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "headline", ["港の北側の桟橋が木曜日に閉鎖された", "北港码头周四因裂缝而关闭", "ท่าเรือเหนือปิดเพราะพบรอยร้าว"]
)
async def test_links_in_scripts_without_spaces_are_watched(
    web: RoughWeb, reader: Reader, headline: str
) -> None:
    web.serves(
        "/", f"<main><a href='/2026/1120'>{headline}</a><a href='/2026/about'>{headline[:4]}</a></main>"
    )
    polled = await reader.poll(source(web.url("/"), kind=SourceKind.PAGE), NOW)
    assert [d.title for d in polled.drafts] == [headline]


def index(*urls: str) -> str:
    return f"<sitemapindex>{''.join(f'<sitemap><loc>{url}</loc></sitemap>' for url in urls)}</sitemapindex>"


def urlset(*urls: str, more: str = "") -> str:
    return f"<urlset>{''.join(f'<url>{more}<loc>{url}</loc></url>' for url in urls)}</urlset>"


async def test_list_that_is_away_does_not_hide_the_others_of_its_index(web: RoughWeb, reader: Reader) -> None:
    web.serves("/sitemap.xml", index(web.url("/away.xml"), web.url("/here.xml")))
    web.serves("/here.xml", urlset(web.url("/pier-is-closed")))
    polled = await reader.poll(source(web.url("/sitemap.xml"), kind=SourceKind.SITEMAP), NOW)
    assert [d.title for d in polled.drafts] == ["Pier is closed"]
    assert polled.problems == ("one of its lists can't be read: the server answered 404",)


async def test_first_poll_waits_for_a_list_that_may_come_back(web: RoughWeb, reader: Reader) -> None:
    """What it has would come as news at the next poll, old as it is."""
    web.serves("/sitemap.xml", index(web.url("/busy.xml"), web.url("/here.xml")))
    web.serves("/here.xml", urlset(web.url("/pier-is-closed")))
    web.serves("/busy.xml", urlset(web.url("/old")), status=503)
    followed = source(web.url("/sitemap.xml"), kind=SourceKind.SITEMAP)
    with pytest.raises(HttpStatus):
        await reader.poll(followed, NOW)
    assert len((await reader.poll(replace(followed, first_polled=NOW), NOW)).drafts) == 1


async def test_unchanged_index_does_not_hide_what_is_new_in_its_lists(web: RoughWeb, reader: Reader) -> None:
    web.serves("/sitemap.xml", index(web.url("/list.xml")), ETag='"same"')
    web.serves("/list.xml", urlset(web.url("/one-more-story")))
    assert (await reader.poll(source(web.url("/sitemap.xml"), kind=SourceKind.SITEMAP), NOW)).etag == ""


async def test_lists_of_a_source_with_a_login_are_asked_for_with_it(web: RoughWeb, reader: Reader) -> None:
    web.serves("/sitemap.xml", index(web.url("/list.xml")))
    web.serves("/list.xml", urlset(web.url("/pier-is-closed")))
    own = web.url("/sitemap.xml").replace("//", "//ann:secret@")
    polled = await reader.poll(source(own, kind=SourceKind.SITEMAP), NOW)
    assert "authorization" in web.asked("/list.xml")[0].headers
    assert "secret" not in repr(polled)


async def test_picture_of_a_page_is_not_taken_for_the_page(web: RoughWeb, reader: Reader) -> None:
    picture = "<i:image><i:loc>https://cdn.example/1.jpg</i:loc><i:title>Photo by Ann</i:title></i:image>"
    listed = urlset(web.url("/pier-is-closed"), more=picture)
    web.serves("/sitemap.xml", listed.replace("<urlset", "<urlset xmlns:i='http://i.example/'"))
    [draft] = (await reader.poll(source(web.url("/sitemap.xml"), kind=SourceKind.SITEMAP), NOW)).drafts
    assert (draft.url, draft.title) == (web.url("/pier-is-closed"), "Pier is closed")


async def test_title_made_of_an_address_is_replaced_by_the_page_s(web: RoughWeb, reader: Reader) -> None:
    web.serves("/sitemap.xml", urlset(web.url("/pier-is-closed")))
    web.serves("/pier-is-closed", PAGE)
    [draft] = (await reader.poll(source(web.url("/sitemap.xml"), kind=SourceKind.SITEMAP), NOW)).drafts
    whole = await reader.page(draft, SourceSettings())
    assert whole.title == "Northern pier closed after divers find cracks"


# --- full text ------------------------------------------------------------------------------


def teaser(url: str) -> Draft:
    return Draft(url=url, title="Pier", text="Short.", keys=("id:1",), teaser=True)


async def test_teaser_is_completed_from_its_page(web: RoughWeb, reader: Reader) -> None:
    web.serves("/a", PAGE)
    whole = await reader.page(teaser(web.url("/a")), SourceSettings())
    assert not whole.teaser
    assert whole.text.split("\n") == PARAGRAPHS
    assert (whole.title, whole.byline, whole.outlet, whole.language) == (
        "Pier",
        "Ann Lee",
        "Harbour Post",
        "en",
    )
    assert whole.published == datetime(2026, 11, 19, 7, 30, tzinfo=UTC)
    assert whole.keys[0] == "id:1"
    assert any(key.endswith("/news/pier-closed") for key in whole.keys)


async def test_page_of_a_source_with_a_login_is_asked_for_with_it_and_stored_without(
    web: RoughWeb, reader: Reader
) -> None:
    web.serves("/a", PAGE)
    feed_url = web.url("/feed").replace("//", "//ann:secret@")
    whole = await reader.page(teaser(web.url("/a")), SourceSettings(), source_url=feed_url)
    assert web.asked("/a")[0].headers["authorization"] == "Basic YW5uOnNlY3JldA=="
    assert "secret" not in repr(whole)


@pytest.mark.parametrize(
    ("url", "lent_to"),
    [
        ("https://a.example/1?x=y#z", True),
        ("https://a.example:443/1", True),
        ("http://a.example/1", False),
        ("https://a.example:8443/1", False),
        ("https://a.example.evil.example/1", False),
        ("https://www.a.example/1", False),
        ("https://a.example:x/", False),
        ("", False),
    ],
)
def test_login_is_lent_to_its_own_origin_only(url: str, lent_to: bool) -> None:
    said = login.lent(url, "https://ann:secret@a.example/feed")
    assert said == (url.replace("https://", "https://ann:secret@") if lent_to else url)


@pytest.mark.parametrize(
    ("wish", "is_teaser", "asks"),
    [
        ("feed", True, False),
        ("auto", False, False),
        ("auto", True, True),
        ("page", False, True),
    ],
)
def test_settings_decide_whether_the_page_is_read(wish: str, is_teaser: bool, asks: bool) -> None:
    draft = replace(teaser("https://a.example/a"), teaser=is_teaser)
    assert wants_page(draft, source("https://a.example/f", full_text=wish)) is asks


async def test_page_that_has_less_leaves_the_feeds_text(web: RoughWeb, reader: Reader) -> None:
    web.serves("/a", "<body><p>Too short.</p></body>")
    draft = replace(teaser(web.url("/a")), text="What the feed says is longer than its page.")
    whole = await reader.page(draft, SourceSettings())
    assert (whole.text, whole.teaser) == (draft.text, False)


@pytest.mark.parametrize(
    ("answer", "passing"),
    [
        ({"status": 404}, False),
        ({"status": 403}, False),
        ({"status": 429}, True),
        ({"status": 503}, True),
        ({"body": "<html></html>"}, False),
        ({"body": b"\x89PNG\x00\x00", "kind": "image/png"}, False),
    ],
)
async def test_page_that_fails_says_whether_it_may_pass(
    web: RoughWeb, reader: Reader, answer: dict[str, Any], passing: bool
) -> None:
    web.serves("/a", **answer)
    with pytest.raises(SourceError) as caught:
        await reader.page(teaser(web.url("/a")), SourceSettings())
    assert may_pass(caught.value) is passing


async def test_selector_names_the_text(web: RoughWeb, reader: Reader) -> None:
    web.serves(
        "/a", "<body><div id=x><p>One two three.</p></div><p>Not this long paragraph of the page.</p></body>"
    )
    settings = SourceSettings(selector="div#x", full_text="page")
    whole = await reader.page(teaser(web.url("/a")), settings)
    assert whole.text == "One two three."


# --- single pages ---------------------------------------------------------------------------


async def test_page_is_read(web: RoughWeb, reader: Reader) -> None:
    web.serves("/a", PAGE)
    draft = await reader.read(web.url("/a"))
    assert draft.title == "Northern pier closed after divers find cracks"
    assert draft.text.split("\n") == PARAGRAPHS


async def test_page_may_not_claim_another_site_s_address(web: RoughWeb, reader: Reader) -> None:
    web.serves("/a", PAGE.replace('href="/news/pier-closed"', 'href="https://other.example/story"'))
    draft = await reader.read(web.url("/a"))
    assert not any("other.example" in key for key in draft.keys)


@pytest.mark.parametrize("stated", ["/", "http://127.0.0.1/", "/index.html"])
async def test_front_page_as_the_address_of_every_article_makes_them_no_single_one(
    web: RoughWeb, reader: Reader, stated: str
) -> None:
    for name in ("/pier", "/crane"):
        web.serves(name, PAGE.replace("/news/pier-closed", stated))
    one, other = await reader.read(web.url("/pier")), await reader.read(web.url("/crane"))
    assert not set(one.keys) & set(other.keys)


async def test_page_that_leads_to_the_front_page_is_no_article(web: RoughWeb, reader: Reader) -> None:
    web.redirects("/news/gone", "/")
    web.serves("/", PAGE)
    with pytest.raises(Unreadable, match="front page"):
        await reader.read(web.url("/news/gone"))
    assert (await reader.read(web.url("/"))).title


async def test_plain_text_is_read(web: RoughWeb, reader: Reader) -> None:
    web.serves("/a.txt", "Pier closed\n\nThe pier was\nclosed.", kind="text/plain; charset=utf-8")
    draft = await reader.read(web.url("/a.txt"))
    assert (draft.title, draft.text) == ("Pier closed", "Pier closed\nThe pier was\nclosed.")


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-r", "utf-8"])
async def test_charset_of_the_header_is_used(web: RoughWeb, reader: Reader, charset: str) -> None:
    web.serves("/a", "Северный пирс закрыт до марта".encode(charset), kind=f"text/plain; charset={charset}")
    assert (await reader.read(web.url("/a"))).title == "Северный пирс закрыт до марта"


async def test_wrong_charset_in_the_header_does_not_hide_utf8(web: RoughWeb, reader: Reader) -> None:
    web.serves("/a", "Café in München", kind="text/plain; charset=iso-8859-1")
    assert (await reader.read(web.url("/a"))).title == "Café in München"


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (b"\x89PNG\r\n\x00", "image/png", "no text"),
        (b"MZ\x00\x00", "application/octet-stream", "no text"),
        (b"<rss><channel/></rss>", "application/rss+xml", "feed"),
        (b"%PDF-1.7 broken", "application/pdf", "damaged"),
        (b"", "text/html", "empty"),
        (b"<html><body></body></html>", "text/html", "no article text"),
        (b"", "text/plain", "empty"),
    ],
)
async def test_what_is_no_article_is_said_in_words(
    web: RoughWeb, reader: Reader, body: bytes, kind: str, reason: str
) -> None:
    web.serves("/a", body, kind=kind)
    with pytest.raises(Unreadable, match=reason):
        await reader.read(web.url("/a"))


# --- robots.txt -----------------------------------------------------------------------------


async def test_robots_txt_is_asked_for_pages_once_and_never_for_feeds(web: RoughWeb, fetcher: Make) -> None:
    reader = Reader(fetcher(robots=True))
    web.serves("/robots.txt", "User-agent: *\nDisallow: /private\n", kind="text/plain")
    web.serves("/a", PAGE)
    web.serves("/private/feed", rss(web.url("/1")))
    await reader.read(web.url("/a"))
    await reader.poll(source(web.url("/private/feed")), NOW)
    with pytest.raises(Refused, match=r"robots\.txt"):
        await reader.read(web.url("/private/a"))
    assert len(web.asked("/robots.txt")) == 1


async def test_robots_txt_in_trouble_forbids_and_missing_allows(web: RoughWeb, fetcher: Make) -> None:
    web.serves("/a", PAGE)
    assert (await Reader(fetcher(robots=True)).read(web.url("/a"))).text
    web.serves("/robots.txt", status=500)
    with pytest.raises(Refused):
        await Reader(fetcher(robots=True)).read(web.url("/a"))


@pytest.mark.parametrize(("status", "gone"), [(404, True), (410, True), (403, False), (503, False)])
async def test_page_that_is_gone_is_told_from_one_that_is_away(
    web: RoughWeb, reader: Reader, status: int, gone: bool
) -> None:
    web.serves("/ferry", status=status)
    with pytest.raises(HttpStatus) as caught:
        await reader.page(teaser(web.url("/ferry")), SourceSettings())
    assert taken_down(caught.value) is gone


async def test_a_robots_txt_that_redirects_in_a_circle_forbids_nothing(web: RoughWeb, fetcher: Make) -> None:
    web.redirects("/robots.txt", web.url("/robots.txt"))
    web.serves("/a", PAGE)

    assert (await Reader(fetcher(robots=True)).read(web.url("/a"))).text
