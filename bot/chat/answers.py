"""An Answer as a Reply: cited sentences and their sources, or the plain statement that there is none.

Pure. What is said where the archive has no answer is as much a part of the product as an answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.blocks import Inline, heading, italic, paragraph, quote, reply, say
from bot.chat.citing import cited, listed, named, sources
from bot.types import Answer, Button, Citation, Reply

QUOTES = Button("Show the quotes", "quotes")


def answer_reply(answer: Answer, *, zone: str) -> Reply:
    """The reply to a question."""
    if not answer.answered or not answer.sentences:
        return _abstention(answer, zone=zone)
    note = [paragraph(italic(answer.note))] if answer.note else []
    days = answer.method == "database" and len(answer.sentences) > 1
    said = listed(answer.sentences) if days else [cited(answer.sentences)]
    behind = sources(answer.sentences, zone=zone)
    return reply(*said, *note, *behind, buttons=[[QUOTES]] if behind else [])


def _abstention(answer: Answer, *, zone: str) -> Reply:
    blocks = [paragraph("That is not in the sources I have.")]
    if answer.note:
        blocks.append(paragraph(italic(answer.note)))
    if answer.nearest is not None:
        parts: tuple[Inline, ...] = ("The nearest article: ", *named(answer.nearest, zone=zone))
        blocks.append(paragraph(*parts))
    return reply(*blocks)


def quotes_reply(citations: Sequence[Citation], *, zone: str) -> Reply:
    """The sources' own words behind an answer."""
    if not citations:
        return say("I have no quotes for that.")
    blocks = [heading("What the sources say")]
    for citation in citations:
        blocks += [paragraph(*named(citation, zone=zone)), quote(citation.quote)]
    return reply(*blocks)
