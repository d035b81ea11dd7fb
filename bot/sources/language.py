"""Which language a text is in. Pure; py3langid's model is loaded on first use.

The hard thing is to say nothing when there is too little to go by: a wrong language is worse than
none, it chooses the wrong prompt and hides an article from a filter.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from py3langid.langid import MODEL_FILE, LanguageIdentifier

SHORTEST = 20
"""Letters. Fewer are a coin toss outside of scripts that one language owns."""
SAMPLE = 3000
"""Characters looked at, from the start."""
SURE = 0.6
RARE = frozenset("an br dz eo fo gl ha ht jv la lb lg ln nn oc qu se st vo wa xh".split())  # noqa: SIM905
"""Left out: hardly any news is in them, and short texts of their neighbours are taken for them."""


@cache
def _identifier() -> Any:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in identifier.labels if len(code) == 2 and code not in RARE])
    return identifier


def detect(text: str) -> str:
    """BCP 47 primary subtag (`en`), or empty for text that is too short or unclear."""
    sample = text[:SAMPLE]
    if _weight(sample) < SHORTEST:
        return ""
    code, probability = _identifier().classify(sample)
    return str(code) if float(probability) >= SURE else ""


def _weight(text: str) -> int:
    """Letters, those beyond the alphabets counted three times: an ideograph says as much as a word."""
    return sum(1 if c < "\u3040" else 3 for c in text if c.isalpha())


def subtag(code: str) -> str:
    """The primary subtag of a stated language (`en-GB`, `pt_BR`), empty when it is none."""
    primary = code.strip().replace("_", "-").partition("-")[0].lower()
    return primary if 2 <= len(primary) <= 3 and primary.isascii() and primary.isalpha() else ""
