"""The line for an engine: bounded, urgent first, and no place is ever lost."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ModelBusy, ModelFailed
from bot.models.queue import Deadline, Line
from bot.types import Urgency

NEVER = Deadline.after(None)
PERSON, BACKGROUND = Urgency.PERSON, Urgency.BACKGROUND


def line(places: int = 1, limit: int = 9, reserved: int = 0) -> Line:
    return Line(model="m", places=places, limit=limit, reserved=reserved)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_person_overtakes_the_background() -> None:
    here, order = line(), []

    async def one(name: str, urgency: Urgency) -> None:
        await here.enter(urgency, NEVER)
        order.append(name)
        await settle()
        here.leave(urgency)

    names = {"b1": BACKGROUND, "b2": BACKGROUND, "b3": BACKGROUND, "p1": PERSON, "p2": PERSON}
    tasks = [asyncio.create_task(one(n, u)) for n, u in names.items()]
    await asyncio.gather(*tasks)
    assert order == ["b1", "p1", "p2", "b2", "b3"]


async def test_a_reserved_place_is_free_for_a_person() -> None:
    here = line(places=2, reserved=1)
    await here.enter(BACKGROUND, NEVER)
    waiting = asyncio.create_task(here.enter(BACKGROUND, NEVER))
    await settle()
    await here.enter(PERSON, NEVER)
    assert not waiting.done()
    here.leave(PERSON)
    await settle()
    assert not waiting.done(), "the person's place is not the background's"
    here.leave(BACKGROUND)
    await waiting


async def test_a_full_line_is_busy_but_a_person_takes_the_last_background_place() -> None:
    here = line(limit=1)
    await here.enter(BACKGROUND, NEVER)
    waiting = asyncio.create_task(here.enter(BACKGROUND, NEVER))
    await settle()
    with pytest.raises(ModelBusy):
        await here.enter(BACKGROUND, NEVER)
    person = asyncio.create_task(here.enter(PERSON, NEVER))
    await settle()
    with pytest.raises(ModelBusy):
        await waiting
    here.leave(BACKGROUND)
    await person


async def test_a_deadline_in_the_line_is_an_error_and_frees_it() -> None:
    here = line()
    await here.enter(PERSON, NEVER)
    with pytest.raises(ModelFailed, match="deadline"):
        await here.enter(PERSON, Deadline.after(0.0))
    assert here.waiting == 0
    here.leave(PERSON)
    await here.enter(PERSON, NEVER)


async def test_a_place_given_to_one_who_just_gave_up_goes_to_the_next() -> None:
    here = line()
    await here.enter(PERSON, NEVER)
    first, second = (asyncio.create_task(here.enter(PERSON, NEVER)) for _ in range(2))
    await settle()
    here.leave(PERSON)
    first.cancel()
    await asyncio.wait_for(second, 5)
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_polite_line_begins_no_background_work_beside_a_person() -> None:
    here = Line(model="m", places=3, limit=9, reserved=1, polite=True)
    await here.enter(BACKGROUND, NEVER)
    await here.enter(PERSON, NEVER)
    waiting = asyncio.create_task(here.enter(BACKGROUND, NEVER))
    await settle()
    assert not waiting.done()
    here.leave(PERSON)
    await waiting


STEPS = st.lists(st.tuples(st.sampled_from(["enter", "leave", "cancel"]), st.integers(0, 20)), max_size=60)


@given(STEPS, st.booleans())
def test_places_are_never_lost_nor_doubled(steps: list[tuple[str, int]], polite: bool) -> None:
    async def play() -> None:
        here = Line(model="m", places=2, limit=50, polite=polite)
        inside: list[Urgency] = []
        tasks: dict[asyncio.Task[None], Urgency] = {}
        for step, number in steps:
            if step == "enter":
                urgency = Urgency(number % 2)
                tasks[asyncio.create_task(here.enter(urgency, NEVER))] = urgency
            elif step == "cancel" and tasks:
                list(tasks)[number % len(tasks)].cancel()
            elif step == "leave" and inside:
                here.leave(inside.pop(number % len(inside)))
            await settle()
            inside += [u for t, u in tasks.items() if t.done() and not t.cancelled()]
            tasks = {t: u for t, u in tasks.items() if not t.done()}
            assert len(inside) <= 2
            shut = polite and PERSON in inside and PERSON not in tasks.values()
            assert len(inside) == 2 or not tasks or shut, "somebody waits although there is room"
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(play())
