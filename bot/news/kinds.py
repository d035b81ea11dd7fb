"""What a question is after: a number, a time, a person, a reason, a yes or no; and what can be that.

Pure, by the words that questions begin with in a few languages. The hard thing is what it does not
know: a question of any other form is after anything, and every answer is as good to it.
"""

from __future__ import annotations

import re

from bot.news.counts import FATES, meaning, meanings, part_of
from bot.news.dates import MONTHS, WEEKDAYS
from bot.news.numbers import numbers
from bot.news.terms import DATES, NEGATORS, content, folded, terms

_COUNTED = re.compile(
    r"\bhow (?:many|much|old|long|far|big|high|tall|often)\b|\bwhat (?:year|percent\w*|share|number)\b"
    r"|\bwhich year\b|\bwie ?viele?\b|\bcombien\b|\bcuánt[ao]s?\b|\bquant[aoie]\b|多少|几",
    re.I,
)
_PERSON = re.compile(r"^\W*(?:and |but )?(?:who|whom|whose|wer|wen|wem|qui|quién(?:es)?|chi)\b|谁", re.I)
_POLAR = re.compile(
    r"^\W*(?:is|are|was|were|did|do|does|has|have|had|can|could|will|would|should|ist|sind|war|hat|haben|wird|est-ce)\b",
    re.I,
)
_WHY = re.compile(
    r"^\W*(?:and |but |und |et |y |e |и |а )?(?:why|how come|warum|wieso|weshalb|pourquoi|por qu[eé]"
    r"|perché|почему|зачем)\b|为什么|为何",
    re.I,
)
_CAUSE = re.compile(r"^\W*(?:and |but )?what (?:caused|led to|(?:is|was) the (?:cause|reason))\b", re.I)
_WHO_NOT = re.compile(r"^\W*(?:whom?|(?:which|what) \w+)\s+(?:\w+\s+)?(?:not|\w+n['’]t)\b", re.I)
_HOW = re.compile(r"^\W*(?:and |but )?(?:how|wie|comment|cómo)\b", re.I)
_BECAUSE = re.compile(
    r"\b(?:because|due to|owing to|thanks to|amid|citing|blaming"
    r"|over (?:\w+ ){0,3}?(?:alleged|allegations|claims|fears|concerns|scandal|row|failures?|handling)"
    r"|in (?:response|protest|order to)|so that|for (?:not )?\w+ing|for (?:fear|lack|repairs?|maintenance)"
    r"|to (?:avoid|prevent|protect|protest|save|reduce|help|allow|ensure|improve|make (?:room|way))"
    r"|weil|wegen|aufgrund|nachdem|um .{1,80}? zu|parce que|à cause|en raison|à la suite|afin|pour \w+[ei]r"
    r"|porque|debido|por culpa|para \w+[aei]r|perché|a causa|dopo che|per \w+[aei]re"
    r"|потому|из-за|поскольку|так как|вследствие|в связи с)\b"
    r"|\b(?:after|following) (?!(?:(?:more|less|fewer) than )?(?:\w+ ){0,2}"
    r"(?:hours?|days?|weeks?|months?|years?|decades?|morning|noon|midnight)\b)"
    r"|因|由于|为了|导致",
    re.I,
)
"""What joins a reason to what it is the reason of; after "nine years" is none."""
_CAUSED = re.compile(r"\b(?:caused|led to|prompted|accus\w+|alleg\w+)\b|造成", re.I)
"""The same, on whichever side the reason stands."""
_REASON = re.compile(
    r"\b(?:blame[sd]?|cite[sd]?|causes?|reasons?|motives?|gr[uü]nde?|ursachen?|begründe\w*|raisons?|motifs?"
    r"|invoqu\w+|motivos?|causas?|motiv[oi]|причин\w*)\b|原因",
    re.I,
)
"""What names the reason of something said before."""
_DATES = (
    DATES | folded(" ".join((*MONTHS, *WEEKDAYS))) | folded("gestern heute aujourd'hui ayer hoy ieri oggi")
)
_FEW = folded(
    "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf deux trois quatre cinq sept huit neuf dix "
    "dos tres cuatro cinco siete ocho nueve diez quattro cinque sette nove dieci"
)
"""Small numbers as other languages write them (`numbers` knows the English words)."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_LIVES = re.compile(r"\b(?:lives?|toll|perish\w*|drown\w*|bod(?:y|ies))\b", re.I)
"""Said of the dead."""
_TIME = re.compile(
    r"\b(?:when|what (?:day|date|month|year)|which (?:day|month|year)|wann|quand|cuándo|quando)\b", re.I
)


def kind(question: str, answer: str) -> float:
    """Whether `answer` is of the kind that `question` asks for."""
    if _TIME.search(question):
        return 1.0 if numbers(answer) or _dated(answer) else 0.0
    if _COUNTED.search(question):
        return 1.0 if _numbered(answer) else 0.0
    if _PERSON.search(question):
        return 1.0 if any(t.capital or not t.fold.isascii() for t in terms(answer)) else 0.0
    return 0.5


def _dated(answer: str) -> bool:
    return any(t.fold in _DATES for t in terms(answer))


def _numbered(answer: str) -> bool:
    """Whether it has a number, in figures or a small one in words."""
    return bool(numbers(answer)) or any(t.fold in _FEW for t in terms(answer))


def person(question: str) -> bool:
    """Whether `question` asks who."""
    return bool(_PERSON.search(question))


def counted(question: str) -> bool:
    """Whether `question` asks how many or how much."""
    return bool(_COUNTED.search(question))


def open_ended(question: str) -> bool:
    """Whether `question` asks for yes, no or a reason: no few words answer it, only a sentence to show."""
    return not _COUNTED.search(question) and bool(
        _WHY.search(question) or _HOW.search(question) or _POLAR.search(question)
    )


def named(question: str) -> bool:
    """Whether a name may answer `question`."""
    return not counted(question) and not open_ended(question)


def reason(question: str) -> bool:
    """Whether `question` asks why something is so."""
    return bool(_WHY.search(question) or _CAUSE.search(question))


def explained(sentence: str) -> str:
    """The part of `sentence` whose reason it gives: it stands before `because`. Empty where it gives none."""
    if _CAUSED.search(sentence):
        return sentence
    joint = max(_BECAUSE.finditer(sentence), key=lambda m: m.start(), default=None)
    if joint is None:
        return ""
    before, after = sentence[: joint.start()], sentence[joint.end() :]
    if content(terms(before)):
        return before
    # "After the fire the mill closed" has no comma: at least its first word is of the reason.
    first = next(iter(content(terms(after))), None)
    return after.partition(", ")[2] or (after[first.start + len(first.text) :] if first else "")


def names_reason(sentence: str) -> bool:
    """Whether `sentence` says why something happened that another sentence tells."""
    return bool(_REASON.search(sentence))


def who_not(question: str) -> bool:
    """Whether `question` asks for who or what did not: whoever did is no answer."""
    return bool(_WHO_NOT.search(question))


def denies(text: str) -> bool:
    """Whether it says, or asks, what is not so."""
    return any(t.fold in NEGATORS for t in terms(text))


def tells(question: str, sentence: str) -> bool:
    """Whether `sentence` has what `question` is after: a reason, a number, a time, a name."""
    if reason(question):
        return bool(explained(sentence)) or names_reason(sentence)
    if counted(question) and not _TIME.search(question):
        return _counts(question, sentence)
    return kind(question, sentence) == 1.0


def fated(question: str, sentence: str, answer: str = "") -> bool | None:
    """Whether what befell those whom `sentence` counts is what is asked about: the killed, not the injured.

    Of an `answer` it is the part with its number that counts. None where it is not asked, or not said.
    """
    asked = FATES & meanings(question)
    if not asked or not counted(question):
        return None
    meant, found = numbers(answer), numbers(sentence)
    if answer:
        parts = [part_of(sentence, n.start, n.end) for n in found if any(n.agrees(m) for m in meant)]
    else:
        parts = [range(len(sentence))] if found else []
    said = [fates for p in parts if (fates := _fates(sentence[p.start : p.stop]))]
    return any(fates & asked for fates in said) if said else None


def _fates(text: str) -> frozenset[str]:
    lost = frozenset({meaning("die")}) if _LIVES.search(text) else frozenset()
    return lost | FATES & meanings(text)


def _counts(question: str, sentence: str) -> bool:
    """Whether `sentence` has a number of what is counted, and no year only."""
    figures = numbers(sentence)
    amounts = any(not _YEAR.fullmatch(n.text) for n in figures) if figures else _numbered(sentence)
    return amounts and fated(question, sentence) is not False
