"""Whether a sentence is supported by what it cites: pure rules, no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grounding:
    """The verdict on one sentence."""

    supported: bool
    score: float
    """0..1, calibrated: 0.5 is the threshold."""
    problems: tuple[str, ...]
    """What has no support, one short phrase each: `number 14`, `name Orla`, `negation`."""


def check(
    sentence: str, sources: Sequence[str], *, context: Sequence[str] = (), language: str = ""
) -> Grounding:
    """Whether `sources` (cited sentences) say what `sentence` says.

    `context` may be used for names and dates that the cited sentences only refer to (title,
    neighbouring sentences); facts still have to stand in `sources`.
    """
    raise NotImplementedError
