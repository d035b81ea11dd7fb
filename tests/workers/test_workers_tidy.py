"""What goes once a day."""

from bot.workers.tidy import tidy_once


async def test_the_store_is_tidied_once_a_day(town) -> None:
    assert await tidy_once(town.store, town.clock())
    town.clock.advance(hours=23)
    assert not await tidy_once(town.store, town.clock())
    town.clock.advance(hours=2)
    assert await tidy_once(town.store, town.clock())
