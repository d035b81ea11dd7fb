"""Whether two texts say the same to a reader: what is cosmetic is left out before they are compared.

Pure. Pages change without news: the kind of quotes, `updated at` lines, counters of comments, stock
tickers, tracking in links. The hard thing is to leave no news out: a line is passed over only when the
whole of it has the form of something fleeting.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MARKS = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»″〝〞", '"'),
        **dict.fromkeys("‘’‚‛‹›′`´", "'"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", None),
    }
)
LONGEST_LINE = 140
"""Characters; what is longer is a sentence."""

TOKEN = re.compile(r"[^\W\d_]+|\d[\d:.,/h-]*")
CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}\b|\d{1,4}[./-]\d{1,2}")
TIMES = frozenset(
    """
    january february march april may june july august september october november december jan feb mar
    apr jun jul aug sep sept oct nov dec januar februar märz mai juni juli oktober dezember mär okt dez
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun
    montag dienstag mittwoch donnerstag freitag samstag sonntag at on um am pm a m p uhr gmt utc bst cet
    cest est edt cst cdt pst pdt et ct pt mst mdt ago vor il y hace just now today heute yesterday
    gestern s sec secs second seconds min mins minute minutes h hr hrs hour hours d day days w week
    weeks sekunde sekunden minuten stunde stunden tag tage tagen woche wochen heure heures hora horas st
    nd rd th of der
    """.split()  # noqa: SIM905 - a table of words
)
UPDATED = frozenset(
    """
    updated update modified published posted edited aktualisiert geändert veröffentlicht stand mis mise
    jour publié actualizado publicado aggiornato pubblicato обновлено опубликовано
    """.split()  # noqa: SIM905 - a table of words
)
AROUND = frozenset(
    [
        "this",
        "story",
        "article",
        "page",
        "report",
        "was",
        "has",
        "been",
        "last",
        "first",
        "zuletzt",
        "dernière",
        "à",
    ]
)
COUNTED = frozenset(
    """
    comment comments share shares view views like likes read reads reaction reactions kommentar
    kommentare commentaire commentaires comentario comentarios k lesezeit
    """.split()  # noqa: SIM905 - a table of words
)
LIVE = frozenset(
    ["live", "breaking", "developing", "news", "blog", "liveblog", "updates", "ticker", "liveticker"]
)
PASSING = TIMES | UPDATED | AROUND | COUNTED | LIVE
TICKER = re.compile(
    r"(?=.*(?:[-+]\s?\d[\d.,]*\s?%|[▲▼↑↓△▽]))(?:[A-ZÄÖÜ][\w&./-]*\s+){1,4}[\s\d.,:;%$€£¥+()▲▼↑↓△▽-]+(?:[A-Z]{3})?"
)
"""`DAX 15,312.20 +0.45 %`: names in capitals, a number, a signed share or an arrow."""
TRACKING = re.compile(
    r"[?&](?:utm_\w+|fbclid|gclid|mc_[ce]id|cmp|ns_\w+|at_\w+|ref|src|xtor|wt_\w+)=[^\s&#\"'<>)]*",
    re.IGNORECASE,
)


def lasting(text: str) -> str:
    """The text without its fleeting lines; all of it where nothing else would be left."""
    lines = [line for line in text.split("\n") if not is_fleeting(line)]
    return "\n".join(lines) if any(line.strip() for line in lines) else text


def is_fleeting(line: str) -> bool:
    """Whether a line is a time, a counter or a ticker and no news."""
    plain = " ".join(_plain(line).split())
    if not plain or len(plain) > LONGEST_LINE:
        return False
    tokens = TOKEN.findall(plain.lower())
    words = {token for token in tokens if not token[0].isdigit()}
    if words - PASSING:
        return bool(TICKER.fullmatch(plain))
    counted = len(words) < len(tokens) and bool(words)
    return bool(words & (UPDATED | LIVE)) or counted or bool(CLOCK.search(plain))


@lru_cache(maxsize=64)
def bare(text: str) -> str:
    """What is compared: two texts with the same are one to a reader."""
    return " ".join(TRACKING.sub("", _plain(lasting(text))).split())


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text.translate(MARKS)).translate(MARKS)
