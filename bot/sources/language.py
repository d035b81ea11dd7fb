"""Which language a text is in. Pure; the model is loaded on first use."""

from __future__ import annotations


def detect(text: str) -> str:
    """BCP 47 primary subtag (`en`), or empty for text that is too short or unclear."""
    raise NotImplementedError
