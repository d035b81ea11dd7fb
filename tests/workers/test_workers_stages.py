"""From a source to a chat, stage by stage, on real rows."""

from datetime import timedelta

import pytest
from fakes import MORNING, draft

from bot.errors import Ambiguous, ChatGone, FetchError, HttpStatus, Rejected, RetryAfter, Unavailable
from bot.sources.reader import Polled
from bot.types import Cadence, DeliveryState, PutStatus, SourceKind, SourceState

FEED = "https://post.example/feed.xml"


async def source(town, url: str = FEED):
    return await town.store.sources.add(url, kind=SourceKind.FEED, now=town.clock())


# --- poll ----------------------------------------------------------------------------------


async def test_a_poll_stores_what_is_new_and_remembers_the_servers_validators(town) -> None:
    feed = await source(town)
    town.reader.brings = Polled(drafts=(draft("ferry"), draft("tram")), etag='"1"', title="Post")

    await town.work("poll")

    after = await town.store.sources.get(feed.id)
    assert await town.store.articles.count() == 2
    assert (after.etag, after.title) == ('"1"', "Post")
    assert after.first_polled is not None


async def test_only_the_newest_items_of_a_new_source_are_announced(town) -> None:
    await town.subscribe(await town.chat())
    await source(town)
    things = ["ferry", "tram", "library", "comet", "flood", "bakery", "cup", "market", "road", "lighthouse"]
    items = [
        draft(thing, f"{thing} {thing}s {thing}ing {thing}er.", at=MORNING - timedelta(hours=n))
        for n, thing in enumerate(things)
    ]
    town.reader.brings = Polled(drafts=tuple(items))

    await town.work()

    assert await town.store.articles.count() == 10
    assert [t.split()[0] for t in town.platform.texts] == ["Library", "Tram", "Ferry"]


async def test_a_source_that_fails_is_asked_again_later(town) -> None:
    feed = await source(town)
    town.reader.brings = FetchError("no route", url=FEED)

    await town.work("poll")

    after = await town.store.sources.get(feed.id)
    assert (after.failures, after.last_error) == (1, "no route")
    assert after.due_at is not None
    assert after.due_at > town.clock()


async def test_a_server_that_asks_for_a_pause_gets_it(town) -> None:
    feed = await source(town)
    town.reader.brings = HttpStatus(429, url=FEED, retry_after=7200)

    await town.work("poll")

    after = await town.store.sources.get(feed.id)
    assert after.due_at is not None
    assert after.due_at >= town.clock() + timedelta(hours=2)


async def test_a_source_that_is_gone_is_dead(town) -> None:
    feed = await source(town)
    town.reader.brings = Polled(gone=True)

    await town.work("poll")

    after = await town.store.sources.get(feed.id)
    assert after.state is SourceState.DEAD
    assert not await town.loop("poll").once()


async def test_a_sites_onion_address_is_remembered_until_the_source_moves(town) -> None:
    feed = await source(town)
    town.reader.brings = Polled(onion_url="http://abc.onion/feed.xml")
    await town.work("poll")
    assert (await town.store.sources.get(feed.id)).onion_url == "http://abc.onion/feed.xml"

    town.reader.brings = Polled()
    await town.store.rows.wake("sources", feed.id, town.clock())
    await town.work("poll")
    assert (await town.store.sources.get(feed.id)).onion_url == "http://abc.onion/feed.xml"

    moved = await town.store.sources.change(feed.id, url="https://post.example/new.xml")
    assert moved.onion_url == ""


async def test_one_item_without_text_stops_no_other(town) -> None:
    await source(town)
    empty = draft("empty", "x")
    town.reader.brings = Polled(drafts=(type(empty)(url="", title="", text="", keys=()), draft("tram")))

    await town.work("poll")

    assert await town.store.articles.count() == 1


# --- read ----------------------------------------------------------------------------------

FERRY = "The ferry Marla hit rocks near the harbour on Monday. Fourteen passengers of the ferry were hurt."


async def test_two_reports_of_one_event_become_one_story(town) -> None:
    await town.arrive(
        draft("ferry-hits-rocks", FERRY, title="Ferry Marla hits rocks near harbour"),
        draft(
            "ferry-rocks",
            f"{FERRY} Rescuers came by boat.",
            title="Ferry Marla hits rocks, passengers hurt",
            outlet="Echo",
        ),
        draft("library", "The library buys a heat pump for its reading room. It cost three million."),
    )

    await town.work("read")

    assert sorted(n for _, n in await town.stories()) == [1, 2]


async def test_without_an_embedder_articles_are_still_found_by_their_words(town) -> None:
    town.embedder.broken = True
    await town.arrive(draft("ferry", FERRY))

    await town.work("read")

    [hit] = await town.store.search.text(["rocks"], limit=5)
    assert hit.article_id == 1
    assert len(await town.stories()) == 1


# --- write and deliver ---------------------------------------------------------------------


async def test_a_story_reaches_every_chat_that_wants_it_once(town) -> None:
    for name in ("ann", "bob"):
        await town.subscribe(await town.chat(name))
    await town.arrive(draft("ferry", FERRY))

    await town.work()
    await town.work()

    assert [d.address.chat for d in town.platform.sent] == ["ann", "bob"]
    assert "The ferry Marla hit rocks" in town.platform.texts[0]


async def test_an_old_article_is_kept_but_not_announced(town) -> None:
    await town.subscribe(await town.chat())
    await town.arrive(draft("ferry", FERRY, at=MORNING - timedelta(days=40)))

    await town.work()

    assert town.platform.sent == []
    assert await town.store.articles.count() == 1


async def test_who_subscribes_later_gets_no_old_stories(town) -> None:
    await town.arrive(draft("ferry", FERRY))
    await town.work()
    town.clock.advance(minutes=5)
    await town.subscribe(await town.chat())

    await town.work()

    assert town.platform.sent == []


async def test_a_post_is_edited_when_its_story_changes(town) -> None:
    await town.subscribe(await town.chat())
    await town.arrive(draft("ferry", FERRY))
    await town.work()
    town.clock.advance(minutes=30)

    changed = draft("ferry", FERRY.replace("Marla", "Linda"))
    assert await town.arrive(changed) == [PutStatus.UPDATED]
    await town.work()

    assert [d.edits for d in town.platform.sent] == ["", "message-1"]


async def test_quiet_hours_hold_a_post_back_until_they_end(town) -> None:
    chat = await town.chat()
    await town.store.chats.change(chat.id, quiet_from="07:00", quiet_until="09:00")
    await town.subscribe(chat)
    await town.arrive(draft("ferry", FERRY))

    await town.work()
    assert town.platform.sent == []

    town.clock.advance(hours=1, minutes=1)
    await town.work()
    assert len(town.platform.sent) == 1


@pytest.mark.parametrize("trouble", [Unavailable("down"), RetryAfter(5), Ambiguous("timed out")])
async def test_what_was_not_sent_for_sure_is_sent_later(town, trouble) -> None:
    town.platform.trouble.append(trouble)
    await town.subscribe(await town.chat())
    await town.arrive(draft("ferry", FERRY))

    await town.work()
    assert town.platform.sent == []

    town.clock.advance(hours=2)
    await town.work()
    assert len(town.platform.sent) == 1


@pytest.mark.parametrize("trouble", [Unavailable("down"), Ambiguous("no answer in time")])
async def test_posts_keep_their_order_over_an_outage(town, trouble) -> None:
    await town.subscribe(await town.chat())
    await town.arrive(draft("ferry", FERRY))
    await town.work("read", "write")
    await town.arrive(draft("tram", "The tram runs again. It is on time."))
    await town.work("read", "write")
    town.platform.trouble.append(trouble)

    await town.work()
    assert town.platform.sent == []

    town.clock.advance(minutes=1)
    await town.work()
    assert [t.split()[0] for t in town.platform.texts] == ["Ferry", "Tram"]


async def test_when_every_chat_is_to_wait_few_are_asked_and_all_are_told_in_the_end(town) -> None:
    for n in range(9):
        await town.subscribe(await town.chat(f"reader-{n}"))
    await town.arrive(draft("ferry", FERRY))
    await town.work("read", "write")
    town.platform.trouble += [RetryAfter(43_837)] * 9
    sender = town.loop("deliver")

    async def refused(**later: float) -> int:
        """How many sendings the platform has refused after so long."""
        town.clock.advance(**later)
        while await sender.once():
            pass
        return 9 - len(town.platform.trouble)

    assert await refused(seconds=0) == 3
    assert await refused(seconds=59) == 3
    assert await refused(seconds=2) == 6

    town.platform.trouble.clear()
    await refused(hours=12, minutes=11)
    assert len({d.address.chat for d in town.platform.sent}) == len(town.platform.sent) == 9


async def test_a_message_that_always_times_out_holds_its_chat_up_for_a_while_only(town) -> None:
    await town.subscribe(await town.chat())
    await town.arrive(draft("ferry", FERRY))
    await town.work("read", "write")
    await town.arrive(draft("tram", "The tram runs again. It is on time."))
    await town.work("read", "write")
    town.platform.trouble += [Ambiguous("no answer in time")] * 5

    for _ in range(3):
        town.clock.advance(minutes=1)
        await town.work()
    assert town.platform.sent == []

    for _ in range(3):
        town.clock.advance(minutes=1)
        await town.work()
    assert [t.split()[0] for t in town.platform.texts][:1] == ["Tram"]


async def test_what_will_never_be_accepted_is_not_tried_again(town) -> None:
    town.platform.trouble.append(Rejected("too long"))
    await town.subscribe(await town.chat())
    await town.arrive(draft("ferry", FERRY))

    await town.work()
    town.clock.advance(days=1)
    await town.work()

    assert town.platform.sent == []
    assert (await town.store.outbox.counts()).get(DeliveryState.FAILED) == 1


async def test_a_chat_that_is_gone_gets_nothing_more(town) -> None:
    chat = await town.chat()
    town.platform.trouble.append(ChatGone("blocked"))
    await town.subscribe(chat)
    await town.arrive(draft("ferry", FERRY))
    await town.work()
    town.clock.advance(hours=1)

    await town.arrive(draft("tram", "The tram runs again. It is on time."))
    await town.work()

    assert town.platform.sent == []
    assert not (await town.store.chats.get(chat.id)).active


# --- digest --------------------------------------------------------------------------------


async def happens(town, name: str, text: str) -> None:
    """Something is reported, and read a minute before the next digest."""
    await town.arrive(draft(name, text, at=town.clock.now))
    await town.work("read", "write")
    town.clock.advance(minutes=1)


async def test_a_digest_tells_what_happened_since_the_last_one(town) -> None:
    await town.subscribe(await town.chat(), Cadence.DAILY)
    await happens(town, "ferry", FERRY)
    await town.work()
    town.clock.advance(days=1)
    await happens(town, "tram", "The tram runs again. It is on time.")

    await town.work()

    assert len(town.platform.sent) == 2
    assert "Ferry" in town.platform.texts[0]
    assert "Tram" in town.platform.texts[1]
    assert "Ferry" not in town.platform.texts[1]


async def test_a_bot_that_was_down_for_days_sends_one_digest(town) -> None:
    await town.subscribe(await town.chat(), Cadence.DAILY)
    await happens(town, "ferry", FERRY)
    await town.work()
    town.clock.advance(days=3)
    await happens(town, "tram", "The tram runs again. It is on time.")

    await town.work()
    await town.work()

    assert len(town.platform.sent) == 2


async def test_where_nothing_happened_no_digest_is_sent(town) -> None:
    await town.subscribe(await town.chat(), Cadence.DAILY)

    await town.work()

    assert town.platform.sent == []


async def test_live_posts_and_digests_of_one_chat_never_repeat_each_other(town) -> None:
    chat = await town.chat()
    await town.subscribe(chat, Cadence.LIVE)
    await town.subscribe(chat, Cadence.DAILY)
    await town.subscribe(chat, Cadence.HOURLY)
    await happens(town, "ferry", FERRY)
    await town.work()

    for _ in range(30):
        town.clock.advance(hours=1)
        await town.work()

    assert len([d for d in town.platform.sent if "The ferry Marla hit rocks" in d.part.plain]) == 1


async def test_what_a_digest_told_is_not_posted_live_afterwards(town) -> None:
    chat = await town.chat()
    await town.subscribe(chat, Cadence.DAILY)
    await happens(town, "ferry", FERRY)
    await town.work()
    await town.subscribe(chat, Cadence.LIVE)
    town.clock.advance(minutes=5)
    same = "On Monday the ferry Marla hit rocks near the harbour. 14 passengers of the ferry were hurt."
    await town.arrive(draft("ferry-rocks", same, title="Ferry hits rocks", outlet="Echo"))
    await town.work("read", "write", "deliver")
    assert [n for _, n in await town.stories()] == [2]
    assert len(town.platform.sent) == 1

    town.clock.advance(minutes=5)
    news = "The captain of the ferry Marla was arrested in Oldmouth after it hit rocks near the harbour."
    await town.arrive(draft("ferry-captain", news, title="Ferry hits rocks: captain held", outlet="Mail"))
    await town.work("read", "write", "deliver")
    assert [n for _, n in await town.stories()] == [3]
    assert len(town.platform.sent) == 2


async def test_agency_text_in_another_outlet_is_marked_as_a_copy(town) -> None:
    await town.arrive(draft("ferry", FERRY, title="Ferry hits rocks"))
    await town.arrive(draft("ferry-copy", FERRY, title="Ferry hits rocks", outlet="Echo"))

    await town.work("read")

    [story] = await town.store.stories.list(limit=5)
    assert [a.copy_of for a in await town.store.stories.articles(story.id)] == [None, 1]
