"""What the benchmarks of the news room share: rows of a data set, models, articles made of rows."""

import argparse
import hashlib
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from platformdirs import user_cache_path

from bot.models.open import EmbedderSpec, GeneratorSpec, open_embedder, open_generator
from bot.models.prompts import Prompts
from bot.news.protocols import Embedder, Generator
from bot.types import Article, Completion

PROMPTS = Path(__file__).parents[1] / "prompts"
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def arguments(what: str) -> argparse.ArgumentParser:
    """The options that every benchmark here has."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("data", type=Path, help="folder with the data sets, NAME.jsonl")
    parser.add_argument(
        "--rows", type=int, default=0, help="at most this many rows of each set, evenly picked"
    )
    parser.add_argument("--model", default="standard", help="catalogue name, or `none`: without a model")
    parser.add_argument("--models-dir", type=Path, default=user_cache_path("newsbot") / "models")
    parser.add_argument(
        "--outputs",
        type=Path,
        help="folder for what was written; what the model wrote there is not run again",
    )
    return parser


def rows(folder: Path, name: str, limit: int = 0) -> list[dict]:
    """The rows of a set, or `limit` of them evenly spread. Says so and stops where the set is absent."""
    path = folder / f"{name}.jsonl"
    if not path.exists():
        sys.exit(f"{path} is absent: give the folder with the data sets as the first argument")
    with path.open(encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines]
    if limit and limit < len(found):
        found = [found[i * len(found) // limit] for i in range(limit)]
    return found


def write(path: Path, found: list[dict]) -> None:
    """Put rows into a file, one JSON object a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in found), encoding="utf-8")


def generator(options: argparse.Namespace) -> "Remembered | None":
    """The model that the options name, with what it wrote before."""
    if options.model == "none":
        return None
    model = open_generator(GeneratorSpec(model=options.model), options.models_dir)
    return Remembered(model, options.outputs / f"{options.model}.jsonl" if options.outputs else None)


def embedder(options: argparse.Namespace) -> Embedder:
    """The default embedder."""
    return open_embedder(EmbedderSpec(), options.models_dir)


def prompts() -> Prompts:
    """The repository's prompts."""
    return Prompts.load(PROMPTS)


def article(
    text: str, *, title: str = "", number: int = 1, outlet: str = "", language: str = "en"
) -> Article:
    """A row's text as an article."""
    return Article(
        id=number, url=f"https://example.org/{number}", title=title, text=text, outlet=outlet, byline="",
        language=language, published=WHEN, fetched=WHEN, revision=1, source_id=None, story_id=None,
    )  # fmt: skip


class Remembered:
    """A generator whose completions are kept in a file: the same request to it is run once.

    So a long run can be done in parts, and again after a change of what is done with the completions.
    """

    def __init__(self, model: Generator, path: Path | None) -> None:
        self.name, self.context = model.name, model.context
        self.choose, self.close = model.choose, model.close
        self.saved = 0.0
        """Seconds that the completions taken from the file took when they were written."""
        self._model, self._path = model, path
        self._known: dict[str, dict] = {}
        if path and path.exists():
            with path.open(encoding="utf-8") as lines:
                self._known = {row["request"]: row["completion"] for row in map(json.loads, lines)}

    async def generate(self, turns, *, max_tokens, stop=(), grammar="", temperature=0.0, **how) -> Completion:
        asked = [[(t.role, t.text) for t in turns], max_tokens, list(stop), grammar, temperature]
        request = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
        if known := self._known.get(request):
            self.saved += known["seconds"]
            return Completion(**known)
        done = await self._model.generate(
            turns, max_tokens=max_tokens, stop=stop, grammar=grammar, temperature=temperature, **how
        )
        self._known[request] = asdict(done)
        if self._path:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as out:
                out.write(json.dumps({"request": request, "completion": asdict(done)}) + "\n")
        return done


class Kept:
    """Outputs by row id in a file of their own, so that a long run can be done in parts."""

    def __init__(self, folder: Path | None, name: str) -> None:
        self._path = folder / f"{name}.jsonl" if folder else None
        self._rows: dict[str, dict] = {}
        if self._path and self._path.exists():
            with self._path.open(encoding="utf-8") as lines:
                self._rows = {row["id"]: row for row in map(json.loads, lines)}

    def get(self, row_id: str) -> dict | None:
        """What was written for the row before."""
        return self._rows.get(row_id)

    def put(self, row: dict) -> dict:
        """Remember a row; it needs an `id`."""
        self._rows[row["id"]] = row
        if self._path:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as out:
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
        return row
