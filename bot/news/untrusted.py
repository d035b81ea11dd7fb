"""Text in an article that speaks to a language model or to the reader, not about the news.

Pure. An article is data, so nothing here decides what may be obeyed (nothing may); it only keeps
such text from being picked as news. The hard thing is caution: an article about prompt injection
quotes these phrases inside ordinary sentences, and those sentences stay.
"""

from __future__ import annotations

import re

from bot.news.sentences import CLOSERS

SPECIAL = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|<\|?/?(?:system|assistant|user"
    r"|im_start|im_end|s|eos|bos|pad|endoftext|(?:start|end)_of_turn)"
    r"\|?>|\[/?INST\]|<<\s*/?SYS\s*>>|<end of [a-z ]{3,20}>"
    r"|^#{2,} ?(?:system|instruction|response|assistant)\b.*$",
    re.IGNORECASE | re.MULTILINE,
)
"""Marks that models use for the borders of a conversation."""
_ROLE = re.compile(
    r"^[\s>*#\"'-]*(?:system|assistant|user|human|ai|chatbot|instructions?)\s*(?:(?:prompt|message)\s*)?:",
    re.I,
)
_COMMAND = re.compile(
    r"(?:^|[.:;!>)\]–—-]|\bplease|\band|\byou (?:to|must|should|will))\W{0,8}"
    r"(?:ignor(?:e|ing)|disregard|forget|override)\b.{0,40}"
    r"\b(?:previous|prior|above|earlier|preceding|rest of|all (?:info|other)|everything|instructions?"
    r"|this (?:data|text|article|document))\b"
    r"|\byou are now\b.{0,60}\b(?:assistant|language model|bot|ai|mode|dan)\b"
    r"|\b(?:reply|respond|output|print)\b.{0,20}\b(?:with only|only (?:with|the)|nothing else"
    r"|the following|verbatim)\b"
    r"|\bfocus (?:only|exclusively|solely)\b.{0,40}\b(?:following|brackets)\b"
    r"|\bif (?:the )?user asks\b"
    r"|\b(?:core|system|new|important|updated|follow) (?:\w+, )?instructions?\b\s*(?:$|[:,-])"
    r"|, follow instructions?\b"
    r"|\b(?:reveal|repeat|print|show)\b.{0,60}\b(?:system prompt|your instructions|for me please)\b",
    re.IGNORECASE | re.DOTALL,
)
_ANSWER_OF_YOURS = re.compile(
    r"\byour (?:own )?(?:answer|response|reply|replies|output|summary|message|translation)(?:['’]s)?\b"
    r"|\b(?:can|could|will|would) you (?:please )?"
    r"(?:reply|respond|answer|summari[sz]e|translate|classify|repeat|print)\b",
    re.IGNORECASE,
)
_MACHINE = (
    r"(?:(?-i:AIs?)|llms?|(?:large )?language models?|chatbots?|chatgpt)"
    r"(?: (?:assistants?|models?|agents?|systems?|bots?|crawlers?|summari[sz]ers?))?"
)
_ADDRESSED = re.compile(
    r"^\W*(?:(?:an? )?(?:note|message|instructions?|memo|notice) (?:to|for)|attention|dear|hey)"
    rf"[\s,:]+(?:all |any |the )?{_MACHINE}(?:\s*[:!]|,\s(?!\w+ (?:and|or)\b)|\s[–—-]\s)"
    rf"|^\W*{_MACHINE} (?:instructions?|note|notice):"
    rf"|\bif you(?:['’]re| are) (?:an? )?{_MACHINE}\s*(?:[,:]|reading|processing|summari)",
    re.IGNORECASE,
)
_IMPERATIVE = re.compile(
    r"^\W*(?:please\s+)?(?:add|analy[sz]e|append|arrange|augment|classify|click|compose|convert|create|describe"
    r"|determine|encode|encrypt|enhance|ensure|explain|generate|give|group|help me|include|incorporate|insert"
    r"|integrate|list|mention|modify|print|produce|promote|provide|rearrange|recommend|render|reply|repeat"
    r"|replace|respond|reverse|rewrite|say|scramble|share|shift|show me|substitute(?! (?-i:[A-Z]))|suggest"
    r"|summari[sz]e|tell me|translate|use|visit|write)\s(?!(?:and|in|of|is|was|are|were|by|has|had|for"
    r"|prices?|trading|sales?|buybacks?|profits?|revenues?|stage|chief|captain|members?|offenders?|workers?)\b)",
    re.IGNORECASE,
)
_QUOTES = re.compile(r"[\"“«„][^\"”»“«„]{0,600}[\"”»“]|(?<!\w)['‘][^'‘’]{3,300}['’](?!\w)")
"""Without another opening mark inside: from each of a row of them it would look 600 characters ahead."""
_RUN = re.compile(r"\W{9,}")
"""More marks and spaces than `_COMMAND` looks over; looking over any number takes the square of it."""
_SHORT = 90
"""Words; a shorter paragraph that speaks to a model is left out whole, of a longer one only the part."""


def speaks_to_machine(sentence: str) -> bool:
    """Whether a sentence orders a language model about, outside any quotation."""
    if SPECIAL.search(sentence) or _ROLE.match(sentence):
        return True
    plain = _RUN.sub(". ", _QUOTES.sub(" ", sentence))
    return any(x.search(plain) for x in (_COMMAND, _ANSWER_OF_YOURS, _ADDRESSED))


def speaks_to_reader(sentence: str) -> bool:
    """Whether a sentence asks or tells the reader something: a question or an imperative, not a report."""
    asks = sentence.rstrip(CLOSERS + " \u00a0\u202f").endswith(("?", "？", "؟"))
    return asks or bool(_IMPERATIVE.match(sentence))


def suspect_spans(text: str, spans: list[tuple[int, int]]) -> frozenset[int]:
    """Indexes of the sentences that speak to a machine, with what stands with them in the paragraph."""
    marked = [i for i, (a, b) in enumerate(spans) if speaks_to_machine(text[a:b])]
    if not marked:
        return frozenset()
    paragraphs = _paragraphs(text, spans)
    words = {(a, b): len(text[spans[a][0] : spans[b][1]].split()) for a, b in {paragraphs[i] for i in marked}}
    out: set[int] = set()
    for i in marked:
        first, last = paragraphs[i]
        out.update(range(first, last + 1) if words[first, last] <= _SHORT else range(i, min(i + 3, last + 1)))
    return frozenset(out)


def _paragraphs(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """For each sentence the first and last sentence on its line."""
    starts = [i for i in range(len(spans)) if i == 0 or "\n" in text[spans[i - 1][1] : spans[i][0]]]
    out: list[tuple[int, int]] = []
    for first, following in zip(starts, [*starts[1:], len(spans)], strict=True):
        out += [(first, following - 1)] * (following - first)
    return out


def without_marks(text: str) -> str:
    """`text` without the special tokens of models."""
    return SPECIAL.sub(" ", text)
