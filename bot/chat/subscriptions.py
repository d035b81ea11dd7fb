"""Commands about subscriptions: subscribe, change, unsubscribe, subscriptions.

What an order means is in `orders` and `clauses`; here it meets the store and the chat's time zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import numpy as np

from bot.chat import gather
from bot.chat.blocks import Inline, bold, bullet, heading, mono, paragraph, reply, say
from bot.chat.command import Request, Usage
from bot.chat.deciding import goes_at, quiet_end
from bot.chat.orders import Order, changed, describe, read_changes, read_order
from bot.chat.places import hangs_on
from bot.chat.words import count, moment
from bot.errors import NotFound
from bot.schedule import next_digest
from bot.types import Block, Button, Cadence, Chat, Length, Reply, Source, Subscription, SubscriptionKind

MOST = 50
"""Subscriptions of one chat."""
BUTTONS = 8
ABOUT_A_STORY = (SubscriptionKind.STORY, SubscriptionKind.LIKE)


async def subscribe(request: Request) -> Reply:
    """Subscribe the chat to what the arguments say."""
    sources = await gather.sources_by_id(request.store)
    order = read_order(request.arguments, sources=sources, at=request.services.digest_at)
    if order.kind in ABOUT_A_STORY:
        order = replace(order, value=str(await _story(request, order)))
    own = await request.store.subscriptions.list(request.chat.id)
    same = next((s for s in own if _asks_alike(s, order)), None)
    if same and _terms(same) == _terms(order):
        return say(f"This chat is subscribed to {describe(order, sources)} already.")
    if len(own) >= MOST and not same:
        raise Usage(f"This chat has {MOST} subscriptions, the most there can be. Remove one first.")
    made = await _renew(request, same, order) if same else await _add(request, order)
    return reply(*_confirmation(request, made, sources))


def _asks_alike(one: Subscription, order: Order) -> bool:
    """The same news at the same pace: only its terms may differ, and new terms replace the old."""
    return (one.kind, one.value, one.cadence) == (order.kind, order.value, order.cadence)


def _terms(one: Subscription | Order) -> tuple[object, ...]:
    return one.at, one.weekdays, one.options


async def _story(request: Request, order: Order) -> int:
    """The story that an order names, or that of the post that is replied to."""
    if order.value:
        try:
            return (await request.store.stories.get(int(order.value))).id
        except NotFound as e:
            raise Usage(f"I have no story {order.value}.") from e
    found = await gather.posted_story(request.store, request.chat, *hangs_on(request.message))
    if found is None:
        raise Usage("Which story? Give me its number, or reply to a post of mine.")
    return found.id


async def _renew(request: Request, same: Subscription, order: Order) -> Subscription:
    """The subscription with the cadence and the terms of `order`."""
    async with request.store.transaction():
        await request.store.subscriptions.hold(request.chat.id)
        same = await request.store.subscriptions.get(same.id)
        waiting = bool(await request.store.verdicts.folded(same.id))
        made = await request.store.subscriptions.change(
            same.id,
            cadence=order.cadence,
            at=order.at,
            weekdays=order.weekdays,
            options=order.options,
            active=True,
            covered_until=request.now if same.cadence is Cadence.LIVE else None,
        )
        if _paced(same) == _paced(order):
            due = due_again(same, request.chat, made, request.chat, request.now)
        else:
            due = first_due(order, request.chat, request.now, waiting=waiting)
        await request.store.subscriptions.reschedule(same.id, due)
        if same.cadence is order.cadence and _quiet(same) != _quiet(order):
            await request.store.subscriptions.decide_again([same.id], request.now)
    return await request.store.subscriptions.get(same.id)


def _paced(one: Subscription | Order) -> tuple[object, ...]:
    return one.cadence, one.at, one.weekdays


def _quiet(one: Subscription | Order) -> tuple[str, str]:
    return one.options.quiet_from, one.options.quiet_until


async def settle(request: Request, chat: Chat) -> None:
    """The time zone or the quiet hours of the chat changed to these: nothing waits for the old ones."""
    own = await request.store.subscriptions.list(chat.id)
    for one in own:
        due = due_again(one, request.chat, one, chat, request.now)
        await request.store.subscriptions.reschedule(one.id, due)
    await request.store.subscriptions.decide_again([one.id for one in own], request.now)


def due_again(
    was: Subscription, there: Chat, one: Subscription, chat: Chat, now: datetime
) -> datetime | None:
    """When the next digest is due by the new terms; one that waited for quiet hours waits no more."""
    if was.due_at is None or was.due_at <= now:
        return was.due_at
    held = was.due_at == quiet_end(was, there, now) and was.due_at != first_due(was, there, now, waiting=True)
    return goes_at(one, chat, now) if held else first_due(one, chat, now, waiting=True)


async def _add(request: Request, order: Order) -> Subscription:
    return await request.store.subscriptions.add(
        request.chat.id,
        kind=order.kind,
        value=order.value,
        cadence=order.cadence,
        at=order.at,
        weekdays=order.weekdays,
        options=order.options,
        vector=await _vector(request, order),
        now=request.now,
        due_at=first_due(order, request.chat, request.now),
    )


async def _vector(request: Request, order: Order) -> bytes:
    """What a `like` is compared with: the story as it is now."""
    if order.kind is not SubscriptionKind.LIKE:
        return b""
    found = await request.store.stories.vectors([int(order.value)])
    if int(order.value) not in found:
        raise Usage(f"I can't compare story {order.value} with others: no embedding model has read it.")
    return found[int(order.value)].astype(np.dtype("<f2")).tobytes()


def first_due(
    order: Order | Subscription, chat: Chat, now: datetime, *, waiting: bool = False
) -> datetime | None:
    """When the next digest of an order is due; None for live, unless stories over its limit wait."""
    if order.cadence is not Cadence.LIVE:
        return next_digest(order.cadence, at=order.at, weekdays=order.weekdays, zone=chat.timezone, after=now)
    return next_digest(Cadence.DAILY, at=order.at, zone=chat.timezone, after=now) if waiting else None


def _confirmation(request: Request, made: Subscription, sources: Mapping[int, Source]) -> list[Block]:
    blocks = [paragraph("Subscribed to ", bold(describe(made, sources)), ".")]
    if made.cadence is not Cadence.LIVE and made.due_at:
        zone = request.zone
        when = f"The first comes on {moment(made.due_at, zone)} ({zone})."
        hint = f" If that is not your time, tell me yours: {request.sign}settings it's 14:05 here"
        blocks.append(paragraph(when + (hint if zone == "UTC" else "")))
    if made.options.most:
        blocks.append(paragraph(f"What is over the limit comes as a digest at {made.at} ({request.zone})."))
    sign, number = request.sign, made.id
    blocks.append(paragraph(f"To end it: {sign}unsubscribe {number}; to change it: {sign}change {number}"))
    return blocks


async def change(request: Request) -> Reply:
    """Change when and how one subscription comes; without changes, show what can be changed."""
    words = request.arguments.split(maxsplit=1)
    one = await _own(request, request.saying(words[0] if words else "").number("subscription"))
    sources = await gather.sources_by_id(request.store)
    if len(words) < 2:
        return _choices(one, sources)
    before = Order(
        kind=one.kind,
        value=one.value,
        cadence=one.cadence,
        at=one.at,
        weekdays=one.weekdays,
        options=one.options,
    )
    order = changed(before, read_changes(words[1]))
    others = await request.store.subscriptions.list(request.chat.id)
    twin = next((s for s in others if s.id != one.id and _asks_alike(s, order)), None)
    if twin:
        raise Usage(f"Subscription {twin.id} is {describe(twin, sources)}. End one of the two first.")
    made = await _renew(request, one, order)
    blocks = [paragraph("Now: ", bold(describe(made, sources)), ".")]
    if made.due_at:
        blocks.append(paragraph(f"The next digest comes on {moment(made.due_at, request.zone)}."))
    return reply(*blocks)


async def _own(request: Request, number: int) -> Subscription:
    own = await request.store.subscriptions.list(request.chat.id)
    found = next((s for s in own if s.id == number), None)
    if found is None:
        raise Usage(f"This chat has no subscription {number}.")
    return found


def _choices(one: Subscription, sources: Mapping[int, Source]) -> Reply:
    """What people change most, as buttons."""

    def choice(label: str, clause: str) -> Button:
        return Button(label, f"change {one.id} {clause}")

    paces = {Cadence.LIVE: "At once", Cadence.DAILY: "Daily", Cadence.WEEKLY: "Weekly"}
    lengths = {Length.HEADLINE: "Headlines", Length.SHORT: "Short", Length.LONG: "Long"}
    rows = [
        [choice(label, c.value) for c, label in paces.items() if c is not one.cadence],
        [choice(label, n.value) for n, label in lengths.items() if n is not one.options.length],
        [choice("Quiet at night", "quiet 22:00-07:00"), choice("No quiet hours", "quiet off")],
    ]
    if one.cadence is Cadence.LIVE:
        limits = [choice(f"Max {n} a day", f"max {n}") for n in (3, 10) if n != one.options.most]
        rows.append([*limits, *([choice("No limit", "max off")] if one.options.most else [])])
        says = one.options.changes
        rows.append([choice("No “what changed”" if says else "Say what changed", f"changes {_on(not says)}")])
    rows.append([Button("End it", f"unsubscribe {one.id}")])
    return say("Change subscription ", mono(str(one.id)), f": {describe(one, sources)}.", buttons=rows)


def _on(wanted: bool) -> str:
    return "on" if wanted else "off"


async def subscriptions(request: Request) -> Reply:
    """What the chat is subscribed to, with numbers and buttons to change or end each."""
    found = await request.store.subscriptions.list(request.chat.id)
    if not found:
        return say(
            f"No subscriptions here yet. {request.sign}subscribe brings a digest each morning; "
            f"{request.sign}help subscribe shows what else there is."
        )
    sources = await gather.sources_by_id(request.store)
    lines = [bullet(*_line(request, subscription, sources)) for subscription in found]
    buttons = [
        [Button(f"Change {s.id}", f"change {s.id}"), Button(f"End {s.id}", f"unsubscribe {s.id}")]
        for s in found[:BUTTONS]
    ]
    return reply(heading("Subscriptions of this chat"), *lines, buttons=buttons)


def _line(request: Request, subscription: Subscription, sources: Mapping[int, Source]) -> list[Inline]:
    parts: list[Inline] = [mono(str(subscription.id)), f" {describe(subscription, sources)}"]
    if not subscription.active:
        parts.append(" (paused)")
    elif subscription.due_at:
        parts.append(f", next {moment(subscription.due_at, request.zone)}")
    return parts


async def unsubscribe(request: Request) -> Reply:
    """End one subscription of this chat by its number, or all of them."""
    own = await request.store.subscriptions.list(request.chat.id)
    if not own:
        return say("This chat has no subscriptions.")
    if request.arguments.strip().lower() in {"all", "everything"}:
        async with request.store.transaction():
            for subscription in own:
                await request.store.subscriptions.remove(subscription.id)
        return say(f"Ended: {count(len(own), 'subscription')}.")
    wanted = own[0].id if not request.words and len(own) == 1 else request.number("subscription")
    ended = await _own(request, wanted)
    await request.store.subscriptions.remove(ended.id)
    return say("Ended: ", bold(describe(ended, await gather.sources_by_id(request.store))), ".")
