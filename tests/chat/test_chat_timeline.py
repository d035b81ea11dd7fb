"""How a story went, as `/story` shows it."""

from __future__ import annotations

from datetime import timedelta

from samples import NOW, article
from town import Person, Town

from bot.chat.blocks import reply
from bot.chat.render import render
from bot.chat.timeline import LINES, differences_shown, differing, timeline
from bot.types import Article, Block

TWELVE = "The ferry Marla hit rocks off Oldmouth. Twelve passengers of the ferry were hurt, the police said."
FOURTEEN = "Fourteen passengers of the ferry were hurt, the hospital of Oldmouth said."


def seen(blocks: list[Block]) -> str:
    return "\n".join(part.plain for part in render(reply(*blocks), "telegram"))


def report(number: int, outlet: str, *, hours: float, **more: object) -> Article:
    return article(number, outlet, f"Ferry {number}", published=NOW - timedelta(hours=hours), **more)


def test_reports_stand_in_order_with_each_day_named_once() -> None:
    found = [report(2, "Echo", hours=1), report(1, "Post", hours=12), report(3, "Mail", hours=11)]
    assert seen(timeline(found, {}, zone="UTC")) == (
        "Time line\n\n• 22 Nov 2026, 21:00 Post: Ferry 1\n• 22:00 Mail: Ferry 3\n"
        "• 23 Nov 2026, 08:00 Echo: Ferry 2"
    )


def test_copies_of_one_text_share_a_line() -> None:
    papers = [report(n, f"Paper {n}", hours=9 - n, copy_of=1) for n in range(2, 7)]
    shown = seen(timeline([report(1, "dpa", hours=9), *papers], {}, zone="UTC"))
    assert "Paper 2, Paper 3, Paper 4 and 2 others: the same text as dpa" in shown
    assert shown.count("•") == 2


def test_what_was_changed_and_what_was_taken_back_has_its_time() -> None:
    changed, gone = report(1, "Post", hours=9, revision=2), report(2, "Echo", hours=8, withdrawn=True)
    revised = {1: NOW - timedelta(hours=2), 2: NOW - timedelta(hours=1)}
    shown = seen(timeline([changed, gone], revised, zone="UTC"))
    assert "07:00 Post changed its report: Ferry 1\n• 08:00 Echo took its report back: Ferry 2" in shown


def test_of_a_long_story_the_beginning_and_the_newest_are_shown() -> None:
    found = [report(n, f"Outlet {n}", hours=60 - n) for n in range(1, 41)]
    shown = seen(timeline(found, {}, zone="UTC"))
    assert shown.count("•") == LINES
    assert "Outlet 1:" in shown
    assert "(29 more entries)" in shown
    assert "Outlet 40:" in shown


def test_where_reports_differ_both_are_quoted_and_copies_do_not_count() -> None:
    agency = article(1, "dpa", "Ferry", TWELVE, published=NOW - timedelta(hours=9))
    copy = article(2, "Paper", "Ferry", TWELVE, published=NOW - timedelta(hours=8), copy_of=1)
    echo = article(3, "Echo", "Ferry", FOURTEEN, published=NOW - timedelta(hours=7))
    found = differing([agency, copy, echo])
    assert seen(differences_shown(found)) == (
        "Where they differ\n\n"
        "dpa: “Twelve passengers of the ferry were hurt, the police said.”\n"
        "Echo: “Fourteen passengers of the ferry were hurt, the hospital of Oldmouth said.”"
    )


def test_a_report_that_was_taken_back_differs_from_nothing() -> None:
    gone = article(1, "dpa", "Ferry", TWELVE, withdrawn=True)
    assert differing([gone, article(3, "Echo", "Ferry", FOURTEEN)]) == ()
    assert differences_shown(()) == []


async def test_a_story_shows_where_its_outlets_differ(town: Town, ann: Person) -> None:
    first = await town.article("River Post", "Ferry hits rocks", TWELVE)
    second = await town.article("Daily Echo", "Ferry hits rocks", FOURTEEN)
    story = await town.event(first, second)
    said = await ann.says(f"/story {story.id}")
    assert "Where they differ\n\nRiver Post: “Twelve passengers" in said
    assert "Time line" in said
