"""Cookies for the length of one chain of redirects. Pure.

Some sites send a visitor in a circle until a cookie that they set comes back. Nothing is kept beyond
that: the next request begins without cookies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

Jar = Mapping[str, tuple[tuple[str, str], ...]]
"""Names and values by the origin that set them, and that alone gets them back."""

PAIR = re.compile(
    r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,200})=([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e\"]{0,4000})"
)
"""RFC 6265, 4.1.1, with the quotes that are part of a value."""
MOST = 20


def put(jar: Jar, origin: str, lines: str) -> Jar:
    """The jar with what an answer set; `lines` are its Set-Cookie headers, one a line."""
    values = dict(jar.get(origin, ()))
    for line in lines.splitlines():
        if pair := PAIR.fullmatch(line.partition(";")[0].strip()):
            values[pair[1]] = pair[2]
    return {**jar, origin: tuple(values.items())[-MOST:]}


def shown(jar: Jar, origin: str) -> bytes:
    """The Cookie header for an origin; empty where it set none."""
    return "; ".join(f"{name}={value}" for name, value in jar.get(origin, ())).encode("ascii")
