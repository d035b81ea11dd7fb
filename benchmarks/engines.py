"""How fast each engine is here: `python -m benchmarks.engines DATA_FOLDER [--models tiny,standard]`.

For a generator: tokens a second of reading (prefill) and writing (decode), alone and two at once, the
first word after a prompt whose beginning is known, and plain summaries of whole articles a minute.
For the embedder: passages a second against the usual way (one padded batch, float32), and how well
the two agree. Prints each figure with its yardstick, measured in the same run, and the ratio.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from bot.models.catalogue import CATALOGUE, locate
from bot.models.open import EmbedderSpec, Generator, GeneratorSpec, open_embedder, open_generator
from bot.types import Turn, Urgency

ASK = "Summarise this article in three short sentences.\n\n"


def articles(folder: Path, count: int) -> list[str]:
    path = next(
        (p for p in (folder / "summ_cnndm.jsonl", folder / "dev" / "summ_cnndm.jsonl") if p.exists()), None
    )
    if path is None:
        raise SystemExit(f"no summ_cnndm.jsonl in {folder}: give the data folder as the first argument")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[:count]]
    return [max((v for v in row.values() if isinstance(v, str)), key=len) for row in rows]


def passages(texts: Sequence[str]) -> list[str]:
    found: list[str] = []
    for text in texts:
        sentences = re.split(r"(?<=[.!?])\s+", text)
        found += [" ".join(sentences[i : i + 4]) for i in range(0, len(sentences), 4)]
    return found


def row(what: str, value: float, unit: str, yardstick: float | None = None, of: str = "") -> None:
    ratio = f"   {value / yardstick:5.2f} x {of} ({yardstick:.1f})" if yardstick else ""
    print(f"{what:44} {value:9.1f} {unit}{ratio}", flush=True)


async def timed(generator: Generator, text: str, tokens: int) -> tuple[float, int, int]:
    """Seconds, prompt tokens and written tokens of one request."""
    began = time.perf_counter()
    done = await generator.generate([Turn(role="user", text=text)], max_tokens=tokens, urgency=Urgency.PERSON)
    return time.perf_counter() - began, done.prompt_tokens, done.completion_tokens


async def generator(spec: GeneratorSpec, models: Path, texts: Sequence[str]) -> None:
    made = open_generator(spec, models)
    name = f"{spec.engine} {spec.model}"
    began = time.perf_counter()
    await timed(made, "Hello", 1)
    row(f"{name}: load", time.perf_counter() - began, "s")
    prompt = f"{ASK}{' '.join(texts[0].split()[:300])}"
    first, read, _ = await timed(made, prompt, 1)
    row(f"{name}: prefill ({read} tokens)", read / first, "tokens/s")
    again, _, _ = await timed(made, prompt, 1)
    row(f"{name}: first word, prompt known", first / again, "x sooner")
    long, _, wrote = await timed(made, f"{prompt} Write at length.", 65)
    start, _, _ = await timed(made, f"{prompt} Write at length.", 1)
    alone = (wrote - 1) / (long - start)
    row(f"{name}: decode", alone, "tokens/s")
    await two_at_once(made, name, texts, alone)
    began = time.perf_counter()
    for text in texts:
        await timed(made, ASK + " ".join(text.split()[:1500]), 90)
    row(f"{name}: whole-article summaries", 60 * len(texts) / (time.perf_counter() - began), "a minute")
    await made.close()


async def two_at_once(made: Generator, name: str, texts: Sequence[str], alone: float) -> None:
    prompts = [f"Tell a long story about {word}." for word in ("a ship", "a mountain")]
    for prompt in prompts:
        await timed(made, prompt, 1)
    began = time.perf_counter()
    done = await asyncio.gather(*(timed(made, p, 64) for p in prompts))
    rate = sum(d[2] for d in done) / (time.perf_counter() - began)
    row(f"{name}: decode, two at once", rate, "tokens/s", alone, "one alone")


async def embedder(models: Path, texts: Sequence[str], precision: str) -> None:
    made = open_embedder(EmbedderSpec(precision=precision), models)
    await made.embed(["warm up"])
    naive, rate = plain(models, texts)
    best, vectors = 1e9, np.zeros((0, 0), np.float32)
    for _ in range(3):
        began = time.perf_counter()
        vectors = await made.embed(texts)
        best = min(best, time.perf_counter() - began)
    row(f"minilm {precision}: {len(texts)} passages", len(texts) / best, "a second", rate, "one padded batch")
    agreement = float((naive * vectors).sum(1).min())
    print(f"{f'minilm {precision}: least cosine to that':44} {agreement:9.5f}")
    await made.close()


def plain(models: Path, texts: Sequence[str]) -> tuple[Any, float]:
    """The usual way: every text padded to the longest, float32, one batch."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = str(models / "minilm")
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32).eval()
    best, vectors = 1e9, None
    for _ in range(3):
        began = time.perf_counter()
        batch = tokenizer(list(texts), padding=True, truncation=True, max_length=256, return_tensors="pt")
        with torch.inference_mode():
            last = model(**batch).last_hidden_state
        weights = batch["attention_mask"].unsqueeze(-1).float()
        mean = (last * weights).sum(1) / weights.sum(1)
        vectors = torch.nn.functional.normalize(mean, dim=1).numpy()
        best = min(best, time.perf_counter() - began)
    return vectors, len(texts) / best


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--models", default="tiny,small,standard")
    parser.add_argument("--models-dir", type=Path, default=platformdirs.user_cache_path("newsbot") / "models")
    parser.add_argument("--rows", type=int, default=4, help="articles summarised for each model")
    parser.add_argument("--passages", type=int, default=160, help="passages embedded")
    parser.add_argument("--threads", type=int, default=0, help="0: what other programs leave free")
    parser.add_argument("--transformers", default="", help="a Hugging Face id or folder to measure too")
    parser.add_argument("--precisions", default="auto", help="of the embedder, such as auto,bfloat16,int8")
    options = parser.parse_args()
    texts = articles(options.data, max(12, options.rows))
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}: read the ratios\n")
    for precision in filter(None, options.precisions.split(",")):
        await embedder(options.models_dir, passages(texts)[: options.passages], precision)
    for name in filter(None, options.models.split(",")):
        if name in CATALOGUE and locate(CATALOGUE[name], options.models_dir) is None:
            print(f"{name}: not here (newsbot models pull {name})")
            continue
        await generator(
            GeneratorSpec(model=name, threads=options.threads), options.models_dir, texts[: options.rows]
        )
    if options.transformers:
        spec = GeneratorSpec(engine="transformers", model=options.transformers)
        await generator(spec, options.models_dir, texts[: options.rows])


if __name__ == "__main__":
    asyncio.run(main())
