"""When a row of a batch that transformers generates is over: its limit, its stop words, its request.

Knows no model. The hard thing is doing it for each row by itself: transformers asks after every
token whether each row goes on, and gives all rows at once, the finished ones padded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from typing import Any

import torch
from transformers import StoppingCriteria

from bot.models.running import Clean, Request

Row = tuple[Request, Clean, tuple[str, ...], int]
"""Request, where its text goes, stop words, most tokens."""
Ended = tuple[str, int, bool]
"""Text, tokens, whether the limit cut it off."""


class Watch(StoppingCriteria):  # type: ignore[misc]  # transformers is untyped here
    """Looks at each row after each token; streams its text; ends it."""

    def __init__(
        self,
        tokenizer: Any,
        rows: Sequence[Row],
        *,
        start: int,
        ends: Set[int],
        over: Callable[[int, Ended], None],
    ) -> None:
        """`start`: where the answer begins in a row; `ends`: the tokens that end one.

        `over` gets each row's number and answer once, as soon as that row is over.
        """
        self.tokenizer = tokenizer
        self.over = over
        self.ends = ends
        self.rows = rows
        self.start = start
        self.said = ["" for _ in rows]
        self.done = [False for _ in rows]

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        """Return for each row whether it is over."""
        for row in range(len(self.rows)):
            if not self.done[row]:
                self._look(row, input_ids[row, self.start :].tolist())
        return torch.tensor(self.done, dtype=torch.bool, device=input_ids.device)

    def finish(self, output: torch.Tensor) -> None:
        """End the rows that transformers ended by a rule of its own."""
        for row in range(len(self.rows)):
            if not self.done[row]:
                self._finish(row, output[row, self.start :].tolist(), truncated=False)

    def _look(self, row: int, tokens: list[int]) -> None:
        request, clean, stops, most = self.rows[row]
        text = self.tokenizer.decode(tokens, skip_special_tokens=True)
        if request.over() or any(s in text for s in stops) or tokens[-1] in self.ends:
            self._finish(row, tokens, truncated=False)
        elif len(tokens) >= most:
            self._finish(row, tokens, truncated=True)
        else:
            self._say(row, clean, _settled(text, stops))

    def _finish(self, row: int, tokens: list[int], *, truncated: bool) -> None:
        _, clean, stops, most = self.rows[row]
        tokens = tokens[:most]
        text = self.tokenizer.decode(tokens, skip_special_tokens=True)
        for stop in stops:
            text = text.split(stop, 1)[0]
        self._say(row, clean, text)
        self.done[row] = True
        self.over(row, (clean.text(), len(tokens), truncated))

    def _say(self, row: int, clean: Clean, text: str) -> None:
        new = text[len(self.said[row]) :]
        if new and text.startswith(self.said[row]):
            clean.feed(new)
            self.said[row] = text


def _settled(text: str, stops: Sequence[str]) -> str:
    """The part of a growing text that won't change: no half character, no beginning of a stop word."""
    while text.endswith("\ufffd"):
        text = text[:-1]
    for stop in stops:
        for size in range(min(len(stop) - 1, len(text)), 0, -1):
            if text.endswith(stop[:size]):
                text = text[:-size]
                break
    return text
