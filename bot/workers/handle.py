"""A message from the inbox to the replies in the outbox.

The message was written down before this stage saw it, and it is done in the transaction that queues
its replies: a crash answers again from the start, never twice. A handler that keeps raising is given
up with a sentence, so that nobody waits for nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.chat import words
from bot.chat.places import home
from bot.chat.render import render
from bot.chat.router import Router
from bot.chat.thumbs import is_thumb
from bot.storage.store import Store
from bot.types import Chat, Claim, DeliveryKind, Message, NewDelivery, Part, Reply
from bot.workers.loop import Bells, Clock
from bot.workers.meanwhile import Meanwhile, Show

log = logging.getLogger(__name__)

TRIES = 3


@dataclass(frozen=True, kw_only=True)
class Handle:
    """The handle stage."""

    store: Store
    router: Router
    typing: Show
    clock: Clock
    bells: Bells

    async def step(self, claim: Claim) -> None:
        """Answer one message."""
        message = await self.store.inbox.get(claim.id)
        if (message.private or message.addressed) and not is_thumb(message):
            async with Meanwhile(self.typing, message.address, claim.id) as shown:
                replies = await self.router.handle(message, now=self.clock(), on_text=shown.say)
        else:
            replies = await self.router.handle(message, now=self.clock())
        await self._reply(claim, message, replies)

    async def give_up(self, claim: Claim, error: Exception) -> bool:
        """After the last try, say that something broke."""
        if claim.attempts < TRIES:
            return False
        message = await self.store.inbox.get(claim.id)
        await self._reply(claim, message, [words.trouble()])
        return True

    async def _reply(self, claim: Claim, message: Message, replies: Sequence[Reply]) -> None:
        chat = await self.store.chats.ensure(home(message), title=message.chat_title, private=message.private)
        deliveries = [
            NewDelivery(
                dedup_key=f"reply:{claim.id}:{n}",
                chat_id=chat.id,
                kind=DeliveryKind.ANSWER,
                parts=await self._parts(reply, chat, message),
                reply_to="" if message.button else message.message_id,
                edits=message.reply_to if reply.relabels else "",
            )
            for n, reply in enumerate(replies)
        ]
        async with self.store.rows.finish(claim, due_at=None):
            await self.store.outbox.put(deliveries, self.clock())
        self.bells.ring("poll", "deliver")

    async def _parts(self, reply: Reply, chat: Chat, message: Message) -> tuple[Part, ...]:
        if not reply.relabels:
            return render(reply, message.address.platform)
        shown = await self.store.votes.shown(chat.id, message.reply_to)
        return (replace(shown, buttons=reply.buttons),) if shown else ()
