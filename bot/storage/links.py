"""Chats of one reader on two platforms: one-time codes that prove it, and the pairs.

A code is never stored, only a salted hash of it; it lasts a while, works once, and is compared in
constant time. Who tries too often has to wait, so that nobody finds a code by guessing. Knows no
command and no delivery.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, or_, select, update

from bot.errors import Conflict
from bot.storage.columns import insert_new
from bot.storage.database import Database
from bot.storage.tables import link_codes, link_tries, links

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""No I, O, 0 and 1, which people confuse."""
LENGTH = 10
"""Fifty bits."""
LASTS = timedelta(minutes=15)
TRIES = 6
"""Codes that one person may ask for or give within `LASTS`."""


class Code(NamedTuple):
    """A code as its owner sees it, once."""

    text: str
    expires: datetime


class Links:
    """The pairs of chats and the codes that make them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def may_try(self, platform: str, user: str, now: datetime) -> datetime | None:
        """Count a try; None when it is allowed, else when the next one is."""
        return await self._database.write(lambda c: _may_try(c, platform, user, now))

    async def new_code(self, chat_id: int, now: datetime) -> Code:
        """A code for this chat, in place of an earlier one."""
        code = Code("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)), now + LASTS)
        salt = secrets.token_hex(16)
        values = {"salt": salt, "hash": _hash(code.text, salt), "expires": code.expires}

        def work(c: Connection) -> None:
            c.execute(delete(link_codes).where(link_codes.c.chat_id == chat_id))
            c.execute(insert(link_codes).values(chat_id=chat_id, **values))

        await self._database.write(work)
        return code

    async def redeem(self, text: str, now: datetime) -> int | None:
        """The chat that a code was made in, which ends the code; None: unknown, used or too old."""
        given = "".join(letter for letter in text.upper() if letter in ALPHABET)

        def work(c: Connection) -> int | None:
            c.execute(delete(link_codes).where(link_codes.c.expires <= now))
            # All of them, whichever fits: how long it takes tells nothing.
            codes = c.execute(select(link_codes)).all()
            fitting = [r.chat_id for r in codes if hmac.compare_digest(r.hash, _hash(given, r.salt))]
            c.execute(delete(link_codes).where(link_codes.c.chat_id.in_(fitting)))
            return fitting[0] if fitting else None

        return await self._database.write(work)

    async def pair(self, chat_id: int, other_id: int, now: datetime) -> None:
        """Link two chats. Raises Conflict when one of them is linked already."""

        def work(c: Connection) -> None:
            rows = [
                {"chat_id": chat_id, "other_id": other_id, "made": now},
                {"chat_id": other_id, "other_id": chat_id, "made": now},
            ]
            if sum(c.execute(insert_new(c, links).values(row)).rowcount for row in rows) != 2:
                raise Conflict(f"chat {chat_id} or {other_id} is linked already")

        async with self._database.transaction():
            await self._database.write(work)

    async def other(self, chat_id: int) -> int | None:
        """The chat that this one is linked with."""
        query = select(links.c.other_id).where(links.c.chat_id == chat_id)
        return await self._database.read(lambda c: c.scalar(query))

    async def unpair(self, chat_id: int) -> bool:
        """End the link of a chat; False when it had none."""
        return await self._database.write(lambda c: unlink(c, [chat_id]) > 0)


def unlink(c: Connection, chat_ids: list[int]) -> int:
    """End the links of these chats, and codes that wait for their other half; rows erased."""
    ended = c.execute(delete(links).where(or_(links.c.chat_id.in_(chat_ids), links.c.other_id.in_(chat_ids))))
    return ended.rowcount + c.execute(delete(link_codes).where(link_codes.c.chat_id.in_(chat_ids))).rowcount


def follow(c: Connection, old: int, new: int) -> None:
    """A chat became another: its link goes along, unless the other has one."""
    if c.scalar(select(links.c.chat_id).where(links.c.chat_id == new)) is None:
        c.execute(update(links).where(links.c.chat_id == old).values(chat_id=new))
        c.execute(update(links).where(links.c.other_id == old).values(other_id=new))
    unlink(c, [old])


def _may_try(c: Connection, platform: str, user: str, now: datetime) -> datetime | None:
    c.execute(delete(link_tries).where(link_tries.c.since <= now - LASTS))
    mine = (link_tries.c.platform == platform) & (link_tries.c.user == user)
    row = c.execute(select(link_tries).where(mine).with_for_update()).one_or_none()
    if row is None:
        c.execute(insert(link_tries).values(platform=platform, user=user, since=now, tries=1))
        return None
    if row.tries >= TRIES:
        return row.since + LASTS  # type: ignore[no-any-return]
    c.execute(update(link_tries).where(mine).values(tries=row.tries + 1))
    return None


def _hash(text: str, salt: str) -> str:
    return hashlib.blake2b(text.encode(), key=salt.encode(), digest_size=32).hexdigest()
