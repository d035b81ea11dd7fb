"""A response's body, decompressed piece by piece and never past its limit. Pure.

The hard thing: a few kilobytes of gzip can mean gigabytes, so inflation stops at the limit and
not after it.
"""

from __future__ import annotations

import re
import zlib

from bot.errors import Unreadable

ACCEPTED = "gzip, deflate"
PACKED = re.compile(r"\b(?:br|zstd|compress|dcb|dcz|exi|gzip|deflate)\b")
"""What can't be read as it comes. Other names (`utf-8`, `none`) are servers' mistakes and mean no packing."""


class Body:
    """Collects a body under `limit` bytes, compressed and decompressed alike."""

    def __init__(self, encoding: str, *, limit: int) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._inflate: zlib._Decompress | None = None
        self._raw = 0
        self._size = 0
        self._encoding = encoding.strip().lower()
        if self._encoding in ("gzip", "x-gzip", "deflate"):
            self._inflate = zlib.decompressobj(47)
        elif PACKED.search(self._encoding):
            raise Unreadable(f"the server sent the encoding {self._encoding[:40]}, which was not asked for")

    @property
    def received(self) -> int:
        """Bytes so far, as they came over the network."""
        return self._raw

    def feed(self, data: bytes) -> None:
        """Take the next piece. Raises Unreadable past the limit or when it can't be decompressed."""
        self._raw += len(data)
        if self._raw > self._limit:
            raise Unreadable(f"larger than {self._limit:,} bytes")
        while data:
            data = self._take(data)

    def content(self) -> bytes:
        """All of it. A compressed body that was cut off yields what there was."""
        return b"".join(self._parts)

    def _take(self, data: bytes) -> bytes:
        """Take one run of data; returns what is still to be taken."""
        if self._inflate is None:
            self._keep(data)
            return b""
        room = self._limit - self._size + 1
        try:
            out = self._inflate.decompress(data, room)
        except zlib.error as e:
            return self._again(data, e)
        self._keep(out)
        if self._inflate.eof:
            # gzip may have several members (RFC 1952, 2.2); anything else after the end is padding
            rest = self._inflate.unused_data
            if rest[:2] != b"\x1f\x8b":
                return b""
            self._inflate = zlib.decompressobj(47)
            return rest
        return self._inflate.unconsumed_tail

    def _again(self, data: bytes, error: zlib.error) -> bytes:
        """Some servers say `deflate` and mean it without zlib's header, or say gzip and send text."""
        if self._raw > len(data) or self._size:
            raise Unreadable("the compressed answer is damaged") from error
        self._inflate = zlib.decompressobj(-15) if self._encoding == "deflate" else None
        self._encoding = ""
        return data

    def _keep(self, out: bytes) -> None:
        self._size += len(out)
        if self._size > self._limit:
            raise Unreadable(f"larger than {self._limit:,} bytes when decompressed")
        if out:
            self._parts.append(out)
