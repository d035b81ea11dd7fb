"""The list behind a digest of posts that had waited: every story of it, page by page.

The button names the digest; the stories are the rows that it stands for, so the list works weeks
later. Nobody sees the list of a chat that is not theirs.
"""

from __future__ import annotations

from bot.chat import gather
from bot.chat.blocks import bullet, heading, link, reply, say
from bot.chat.command import Request
from bot.chat.digest import Entry
from bot.chat.posts import headlined
from bot.chat.render import clip
from bot.chat.words import outlet
from bot.storage.folds import PREFIX, Pile
from bot.types import Block, Button, Reply

PAGE = 25
TITLE_LENGTH = 90


def button(chat_id: int, pile: Pile) -> Button:
    """Leads to the first page of what a digest stands for."""
    return Button(f"All {len(pile.story_ids)}", f"waited {chat_id}:{pile.newest}")


async def waited(request: Request) -> Reply:
    """A page of the stories that waited."""
    name, _, page = request.arguments.partition(" ")
    chat_id, _, newest = name.partition(":")
    own = {str(request.chat.id), str(await request.store.links.other(request.chat.id))}
    if chat_id not in own or not newest.isdecimal():
        return say("I don't have that list (any more).")
    ids = await request.store.folds.stories(f"{PREFIX}{chat_id}:{newest}")
    start = PAGE * (int(page) if page.isdecimal() and len(page) < 6 else 0)
    stories = await request.store.stories.get_many(ids[start : start + PAGE])
    entries = await gather.entries(request.store, stories, await gather.sources_by_id(request.store))
    if not entries:
        return say("These stories are gone.")
    following = Button("Next", f"waited {name} {start // PAGE + 1}")
    return reply(
        heading(f"What waited, {start + 1} to {min(start + PAGE, len(ids))} of {len(ids)}"),
        *map(_line, entries),
        buttons=[[following]] if start + PAGE < len(ids) else [],
    )


def _line(entry: Entry) -> Block:
    lead = headlined(entry.story, entry.articles, entry.summary) or entry.articles[0]
    return bullet(link(clip(lead.title, TITLE_LENGTH), lead.url), f" ({outlet(lead)})")
