"""Words in a large index: the short way to the best passages, on SQLite."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from storage_samples import DAY, NOW, draft, indexed, stored

from bot.storage import Store, common, fulltext


@pytest.fixture(params=["sqlite"])
def url(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'newsbot.db'}"


@pytest.fixture(autouse=True)
def _everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the first passage on the index counts as large, and a word of more than two as common."""
    monkeypatch.setattr(fulltext, "FEW", 0)
    monkeypatch.setattr(fulltext, "RARE", 2)


async def article(store: Store, name: str, text: str, **changes) -> int:
    found = await stored(store, name, text, title="", **changes)
    await indexed(store, found)
    return found.id


async def ids(store: Store, *terms: str, **bounds) -> list[int]:
    return [h.article_id for h in await store.search.text(terms, limit=bounds.pop("limit", 9), **bounds)]


async def test_rare_and_common_words_weigh_together(store: Store) -> None:
    both = await article(store, "both", "The council met a walrus.")
    rare = await article(store, "rare", "The pier met a walrus.")
    common_ones = [await article(store, f"filler{n}", "The council met and talked.") for n in range(5)]
    others = [await article(store, f"other{n}", "Ships came in.") for n in range(20)]
    found = await ids(store, "council", "walrus")
    assert found[:2] == [both, rare]
    assert sorted(found[2:]) == common_ones
    assert not set(found) & set(others)


async def test_only_common_words_are_found_by_how_many_of_them_stand_there(store: Store) -> None:
    for n in range(4):
        await article(store, f"one{n}", "The council met.")
        await article(store, f"two{n}", "The ferry came.")
    both = await article(store, "both", "The ferry council met.")
    for n in range(20):
        await article(store, f"other{n}", "Ships sailed.")
    assert (await ids(store, "council", "ferry"))[0] == both


async def test_new_passages_are_found_and_deleted_ones_are_not(store: Store) -> None:
    first = [await article(store, f"first{n}", "The council met.") for n in range(4)]
    assert await ids(store, "council") == first
    new = await article(store, "new", "The council met again.")
    assert await ids(store, "council") == [*first, new]
    await store.articles.put(draft("new", "Quite another text.", title=""), source_id=None, now=NOW)
    assert await ids(store, "council") == first


async def _taken_back(store: Store) -> None:
    async with store.transaction():
        gone = await article(store, "gone", "The council met.")
        assert gone in await ids(store, "council")
        raise ZeroDivisionError


async def test_what_a_transaction_takes_back_is_not_remembered(store: Store) -> None:
    first = [await article(store, f"first{n}", "The council met.") for n in range(4)]
    with pytest.raises(ZeroDivisionError):
        await _taken_back(store)
    other = await article(store, "other", "The ferry came.")
    found = await ids(store, "council")
    assert found == first
    assert other not in found


async def test_passages_within_bounds_are_found_behind_any_number_outside(store: Store) -> None:
    old = await article(store, "old", "The council met.", published=NOW - 9 * DAY)
    for n in range(30):
        await article(store, f"new{n}", "The council met.", published=NOW)
    assert await ids(store, "council", limit=2, until=NOW - DAY) == [old]


async def test_a_word_not_asked_for_long_is_forgotten_and_found_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common, "LEAST_WORDS", 1)
    monkeypatch.setattr(common, "MOST_BYTES", 1)
    found = [await article(store, f"first{n}", "The council met the ferry.") for n in range(4)]
    for term in ("council", "ferry", "met", "council"):
        assert await ids(store, term) == found


TEXTS = st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=5), min_size=1, max_size=12)


@given(texts=TEXTS, asked=st.sets(st.sampled_from("abcdefgh"), min_size=1, max_size=4))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_finds_exactly_the_passages_with_any_of_the_words(open_store, texts, asked) -> None:
    store = await open_store()
    names = {await article(store, f"{n}-{''.join(t)}", " ".join(t)): set(t) for n, t in enumerate(texts)}
    found = await ids(store, *sorted(asked), limit=99)
    assert set(names) & set(found) == {i for i, words in names.items() if words & asked}
