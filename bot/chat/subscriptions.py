"""Commands about subscriptions: subscribe, unsubscribe, subscriptions.

What an order means is in `orders`; here it meets the store and the chat's time zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.chat import gather
from bot.chat.blocks import Inline, bold, bullet, heading, mono, paragraph, reply, say
from bot.chat.command import Request, Usage
from bot.chat.orders import Order, describe, read_order
from bot.chat.words import count, moment
from bot.errors import NotFound
from bot.schedule import next_digest
from bot.types import Block, Button, Cadence, Chat, Reply, Source, Subscription, SubscriptionKind

MOST = 50
"""Subscriptions of one chat."""
BUTTONS = 8


async def subscribe(request: Request) -> Reply:
    """Subscribe the chat to what the arguments say."""
    sources = await gather.sources_by_id(request.store)
    order = read_order(request.arguments, sources=sources)
    if order.kind is SubscriptionKind.STORY:
        await _story_must_exist(request, order)
    own = await request.store.subscriptions.list(request.chat.id)
    same = next((s for s in own if _asks_alike(s, order)), None)
    if same and (same.at, same.weekdays) == (order.at, order.weekdays):
        return say(f"This chat is subscribed to {describe(order, sources)} already.")
    if len(own) >= MOST and not same:
        raise Usage(f"This chat has {MOST} subscriptions, the most there can be. Remove one first.")
    made = await _move(request, same, order) if same else await _add(request, order)
    return reply(*_confirmation(request, made, sources))


def _asks_alike(one: Subscription, order: Order) -> bool:
    """The same news at the same pace: only its time may differ, and a new time replaces the old."""
    return (one.kind, one.value, one.cadence) == (order.kind, order.value, order.cadence)


async def _story_must_exist(request: Request, order: Order) -> None:
    try:
        await request.store.stories.get(int(order.value))
    except NotFound as e:
        raise Usage(f"I have no story {order.value}.") from e


async def _move(request: Request, same: Subscription, order: Order) -> Subscription:
    due = first_due(order, request.chat, request.now)
    async with request.store.transaction():
        await request.store.subscriptions.change(same.id, at=order.at, weekdays=order.weekdays, active=True)
        await request.store.subscriptions.reschedule(same.id, due)
    return await request.store.subscriptions.get(same.id)


async def _add(request: Request, order: Order) -> Subscription:
    return await request.store.subscriptions.add(
        request.chat.id,
        kind=order.kind,
        value=order.value,
        cadence=order.cadence,
        at=order.at,
        weekdays=order.weekdays,
        now=request.now,
        due_at=first_due(order, request.chat, request.now),
    )


def first_due(order: Order | Subscription, chat: Chat, now: datetime) -> datetime | None:
    """When the next digest of an order is due; None for live."""
    if order.cadence is Cadence.LIVE:
        return None
    return next_digest(order.cadence, at=order.at, weekdays=order.weekdays, zone=chat.timezone, after=now)


def _confirmation(request: Request, made: Subscription, sources: Mapping[int, Source]) -> list[Block]:
    blocks = [paragraph("Subscribed to ", bold(describe(made, sources)), ".")]
    if made.due_at:
        zone = request.zone
        when = f"The first comes on {moment(made.due_at, zone)} ({zone})."
        hint = f" If that is not your time, tell me yours: {request.sign}settings it's 14:05 here"
        blocks.append(paragraph(when + (hint if zone == "UTC" else "")))
    blocks.append(paragraph(f"To end it: {request.sign}unsubscribe {made.id}"))
    return blocks


async def subscriptions(request: Request) -> Reply:
    """What the chat is subscribed to, with numbers and a button to end each."""
    found = await request.store.subscriptions.list(request.chat.id)
    if not found:
        return say(
            f"No subscriptions here yet. {request.sign}subscribe brings a digest each morning; "
            f"{request.sign}help subscribe shows what else there is."
        )
    sources = await gather.sources_by_id(request.store)
    lines = [bullet(*_line(request, subscription, sources)) for subscription in found]
    buttons = [[Button(f"End {s.id}", f"unsubscribe {s.id}")] for s in found[:BUTTONS]]
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
    ended = next((s for s in own if s.id == wanted), None)
    if ended is None:
        raise Usage(f"This chat has no subscription {wanted}.")
    await request.store.subscriptions.remove(ended.id)
    return say("Ended: ", bold(describe(ended, await gather.sources_by_id(request.store))), ".")
