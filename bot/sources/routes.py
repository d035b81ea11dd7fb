"""The ways out to the network, which one a host takes, and what is known of their health.

Knows proxies and patterns, no HTTP requests. The hard thing: a route that fails steps back for a
while and returns by itself, and nothing ever falls back to `direct` unless it was listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from urllib.parse import unquote, urlsplit

from bot.errors import BadInput, Refused

FIRST_PAUSE = 30.0
LONGEST_PAUSE = 900.0
REMEMBERED = 4096
"""Pairs of route and host whose failures are remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A way out: `direct`, or through a proxy."""

    name: str
    kind: str = "direct"
    """`direct`, `socks5` or `http`."""
    host: str = ""
    port: int = 0
    username: str = ""
    password: str = field(default="", repr=False)
    remote_dns: bool = False
    """Names are resolved by the proxy; nothing is looked up on this machine."""
    hosts: tuple[str, ...] = ()
    """Patterns of hosts that take this route by themselves: `*.example.org`, `*.onion`."""

    @property
    def shown(self) -> str:
        """For people: without name and password."""
        if self.kind == "direct":
            return "direct"
        dns = ", names resolved there" if self.remote_dns else ""
        return f"{self.kind} {self.host}:{self.port}{dns}"


DIRECT = Route(name="direct")

SCHEMES = {
    "socks5": ("socks5", False, 1080),
    "socks5h": ("socks5", True, 1080),
    "tor": ("socks5", True, 9050),
    "http": ("http", True, 8080),
}


def route(name: str, url: str, *, hosts: Sequence[str] = ()) -> Route:
    """Read a route's URL: `direct`, `tor`, `socks5://`, `socks5h://` (remote DNS) or `http://`.

    Raises BadInput.
    """
    if url == "direct":
        return Route(name=name, hosts=tuple(hosts))
    parts = urlsplit(url if "://" in url else f"{url}://127.0.0.1")
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise BadInput("A route is direct, tor, socks5://HOST:PORT, socks5h://HOST:PORT or http://HOST:PORT.")
    kind, remote, port = SCHEMES[parts.scheme]
    try:
        port = parts.port or port
    except ValueError as e:
        raise BadInput("The port of a route is a number up to 65535.") from e
    onion = ("*.onion",) if parts.scheme == "tor" else ()
    return Route(
        name=name,
        kind=kind,
        host=parts.hostname,
        port=port,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        remote_dns=remote,
        hosts=(*hosts, *onion),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteState:
    """How a route is doing, for `status`."""

    name: str
    shown: str
    healthy: bool
    since: float | None = None
    """On the fetcher's clock: since when it is healthy or not; None: not used yet."""
    failures: int = 0
    error: str = ""
    until: float = 0.0
    """On the fetcher's clock: it is tried last until then."""


class Routes:
    """Chooses routes and remembers which ones failed; `now` is any clock in seconds."""

    def __init__(self, routes: Sequence[Route] = ()) -> None:
        self.all = {DIRECT.name: DIRECT} | {r.name: r for r in routes}
        self._states: dict[tuple[str, str], RouteState] = {}
        self._working: dict[str, float] = {}
        """Since when each route works."""

    def order(self, host: str, named: Sequence[str], *, now: float) -> list[Route]:
        """The routes to try for `host`, failing ones last. Raises Refused when there is none."""
        routes = [self.all[name] for name in named if name in self.all]
        if named and not routes:
            raise Refused(f"no such route: {', '.join(named)}")
        routes = routes or self._by_pattern(host) or [DIRECT]
        if host.endswith(".onion"):
            routes = _hidden(routes) or _hidden(self.all.values())
            if not routes:
                raise Refused("an .onion address needs a route through Tor")
        return sorted(routes, key=lambda r: self._resting(r, host, now))

    def failed(self, route: Route, host: str, error: str, *, now: float) -> None:
        """Note a failure: `host` empty means the proxy itself."""
        known = self._states.pop((route.name, host), None)
        failures = known.failures + 1 if known else 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 10))
        if len(self._states) >= REMEMBERED:
            self._states.pop(next(iter(self._states)))
        self._states[route.name, host] = RouteState(
            name=route.name,
            shown=route.shown,
            healthy=False,
            since=known.since if known else now,
            failures=failures,
            error=error,
            until=now + pause,
        )

    def worked(self, route: Route, host: str, *, now: float) -> None:
        """Note a success: the route and the host over it are healthy."""
        self._states.pop((route.name, host), None)
        if self._states.pop((route.name, ""), None) or route.name not in self._working:
            self._working[route.name] = now

    def states(self) -> tuple[RouteState, ...]:
        """Every route's own health, and how many hosts it can't reach now."""
        return tuple(self._state(r) for r in self.all.values())

    def _state(self, route: Route) -> RouteState:
        since = self._working.get(route.name)
        fresh = RouteState(name=route.name, shown=route.shown, healthy=True, since=since)
        own = self._states.get((route.name, ""), fresh)
        hosts = sum(1 for name, host in self._states if name == route.name and host)
        unreached = f"{hosts} host{'s' if hosts > 1 else ''} can't be reached" if hosts else ""
        return replace(own, error=own.error or unreached)

    def reaches_onions(self) -> bool:
        """Whether any route can reach hidden services."""
        return bool(_hidden(self.all.values()))

    def _by_pattern(self, host: str) -> list[Route]:
        return [r for r in self.all.values() if any(fnmatchcase(host, p) for p in r.hosts)]

    def _resting(self, route: Route, host: str, now: float) -> bool:
        states = (self._states.get((route.name, key)) for key in ("", host))
        return any(state is not None and state.until > now for state in states)


def _hidden(routes: Iterable[Route]) -> list[Route]:
    """Those that can reach hidden services: the proxy must resolve the name (RFC 7686)."""
    return [r for r in routes if r.kind == "socks5" and r.remote_dns]
