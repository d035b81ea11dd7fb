"""Words on SQLite: the likeliest passages by the words they have, of those the best by BM25."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from storage_samples import DAY, NOW, draft, indexed, stored

from bot.storage import Store, fulltext


@pytest.fixture(params=["sqlite"])
def url(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'newsbot.db'}"


@pytest.fixture(autouse=True)
def _few_are_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    """No passage is scored beside as many as were asked for: what a large archive does to a short list."""
    monkeypatch.setattr(fulltext, "SCORED", 0)


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
    assert await ids(store, "council") == first[::-1]
    new = await article(store, "new", "The council met again.")
    assert set(await ids(store, "council")) == {*first, new}
    await store.articles.put(draft("new", "Quite another text.", title=""), source_id=None, now=NOW)
    assert await ids(store, "council") == first[::-1]


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
    assert found == first[::-1]
    assert other not in found


async def test_passages_within_bounds_are_found_behind_any_number_outside(store: Store) -> None:
    old = await article(store, "old", "The council met.", published=NOW - 9 * DAY)
    for n in range(30):
        await article(store, f"new{n}", "The council met.", published=NOW)
    assert await ids(store, "council", limit=2, until=NOW - DAY) == [old]


async def test_of_passages_with_the_same_words_the_newest_are_scored(store: Store) -> None:
    for n in range(9):
        await article(store, f"old{n}", "The council met.")
    new = [await article(store, f"new{n}", "The council met.") for n in range(2)]
    assert await ids(store, "council", limit=2) == new[::-1]


async def test_a_word_that_most_passages_have_is_looked_for_where_nothing_rarer_is(store: Store) -> None:
    common = [await article(store, f"common{n}", "The council met.") for n in range(30)]
    rare = await article(store, "rare", "The council met a walrus.")
    for _ in ("the first time", "again"):
        assert await ids(store, "council", "walrus", limit=1) == [rare]
        assert await ids(store, "council", limit=40) == [*common[::-1], rare]


async def test_a_word_that_got_rarer_is_looked_for_again(store: Store) -> None:
    met = [await article(store, f"met{n}", "The council met.") for n in range(4)]
    assert await ids(store, "council") == met[::-1]
    for n in range(40):
        await article(store, f"other{n}", "Ships came in.")
    new = await article(store, "new", "The council met.")
    assert await ids(store, "council") == [new, *met[::-1]]


async def test_how_often_a_word_stands_and_the_length_decide_among_those_scored(store: Store) -> None:
    twice = await article(store, "twice", "The council met a council.")
    once = await article(store, "once", "The council met a mayor.")
    long = await article(store, "long", "The council met a mayor" + " and sailed on" * 9 + ".")
    assert await ids(store, "council") == [twice, once, long]


async def test_a_phrase_and_a_beginning_are_counted_as_they_stand(store: Store) -> None:
    phrase = await article(store, "phrase", "New York, New York!")
    apart = await article(store, "apart", "York is new, New York is newer, it is said.")
    assert await ids(store, "new york") == [phrase, apart]
    recalls = await article(store, "recalls", "Recalled: he recalls the recall.")
    other = await article(store, "other", "The recall of no car.")
    assert await ids(store, "recal*") == [recalls, other]


async def test_an_empty_index_has_nothing(store: Store) -> None:
    assert await ids(store, "council") == []


TEXTS = st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=5), min_size=1, max_size=12)


@given(texts=TEXTS, asked=st.sets(st.sampled_from("abcdefgh"), min_size=1, max_size=4))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_finds_exactly_the_passages_with_any_of_the_words(open_store, texts, asked) -> None:
    store = await open_store()
    names = {await article(store, f"{n}-{''.join(t)}", " ".join(t)): set(t) for n, t in enumerate(texts)}
    found = await ids(store, *sorted(asked), limit=99)
    assert set(names) & set(found) == {i for i, words in names.items() if words & asked}
