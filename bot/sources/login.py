"""A source's name and password: for the addresses of its own origin, and for no other. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443}


def lent(url: str, source_url: str) -> str:
    """`url` with the name and password of `source_url`, where both have one origin; else as it is."""
    try:
        login, at, _ = urlsplit(source_url).netloc.rpartition("@")
        parts = urlsplit(url)
        if not at or "@" in parts.netloc or _origin(url) != _origin(source_url):
            return url
    except ValueError:
        return url
    return parts._replace(netloc=f"{login}@{parts.netloc}").geturl()


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or PORTS.get(parts.scheme)
