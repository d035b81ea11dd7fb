"""The standard model for real: it reads, chooses and keeps to what it is given."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.models.open import Generator, GeneratorSpec, open_generator
from bot.types import Turn

pytestmark = [pytest.mark.standard, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standard(standard_dir: Path) -> AsyncIterator[Generator]:
    made = open_generator(GeneratorSpec(context=2048), standard_dir)
    yield made
    await made.close()


async def test_it_summarises_what_it_is_given_and_no_more(standard: Generator) -> None:
    text = (
        "The old harbour bridge will close on Monday for eleven weeks, the council said.\n"
        "Engineers found rust in four of its nine cables in March.\n\n"
        "Summarise this in two short sentences."
    )
    turns = [Turn(role="system", text="You summarise news."), Turn(role="user", text=text)]
    found = await standard.generate(turns, max_tokens=80)
    assert "bridge" in found.text
    assert "rust" in found.text
    assert not found.truncated


async def test_it_chooses_by_what_the_text_says(standard: Generator) -> None:
    text = "The council elected Mara Lind mayor.\n\nDoes this say that {} was elected? Answer yes or no."
    yes, no = [
        await standard.choose([Turn(role="user", text=text.format(name))], ["yes", "no"])
        for name in ("Mara Lind", "Olav Brandt")
    ]
    assert yes[0] > 0.5 > no[0]
