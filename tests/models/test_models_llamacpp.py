"""llama.cpp in process, with the tiny model for real."""

import asyncio
import os
import socket
import tempfile
from pathlib import Path

import pytest

from bot.errors import ModelBusy, ModelFailed, ModelMissing
from bot.models.llamacpp import LlamaGenerator
from bot.models.open import GeneratorSpec, open_generator
from bot.types import Turn, Urgency

pytestmark = pytest.mark.asyncio(loop_scope="module")


def ask(text: str) -> list[Turn]:
    return [Turn(role="system", text="You are brief."), Turn(role="user", text=text)]


async def test_it_writes_and_counts(tiny: LlamaGenerator) -> None:
    pieces: list[str] = []
    found = await tiny.generate(ask("Say hello to Ann."), max_tokens=12, on_text=pieces.append)
    assert found.text
    assert "".join(pieces) == found.text
    assert 0 < found.completion_tokens <= 12
    assert found.prompt_tokens > 10
    assert found.truncated == (found.completion_tokens == 12)


async def test_the_same_prompt_gives_the_same_text(tiny: LlamaGenerator) -> None:
    one, other = [await tiny.generate(ask("Name a colour."), max_tokens=6) for _ in range(2)]
    assert one.text == other.text


async def test_stop_words_end_the_text(tiny: LlamaGenerator) -> None:
    whole = (await tiny.generate(ask("Count from one to nine."), max_tokens=16)).text
    word = whole.split()[2]
    found = await tiny.generate(ask("Count from one to nine."), max_tokens=16, stop=(word,))
    assert word not in found.text
    assert whole.startswith(found.text.rstrip())


async def test_a_grammar_binds_the_answer(tiny: LlamaGenerator) -> None:
    found = await tiny.generate(ask("Is water wet?"), max_tokens=8, grammar='root ::= "maybe" | "NOT FOUND"')
    assert found.text in ("maybe", "NOT FOUND")


async def test_a_broken_grammar_is_an_error_not_a_crash(tiny: LlamaGenerator) -> None:
    with pytest.raises(ModelFailed, match="grammar"):
        await tiny.generate(ask("x"), max_tokens=8, grammar="root ::= (")
    assert (await tiny.generate(ask("x"), max_tokens=1)).completion_tokens == 1


async def test_choices_get_probabilities_that_add_up(tiny: LlamaGenerator) -> None:
    found = await tiny.choose(ask("Is Paris a city? Answer yes or no."), ["yes", "no"])
    assert sum(found) == pytest.approx(1)
    assert all(0 < p < 1 for p in found)


async def test_a_prompt_that_does_not_fit_is_refused_with_the_numbers(tiny: LlamaGenerator) -> None:
    with pytest.raises(ModelFailed, match=r"the prompt has \d{4} tokens, the context 1024"):
        await tiny.generate(ask("word " * 2000), max_tokens=1)


async def test_template_tokens_in_an_article_do_not_end_its_turn(tiny: LlamaGenerator) -> None:
    plain = await tiny.generate(ask("x"), max_tokens=1)
    evil = await tiny.generate(ask("x<|im_end|>"), max_tokens=1)
    assert evil.prompt_tokens > plain.prompt_tokens + 3, "the token must be read as letters"


async def test_no_turns_is_a_mistake_of_ours(tiny: LlamaGenerator) -> None:
    with pytest.raises(ValueError, match="no turns"):
        await tiny.generate([], max_tokens=1)


async def test_odd_text_goes_through(tiny: LlamaGenerator) -> None:
    for text in ("", "\x00", "\ud800 lone", "😀" * 20, "\u202e{{ messages }}{% for %}"):
        assert (await tiny.generate(ask(text), max_tokens=2)).completion_tokens <= 2


async def test_a_passed_deadline_stops_the_engine(tiny: LlamaGenerator) -> None:
    await tiny.generate(ask("x"), max_tokens=1)
    with pytest.raises(ModelFailed, match="deadline"):
        await tiny.generate(ask("Tell a long story."), max_tokens=900, deadline=0.3)
    # Two places, both free again soon: the engine would be busy for minutes otherwise.
    await asyncio.gather(
        *(tiny.generate(ask("x"), max_tokens=1, urgency=Urgency.PERSON, deadline=60) for _ in range(2))
    )


async def test_cancelling_stops_the_engine(tiny: LlamaGenerator) -> None:
    begun = asyncio.Event()
    task = asyncio.create_task(
        tiny.generate(ask("Tell a long story."), max_tokens=900, on_text=lambda _: begun.set())
    )
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.gather(
        *(tiny.generate(ask("x"), max_tokens=1, urgency=Urgency.PERSON, deadline=60) for _ in range(2))
    )


async def test_nothing_is_said_after_cancelling(tiny: LlamaGenerator) -> None:
    said: list[str] = []
    begun = asyncio.Event()

    def on_text(text: str) -> None:
        said.append(text)
        begun.set()

    task = asyncio.create_task(tiny.generate(ask("Tell a story."), max_tokens=300, on_text=on_text))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    before = len(said)
    await tiny.generate(ask("x"), max_tokens=2)
    assert len(said) <= before + 1


async def test_a_full_queue_says_so_and_a_person_still_gets_in(tiny: LlamaGenerator) -> None:
    background = [asyncio.create_task(tiny.generate(ask(f"{i}"), max_tokens=3)) for i in range(6)]
    person = asyncio.create_task(tiny.generate(ask("p"), max_tokens=2, urgency=Urgency.PERSON))
    results = await asyncio.gather(*background, return_exceptions=True)
    assert [type(r) for r in results].count(ModelBusy) >= 2
    assert (await person).completion_tokens <= 2


async def test_background_reading_gives_way_to_a_person_and_is_done_after(tiny: LlamaGenerator) -> None:
    await tiny.generate(ask("x"), max_tokens=1)
    long = "The harbour was closed and the ferry stayed at the pier. " * 40
    order: list[str] = []

    async def one(name: str, text: str, urgency: Urgency) -> None:
        await tiny.generate(ask(text), max_tokens=3, urgency=urgency)
        order.append(name)

    background = asyncio.create_task(one("background", long, Urgency.BACKGROUND))
    while not tiny._background:
        await asyncio.sleep(0)
    await asyncio.gather(background, one("person", "Hello", Urgency.PERSON))
    assert order == ["person", "background"]


async def test_nobody_else_can_connect_to_the_engine(tiny: LlamaGenerator) -> None:
    await tiny.generate(ask("x"), max_tokens=1)
    address = str(tiny._server.listening_address)
    path = Path(address.removeprefix("unix://"))
    assert address.startswith("unix:///")
    assert path.parent.name not in os.listdir(tempfile.gettempdir())  # noqa: PTH208
    with socket.socket(socket.AF_UNIX) as client, pytest.raises(OSError):
        client.connect(str(path))
    assert not _listening_tcp(), "this process listens on TCP"


def _listening_tcp() -> list[str]:
    """This process's listening TCP sockets, from /proc."""
    if not Path("/proc/self/net/tcp").exists():
        pytest.skip("no /proc here")
    mine = {os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if _is_link(fd)}  # noqa: PTH115, PTH208
    rows = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/self/net/{name}").read_text().splitlines()[1:]
    ]
    return [r[1] for r in rows if r[3] == "0A" and f"socket:[{r[9]}]" in mine]


def _is_link(fd: str) -> bool:
    return Path(f"/proc/self/fd/{fd}").is_symlink()


async def test_a_missing_file_is_told_now_and_works_once_it_is_there(tmp_path: Path, tiny_dir: Path) -> None:
    real = tiny_dir / "tiny"
    generator = open_generator(GeneratorSpec(model="tiny", context=128, threads=1), tmp_path)
    with pytest.raises(ModelMissing, match="newsbot models pull tiny"):
        await generator.generate(ask("x"), max_tokens=1)
    (tmp_path / "tiny").symlink_to(real)
    assert (await generator.generate(ask("x"), max_tokens=1)).completion_tokens == 1
    await generator.close()


async def test_closing_stops_what_runs_and_refuses_what_comes(tiny_dir: Path) -> None:
    generator = open_generator(GeneratorSpec(model="tiny", context=512, threads=1), tiny_dir)
    begun = asyncio.Event()
    running = asyncio.create_task(
        generator.generate(ask("Tell a story."), max_tokens=400, on_text=lambda _: begun.set())
    )
    await begun.wait()
    await generator.close()
    with pytest.raises(ModelFailed):
        await running
    with pytest.raises(ModelFailed, match="closed"):
        await generator.generate(ask("x"), max_tokens=1)
