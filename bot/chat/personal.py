"""Commands about the person who asks: what is stored about them, and forgetting it.

Nothing here is ever said in a group (`private_only` in the table).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bot.chat.blocks import bullet, code, heading, paragraph, reply, say
from bot.chat.command import Request
from bot.chat.words import count
from bot.types import Block, Button, Reply

LONGEST = 12_000
"""Characters of data shown; nobody scrolls through more in a chat."""


async def mydata(request: Request) -> Reply:
    """Everything that is stored about the person."""
    person = request.message
    data = await request.store.chats.personal(person.address.platform, person.sender)
    text = json.dumps(data, ensure_ascii=False, indent=1, default=str)
    cut = [paragraph(f"That is the beginning; there are {len(text)} characters in all.")]
    return reply(
        heading("What I have stored about you"),
        *_counts(data),
        code(text[:LONGEST]),
        *(cut if len(text) > LONGEST else []),
        buttons=[[Button("Forget me", "forget")]],
    )


def _counts(data: Mapping[str, Any]) -> list[Block]:
    return [bullet(f"{name}: {len(rows)}") for name, rows in data.items() if isinstance(rows, list)]


async def forget(request: Request) -> Reply:
    """Erase what is stored about the person, once they confirm."""
    if request.arguments.strip().lower() != "yes":
        return say(
            "I would erase your questions, my answers to them and your private subscriptions. "
            "There is no way back. A role that you were given stays.",
            buttons=[[Button("Yes, forget me", "forget yes")]],
        )
    person = request.message
    erased = await request.store.chats.forget(person.address.platform, person.sender)
    return say(f"Done: {count(erased, 'record')} erased.")
