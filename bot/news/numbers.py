"""Numbers in running text, by value: `8,480`, `1.2 billion`, `twenty-three`, `5 per cent`.

Knows nothing of what they count. The hard thing is that writing differs: `1.234` is a thousand in
one language and one and a bit in another, so a number is the set of values it may mean, and two
numbers agree when their sets meet.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
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


_SCALES = {
    1e2: "hundred",
    1e3: (
        "k thousand tausend tsd mille mil mila duizend tusen tusind tuhatta tysiąc tysiące tysięcy tys "
        "tisíc tisíce tis ezer ribu nghìn тысяча тысячу тысячи тысяч тысячам тысячами тысячах тыс тисяча "
        "тисячу тисячі тисяч тис хиляди хиљада хиљаде χιλιάδες ألف ألفا الف آلاف الاف هزار אלף אלפים"
    ),
    1e5: "lakh lakhs",
    1e6: (
        "m mn mln mio million millions millionen millón millones milione milioni milhão milhões millionnes "
        "miljoen miljon miljoner millioner milion milionu milionů miliona miliony milionów milioane "
        "milijuna miljoonaa millió milyon juta triệu миллион миллиона миллиону миллионом миллионы миллионов "
        "миллионам миллионами млн мільйон мільйона мільйону мільйони мільйонів милион милиона εκατομμύρια "
        "εκατ مليون مليونا ملايين میلیون מיליון"
    ),
    1e7: "crore crores",
    1e9: (
        "b bn mrd mld mlrd billion billions milliard milliards milliarde milliarden miliardo miliardi bilhão "
        "bilhões miljard miljarder milliarder miliard miliardu miliarda miliardy miliardů miliardów miliarde "
        "miljardia milliárd milyar miliar tỷ миллиард миллиарда миллиарду миллиарды миллиардов миллиардам "
        "млрд мільярд мільярда мільярди мільярдів милиард милиарда δισεκατομμύρια δισ مليار مليارا مليارات "
        "میلیارد מיליארד"
    ),
    1e12: (
        "tn trillion billionen billón billones bilione bilioni bilião biliões biljoen biljon biljoner "
        "billioner bilion biliony bilionów trilhão trilhões триллион триллиона триллионов трлн трильйон "
        "трильйона трильйонів تريليون"
    ),
    12.0: "dozen",
}
"""What may follow digits, in many languages."""
_MAGNITUDES = {word: scale for scale, words in _SCALES.items() for word in words.split()}
_LONG_SCALE = frozenset({"de", "fr", "da", "nb", "nn", "no"})
_LONG = dict.fromkeys(["billion", "billions"], 1e12) | dict.fromkeys(["trillion", "trillions"], 1e18)
"""A German billion is the English trillion; in a language that is not known it is taken for the English."""
_PLURALS = {"millions", "billions", "тысячи", "миллионы", "миллиарды", "тисячі", "мільйони", "мільярди"}
"""These stand without a number too: "in 2020 millions fled"."""
_SIGNS = {
    **dict.fromkeys("百백", 1e2),
    **dict.fromkeys("千천", 1e3),
    **dict.fromkeys("万萬만", 1e4),
    **dict.fromkeys("亿億억", 1e8),
    **dict.fromkeys("兆조", 1e12),
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
    r"(?P<money>[$£€¥₹]\s?)?"
    r"(?P<digits>\d+(?:[.,’'\u00a0\u202f]\d+)*)(?P<ordinal>(?:st|nd|rd|th)\b)?"
)
_GROUPS = re.compile(
    r"(?P<money>[$£€¥₹]\s?)?"
    r"(?P<digits>(?<![\w.,:/+-])(?<!\d )[1-9]\d{0,2}(?: \d{3})+(?:[.,]\d{1,2})?(?![.,’'\u00a0\u202f:/ -]?\d))"
    r"(?P<ordinal>(?!))?"
)
"""Groups of three with spaces between, which are one number, but not a telephone's."""
_NAME_BEFORE = re.compile(
    r"[^\s.!?:\"“„«]\W*\s[A-ZÀ-ÞА-Я][^\W\d_]*\.? $"
    r"|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*\.? $"
)
"""What has a number of its own: a month ("On May 24 300 people"), a name ("a Boeing 737 300 feet up"). A
sentence's first word may be neither."""
_SCALE = re.compile(r"[\s\u00a0-]?(?P<word>[^\W\d_]+)")
_LOT = re.compile(  # 千米 is a kilometre, 兆瓦 a megawatt, 百度 a company
    r" ?(?P<digits>\d+(?:[.,]\d+)*)[多余餘]?"
    r"(?P<signs>(?:[万萬만亿億억조천백]|百(?![度分])|千(?![米克瓦赫卡帕])|兆(?![瓦赫字帕]))+)"
)
_REST = re.compile(r"\d{1,4}(?![\d.,年月日万萬만亿億억兆조千천百백])")
_PERCENT = re.compile(
    r"[\s\u00a0-]?(?:%|per\s?cent\b|percent(?:age)?\b|pct\b|prozent\b|pour cent\b|por ciento\b)", re.I
)
_TORN = re.compile(r"\d{1,3}(?:, \d{3}\b)+|(?<!\d)\d+\. \d{1,2}\b")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?")
_GOES_ON = {*_MAGNITUDES, "and"} - {"m", "b", "k"} - _PLURALS
"""What may follow in a number that is written in words."""


def numbers(text: str, language: str = "") -> tuple[Number, ...]:
    """Every number in `text`, in order. A lone `one` is a pronoun more often than a number and is none."""
    long = language[:2].lower() in _LONG_SCALE
    return tuple(sorted([*_in_digits(text, long), *_in_words(text)], key=lambda n: n.start))


def spaced(text: str) -> tuple[Number, ...]:
    """Numbers torn apart by a space after the mark, `3, 500`, as extracted text sometimes has them.

    They may as well be two numbers, so they are support for a number, never a number to support.
    """
    return tuple(
        Number(m[0], _readings(m[0].replace(" ", "")), False, m.start(), m.end())
        for m in _TORN.finditer(text)
    )


def _in_digits(text: str, long: bool) -> Iterator[Number]:
    end = 0
    for plain in _DIGITS.finditer(text):
        if plain.start() < end:  # within "1億2000万" or "40 000"
            continue
        groups = _GROUPS.match(text, plain.start())
        named = groups and _NAME_BEFORE.search(text, max(0, plain.start() - 30), plain.start())
        match = groups if groups and not named else plain
        values, end = _lots(text, match) or _scaled(text, match, long)
        percent = _PERCENT.match(text, end)
        end = percent.end() if percent else end
        yield Number(text[match.start() : end], values, percent is not None, match.start(), end)


def _scaled(text: str, match: re.Match[str], long: bool) -> tuple[frozenset[float], int]:
    """What the digits and the words of scale after them may mean, and where they end."""
    values, end = _readings(match["digits"]), match.end()
    found = _SCALE.match(text, end)
    scale = _scale(found, long)
    if not found or not scale:
        return values, end
    word, scaled = found["word"], _times(values, scale)
    if len(word) == 1 and not match["money"]:  # "3m" may be metres
        return (scaled | values, found.end()) if found[0] == word.lower() else (values, end)
    if word.lower() in _PLURALS and any(1900 <= v <= 2100 for v in values):
        return scaled | values, found.end()
    more = _SCALE.match(text, found.end())
    if more and len(more["word"]) > 1 and (larger := _scale(more, long)) > scale:  # "5 mil millones"
        return _times(values, scale * larger), more.end()
    return scaled, found.end()


def _scale(found: re.Match[str] | None, long: bool) -> float:
    word = found["word"].lower() if found else ""
    return _LONG[word] if long and word in _LONG else _MAGNITUDES.get(word, 0.0)


def _lots(text: str, match: re.Match[str]) -> tuple[frozenset[float], int] | None:
    """`3万`, `5千万` or `1億2000万`, lots that get smaller, and where they end; None for other numbers."""
    values, end, last = frozenset({0.0}), match.start("digits"), math.inf
    while (lot := _LOT.match(text, end)) and (scale := math.prod(_SIGNS[s] for s in lot["signs"])) < last:
        read = _readings(lot["digits"]) if last == math.inf else {max(_readings(lot["digits"]))}
        values = frozenset(v + more for v in values for more in _times(read, scale))
        end, last = lot.end(), scale
    if last == math.inf:
        return None
    if (rest := _REST.match(text, end)) and float(rest[0]) < last:
        return frozenset(v + float(rest[0]) for v in values), rest.end()
    return values, end


def _times(values: Iterable[float], scale: float) -> frozenset[float]:
    return frozenset(round(v * scale, 6) for v in values)


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
        if _value(match[0]) is not None or (run and match[0].lower() in _GOES_ON):
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
    last = len(run)
    while last and run[last - 1][0].lower() == "and":
        last -= 1
    first = 0
    while last - first > 2 and run[first + 1][0].lower() == "and":  # "two and three" are two numbers
        yield from _whole(text, run[first : first + 1])
        first += 2
    yield from _whole(text, run[first:last])


def _whole(text: str, run: Sequence[re.Match[str]]) -> Iterator[Number]:
    if not run or (len(run) == 1 and run[0][0].lower() in {"one", "and"}):
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
