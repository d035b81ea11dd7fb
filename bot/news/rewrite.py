"""Follow-up questions made complete: "and who replaced him?" after an answer about a mayor.

The model rewrites only what leans on the conversation; a rewriting with words of its own is dropped.
Without a model, or then, the question before is asked of the new name ("And Brume?"), or the names of the
last turns are added. The hard thing is to leave a question alone that merely has an "it" in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.errors import ModelError
from bot.news.protocols import Generator, Prompts
from bot.news.terms import DATES, NEGATORS, Term, content, terms
from bot.types import Turn, Urgency

TURNS = 6
"""Turns of the conversation that a follow-up may lean on."""
SHORT = 3
"""Telling words below which a question without a name can't stand alone."""
_TURN_TEXT = 400
_LEANING = re.compile(
    r"\b(?:he|she|him|his|her|hers|they|them|their|theirs|it|its|this|that|these|those|there|then|the same)\b"
    r"|\b(?:er|sie|ihn|ihm|ihr|seine?[nrsm]?|dort|dies\w*|il|elle|lui|leur|ceci|cela|él|ella|ellos|eso|allí)\b|[他她它]",
    re.I,
)
_ELLIPSIS = re.compile(
    r"^\W*(?:and|but|or|so|what about|how about|who else|what else|und|aber|et|y|那)\b", re.I
)
_ASKS = re.compile(
    r"\b(?:who|whom|whose|when|where|why|which|(?:what|how)(?! about)|wer|wen|wem|wann|wo|warum|wie|qui|quand"
    r"|où|pourquoi|comment|quién|cuándo|dónde|cómo)\b",
    re.I,
)
"""What makes a continuation a question of its own."""
_WHY = re.compile(r"^\W*(?:why|since when|wieso|warum|pourquoi|por qué|为什么)\b", re.I)
"""Continues a conversation too, unless it names what it is about."""
_PARTS = 3
_PART = re.compile(r"[^?？]+[?？]+")
_ALLOWED = frozenset({"who", "what", "when", "where", "which", "why", "how", "many", "much"})


async def complete(
    question: str,
    history: Sequence[Turn],
    generator: Generator | None,
    prompts: Prompts,
    *,
    urgency: Urgency,
    seconds: float,
) -> str:
    """`question`, complete in itself; unchanged where it stands alone."""
    recent = _back(history)
    if not recent or not leans(question):
        return question
    if generator is not None:
        try:
            turns = prompts.render("rewrite", conversation=_shown(recent), question=question)
            done = await generator.generate(
                turns, max_tokens=48, stop=("\n",), urgency=urgency, deadline=seconds
            )
        except ModelError:
            return moved(question, recent) or with_names(question, recent)
        rewritten = done.text.strip().strip("\"'“”")
        if faithful(rewritten, question, recent):
            return rewritten
    return moved(question, recent) or with_names(question, recent)


def _back(history: Sequence[Turn]) -> list[Turn]:
    """The turns back to the last question that stands alone.

    With the exchange before it as well, the small model asked that one's question over again.
    """
    found: list[Turn] = []
    for turn in reversed(history[-TURNS:]):
        if turn.role in {"user", "assistant"} and turn.text.strip():
            found.append(turn)
            if turn.role == "user" and not leans(turn.text):
                break
    return found[::-1]


def parts(question: str) -> list[str]:
    """The questions in `question`, at most three, each with the names it needs of those before it.

    A sentence without a question mark belongs to the question after it.
    """
    text = question.rstrip()
    if not text.endswith(("?", "？")):  # `_PART` would look for one from every character to the end
        return [question]
    found = [p.strip() for p in _PART.findall(text)]
    asked = [p for p in found if len(content(terms(p))) > 0]
    if not 2 <= len(asked) <= _PARTS or _PART.sub("", text).strip():
        return [question]
    turns = [Turn(role="user", text=p) for p in asked]
    return [with_names(p, turns[:i]) if i and leans(p) else p for i, p in enumerate(asked)]


def points(question: str) -> bool:
    """Whether a question has a word that points back, or begins as a continuation."""
    return bool(_LEANING.search(question) or _ELLIPSIS.search(question))


def leans(question: str) -> bool:
    """Whether a question seems to need the conversation before it."""
    words = terms(question)
    if not words:  # a smile is no question of what was said before
        return False
    named = any(w.capital and w.start > 0 for w in content(words))
    if len(words) <= 8 and (_ELLIPSIS.search(question) or (_WHY.search(question) and not named)):
        return True
    if _LEANING.search(question):
        return not named or bool(_LEANING.match(question.split(maxsplit=1)[0]))
    return not named and len(content(words)) < SHORT


def faithful(rewritten: str, question: str, history: Sequence[Turn]) -> bool:
    """Whether a rewriting is a question made only of words that were said."""
    if not rewritten or len(rewritten) > 300 or len(rewritten) > 3 * len(question) + 200:
        return False
    said = {w.stem for text in (question, *(t.text for t in history)) for w in terms(text)}
    new = [w for w in content(terms(rewritten)) if w.stem not in said and w.fold not in _ALLOWED]
    kept = {w.stem for w in content(terms(question)) if not _LEANING.fullmatch(w.fold)}
    have = {w.stem for w in terms(rewritten)}
    return not new and len(kept & have) * 2 >= len(kept)


def with_names(question: str, history: Sequence[Turn]) -> str:
    """The question, and in brackets the names of the last turns that it lacks."""
    present = {w.stem for w in terms(question)}
    found: dict[str, str] = {}
    for turn in reversed(history):
        for w in _names(turn.text):
            if w.stem not in present:
                found.setdefault(w.stem, w.text)
        if len(found) >= 6:
            break
    return f"{question} ({' '.join(list(found.values())[:8])})" if found else question


def moved(question: str, history: Sequence[Turn]) -> str:
    """The question before, asked of what `question` names: "And Brume?". Empty where it asks more."""
    whole = ""
    for text in (*(t.text for t in history if t.role == "user"), question):
        whole = _moved(text, whole) or text
    return whole if whole != question else ""


def _moved(text: str, last: str) -> str:
    new, old = _runs(text), _runs(last)
    if len(new) != 1 or len(old) != 1 or not _ELLIPSIS.search(text) or _ASKS.search(text):
        return ""
    if any(w.fold in NEGATORS | DATES for w in terms(text)):
        return ""
    (start, end), (begin, close) = new[0], old[0]
    said = {w.stem for w in terms(last)}
    if any(w.stem not in said for w in content(terms(text)) if not start <= w.start < end):
        return ""
    return f"{last[:begin]}{text[start:end]}{last[close:]}"


def _runs(text: str) -> list[tuple[int, int]]:
    """Where its names are, one of several words as one."""
    found: list[tuple[int, int]] = []
    for w in content(terms(text)):
        if not w.capital or not w.start:
            continue
        joined = bool(found) and not text[found[-1][1] : w.start].strip()
        start = found.pop()[0] if joined else w.start
        found.append((start, w.start + len(w.text)))
    return found


def _names(text: str) -> list[Term]:
    words = content(terms(text))
    named = [w for w in words if w.capital and w.start > 0 and w.fold not in DATES]
    return named or [w for w in words if not w.fold.isascii()][:8]


def _shown(history: Sequence[Turn]) -> str:
    return "\n".join(f"{'Q' if t.role == 'user' else 'A'}: {t.text.strip()[:_TURN_TEXT]}" for t in history)
