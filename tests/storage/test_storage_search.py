"""Search: what is found, in which order, within which bounds, and how fresh."""

from __future__ import annotations

import numpy as np
import pytest
from storage_samples import DAY, NOW, cut, direction, draft, indexed, stored

from bot.storage import Store


async def article(store: Store, name: str, text: str, **changes) -> int:
    found = await stored(store, name, text, **changes)
    await indexed(store, found)
    return found.id


async def ids(store: Store, *terms: str, **bounds) -> list[int]:
    return [h.article_id for h in await store.search.text(terms, limit=9, **bounds)]


async def test_any_of_the_terms_finds_and_rare_ones_weigh_more(store: Store) -> None:
    for n in range(9):
        await article(store, f"filler{n}", "The council met and talked.")
    rare = await article(store, "rare", "The council met a walrus.")
    found = await ids(store, "council", "walrus")
    assert found[0] == rare
    assert len(found) == 9


async def test_word_in_the_title_weighs_more(store: Store) -> None:
    in_text = await article(store, "one", "A walrus was seen on the pier.", title="Seen on the pier")
    in_title = await article(store, "two", "It was seen on the old pier.", title="Walrus")
    assert await ids(store, "walrus") == [in_title, in_text]


async def test_hit_says_which_passage_and_when(store: Store) -> None:
    found = await article(store, "one", "Nothing here. A walrus came.", published=NOW - DAY)
    [hit] = await store.search.text(["walrus"], limit=9)
    [passage] = await store.search.passages([hit.passage_id])
    assert (hit.article_id, hit.when, passage.text, passage.article_id) == (
        found,
        NOW - DAY,
        "A walrus came.",
        found,
    )


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Der Fluß bei Köln stieg.", "KOLN"),
        ("Президент подписал указ.", "президент"),
        ("الرَّئيس في القاهرة", "الرئيس"),
        ("राष्ट्रपति ने भाषण दिया", "राष्ट्रपति"),
        ("東京で大雨が降った。", "大雨"),
        ("นายกรัฐมนตรีเดินทางถึงเชียงใหม่", "เชียงใหม่"),
        ("대통령이 서울에서 연설했다", "서울에서"),
        ("The U.S. sent troops.", "u.s."),
        ("He said “don’t” twice.", "don't"),
        ("Ｆｕｌｌ width", "full"),
        ("Ships sailed for Odesa.", "sail*"),
        ("Prime Minister Smith spoke.", "minister smith"),
    ],
)
async def test_words_of_many_scripts_are_found(store: Store, text: str, term: str) -> None:
    found = await article(store, "one", text)
    await article(store, "two", "Quite another thing happened there.")
    assert await ids(store, term) == [found]


@pytest.mark.parametrize("term", ["smith minister", "雨大", "sailor*"])
async def test_phrases_keep_their_order_and_prefixes_their_length(store: Store, term: str) -> None:
    await article(store, "one", "Prime Minister Smith sailed. 大雨")
    assert await ids(store, term) == []


async def test_phrase_does_not_run_from_title_into_text(store: Store) -> None:
    await article(store, "one", "Smith spoke.", title="Prime Minister")
    assert await ids(store, "minister smith") == []


@pytest.mark.parametrize(
    "term", ['"', "a OR b)", "NEAR(", "*", "title:", "'; --", "\\", "x" * 5000, "\x00", "🚢"]
)
async def test_a_term_is_data_never_syntax(store: Store, term: str) -> None:
    found = await article(store, "one", "The harbour reopened.")
    assert await ids(store, term, "harbour") == [found]


async def test_no_terms_find_nothing(store: Store) -> None:
    await article(store, "one", "The harbour reopened.")
    assert await store.search.text([], limit=9) == []
    assert await store.search.text(["...", ""], limit=9) == []


BOUNDS = [
    ({"since": NOW - DAY}, ["today", "yesterday"]),
    ({"until": NOW - DAY}, ["before", "yesterday"]),
    ({"since": NOW - DAY, "until": NOW - DAY}, ["yesterday"]),
    ({"language": "de"}, ["yesterday"]),
    ({}, ["before", "today", "yesterday"]),
]


async def _three_days(store: Store) -> dict[int, str]:
    names = {}
    for days, (name, language) in enumerate((("today", "en"), ("yesterday", "de"), ("before", "en"))):
        found = await stored(store, name, "A walrus came.", published=NOW - days * DAY, language=language)
        await indexed(store, found, direction(1, days)[None, :])
        names[found.id] = name
    return names


@pytest.mark.parametrize(("bounds", "expected"), BOUNDS)
async def test_words_are_searched_within_time_and_language(store: Store, bounds, expected) -> None:
    names = await _three_days(store)
    assert sorted(names[i] for i in await ids(store, "walrus", **bounds)) == expected


@pytest.mark.parametrize(("bounds", "expected"), BOUNDS)
async def test_vectors_are_searched_within_time_and_language(store: Store, bounds, expected) -> None:
    names = await _three_days(store)
    hits = await store.search.vector(direction(1), limit=9, **bounds)
    assert sorted(names[h.article_id] for h in hits) == expected


async def test_nearest_vectors_come_first_with_their_cosine(store: Store) -> None:
    near, far = await stored(store, "near"), await stored(store, "far")
    await indexed(store, near, direction(3, 4)[None, :])
    await indexed(store, far, direction(0, 0, 1)[None, :])
    hits = await store.search.vector(direction(1), limit=9)
    assert [h.article_id for h in hits] == [near.id, far.id]
    assert [h.score for h in hits] == pytest.approx([0.6, 0.0], abs=0.01)


async def test_vectors_stay_fresh_when_another_process_writes(store: Store, open_store) -> None:
    other = await open_store()
    first = await stored(store, "first")
    await indexed(store, first, direction(1)[None, :])
    assert [h.article_id for h in await other.search.vector(direction(1), limit=9)] == [first.id]
    second = await stored(store, "second")
    await indexed(store, second, direction(1, 1)[None, :])
    hits = await other.search.vector(direction(1), limit=9)
    assert [h.article_id for h in hits] == [first.id, second.id]
    await store.articles.put(draft("first", "Changed altogether."), source_id=None, now=NOW)
    assert [h.article_id for h in await other.search.vector(direction(1), limit=9)] == [second.id]
    await indexed(store, await store.articles.get(first.id), direction(0, 1)[None, :])
    hits = await other.search.vector(direction(1), limit=9)
    assert [h.article_id for h in hits] == [second.id, first.id]


async def test_vectors_of_an_undone_transaction_are_not_remembered(store: Store) -> None:
    found = await stored(store)

    async def index_and_fail() -> None:
        async with store.transaction():
            await indexed(store, found, direction(1)[None, :])
            assert await store.search.vector(direction(1), limit=9) == []
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await index_and_fail()
    assert await store.search.vector(direction(1), limit=9) == []
    await indexed(store, found, direction(0, 1)[None, :])
    [hit] = await store.search.vector(direction(0, 1), limit=9)
    assert hit.score == pytest.approx(1.0, abs=0.01)


async def test_vectors_of_another_embedder_are_not_compared(store: Store) -> None:
    old, new = await stored(store, "old"), await stored(store, "new")
    await indexed(store, old, np.eye(1, 4, dtype=np.float32))
    await indexed(store, new, direction(1)[None, :])
    assert [h.article_id for h in await store.search.vector(direction(1), limit=9)] == [new.id]
    assert [h.article_id for h in await store.search.vector(np.eye(1, 4, dtype=np.float32)[0], limit=9)] == [
        old.id
    ]


async def test_articles_without_vectors_are_found_by_words_alone(store: Store) -> None:
    found = await article(store, "one", "The harbour reopened.")
    assert await store.search.vector(direction(1), limit=9) == []
    assert await ids(store, "harbour") == [found]


async def test_passages_come_back_in_the_order_asked(store: Store) -> None:
    found = await stored(store, "one", "First here. Second here. Third here.")
    await indexed(store, found)
    first, _, third = await store.search.passages_of(found.id)
    assert await store.search.passages([third.id, 999, first.id]) == [third, first]
    assert [p.text for p in (first, third)] == [cut(found.text)[0].text, cut(found.text)[2].text]
