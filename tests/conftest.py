"""What every test may rely on: no test's logging set-up reaches another."""

import logging
from collections.abc import Iterator

import pytest

from bot import telemetry


@pytest.fixture(autouse=True)
def logging_is_put_back() -> Iterator[None]:
    root = logging.getLogger()
    names = [logging.getLogger(name) for name in telemetry.QUIET]
    handlers, level, levels = list(root.handlers), root.level, [each.level for each in names]
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for each, before in zip(names, levels, strict=True):
        each.setLevel(before)
