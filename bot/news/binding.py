"""What a statement hangs on: who says it, on what condition, whether it is meant, planned or feared.

Pure, word lists by language. A part of a sentence that has such a word can't be left out, however it is set
off ("the dam will break, rumour has it"). Forms are many, so verbs and nouns are known by how they begin;
short words count only whole. A language without a list can't be judged, so `knows` says which have one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from bot.news.terms import HEDGES, NEGATORS

_MARKS = re.compile(r"['’]")


def fold(word: str) -> str:
    """Without case, accents and apostrophes, so that spellings compare; the Turkish ı is I in capitals."""
    plain = unicodedata.normalize("NFKD", word.casefold().replace("ı", "i"))
    return _MARKS.sub("", "".join(c for c in plain if not unicodedata.combining(c)))


def folded(text: str) -> frozenset[str]:
    """The words of a list, folded."""
    return frozenset(fold(word) for word in text.split())


_WHOLE = {
    "en": "if unless until till except provided whether only without although though but because since when "
    "while despite say says said tell tells told think thinks thought find finds found plan plans planned "
    "want wants wanted hear hears heard add adds added stated view views could would should may might so",
    "de": "wenn falls sofern außer nur ohne obwohl weil aber sobald solange bevor bis sei denn laut zufolge "
    "so sagt sagte sagen nach angaben ergab wollen wollte soll hätte wäre würde dürfte könnte",
    "fr": "si sauf sans seulement parce mais selon d'après dit moins tant avant jusqu'à",
    "es": "si sino salvo solo sin aunque porque pero según dijo dice menos antes hasta",
    "it": "se salvo solo senza perché ma secondo disse dice prima fino meno purché",
    "ru": "если только кроме без хотя потому но бы пока может могут мог могла данным сведениям из-за до",
    "uk": "якщо лише окрім тому але б би поки може можуть міг могла даними відомостями через до",
}
_BEGINNINGS = {
    "en": "alleg assum claim accord accus belie report insist denie deny expect intend propos threat show "
    "suggest warn announc reveal confirm estimat argu emerg rumo suppos purport suspect fear hope vow promis "
    "pledg predict forecast conclud admit admission acknowledg contend maintain testif declar speculat hoax "
    "fake fiction satir parod draft condition propose tweet wrote writ quot",
    "de": "behaupt teilte mitteil erklär bericht zeig warn vermut meld beton glaub forder droh befürcht "
    "rechne entwurf gesetzentwurf gerücht anklag angeblich mutmaß geplant schätz kündig versprech "
    "bedingung voraus",
    "fr": "déclar affirm annonc montr révél rumeur condition estim préten indiqu expliqu assur croi "
    "pourrai devrai propos projet accus",
    "es": "declar afirm anunci muestr revel rumor supuest condici asegur podría debería propuest proyect "
    "acusa acuso",
    "it": "annunci mostr rivel dichiar afferm sosten sostien presunt condizion potrebb dovrebb propost accus",
    "ru": "сказа заяви сообщ слова утвержд счита якоб слух услови предполож полага обвин ожид планир угрож "
    "законопроект мнени",
    "uk": "сказа заяви повідом слова стверд чутк вважа нібит умов звинувач очіку планує погрож законопро "
    "думк",
}
_PHRASES = re.compile(
    r"\b(?:as|so) long as\b|\bin (?:case|the event)\b"
    r"|如果|若|假如|假设|只要|只有|除非|否则|据|称|说|表示|认为|指出|透露|声明|传闻|传言|传|可能|或许|尚未|没有|不|未|因|由于|虽|但|计划|拟"
)
"""What is known only together, and languages without spaces."""
_SPLIT = frozenset({"en", *_WHOLE, "zh"})
_EXACT = folded(" ".join(_WHOLE.values())) | HEDGES | NEGATORS
_BEGINS = tuple(sorted(folded(" ".join(_BEGINNINGS.values()))))


def knows(language: str) -> bool:
    """Whether there is a list for a language, given by its code."""
    return language[:2].lower() in _SPLIT


def binds(text: str, folds: Sequence[str]) -> bool:
    """Whether something hangs on a part of a sentence: its text, and its words folded."""
    return any(f in _EXACT or f.startswith(_BEGINS) for f in folds) or bool(_PHRASES.search(text.casefold()))
