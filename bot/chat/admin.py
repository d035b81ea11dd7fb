"""Commands for those who run the bot: admins, grant, revoke, status.

Owners are named in the configuration, so no command can make or unmake one.
"""

from __future__ import annotations

import re

from bot.chat.blocks import bold, bullet, heading, mono, paragraph, reply, say
from bot.chat.command import Request, Usage
from bot.errors import BadInput
from bot.types import Block, DeliveryState, Reply, Role, SourceState

PEOPLE = {
    "telegram": (re.compile(r"-?[0-9]{1,20}"), "On Telegram a person is a number, like 123456789."),
    "matrix": (re.compile(r"@[^\s:]{1,200}:[^\s]{1,200}"), "On Matrix a person is @name:server."),
    "console": (re.compile(r"[\w.-]{1,64}"), "In the terminal a person is a user's name."),
}
"""What a person's id looks like, by platform; a minus has who speaks as a channel."""
GRANTED = {"admin": Role.ADMIN, "blocked": Role.BLOCKED}


async def admins(request: Request) -> Reply:
    """Owners, admins and who is blocked, on this platform and others."""
    owners = sorted(request.services.owners)
    lines = [bullet(mono(user), f" ({platform}): owner") for platform, user in owners]
    blocked: list[Block] = []
    for m in await request.store.chats.members():
        if (m.platform, m.user) not in request.services.owners:
            line = bullet(mono(m.user), f" ({m.platform}): {m.role.name.lower()}, by {m.granted_by}")
            (blocked if m.role is Role.BLOCKED else lines).append(line)
    return reply(
        heading("Who runs this bot"),
        *(lines or [paragraph("There are no owners or admins.")]),
        *([heading("Who is blocked"), *blocked] if blocked else []),
    )


async def grant(request: Request) -> Reply:
    """Make a person an admin, or block them."""
    words = request.words
    if not 1 <= len(words) <= 2 or (len(words) == 2 and words[1].lower() not in GRANTED):
        raise Usage("Whom, and as what?")
    user = _person(request, words[0])
    role = GRANTED[words[1].lower()] if len(words) == 2 else Role.ADMIN
    await request.store.chats.set_role(request.message.address.platform, user, role, _granter(request))
    if role is Role.BLOCKED:
        return say(bold(user), " is blocked: I ignore them from now on.")
    return say(bold(user), " is an admin now.")


async def revoke(request: Request) -> Reply:
    """Take an admin's role or a block away."""
    if len(request.words) != 1:
        raise Usage("Whose role?")
    user, platform = _no_owner(request, request.words[0]), request.message.address.platform
    if await request.store.chats.role(platform, user) is Role.READER:
        return say(bold(_person(request, user)), " has no role to take away.")
    await request.store.chats.set_role(platform, user, Role.READER, _granter(request))
    return say(bold(user), " is a reader like everyone now.")


def _person(request: Request, word: str) -> str:
    """The id of a person on this platform; BadInput for what nobody's id can be."""
    pattern, looks = PEOPLE[request.message.address.platform]
    if not pattern.fullmatch(word):
        raise BadInput(f"{looks} {request.sign}mydata tells each their own.")
    return _no_owner(request, word)


def _no_owner(request: Request, word: str) -> str:
    if (request.message.address.platform, word) in request.services.owners:
        raise Usage("An owner's role is in the configuration.")
    return word


def _granter(request: Request) -> str:
    return f"{request.message.address.platform}:{request.message.sender}"


async def status(request: Request) -> Reply:
    """How the bot is doing: what the store counts, then what only the running bot knows."""
    known = dict(await _counted(request))
    if request.services.status:
        own = await request.services.status.lines(now=request.now)
        told = {name.casefold() for name, _ in own}
        known = {name: value for name, value in known.items() if name.casefold() not in told} | dict(own)
    return reply(
        heading("Status"), *(bullet(f"{name}: ", bold(value or "none")) for name, value in known.items())
    )


async def _counted(request: Request) -> list[tuple[str, str]]:
    store = request.store
    known = await store.sources.list()
    deliveries = await store.outbox.counts()
    states = {state: sum(s.state is state for s in known) for state in SourceState}
    return [
        ("Articles", str(await store.articles.count())),
        ("Sources", ", ".join(f"{n} {state}" for state, n in states.items() if n)),
        ("Chats", str(len(await store.chats.list(active=True)))),
        ("Deliveries", ", ".join(f"{deliveries[s]} {s}" for s in DeliveryState if deliveries.get(s))),
    ]
