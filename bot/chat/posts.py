"""A story as a post: the outlet's headline, two or three cited sentences, numbered links.

Pure: values in, a Reply out. Links lead only to the URLs of the articles given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from bot.chat.blocks import Inline, bold, bullet, italic, link, paragraph, reply
from bot.chat.citing import cited, marks, numbered
from bot.chat.outlets import reporting
from bot.chat.render import clip
from bot.chat.thumbs import thumbs
from bot.chat.words import outlet
from bot.news.changes import Change, ChangeKind
from bot.types import Article, Block, Button, Citation, Reply, Span, Story, Summary

NAMED_OUTLETS = 6
"""Outlets named under a post; the others are counted."""
HEADLINE_LENGTH = 200
CHANGE_LENGTH = 280
ONLY_TEASER = "I know only the feed's short text of this."


def story_post(story: Story, articles: Sequence[Article], summary: Summary) -> Reply:
    """The post of a story: live delivery, `/story` without its time line, and edits of either."""
    more = Button("More", f"story {story.id}", optional=True)
    return reply(*post_blocks(story, articles, summary), buttons=[[*thumbs(story.id), more]])


def post_blocks(story: Story, articles: Sequence[Article], summary: Summary) -> tuple[Block, ...]:
    """Headline, sentences, what the reader must know, and who reports it."""
    lead = headlined(story, articles, summary)
    title = clip(summary.title or (lead.title if lead else story.title), HEADLINE_LENGTH)
    blocks = [paragraph(Span(title, bold=True, link=lead.url if lead else ""))]
    if summary.body:
        blocks.append(cited(summary.body))
    if summary.note:
        blocks.append(paragraph(italic(summary.note)))
    if articles and all(a.teaser for a in articles):
        blocks.append(paragraph(italic(ONLY_TEASER)))
    if any(a.outlet or a.url for a in articles):
        blocks.append(outlets_line(articles, summary))
    return tuple(blocks)


def changes_post(
    story: Story, articles: Sequence[Article], changes: Sequence[Change], note: str = ""
) -> Reply:
    """What changed in a story that was posted: each change in the words of its report, cited."""
    lead = headlined(story, articles, None)
    numbers = numbered(change.sentence for change in changes)
    return reply(
        paragraph(bold("What changed: "), link(clip(story.title, HEADLINE_LENGTH), lead.url if lead else "")),
        *(bullet(*_change(change), *marks(change.sentence, numbers)) for change in changes),
        *([paragraph(italic(note))] if note else []),
        paragraph(*_outlets_of(numbers)),
    )


def _change(change: Change) -> tuple[Inline, ...]:
    said = clip(change.sentence.text, CHANGE_LENGTH)
    match change.kind:
        case ChangeKind.WITHDRAWN:
            who = outlet(change.sentence.citations[0])
            return (bold("Withdrawn: "), f"{who} took back its report “{said}” ")
        case ChangeKind.NUMBER:
            return (bold("Now: "), f"{said} ", italic(f"(before: {change.before}) "))
        case ChangeKind.NEW:
            return (bold("New: "), f"{said} ")


def _outlets_of(numbers: Mapping[str, tuple[int, Citation]]) -> list[Inline]:
    parts: list[Inline] = []
    for number, citation in numbers.values():
        parts += [" · " if parts else "", f"[{number}] ", link(outlet(citation), citation.url)]
    return parts


def headlined(story: Story, articles: Sequence[Article], summary: Summary | None) -> Article | None:
    """The article whose headline the summary quotes, so that a headline leads to its own article."""
    quoted = (a for a in articles if summary and a.title == summary.title)
    leading = (a for a in articles if a.id == story.lead_id)
    return next(chain(quoted, leading, articles), None)


def outlets_line(articles: Sequence[Article], summary: Summary) -> Block:
    """`[1] River Post · [2] Daily Echo · 4 outlets`: the cited ones first, with their numbers."""
    own = {article.url: article for article in articles}
    numbers = {url: n for url, (n, _) in numbered(summary.body).items() if url in own}
    ids = {a.id for a in articles}
    others = sorted((a for a in articles if a.url not in numbers), key=lambda a: a.copy_of in ids)
    ordered = [*(own[url] for url in numbers), *others]
    first_of_outlet = list({outlet(a): a for a in reversed(ordered)}.values())
    uncited = [a for a in ordered if a.url not in numbers and a in first_of_outlet]
    shown = [*(own[url] for url in numbers), *uncited][:NAMED_OUTLETS]
    parts: list[Inline] = []
    for article in shown:
        mark = f"[{numbers[article.url]}] " if article.url in numbers else ""
        parts += [" · " if parts else "", mark, link(outlet(article), article.url)]
    counted = reporting(articles)
    if counted.outlets > 1:
        parts.append(f" · {counted.text}")
    return paragraph(*parts)
