"""The loop that every stage runs in."""

import asyncio
from datetime import datetime, timedelta

import pytest
from fakes import Clock

from bot.errors import LeaseLost, StoreError
from bot.types import Claim
from bot.workers.loop import LEASE, Bells, Loop, Stage, keep


class FakeRows:
    """Rows that are due, and what became of them."""

    def __init__(self, *due: int) -> None:
        self.due = list(due)
        self.refuses = 0
        self.retried: list[tuple[int, datetime | None, str]] = []
        self.renewed: list[int] = []
        self.released: list[int] = []
        self.lost: set[int] = set()

    async def claim(self, table: str, *, now: datetime, lease: timedelta, limit: int = 1) -> list[Claim]:
        if self.refuses:
            self.refuses -= 1
            raise StoreError("locked")
        taken, self.due = self.due[:limit], self.due[limit:]
        return [Claim(table, row, f"token-{row}", 1) for row in taken]

    async def retry(self, claim: Claim, *, due_at: datetime | None, error: str) -> None:
        self.retried.append((claim.id, due_at, error))

    async def renew(self, claim: Claim, *, until: datetime) -> None:
        self.renewed.append(claim.id)

    async def release(self, claim: Claim) -> None:
        if claim.id in self.lost:
            raise LeaseLost("settled")
        self.released.append(claim.id)


def loop_over(rows: FakeRows, step, clock: Clock | None = None, bells: Bells | None = None, **more) -> Loop:
    stage = Stage(name="test", table="articles", step=step, **more)
    return Loop(stage, rows, clock=clock or Clock(), bells=bells or Bells())


async def test_a_due_row_is_worked_on_once() -> None:
    done: list[int] = []

    async def step(claim: Claim) -> None:
        done.append(claim.id)

    loop = loop_over(FakeRows(1, 2), step)

    assert [await loop.once() for _ in range(3)] == [True, True, False]
    assert done == [1, 2]


async def test_the_unexpected_gives_the_row_back_for_later() -> None:
    async def step(claim: Claim) -> None:
        raise ZeroDivisionError

    rows, clock = FakeRows(1), Clock()

    await loop_over(rows, step, clock).once()

    [(row, due_at, error)] = rows.retried
    assert (row, error) == (1, "ZeroDivisionError")
    assert due_at is not None
    assert due_at > clock.now


@pytest.mark.parametrize(
    ("error", "traced"), [(ZeroDivisionError(), True), (StoreError("the disk is full", passing=True), False)]
)
async def test_only_the_unexpected_is_logged_with_its_traceback(
    error: Exception, traced: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def step(claim: Claim) -> None:
        raise error

    await loop_over(FakeRows(1), step).once()

    [record] = [r for r in caplog.records if r.getMessage() == "step failed"]
    assert bool(record.exc_info) is traced


async def test_a_lost_lease_is_left_to_its_new_holder() -> None:
    async def step(claim: Claim) -> None:
        raise LeaseLost("taken")

    rows = FakeRows(1)

    await loop_over(rows, step).once()

    assert rows.retried == []


async def test_a_row_that_is_given_up_is_not_tried_again() -> None:
    async def step(claim: Claim) -> None:
        raise ZeroDivisionError

    async def give_up(claim: Claim, error: Exception) -> bool:
        return True

    rows = FakeRows(1)

    await loop_over(rows, step, give_up=give_up).once()

    assert rows.retried == []


async def test_a_cancelled_step_releases_its_row() -> None:
    started = asyncio.Event()

    async def step(claim: Claim) -> None:
        started.set()
        await asyncio.Event().wait()

    rows = FakeRows(1)
    task = asyncio.ensure_future(loop_over(rows, step).once())
    await started.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert rows.released == [1]


async def test_a_cancelled_step_that_settled_its_row_is_still_cancelled() -> None:
    settled = asyncio.Event()

    async def step(claim: Claim) -> None:
        rows.lost.add(claim.id)
        settled.set()
        await asyncio.Event().wait()

    rows = FakeRows(1)
    task = asyncio.ensure_future(loop_over(rows, step).once())
    await settled.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_bell_wakes_a_sleeping_loop_and_stop_ends_it() -> None:
    bells, rows, done = Bells(), FakeRows(), asyncio.Event()

    async def step(claim: Claim) -> None:
        done.set()

    task = asyncio.ensure_future(loop_over(rows, step, bells=bells).run())
    await asyncio.sleep(0)
    rows.due.append(7)
    bells.ring("test")
    await asyncio.wait_for(done.wait(), 5)

    bells.stop()

    await asyncio.wait_for(task, 5)


async def test_a_store_that_refuses_does_not_end_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.workers.loop.IDLE", 0.001)
    bells, rows, done = Bells(), FakeRows(1), asyncio.Event()
    rows.refuses = 2

    async def step(claim: Claim) -> None:
        done.set()
        bells.stop()

    await asyncio.wait_for(loop_over(rows, step, bells=bells).run(), 5)

    assert done.is_set()


async def test_the_heartbeat_renews_rows_in_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.workers.loop.LEASE", LEASE / 30_000)
    bells, rows = Bells(), FakeRows(1)

    async def step(claim: Claim) -> None:
        while not rows.renewed:
            await asyncio.sleep(0)

    loop = loop_over(rows, step, bells=bells)
    heart = asyncio.ensure_future(keep([loop], rows, clock=Clock(), bells=bells))
    await asyncio.wait_for(loop.once(), 5)
    bells.stop()
    await asyncio.wait_for(heart, 5)

    assert set(rows.renewed) == {1}
