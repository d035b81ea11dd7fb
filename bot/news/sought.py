"""Questions to the archive itself, told from questions about the news.

Pure. "How many articles about X this month", "what happened with X since May", "the latest on X" are for the
database (`counting.py`). The hard thing is to know such a question from one about the news ("how many stories
has the tower"), and to leave alone one whose subject or time was not understood: a count of something else
is a wrong number, said with confidence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from bot.news import dates, rewrite
from bot.news.retrieve import Asked, ask
from bot.news.terms import DATES, STOP, Term, content, fold, folded, terms

WORDS = 4
"""A subject of the news is named in so few; with more of them, a question is about something in the news."""


_NOUN = r"(?:articles?|reports?|stories|news items|artikeln?|berichte|meldungen|artículos|noticias|articoli)"
_STORE = r"(?:in (?:the|your|our) (?:archive|database|news)|im archiv)\b"
_THERE = rf"there(?: {_STORE}|\b(?! (?:of|in|at|for)\b))"
_HOW_MANY = re.compile(
    r"\b(?:how many|wie ?viele|combien (?:de |d['’])|cuánt[oa]s|quant[ei])\s*(?:\w+\s+){0,2}?"
    rf"{_NOUN}\s*(?:[?.!]|$|\b(?:(?:that|which|die|qui|que|che)\s+)?(?:{_STORE}|(?:have )?{_THERE}"
    rf"|(?:are|is|were|was) (?:{_THERE}|{_STORE}|about|on|(?:published|written|stored)(?! by\b))"
    r"|about|on|mention\w*|concern\w*|regarding|covering|appeared|(?:do|did|have) (?:we|you)"
    r"|(?:in|en|au) total\w*|insgesamt"
    r"|(?:have|has) (?:been|mentioned|appeared)"
    r"|über|zum?|zur|gibt|gab|hast|haben wir|erwähn\w*|sur|y a-t-il|il y a|parl\w+|mentionn\w+|menzionan\w+"
    r"|sobre|hay|hubo|menciona\w*|su|sull\w*|ci sono|menziona\w*)(?!\w))",
    re.I,
)
"""What follows the noun tells: a tower has stories too, and an office receives reports."""
_OF_THE_NEWS = re.compile(
    rf"{_NOUN}.{{0,200}}?(?<!\bwho )(?<!\bthat )(?<!\bwhich )(?<!\byou )(?<!\bwe )"
    r"\b(?:do|does|did|has|have|had|hat)\s+"
    r"(?!(?:you|we|i|there|been|mentioned|appeared|to|with|du|(?:the|your|our|das) archive?)\b)\w",
    re.I,
)
"""Somebody else has or does something with them: "how many reports about X did the office receive"."""
_HOW_OFTEN = re.compile(
    r"\bhow (?:often|many times)\s+(?:(?:was|were|is|are)\b.{1,80}|(?:has|have|had)\b.{1,80}\bbeen\s)"
    r"(?:\w+\s+)?\b(?:mentioned|reported(?!\s+to\b)|covered|written|in the news)\b",
    re.I,
)
_TIMELINE = re.compile(
    r"\bwhat(?:'s| has| have| is)?\s+(?:\w+\s+)?happen(?:ed|ing|s)?\s+(?:with|to|in|about|around|at)\b"
    r"|^\W*(?:and |so |tell me )?what(?:'s|’s| has| have| is| else)?\s+happen(?:ed|ing|s)?\b"
    r"|\btime-?line\b|\bchronology\b|\bwas ist\b.{0,30}\bpassiert\b|\bwas geschah\b"
    r"|\bque s'est-il passé\b|\bqué (?:ha )?pas(?:ó|ado)\b",
    re.I,
)
_WITHOUT_TIME = re.compile(r"\btime-?line\b|\bchronology\b", re.I)
_LATEST = re.compile(
    r"\b(?:the latest|(?:latest|newest|recent|any|the|new)\s+(?:news|updates?|developments?|headlines))"
    r"\s+(?:on|about|with|from|of|in|today)\b"
    r"|\bwhat(?:'s|’s| is) (?:new|the latest|the news|in the news)\b(?!\s+\w+\s+of\b)"
    r"|^\W*(?:the |any )?(?:latest |newest |recent )?(?:news|headlines)\W*$"
    r"|\b(?:gibt es neues|das neueste|quoi de neuf|dernières nouvelles|últimas noticias|ultime notizie)\b",
    re.I,
)
_FILLERS = folded(
    "article articles report reports story stories news item items archive database stored published how "
    "many what has have been written were was are is there did we you week month year past last day days "
    "weeks months years often times time appeared covered covering concerning regarding total any new latest "
    "newest update updates development developments headlines today give show tell make me please about "
    "artikel artikeln berichte meldungen artículos noticias articoli passiert geschah viele monat woche jahr "
    "über sobre sur su sulla gibt gab hast neue neues neueste zum quoi neuf dernières nouvelles últimas "
    "ultime notizie cuántos cuántas quanti quante combien hay hubo ci wir insgesamt totale passé pasó pasado "
    "hablan tratan hier"
)
_FILLING = ("happen", "mention", "mencion", "menzion", "recent", "erwahn", "parle", "parla")
"""Words of such a question that are not its subject, unless they are written as a name is."""
_KEPT = re.compile(
    r"\b(?:do|did|have) (?:you|we) (?:have|got|stored?|read|found|find|know|keep)\b"
    r"|\bso far\b|\bbisher\b|\bbislang\b|\bjusqu'ici\b|\bhasta ahora\b|\bfinora\b|(?<=\bzum )Thema\b",
    re.I,
)
_ON = re.compile(
    r"\b(?:about|on|with|to|of|in|from|at|around|mention\w*|über|zu[mr]?|sobre|sur|sull?\w*|von|mit)\s+"
    r"(?:(?:the|an?|your|our|my|de[rnm]|die|das|les?|la|el|los|las|il|lo|gli)\s+)*(\w+)",
    re.I,
)
_ALL = folded(
    "archive database news total all there here archiv archivo archivio last past few recent day days week "
    "weeks month months year years article articles report reports story stories items artikel"
)
"""What stands in a subject's place and names none: "in the archive"."""
_OTHERWISE = re.compile(
    r"\b(?:or|nor|not|without|except|excluding|apart from|than|versus|vs|average|per|unread"
    r"|fewer|more(?= articles| reports| stories)|(?:been|was|were) (?:deleted|removed|corrected|withdrawn)"
    r"|I (?:\w+ )?read|(?:you|we|I) (?:\w+ )?(?:sen[dt]|shown?)"
    r"|oder|ohne|außer|nicht|als|ou|sans|sauf|pas|o|(?<!about )sin"
    r"|salvo|excepto|senza|tranne|eccetto|non)\b(?!-)"
)
"""What asks for something else than the articles that have all the words; a capital one may be a name."""
_NOUNS = frozenset({"war", "son", "hat", "sin", "van", "den"})
_ENGLISH = re.compile(r"\b(?:how|what|any|the|about)\b", re.I)
"""Stop words of other languages are words to ask about in this one."""
_ACRONYM = re.compile(r"([A-Z][A-Z.]+)(?:['’]s)?")
_TIME = re.compile(
    r"(?:\b(?:ago|hours?|minutes?|days?|weeks?|weekends?|months?|years?|decades?|centur(?:y|ies)|quarters?|fortnight"
    r"|yesterday|today|tonight|tomorrow|(?:last|this)\s+(?:night|morning|afternoon|evening)|hier|ayer|ieri"
    r"|(?:in|last|this|over|during)\s+(?:the\s+)?(?:spring|summer|autumn|winter|may|march)|noon|midnight|Tag"
    r"|on the \d+(?:st|nd|rd|th)|\d{1,2}/\d{1,2}/\d{2,4}|\d{1,2}\.\d{1,2}\.(?:\d\d)?|\d{4}-\d\d"
    r"|\d{3}0s|[QH][1-4]|\d+ ?(?:h|hrs?|d|min)"
    r"|(?i:since|until|till|before|after|seit|bis|depuis|avant|après|jusqu\w*|desde|hasta|antes|después|dopo"
    r"|(?:vor|nach) de[rnm]|(?:from|between|by|vo[rnm]|nach|ab|zwischen|entre|dal?|tra|fra)\s+(?:the\s+)?\d+"
    r"|heute|gestern|tagen?|wochen?|monat(?:en?)?|jahr(?:en?)?|stunden?|jours?|semaines?|mois|ans|années?"
    r"|heures?|días?|semanas?|mes(?:es)?|años?|horas?|giorn[oi]|settiman[ae]|mes[ei]|ann[oi]|quartal\w*|trimest\w+))"
    r"|'\d\d)(?!\w)"
)
"""Time in any question; the English units only where they are written small, since Fashion Week is a name."""
_NO_MONTHS = frozenset({"may", "march", "mars", "Mars", "mar", "Mar"})
_CUT_SHORT = re.compile(
    r"(?:\b(?:early|late|mid|middle|beginning|start\w*|end|by|next|every|each|half|than|includ\w+|about|mentions?|sobre"
    r"|zum|sur|sull?\w*|über|anfang|mitte|ende|début|fin)\b"
    r"|\d\S*\s*(?:and|or|to|und|oder|bis|et|ou|au|y|o|e|al?|[,&–-])\s*)\W*$",
    re.I,
)
_GOES_ON = re.compile(
    r"['’]s?\b|\s*(?:(?:and|or|to|und|oder|bis|et|ou|au|y|o|e|al?|[,&/–-])\s*\d"
    r"|(?:morning|afternoon|evening|night|noon|abend|morgen|nachmittag|nacht|matin|soir|sera|noche|tarde)\b)",
    re.I,
)
"""What stands before a period that is only a part of it, and after it where it is a part of what is asked."""


_THE_ONE = re.compile(rf"\bthe\s+(?:\d\S*(?:\s+(?:of\s+)?\w+)?|{'|'.join(dates.WEEKDAYS)})$", re.I)
_OF_IT = re.compile(
    r"\s+(?!(?:about|on|in|at|of|from|with|to|for|mention\w*|concern\w*|regarding|covering|are|is|was|were|do|did|have"
    r"|has|there|and)\b)[^\W\d_]",
    re.I,
)
"""A day or year that belongs to what follows: the 2024 election, the 5 May attack."""


_ONLY_AND = re.compile(r"\W*(?:(?:and|but|or|so|what about|how about|und|aber|et|y|e)\b)?\W*", re.I)


class What(Enum):
    """What is asked of the archive."""

    COUNT = "count"
    TIMELINE = "time line"
    LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Sought:
    """What the archive is asked, and about what."""

    subject: tuple[Term, ...]
    what: What


def sought(asked: Asked) -> Sought | None:
    """What the archive is to be asked; None for a question about the news, or one not wholly understood."""
    what = _what(asked)
    subject = _subject(asked) if what and not _OTHERWISE.search(_timeless(asked)) else None
    if what is None or subject is None or (not subject and _HOW_OFTEN.search(asked.text)):
        return None
    if what is What.LATEST:
        return Sought(subject, what) if len(subject) <= WORDS else None
    return None if _more_time(asked) else Sought(subject, what)


def _what(asked: Asked) -> What | None:
    said = _timeless(asked)
    if _HOW_OFTEN.search(said) or (_HOW_MANY.search(said) and not _OF_THE_NEWS.search(said)):
        return What.COUNT
    if _TIMELINE.search(asked.text) and (asked.period is not None or _WITHOUT_TIME.search(asked.text)):
        return What.TIMELINE
    return What.LATEST if _LATEST.search(asked.text) else None


def stands_alone(asked: Asked) -> bool:
    """Whether it asks the archive and points back to nothing: "What's new?" is short, but whole."""
    return sought(asked) is not None and not rewrite.points(_timeless(asked))


def continued(asked: Asked, before: Sequence[str]) -> str | None:
    """What a time alone asks ("And last week?") after questions of which the last asked the archive."""
    if not _only_time(asked):
        return None
    earlier = (ask(text, asked.now, asked.zone) for text in reversed(before))
    last = next((one for one in earlier if not _only_time(one)), None)
    if asked.period is None or last is None or sought(last) is None:
        return None
    when = asked.period.phrase[:1].lower() + asked.period.phrase[1:]
    whole = (
        last.text.replace(last.period.phrase, when, 1)
        if last.period
        else f"{last.text.rstrip(' .?!')} {when}?"
    )
    return whole if sought(ask(whole, asked.now, asked.zone)) else None


def _only_time(asked: Asked) -> bool:
    return asked.period is not None and bool(_ONLY_AND.fullmatch(_timeless(asked)))


def _timeless(asked: Asked) -> str:
    return asked.text.replace(asked.period.phrase, " ", 1) if asked.period else asked.text


def _subject(asked: Asked) -> tuple[Term, ...] | None:
    """What it is about: nothing for the whole archive, None where that is named in words that say nothing."""
    text = _KEPT.sub(" ", _WITHOUT_TIME.sub(" ", _timeless(asked)))
    text = text.lower() if text.isupper() else text
    about = [(m.start(1), m[1]) for m in _ON.finditer(text)]
    first = about[0][0] if about else len(text)
    # What is written as a name stays where a subject stands: The Times, New York, and everywhere the US.
    words = [
        w for w in terms(text) if not fills(w) or (w.capital and w.start >= first and w.fold not in STOP)
    ]
    telling = set(content(words))
    nouns = _NOUNS if _ENGLISH.search(text) else frozenset()
    found = [w for w in words if w in telling or w.fold in nouns or _named(text, w)]
    # A single letter is a name only where there is nothing else: the platform X, not the I of a person.
    found = found or [w for w in words if len(w.text) == 1 and w.capital and w.text not in "AI"]
    named = any(fold(word) not in _ALL for _, word in about)
    return None if named and not found else tuple(found)


def _named(text: str, word: Term) -> bool:
    """Whether a word that says nothing is a name as it is written: the US, Theresa May."""
    surname = word.capital and word.fold in DATES and dates.in_name(text, word.start)
    return surname or bool(_ACRONYM.fullmatch(word.text))


def fills(word: Term) -> bool:
    """Whether a word of such a question is commonly no part of its subject."""
    return word.fold in _FILLERS or word.fold.startswith(_FILLING)


def _more_time(asked: Asked) -> bool:
    """Whether words of time are left that the period does not have: then it isn't known what is asked for."""
    head, _, tail = asked.text.partition(asked.period.phrase) if asked.period else (asked.text, "", "")
    left = f"{head} / {tail}"
    left = left.lower() if left.isupper() else left
    if asked.period and (_CUT_SHORT.search(head[-40:]) or _GOES_ON.match(tail)):
        return True
    if asked.period and _THE_ONE.search(asked.period.phrase) and _OF_IT.match(tail):
        return True
    if dates.hier_is_here(asked.text):
        left = re.sub(r"\bhier\b", " ", left)
    words = (w for w in re.finditer(r"[^\W\d_]+", left) if w[0] not in _NO_MONTHS)
    named = (
        w for w in words if w[0].lower() in dates.MONTHS or w[0].lower().removesuffix("s") in dates.WEEKDAYS
    )
    return bool(_TIME.search(left)) or any(not _in_a_name(left, w) for w in named)


def _in_a_name(text: str, word: re.Match[str]) -> bool:
    """Whether a capital word stands beside it: Theresa May, Black Friday, June Carter."""
    beside = re.match(r"\s+[A-Z]", text[word.end() : word.end() + 10])
    return word[0].istitle() and bool(beside or dates.in_name(text, word.start()))
