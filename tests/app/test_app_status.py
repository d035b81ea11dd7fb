"""What `status` and `checksource` say about the ways out."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import MORNING

from bot.app.desk import served
from bot.app.status import told
from bot.sources.reader import Polled
from bot.types import RouteHealth, Source, SourceKind, SourceSettings, SourceState


def test_routes_are_told_in_plain_words() -> None:
    routes = (
        RouteHealth(name="direct", healthy=True, since=MORNING - timedelta(hours=2)),
        RouteHealth(name="tor", healthy=False, since=MORNING - timedelta(days=3), error="can't be reached"),
        RouteHealth(name="office", healthy=True),
    )
    assert told(routes, now=MORNING) == (
        "direct: ok since 06:00 UTC; tor: failing since 20 Nov, 08:00 UTC (can't be reached); "
        "office: not used yet"
    )


SOURCE = Source(
    id=1,
    url="https://a.example/feed",
    kind=SourceKind.FEED,
    title="",
    topic="",
    state=SourceState.ACTIVE,
    settings=SourceSettings(mirrors=("https://b.example/feed",)),
    added=MORNING,
    onion_url="http://abc.onion/feed",
)


@pytest.mark.parametrize(
    ("polled", "said"),
    [
        (Polled(route="direct"), ""),
        (Polled(route="tor"), " It was read over the route tor."),
        (
            Polled(route="direct", mirror="https://b.example/feed"),
            " Its own address fails; the mirror https://b.example/feed answered.",
        ),
        (
            Polled(route="tor", mirror="http://abc.onion/feed"),
            " Its own address fails; its onion address answered, over the route tor.",
        ),
    ],
)
def test_it_is_said_where_an_answer_came_from(polled: Polled, said: str) -> None:
    assert served(polled, SOURCE) == said
    assert served(polled, replace(SOURCE, settings=SourceSettings())) == said
