"""Choices that are too long for a button: kept in the store, the buttons carry a token and a number.

One set of choices a chat and command: a newer question makes the buttons of an older one void.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256

from bot.chat.command import Request
from bot.types import Button

TOKEN = 8


async def offer(
    request: Request, command: str, choices: Sequence[tuple[str, Sequence[str]]]
) -> list[list[Button]]:
    """Keep choices (label, values) and give their buttons, one a row."""
    kept = json.dumps([list(values) for _, values in choices])
    token = sha256(f"{request.message.message_id} {kept}".encode()).hexdigest()[:TOKEN]
    await request.store.meta.set(_key(request, command), f"{token}{kept}")
    return [[Button(label, f"{command} #{token}-{n}")] for n, (label, _) in enumerate(choices, 1)]


async def chosen(request: Request, command: str, choice: str) -> list[str] | None:
    """The values of a pressed button, `#token-number`; None when they are too old or never were."""
    token, _, number = choice.removeprefix("#").partition("-")
    kept = await request.store.meta.get(_key(request, command)) or ""
    offers: list[list[str]] = json.loads(kept[TOKEN:]) if token and kept[:TOKEN] == token else []
    if not (number.isascii() and number.isdecimal() and 0 < int(number[:4]) <= len(offers)):
        return None
    return offers[int(number[:4]) - 1]


def _key(request: Request, command: str) -> str:
    return f"chat.offer.{command}.{request.chat.id}"
