"""Whatever happens: each reader is told each story that is wanted, by a post or in a digest, and once."""

import random
from contextlib import asynccontextmanager

import pytest
from fakes import MORNING, draft

from bot.errors import LeaseLost, RetryAfter, Unavailable
from bot.types import Cadence, Options, SubscriptionKind

STORIES = 12
READERS = 6
URGENT, ANY = "/omega/", "/thing/"
"""Expressions, so that no two stories need a word in common, which would make them one."""


def options(luck: random.Random) -> Options:
    quiet = luck.random() < 0.5
    return Options(
        most=luck.choice([None, 1, 2]),
        urgent=luck.choice(["", URGENT]),
        quiet_from=luck.choice(["22:00", "07:00"]) if quiet else "",
        quiet_until="09:30" if quiet else "",
        changes=luck.random() < 0.5,
    )


@pytest.mark.parametrize("seed", range(2))
async def test_each_wanted_story_is_told_once(town, seed: int, monkeypatch) -> None:
    """Limits, quiet hours, urgent stories, two subscriptions a chat, kills before and platform trouble."""
    luck = random.Random(seed)
    for n in range(READERS):
        chat = await town.chat(f"reader-{n}")
        await town.store.chats.change(chat.id, timezone=luck.choice(["UTC", "Asia/Tokyo", "America/Denver"]))
        live = SubscriptionKind.KEYWORD if n % 2 else SubscriptionKind.ALL
        await town.store.subscriptions.add(
            chat.id, kind=live, value=ANY if n % 2 else "", options=options(luck), now=MORNING
        )
        if n % 3 == 0:
            await town.store.subscriptions.add(
                chat.id, kind=SubscriptionKind.ALL, cadence=Cadence.HOURLY, now=MORNING, due_at=MORNING
            )
    finish = town.store.rows.finish

    @asynccontextmanager
    async def killed_now_and_then(claim, *, due_at):
        async with finish(claim, due_at=due_at):
            yield
            if killing and luck.random() < 0.3:
                raise LeaseLost("killed before the commit")

    monkeypatch.setattr(town.store.rows, "finish", killed_now_and_then)

    names = []
    for step in range(STORIES):
        killing = True
        name = f"thing{step:02d}{'omega' if luck.random() < 0.2 else 'x'}"
        names.append(name)
        text = f"{name} {name}s {name}ing {name}er {name}ly."
        await town.arrive(draft(name, text, title=name, at=town.clock.now))
        if luck.random() < 0.3:
            town.platform.trouble.append(luck.choice([Unavailable("down"), RetryAfter(60)]))
        await work(town)
        town.clock.advance(minutes=luck.randint(150, 330))
    killing = False
    for _ in range(12):
        town.clock.advance(hours=4)
        await work(town)

    told = {f"reader-{n}": "" for n in range(READERS)}
    for delivery in town.platform.sent:
        if not delivery.edits:
            told[delivery.address.chat] += delivery.part.plain.casefold() + "\n"
    for reader, text in told.items():
        assert [(name, text.count(f"{name} (")) for name in names] == [(name, 1) for name in names], reader


async def work(town) -> None:
    """As the loops do: a row whose step was killed is taken again after its lease."""
    for _ in range(3):
        for stage in ("read", "write", "digest", "deliver"):
            for _ in range(200):
                if not await town.loop(stage).once():
                    break
        town.clock.advance(seconds=31)
