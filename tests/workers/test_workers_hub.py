"""WebSub with a real hub on loopback: what it brings is stored once, and it can only make us quicker."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hubs import HubTown, feed

from bot.schedule import Bounds
from bot.sources.callback import Listener
from bot.sources.http import Fetcher, FetchSettings
from bot.sources.reader import Reader
from bot.types import HubLease, Source, SourceKind, SourceState
from bot.workers.hub import Callback, Subscribe
from bot.workers.loop import Loop, Stage
from bot.workers.poll import Poll

LIMIT = 20_000
"""Bytes that may be posted."""


@dataclass
class Wire:
    """The stages and the listener around a hub."""

    town: Any
    hub: HubTown
    subscribe: Subscribe
    poll: Poll
    callback: Callback

    async def work(self) -> None:
        """Poll, then ask hubs, until nothing is due."""
        for stage in (
            Stage(name="poll", table="sources", step=self.poll.step),
            Stage(name="hub", table="hub_leases", step=self.subscribe.step),
        ):
            while await Loop(
                stage, self.town.store.rows, clock=self.town.clock, bells=self.town.bells
            ).once():
                pass

    async def source(self) -> Source:
        return await self.town.store.sources.add(self.hub.url, kind=SourceKind.FEED, now=self.town.clock())

    async def lease(self) -> HubLease:
        [found] = await self.town.store.hubs.list()
        return found

    async def due_in(self) -> timedelta:
        [source] = await self.town.store.sources.list()
        assert source.due_at is not None
        return source.due_at - self.town.clock()

    async def titles(self) -> list[str]:
        return sorted(a.title for a in await self.town.store.articles.recent(limit=50))


@pytest.fixture
async def wire(town: Any) -> AsyncIterator[Wire]:
    hub = HubTown()
    await hub.start()
    fetcher = Fetcher(FetchSettings(allow_hosts=("127.0.0.1",), spacing=0.0))
    callback = Callback(store=town.store, clock=town.clock, bells=town.bells, shortest=timedelta(minutes=10))
    listener = Listener(callback, most_bytes=LIMIT, seconds=5.0)
    port = await listener.start("127.0.0.1:0")
    yield Wire(
        town,
        hub,
        Subscribe(
            store=town.store,
            fetcher=fetcher,
            callback=f"http://127.0.0.1:{port}/websub/",
            clock=town.clock,
        ),
        Poll(
            store=town.store,
            reader=Reader(fetcher),
            clock=town.clock,
            bells=town.bells,
            first_items=3,
            bounds=Bounds(),
            hubs=True,
        ),
        callback,
    )
    await listener.close()
    await fetcher.close()
    await hub.stop()


# --- the lease -----------------------------------------------------------------------------


async def test_a_feed_with_a_hub_gets_a_verified_lease_and_is_polled_rarely(wire: Wire) -> None:
    await wire.source()

    await wire.work()

    [form] = wire.hub.forms
    assert (form["hub.mode"], form["hub.topic"]) == ("subscribe", wire.hub.url)
    assert wire.hub.challenges == [(200, "prove it")]
    assert (await wire.lease()).expires == wire.town.clock() + timedelta(days=1)
    wire.town.clock.advance(hours=2)
    await wire.work()
    assert await wire.due_in() >= timedelta(hours=11)


async def test_a_lease_is_renewed_before_it_ends_on_the_same_path(wire: Wire) -> None:
    await wire.source()
    await wire.work()
    before = await wire.lease()

    wire.town.clock.advance(hours=20)
    await wire.work()

    after = await wire.lease()
    assert len(wire.hub.forms) == 2
    assert (after.path, after.secret) == (before.path, before.secret)
    assert after.expires == wire.town.clock() + timedelta(days=1)


async def test_a_hub_that_asks_back_about_another_topic_gets_no_lease(wire: Wire) -> None:
    await wire.source()
    wire.hub.topic = "http://evil.example/"

    await wire.work()

    assert wire.hub.challenges[0][0] == 404
    assert (await wire.lease()).expires is None


@pytest.mark.parametrize("trouble", ["refuses", "never asks back"])
async def test_without_a_lease_polls_go_on_as_if_there_were_no_hub(wire: Wire, trouble: str) -> None:
    wire.hub.status, wire.hub.asks_back = (500, True) if trouble == "refuses" else (202, False)
    await wire.source()

    await wire.work()

    assert await wire.due_in() <= timedelta(hours=2)
    wire.town.clock.advance(hours=2)
    await wire.work()
    assert wire.hub.polls == 2
    assert len(wire.hub.forms) >= 2


async def test_a_hub_that_is_down_when_its_lease_ends_is_replaced_by_polls(wire: Wire) -> None:
    await wire.source()
    await wire.work()
    wire.town.clock.advance(hours=2)
    await wire.work()
    wire.hub.status = 503
    asked = wire.hub.polls

    for _ in range(3):
        wire.town.clock.advance(hours=12)
        await wire.work()

    assert not (await wire.lease()).live(wire.town.clock())
    assert wire.hub.polls >= asked + 2
    assert await wire.due_in() < timedelta(hours=10)


async def test_a_hub_that_ends_the_lease_is_replaced_by_a_poll_at_once(wire: Wire) -> None:
    await wire.source()
    await wire.work()
    polls = wire.hub.polls

    await wire.hub.question("denied")
    await wire.work()

    assert (await wire.lease()).expires is None
    assert wire.hub.polls == polls + 1


async def test_a_feed_that_names_no_hub_any_more_has_no_lease(wire: Wire) -> None:
    await wire.source()
    await wire.work()
    wire.hub.has_hub = False

    wire.town.clock.advance(days=2)
    await wire.work()

    assert await wire.town.store.hubs.list() == []


async def test_after_a_stop_sources_with_a_hub_are_polled_soon(wire: Wire) -> None:
    await wire.subscribe.begin(timedelta(minutes=10))
    await wire.source()
    await wire.work()
    wire.town.clock.advance(hours=2)
    await wire.work()

    await wire.subscribe.begin(timedelta(minutes=10))

    assert await wire.due_in() <= timedelta(minutes=10)


async def test_another_public_address_means_new_leases(wire: Wire) -> None:
    await wire.subscribe.begin(timedelta(minutes=10))
    await wire.source()
    await wire.work()

    moved = replace(wire.subscribe, callback=wire.subscribe.callback.replace("websub", "elsewhere"))
    await moved.begin(timedelta(minutes=10))
    assert (await wire.lease()).expires is None
    wire.subscribe = moved
    await wire.work()

    assert "/elsewhere/" in wire.hub.callback
    assert (await wire.lease()).live(wire.town.clock())


async def test_a_push_after_a_stop_puts_no_poll_off_that_catches_up(wire: Wire) -> None:
    await wire.subscribe.begin(timedelta(minutes=10))
    await wire.source()
    await wire.work()
    wire.town.clock.advance(hours=2)
    await wire.work()
    wire.town.clock.advance(hours=1)
    wire.poll = replace(wire.poll, began=wire.town.clock())
    await wire.subscribe.begin(timedelta(minutes=10))

    await wire.hub.bring(wire.hub.body("tram"))
    await wire.work()

    assert await wire.due_in() <= timedelta(minutes=10)


# --- what it brings ------------------------------------------------------------------------


async def leased(wire: Wire) -> None:
    await wire.source()
    await wire.work()


async def test_what_the_hub_brings_is_stored_without_a_poll(wire: Wire) -> None:
    await leased(wire)
    polls = wire.hub.polls

    assert await wire.hub.bring(wire.hub.body("tram", "ferry")) == 202
    await wire.work()

    assert await wire.titles() == ["News of the ferry", "News of the tram"]
    assert wire.hub.polls == polls
    assert await wire.town.store.hubs.next_push(1) is None


async def test_what_was_taken_survives_a_crash_before_it_is_stored(wire: Wire) -> None:
    await leased(wire)
    assert await wire.hub.bring(wire.hub.body("tram")) == 202

    [claim] = await wire.town.store.rows.claim("sources", now=wire.town.clock(), lease=timedelta(seconds=30))
    assert claim.id == 1  # and nobody finishes it: the process is dead
    wire.town.clock.advance(seconds=31)
    await wire.work()

    assert "News of the tram" in await wire.titles()


async def test_a_push_while_its_source_is_in_work_is_stored_next(wire: Wire) -> None:
    await leased(wire)
    wire.town.clock.advance(days=1)
    [claim] = await wire.town.store.rows.claim("sources", now=wire.town.clock(), lease=timedelta(seconds=30))
    await wire.hub.bring(wire.hub.body("tram"))
    await wire.hub.bring(wire.hub.body("comet"))

    await wire.poll.step(claim)
    await wire.work()

    assert await wire.titles() == ["News of the comet", "News of the ferry", "News of the tram"]


async def test_the_same_push_again_changes_nothing(wire: Wire) -> None:
    await leased(wire)
    body = wire.hub.body("tram")

    assert [await wire.hub.bring(body) for _ in range(3)] == [202, 202, 202]
    await wire.work()
    assert await wire.hub.bring(body) == 202
    await wire.work()

    assert await wire.titles() == ["News of the ferry", "News of the tram"]
    assert all(a.revision == 1 for a in await wire.town.store.articles.recent(limit=9))


@pytest.mark.parametrize("secret", ["guessed", "another secret"])
async def test_a_false_signature_is_refused_and_only_a_poll_follows(wire: Wire, secret: str) -> None:
    await leased(wire)
    wire.town.clock.advance(hours=2)
    await wire.work()

    assert await wire.hub.bring(wire.hub.body("tram"), secret=secret) == 403

    assert await wire.town.store.hubs.next_push(1) is None
    assert await wire.due_in() == timedelta(minutes=10)
    assert await wire.titles() == ["News of the ferry"]


async def test_a_weakly_signed_push_is_not_believed_but_looked_into(wire: Wire) -> None:
    await leased(wire)
    wire.hub.things.append("tram")

    assert await wire.hub.bring(wire.hub.body("invented"), method="sha1") == 202
    await wire.work()

    assert await wire.titles() == ["News of the ferry", "News of the tram"]


async def test_a_push_that_is_no_feed_leads_to_a_poll(wire: Wire) -> None:
    await leased(wire)
    wire.hub.things.append("tram")

    assert await wire.hub.bring(b"<html>This is fine.</html>") == 202
    await wire.work()

    assert "News of the tram" in await wire.titles()
    assert await wire.town.store.hubs.next_push(1) is None


async def test_a_pushed_feed_speaks_for_no_other_site(wire: Wire) -> None:
    await leased(wire)

    await wire.hub.bring(feed("scoop", site="https://echo.example"))
    await wire.work()

    [scoop] = [a for a in await wire.town.store.articles.recent(limit=9) if "scoop" in a.title]
    assert (await wire.town.store.articles.get(scoop.id)).teaser


# --- strangers -----------------------------------------------------------------------------


async def test_a_path_that_is_not_known_takes_nothing(wire: Wire) -> None:
    await leased(wire)
    stranger = wire.hub.callback.rpartition("/")[0] + "/guess"

    assert await wire.hub.bring(b"x", callback=stranger) == 410


async def test_a_paused_source_takes_nothing(wire: Wire) -> None:
    await leased(wire)
    await wire.town.store.sources.change(1, state=SourceState.PAUSED)

    assert await wire.hub.bring(wire.hub.body("tram")) == 410
    await wire.hub.question()
    assert wire.hub.challenges[-1][0] == 404


async def test_a_huge_body_is_refused(wire: Wire) -> None:
    await leased(wire)

    assert await wire.hub.bring(b"x" * (LIMIT + 1)) == 413
    assert await wire.town.store.hubs.next_push(1) is None


async def test_a_packed_body_is_refused_unread(wire: Wire) -> None:
    await leased(wire)

    bomb = gzip.compress(b"\0" * 10_000_000)
    assert await wire.hub.bring(bomb, **{"Content-Encoding": "gzip"}) == 415


async def test_more_than_can_wait_is_sent_back_to_the_hub(wire: Wire) -> None:
    await leased(wire)

    statuses = [await wire.hub.bring(wire.hub.body(f"thing{n}")) for n in range(22)]

    assert statuses == [202] * 20 + [503] * 2


async def test_a_hub_without_encryption_is_given_no_secret(wire: Wire) -> None:
    await wire.source()
    careful = Fetcher(FetchSettings(allow_hosts=()))
    strict = Subscribe(
        store=wire.town.store, fetcher=careful, callback=wire.subscribe.callback, clock=wire.town.clock
    )
    await Loop(
        Stage(name="poll", table="sources", step=wire.poll.step),
        wire.town.store.rows,
        clock=wire.town.clock,
        bells=wire.town.bells,
    ).once()

    await Loop(
        Stage(name="hub", table="hub_leases", step=strict.step),
        wire.town.store.rows,
        clock=wire.town.clock,
        bells=wire.town.bells,
    ).once()
    await careful.close()

    assert wire.hub.forms == []
    assert (await wire.lease()).expires is None


# --- strangers -------------------------------------------------------------------------------


class Nobody:
    """Knows no hub."""

    async def question(self, path: str, query: Any) -> tuple[int, str]:
        return 404, ""

    async def known(self, path: str) -> bool:
        return True

    async def push(self, path: str, body: bytes, *, content_type: str, signature: str) -> int:
        raise AssertionError("nothing came whole")


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"POST /websub/x HTTP/1.1\r\nHost: here\r\nX-Slow: ",
        b"POST /websub/x HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\nhalf",
    ],
    ids=["nothing", "half a head", "half a body"],
)
async def test_who_says_only_half_is_hung_up_on(said: bytes) -> None:
    listener = Listener(Nobody(), most_bytes=LIMIT, seconds=0.2, head_seconds=0.2)
    port = await listener.start("127.0.0.1:0")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    dripping = asyncio.create_task(_drip(writer, said))
    answer = await asyncio.wait_for(reader.read(), timeout=20)
    dripping.cancel()
    writer.close()
    await listener.close()
    assert answer == b"" or answer.startswith(b"HTTP/1.1 408")


async def _drip(writer: asyncio.StreamWriter, said: bytes) -> None:
    """What was said, and from then on a byte now and then."""
    writer.write(said)
    while said:
        await asyncio.sleep(0.05)
        writer.write(b"a")
