"""Opening models: light until used, closed to everybody else, and no crash on what is no model."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from bot.errors import ConfigError, ModelCorrupt, ModelFailed
from bot.models.llamacpp import LlamaSettings, parameters, start
from bot.models.open import GeneratorSpec, open_generator

ENDPOINTS = [
    ("GET", "/props"), ("POST", "/props"), ("GET", "/slots"), ("POST", "/slots/0?action=erase"),
    ("GET", "/metrics"),
    ("GET", "/models"), ("GET", "/v1/models"), ("POST", "/completion"), ("POST", "/v1/completions"),
    ("POST", "/v1/chat/completions"), ("POST", "/tokenize"), ("POST", "/detokenize"),
    ("POST", "/apply-template"),
    ("POST", "/embedding"), ("POST", "/infill"), ("GET", "/lora-adapters"), ("POST", "/v1/messages"),
    ("GET", "/v1/stream"), ("POST", "/v1/streams/lookup"), ("GET", "/tools"), ("GET", "/cors-proxy"),
    ("POST", "/rerank"), ("POST", "/v1/responses"), ("POST", "/chat/completions/input_tokens"),
]  # fmt: skip


def test_even_on_the_socket_nothing_answers_without_the_key(tmp_path: Path, tiny_dir: Path) -> None:
    """The second wall, should the first (no name to connect to) ever fall: the real engine, reachable."""
    import xllamacpp

    path = tiny_dir / "tiny" / "smollm2-135m-instruct-q4_1.gguf"
    where = os.path.relpath(tmp_path / "s.sock")  # a socket's path must be short
    server = xllamacpp.Server(parameters(path, LlamaSettings(context=64, parallel=1, threads=1), where))
    with httpx.Client(transport=httpx.HTTPTransport(uds=where), base_url="http://x") as client:
        for headers in ({}, {"Authorization": "Bearer guess"}, {"X-Api-Key": "guess"}):
            for method, url in ENDPOINTS:
                body = {"prompt": "a", "content": "a", "messages": []}
                answer = client.request(method, url, json=body, headers=headers)
                assert answer.status_code == 401, f"{method} {url} answered {answer.status_code}"
        assert client.get("/health").json() == {"status": "ok"}
        assert client.get("/").status_code == 404
    del server
    gc.collect()


@pytest.mark.parametrize("content", [b"", b"no model", b"GGUF", b"GGUF" + bytes(100)])
def test_a_file_that_is_no_model_is_an_error_not_a_crash(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(content)
    with pytest.raises((ModelCorrupt, ModelFailed)):
        start(path, LlamaSettings(context=64, parallel=1, threads=1), name="x")


def test_a_process_that_forgets_to_close_still_ends(tiny_dir: Path) -> None:
    script = (
        "import asyncio\n"
        "from pathlib import Path\n"
        "from bot.models.open import *\n"
        "from bot.types import Turn\n"
        f"g = open_generator(GeneratorSpec(model='tiny', context=128, threads=1), Path({str(tiny_dir)!r}))\n"
        "print(asyncio.run(g.generate([Turn(role='user', text='x')], max_tokens=1)).completion_tokens)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, "1"), done.stderr[-500:]


def test_opening_models_loads_no_engine() -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from bot.models.open import *\n"
        "heavy = {'torch', 'transformers', 'xllamacpp', 'huggingface_hub', 'numpy'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
        "for engine in ('llamacpp', 'transformers', 'openai'):\n"
        "    open_generator(GeneratorSpec(engine=engine, url='http://127.0.0.1:1/v1'), Path())\n"
        "open_embedder(EmbedderSpec(), Path())\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_a_wrong_engine_or_a_missing_url_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="llamacpp, transformers, openai"):
        open_generator(GeneratorSpec(engine="lama"), Path())
    with pytest.raises(ConfigError, match="URL"):
        open_generator(GeneratorSpec(engine="openai"), Path())


def test_a_specification_does_not_show_its_key() -> None:
    assert "hush" not in repr(GeneratorSpec(engine="openai", url="http://x", key="hush"))
