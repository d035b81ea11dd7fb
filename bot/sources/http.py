"""One polite, bounded request: conditional, guarded at every hop, over the route that works.

Knows nothing of feeds or articles. Speaks httpcore, httpx's own transport, because redirects,
decompression and addresses are decided here and not by a client. The hard thing: nothing that a
server sends may cost more than the limits say, and no name may lead elsewhere after its check.
"""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ssl import SSLError
from urllib.parse import unquote, urlencode

import httpcore
import httpx

from bot.errors import Circling, FetchError, HttpStatus, Paused, Refused, SourceError, Unreadable
from bot.sources import caching, cookies
from bot.sources.body import ACCEPTED, Body
from bot.sources.dial import ProxyDown, Resolve, resolve
from bot.sources.guard import Guard
from bot.sources.manners import Manners
from bot.sources.pools import Pools
from bot.sources.routes import Route, Routes, RouteState
from bot.types import RouteHealth

FEEDS = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
PAGES = "text/html, application/xhtml+xml, application/pdf;q=0.9, text/plain;q=0.9, */*;q=0.5"

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
SAME_METHOD = frozenset({307, 308})
"""Redirects that ask for the same request again."""
JOINED = {"link": ", ", "set-cookie": "\n"}
"""Headers that servers spread over several lines, and what stands between them then."""
BLOCKED = frozenset({403, 451})
"""Answers that another route may not get."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """Limits and manners of all fetching; times in seconds, sizes in bytes."""

    user_agent: str = "newsbot (self-hosted feed reader)"
    timeout: float = 30.0
    """For one request over one route, its body included; waiting for a turn does not count."""
    connect_timeout: float = 10.0
    read_timeout: float = 15.0
    """Between two pieces of an answer."""
    min_rate: float = 500.0
    """Bytes a second that a body must keep up after `grace`."""
    grace: float = 8.0
    max_bytes: int = 10_000_000
    """Of a body, before and after decompression."""
    max_redirects: int = 8
    allow_hosts: tuple[str, ...] = ()
    """Hosts of the owner's own network that may be read: names, `*.lan` patterns, addresses, networks."""
    routes: tuple[Route, ...] = ()
    """Ways out besides `direct`."""
    robots: bool = True
    """Ask robots.txt before reading a page (feeds are made for machines and not asked about)."""
    at_once: int = 64
    per_host: int = 2
    spacing: float = 0.5
    """Seconds between two requests to one host; none for `allow_hosts`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a server answered; `content` is decompressed, and empty when `not_modified`."""

    url: str
    final_url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    content: bytes = b""
    etag: str = ""
    last_modified: str = ""
    not_modified: bool = False
    permanent_url: str = ""
    """Where permanent redirects lead; empty: the URL stands."""
    retry_after: float | None = None
    max_age: float | None = None
    """Seconds for which the server calls this fresh (RFC 9111)."""
    route: str = "direct"

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def onion_location(self) -> str:
        """The site's own .onion address, as its header says; empty when it has none."""
        value = self.headers.get("onion-location", "").strip()
        try:
            url = parse_url(value)
        except Refused:
            return ""
        return value if url.host.endswith(".onion") and not url.userinfo else ""


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request of a chain of redirects."""

    url: httpx.URL
    headers: tuple[tuple[bytes, bytes], ...]
    authorization: bytes = b""
    """Sent to the origin that the URL named, and to no other."""
    origin: tuple[str, str, int | None] = ("", "", None)
    method: str = "GET"
    content: bytes = b""
    cookies: cookies.Jar = field(default_factory=dict)


class Fetcher:
    """Fetches over http(s). One for the whole process; `close` it at the end."""

    def __init__(
        self,
        settings: FetchSettings | None = None,
        *,
        resolve: Resolve = resolve,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = s = settings or FetchSettings()
        self.clock = clock
        self._guard = Guard(s.allow_hosts)
        self._routes = Routes(s.routes)
        self._manners = Manners(at_once=s.at_once, per_host=s.per_host, spacing=s.spacing, clock=clock)
        self._pools = Pools(self._guard, resolve, size=s.at_once)

    async def get(
        self,
        url: str,
        *,
        etag: str = "",
        last_modified: str = "",
        accept: str = PAGES,
        routes: Sequence[str] = (),
    ) -> Fetched:
        """Fetch `url` (success and 304 only), following redirects.

        Raises Refused, Paused, HttpStatus (any other status), FetchError, and Unreadable for a body that
        is too large or damaged; their `url` has no credentials.
        """
        ask = self._ask(url, etag=etag, last_modified=last_modified, accept=accept)
        start = str(ask.url)
        permanent, still_permanent = "", True
        for _ in range(self.settings.max_redirects + 1):
            fetched = await self._hop(ask, routes)
            location = fetched.headers.get("location", "")
            if fetched.not_modified and not (etag or last_modified):
                raise FetchError("it says 'not modified' to somebody who never read it", url=start)
            if fetched.status not in REDIRECTS or not location:
                return self._finish(fetched, start=start, permanent="" if ask.authorization else permanent)
            ask = self._follow(ask, location, fetched.headers)
            still_permanent = still_permanent and fetched.status in PERMANENT
            permanent = str(ask.url) if still_permanent else permanent
        raise Circling("it redirects in a circle", url=start)

    async def post(self, url: str, fields: Mapping[str, str], *, routes: Sequence[str] = ()) -> Fetched:
        """Post a form that may be posted twice; only redirects that keep the method are followed.

        A form has secrets: it goes out encrypted, unless the owner allowed the host or Tor carries it.
        Raises as `get` does.
        """
        form = (b"Content-Type", b"application/x-www-form-urlencoded")
        asked = self._ask(url, accept="*/*")
        ask = replace(
            asked, headers=(*asked.headers, form), method="POST", content=urlencode(fields).encode()
        )
        for _ in range(self.settings.max_redirects + 1):
            self._check_private(ask.url)
            fetched = await self._hop(ask, routes)
            location = fetched.headers.get("location", "")
            if fetched.status not in SAME_METHOD or not location:
                return self._finish(fetched, start=str(asked.url), permanent="")
            ask = self._follow(ask, location, fetched.headers)
        raise Circling("it redirects in a circle", url=str(asked.url))

    def _check_private(self, url: httpx.URL) -> None:
        if not (url.scheme == "https" or url.host.endswith(".onion") or self._guard.allows(url.host)):
            raise Refused("it would get a secret unencrypted", url=str(url))

    def states(self) -> tuple[RouteState, ...]:
        """The health of every route, for `status`."""
        return self._routes.states()

    def health(self, now: datetime) -> tuple[RouteHealth, ...]:
        """The same in times of day; `now` is the present."""
        return tuple(
            RouteHealth(
                name=s.name,
                healthy=s.healthy,
                since=None if s.since is None else now - timedelta(seconds=self.clock() - s.since),
                error=s.error,
            )
            for s in self.states()
        )

    def reaches_onions(self) -> bool:
        """Whether an .onion address can be fetched."""
        return self._routes.reaches_onions()

    async def close(self) -> None:
        """Close every connection."""
        await self._pools.close()

    def _ask(self, url: str, *, accept: str, etag: str = "", last_modified: str = "") -> _Ask:
        target = parse_url(url)
        headers = [
            (b"User-Agent", self.settings.user_agent.encode("latin-1", "replace")),
            (b"Accept", accept.encode("ascii", "replace")),
            (b"Accept-Encoding", ACCEPTED.encode()),
        ]
        for name, value in ((b"If-None-Match", etag), (b"If-Modified-Since", last_modified)):
            if value and value.isprintable():
                headers.append((name, value.encode("utf-8")))
        secret = f"{unquote(target.username)}:{unquote(target.password)}".encode()
        plain = target.copy_with(username=None, password=None)
        return _Ask(
            plain,
            tuple(headers),
            b"Basic " + b64encode(secret) if target.userinfo else b"",
            (plain.scheme, plain.host, plain.port),
        )

    def _follow(self, ask: _Ask, location: str, headers: Mapping[str, str]) -> _Ask:
        try:
            target = parse_url(str(ask.url.join(location)))
        except (httpx.InvalidURL, ValueError) as e:
            raise FetchError("it redirects to something that is no URL", url=str(ask.url)) from e
        jar = cookies.put(ask.cookies, _origin(ask.url), headers.get("set-cookie", ""))
        return replace(ask, url=target.copy_with(username=None, password=None), cookies=jar)

    async def _hop(self, ask: _Ask, named: Sequence[str]) -> Fetched:
        """One request, over the first route that works. Raises SourceError."""
        host = ask.url.host
        failure: SourceError | None = None
        for route in self._routes.order(host, named, now=self.clock()):
            try:
                fetched = await self._over(route, ask)
            except (Refused, Paused):
                # no fault of the route, and no reason to come by another one
                raise
            except Unreadable:
                self._routes.worked(route, host, now=self.clock())
                raise
            except FetchError as e:
                failure = e
                self._routes.failed(
                    route, "" if isinstance(e, ProxyDown) else host, e.reason, now=self.clock()
                )
                continue
            if fetched.status not in BLOCKED:
                self._routes.worked(route, host, now=self.clock())
                return fetched
            failure = HttpStatus(fetched.status, url=str(ask.url), retry_after=fetched.retry_after)
            self._routes.failed(route, host, failure.reason, now=self.clock())
        assert failure is not None, "order() never returns an empty list"
        raise failure

    async def _over(self, route: Route, ask: _Ask) -> Fetched:
        """One request over one route, every foreign error made ours."""
        host = ask.url.host
        url = str(ask.url)
        if route.kind == "http":
            self._guard.check_name(host)
        try:
            async with self._manners.turn(host, spaced=not self._guard.allows(host)):
                async with asyncio.timeout(self.settings.timeout):
                    return await self._exchange(route, ask)
        except SourceError as e:
            raise type(e)(e.reason, url=url, retry_after=e.retry_after) if not e.url else e from e
        except (TimeoutError, httpcore.TimeoutException) as e:
            raise FetchError("no answer in time", url=url) from e
        except httpcore.ProxyError as e:
            raise ProxyDown("the proxy refused", url=url) from e
        except (httpcore.ConnectError, SSLError) as e:
            raise FetchError(_why_no_connection(e), url=url) from e
        except (httpcore.NetworkError, httpcore.ProtocolError) as e:
            raise FetchError("the connection broke off or the answer was no HTTP", url=url) from e

    async def _exchange(self, route: Route, ask: _Ask) -> Fetched:
        url = ask.url
        headers = [(b"Host", url.netloc), *ask.headers]
        if ask.authorization and (url.scheme, url.host, url.port) == ask.origin:
            headers.append((b"Authorization", ask.authorization))
        if cookie := cookies.shown(ask.cookies, _origin(url)):
            headers.append((b"Cookie", cookie))
        s = self.settings
        limits = {"connect": s.connect_timeout, "read": s.read_timeout, "write": s.read_timeout}
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        if ask.content:
            headers.append((b"Content-Length", str(len(ask.content)).encode()))
        async with self._pools.of(route).stream(
            ask.method, target, headers=headers, content=ask.content or None, extensions={"timeout": limits}
        ) as response:
            return await self._receive(response, str(url), route)

    async def _receive(self, response: httpcore.Response, url: str, route: Route) -> Fetched:
        headers: dict[str, str] = {}
        for name, value in response.headers:
            key, text = name.decode("latin-1").lower(), value.decode("utf-8", "replace")
            # of most headers the first one counts
            if key not in headers:
                headers[key] = text
            elif key in JOINED:
                headers[key] += JOINED[key] + text
        if response.status == 407 and route.kind == "http":
            raise ProxyDown("the proxy wants a name and a password, or others")
        content = b""
        if 200 <= response.status < 300:
            content = await self._body(response, headers.get("content-encoding", ""))
        return Fetched(
            url=url,
            final_url=url,
            status=response.status,
            headers=headers,
            content=content,
            etag=headers.get("etag", "")[:1000],
            last_modified=headers.get("last-modified", "")[:100],
            not_modified=response.status == 304,
            retry_after=caching.retry_after(headers, now=datetime.now(UTC)),
            max_age=caching.max_age(headers),
            route=route.name,
        )

    async def _body(self, response: httpcore.Response, encoding: str) -> bytes:
        body = Body(encoding, limit=self.settings.max_bytes)
        started = self.clock()
        async for piece in response.aiter_stream():
            body.feed(piece)
            spent = self.clock() - started
            if spent > self.settings.grace and body.received < spent * self.settings.min_rate:
                raise FetchError("the answer trickles too slowly")
        return body.content()

    def _finish(self, fetched: Fetched, *, start: str, permanent: str) -> Fetched:
        status, url = fetched.status, fetched.final_url
        if status == 429 and fetched.retry_after:
            self._manners.pause(httpx.URL(url).host, fetched.retry_after)
        if not (200 <= status < 300 or status == 304):
            raise HttpStatus(status, url=url, retry_after=fetched.retry_after)
        return replace(fetched, url=start, permanent_url=permanent if permanent != start else "")


def parse_url(url: str) -> httpx.URL:
    """An http(s) URL, names in their ASCII form. Raises Refused."""
    try:
        parsed = httpx.URL(url.strip()).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError, TypeError, UnicodeError) as e:
        raise Refused("this is no URL") from e
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise Refused("only http and https addresses can be read")
    if parsed.port is not None and not 0 < parsed.port < 65536:
        raise Refused("this is no URL")
    return parsed


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}"


def _why_no_connection(error: Exception) -> str:
    text = str(error).lower()
    if "certificate" in text or "ssl" in text or "tls" in text:
        return "its certificate or encryption can't be trusted"
    return "the connection was refused or can't be made"
