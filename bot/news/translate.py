"""A finished summary in the reader's language, or the original and a note why not.

Asks the model once, line by line, and believes no line whose numbers differ from the original's or
that came back untranslated. The hard thing is that nothing more can be checked across languages, so
the owner says which languages the model can write, and the citations stay the original's words.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from dataclasses import replace

from bot.errors import ModelError
from bot.news import clean, languages
from bot.news.numbers import numbers
from bot.news.protocols import Generator, Prompts
from bot.types import Summary, Urgency

_TOKENS_A_WORD = 5
"""What the model may write for each word of the original; scripts differ much."""
_AFTERNOON = re.compile(r"(?<![\d:.,])(?:0?[1-9]|1[01])(?=(?::\d\d)?\s?p\.?\s?m\b)", re.I)
"""The hour of "3 pm", which most languages call 15."""


async def in_language(
    summary: Summary,
    wanted: str,
    *,
    generator: Generator | None,
    prompts: Prompts,
    able: Collection[str],
    urgency: Urgency,
    patience: float,
) -> Summary:
    """`summary` in the language `wanted`; `able` are the languages that the model can write."""
    have, wanted = summary.language[:2].lower(), wanted[:2].lower()
    if not wanted or not have or wanted == have or not summary.sentences:
        return summary
    if generator is None or wanted not in able:
        return _original(summary, wanted)
    listed = "\n".join(f"{i}. {s.text}" for i, s in enumerate(summary.sentences, 1))
    turns = prompts.render("translate", language=languages.name(wanted), sentences=listed)
    try:
        async with asyncio.timeout(patience):
            completion = await generator.generate(
                turns,
                max_tokens=_TOKENS_A_WORD * len(listed.split()) + 40,
                urgency=urgency,
                deadline=patience,
            )
    except (ModelError, TimeoutError):
        return _original(summary, wanted)
    lines = clean.numbered(completion.text, truncated=completion.truncated)
    texts = [clean.tidy(lines.get(i, "")) for i in range(1, len(summary.sentences) + 1)]
    if not all(_holds(s.text, t, have, wanted) for s, t in zip(summary.sentences, texts, strict=True)):
        return _original(summary, wanted)
    sentences = tuple(
        replace(s, text=t, extracted=False) for s, t in zip(summary.sentences, texts, strict=True)
    )
    note = f"Translated by the model from {languages.name(have)}; the quotations are the original."
    return replace(
        summary, sentences=sentences, language=wanted, method="model", note=_with(summary.note, note)
    )


def _holds(original: str, translated: str, have: str, wanted: str) -> bool:
    """Written in digits the numbers must be the same; in words they can't be compared."""
    if not translated or translated == original:
        return False
    mine, theirs = _counts(original, have), _counts(translated, wanted)
    return all(any(a & b for b in mine) for a in theirs) and all(any(a & b for b in theirs) for a in mine)


def _counts(text: str, language: str) -> list[frozenset[float]]:
    """What each number in digits may mean; "3 pm" is 3 or 15."""
    hours = {m.start() for m in _AFTERNOON.finditer(text)}
    written = [n for n in numbers(text, language) if any(c.isdigit() for c in n.text)]
    return [n.values | {v + 12 for v in n.values if n.start in hours} for n in written]


def _original(summary: Summary, wanted: str) -> Summary:
    have = languages.name(summary.language)
    note = f"Not translated into {languages.name(wanted)}; this is in {have}, as published."
    return replace(summary, note=_with(summary.note, note))


def _with(note: str, more: str) -> str:
    return f"{note} {more}".strip()
