"""How many threads: what a container grants and what others leave free."""

import pytest

from bot.models import cores


@pytest.mark.parametrize(
    ("text", "granted"),
    [("200000 100000", 2), ("150000 100000", 2), ("50000 100000", 1), ("max 100000", 1 << 16), ("", 1 << 16)],
)
def test_a_containers_limit_is_read(text: str, granted: int) -> None:
    assert cores.limit(text) == granted


@pytest.mark.parametrize(
    ("idle", "own", "free"),
    [(2.0, 0.0, 2), (0.0, 0.0, 1), (1.0, 0.0, 1), (1.6, 0.0, 2), (0.1, 1.8, 2), (0.3, 1.0, 1), (9.0, 9.0, 2)],
    ids=["idle", "busy", "half", "nearly idle", "busy with us", "busy with both", "odd clocks"],
)
def test_threads_are_what_others_leave_free(idle: float, own: float, free: int) -> None:
    assert cores.share(2, idle, own, 1.0) == free


def test_there_is_always_one_and_never_more_than_there_are() -> None:
    assert 1 <= cores.free() <= cores.available()
