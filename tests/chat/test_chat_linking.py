"""Linking a chat on Telegram with one on Matrix: who may, how often, and what is kept."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from town import Person, Town

from bot.types import DeliveryKind

MATRIX_ANN = "@ann:example.org"


@pytest.fixture
def there(town: Town) -> Person:
    """Ann's private room on Matrix."""
    return town.person(MATRIX_ANN, platform="matrix")


def code_in(said: str) -> str:
    return said.split("link ")[1].split()[0]


async def test_a_code_shown_in_one_chat_pairs_it_with_the_other(
    town: Town, ann: Person, there: Person
) -> None:
    said = await ann.says("/link")
    assert said.startswith("Now send me this in your Matrix chat:\n\n!link ")
    assert "until 23 Nov 2026, 09:15" in said
    linked = await there.says(f"!link {code_in(said)}")
    assert linked.startswith(
        "Linked with your Telegram chat.\n\nWhen one platform can't be reached for 15 min"
    )
    assert await ann.says("/link") == "This chat is linked with your Matrix chat. To end that: /unlink"
    assert await town.store.links.other((await town.chat(ann)).id) == (await town.chat(there)).id


async def test_the_chat_that_showed_the_code_hears_of_it(town: Town, ann: Person, there: Person) -> None:
    code = code_in(await ann.says("/link"))
    await there.says(f"!link {code}")
    [(_, notice)] = await town.store.outbox.claim(
        now=town.now + timedelta(minutes=2), lease=timedelta(minutes=1)
    )
    assert notice.kind is DeliveryKind.NOTICE
    assert notice.part.plain == ("This chat is now linked with a Matrix chat. If that was not you: /unlink")


async def test_a_code_may_be_typed_loosely(ann: Person, there: Person) -> None:
    code = code_in(await ann.says("/link")).lower().replace("-", " ")
    assert (await there.says(f"!link {code}")).startswith("Linked")


async def test_a_code_works_once(town: Town, ann: Person, there: Person) -> None:
    code = code_in(await ann.says("/link"))
    await there.says(f"!link {code}")
    stranger = town.person("@eve:example.org", platform="matrix")
    assert (await stranger.says(f"!link {code}")).startswith("That code isn't valid.")


async def test_a_code_lasts_fifteen_minutes(town: Town, ann: Person, there: Person) -> None:
    code = code_in(await ann.says("/link"))
    town.now += timedelta(minutes=15)
    assert (await there.says(f"!link {code}")).startswith("That code isn't valid.")


async def test_a_new_code_ends_the_one_before(ann: Person, there: Person) -> None:
    first = code_in(await ann.says("/link"))
    await ann.says("/link")
    assert (await there.says(f"!link {first}")).startswith("That code isn't valid.")


async def test_a_code_given_on_its_own_platform_stays_valid(town: Town, ann: Person, there: Person) -> None:
    code = code_in(await ann.says("/link"))
    bob = town.person("8")
    assert await bob.says(f"/link {code}") == (
        "That code was made here on Telegram. Send it to me on Matrix."
    )
    assert (await there.says(f"!link {code}")).startswith("Linked")


async def test_who_guesses_has_to_wait(town: Town, ann: Person, there: Person) -> None:
    code = code_in(await ann.says("/link"))
    for _ in range(6):
        assert (await there.says("!link AAAAA-AAAAA")).startswith("That code isn't valid.")
    slowed = await there.says(f"!link {code}")
    assert slowed == "Too many codes for now. Please try again after 23 Nov 2026, 09:15."
    town.now += timedelta(minutes=15)
    assert "!link" in await ann.says("/link")
    assert (await there.says("!link AAAAA-AAAAA")).startswith("That code isn't valid.")


async def test_only_a_hash_of_the_code_is_kept(town: Town, ann: Person) -> None:
    code = code_in(await ann.says("/link")).replace("-", "")
    rows = await town.store._database.read(lambda c: c.execute(text("SELECT * FROM link_codes")).all())
    assert code not in str(rows)


async def test_a_link_ends_from_either_side(ann: Person, there: Person) -> None:
    await there.says(f"!link {code_in(await ann.says('/link'))}")
    assert await ann.says("/unlink") == "No longer linked with your Matrix chat."
    assert await there.says("!unlink") == "This chat is not linked."


async def test_a_linked_chat_takes_no_second_link(town: Town, ann: Person, there: Person) -> None:
    await there.says(f"!link {code_in(await ann.says('/link'))}")
    bob = town.person("8")
    code = code_in(await bob.says("/link"))
    assert await there.says(f"!link {code}") == "This chat is linked with your Telegram chat."


async def test_a_group_is_not_linked(town: Town) -> None:
    bob = town.person("8", group="-100", administers=True)
    assert (await bob.says("/link")).startswith("Please ask me that in a private chat")


async def test_a_chat_that_others_join_is_linked_no_longer(town: Town, ann: Person, there: Person) -> None:
    await there.says(f"!link {code_in(await ann.says('/link'))}")
    bob = Person(town, there.address, "@bob:example.org", private=False)
    await bob.says("!latest")
    assert await ann.says("/unlink") == "This chat is not linked."


async def test_a_code_that_others_may_have_read_is_worth_nothing(
    town: Town, ann: Person, there: Person
) -> None:
    code = code_in(await there.says("!link"))
    bob = Person(town, there.address, "@bob:example.org", private=False)
    await bob.says("!latest")
    assert (await ann.says(f"/link {code}")).startswith("That code isn't valid.")


async def test_the_terminal_is_not_linked(town: Town) -> None:
    me = town.person("me", platform="console")
    assert await me.says("/link") == "I can link a chat on Telegram with one on Matrix. Ask me there."


async def test_my_data_shows_the_link_and_forgetting_ends_it(town: Town, ann: Person, there: Person) -> None:
    await there.says(f"!link {code_in(await ann.says('/link'))}")
    assert f"matrix:{MATRIX_ANN}" in await ann.says("/mydata")
    await ann.says("/forget yes")
    assert await town.store.links.other((await town.chat(there)).id) is None
