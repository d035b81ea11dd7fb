"""Commands about the news: ask, latest, search, summary, story, and the buttons under them.

Handlers only fetch and hand on: the deciding is in `news`, the look in `answers`, `posts`, `digest`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from bot.chat import gather, memory
from bot.chat.answers import answer_reply, quotes_reply
from bot.chat.blocks import heading, italic, link, paragraph, quote, reply, say
from bot.chat.citing import cited, sources
from bot.chat.command import Request, Usage
from bot.chat.digest import (
    SCREEN_STORIES,
    Entry,
    more_button,
    more_ids,
    stories_reply,
    told_button,
    told_of,
)
from bot.chat.places import hangs_on
from bot.chat.posts import post_blocks
from bot.chat.render import clip
from bot.chat.thumbs import thumbs
from bot.chat.timeline import differences_shown, differing, timeline
from bot.chat.words import date, outlet, reading
from bot.errors import NotFound
from bot.schedule import zone_of
from bot.types import (
    Article,
    Block,
    Button,
    Citation,
    Draft,
    Length,
    Passage,
    Reply,
    Source,
    Story,
    Summary,
    Urgency,
)

PAGE = 60
"""Stories that `latest` reads at a time."""
NEWEST = 3000
"""Stories that it looks through for a topic."""
LISTED = 4 * SCREEN_STORIES
"""Stories of a topic that it looks for: a screen, and what follows by its button."""
FOUND_ARTICLES = 6
FOUND_PASSAGES = 40
SNIPPET = 220
LENGTHS = {length.value: length for length in Length}


async def ask(request: Request) -> Reply:
    """Answer a question from the archive; also what plain text means."""
    question = request.arguments.strip()
    if not question:
        raise Usage("What would you like to know?")
    answer = await request.services.answerer.answer(
        question,
        now=request.now,
        zone=zone_of(request.zone),
        history=await memory.history(request),
        on_text=request.on_text,
        on_reading=partial(_reading, request),
        urgency=Urgency.PERSON,
    )
    await memory.remember(request, question, answer)
    return answer_reply(answer, zone=request.zone)


def _reading(request: Request, articles: Sequence[Article]) -> None:
    """Say what is being read, to whoever waits."""
    if request.on_text and articles:
        request.on_text(reading(articles))


async def quotes(request: Request) -> Reply:
    """The quotes behind the answer that the button belongs to, or behind the last one."""
    for message_id in hangs_on(request.message) or ("",):
        if citations := await _cited_in(request, message_id):
            return quotes_reply(citations, zone=request.zone)
    return quotes_reply((), zone=request.zone)


async def _cited_in(request: Request, message_id: str) -> Sequence[Citation]:
    """What the last answer cites in the message's conversation (empty: in the whole chat)."""
    turns = await request.store.chats.turns(request.chat.id, limit=20, thread_of=message_id)
    return next((turn.citations for turn in reversed(turns) if turn.citations), ())


async def latest(request: Request) -> Reply:
    """The newest stories, of one topic where one is named."""
    topic = request.arguments.strip()
    known = await gather.sources_by_id(request.store)
    if topic and not any(_under(source.topic, topic) for source in known.values()):
        return say(_no_topic(topic, known))
    found, enough = await _newest(request, topic, known)
    if not found:
        where = f" in “{topic}”" if topic else ""
        return say(f"I have no stories{where} {'yet' if enough else f'among my newest {NEWEST}'}.")
    shown = await gather.with_summaries(request.store, found[:SCREEN_STORIES], request.chat)
    rest = [entry.story.id for entry in found[SCREEN_STORIES:]]
    title = f"Latest in {topic}" if topic else "Latest"
    listed = stories_reply(title, shown, more_button(rest) if rest else None)
    bound = paragraph(italic(f"I looked through my newest {NEWEST} stories for these."))
    return listed if enough else replace(listed, blocks=(*listed.blocks, bound))


async def _newest(request: Request, topic: str, known: Mapping[int, Source]) -> tuple[Sequence[Entry], bool]:
    """The newest stories, under a topic where one is named, and whether they are all or enough to list."""
    found, last = list[Entry](), None
    for _ in range(0, NEWEST, PAGE):
        page = await request.store.stories.list(limit=PAGE, following=last)
        entries = await gather.entries(request.store, page, known)
        found += [entry for entry in entries if not topic or _under(entry.topic, topic)]
        if len(page) < PAGE or len(found) >= LISTED:
            return found, True
        last = page[-1]
    return found, False


def _under(topic: str, wanted: str) -> bool:
    return f"{topic.casefold()}/".startswith(f"{wanted.casefold()}/")


def _no_topic(topic: str, known: Mapping[int, Source]) -> str:
    topics = sorted({source.topic for source in known.values() if source.topic})
    named = f" Topics: {', '.join(topics[:12])}." if topics else ""
    return f"I have no stories in “{clip(topic, 80)}”.{named}"


async def more(request: Request) -> Reply:
    """The next stories of a digest or list; the button carries their ids."""
    told = told_of(request.arguments)
    if told:
        at, before = told
        whole = await request.store.subscriptions.told_at(request.chat.id, at)
        ids = whole[before:]
    else:
        ids = more_ids(request.arguments)
    stories = await request.store.stories.get_many(ids)
    found = await gather.entries(request.store, stories, await gather.sources_by_id(request.store))
    if not found:
        return say("These stories are gone.")
    shown = await gather.with_summaries(request.store, found[:SCREEN_STORIES], request.chat)
    rest = [entry.story.id for entry in found[SCREEN_STORIES:]]
    next_one = told_button(told[0], told[1] + len(shown), len(rest)) if told else more_button(rest)
    return stories_reply("More", shown, next_one if rest else None)


async def search(request: Request) -> Reply:
    """Passages of the archive with these words, an article once, with date and link."""
    terms = [phrase or word for phrase, word in re.findall(r'"([^"]+)"|([^\s"]+)', request.arguments)]
    if not terms:
        raise Usage("What shall I search for?")
    hits = await request.store.search.text(terms, limit=FOUND_PASSAGES)
    best = {hit.article_id: hit.passage_id for hit in reversed(hits)}
    ordered = list(dict.fromkeys(hit.article_id for hit in hits))[:FOUND_ARTICLES]
    articles = await request.store.articles.get_many(ordered)
    passages = {p.id: p for p in await request.store.search.passages([best[i] for i in ordered])}
    if not articles:
        return say(f"Nothing in the archive has “{clip(request.arguments, 80)}”.")
    blocks = [heading(f"Found for “{clip(request.arguments, 80)}”")]
    for article in articles:
        blocks += _found(article, passages.get(best[article.id]), request.zone)
    return reply(*blocks)


def _found(article: Article, passage: Passage | None, zone: str) -> list[Block]:
    line = paragraph(
        link(clip(article.title, 110), article.url), f" ({outlet(article)}, {date(article.when, zone)})"
    )
    return [line, quote(clip(" ".join(passage.text.split()), SNIPPET))] if passage else [line]


async def summary(request: Request) -> Reply:
    """A summary of a page by URL, a story by number, or what the replied-to post or answer is about."""
    words = request.words
    named = [word.lower() for word in words if word.lower() in LENGTHS]
    length = LENGTHS[named[-1]] if named else request.chat.length
    rest = [word for word in words if word.lower() not in LENGTHS]
    if len(rest) > 1:
        raise Usage("One thing at a time, please.")
    meant = await _named(request, rest[0]) if rest else await _replied_to(request)
    if isinstance(meant, Story):
        return await _story_summary(request, meant, length)
    return await _article_summary(request, meant, length)


async def _named(request: Request, word: str) -> Story | Article:
    if _is_number(word):
        return await _story(request, int(word.removeprefix("#")))
    return await _page(request, word)


def _is_number(word: str) -> bool:
    digits = word.removeprefix("#")
    return digits.isascii() and digits.isdecimal() and len(digits) < 16


async def _story(request: Request, story_id: int) -> Story:
    try:
        return await request.store.stories.get(story_id)
    except NotFound as e:
        raise Usage(f"I have no story {story_id}.") from e


async def _page(request: Request, url: str) -> Article:
    """The stored article of a URL; else the page, read now and not kept: only sources fill the archive."""
    if "." not in url:
        raise Usage("I need a web address or the number of a story.")
    address = url if "://" in url else f"https://{url}"
    stored = await gather.article_at(request.store, request.services.desk, address)
    return stored or _passing(await request.services.desk.read(address), request)


def _passing(draft: Draft, request: Request) -> Article:
    return Article(
        id=0,
        url=draft.url,
        title=draft.title,
        text=draft.text,
        outlet=draft.outlet,
        byline=draft.byline,
        language=draft.language,
        published=draft.published,
        fetched=request.now,
        revision=1,
        source_id=None,
        story_id=None,
    )


async def _replied_to(request: Request) -> Story | Article:
    """The story of the post that is replied to, or the first article that the answer replied to cites."""
    hung_on = hangs_on(request.message)
    if not hung_on:
        raise Usage("Give me a web address or the number of a story, or reply to an answer of mine.")
    for message_id in hung_on:
        if posted := await gather.posted_story(request.store, request.chat, message_id):
            return posted
        if citations := await _cited_in(request, message_id):
            return await request.store.articles.get(citations[0].article_id)
    raise Usage("I can't tell which article you mean.")


async def _article_summary(request: Request, article: Article, length: Length) -> Reply:
    written = await request.services.summarizer.article(
        article, length=length, language=request.chat.language, urgency=Urgency.PERSON
    )
    blocks = [paragraph(link(clip(written.title or article.title, 200), article.url))]
    if written.body:
        blocks.append(cited(written.body))
    if written.note:
        blocks.append(paragraph(italic(written.note)))
    blocks += sources(written.sentences, zone=request.zone)
    return reply(*blocks)


async def _story_summary(request: Request, story: Story, length: Length) -> Reply:
    articles = await request.store.stories.articles(story.id)
    written = await _written(request, story, articles, length)
    return reply(*post_blocks(story, articles, written))


async def _written(request: Request, story: Story, articles: list[Article], length: Length) -> Summary:
    """The stored summary of the story's present revision, else one written now and kept."""
    language = request.chat.language
    stored = await request.store.stories.summary(story.id, length=length, language=language)
    if stored and stored[1] == story.revision:
        return stored[0]
    written = await request.services.summarizer.story(
        articles, length=length, language=language, urgency=Urgency.PERSON
    )
    await request.store.stories.put_summary(
        story.id, revision=story.revision, length=length, language=language, summary=written
    )
    return written


async def story(request: Request) -> Reply:
    """A story with its time line, its outlets, and where they differ."""
    found = await _story(request, request.number("story"))
    articles = await request.store.stories.articles(found.id)
    written = await _written(request, found, articles, request.chat.length)
    line = timeline(articles, await request.store.stories.revised(found.id), zone=request.zone)
    differ = await asyncio.to_thread(differing, articles)
    for difference in differ:
        written = replace(written, note=written.note.replace(difference.note, "").strip())
    follow = Button("Follow this story", f"subscribe story {found.id}")
    alike = Button("More like this", f"subscribe like {found.id}")
    counts = (await request.store.votes.counts(found.id)).get(request.chat.id, (0, 0))
    rows = [[*thumbs(found.id, *counts), follow, alike]]
    if any(_changed(article) for article in articles):
        rows.append([Button("What was changed", f"changes {found.id}")])
    shown = (*post_blocks(found, articles, written), *differences_shown(differ), *line)
    return reply(*shown, buttons=rows)


def _changed(article: Article) -> bool:
    return article.revision > 1 and not article.withdrawn
