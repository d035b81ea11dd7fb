"""Edits of one message that wait at the same time: which of them is needed still, and with which buttons.

An update brings a post up to date and is as patient as a post; the answer to a button only counts anew, and
goes first. Each was made from what the other knew then, so whichever came later wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, update

from bot.storage.codec import buttons_to_json
from bot.storage.tables import DUE, deliveries
from bot.types import DeliveryKind, DeliveryState, NewDelivery

_EARLIER = and_(
    DUE,
    deliveries.c.chat_id == bindparam("chat"),
    deliveries.c.edits == bindparam("edited"),
    deliveries.c.dedup_key != bindparam("by"),
)
_OVERTAKE = (
    update(deliveries)
    .where(_EARLIER, deliveries.c.lease_token.is_(None))
    .values(state=DeliveryState.DROPPED.value, due_at=None)
)
"""An update has all that the ones before it would show, and the count of their answers: nobody needs them."""
_RELABEL = (
    update(deliveries)
    .where(_EARLIER, deliveries.c.kind == DeliveryKind.UPDATE.value)
    .values(buttons=bindparam("fresh"))
)
"""The answer goes first, and the update after it must not undo its count; one in flight may go again."""


def overtake(c: Connection, new: Sequence[NewDelivery]) -> None:
    """What becomes of the edits that wait for the messages that these edit."""
    updates, answers = [], []
    for d in new:
        edit: dict[str, Any] = {"chat": d.chat_id, "edited": d.edits, "by": d.dedup_key}
        if d.kind is DeliveryKind.UPDATE:
            updates.append(edit)
        else:
            answers.append(edit | {"fresh": buttons_to_json(d.parts[0].buttons)})
    if updates:
        c.execute(_OVERTAKE, updates)
    if answers:
        c.execute(_RELABEL, answers)
