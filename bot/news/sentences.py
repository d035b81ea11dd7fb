"""Sentences of a text, as offsets, for any script, in time linear in the text.

Knows no model and no dictionary: a full stop ends a sentence unless what stands around it says
otherwise (abbreviation, initial, decimal, ordinal, a small letter after it). The hard thing is
lines: one line break is a new paragraph in text from the web and a space in hard-wrapped text, so
each block of lines is looked at as a whole first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 1000
"""Characters; text without any stop is cut at white space near this, so that nobody meets a novel."""

Span = tuple[int, int]

CLOSERS = "\"'”’»›)]}」』】》）〉“‘«‹"
"""What may follow a stop; the last four close in German and open elsewhere."""
_SURE = re.escape(CLOSERS[:-4])
_CLOSES = rf"(?:[{_SURE}]|[“‘«‹](?=\s|$)|[^\S\r\n][»›](?!\w))*+"
_OPENERS = "\"'“‘«‹(\\[{¿¡„‚「『【《（–—\\-"
_STOP = re.compile(
    rf"(?P<wide>[。！？｡．]+|[।॥؟۔։።။៕།]+){_CLOSES}"
    rf"|(?P<stop>[.!?…‽⁇⁈⁉]+)(?P<close>{_CLOSES})(?P<gap>\s+|(?=[A-Z“\"][a-z]+\s)|$)"
)
_BLANK = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+|\r\n?(?:[^\S\n]*\r\n?)+|[\u2028\u2029\f\v]+")
_LINE = re.compile(r"[^\r\n\x1c-\x1e\x85]+")
_BULLET = re.compile(r"(?:[-*•‣·▪–—►✓]|\(?\d{1,3}[.)]|\(?[a-zA-Z]\))\s+")
_WORD_BEFORE = re.compile(r"(?:[^\W_]|[\u0900-\u0963.'’&-])+$")
_GOES_ON = re.compile(r"[」』](?:と(?!ころ|ても|き|もに)|など|って)")
"""What a Japanese sentence goes on with after its quotation: `「…。」と述べた。`"""
_QUOTATION = 300
"""Characters of a sentence up to the end of its quotation; a longer speech is taken sentence by sentence."""
_LINE_ENDS = '.!?:;”"“»«。！？」।۔؟'
_PEEK = re.compile(rf"[{_OPENERS}\s]*(\w[\w'’]*)?")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEVER_LAST = _words(
    "sens mr mrs ms mx dr prof rev hon gov sen rep reps gen col lt maj capt cmdr sgt cpl pvt adm st mt ft "
    "no nos nr vs v eg e.g ie i.e cf ca approx fig figs vol pp p al art sec ch op ed eds messrs mme "
    "mlle herr hr fr frau dhr mevr sr sra srta dña d.ª ing lic avda núm pág bzw z.b u.a d.h ggf inkl "
    "exkl evtl sog vgl usw. dott sig sig.ra on p.ex c.-à-d т.е ул им акад проф "
    "bspw geb insb str std zzgl bd mgr avv l'on l’on dell'on dell’on dott.ssa geom mons prof.ssa sigg "
    "aprox cnel cía ee gral hnos sres tte uds exmo profa abp dyr godz inż kpt ks mjr "
    "np pkt pl płk ppłk tj tzw tzv ul wg woj św judr mudr např phdr kl jl doç mah yrd öğr "
    "обл пос просп св стр вул доц ім пл डॉ प्रो"
)
_MAY_BE_LAST = _words(
    "ala ariz ark calif colo conn fla ga ill kan ky md mich minn mont neb nev okla ore tenn tex va vt "
    "wash wis wyo "
    "inc co corp ltd plc llc bros jr sr esq etc am pm a.m p.m ph.d m.d b.a m.a u.s u.k u.n e.u d.c jan "
    "feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun ave blvd "
    "hab sta ste sto dra im ген пр "
    "mm rd hwy dept assn univ est ext min max hrs mins secs ft lbs oz km kg usw bzgl mio mrd tel г руб"
)
_STARTERS = _words(
    "the a an he she it they we you i in on at but and so this that these those his her its their our "
    "my as after before when while if for with from by to there here what who why how no not now then "
    "still yet however meanwhile although though since because according both some many most all one "
    "two last next der die das er sie es wir ein eine im am doch aber und auch le la les il elle un "
    "une des mais et dans el los las una pero y en lo gli ma e nel dann ora potem потом "
    "он она оно они это в во на по но и а с со как его её их из до у к тогда теперь также "
    "він вона вони це у та але з його її їх від тоді тепер також"
)
_ORDINAL_LANGUAGES = frozenset(
    {"de", "da", "nb", "nn", "no", "fi", "is", "cs", "sk", "sl", "hr", "hu", "et", "lv", "tr", "sr", "bs"}
)


def split(text: str, language: str = "") -> list[Span]:
    """Sentences of `text` as (start, end) offsets: in order, not overlapping, trimmed of white space.

    Every character that is no white space lies in exactly one sentence. `language` (`de`) decides
    only whether `3.` may be an ordinal; unknown languages and scripts work.
    """
    ordinals = language[:2].lower() in _ORDINAL_LANGUAGES
    return [
        span
        for start, end in _lines(text)
        for sentence in _in_line(text, start, end, ordinals)
        for span in _bounded(text, *sentence)
    ]


def _lines(text: str) -> Iterator[Span]:
    """Stretches that no sentence crosses: paragraphs, list items, headings."""
    start = 0
    for blank in _BLANK.finditer(text):
        yield from _joined(text, start, blank.start())
        start = blank.end()
    yield from _joined(text, start, len(text))


def _joined(text: str, start: int, end: int) -> Iterator[Span]:
    """The lines of one block, those that are one paragraph's hard-wrapped lines joined."""
    lines = [m.span() for m in _LINE.finditer(text, start, end)]
    wrapped = _hard_wrapped(text, lines)
    held: Span | None = None
    for line in lines:
        if held and _continues(text, held, line, wrapped):
            held = (held[0], line[1])
            continue
        if held:
            yield held
        held = line
    if held:
        yield held


def _hard_wrapped(text: str, lines: list[Span]) -> bool:
    """Three lines or more of nearly one width, most of them ending in the middle of a sentence."""
    body = [text[a:b].rstrip() for a, b in lines[:-1]]
    if len(body) < 2 or not all(45 <= len(line) <= 120 for line in body):
        return False
    widths = [len(line) for line in body]
    return max(widths) - min(widths) <= 25 and sum(line[-1] in _LINE_ENDS for line in body) * 2 < len(body)


def _continues(text: str, held: Span, line: Span, wrapped: bool) -> bool:
    if _BULLET.match(text, *line):
        return False
    before, after = text[held[0] : held[1]].rstrip(), text[line[0] : line[1]].lstrip()
    if not before or not after or before[-1] in ".!?:…":
        return wrapped and bool(before and after)
    return wrapped or (after[0].islower() and len(before) > 25)


def _in_line(text: str, start: int, end: int, ordinals: bool) -> Iterator[Span]:
    begin = start
    for stop in _STOP.finditer(text, start, end):
        if stop.start() < begin or not _ends(text, begin, end, stop, ordinals):
            continue
        yield begin, stop.end("close") if stop["wide"] is None else stop.end()
        begin = stop.end()
    yield begin, end


def _ends(text: str, begin: int, end: int, stop: re.Match[str], ordinals: bool) -> bool:
    """Whether the stop found at `stop` ends the sentence that began at `begin`."""
    if stop["wide"] is not None:
        return not (_GOES_ON.match(text, stop.end() - 1, end) or _quoted(text, begin, stop.end(), end))
    if stop.end() >= end:
        return True
    peek = _PEEK.match(text, stop.end(), min(end, stop.end() + 60))
    following = (peek[1] if peek else None) or ""
    if following[:1].islower():
        return False
    before = _WORD_BEFORE.search(text, max(begin, stop.start() - 24), stop.start())
    word = before[0].lower() if before else ""
    if not stop["gap"]:  # "said.The": only after a real word
        return len(word) > 2 and word.isalpha()
    if stop["stop"] != ".":
        return bool(following) or stop.end() >= end or text[stop.start() - 1 : stop.start()].isalnum()
    if not word or stop["close"]:
        return True
    if word in _MAY_BE_LAST and text[stop.end() : stop.end() + 1] in {"–", "—", "-"}:  # "SALEM, Ore. — The"
        return False
    initials = len(word) == len(following) == 1 and (word + following).isalpha()
    if initials and peek and text.startswith(".", peek.end()):  # "J. A. Lind"
        return False
    return _full_stop(begin, stop.start(), word, following, ordinals)


def _quoted(text: str, begin: int, at: int, end: int) -> bool:
    """Whether a Japanese quotation is open at `at` and soon closed: its sentence goes on around it."""
    is_open = text.count("「", begin, at) > text.count("」", begin, at)
    return is_open and text.find("」", at, min(end, begin + _QUOTATION)) >= 0


def _full_stop(begin: int, at: int, word: str, following: str, ordinals: bool) -> bool:
    """Whether the single full stop after `word` is more than an abbreviation's."""
    bare = word.strip("'’-")
    if bare.isdigit():
        return begin + len(word) != at and not (ordinals and len(bare) <= 2)
    if bare in _NEVER_LAST:
        return (
            bare in {"no", "art", "on", "p", "fig"}
            and not following[:1].isdigit()
            and following.lower() in _STARTERS
        )
    if len(following) > 1 and following.isupper():  # "9 p.m. ET"
        return len(bare) > 1 and "." not in bare and bare not in _MAY_BE_LAST
    initial = (len(bare) == 1 and bare.isalpha() and bare != "i") or ("." in bare and len(bare) <= 6)
    if initial or bare in _MAY_BE_LAST:
        return following.lower() in _STARTERS and begin + len(word) != at
    return True


def _bounded(text: str, start: int, end: int) -> Iterator[Span]:
    """The stretch trimmed, and cut at white space where it is longer than `LONGEST`."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > LONGEST:
        cut = max(text.rfind(mark, start + LONGEST // 2, start + LONGEST) for mark in ("; ", ", ", " ", "，"))
        cut = cut + 1 if cut > 0 else start + LONGEST
        stretch = text[start:cut].rstrip()
        yield start, start + len(stretch)
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end
