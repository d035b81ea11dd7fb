"""Numbers in running text, by value: `8,480`, `1.2 billion`, `twenty-three`, `5 per cent`.

Knows nothing of what they count. The hard thing is that writing differs: `1.234` is a thousand in
one language and one and a bit in another, so a number is the set of values it may mean, and two
numbers agree when their sets meet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it stands at `start:end`, with every value it may have."""

    text: str
    values: frozenset[float]
    percent: bool
    start: int
    end: int

    def agrees(self, other: Number) -> bool:
        """Whether both may mean the same; a share needs a share."""
        return self.percent <= other.percent and bool(self.values & other.values)


_MAGNITUDES = {
    **dict.fromkeys(("hundred",), 1e2),
    **dict.fromkeys(("thousand", "k", "tausend", "mille", "mil", "mila", "duizend", "тысяч"), 1e3),
    **dict.fromkeys(("million", "mn", "mln", "m", "mio", "millionen", "millones", "millón", "milioni"), 1e6),
    **dict.fromkeys(("milhões", "miljoen", "миллионов", "млн", "millionnes"), 1e6),
    **dict.fromkeys(("billion", "bn", "b", "mrd", "milliarden", "milliard", "milliards", "miliardi"), 1e9),
    **dict.fromkeys(("miljard", "миллиардов", "млрд"), 1e9),
    **dict.fromkeys(("trillion", "tn"), 1e12),
    "dozen": 12.0,
}
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = "fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth"
_WORDS: dict[str, float] = {
    **{w: float(i) for i, w in enumerate(_UNITS.split())},
    **{w: 10.0 * (i + 2) for i, w in enumerate(_TENS.split())},
    **{w: float(i + 4) for i, w in enumerate(_ORDINALS.split())},
    "third": 3.0,
    "twentieth": 20.0,
}
_DIGITS = re.compile(
    r"(?P<money>[$£€¥₹]\s?)?(?P<digits>\d+(?:[.,’'\u00a0\u202f]\d+)*)"
    r"(?P<ordinal>(?:st|nd|rd|th)\b)?"
    r"(?P<scale>[\s\u00a0-]?[^\W\d_]+)?"
)
_PERCENT = re.compile(
    r"[\s\u00a0-]?(?:%|per\s?cent\b|percent(?:age)?\b|pct\b|prozent\b|pour cent\b|por ciento\b)", re.I
)
_TORN = re.compile(r"\d{1,3}(?:, \d{3}\b)+|\d+\. \d{1,2}\b")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?")


def numbers(text: str) -> tuple[Number, ...]:
    """Every number in `text`, in order. A lone `one` is a pronoun more often than a number and is none."""
    return tuple(sorted([*_in_digits(text), *_in_words(text)], key=lambda n: n.start))


def spaced(text: str) -> tuple[Number, ...]:
    """Numbers torn apart by a space after the mark, `3, 500`, as extracted text sometimes has them.

    They may as well be two numbers, so they are support for a number, never a number to support.
    """
    return tuple(
        Number(m[0], _readings(m[0].replace(" ", "")), False, m.start(), m.end())
        for m in _TORN.finditer(text)
    )


def _in_digits(text: str) -> Iterator[Number]:
    for match in _DIGITS.finditer(text):
        end = match.end("ordinal") if match["ordinal"] else match.end("digits")
        values = _readings(match["digits"])
        word = (match["scale"] or "").strip(" \u00a0-").lower()
        scale = _MAGNITUDES.get(word)
        if scale and (len(word) > 1 or match["money"] or match["scale"] == word):
            end = match.end("scale")
            scaled = frozenset(round(v * scale, 6) for v in values)
            values = scaled if len(word) > 1 or match["money"] else scaled | values  # "3m" may be metres
        percent = _PERCENT.match(text, end)
        end = percent.end() if percent else end
        yield Number(text[match.start() : end], values, percent is not None, match.start(), end)


def _readings(digits: str) -> frozenset[float]:
    """`1,234` is 1234 and, where the comma is the decimal sign, 1.234."""
    plain = re.sub(r"[^\d.,]", "", digits)
    marks = re.findall(r"[.,]", plain)
    joined = float(re.sub(r"[.,]", "", plain))
    if not marks:
        return frozenset({joined})
    whole, _, fraction = plain.rpartition(marks[-1])
    decimal = float(re.sub(r"[.,]", "", whole) + "." + fraction)
    if len(set(marks)) == 2:
        return frozenset({decimal})
    if len(marks) > 1:
        return frozenset({joined})
    if len(fraction) != 3 or len(whole) > 3:
        return frozenset({decimal})
    return frozenset({decimal, joined})


def _in_words(text: str) -> Iterator[Number]:
    """Runs such as `two hundred and five thousand`."""
    run: list[re.Match[str]] = []
    for match in _WORD.finditer(text):
        if run and not _joins(text, run[-1], match):
            yield from _run(text, run)
            run = []
        if _value(match[0]) is not None or (
            run and match[0].lower() in {*_MAGNITUDES, "and"} - {"m", "b", "k"}
        ):
            run.append(match)
        elif run:
            yield from _run(text, run)
            run = []
    yield from _run(text, run)


def _joins(text: str, left: re.Match[str], right: re.Match[str]) -> bool:
    return text[left.end() : right.start()] in {" ", "-", "\u00a0"}


def _value(word: str) -> float | None:
    first, _, second = word.lower().partition("-")
    if second in _WORDS and first in _WORDS and _WORDS[first] >= 20:
        return _WORDS[first] + _WORDS[second]
    if second and second not in _MAGNITUDES and first in _WORDS:  # "two-year"
        return _WORDS[first]
    return _WORDS.get(word.lower())


def _run(text: str, run: list[re.Match[str]]) -> Iterator[Number]:
    while run and run[-1][0].lower() == "and":
        run = run[:-1]
    if not run or (len(run) == 1 and run[0][0].lower() == "one"):
        return
    if len(run) > 2 and run[1][0].lower() == "and":  # "two and three" are two numbers
        yield from _run(text, run[:1])
        yield from _run(text, run[2:])
        return
    total = part = 0.0
    for match in run:
        word = match[0].lower()
        if word in _MAGNITUDES and (scale := _MAGNITUDES[word]):
            part = (part or 1.0) * scale
            if scale >= 1000:
                total, part = total + part, 0.0
        elif word != "and":
            part += _value(word) or 0.0
    start, end = run[0].start(), run[-1].end()
    percent = _PERCENT.match(text, end)
    end = percent.end() if percent else end
    yield Number(text[start:end], frozenset({total + part}), percent is not None, start, end)
