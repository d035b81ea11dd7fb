"""Commands that pair a reader's chats on two platforms, so that one stands in for the other.

A code proves that both chats are the same reader's: it is shown in one and given in the other. Only
private chats can be linked, since in a group others would read the code.
"""

from __future__ import annotations

from bot.chat.blocks import bold, mono, paragraph, reply, say
from bot.chat.carry import NAMES
from bot.chat.command import Request
from bot.chat.render import prefix, render
from bot.chat.words import count, moment
from bot.errors import BadInput, Conflict
from bot.types import Chat, DeliveryKind, NewDelivery, Reply

PAIR = {"telegram": "matrix", "matrix": "telegram"}


async def link(request: Request) -> Reply:
    """Show a code, or pair this chat with the one where a code was shown."""
    if request.chat.address.platform not in PAIR:
        raise BadInput("I can link a chat on Telegram with one on Matrix. Ask me there.")
    given = request.arguments.strip()
    other = await _linked_with(request)
    if other and not given:
        return say(_already(other), f" To end that: {request.sign}unlink")
    if other:
        return say(_already(other))
    await _slowly(request)
    return await (_pair(request, given) if given else _offer(request))


async def _linked_with(request: Request) -> Chat | None:
    other = await request.store.links.other(request.chat.id)
    return None if other is None else await request.store.chats.get(other)


def _already(other: Chat) -> str:
    return f"This chat is linked with your {_platform(other)} chat."


def _platform(chat: Chat) -> str:
    return NAMES.get(chat.address.platform, chat.address.platform)


async def _slowly(request: Request) -> None:
    person = request.message
    until = await request.store.links.may_try(person.address.platform, person.sender, request.now)
    if until:
        raise BadInput(f"Too many codes for now. Please try again after {moment(until, request.zone)}.")


async def _offer(request: Request) -> Reply:
    code = await request.store.links.new_code(request.chat.id, request.now)
    there = PAIR[request.chat.address.platform]
    shown = f"{code.text[:5]}-{code.text[5:]}"
    return reply(
        paragraph(f"Now send me this in your {NAMES[there]} chat:"),
        paragraph(mono(f"{prefix(there)}link {shown}")),
        paragraph(
            f"It works once, until {moment(code.expires, request.zone)}. Then each chat stands in for the "
            "other: what can't reach you on one platform comes on the other."
        ),
    )


async def _pair(request: Request, given: str) -> Reply:
    store = request.store
    async with store.transaction():
        chat_id = await store.links.redeem(given, request.now)
        if chat_id is None:
            raise BadInput(
                "That code isn't valid. A code works once and for 15 minutes; "
                f"{request.sign}link in your other chat gives a new one."
            )
        other = await store.chats.get(chat_id)
        _refuse_same_platform(request.chat, other)
        try:
            await store.links.pair(request.chat.id, other.id, request.now)
        except Conflict as e:
            raise BadInput("One of the two chats is linked already. Unlink it there first.") from e
        await _tell(request, other)
    after = count(int(request.services.failover_after.total_seconds() // 60), "minute")
    return reply(
        paragraph("Linked with your ", bold(_platform(other)), " chat."),
        paragraph(
            f"When one platform can't be reached for {after}, what is due there comes to the other chat, "
            f"once. Answers stay where you ask. To end it: {request.sign}unlink"
        ),
    )


def _refuse_same_platform(chat: Chat, other: Chat) -> None:
    if other.address.platform == chat.address.platform:
        raise BadInput(
            f"That code was made here on {_platform(chat)}. "
            f"Send it to me on {NAMES[PAIR[chat.address.platform]]}."
        )


async def _tell(request: Request, other: Chat) -> None:
    """The other chat hears of it too: if it was not its reader, they can end it."""
    here, sign = request.chat, prefix(other.address.platform)
    words = say(f"This chat is now linked with a {_platform(here)} chat. If that was not you: {sign}unlink")
    notice = NewDelivery(
        dedup_key=f"linked:{other.id}:{here.id}:{request.now.isoformat()}",
        chat_id=other.id,
        kind=DeliveryKind.NOTICE,
        parts=render(words, other.address.platform),
    )
    await request.store.outbox.put([notice], request.now)


async def unlink(request: Request) -> Reply:
    """End the link of this chat; what moved already stays where it is."""
    other = await _linked_with(request)
    await request.store.links.unpair(request.chat.id)
    if other is None:
        return say("This chat is not linked.")
    return say(f"No longer linked with your {_platform(other)} chat.")
