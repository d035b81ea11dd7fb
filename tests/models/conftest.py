"""Where the real models are, and the `tiny` one, loaded once for all tests of this room."""

from collections.abc import AsyncIterator
from pathlib import Path

import platformdirs
import pytest
import pytest_asyncio

from bot.models.catalogue import CATALOGUE, locate
from bot.models.llamacpp import LlamaGenerator
from bot.models.open import GeneratorSpec, open_generator

MODELS = platformdirs.user_cache_path("newsbot") / "models"


def need(name: str) -> Path:
    """The models folder, or a skip that says how to get the model."""
    if locate(CATALOGUE[name], MODELS) is None:
        pytest.skip(f"the model {name} is not here: newsbot models pull {name}")
    return MODELS


@pytest.fixture(scope="session")
def tiny_dir() -> Path:
    """The models folder, with `tiny` in it."""
    return need("tiny")


@pytest.fixture(scope="session")
def minilm_dir() -> Path:
    """The models folder, with `minilm` in it."""
    return need("minilm")


@pytest.fixture(scope="session")
def standard_dir() -> Path:
    """The models folder, with `standard` in it."""
    return need("standard")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tiny(tiny_dir: Path) -> AsyncIterator[LlamaGenerator]:
    spec = GeneratorSpec(model="tiny", context=1024, queue=3, threads=1)
    generator = open_generator(spec, tiny_dir)
    assert isinstance(generator, LlamaGenerator)
    yield generator
    await generator.close()
