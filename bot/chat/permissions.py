"""Who may do what: the one place where it is decided, for every command on every platform.

Owners come from the configuration and can't be changed by command; admins and blocks are in the
store. What a platform displays to whom is a convenience and never trusted.
"""

from __future__ import annotations

from bot.chat.command import Command, Request
from bot.chat.services import Services
from bot.chat.timezones import says_clock
from bot.types import Message, Role


async def role_of(services: Services, message: Message) -> Role:
    """The role of the message's sender."""
    person = (message.address.platform, message.sender)
    return Role.OWNER if person in services.owners else await services.store.chats.role(*person)


def refusal(command: Command, request: Request) -> str:
    """Why this person may not use this command here; empty when they may."""
    message, role = request.message, request.role
    if role < command.permission:
        who = "my owner" if command.permission is Role.OWNER else "my admins"
        return f"Only {who} can do that.{_how_to_own(request)}"
    if command.private_only and not message.private:
        return "Please ask me that in a private chat: the answer is about you."
    # A clock that is told only brings an offer of places; choosing one is checked like any command.
    looks = command.shows_when_bare and (not request.arguments or says_clock(request.arguments))
    trusted = message.private or message.may_administer or role >= Role.ADMIN
    if command.changes_chat and not (looks or trusted):
        return "In a group, only its administrators can change what I post here."
    return ""


def _how_to_own(request: Request) -> str:
    """Where nobody owns the bot yet, the person who set it up learns what to write."""
    platform = request.message.address.platform
    if any(owner_on == platform for owner_on, _ in request.services.owners):
        return ""
    return (
        " Nobody owns me here yet. If you run me, add "
        f"“{platform}:{request.message.sender}” to the owners in my configuration."
    )
