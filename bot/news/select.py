"""Which sentences of an article a summary is written from: central, early, not twice the same.

Pure: vectors come in as an array, and without them word counts take their place. Bounded: however
long the article, at most `MOST` sentences are weighed, its beginning and the most telling others.
The weights were measured (docs/figures/summaries.md); early sentences weigh much, as in all news.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.news import sentences
from bot.news.terms import content, terms
from bot.news.untrusted import speaks_to_reader, suspect_spans

Vectors = NDArray[np.float32]
"""One unit vector a row."""
MOST = 64
LEAD = 40
"""Of those, how many are simply the first."""
READ = 400_000
"""Characters of an article that are looked at."""
POSITION = 4.0
REDUNDANCY = 0.3
ALIKE = 0.93
"""Cosine above which a sentence says what a chosen one says."""
TITLE = 0.3
LEANING = 1.0
"""Taken off a sentence that leans on the one before it (`It expects ...`) where that one is not chosen."""
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_STOPLESS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Thai, Lao, Burmese and Khmer, whose sentences end in a space."""
_LEANS = re.compile(
    r"(?:It|He|She|They|This|These|Those|That|Its|His|Her|Their|Er|Sie|Es|Dies\w*|Il|Elle|Ils|Elles|Él|Ella|Ellos)\b"
)
_AGENCY = r"\(\s*(?:CNN|AP|AFP|Reuters|dpa|UPI|EFE|ANSA|Xinhua|TASS|Bloomberg|رويترز)(?: \w{1,12})?\s*\)"
_DATELINE = re.compile(
    rf"(?:[^\W\d_][^.!?\n]{{0,60}}?)?{_AGENCY}\s*(?:--?|[—–])?\s*"
    r"|[A-ZÀ-Þ][A-ZÀ-Þ .,'-]{2,40}(?:, [A-Z][a-z]{2,8}\.? \d{1,2})?\s*(?:--|[—–])\s+",
    re.IGNORECASE,
)
_WIRE = re.compile(
    r"[^.!?/\n]{2,60}/PRNewswire/\s*(?:--?|[—–])\s*"
    r"|\([^()=\n]{1,12}=[^()=\n]{1,12}\)\s*(?:[^=.\n]{1,25}=\s*)?"
    r"|(?:新华社|中新社|中新网)[^（。，\n]{2,20}电(?:（[^）\n]{1,30}）)?\s*"
)
"""What begins a report of PR Newswire, of Yonhap and of Xinhua."""
_BULLET = re.compile(r"(?:[-*•‣·▪►✓–—]|\d{1,2}[.)])\s+")
_CAPITALS = re.compile(r"[A-ZÀ-Þ][A-ZÀ-Þ .,'-]{2,40}")
_CREDIT = re.compile(r"[^\S\n]*\((?:[A-Z]\w+ )?(?:photo|image|picture|foto)\b", re.IGNORECASE)
"""What stands after a caption: `(AP Photo/...)`."""
_BOILERPLATE = re.compile(
    r"scroll down|file (?:picture|photo|image)|newsletter|click here|all rights reserved|read more"
    r"|media playback|share this|watch (?:the )?video|this (?:video|content) (?:is|can)"
    r"|(?:^|:)\W*(?:sign up|subscribe)\b|please (?:sign up|subscribe)\b|to subscribe[,.]"
    r"|subscribe (?:to our|to read|now|today)|sign up (?:right )?here"
    r"|follow us\b|^\W*follow [^,]{3,60} on (?:twitter|x|facebook|instagram)\b|follow .{3,40} live updates"
    r"|^\W*advertisement\b|advertise with us|(?:story|article) continues (?:below|after)|become a subscriber"
    r"|\b(?:we|(?:web)?site) uses? cookies|our use of cookies|cookies help us"
    r"|\b(?:accept|allow|enable|manage|your) (?:all )?cookies"
    r"|cookie (?:policy|settings|preferences)|copyright (?:\(c\)|©|[12]\d{3})|(?<!\w)©"
    r"|^\W*(?:photo|image|picture|video|updated?|published|by"
    r"|editor['’]s note|related|see also|more on)\W*[:|]"
    r"|^\W*by [A-Z]\w+ [A-Z]\w+\W*$|@\w+\W*$"
    r"|log ?in or (?:create|register|sign)|^\W*already a (?:subscriber|member)\b[^,]*\?|are copyright of"
    r"|articles? (?:left|remaining) this"
    r"|^\W*to (?:continue|keep) reading|\((?:AP )?photo\b|welcome to our (?:live|rolling)"
    r"|that['’]s all from us|^\W*stay with us\b|subscriber-only"
    r"|(?:release|report) contains forward-looking statements"
    r"|for more information,? (?:please )?(?:visit|contact)"
    r"|^\W*(?:correction\W+)?an earlier version of this (?:article|story|report)"
    r"|^\W*this (?:article|story|report) (?:was|has been) (?:amended|updated|corrected|first|originally)\b",
    re.IGNORECASE,
)
_BOILERPLATE_ELSEWHERE = re.compile(
    r"jetzt abonnieren|lesen sie (?:auch|hier|mehr)|^\W*melden sie sich (?:hier|jetzt|an|für)"
    r"|utilisons des cookies|lire aussi|^\W*à lire|abonnez-vous|inscrivez-vous|réservé aux abonnés"
    r"|leer más|lea también|suscríb(?:ete|ase)|regístrate|síguenos"
    r"|leggi anche|iscriviti|riproduzione riservata|leia (?:também|mais)|inscreva-se|^\W*assine (?:a|o|já)\b"
    r"|читайте (?:также|нас)|подпи(?:сывайтесь|шитесь)|^[^.]{3,40}[-–—] ?РИА Новости\W*$"
    r"|читайте також|підпи(?:суйтесь|шіться)|czytaj (?:także|też|więcej)|zapisz się|zobacz (?:także|też)"
    r"|abone olun|haberin devamı|اقرأ (?:أيضا|المزيد)|اشترك (?:في نشرتنا|الآن)|بیشتر بخوانید"
    r"|责任编辑|点击(?:进入|查看|阅读)|关注我们|^原标题|^来源[:：]|^图为|関連記事|続きを読む|無断転載"
    r"|有料会員限定|^【写真】|무단 ?전재|^\W*저작권자|구독하기|यह भी पढ़ें|הירשמו|קראו (?:עוד|גם)",
    re.IGNORECASE,
)
"""The same in other languages; what asks something of the reader, above all."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be picked."""

    text: str
    start: int
    end: int
    rank: int
    """Its place among the article's usable sentences: 0 is the first."""
    article: int = 0
    """Index of its article where a story is summarised."""


def candidates(text: str, language: str = "", *, article: int = 0, most: int = MOST) -> tuple[Candidate, ...]:
    """The usable sentences of an article, at most `most`, in order.

    Headings, boilerplate, questions, imperatives, repeats and text that speaks to a language model
    are left out, datelines cut off. An article that has nothing else gives whatever sentences it has.
    """
    text = text[:READ]
    spans = sentences.split(text, language)
    suspects = suspect_spans(text, spans)
    clean = [_trimmed(text, a, b) for i, (a, b) in enumerate(spans) if i not in suspects]
    usable = [(a, b) for a, b in clean if _usable(text[a:b]) and not _CREDIT.match(text, b)]
    usable = usable or [s for s in clean if s[1] > s[0]]
    seen: set[str] = set()
    kept: list[Candidate] = []
    for start, end in usable:
        key = " ".join(text[start:end].casefold().split())
        if key not in seen:
            seen.add(key)
            kept.append(Candidate(text[start:end], start, end, len(kept), article))
    return _bounded(kept, most)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without a dateline such as `ROME (Agency) --`, or a bullet."""
    dateline = _WIRE.match(text, start, end) or _DATELINE.match(text, start, end)
    sure = dateline and (dateline.re is _WIRE or "(" in dateline[0] or _CAPITALS.match(text, start))
    if dateline and sure and end - dateline.end() > 20:
        start = dateline.end()
    bullet = _BULLET.match(text, start, end)
    return (bullet.end() if bullet else start), end


def _usable(sentence: str) -> bool:
    """Whether it is a whole sentence of the news; Thai has no stops, Chinese and Japanese do."""
    if speaks_to_reader(sentence) or (len(sentence) < 200 and _is_boilerplate(sentence)):
        return False
    ends = sentence.rstrip(sentences.CLOSERS + " \u00a0\u202f")[-1:] in ".!?…。！？।॥؟۔"
    if _is_unspaced(sentence):
        return len(sentence) >= 8 and (ends or bool(_STOPLESS.search(sentence)))
    return ends and len(sentence.split()) >= 5


def _is_unspaced(text: str) -> bool:
    """Whether a text is mostly in a script that writes no spaces between words."""
    return not text.isascii() and 2 * len(_UNSPACED.findall(text)) > len(text)


def _is_boilerplate(sentence: str) -> bool:
    return bool(_BOILERPLATE.search(sentence) or _BOILERPLATE_ELSEWHERE.search(sentence))


def _bounded(kept: list[Candidate], most: int) -> tuple[Candidate, ...]:
    if len(kept) <= most:
        return tuple(kept)
    lead = most * LEAD // MOST
    bags = [Counter(w.stem for w in content(terms(c.text))) for c in kept]
    counts: Counter[str] = Counter()
    for bag in bags:
        counts.update(bag.keys())
    telling = [sum(counts[s] for s in bag) / (5 + len(bag)) for bag in bags]
    rest = sorted(range(lead, len(kept)), key=lambda i: -telling[i])[: most - lead]
    return tuple(kept[i] for i in [*range(lead), *sorted(rest)])


def word_vectors(texts: Sequence[str]) -> Vectors:
    """Unit vectors of weighted word counts: what is used where there is no embedder."""
    bags = [Counter(w.stem for w in content(terms(t))) for t in texts]
    vocabulary = {stem: i for i, stem in enumerate(dict.fromkeys(s for bag in bags for s in bag))}
    matrix = np.zeros((len(texts), max(1, len(vocabulary))), dtype=np.float32)
    for row, bag in enumerate(bags):
        for stem, count in bag.items():
            matrix[row, vocabulary[stem]] = 1 + np.log(count)
    spread = (matrix > 0).sum(axis=0)
    matrix *= np.log((1 + len(texts)) / (0.5 + spread)).astype(np.float32)
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.asarray(matrix / np.where(norms == 0, 1, norms), dtype=np.float32)


def choose(
    pool: Sequence[Candidate],
    vectors: Vectors,
    *,
    count: int,
    words: int = 10_000,
    title: Vectors | None = None,
    position: float = POSITION,
    redundancy: float = REDUNDANCY,
    alike: float = ALIKE,
) -> tuple[Candidate, ...]:
    """At most `count` of `pool` and about `words` words, in the order of the text.

    `vectors` are the pool's, of unit length. The best sentence always fits; the first that would
    go past `words` ends the choice. `position` is the weight of standing early, `redundancy` that of
    being like a chosen sentence, above `alike` it is out.
    """
    if len(pool) <= 1:
        return tuple(pool)
    score = _scores(pool, vectors, title, position)
    cosines = vectors @ vectors.T
    chosen: list[int] = []
    left = set(range(len(pool)))
    room = words
    while left and len(chosen) < count:
        worth = {
            i: score[i]
            - (redundancy * max(cosines[i, j] for j in chosen) if chosen else 0.0)
            - LEANING * _leans(pool, i, chosen)
            for i in left
        }
        best = max(sorted(left), key=lambda i: worth[i])
        left.discard(best)
        if any(cosines[best, j] > alike for j in chosen):
            continue
        room -= length(pool[best].text)
        if chosen and room < 0:
            break
        chosen.append(best)
    return tuple(pool[i] for i in sorted(chosen))


def _leans(pool: Sequence[Candidate], i: int, chosen: Sequence[int]) -> bool:
    """Whether a sentence begins with a word for something that the chosen ones don't name."""
    follows = i > 0 and pool[i - 1].article == pool[i].article
    return follows and i - 1 not in chosen and bool(_LEANS.match(pool[i].text))


def length(text: str) -> int:
    """Words; in scripts without spaces two characters count as one."""
    return len(text) // 2 if _is_unspaced(text) else len(text.split())


def _scores(
    pool: Sequence[Candidate],
    vectors: Vectors,
    title: Vectors | None,
    position: float,
) -> NDArray[np.float64]:
    mean = vectors.mean(axis=0)
    norm = float(np.linalg.norm(mean)) or 1.0
    score: NDArray[np.float64] = np.asarray(vectors @ (mean / norm), dtype=np.float64)
    score += position / np.sqrt(1 + np.array([c.rank for c in pool]))
    if title is not None:
        score += TITLE * (vectors @ title)
    score -= [0.2 * _unbalanced(c.text) for c in pool]
    return score


def _unbalanced(sentence: str) -> bool:
    """Whether a quotation has lost its other half; the German „ is closed by “ or by ”."""
    low, left, right = (sentence.count(mark) for mark in "„“”")
    return sentence.count('"') % 2 == 1 or (low != left + right if low else left != right)
