"""Vectors in memory: a byte a dimension, found through their signs.

A query is first held against the signs of all vectors (one bit a dimension, after taking the mean
away, since embeddings share a direction), then against the bytes of the best five thousand. 250,000
vectors of 384 dimensions take about 113 MB and some milliseconds. Knows no database. Ids only grow, so they
stay sorted; what is removed leaves a hole (its scale is 0) until holes outnumber vectors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHORTLIST = 5_000
"""How many are compared by their bytes; so few altogether are all compared."""

Mask = NDArray[np.bool_]


def quantise(vectors: NDArray[np.float32]) -> list[bytes]:
    """Each row as its scale (a float32) and one signed byte a dimension."""
    tops = np.abs(vectors).max(axis=1, initial=0.0)
    scales = np.where(tops > 0, tops / 127.0, 1.0).astype("<f4")
    codes = np.rint(vectors / scales[:, None]).astype(np.int8)
    return [s.tobytes() + c.tobytes() for s, c in zip(scales, codes, strict=True)]


def dimensions(blob: bytes) -> int:
    """Of a quantised vector."""
    return len(blob) - 4


class Vectors:
    """Quantised vectors of one number of dimensions, by passage id."""

    def __init__(self, dimensions: int, *, room: int = 1024) -> None:
        self.dimensions = dimensions
        self._words = (dimensions + 63) // 64
        self._size = 0
        self._live = 0
        self._centre: NDArray[np.float32] | None = None
        self._tag_codes: dict[str, int] = {}
        self._allocate(max(room, 1))

    def __len__(self) -> int:
        return self._live

    @property
    def ids(self) -> NDArray[np.int64]:
        """The ids, ascending, those of holes too."""
        return self._ids[: self._size]

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return self._signs.nbytes + sum(array.nbytes for array in self._columns())

    def add(
        self, ids: NDArray[np.int64], blobs: list[bytes], *, times: NDArray[np.int64], tags: Sequence[str]
    ) -> None:
        """Append vectors with a time and a tag each; ids ascend and are larger than any before."""
        if not blobs:
            return
        if self._size + len(blobs) > len(self._ids):
            self._grow(self._size + len(blobs))
        block = np.frombuffer(b"".join(blobs), dtype=np.uint8).reshape(len(blobs), -1)
        rows = slice(self._size, self._size + len(blobs))
        self._ids[rows] = ids
        self._times[rows] = times
        self._tags[rows] = [self._tag_codes.setdefault(t, len(self._tag_codes)) for t in tags]
        self._scales[rows] = block[:, :4].copy().view("<f4")[:, 0]
        self._codes[rows] = block[:, 4:].view(np.int8)
        values = self._codes[rows] * self._scales[rows, None]
        if self._centre is None:
            self._centre = values.mean(axis=0)
        self._signs[:, rows] = _pack(values > self._centre, self._words).T
        self._size += len(blobs)
        self._live += len(blobs)

    def remove(self, ids: NDArray[np.int64]) -> None:
        """Forget vectors; unknown ids are ignored."""
        known = self.ids
        at = np.searchsorted(known, ids)
        inside = at < len(known)
        at = np.unique(at[inside][known[at[inside]] == ids[inside]])
        self._live -= int(np.count_nonzero(self._scales[at]))
        self._scales[at] = 0.0
        if self._size > SHORTLIST and self._live < self._size // 2:
            self._compact()

    def matching(self, *, since: int | None, until: int | None, tag: str | None) -> Mask | None:
        """A mask over `ids`; None where nothing is asked."""
        if since is None and until is None and tag is None:
            return None
        mask = np.ones(self._size, dtype=np.bool_)
        if since is not None:
            mask &= self._times[: self._size] >= since
        if until is not None:
            mask &= self._times[: self._size] <= until
        if tag is not None:
            mask &= self._tags[: self._size] == self._tag_codes.get(tag, -1)
        return mask

    def nearest(
        self, query: NDArray[np.float32], limit: int, allowed: Mask | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ids and cosines of the `limit` best, best first; `allowed` is a mask over `ids`."""
        query = query.astype(np.float32) / (float(np.linalg.norm(query)) or 1.0)
        rows = self._shortlist(query, max(SHORTLIST, 40 * limit), allowed)
        scores = np.zeros(len(rows), dtype=np.float32)
        for some in _slices(len(rows), 512):
            # Not `@`: the threads of BLAS wait for each other on a busy machine.
            np.einsum("ij,j->i", self._codes[rows[some]].astype(np.float32), query, out=scores[some])
        scores *= self._scales[rows]
        np.clip(scores, -1.0, 1.0, out=scores)
        best = _top(scores, limit)
        return self._ids[rows[best]], scores[best]

    def _shortlist(self, query: NDArray[np.float32], size: int, allowed: Mask | None) -> NDArray[np.int64]:
        usable = self._scales[: self._size] > 0
        if allowed is not None:
            usable &= allowed
        if np.count_nonzero(usable) <= size:
            return np.flatnonzero(usable)
        far = self._distances(query)
        far[~usable] = np.iinfo(np.uint16).max
        enough = np.searchsorted(np.bincount(far).cumsum(), size)
        return np.flatnonzero(far <= enough)

    def _distances(self, query: NDArray[np.float32]) -> NDArray[np.uint16]:
        """What each vector's signs are at odds with in the query, which counts in levels of 0 to 3.

        The mean need not be taken from the query: it would change all products alike.
        """
        sizes = np.abs(query)
        level = np.rint(3 * np.minimum(sizes / (float(np.quantile(sizes, 0.95)) or 1.0), 1.0)).astype(
            np.uint8
        )
        wanted, low, high = _pack(np.stack([query > 0, (level & 1) > 0, (level & 2) > 0]), self._words)
        far = np.zeros(self._size, dtype=np.uint16)
        for some in _slices(self._size, 32_768):
            for word, signs in enumerate(self._signs):
                odds = signs[some] ^ wanted[word]
                far[some] += np.bitwise_count(odds & low[word])
                far[some] += np.bitwise_count(odds & high[word]) << 1
        return far

    def _columns(self) -> tuple[NDArray[Any], ...]:
        return self._ids, self._times, self._tags, self._scales, self._codes

    def _allocate(self, room: int) -> None:
        self._ids = np.zeros(room, dtype=np.int64)
        self._times = np.zeros(room, dtype=np.int64)
        self._tags = np.zeros(room, dtype=np.int16)
        self._scales = np.zeros(room, dtype=np.float32)
        self._codes = np.zeros((room, self.dimensions), dtype=np.int8)
        # A row for each 64 dimensions: comparing runs along memory.
        self._signs = np.zeros((self._words, room), dtype=np.uint64)

    def _grow(self, size: int) -> None:
        held, signs = self._columns(), self._signs
        self._allocate(max(size, len(held[0]) + len(held[0]) // 4))
        for new, old in zip(self._columns(), held, strict=True):
            new[: len(old)] = old
        self._signs[:, : signs.shape[1]] = signs

    def _compact(self) -> None:
        live = np.flatnonzero(self._scales[: self._size] > 0)
        for array in self._columns():
            array[: len(live)] = array[live]
        self._signs[:, : len(live)] = self._signs[:, live]
        self._size = len(live)


def _slices(size: int, step: int) -> Iterator[slice]:
    """Parts of `step` rows, so that what is computed of a part stays in the processor's cache."""
    return (slice(at, min(at + step, size)) for at in range(0, size, step))


def _pack(signs: NDArray[np.bool_], words: int) -> NDArray[np.uint64]:
    packed = np.packbits(signs, axis=1)
    room = np.zeros((len(signs), words * 8), dtype=np.uint8)
    room[:, : packed.shape[1]] = packed
    return room.view(np.uint64)


def _top(scores: NDArray[np.float32], limit: int) -> NDArray[np.int64]:
    if len(scores) <= limit:
        return np.argsort(-scores, kind="stable")
    part = np.argpartition(-scores, limit)[:limit]
    return part[np.argsort(-scores[part], kind="stable")]
