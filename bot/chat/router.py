"""Message -> Replies: who asks, what they want, whether they may, and which handler says it.

Knows no platform and sends nothing: the worker puts what is returned into the outbox. The hard thing
is silence: in a group the bot speaks only when spoken to, and to blocked people never.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.chat.services import Services
from bot.types import Message, Reply


class Router:
    """Handles one message at a time; holds no state of its own."""

    def __init__(self, services: Services) -> None:
        self.services = services

    async def handle(
        self, message: Message, *, now: datetime, on_text: Callable[[str], None] | None = None
    ) -> tuple[Reply, ...]:
        """Say what to reply; empty where nothing should be said.

        Expected trouble (NewsbotError) becomes a sentence. Anything else is raised for the worker,
        which logs it and says `words.trouble()`. `on_text` gets an answer's text as it is written.
        """
        raise NotImplementedError
