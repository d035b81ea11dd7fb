"""Routes: proxies, remote DNS, failover and return."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rough_web import HttpProxy, Names, RoughWeb, SocksProxy

from bot.errors import BadInput, FetchError, HttpStatus, Refused, Unreadable
from bot.sources.http import Fetcher
from bot.sources.reader import Reader
from bot.sources.routes import Route, Routes, route
from bot.types import Source, SourceKind, SourceSettings, SourceState

Make = Callable[..., Fetcher]
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RSS = "<rss version='2.0'><channel><title>P</title><item><title>Pier closed</title></item></channel></rss>"


@pytest.fixture
async def proxy(web: RoughWeb) -> AsyncIterator[SocksProxy]:
    server = SocksProxy(web)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def http_proxy(web: RoughWeb) -> AsyncIterator[HttpProxy]:
    server = HttpProxy(web)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def lookups(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every name that anything in this process looks up."""
    seen: list[str] = []
    real = socket.getaddrinfo

    def watched(host: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(str(host))
        return real(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", watched)
    return seen


def socks(proxy: SocksProxy, *, remote: bool = True, login: str = "", hosts: tuple[str, ...] = ()) -> Route:
    scheme = "socks5h" if remote else "socks5"
    return route("blue", f"{scheme}://{login}127.0.0.1:{proxy.port}", hosts=hosts)


async def test_remote_dns_looks_nothing_up_here(
    web: RoughWeb, fetcher: Make, proxy: SocksProxy, lookups: list[str]
) -> None:
    web.serves("/a", "through")
    client = Fetcher(fetcher(routes=(socks(proxy),)).settings)
    fetched = await client.get("http://far.example.org/a", routes=["blue"])
    await client.close()
    assert (fetched.content, fetched.route) == (b"through", "blue")
    assert [(w.host, w.port) for w in proxy.wishes] == [("far.example.org", 80)]
    assert "far.example.org" not in lookups
    assert set(lookups) <= {"127.0.0.1"}


async def test_local_dns_sends_the_checked_address(
    web: RoughWeb, fetcher: Make, proxy: SocksProxy, names: Names
) -> None:
    web.serves("/a", "through")
    names.addresses["far.example.org"] = ["93.184.216.34"]
    await fetcher(routes=(socks(proxy, remote=False),)).get("http://far.example.org/a", routes=["blue"])
    assert proxy.wishes[0].host == "93.184.216.34"


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1",
        "localhost",
        "printer",
        "nas.lan",
        "metadata.google.internal",
        "[::1]",
    ],
)
async def test_proxy_is_not_asked_for_the_own_network(fetcher: Make, proxy: SocksProxy, host: str) -> None:
    with pytest.raises(Refused):
        await fetcher(routes=(socks(proxy),)).get(f"http://{host}/", routes=["blue"])
    assert proxy.wishes == []


async def test_socks_with_name_and_password(web: RoughWeb, fetcher: Make, proxy: SocksProxy) -> None:
    web.serves("/a", "through")
    proxy.credentials = ("ann", "p@ss:word")
    client = fetcher(routes=(socks(proxy, login="ann:p%40ss%3Aword@"),))
    await client.get("http://far.example.org/a", routes=["blue"])
    assert proxy.wishes[0].credentials == ("ann", "p@ss:word")


async def test_wrong_socks_password_is_told_without_it(fetcher: Make, proxy: SocksProxy) -> None:
    proxy.credentials = ("ann", "right")
    client = fetcher(routes=(socks(proxy, login="ann:wr0ng@"),))
    with pytest.raises(FetchError, match="refused the name or the password") as caught:
        await client.get("http://far.example.org/a", routes=["blue"])
    assert "wr0ng" not in str(caught.value)
    state = {s.name: s for s in client.states()}["blue"]
    assert not state.healthy
    assert "wr0ng" not in repr(state)


async def test_proxy_that_answers_byte_by_byte_is_understood(
    web: RoughWeb, fetcher: Make, proxy: SocksProxy
) -> None:
    web.serves("/a", "through")
    proxy.mood.slow_bytes = True
    assert (await fetcher(routes=(socks(proxy),)).get("http://far.example.org/a", routes=["blue"])).content


async def test_proxy_that_is_none_is_told(fetcher: Make, proxy: SocksProxy) -> None:
    proxy.mood.garbage = True
    with pytest.raises(FetchError, match="no SOCKS5 proxy"):
        await fetcher(routes=(socks(proxy),)).get("http://far.example.org/a", routes=["blue"])


async def test_http_proxy_carries_plain_requests(web: RoughWeb, fetcher: Make, http_proxy: HttpProxy) -> None:
    web.serves("/a", "through")
    client = fetcher(routes=(route("web", f"http://127.0.0.1:{http_proxy.port}"),))
    assert (await client.get("http://far.example.org/a", routes=["web"])).content == b"through"
    assert http_proxy.wishes[0].host == "far.example.org"
    with pytest.raises(Refused):
        await client.get("http://10.0.0.1/", routes=["web"])


async def test_http_proxy_that_wants_a_password_is_told(fetcher: Make, http_proxy: HttpProxy) -> None:
    http_proxy.credentials = ("ann", "x")
    client = fetcher(routes=(route("web", f"http://127.0.0.1:{http_proxy.port}"),))
    with pytest.raises(FetchError, match="wants a name and a password"):
        await client.get("http://far.example.org/a", routes=["web"])


# --- failover -------------------------------------------------------------------------------


async def test_proxy_that_dies_is_replaced_and_used_again_when_it_is_back(
    web: RoughWeb, fetcher: Make, proxy: SocksProxy, names: Names
) -> None:
    async def one_shot(request: Any, writer: asyncio.StreamWriter) -> None:
        await web.send(writer, 200, {"Content-Length": "1", "Connection": "close"}, b"x")
        writer.close()

    web.does("/a", one_shot)
    names.addresses["far.example.org"] = ["127.0.0.1"]
    time = [0.0]
    settings = fetcher(routes=(socks(proxy),)).settings
    client = Fetcher(settings, resolve=names, clock=lambda: time[0])
    url = web.url("/a", host="far.example.org")

    async def used() -> str:
        return (await client.get(url, routes=["blue", "direct"])).route

    assert await used() == "blue"
    await proxy.stop()
    assert await used() == "direct"
    assert {s.name: s.healthy for s in client.states()} == {"direct": True, "blue": False}
    await proxy.start()
    assert await used() == "direct"
    time[0] += 31.0
    assert await used() == "blue"
    assert all(s.healthy for s in client.states())
    await client.close()


async def test_blocked_answer_is_tried_over_the_next_route(
    web: RoughWeb, fetcher: Make, proxy: SocksProxy, names: Names
) -> None:
    web.serves("/a", status=451)
    names.addresses["far.example.org"] = ["127.0.0.1"]
    client = fetcher(routes=(socks(proxy),))
    with pytest.raises(HttpStatus) as caught:
        await client.get(web.url("/a", host="far.example.org"), routes=["direct", "blue"])
    assert caught.value.status == 451
    assert len(web.requests) == 2


async def test_too_large_a_body_is_no_fault_of_the_route(
    web: RoughWeb, fetcher: Make, proxy: SocksProxy, names: Names
) -> None:
    web.serves("/a", b"x" * 60_000)
    names.addresses["far.example.org"] = ["127.0.0.1"]
    client = fetcher(routes=(socks(proxy),), max_bytes=50_000)
    with pytest.raises(Unreadable, match="larger than"):
        await client.get(web.url("/a", host="far.example.org"), routes=["direct", "blue"])
    assert len(web.requests) == 1
    assert client.states()[0].error == ""


async def test_nothing_falls_back_to_direct_unasked(fetcher: Make, proxy: SocksProxy, names: Names) -> None:
    await proxy.stop()
    with pytest.raises(FetchError, match="can't be reached"):
        await fetcher(routes=(socks(proxy),)).get("http://far.example.org/a", routes=["blue"])
    assert names.asked == []


async def test_host_pattern_chooses_the_route_at_every_redirect(
    web: RoughWeb, fetcher: Make, proxy: SocksProxy, names: Names
) -> None:
    web.redirects("/a", "http://deep.blocked.example/b")
    web.serves("/b", "x")
    client = fetcher(routes=(socks(proxy, hosts=("*.blocked.example",)),))
    fetched = await client.get(web.url("/a"))
    assert fetched.route == "blue"
    assert names.asked == []


async def test_onion_needs_a_route_with_remote_dns(
    fetcher: Make, proxy: SocksProxy, web: RoughWeb, names: Names
) -> None:
    web.serves("/a", "x", Onion_Location="http://abc.onion/a")
    with pytest.raises(Refused, match="Tor"):
        await fetcher().get("http://abc.onion/a")
    tor = route("tor", f"tor://127.0.0.1:{proxy.port}")
    fetched = await fetcher(routes=(tor,)).get("http://abc.onion/a")
    assert (fetched.route, fetched.onion_location) == ("tor", "http://abc.onion/a")
    assert names.asked == []


def onion_source(web: RoughWeb, onion: str = "http://abc.onion/feed") -> Source:
    return Source(
        id=1,
        url=web.url("/gone"),
        kind=SourceKind.FEED,
        title="",
        topic="",
        state=SourceState.ACTIVE,
        settings=SourceSettings(mirrors=(web.url("/away"),)),
        added=NOW,
        onion_url=onion,
    )


async def test_onion_address_is_the_last_mirror_where_a_route_leads_there(
    web: RoughWeb, fetcher: Make, proxy: SocksProxy, names: Names
) -> None:
    web.serves("/feed", RSS, kind="application/rss+xml")
    tor = route("tor", f"tor://127.0.0.1:{proxy.port}")
    polled = await Reader(fetcher(routes=(tor,))).poll(onion_source(web), NOW)
    assert (polled.mirror, polled.route) == ("http://abc.onion/feed", "tor")
    assert [d.title for d in polled.drafts] == ["Pier closed"]
    assert [r.path for r in web.requests] == ["/gone", "/away", "/feed"]
    assert names.asked == []


async def test_without_such_a_route_the_onion_address_is_left_alone(web: RoughWeb, fetcher: Make) -> None:
    with pytest.raises(HttpStatus):
        await Reader(fetcher()).poll(onion_source(web), NOW)


async def test_onion_address_of_an_unencrypted_answer_is_not_believed(web: RoughWeb, fetcher: Make) -> None:
    web.serves("/gone", RSS, kind="application/rss+xml", Onion_Location="http://evil.onion/feed")
    assert (await Reader(fetcher()).poll(onion_source(web), NOW)).onion_url == ""


@pytest.mark.parametrize(
    "value", ["http://a.example/.onion", "javascript:.onion", "http://u:p@abc.onion/", "ftp://abc.onion/"]
)
async def test_onion_location_that_is_none_is_left_out(web: RoughWeb, fetcher: Make, value: str) -> None:
    web.serves("/a", "x", Onion_Location=value)
    assert (await fetcher().get(web.url("/a"))).onion_location == ""


async def test_since_when_a_route_works_or_fails_is_told(web: RoughWeb, fetcher: Make) -> None:
    web.serves("/a", "x")
    client = fetcher(routes=(route("blue", "socks5h://127.0.0.1:9"),))
    await client.get(web.url("/a"), routes=["blue", "direct"])
    direct, blue = client.health(NOW)
    assert (direct.name, direct.healthy, blue.name, blue.healthy) == ("direct", True, "blue", False)
    assert "can't be reached" in blue.error
    assert all(h.since is not None and NOW - h.since < timedelta(seconds=30) for h in (direct, blue))


def test_onion_takes_any_route_that_resolves_there() -> None:
    routes = Routes([route("blue", "socks5h://127.0.0.1:9050"), route("near", "socks5://127.0.0.1:1080")])
    assert [r.name for r in routes.order("abc.onion", [], now=0.0)] == ["blue"]
    assert [r.name for r in routes.order("abc.onion", ["direct", "near"], now=0.0)] == ["blue"]


def test_pauses_of_a_failing_route_grow_and_end() -> None:
    blue = Route(name="blue", kind="socks5")
    routes = Routes([blue])
    first = [r.name for r in routes.order("a.example", ["blue", "direct"], now=0.0)]
    routes.failed(blue, "", "down", now=0.0)
    routes.failed(blue, "", "down", now=0.0)
    assert first == ["blue", "direct"]
    assert [r.name for r in routes.order("a.example", ["blue", "direct"], now=59.0)] == ["direct", "blue"]
    assert [r.name for r in routes.order("a.example", ["blue", "direct"], now=61.0)] == ["blue", "direct"]


def test_failures_of_many_hosts_are_not_remembered_for_ever() -> None:
    blue = Route(name="blue", kind="socks5")
    routes = Routes([blue])
    for number in range(10_000):
        routes.failed(blue, f"h{number}.example", "down", now=0.0)
    assert len(routes._states) <= 4096


@pytest.mark.parametrize(
    "url",
    [
        "socks4://x:1",
        "https://proxy.example:3128",
        "socks5://",
        "socks5://h:99999",
        "",
        "ftp",
    ],
)
def test_route_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadInput):
        route("x", url)


def test_route_shows_no_password() -> None:
    made = route("x", "socks5h://ann:secret@proxy.example:1081")
    assert made.shown == "socks5 proxy.example:1081, names resolved there"
    assert (made.username, made.password) == ("ann", "secret")
    assert "secret" not in repr(made)
    assert route("t", "tor").port == 9050


class Microsocks:
    """The real proxy, on a port of its own, that can be ended and started again."""

    def __init__(self, login: tuple[str, str] | None = None) -> None:
        self._options = ["-u", login[0], "-P", login[1]] if login else []
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    async def __aenter__(self) -> "Microsocks":
        options = ["-i", "127.0.0.1", "-p", str(self.port), *self._options]
        self._process = await asyncio.create_subprocess_exec("microsocks", *options)
        await _listening(self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._process.terminate()
        await self._process.wait()

    def route(self, login: str = "") -> Route:
        return route("micro", f"socks5h://{login}127.0.0.1:{self.port}")


needs_microsocks = pytest.mark.skipif(
    shutil.which("microsocks") is None, reason="microsocks is not installed"
)


@needs_microsocks
@pytest.mark.parametrize("login", [None, ("ann", "secret")])
async def test_microsocks_agrees(web: RoughWeb, fetcher: Make, login: tuple[str, str] | None) -> None:
    web.serves("/a", "through")
    async with Microsocks(login) as micro:
        client = fetcher(routes=(micro.route(f"{login[0]}:{login[1]}@" if login else ""),))
        assert (await client.get(web.url("/a"), routes=["micro"])).content == b"through"


@needs_microsocks
@pytest.mark.parametrize("login", ["", "ann:guess@"])
async def test_microsocks_refuses_who_has_no_right_password(web: RoughWeb, fetcher: Make, login: str) -> None:
    async with Microsocks(("ann", "secret")) as micro:
        client = fetcher(routes=(micro.route(login),))
        with pytest.raises(FetchError, match=r"credentials|password"):
            await client.get(web.url("/a"), routes=["micro"])
    assert web.requests == []


@needs_microsocks
async def test_microsocks_that_dies_is_replaced_and_used_again(web: RoughWeb, fetcher: Make) -> None:
    async def one_shot(request: Any, writer: asyncio.StreamWriter) -> None:
        await web.send(writer, 200, {"Content-Length": "1", "Connection": "close"}, b"x")
        writer.close()

    web.does("/a", one_shot)
    micro, time = Microsocks(), [0.0]
    settings = fetcher(routes=(micro.route(),)).settings
    client = Fetcher(settings, clock=lambda: time[0])

    async def used() -> str:
        return (await client.get(web.url("/a"), routes=["micro", "direct"])).route

    async with micro:
        assert await used() == "micro"
    assert await used() == "direct"
    async with micro:
        time[0] += 31.0
        assert await used() == "micro"
    await client.close()


async def _listening(port: int) -> None:
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return
    raise AssertionError("microsocks never listened")
