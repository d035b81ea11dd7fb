"""The vectors in memory, beside the plain product they stand for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.storage.vectors import SHORTLIST, Vectors, quantise
from bot.storage.words import LONGEST, split, terms


def clustered(count: int, dimensions: int, seed: int = 1) -> np.ndarray:
    """Unit vectors that share a direction and gather around topics, as embeddings do."""
    topics = np.random.default_rng(0).normal(size=(50, dimensions)) + 0.5
    random = np.random.default_rng(seed)
    vectors = topics[random.integers(0, 50, count)] + random.normal(size=(count, dimensions))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def filled(vectors: np.ndarray, first_id: int = 1, into: Vectors | None = None) -> Vectors:
    held = Vectors(vectors.shape[1]) if into is None else into
    ids = np.arange(first_id, first_id + len(vectors))
    held.add(ids, quantise(vectors), times=ids, tags=["en" if i % 2 else "de" for i in ids])
    return held


@pytest.mark.parametrize("dimensions", [8, 64, 100, 384])
def test_few_vectors_are_ranked_as_the_exact_product_ranks_them(dimensions: int) -> None:
    vectors = clustered(500, dimensions)
    ids, scores = filled(vectors).nearest(vectors[3], 10)
    exact = vectors @ vectors[3]
    assert ids[0] == 4
    assert scores == pytest.approx(np.sort(exact)[::-1][:10], abs=0.02)


def test_many_vectors_lose_almost_nothing_to_the_shortlist() -> None:
    vectors = clustered(4 * SHORTLIST, 384)
    held = filled(vectors)
    found = kept = 0
    for query in clustered(30, 384, seed=2):
        exact = set(np.argsort(-(vectors @ query))[:10] + 1)
        found += len(exact & set(held.nearest(query, 10)[0].tolist()))
        kept += 10
    assert found / kept > 0.97


def test_mask_leaves_out_what_does_not_match() -> None:
    held = filled(clustered(100, 16))
    mask = held.matching(since=10, until=20, tag="en")
    ids, _ = held.nearest(np.ones(16, np.float32), 100, mask)
    assert sorted(ids.tolist()) == [11, 13, 15, 17, 19]
    assert held.matching(since=None, until=None, tag=None) is None
    unknown = held.matching(since=None, until=None, tag="xx")
    assert len(held.nearest(np.ones(16, np.float32), 9, unknown)[0]) == 0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 4000), st.floats(0, 1)), min_size=1, max_size=6), st.integers(0, 9))
def test_adding_and_removing_in_any_order_keeps_exactly_the_rest(steps, seed) -> None:
    random = np.random.default_rng(seed)
    held = Vectors(16, room=8)
    alive: dict[int, np.ndarray] = {}
    following = 1
    for count, share in steps:
        vectors = clustered(count, 16, seed)
        filled(vectors, following, held)
        alive |= dict(zip(range(following, following + count), vectors, strict=True))
        following += count
        gone = random.permutation(np.array(list(alive)))[: int(share * len(alive))]
        held.remove(np.append(gone, [following + 5, 0]))
        for i in gone:
            del alive[i]
    assert len(held) == len(alive)
    found, _ = held.nearest(np.ones(16, np.float32), 5)
    expected = sorted(alive, key=lambda i: -float(alive[i].sum()))[:5]
    assert len(found) == len(expected)
    assert set(found.tolist()) <= set(alive)
    if expected and len(alive) < SHORTLIST:
        best = float(alive[expected[0]].sum())
        assert float(alive[int(found[0])].sum()) == pytest.approx(best, abs=0.1)


def test_a_quarter_of_a_million_vectors_fit_in_120_megabytes() -> None:
    assert Vectors(384, room=250_000).nbytes < 120_000_000


def test_no_vector_is_no_trouble() -> None:
    assert len(Vectors(4).nearest(np.ones(4, np.float32), 3)[0]) == 0
    held = filled(np.zeros((1, 4), np.float32))
    assert held.nearest(np.zeros(4, np.float32), 3)[1].tolist() == [0.0]


@given(st.text())
def test_words_are_letters_and_digits_only_and_folding_twice_changes_nothing(text: str) -> None:
    words = split(text)
    assert all(0 < len(w) <= LONGEST for w in words)
    assert not any(c in w for w in words for c in " '\"*:()\\\x00-")
    assert split(" ".join(words)) == words


def test_terms_are_each_taken_once() -> None:
    assert [t.words for t in terms(["Sea", "sea", "sea*", "!"])] == [("sea",), ("sea",)]
    assert [t.prefix for t in terms(["sea", "sea*"])] == [False, True]
