"""What an admin pastes, tried against a real web on loopback: the desk, the reader and the chat together."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sources.rough_web import Names, RoughWeb, SocksProxy
from town import Person, Town

from bot.app.desk import Desk
from bot.sources import rules
from bot.sources.http import Fetcher, FetchSettings
from bot.sources.reader import Reader
from bot.sources.routes import route
from bot.sources.rules import Rule
from bot.storage.store import Store
from bot.types import SourceKind

RSS = "application/rss+xml"
STORIES = "".join(f"<a href='/news/the-story-number-{n}'>This is the story number {n}</a>" for n in range(5))
LINKS = f"<html><head><title>The Site</title></head><body><main>{STORIES}</main></body></html>"
CHANNEL = """<html><head><meta property="og:title" content="Harbour News"></head><body>
<div data-post="harbour/7"><div class="tgme_widget_message_text">Ferry hits rocks. All safe.</div>
<time datetime="2026-11-20T08:00:00+00:00"></time></div></body></html>"""


def feed(title: str) -> str:
    item = "<item><title>Ferry hits rocks</title><guid>1</guid><description>Text.</description></item>"
    return f"<rss version='2.0'><channel><title>{title}</title>{item}</channel></rss>"


@pytest.fixture
async def web() -> AsyncIterator[RoughWeb]:
    server = RoughWeb()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
async def proxy(web: RoughWeb) -> AsyncIterator[SocksProxy]:
    """A way out through which every name leads to the web."""
    server = SocksProxy(web)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def olga(tmp_path: Path, names: Names, proxy: SocksProxy) -> AsyncIterator[Person]:
    """The owner of a bot that may read 127.0.0.1, and has a route besides the direct one."""
    blue = route("blue", f"socks5h://127.0.0.1:{proxy.port}")
    settings = FetchSettings(allow_hosts=("127.0.0.1",), spacing=0.0, timeout=5.0, routes=(blue,))
    fetcher = Fetcher(settings, resolve=names)
    store = await Store.open(f"sqlite:///{tmp_path / 'news.db'}")
    town = Town(store)
    town.desk = Desk(fetcher=fetcher, reader=Reader(fetcher), clock=lambda: datetime.now(UTC))  # type: ignore[assignment]
    town.__post_init__()
    yield town.person("1")
    await store.close()
    await fetcher.close()


async def added(olga: Person) -> list[tuple[SourceKind, str]]:
    return [(s.kind, s.title) for s in await olga.town.store.sources.list()]


async def test_a_site_with_several_feeds_asks_which_one(web: RoughWeb, olga: Person) -> None:
    head = "".join(f"<link rel=alternate type='{RSS}' href='/{n}'>" for n in ("all", "sport"))
    web.serves("/", f"<html><head>{head}</head><body>Hello</body></html>")
    for name in ("all", "sport"):
        web.serves(f"/{name}", feed(name.title()), kind=RSS)
    asked = await olga.sends(f"/addsource {web.url()}")
    assert asked.text == "There are several feeds. Which one?\n\n• 1. All\n• 2. Sport"
    await olga.presses(asked.payloads[1])
    assert await added(olga) == [(SourceKind.FEED, "Sport")]


async def test_a_json_feed_is_added(web: RoughWeb, olga: Person) -> None:
    items = '[{"id": "1", "title": "Ferry hits rocks", "content_text": "Text."}]'
    body = f'{{"version": "https://jsonfeed.org/version/1.1", "title": "Json", "items": {items}}}'
    web.serves("/feed", body, kind="application/feed+json")
    await olga.says(f"/addsource {web.url('/feed')}")
    assert await added(olga) == [(SourceKind.FEED, "Json")]
    assert await olga.says("/checksource 1") == "Json\n\nIt works: 1 item, none with a date."


async def test_a_site_without_a_feed_is_watched_by_its_links(web: RoughWeb, olga: Person) -> None:
    web.serves("/", LINKS)
    said = await olga.says(f"/addsource {web.url()}")
    assert said.startswith("Added The Site as number 1. It has no feed, so I watch the links on the page.")
    assert "It works: 5 items" in await olga.says("/checksource 1")


async def test_a_site_with_a_sitemap_asks_what_to_follow(web: RoughWeb, olga: Person) -> None:
    web.serves("/", LINKS)
    entry = f"<url><loc>{web.url('/news/a-b-c')}</loc><lastmod>2026-11-01</lastmod></url>"
    sitemap = f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{entry}</urlset>"
    web.serves("/sitemap.xml", sitemap, kind="application/xml")
    asked = await olga.sends(f"/addsource {web.url()}")
    assert asked.text.startswith(
        "The site has no feed. What shall I follow?\n\n• 1. The site's list of articles"
    )
    assert "so I watch its list of articles" in await olga.presses(asked.payloads[0])
    assert [kind for kind, _ in await added(olga)] == [SourceKind.SITEMAP]


async def test_a_blocked_site_is_reached_by_another_route_and_only_by_that(
    web: RoughWeb, olga: Person, names: Names, proxy: SocksProxy
) -> None:
    web.serves("/", f"<html><head><link rel=alternate type='{RSS}' href=/all></head></html>")
    web.serves("/all", feed("Blocked"), kind=RSS)
    said = await olga.says("/addsource http://blocked.example.org/")
    assert "The usual way there is blocked, so I reach it by blue." in said
    assert [s.settings.routes for s in await olga.town.store.sources.list()] == [("blue",)]
    assert names.asked == ["blocked.example.org"]

    await olga.says("/setsource 1 url http://moved.example.org/all")
    assert names.asked == ["blocked.example.org"]
    assert proxy.wishes[-1].host == "moved.example.org"


async def test_the_own_network_is_not_looked_for_by_other_routes(olga: Person, proxy: SocksProxy) -> None:
    assert "private network" in await olga.says("/addsource http://10.0.0.1/")
    assert proxy.wishes == []


async def test_well_known_places_are_read_where_their_feeds_stand(
    web: RoughWeb, olga: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A channel, a subreddit and a video channel, with the table's targets moved to this web."""
    moved = [
        Rule(rule.host, rule.path, web.url(f"/{n}/{{name}}"), rule.kind)
        for n, rule in enumerate(rules.RULES[:4])
    ]
    monkeypatch.setattr(rules, "RULES", tuple(moved))
    monkeypatch.setattr(rules, "telegram_channel", lambda url: "harbour" if "/0/" in url else "")
    video = "UC" + "a" * 22
    web.serves("/0/harbour", CHANNEL)
    web.serves("/1/harbour", feed("r/harbour"), kind="application/atom+xml")
    web.serves(f"/3/{video}", feed("Harbour TV"), kind="text/xml")
    for place in (
        "t.me/harbour",
        "https://old.reddit.com/r/harbour/new/",
        f"youtube.com/channel/{video}/videos",
    ):
        await olga.says(f"/addsource {place}")
    assert await added(olga) == [
        (SourceKind.PAGE, "Harbour News"),
        (SourceKind.FEED, "r/harbour"),
        (SourceKind.FEED, "Harbour TV"),
    ]
    assert "It works: 1 item, the newest of 2026-11-20 08:00 UTC." in await olga.says("/checksource 1")


async def test_a_list_is_recognised_by_what_it_is(web: RoughWeb, olga: Person) -> None:
    outlines = "".join(f"<outline text='{n}' xmlUrl='https://{n}.example/'/>" for n in "ab")
    body = f"<opml><body><outline text='World'>{outlines}</outline></body></opml>"
    web.serves("/feeds", body, kind="text/plain")
    asked = await olga.sends(f"/addsource {web.url('/feeds')}")
    assert asked.text.startswith("That is a list of 2 sources in 1 folder")
    assert (await olga.presses(asked.payloads[0])).startswith("2 added.")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"status": 404}, "There is nothing at this address any more (404)."),
        ({"status": 403}, "The server refuses us (403)."),
        ({"status": 503}, "The server is in trouble (503)."),
        ({"body": ""}, "What comes has no text to read."),
    ],
)
async def test_what_can_not_be_added_is_told_with_what_to_do(
    web: RoughWeb, olga: Person, answer: dict[str, object], said: str
) -> None:
    web.serves("/", **answer)  # type: ignore[arg-type]
    assert (await olga.says(f"/addsource {web.url()}")).startswith(said)
    assert await added(olga) == []


async def test_a_selector_is_tried_on_the_newest_articles_page(web: RoughWeb, olga: Person) -> None:
    web.serves("/a", "<body><div class=story><p>The ferry hit rocks.</p></div><p>Subscribe now!</p></body>")
    store, now = olga.town.store, olga.town.now
    source = await store.sources.add(web.url("/feed"), kind=SourceKind.FEED, now=now)
    article = await olga.town.article("Post", "Ferry hits rocks", "Text.", source=source)
    moved = f"UPDATE articles SET url = '{web.url('/a')}' WHERE id = {article.id}"
    await store._database.write(lambda c: c.exec_driver_sql(moved))
    said = await olga.says("/setsource 1 selector .story")
    assert "It takes 4 words" in said
    assert "The ferry hit rocks." in said
    assert "It takes nothing there" in await olga.says("/setsource 1 selector .other")
    assert "is no CSS selector" in await olga.says("/setsource 1 selector ..")


def pdf(line: str) -> bytes:
    """A PDF of one page with one line."""
    stream = f"BT /F1 12 Tf 50 700 Td ({line}) Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 900 800] /Contents 4 0 R "
        "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
    ]
    body, places = "%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{each}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"trailer << /Root 1 0 R /Size {size} >>\nstartxref\n{len(body)}\n%%EOF"
    return f"{body}xref\n0 {size}\n0000000000 65535 f \n{table}{end}".encode()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (pdf("The ferry Marla hit rocks near the harbour on Monday. Nobody was hurt."), "application/pdf"),
        (b"Ferry\n\nThe ferry Marla hit rocks near the harbour on Monday. Nobody was hurt.", "text/plain"),
    ],
)
async def test_a_pdf_and_a_plain_text_are_summarized(
    web: RoughWeb, olga: Person, body: bytes, kind: str
) -> None:
    web.serves("/paper", body, kind=kind)
    assert "The ferry Marla hit rocks near the harbour on Monday. [1]" in await olga.says(
        f"/summary {web.url('/paper')}"
    )
