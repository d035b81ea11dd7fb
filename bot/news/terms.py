"""Words of a sentence as grounding sees them: stems, names, negators, opposites.

Knows no model; the word lists are English with what other languages need most, and everything
else works by spelling. The hard thing: scripts without spaces are read as pairs of characters, so
that a sentence in Chinese or Japanese is compared like any other.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]+|(?:[^\W\d_]\.){2,}"
    r"|(?:(?![\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f])[^\W_])+(?:['’][^\W\d_]+)*"
)
_PLAIN_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:['’][^\W\d_]+)*")
"""The same for a text without those scripts, in half the time."""
_OTHER_SCRIPT = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_APOSTROPHE = re.compile(r"['’]s?$|^[lLdDnNmMtTsScCjJ]['’](?=\w{2})|^qu['’]")


@lru_cache(maxsize=50_000)
def fold(word: str) -> str:
    """Without case, accents and possessive."""
    plain = unicodedata.normalize("NFKD", word.casefold().replace("’", "'"))
    return _APOSTROPHE.sub("", "".join(c for c in plain if not unicodedata.combining(c))).rstrip(".")


def folded(text: str) -> frozenset[str]:
    """The words of a list, folded."""
    return frozenset(fold(word) for word in text.split())


STOP = folded(
    "a an the and or but if then than that this these those there here of in on at to for from by with "
    "as into "
    "onto over under about after before during between against through within without across off out up down "
    "is are was were be been being am has have had having do does did doing will would can could may "
    "might shall "
    "should must it its he she they them his her hers their theirs him i you we us our your my me who "
    "whom whose "
    "which what when where why how all any both each few more most other some such only own same so too "
    "very just "
    "also while because since until although though however not no nor never none 's s t it's say says "
    "said saying "
    "told tell one ones upon per via amid among according still yet now "
    "der die das den dem des ein eine einen einem einer und oder aber in im am an auf aus bei mit nach "
    "von vor zu "
    "zum zur ist sind war waren wird wurde hat haben sich nicht auch als wie dass er sie es "
    "le la les un une des du de et ou mais dans sur par pour avec sans est sont était a ont il elle ils "
    "elles que "
    "qui ce cette ces se sa son ses au aux en ne pas plus "
    "el los las unos unas y o pero del al por para con sin es son fue ha han que se su sus lo como más no "
    "il lo gli i uno e ma di da nel nella con su per tra non è sono ha che si o os as um uma do da dos "
    "das em no na "
    "de het een en van op met voor niet te zijn is"
)
NEGATORS = folded(
    "not no never none nobody nothing neither nor without cannot can't cant don't doesn't didn't won't "
    "wouldn't "
    "isn't aren't wasn't weren't hasn't haven't hadn't couldn't shouldn't nowhere hardly nicht kein "
    "keine keinen "
    "nie niemals pas jamais aucun aucune sin nunca ningún ninguna nadie non mai nessun niet geen não "
    "nem нет не"
)
"""What turns a statement round. The last ones cover the languages that the split also knows."""
SOFT_NEGATORS = folded(
    "deny denies denied denying refuse refuses refused refusing fail fails failed failing reject "
    "rejects rejected "
    "unable unlikely lack lacks lacked lacking rather instead few little avoid avoids avoided prevent "
    "prevented "
    "stop stopped ban banned decline declined rule ruled dismiss dismissed unclear unknown missing yet "
    "except only "
    "avert averted halt halted cancel cancelled canceled barred blocked impossible miss missed despite doubt"
)
HEDGES = folded(
    "alleged allegedly reportedly suspected suspect accused supposedly apparently purported may might could "
    "possibly perhaps probably likely unlikely believed thought feared claims claimed expected angeblich "
    "mutmaßlich vermutlich soll sollen könnte présumé présumée aurait auraient serait seraient "
    "presunto presunta"
)
"""What says that a statement is not certain."""
HONORIFICS = folded(
    "mr mrs ms miss dr prof sir lord lady dame herr frau monsieur madame president minister the i a"
)
DATES = folded(
    "january february march april may june july august september october november december monday tuesday "
    "wednesday thursday friday saturday sunday jan feb mar apr jun jul aug sep sept oct nov dec "
    "yesterday today tomorrow"
)
_OPPOSITES = (
    "increase rise grow gain climb surge soar jump raise expand up/decrease decline fall drop shrink "
    "lose cut "
    "reduce plunge slump tumble lower down",
    "win won beat defeat victory/lose lost defeat loss",
    "more greater higher most above over/fewer less lower least below under",
    "before earlier prior/after later following",
    "support back favour favor approve endorse praise welcome accept allow agree permit/oppose reject "
    "criticise "
    "criticize condemn denounce deny refuse disagree ban forbid prohibit block",
    "guilty convict/innocent acquit clear",
    "first/last",
    "begin start open launch/end finish close conclude shut",
    "alive survive live/dead die kill",
    "include/exclude",
    "legal/illegal",
    "possible likely/impossible unlikely",
    "success succeed successful/fail failure unsuccessful",
    "best better good positive/worst worse bad negative",
    "buy purchase/sell",
    "arrive enter join/leave depart quit",
    "north northern/south southern",
    "east eastern/west western",
    "male man men boy brother son father husband/female woman women girl sister daughter mother wife",
    "major large big huge/minor small little tiny",
    "safe/dangerous unsafe",
    "despite/because due",
    "always/never rarely",
    "many several/few",
    "popular popularity/unpopular unpopularity",
    "public/private",
    "hot warm/cold cool",
    "old older oldest/young younger youngest new",
    "strong stronger/weak weaker",
    "confirm/deny",
    "arrest detain/release free",
    "maximum/minimum",
    "import/export",
    "attack/defend",
)
_ALIASES = {
    "u.s": "america", "us": "america", "usa": "america", "u.s.a": "america", "american": "america",
    "americans": "america", "u.k": "britain", "uk": "britain", "british": "britain", "britons": "britain",
    "french": "france", "dutch": "netherlands", "spanish": "spain", "swiss": "switzerland",
    "english": "england", "welsh": "wales", "scottish": "scotland", "irish": "ireland", "polish": "poland",
    "greek": "greece", "danish": "denmark", "norwegian": "norway", "chinese": "china", "finnish": "finland",
    "turkish": "turkey", "u.n": "un", "e.u": "eu", "german": "germany", "italian": "italy",
    "swedish": "sweden",
}  # fmt: skip


def _by_form(text: str) -> dict[str, str]:
    """`rise:rose risen|...` as form to base."""
    lines = (line.split(":") for line in text.split("|"))
    return {form: base for base, forms in lines for form in forms.split()}


_IRREGULAR = _by_form(
    "rise:rose risen|fall:fell fallen|grow:grew grown|sink:sank "
    "sunk|win:won|lose:lost|begin:began begun"
    "|buy:bought|sell:sold|leave:left|give:gave given|take:took "
    "taken|meet:met|shoot:shot|fight:fought"
    "|strike:struck|hold:held|keep:kept|make:made|go:went "
    "gone|come:came|become:became|find:found|lead:led"
    "|drive:drove driven|write:wrote written|speak:spoke spoken|break:broke broken|choose:chose "
    "chosen"
    "|steal:stole "
    "stolen|catch:caught|think:thought|bring:brought|build:built|send:sent|spend:spent|pay:paid"
    "|stand:stood|hear:heard|feel:felt|mean:meant|run:ran|fly:flew flown|draw:drew "
    "drawn|throw:threw thrown"
    "|know:knew known|see:saw seen|bear:born|die:died death dead|man:men|woman:women|child:children"
    "|person:people|wife:wives|life:lives|beat:beaten|shake:shook|get:got gotten|tell:told|show:shown"
    "|ride:rode ridden|flee:fled|bid:bade|bury:buried|hide:hid hidden|wear:wore "
    "worn|shrink:shrank shrunk"
)
_SUFFIX = re.compile(
    ""
    "(.{3,}?)(?:ational|ations?|ements?|ments?|nesse?s?|ities|ings?|ier|ied|ies|ions?|[eo]rs?|ily|ly|e[ds]|[sey])"
)


@dataclass(frozen=True, slots=True)
class Term:
    """One word: as spelled, folded, and its stem."""

    text: str
    fold: str
    stem: str
    capital: bool
    start: int


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A folded word's stem: crude, the same on both sides, which is all that comparing needs."""
    if word in _ALIASES:
        return _ALIASES[word]
    word = _IRREGULAR.get(word, word)
    if cut := _SUFFIX.fullmatch(word):
        word = cut[1]
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word


def terms(text: str) -> list[Term]:
    """Every word of `text`; a run of a script without spaces gives its pairs of characters."""
    found: list[Term] = []
    for match in _TOKEN.finditer(text):
        word = match[0]
        if _UNSPACED.match(word):
            pairs = [word[i : i + 2] for i in range(max(1, len(word) - 1))]
            found += [Term(p, p, p, False, match.start() + i) for i, p in enumerate(pairs)]
            continue
        folded = fold(word)
        if folded:
            found.append(Term(word, folded, stem(folded), word[:1].isupper(), match.start()))
    return found


def stems(text: str) -> list[str]:
    """The stems of `terms(text)`, several times as fast."""
    if not _OTHER_SCRIPT.search(text):
        return [known for word in _PLAIN_TOKEN.findall(text) if (known := _stem_of(word))]
    found: list[str] = []
    for word in _TOKEN.findall(text):
        if _UNSPACED.match(word):
            found += [word[i : i + 2] for i in range(max(1, len(word) - 1))]
        elif known := _stem_of(word):
            found.append(known)
    return found


@lru_cache(maxsize=50_000)
def _stem_of(word: str) -> str:
    folded = fold(word)
    return stem(folded) if folded else ""


def content(words: list[Term]) -> list[Term]:
    """Those that say something."""
    return [
        w
        for w in words
        if w.fold not in STOP and (len(w.fold) > 1 or not w.fold.isascii() or w.fold.isdigit())
    ]


def _opposites() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for pair in _OPPOSITES:
        left, right = ({stem(w) for w in side.split()} for side in pair.split("/"))
        for one, other in ((left, right), (right, left)):
            for word in one:
                table.setdefault(word, set()).update(other - one)
    return {word: frozenset(others) for word, others in table.items()}


OPPOSITES = _opposites()
"""Stem to the stems that say the contrary."""
