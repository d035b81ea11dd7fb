"""A user's place in a chat, with every field that the Bot API demands for it."""

from __future__ import annotations

from typing import Any

from aiogram.types import ChatMemberAdministrator, ChatMemberRestricted
from pydantic import BaseModel

RIGHTS: dict[str, tuple[type[BaseModel], bool]] = {
    "administrator": (ChatMemberAdministrator, True),
    "restricted": (ChatMemberRestricted, False),
}


def member(user: dict[str, Any], status: str) -> dict[str, Any]:
    """The ChatMember of this status: creator, administrator, member, restricted, left, kicked."""
    made: dict[str, Any] = {"user": user, "status": status}
    if status in RIGHTS:
        model, may = RIGHTS[status]
        needed = {name for name, f in model.model_fields.items() if f.is_required()}
        made |= dict.fromkeys(needed - {"user", "status", "until_date"}, may)
    if status == "creator":
        made["is_anonymous"] = False
    if status in {"restricted", "kicked"}:
        made["until_date"] = 0
    return made
