"""Message -> Replies: who asks, what they want, whether they may, and which handler says it.

Knows no platform and sends nothing: the worker puts what is returned into the outbox. The hard thing
is silence: in a group the bot speaks only when spoken to, and to blocked people never.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.chat import words
from bot.chat.blocks import paragraph, reply, say
from bot.chat.command import Command, Request, Usage
from bot.chat.commands import BY_NAME
from bot.chat.guide import unknown, usage_lines
from bot.chat.parsing import Wanted, wanted
from bot.chat.permissions import refusal, role_of
from bot.chat.places import home
from bot.chat.services import Services
from bot.errors import NewsbotError
from bot.types import Chat, Message, Reply, Role

QUESTION = "ask"


class Router:
    """Handles one message at a time; holds no state of its own."""

    def __init__(self, services: Services) -> None:
        self.services = services

    async def handle(
        self, message: Message, *, now: datetime, on_text: Callable[[str], None] | None = None
    ) -> tuple[Reply, ...]:
        """Say what to reply; empty where nothing should be said.

        Expected trouble (NewsbotError) becomes a sentence. Anything else is raised for the worker,
        which logs it and says `words.trouble()`. `on_text` gets what may be shown meanwhile.
        """
        wish = wanted(message, self._name_on(message.address.platform))
        if wish is None or (not wish.certain and wish.name not in BY_NAME):
            return ()
        role = await role_of(self.services, message)
        if role <= Role.BLOCKED:
            return ()
        request = Request(
            services=self.services,
            commands=BY_NAME,
            chat=await self._chat(message),
            message=message,
            role=role,
            now=now,
            arguments=wish.arguments,
            on_text=on_text,
        )
        return (await self._reply(wish, request),)

    def _name_on(self, platform: str) -> str:
        return self.services.bot_names.get(platform) or self.services.bot_name

    async def _chat(self, message: Message) -> Chat:
        """The chat, made where it is new and taken up again where it was given up."""
        chats = self.services.store.chats
        chat = await chats.ensure(home(message), title=message.chat_title, private=message.private)
        return chat if chat.active else await chats.change(chat.id, active=True)

    async def _reply(self, wish: Wanted, request: Request) -> Reply:
        command = BY_NAME.get(wish.name or QUESTION)
        if command is None:
            return unknown(wish.name, request)
        if refused := refusal(command, request):
            return say(refused)
        return await _run(command, request)


async def _run(command: Command, request: Request) -> Reply:
    try:
        return await command.handler(request)
    except Usage as wrong:
        return reply(paragraph(str(wrong)), *usage_lines(command, request.sign))
    except NewsbotError as error:
        return say(words.sentence(error))
