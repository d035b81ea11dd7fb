"""Summaries against people's: ROUGE, invented names and numbers, and speed, beside their yardsticks.

    python -m benchmarks.summaries DATA [--rows 24] [--whole 24] [--outputs FOLDER] [--model standard]

Yardsticks in the same run: the article's first three sentences, our selection alone, and the same
engine and model given the whole article (on `--whole` rows of each set, for it is slow).
"""

import argparse
import asyncio
import time

from benchmarks.bench import Remembered, arguments, article, embedder, generator, prompts, rows, write
from benchmarks.rouge import Figures, mean, rouge, shown
from bot.news import clean
from bot.news.facts import Source, problems
from bot.news.sentences import split
from bot.news.summarize import Summarizer
from bot.types import Turn

SETS = ("summ_cnndm", "summ_writers")
WHOLE = (
    "You summarise news. Use only facts that stand in the given text, with the same names, numbers "
    "and dates. Write plain sentences, without an introduction and without opinions."
)


def unsupported(text: str, document: str) -> list[str]:
    """Names, dates and numbers in `text` that `document` has nowhere."""
    source = [Source.read(document)]
    found = []
    for start, end in split(text):
        claim = Source.read(text[start:end])
        kinds = problems(claim, source, (), (0,))
        found += [p for p in kinds if p.split()[0] in {"name", "number", "date"}]
    return found


async def whole_article(model, text: str) -> dict:
    """The yardstick: everything to the model, three short sentences asked for."""
    words = text.split()[:2200]
    started = time.perf_counter()
    completion = await model.generate(
        (
            Turn(role="system", text=WHOLE),
            Turn(role="user", text=" ".join(words) + "\n\nSummarise this in three short sentences."),
        ),
        max_tokens=150,
    )
    sentences = clean.finished(completion.text, truncated=completion.truncated)
    return {"text": " ".join(sentences), "seconds": time.perf_counter() - started}


async def ours(summarizer: Summarizer, text: str) -> dict:
    """Our summary of a text, with who wrote each sentence."""
    made = article(text)
    summary = await summarizer.article(made)
    assert all(text[c.start : c.end] == c.quote for s in summary.sentences for c in s.citations)
    return {
        "text": summary.text,
        "method": summary.method,
        "sentences": [[s.text, s.extracted] for s in summary.sentences],
        "note": summary.note,
        "seconds": summary.seconds,
    }


def line(name: str, figures: list[Figures], texts: list[str], documents: list[str], rest: str = "") -> None:
    """One row of the table."""
    wrong = [p for t, d in zip(texts, documents, strict=True) for p in unsupported(t, d)]
    words = sum(len(t.split()) for t in texts) / len(texts)
    print(f"  {name:<22} {shown(mean(figures)):<16} n={len(texts):<4} {words:.0f} words, "
          f"unsupported {len(wrong)} {wrong[:4] or ''} {rest}", flush=True)  # fmt: skip


async def one_set(name: str, options: argparse.Namespace, model, vectors) -> None:
    picked = [r for r in rows(options.data, name, options.rows) if r["refs"]]
    print(f"{name}, {len(picked)} rows: ROUGE-1/2/Lsum", flush=True)
    documents = [r["text"] for r in picked]
    lead = [" ".join(t[a:b] for a, b in split(t)[:3]) for t in documents]
    line("lead-3", [rouge(r["refs"], t) for r, t in zip(picked, lead, strict=True)], lead, documents)
    extracts = Summarizer(None, vectors, prompts())
    alone = [(await ours(extracts, t))["text"] for t in documents]
    line(
        "selection alone", [rouge(r["refs"], t) for r, t in zip(picked, alone, strict=True)], alone, documents
    )
    if model is None:
        return
    made = await _run(name, picked, options, model, lambda t: ours(Summarizer(model, vectors, prompts()), t))
    texts = [m["text"] for m in made]
    own = [e for m in made for _, e in m["sentences"]]
    by_model = sum(m["method"] != "extract" for m in made) / len(made)
    minute = 60 * len(made) / sum(m["seconds"] for m in made)
    line("ours", [rouge(r["refs"], t) for r, t in zip(picked, texts, strict=True)], texts, documents,
         f"| {by_model:.0%} written by the model, {1 - sum(own) / len(own):.0%} of sentences, "
         f"{minute:.1f} a minute")  # fmt: skip
    if options.whole:
        await _yardstick(name, picked, made, options, model)


async def _yardstick(
    name: str, picked: list[dict], made: list[dict], options: argparse.Namespace, model
) -> None:
    step = max(1, len(picked) // options.whole)
    some = picked[::step][: options.whole]
    theirs = await _run(f"{name}-whole", some, options, model, lambda t: whole_article(model, t))
    texts = [m["text"] for m in theirs]
    minute = 60 * len(theirs) / sum(m["seconds"] for m in theirs)
    line("whole article to it", [rouge(r["refs"], t) for r, t in zip(some, texts, strict=True)], texts,
         [r["text"] for r in some], f"| {minute:.1f} a minute")  # fmt: skip
    same = made[::step][: options.whole]
    line("ours, same rows", [rouge(r["refs"], m["text"]) for r, m in zip(some, same, strict=True)],
         [m["text"] for m in same], [r["text"] for r in some])  # fmt: skip
    ratio = sum(m["seconds"] for m in theirs) / sum(m["seconds"] for m in same)
    print(f"  speed: {ratio:.1f} times the yardstick on the same rows", flush=True)


async def _run(
    name: str, picked: list[dict], options: argparse.Namespace, model: Remembered, make
) -> list[dict]:
    """What `make` gives for each row, with the seconds that remembered completions took."""
    made = []
    for row in picked:
        saved = model.saved
        found = await make(row["text"])
        made.append({"id": row["id"], **found, "seconds": found["seconds"] + model.saved - saved})
    if options.outputs:
        write(options.outputs / f"{name}.jsonl", made)
    return made


async def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--whole", type=int, default=12, help="rows for the whole-article yardstick; 0: none")
    parser.add_argument("--sets", nargs="*", default=SETS)
    options = parser.parse_args()
    model, vectors = generator(options), embedder(options)
    for name in options.sets:
        await one_set(name, options, model, vectors)
    if model:
        await model.close()
    await vectors.close()


if __name__ == "__main__":
    asyncio.run(main())
