"""What a GGUF file says about its own tokens, read from its header without loading the model.

Knows no engine. Source: the GGUF specification (ggml/docs/gguf.md), versions 2 and 3. The hard
thing is distrust: lengths in a damaged or hostile file may be anything, so each is checked against
the file's size before it is believed.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of each fixed-size value type."""
_STRING, _ARRAY, _INT32 = 8, 9, 5
_CONTROL = 3
"""Token type of turn borders, end of text and their like."""


class BadHeader(Exception):
    """The header is damaged, or no GGUF header."""


def control_tokens(path: Path) -> tuple[str, ...]:
    """The texts of the file's control tokens; raises BadHeader where they can't be read."""
    limit = path.stat().st_size
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise BadHeader("no GGUF")
        version, _, pairs = struct.unpack("<IQQ", _take(file, 20, limit))
        if version not in (2, 3):
            raise BadHeader(f"version {version}")
        tokens: list[bytes] = []
        types: tuple[int, ...] = ()
        for _ in range(min(pairs, 100_000)):
            key = _string(file, limit)
            (kind,) = struct.unpack("<I", _take(file, 4, limit))
            if key == b"tokenizer.ggml.tokens" and kind == _ARRAY:
                tokens = _strings(file, limit)
            elif key == b"tokenizer.ggml.token_type" and kind == _ARRAY:
                types = _numbers(file, limit)
            else:
                _skip(file, kind, limit)
            if tokens and types:
                break
    pairs_of = zip(tokens, types, strict=False)
    return tuple(t.decode("utf-8", "replace") for t, kind in pairs_of if kind == _CONTROL)


def _take(file: BinaryIO, size: int, limit: int) -> bytes:
    if size > limit:
        raise BadHeader("a length beyond the file's end")
    data = file.read(size)
    if len(data) != size:
        raise BadHeader("the file ends in its header")
    return data


def _string(file: BinaryIO, limit: int) -> bytes:
    (size,) = struct.unpack("<Q", _take(file, 8, limit))
    return _take(file, size, limit)


def _array(file: BinaryIO, limit: int) -> tuple[int, int]:
    kind, count = struct.unpack("<IQ", _take(file, 12, limit))
    if count > limit:
        raise BadHeader("an array beyond the file's end")
    return kind, count


def _strings(file: BinaryIO, limit: int) -> list[bytes]:
    kind, count = _array(file, limit)
    if kind != _STRING:
        raise BadHeader("tokens that are no strings")
    return [_string(file, limit) for _ in range(count)]


def _numbers(file: BinaryIO, limit: int) -> tuple[int, ...]:
    kind, count = _array(file, limit)
    if kind != _INT32:
        raise BadHeader("token types that are no numbers")
    return struct.unpack(f"<{count}i", _take(file, 4 * count, limit))


def _skip(file: BinaryIO, kind: int, limit: int) -> None:
    if kind == _STRING:
        _string(file, limit)
    elif kind in _SIZES:
        _take(file, _SIZES[kind], limit)
    elif kind == _ARRAY:
        inner, count = _array(file, limit)
        if inner in _SIZES:
            _take(file, _SIZES[inner] * count, limit)
            return
        for _ in range(count):
            _skip(file, inner, limit)
    else:
        raise BadHeader(f"value type {kind}")
