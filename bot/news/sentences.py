"""Sentences of a text, as offsets."""

from __future__ import annotations


def split(text: str, language: str = "") -> list[tuple[int, int]]:
    """Sentences of `text` as (start, end) offsets: in order, not overlapping, trimmed of white space.

    Every character that is no white space lies in exactly one sentence.
    """
    raise NotImplementedError
