"""How all sources do, by what is wrong with them: alike troubles together, each with its remedy.

Says what the last polls found and asks nobody outside. `newsbot sources report` shows the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from bot.chat.blocks import Inline, bold, bullet, heading, link, mono, paragraph
from bot.chat.render import clip
from bot.chat.services import SourceDesk
from bot.chat.words import count, host, public
from bot.storage.store import Store
from bot.types import Block, Source, SourceState

NAMED = 8
"""Sources named under one trouble."""


def in_trouble(sources: Iterable[Source]) -> list[Source]:
    """Those that were given up or whose last poll failed."""
    return [
        s for s in sources if s.state is SourceState.DEAD or (s.failures and s.state is SourceState.ACTIVE)
    ]


def by_trouble(sources: Iterable[Source], desk: SourceDesk) -> dict[tuple[str, str], list[Source]]:
    """What is wrong and what to do, with the sources that have it; the most frequent first."""
    found: dict[tuple[str, str], list[Source]] = {}
    for source in in_trouble(sources):
        found.setdefault(desk.advice(source.last_error), []).append(source)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def report(sources: Sequence[Source], desk: SourceDesk, *, named: int = NAMED) -> list[Block]:
    """The counts, then each trouble with its remedy and the sources that have it."""
    states = {state: sum(s.state is state for s in sources) for state in SourceState}
    waiting = sum(s.polled is None and not s.failures and s.state is SourceState.ACTIVE for s in sources)
    troubles = by_trouble(sources, desk)
    failing = sum(len(group) for group in troubles.values())
    facts = [
        f"{waiting} not read yet" if waiting else "",
        f"{failing} in trouble" if failing else "",
        f"{states[SourceState.PAUSED]} paused" if states[SourceState.PAUSED] else "",
        f"{states[SourceState.DEAD]} given up" if states[SourceState.DEAD] else "",
    ]
    told = ", ".join(fact for fact in facts if fact) or "all of them well"
    blocks = [heading(f"{count(len(sources), 'source')}: {told}")]
    for (wrong, remedy), group in troubles.items():
        blocks.append(paragraph(bold(f"{count(len(group), 'source')}: {wrong}"), f" {remedy}"))
        blocks += [_line(source) for source in group[:named]]
        if len(group) > named:
            blocks.append(bullet(f"and {len(group) - named} more"))
    return blocks


async def teasers(store: Store, desk: SourceDesk, source: Source) -> list[Block]:
    """What is known of articles whose page can't be read, each reason once."""
    unread = await store.pages.unread(source.id)
    found: Counter[str] = Counter()
    for reason, number in unread.items():
        found[desk.advice(reason)[0]] += number
    return [
        paragraph(
            f"Of {count(n, 'article')} I have only the feed's short text, since the page failed: {wrong}"
        )
        for wrong, n in found.most_common()
    ]


def _line(source: Source) -> Block:
    title: Inline = link(clip(source.title or host(source.url) or source.url, 60), public(source.url))
    given_up = " (given up)" if source.state is SourceState.DEAD else ""
    return bullet(mono(str(source.id)), " ", title, given_up)
