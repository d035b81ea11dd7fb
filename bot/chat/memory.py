"""The conversation so far: which earlier turns a question continues, and keeping the new ones.

Knows no model. A reply continues the conversation of the message that it replies to, or begins one
about the post that it replies to; what is said in a Matrix thread continues the thread's. In a private
chat or a topic a question that comes soon after continues too; nothing else does, because talks would mix.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.chat import gather
from bot.chat.command import Request
from bot.chat.places import hangs_on, root
from bot.types import Answer, Turn

TURNS = 6
SOON = timedelta(minutes=30)


async def history(request: Request) -> Sequence[Turn]:
    """The turns before this question, oldest first; empty for a new conversation."""
    message = request.message
    chats = request.store.chats
    for hung_on in hangs_on(message):
        turns = await chats.turns(request.chat.id, limit=TURNS, thread_of=hung_on)
        if turns or (turns := await _about_post(request, hung_on)):
            return turns
    if root(message) or not (message.private or message.address.thread):
        return ()
    turns = await chats.turns(request.chat.id, limit=TURNS)
    return [turn for turn in turns if turn.at and request.now - turn.at <= SOON]


async def _about_post(request: Request, message_id: str) -> list[Turn]:
    """What the post said, as if it were the bot's turn: a question about a story."""
    store = request.store
    story = await gather.posted_story(store, request.chat, message_id)
    summary = story and await gather.stored_summary(store, story, request.chat)
    if not summary:
        return []
    citations = tuple(citation for sentence in summary.sentences for citation in sentence.citations)
    return [Turn(role="assistant", text=f"{summary.title}. {summary.text}", citations=citations)]


async def remember(request: Request, question: str, answer: Answer) -> None:
    """Keep the question and what was answered; a message that is handled again is kept once."""
    message, chats = request.message, request.store.chats
    if await chats.turns(request.chat.id, limit=1, thread_of=message.message_id):
        return
    said = answer.text if answer.answered else "That is not in the sources."
    turns = (
        Turn(role="user", text=question, at=request.now),
        Turn(role="assistant", text=said, at=request.now, citations=answer.citations),
    )
    async with request.store.transaction():
        for turn in turns:
            await chats.add_turn(
                request.chat.id,
                turn,
                user=message.sender,
                message_id=message.message_id,
                thread_of=message.reply_to,
                root=root(message),
            )
