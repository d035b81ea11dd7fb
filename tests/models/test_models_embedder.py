"""The embedder, with all-MiniLM-L6-v2 for real, and its batches."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ModelBusy, ModelFailed, ModelMissing
from bot.models.embedder import Encoder, batches
from bot.models.open import EmbedderSpec, open_embedder
from bot.types import Urgency

TEXTS = [
    "The council will close the bridge on Monday.",
    "On Monday the bridge is going to be shut, says the council.",
    "A new species of frog was found in the hills.",
    "",
    "word " * 900,
    "Prices rose by 3.2 % in May, the statistics office said on Friday; economists had expected less.",
]


@given(st.lists(st.integers(1, 256), max_size=80), st.integers(256, 4096))
def test_batches_hold_each_text_once_and_not_too_many_tokens(lengths: list[int], tokens: int) -> None:
    made = batches(lengths, tokens)
    assert sorted(i for b in made for i in b) == list(range(len(lengths)))
    assert all(len(b) * max(lengths[i] for i in b) <= tokens for b in made)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def encoder(minilm_dir: Path) -> AsyncIterator[Encoder]:
    made = open_embedder(EmbedderSpec(threads=1), minilm_dir)
    assert isinstance(made, Encoder)
    yield made
    await made.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_vectors_have_unit_length_and_meaning(encoder: Encoder) -> None:
    rows = await encoder.embed(TEXTS)
    assert rows.shape == (len(TEXTS), encoder.dimensions)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-4)
    assert rows[0] @ rows[1] > 0.7 > 0.3 > rows[0] @ rows[2]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_text_has_the_same_vector_alone_and_in_a_batch(encoder: Encoder) -> None:
    together = await encoder.embed(TEXTS)
    for text, row in zip(TEXTS, together, strict=True):
        alone = await encoder.embed([text])
        assert alone[0] @ row > 0.999


@pytest.mark.asyncio(loop_scope="module")
async def test_no_texts_and_odd_texts(encoder: Encoder) -> None:
    assert (await encoder.embed([])).shape == (0, 384)
    odd = await encoder.embed(["\ud800", "\x00", "😀", "新闻", "[CLS] [SEP]"])
    assert np.isfinite(odd).all()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_person_goes_between_the_batches_of_the_background(encoder: Encoder) -> None:
    order: list[str] = []

    async def one(name: str, texts: list[str], urgency: Urgency) -> None:
        await encoder.embed(texts, urgency=urgency)
        order.append(name)

    long = asyncio.create_task(one("background", ["word " * 300] * 16, Urgency.BACKGROUND))
    await asyncio.sleep(0)
    await asyncio.gather(long, one("person", ["Who?"], Urgency.PERSON))
    assert order == ["person", "background"]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_cancelled_request_is_dropped_and_the_next_served(encoder: Encoder) -> None:
    task = asyncio.create_task(encoder.embed(["word " * 300] * 60))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await encoder.embed(["x"])).shape == (1, 384)


async def test_a_full_queue_says_so(minilm_dir: Path) -> None:
    made = open_embedder(EmbedderSpec(queue=2, threads=1), minilm_dir)
    results = await asyncio.gather(*(made.embed(["x"]) for _ in range(5)), return_exceptions=True)
    assert [type(r) for r in results].count(ModelBusy) == 3
    await made.close()
    with pytest.raises(ModelFailed, match="closed"):
        await made.embed(["x"])


async def test_missing_files_are_told_and_looked_for_again(tmp_path: Path, minilm_dir: Path) -> None:
    made = open_embedder(EmbedderSpec(threads=1), tmp_path)
    with pytest.raises(ModelMissing, match="newsbot models pull minilm"):
        await made.embed(["x"])
    (tmp_path / "minilm").symlink_to(minilm_dir / "minilm")
    assert (await made.embed(["x"])).shape == (1, 384)
    await made.close()


async def test_a_broken_folder_is_an_error_of_ours(tmp_path: Path, minilm_dir: Path) -> None:
    shutil.copytree(minilm_dir / "minilm", tmp_path / "m")
    (tmp_path / "m" / "model.safetensors").write_bytes(b"nothing")
    made = open_embedder(EmbedderSpec(model="mine", path=tmp_path / "m"), tmp_path)
    with pytest.raises(ModelFailed):
        await made.embed(["x"])
    await made.close()
