"""Articles: recognised by any key, revised only by what a reader would call a change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from storage_samples import DAY, HOUR, MINUTE, NOW, cut, draft, indexed, stored

from bot.errors import LeaseLost, NotFound, StoreError
from bot.storage import Store
from bot.types import Draft, Passage, PutStatus, SourceKind


async def put(store: Store, given: Draft, **changes) -> PutStatus:
    status, _ = await store.articles.put(given, **{"source_id": None, "now": NOW, **changes})
    return status


async def test_new_article_is_kept_whole_and_due_for_reading(store: Store) -> None:
    given = draft(outlet="Gazette", byline="Ann", language="en", published=NOW - DAY)
    status, article = await store.articles.put(given, source_id=None, now=NOW)
    assert status is PutStatus.NEW
    assert (article.title, article.text, article.outlet, article.byline) == (
        given.title,
        given.text,
        "Gazette",
        "Ann",
    )
    assert (article.language, article.when, article.fetched, article.revision) == ("en", NOW - DAY, NOW, 1)
    assert await store.articles.get(article.id) == article
    assert len(await store.rows.claim("articles", now=NOW, lease=MINUTE)) == 1


@pytest.mark.parametrize("keys", [("url:harbour",), ("other", "id:harbour"), ("id:harbour", "other")])
async def test_any_known_key_is_the_same_article(store: Store, keys: tuple[str, ...]) -> None:
    first = await stored(store, text="One.")
    status, again = await store.articles.put(draft(text="One.", keys=keys), source_id=None, now=NOW)
    assert (status, again.id) == (PutStatus.UNCHANGED, first.id)


async def test_keys_met_later_recognise_it_too(store: Store) -> None:
    first = await stored(store, text="One.")
    await put(store, draft(text="One.", keys=("id:harbour", "mirror:harbour")))
    status, again = await store.articles.put(
        draft(text="One.", keys=("mirror:harbour",)), source_id=None, now=NOW
    )
    assert (status, again.id) == (PutStatus.UNCHANGED, first.id)


async def test_strongest_key_decides_between_two_articles(store: Store) -> None:
    harbour, bridge = await stored(store, "harbour"), await stored(store, "bridge")
    _, found = await store.articles.put(
        draft("harbour", keys=("id:bridge", "id:harbour")), source_id=None, now=NOW
    )
    assert found.id == bridge.id
    assert (await store.articles.find("id:harbour")) == harbour


async def test_without_keys_the_url_is_the_key(store: Store) -> None:
    await put(store, draft(keys=()))
    assert await put(store, draft(keys=())) is PutStatus.UNCHANGED


@pytest.mark.parametrize("nothing", [draft(keys=(), url=""), draft(title=" ", text="\n")])
async def test_draft_without_identity_or_words_is_refused(store: Store, nothing: Draft) -> None:
    with pytest.raises(StoreError):
        await put(store, nothing)


async def test_changed_text_is_a_revision_and_the_old_one_is_kept(store: Store) -> None:
    first = await stored(store, text="Two ships sank.")
    status, second = await store.articles.put(draft(text="Three ships sank."), source_id=None, now=NOW + HOUR)
    assert (status, second.id, second.revision, second.text) == (
        PutStatus.UPDATED,
        first.id,
        2,
        "Three ships sank.",
    )
    old, new = await store.articles.revisions(first.id)
    assert (old.text, old.revision, old.fetched) == ("Two ships sank.", 1, NOW)
    assert (new.text, new.revision, new.fetched) == ("Three ships sank.", 2, NOW + HOUR)
    assert second.fetched == NOW


async def test_changed_title_is_a_revision(store: Store) -> None:
    await stored(store, text="One.")
    assert await put(store, draft(text="One.", title="Correction: the harbour story")) is PutStatus.UPDATED


@pytest.mark.parametrize("same", ["Two  ships\nsank. ", "\tTwo ships sank.", "Two ships\u00a0sank."])
async def test_changed_whitespace_is_no_change(store: Store, same: str) -> None:
    article = await stored(store, text="Two ships sank.")
    assert await put(store, draft(text=same)) is PutStatus.UNCHANGED
    assert await store.articles.get(article.id) == article


async def test_updated_article_leaves_the_search_until_it_is_read_again(store: Store) -> None:
    article = await stored(store, text="Two ships sank.")
    await indexed(store, article)
    assert len(await store.search.text(["ships"], limit=5)) == 1
    await put(store, draft(text="Three boats sank."))
    assert await store.search.text(["ships"], limit=5) == []
    await indexed(store, await store.articles.get(article.id))
    assert len(await store.search.text(["boats"], limit=5)) == 1


async def test_teaser_never_replaces_a_full_text(store: Store) -> None:
    article = await stored(store, text="The whole long story of the harbour.")
    teaser = draft(title="Another title", text="The whole...", teaser=True)
    assert await put(store, teaser) is PutStatus.UNCHANGED
    assert await store.articles.get(article.id) == article
    assert not (await store.articles.get(article.id)).teaser


async def test_full_text_replaces_a_teaser(store: Store) -> None:
    article = await stored(store, text="The whole...", teaser=True)
    assert (await store.articles.get(article.id)).teaser
    assert await put(store, draft(text="The whole long story.")) is PutStatus.UPDATED
    assert not (await store.articles.get(article.id)).teaser


async def test_empty_text_replaces_nothing(store: Store) -> None:
    article = await stored(store)
    assert await put(store, draft(text=" ")) is PutStatus.UNCHANGED
    assert await store.articles.get(article.id) == article


async def test_mirror_that_lags_does_not_bring_an_old_text_back(store: Store) -> None:
    await put(store, draft(text="New.", updated=NOW))
    assert await put(store, draft(text="Old.", updated=NOW - HOUR)) is PutStatus.UNCHANGED


async def test_two_sources_with_two_versions_do_not_take_turns(store: Store) -> None:
    await put(store, draft(text="As the feed has it."))
    assert await put(store, draft(text="As the page has it.")) is PutStatus.UPDATED
    assert await put(store, draft(text="As the feed has it.")) is PutStatus.UNCHANGED
    assert await put(store, draft(text="As the page has it.")) is PutStatus.UNCHANGED


async def test_publisher_may_go_back_to_an_old_text(store: Store) -> None:
    await put(store, draft(text="First.", updated=NOW))
    await put(store, draft(text="Second.", updated=NOW + HOUR))
    assert await put(store, draft(text="First.", updated=NOW + 2 * HOUR)) is PutStatus.UPDATED


async def test_what_was_missing_is_filled_in_without_a_revision(store: Store) -> None:
    source = await store.sources.add("https://a.example/feed", kind=SourceKind.FEED, now=NOW)
    article = await stored(store, text="One.")
    filled = draft(text="One.", outlet="Gazette", language="en", published=NOW - DAY)
    assert await put(store, filled, source_id=source.id) is PutStatus.UNCHANGED
    found = await store.articles.get(article.id)
    assert (found.outlet, found.language, found.when, found.source_id, found.revision) == (
        "Gazette",
        "en",
        NOW - DAY,
        source.id,
        1,
    )


async def test_withdrawn_article_is_marked_keeps_its_text_and_leaves_the_search(store: Store) -> None:
    article = await stored(store, text="Two ships sank.")
    await indexed(store, article)
    assert await put(store, draft(text="", withdrawn=True)) is PutStatus.UPDATED
    gone = await store.articles.get(article.id)
    assert (gone.withdrawn, gone.text, gone.revision) == (True, "Two ships sank.", 2)
    await indexed(store, gone)
    assert await store.search.text(["ships"], limit=5) == []
    assert await store.articles.recent(limit=5) == []
    assert await put(store, draft(text="Two ships sank.")) is PutStatus.UNCHANGED


async def test_text_that_no_database_takes_keeps_its_offsets(store: Store) -> None:
    text = "A\x00B \ud800 C. Second sentence."
    article = await stored(store, text=text)
    assert len(article.text) == len(text)
    passages = cut(text)
    await store.articles.index(
        article.id, revision=1, passages=passages, vectors=np.zeros((0, 0), np.float32), signature=None
    )
    found = await store.search.passages_of(article.id)
    assert [(p.start, p.end, p.text) for p in found] == [
        (p.start, p.end, article.text[p.start : p.end]) for p in passages
    ]


async def test_passages_are_cut_by_characters_not_bytes(store: Store) -> None:
    article = await stored(store, text="Größe 🚢 zählt. 東京で雨が降った。")
    await indexed(store, article)
    for passage in await store.search.passages_of(article.id):
        assert passage.text == article.text[passage.start : passage.end]


async def test_index_for_a_revision_that_is_not_the_present_one_is_refused(store: Store) -> None:
    article = await stored(store, text="One.")
    await put(store, draft(text="Two."))
    with pytest.raises(LeaseLost):
        await indexed(store, article)


async def test_passage_that_is_not_the_articles_text_is_refused(store: Store) -> None:
    article = await stored(store, text="The harbour reopened.")
    wrong = [Passage(0, 0, 0, 0, 3, "Thy")]
    with pytest.raises(StoreError):
        await store.articles.index(
            article.id, revision=1, passages=wrong, vectors=np.zeros((0, 0), np.float32), signature=None
        )


async def test_indexing_again_replaces_the_passages(store: Store) -> None:
    article = await stored(store, text="The harbour reopened. Ships returned.")
    await indexed(store, article)
    await indexed(store, article)
    assert len(await store.search.passages_of(article.id)) == 2
    assert len(await store.search.text(["ships"], limit=9)) == 1


async def test_recent_is_newest_first_within_its_bounds(store: Store) -> None:
    days = [(await stored(store, f"day{n}", published=NOW - n * DAY)).id for n in range(4)]
    found = await store.articles.recent(limit=9, since=NOW - 2 * DAY, before=NOW)
    assert [a.id for a in found] == [days[1], days[2]]
    assert [a.id for a in await store.articles.recent(limit=1)] == [days[0]]


async def test_recent_by_source_topic_and_language(store: Store) -> None:
    asia = await store.sources.add("https://a.example", kind=SourceKind.FEED, topic="world/asia", now=NOW)
    sport = await store.sources.add("https://b.example", kind=SourceKind.FEED, topic="worldcup", now=NOW)
    await put(store, draft("one", language="en"), source_id=asia.id)
    await put(store, draft("two", language="de"), source_id=sport.id)
    one, two = await store.articles.find("id:one"), await store.articles.find("id:two")
    assert await store.articles.recent(limit=9, topic="world") == [one]
    assert await store.articles.recent(limit=9, source_id=sport.id) == [two]
    assert await store.articles.recent(limit=9, language="de") == [two]


async def test_count_is_by_the_articles_time(store: Store) -> None:
    for n in range(3):
        await stored(store, f"day{n}", published=NOW - n * DAY)
    assert await store.articles.count() == 3
    assert await store.articles.count(since=NOW - DAY, before=NOW) == 1


async def test_articles_come_back_in_the_order_asked(store: Store) -> None:
    ids = [(await stored(store, name)).id for name in "abc"]
    assert [a.id for a in await store.articles.get_many([ids[2], 99, ids[0]])] == [ids[2], ids[0]]


async def test_found_by_url_as_well_as_by_key(store: Store) -> None:
    article = await stored(store)
    assert await store.articles.find(article.url) == article
    assert await store.articles.find("id:nothing") is None
    with pytest.raises(NotFound):
        await store.articles.get(99)


KEYS = st.sampled_from(["a", "b", "c", "d"])
DRAFTS = st.builds(
    draft,
    st.just("x"),
    st.sampled_from(["", "Alpha beta.", "Alpha  beta.", "Gamma.", "Delta epsilon."]),
    keys=st.lists(KEYS, min_size=1, max_size=3).map(tuple),
    teaser=st.booleans(),
    withdrawn=st.booleans(),
    updated=st.none() | st.sampled_from([NOW, NOW + HOUR]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drafts=st.lists(DRAFTS, min_size=1, max_size=8))
async def test_whatever_comes_in_whatever_order_stays_consistent(store: Store, drafts: list[Draft]) -> None:
    await _empty(store)
    full: set[int] = set()
    for given_draft in drafts:
        owners = [await store.articles.find(k) for k in given_draft.keys]
        status, article = await store.articles.put(given_draft, source_id=None, now=NOW)
        known = [o for o in owners if o is not None]
        assert (status is PutStatus.NEW) == (not known)
        assert not known or article == known[0] or article.id == known[0].id
        # Every key leads somewhere afterwards, and no key changed hands.
        for before, key in zip(owners, given_draft.keys, strict=True):
            after = await store.articles.find(key)
            assert after is not None
            assert before is None or after.id == before.id
        revisions = await store.articles.revisions(article.id)
        assert [r.revision for r in revisions] == list(range(1, article.revision + 1))
        assert revisions[-1].text == article.text
        assert article.text.strip() or not any(r.text.strip() for r in revisions)
        if article.id in full and not given_draft.withdrawn:
            assert not given_draft.teaser or status is PutStatus.UNCHANGED
        if given_draft.text.strip() and not (await store.articles.get(article.id)).teaser:
            full.add(article.id)
        repeated = await put(store, given_draft)
        assert repeated is PutStatus.UNCHANGED


async def _empty(store: Store) -> None:
    """Hypothesis runs every example on the same store."""
    from sqlalchemy import text

    await store._database.write(lambda c: c.execute(text("DELETE FROM articles")).rowcount)
