"""Which story a new article belongs to, decided once, when it arrives.

Pure: a signature goes in with the signatures of recent articles, a placement comes out; storage and
clock are the caller's. The hard thing is that two events of one kind (two earthquakes, two court
rulings) look alike to an embedding, and only names, numbers and days tell them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.types import Article, Signature

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an article belongs."""

    story_id: int | None
    """None: it begins a story of its own."""
    score: float
    """How alike the article and the story are, 0 to 1; the threshold is `cluster.SAME_STORY`."""
    copy_of: int | None = None
    """The article whose text it repeats (agency copy, same text at another address)."""


def sign(article: Article, *, vectors: NDArray[np.float32]) -> Signature:
    """What clustering remembers of `article`; `vectors` are its passages' (n, d), title first or not."""
    raise NotImplementedError


def place(signature: Signature, candidates: Sequence[Signature]) -> Placement:
    """The story among `candidates` (recent articles, any order) that `signature` joins."""
    raise NotImplementedError
