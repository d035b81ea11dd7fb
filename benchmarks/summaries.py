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
from bot.news.quoting import flat
from bot.news.sentences import split
from bot.news.summarize import Summarizer
from bot.types import Turn

SETS = ("summ_cnndm", "summ_writers")
WHOLE = (
    "You summarise news. Use only facts that stand in the given text, with the same names, numbers "
    "and dates. Write plain sentences, without an introduction and without opinions."
)

WARM_UP = (
    "The harbour of Vell, built in 1931, will be closed on Monday for eleven weeks, the council said. "
    "Ships will use the docks of Orla, 12 miles (19 kilometres) to the north, until the work is done."
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


def copied(text: str, sentences: list[list]) -> bool:
    """Whether a summary is nothing but the article's first sentences, word for word."""
    first = [flat(text[a:b]) for a, b in split(text)[: len(sentences)]]
    return [flat(said) for said, _ in sentences] == first


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
    some = picked[:: max(1, len(picked) // options.whole)][: options.whole] if options.whole else []
    summarizer = Summarizer(model, vectors, prompts())
    await summarizer.article(article(WARM_UP))  # loads the model and reads the prompt's fixed part
    made, theirs = [], []
    for row in picked:
        # In turns, row by row: a machine that others slow down slows both.
        made.append(await _timed(row, model, ours(summarizer, row["text"])))
        if row in some:
            theirs.append(await _timed(row, model, whole_article(model, row["text"])))
    if options.outputs:
        write(options.outputs / f"{name}.jsonl", made)
        write(options.outputs / f"{name}-whole.jsonl", theirs)
    texts = [m["text"] for m in made]
    own = [e for m in made for _, e in m["sentences"]]
    by_model = sum(m["method"] != "extract" for m in made) / len(made)
    plain = sum(copied(d, m["sentences"]) for d, m in zip(documents, made, strict=True)) / len(made)
    line("ours", [rouge(r["refs"], t) for r, t in zip(picked, texts, strict=True)], texts, documents,
         f"| {by_model:.0%} written by the model, {1 - sum(own) / len(own):.0%} of sentences; "
         f"{plain:.0%} are the article's first sentences as they stand, "
         f"{_minute(made):.1f} a minute")  # fmt: skip
    if some:
        _compared(some, [m for r, m in zip(picked, made, strict=True) if r in some], theirs)


def _compared(some: list[dict], made: list[dict], theirs: list[dict]) -> None:
    """The yardstick's rows, and ours of the same."""
    for name, outputs in (("whole article to it", theirs), ("ours, same rows", made)):
        texts = [m["text"] for m in outputs]
        line(name, [rouge(r["refs"], t) for r, t in zip(some, texts, strict=True)], texts,
             [r["text"] for r in some], f"| {_minute(outputs):.1f} a minute")  # fmt: skip
    print(f"  speed: {_minute(made) / _minute(theirs):.1f} times the yardstick on the same rows", flush=True)


def _minute(outputs: list[dict]) -> float:
    return 60 * len(outputs) / sum(m["seconds"] for m in outputs)


async def _timed(row: dict, model: Remembered, making) -> dict:
    """What is made of the row, with the seconds that remembered completions took."""
    saved = model.saved
    found = await making
    return {"id": row["id"], **found, "seconds": found["seconds"] + model.saved - saved}


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
