"""What every engine on a thread needs: requests that can be stopped, and text clean as it streams.

Knows no engine. The hard thing: a thread can't be cancelled. So each request carries a flag that
the engine's own callback reads, and its place in line is given back when the thread is really done,
not when the caller stopped waiting.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import TypeVar

from bot.errors import ModelFailed
from bot.models.queue import Deadline, Line
from bot.models.tokens import strip
from bot.types import Urgency

T = TypeVar("T")
_BEGUN = re.compile(r"[<\[][^\s>\]]*$")
"""What may be the beginning of a special token, cut by the end of a piece."""
_HOLD = 96
"""Characters a special token may have; text is held back no longer than that."""


class Request:
    """A piece of work on an engine's thread, and the flags that stop it."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.begun = False
        """Whether the engine has written anything yet."""
        self._stopped = threading.Event()
        self._yielding = threading.Event()

    def stop(self) -> None:
        """Ask the engine to give up at its next step."""
        self._stopped.set()

    def give_way(self) -> None:
        """Ask the engine to let go of this for a while, to be begun anew; too late once it writes."""
        if not self.begun:
            self._yielding.set()

    def over(self) -> bool:
        """Whether the engine should give up; read by its callbacks, on its thread."""
        return self._stopped.is_set() or self.deadline.passed() or self.gives_way()

    def gives_way(self) -> bool:
        """Whether it was asked to, and has not been begun anew."""
        return self._yielding.is_set()

    def again(self) -> None:
        """Begin anew."""
        self._yielding.clear()


async def run(
    work: Callable[[], T],
    request: Request,
    *,
    line: Line,
    executor: Executor,
    urgency: Urgency,
) -> T:
    """Wait in `line`, then do `work` on a thread until it is done, stopped or out of time.

    Raises ModelFailed at the deadline, at once, even if the thread needs a moment to notice.
    """
    await line.enter(urgency, request.deadline)
    loop = asyncio.get_running_loop()

    def free(_: Future[T]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(line.leave, urgency)

    try:
        future = executor.submit(work)
    except RuntimeError as error:
        line.leave(urgency)
        raise ModelFailed("closed", model=line.model) from error
    future.add_done_callback(free)
    try:
        async with asyncio.timeout(request.deadline.left()):
            return await asyncio.wrap_future(future)
    except TimeoutError:
        request.stop()
        raise ModelFailed("the deadline passed", model=line.model) from None
    except asyncio.CancelledError:
        request.stop()
        raise


class Clean:
    """Passes streamed text on, without special tokens, each piece once and never taken back."""

    def __init__(self, on_text: Callable[[str], None] | None) -> None:
        self._on_text = on_text
        self._held = ""
        self._pieces: list[str] = []

    def feed(self, piece: str) -> None:
        """Take the next piece from the engine."""
        self._held += piece
        begun = _BEGUN.search(self._held)
        cut = begun.start() if begun and len(self._held) - begun.start() < _HOLD else len(self._held)
        ready, self._held = self._held[:cut], self._held[cut:]
        self._emit(ready)

    def text(self) -> str:
        """All of the text, once nothing more comes."""
        self._emit(self._held)
        self._held = ""
        return "".join(self._pieces)

    def _emit(self, text: str) -> None:
        text = strip(text)
        if text:
            self._pieces.append(text)
            if self._on_text is not None:
                self._on_text(text)


def on_loop(on_text: Callable[[str], None] | None, request: Request) -> Callable[[str], None] | None:
    """`on_text`, callable from an engine's thread: it runs on the loop, and not after the request is over."""
    if on_text is None:
        return None
    loop = asyncio.get_running_loop()

    def say(text: str) -> None:
        if not request.over():
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(on_text, text)

    return say


def shares(choices: Sequence[str], tokens: Sequence[tuple[str, float]]) -> tuple[float, ...]:
    """Sum the probabilities of an answer's first tokens by the choice they begin; adds up to 1.

    ` Yes`, `yes` and `YE` all begin `yes`; a token that begins two choices counts for neither.
    Where no token begins any choice, all are equally likely.
    """
    mass = [0.0] * len(choices)
    wanted = [c.strip().casefold() for c in choices]
    for token, probability in tokens:
        word = token.strip().casefold()
        begun = [i for i, c in enumerate(wanted) if word and (c.startswith(word) or word.startswith(c))]
        if len(begun) == 1:
            mass[begun[0]] += probability
    total = sum(mass)
    return tuple(m / total for m in mass) if total > 0 else tuple(1 / len(choices) for _ in choices)
