"""What stands behind a pasted address: feeds, a list of articles, links to watch, or nothing."""

from collections.abc import Callable

import pytest
from rough_web import RoughWeb

from bot.errors import FetchError, Refused, Unreadable
from bot.sources.discover import discover
from bot.sources.http import Fetcher
from bot.types import SourceKind

Make = Callable[..., Fetcher]
LINKS = "".join(f"<a href='/news/the-story-number-{n}'>This is the story number {n}</a>" for n in range(3))
FRONT = f"<html><head><title>Harbour Post</title></head><body><main>{LINKS}</main></body></html>"
ARTICLE = "<html><head><title>Pier closed</title></head><body><p>Divers found cracks.</p></body></html>"
RSS = """<rss version='2.0'><channel><title>Harbour</title><link>/</link>
<item><title>Pier</title><link>/1</link><description>Short.</description></item></channel></rss>"""


def named(href: str) -> str:
    return f"<link rel='alternate' type='application/rss+xml' href='{href}'>"


async def test_site_s_stated_feeds_are_offered_with_their_titles(web: RoughWeb, fetcher: Make) -> None:
    head = f"""{named("/comments.xml")}{named("/dead.xml")}
    <link rel=alternate type='application/atom+xml' href=feed>
    <link rel='alternate' type='text/html' hreflang='de' href='/de'>"""
    web.serves("/blog/", FRONT.replace("</head>", f"{head}</head>"))
    web.serves("/blog/feed", RSS)
    web.serves("/comments.xml", RSS)
    found = await discover(fetcher(), web.url("/blog/"))
    assert [(f.url, f.kind) for f in found] == [
        (web.url("/blog/feed"), SourceKind.FEED),
        (web.url("/comments.xml"), SourceKind.FEED),
        (web.url("/blog/"), SourceKind.PAGE),
    ]
    assert found[0].title == "Harbour"


async def test_stated_feed_is_relative_to_the_page_s_base(web: RoughWeb, fetcher: Make) -> None:
    web.serves("/", FRONT.replace("</head>", f"<base href='/deep/'>{named('all.xml')}</head>"))
    web.serves("/deep/all.xml", RSS)
    assert (await discover(fetcher(), web.url("/")))[0].url == web.url("/deep/all.xml")


async def test_feed_itself_is_found(web: RoughWeb, fetcher: Make) -> None:
    web.serves("/feed", RSS)
    assert [f.url for f in await discover(fetcher(), web.url("/feed"))] == [web.url("/feed")]


async def test_well_known_path_is_found(web: RoughWeb, fetcher: Make) -> None:
    web.serves("/", FRONT)
    web.serves("/atom.xml", RSS)
    assert (await discover(fetcher(), web.url("/")))[0].url == web.url("/atom.xml")


async def test_article_leads_to_the_feed_that_its_front_page_names(web: RoughWeb, fetcher: Make) -> None:
    web.serves("/2026/pier-closed", ARTICLE)
    web.serves("/", FRONT.replace("</head>", f"{named('/out/all.php')}</head>"))
    web.serves("/out/all.php", RSS)
    assert (await discover(fetcher(), web.url("/2026/pier-closed")))[0].url == web.url("/out/all.php")


async def test_of_an_article_without_any_feed_the_front_page_is_watched(web: RoughWeb, fetcher: Make) -> None:
    web.serves("/2026/pier-closed", ARTICLE)
    web.serves("/", FRONT)
    found = await discover(fetcher(), web.url("/2026/pier-closed"))
    assert [(f.url, f.kind, f.title) for f in found] == [(web.url("/"), SourceKind.PAGE, "Harbour Post")]


async def test_sitemap_is_the_last_resort(web: RoughWeb, fetcher: Make) -> None:
    web.serves("/", FRONT)
    web.serves("/robots.txt", f"Sitemap: {web.url('/news.xml')}\n")
    web.serves(
        "/news.xml", "<urlset><url><loc>http://a.example/x</loc><lastmod>2026-11-19</lastmod></url></urlset>"
    )
    found = await discover(fetcher(), web.url("/"))
    assert [f.kind for f in found] == [SourceKind.SITEMAP, SourceKind.PAGE]


async def test_page_that_robots_may_not_read_is_not_offered_for_watching(
    web: RoughWeb, fetcher: Make
) -> None:
    web.serves("/", FRONT)
    web.serves("/robots.txt", "User-agent: *\nDisallow: /\n", kind="text/plain")
    with pytest.raises(Refused, match=r"robots\.txt"):
        await discover(fetcher(robots=True), web.url("/"))
    web.serves("/feed", RSS)
    assert [f.kind for f in await discover(fetcher(robots=True), web.url("/"))] == [SourceKind.FEED]


async def test_page_without_links_to_articles_is_not_offered(web: RoughWeb, fetcher: Make) -> None:
    web.serves("/", ARTICLE)
    assert await discover(fetcher(), web.url("/")) == []


@pytest.mark.parametrize(
    ("body", "kind"), [("Just words.", "text/plain"), (b"%PDF-1.7 ...", "application/pdf")]
)
async def test_single_document_is_no_source(
    web: RoughWeb, fetcher: Make, body: str | bytes, kind: str
) -> None:
    web.serves("/a", body, kind=kind)
    with pytest.raises(Unreadable, match="single document"):
        await discover(fetcher(), web.url("/a"))


async def test_site_that_can_t_be_read_is_an_error(web: RoughWeb, fetcher: Make) -> None:
    with pytest.raises(FetchError):
        await discover(fetcher(), web.url("/missing"))


async def test_address_without_a_scheme_is_read_by_http_where_https_fails(
    web: RoughWeb, fetcher: Make
) -> None:
    web.serves("/feed", RSS)
    plain = web.url("/feed")
    assert [f.url for f in await discover(fetcher(timeout=0.3), plain.removeprefix("http://"))] == [plain]
    with pytest.raises(FetchError):
        await discover(fetcher(timeout=0.3), plain.replace("http://", "https://"))


async def test_login_is_kept_for_its_own_site_and_sent_nowhere_else(web: RoughWeb, fetcher: Make) -> None:
    other = RoughWeb()
    await other.start()
    web.serves("/", FRONT.replace("</head>", named("/mine") + named(other.url("/theirs")) + "</head>"))
    web.serves("/mine", RSS)
    other.serves("/theirs", RSS)
    found = await discover(fetcher(), web.url("/").replace("//", "//ann:word%40@"))
    await other.stop()
    assert [f.url for f in found] == [
        web.url("/mine").replace("//", "//ann:word%40@"),
        other.url("/theirs"),
        web.url("/").replace("//", "//ann:word%40@"),
    ]
    assert all(r.headers["authorization"] == "Basic YW5uOndvcmRA" for r in web.requests)
    assert "authorization" not in other.asked("/theirs")[0].headers
