"""The ways to a platform: leaving, returning, and what is told of them."""

import pytest
from fakes import Clock
from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.roads import Roads, proxy_url, shown


@pytest.mark.parametrize(
    ("route", "proxy", "name"),
    [
        ("direct", "", "direct"),
        ("tor", "socks5h://127.0.0.1:9050", "tor"),
        ("tor://10.0.0.2", "socks5h://10.0.0.2:9050", "tor 10.0.0.2"),
        ("tor://ann:pw@10.0.0.2:9150", "socks5h://ann:pw@10.0.0.2:9150", "tor 10.0.0.2:9150"),
        ("http://ann:pw@proxy.example:3128", "http://ann:pw@proxy.example:3128", "http proxy.example:3128"),
    ],
)
def test_routes_are_read_and_shown_without_secrets(route: str, proxy: str, name: str) -> None:
    assert (proxy_url(route), shown(route)) == (proxy, name)


def test_first_route_is_tried_again_after_a_while() -> None:
    clock = Clock()
    roads = Roads("matrix", ("tor", "direct"), clock=clock)
    roads.failed(0, "can't be reached")
    roads.worked(1)
    clock.advance(minutes=9)
    assert roads.current() == 1
    clock.advance(minutes=2)
    assert roads.current() == 0
    roads.worked(0)
    assert [h.healthy for h in roads.health()] == [True, True]
    assert roads.health()[0].since == clock()


def test_of_two_requests_that_fail_together_one_turns() -> None:
    roads = Roads("matrix", ("tor", "direct", "http://p.example:1"))
    roads.failed(0, "x")
    roads.failed(0, "x")
    assert roads.current() == 1


@given(
    st.integers(1, 4),
    st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 900)), max_size=40),
)
def test_whatever_happens_there_is_a_route_to_take(count: int, events: list[tuple[bool, int, int]]) -> None:
    clock = Clock()
    roads = Roads("matrix", ["tor"] * count, clock=clock)
    for works, route, seconds in events:
        (roads.worked(route % count) if works else roads.failed(route % count, "x"))
        clock.advance(seconds=seconds)
        assert 0 <= roads.current() < count
        assert all(h.since is None or h.since <= clock() for h in roads.health())
