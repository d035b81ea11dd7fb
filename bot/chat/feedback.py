"""Thumbs up and down: `/up`, `/down`, the buttons under posts, reactions; and `/feedback`.

A thumb is one person's, for one story; it can be changed, and taken back by pressing it again or by
removing the reaction. The hard thing is to say nothing: who presses a button sees it counted there, who
reacts sees the reaction; only a typed command is answered.
"""

from __future__ import annotations

from dataclasses import replace

from bot.chat import gather
from bot.chat.blocks import bold, bullet, heading, mono, paragraph, reply, say
from bot.chat.command import Request, Usage
from bot.chat.digest import Entry
from bot.chat.places import hangs_on
from bot.chat.render import clip
from bot.chat.taste import HALF, KEPT, Taste, learned, named, traits
from bot.chat.thumbs import DOWN, UP, recounted, value_of
from bot.chat.words import count
from bot.errors import NotFound
from bot.storage.votes import Told, Vote
from bot.types import Block, Button, Reply

SHOWN = 6
"""Traits that `feedback` names on each side."""
QUIET = Reply(blocks=())


async def up(request: Request) -> Reply:
    """More like this."""
    return await _vote(request, 1)


async def down(request: Request) -> Reply:
    """Less like this."""
    return await _vote(request, -1)


async def _vote(request: Request, value: int) -> Reply:
    store, message = request.store, request.message
    told = await _told(request)
    if request.arguments.strip():
        chat_id, story_id = told.chat_id if told else request.chat.id, request.number("story")
    elif told:
        chat_id, story_id = told.chat_id, told.story_id
    elif message.button:
        return QUIET
    else:
        raise Usage("Which story? Give me its number, or reply to a post of mine.")
    entry = await _entry(request, story_id)
    if entry is None:
        return QUIET if message.button else say(f"I have no story {story_id}.")
    story_id = entry.story.id  # The number on an old post may lead to another.
    pressed = bool(message.button and request.arguments)
    given = await store.votes.given(chat_id, story_id, user=message.sender) if pressed else None
    if given is None or given.at < message.sent:
        again = given is not None and given.value == value
        vote = Vote(story_id=story_id, value=0 if again else value, traits=traits(entry), at=request.now)
        await store.votes.put(chat_id, vote, user=message.sender)
    if message.button:
        return await _counted(request, chat_id, story_id)
    more = "more" if value > 0 else "less"
    return say(f"Noted: {more} like “{clip(entry.story.title, 80)}”. ", mono(f"{request.sign}feedback"))


async def _told(request: Request) -> Told | None:
    for message_id in hangs_on(request.message):
        if told := await request.store.votes.told_by(request.message.address, message_id):
            return told
    return None


async def unvote(request: Request) -> Reply:
    """A reaction was taken back: so is its vote, unless the person has voted otherwise since."""
    store, message = request.store, request.message
    reaction = await store.inbox.find(message.address, message.reply_to)
    told = await store.votes.told_by(message.address, reaction.reply_to) if reaction else None
    if reaction is None or told is None:
        return QUIET
    given = await store.votes.given(told.chat_id, told.story_id, user=reaction.sender)
    if given is not None and given.value == value_of(reaction):
        await store.votes.put(told.chat_id, replace(given, value=0, at=request.now), user=reaction.sender)
    return QUIET


async def _entry(request: Request, story_id: int) -> Entry | None:
    try:
        story = await request.store.stories.get(story_id)
    except NotFound:
        return None
    found = await gather.entries(request.store, [story], await gather.sources_by_id(request.store))
    return found[0] if found else None


async def _counted(request: Request, chat_id: int, story_id: int) -> Reply:
    """The message with the new counts, where it shows any."""
    shown = await request.store.votes.shown(chat_id, request.message.reply_to)
    counts = (await request.store.votes.counts(story_id)).get(chat_id, (0, 0))
    rows = recounted(shown.buttons, counts) if shown else ()
    if shown is None or rows == shown.buttons:
        return QUIET
    return replace(QUIET, buttons=rows, relabels=True)


async def taste_of(request: Request) -> Taste:
    """What the chat's votes say now."""
    since = request.now - KEPT
    return learned(await request.store.votes.of_chat(request.chat.id, since=since), request.now)


async def feedback(request: Request) -> Reply:
    """Show what the votes of this chat do to its digests, or forget them."""
    word = request.arguments.strip().lower()
    if word == "reset":
        gone = await request.store.votes.reset(request.chat.id)
        return say(f"Done: {count(gone, 'vote')} forgotten. Digests go by importance alone again.")
    if word:
        raise Usage("I only know “reset” there.")
    votes = await request.store.votes.of_chat(request.chat.id, since=request.now - KEPT)
    if not votes:
        return say(
            f"Nobody has voted here yet. {UP} and {DOWN} under a story, or ",
            mono(f"{request.sign}up NUMBER"),
            ", put more or less of its kind at the top of this chat's digests.",
        )
    liked, disliked = sum(v.value > 0 for v in votes), sum(v.value < 0 for v in votes)
    taste = learned(votes, request.now)
    return reply(
        heading("What your votes do"),
        paragraph(
            f"{UP} {liked} · {DOWN} {disliked}. They move stories up or down in this chat's digests, a "
            f"little: important news stays on top. A vote counts half after {HALF.days} days."
        ),
        *_side("Further up", [taste.written[t] for t, w in _strongest(taste) if w > 0]),
        *_side("Further down", [taste.written[t] for t, w in _strongest(taste) if w < 0]),
        buttons=[[Button("Forget these votes", "feedback reset")]],
    )


def _strongest(taste: Taste) -> list[tuple[str, float]]:
    return sorted(taste.weights.items(), key=lambda item: (-abs(item[1]), item[0]))


def _side(title: str, found: list[str]) -> list[Block]:
    return [bullet(bold(f"{title}: "), ", ".join(map(named, found[:SHOWN])))] if found else []


def moved(taste: Taste, entry: Entry) -> list[Block]:
    """How votes move this story, for `/why`; nothing where they don't."""
    move = taste.move(traits(entry))
    if abs(move.by) < 0.05:
        return []
    where = "up" if move.by > 0 else "down"
    because = ", ".join(f"{named(taste.written[t])} ({weight:+.1f})" for t, weight in move.reasons[:4])
    return [paragraph(f"Votes in this chat move it {where} in digests by {abs(move.by):.1f}: {because}.")]
