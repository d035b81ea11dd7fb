"""What a person sees while their answer is made: the sign, then what is read, and nothing afterwards."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import Unavailable
from bot.types import Address
from bot.workers import meanwhile
from bot.workers.meanwhile import Meanwhile

ANN = Address("telegram", "7")


class Screen:
    """Keeps what is shown; fails as often as it is told."""

    def __init__(self, failures: int = 0) -> None:
        self.shown: list[tuple[str, int]] = []
        self.failures = failures
        self._changed = asyncio.Event()

    async def show(self, address: Address, text: str, number: int) -> None:
        assert address == ANN
        self.shown.append((text, number))
        self._changed.set()
        if len(self.shown) <= self.failures:
            raise Unavailable("down")

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.shown) < count:
                self._changed.clear()
                await self._changed.wait()


async def no_pause(seconds: float) -> None:
    await asyncio.sleep(0)


async def test_first_the_sign_then_the_words_as_they_come() -> None:
    screen = Screen()
    async with Meanwhile(screen.show, ANN, 5, pause=no_pause) as shown:
        await screen.until(1)
        shown.say("Reading one")
        await screen.until(2)
        shown.say("Reading two")
        await screen.until(3)
    assert screen.shown == [("", 5), ("Reading one", 5), ("Reading two", 5)]


async def test_the_sign_is_renewed_while_the_work_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meanwhile, "EVERY", meanwhile.APART)
    screen = Screen()
    async with Meanwhile(screen.show, ANN, 5, pause=no_pause):
        await screen.until(3)


async def test_words_that_come_fast_are_shown_apart() -> None:
    screen, held = Screen(), asyncio.Event()

    async def hold(seconds: float) -> None:
        assert seconds == meanwhile.APART
        await held.wait()

    async with Meanwhile(screen.show, ANN, 5, pause=hold) as shown:
        await screen.until(1)
        for n in range(9):
            shown.say(f"Reading {n}")
        held.set()
        await screen.until(2)
    assert screen.shown == [("", 5), ("Reading 8", 5)]


async def test_a_platform_that_can_not_show_it_costs_nothing() -> None:
    screen = Screen(failures=1)
    async with Meanwhile(screen.show, ANN, 5, pause=no_pause) as shown:
        await screen.until(1)
        shown.say("Reading")
        await screen.until(2)


async def test_nothing_is_shown_once_the_work_failed() -> None:
    screen = Screen()
    with pytest.raises(ZeroDivisionError):
        async with Meanwhile(screen.show, ANN, 5, pause=no_pause) as shown:
            raise ZeroDivisionError
    before = list(screen.shown)
    shown.say("too late")
    await asyncio.sleep(0)
    assert screen.shown == before
