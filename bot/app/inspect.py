"""What the model gets: a summary's turns, taken where they would enter the engine, and an answer's values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.app.house import folder_of, open_models
from bot.config import Config
from bot.errors import ModelFailed
from bot.models.prompts import Prompts
from bot.news import passages, sentences
from bot.news.excerpt import excerpt
from bot.news.fitting import fits
from bot.news.reading import day
from bot.news.retrieve import ask, rank
from bot.news.summarize import Summarizer
from bot.types import Article, Completion, Turn, Urgency

WRITTEN = ("summary", "summary_story")
"""Prompts that a summary is written with."""


class Recorder:
    """A generator that keeps what it is asked and writes nothing."""

    name, context = "recorder", 4096

    def __init__(self) -> None:
        self.turns: tuple[Turn, ...] = ()

    async def generate(
        self,
        turns: Sequence[Turn],
        *,
        max_tokens: int,
        stop: Sequence[str] = (),
        grammar: str = "",
        temperature: float = 0.0,
        urgency: Urgency = Urgency.BACKGROUND,
        deadline: float | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> Completion:
        """Keep the turns. Raises ModelFailed, so that the caller goes on without a model."""
        self.turns = self.turns or tuple(turns)
        raise ModelFailed("only recorded", model=self.name)

    async def choose(
        self,
        turns: Sequence[Turn],
        choices: Sequence[str],
        *,
        urgency: Urgency = Urgency.BACKGROUND,
        deadline: float | None = None,
    ) -> tuple[float, ...]:
        """Decide nothing. Raises ModelFailed."""
        raise ModelFailed("only recorded", model=self.name)


async def what_the_model_gets(config: Config, prompt: str, article: Article) -> tuple[Turn, ...]:
    """The turns with which `article` (twice, for a story) would be summarized."""
    recorder = Recorder()
    _, embedder = open_models(config)
    prompts = Prompts.load(config.models.prompts or folder_of("prompts"))
    summarizer = Summarizer(recorder, embedder, prompts)
    if prompt == "summary":
        await summarizer.article(article)
    else:
        await summarizer.story([article, article])
    if embedder is not None:
        await embedder.close()
    return recorder.turns


def values(article: Article, question: str, now: datetime) -> dict[str, str]:
    """What the prompts that no summary is written with are filled with, by placeholder.

    The passage is what would be read of the article's likeliest; nothing was searched, so words decide.
    """
    asked = ask(question, now)
    pieces = enumerate(passages.split(article.text, article.language), 1)
    known = [replace(p, id=n, article_id=article.id) for n, p in pieces]
    ranked = rank(asked, known, {article.id: article}, hits=(), cosines={})[:1]
    read = [excerpt(c, fits(asked, ranked)).passage.text for c in ranked]
    lead = [article.text[a:b] for a, b in sentences.split(article.text, article.language)[:2]]
    return {
        "today": day(now),
        "question": question,
        "date": day(article.published),
        "title": article.title,
        "passage": " ".join(read),
        "sentences": "\n".join(f"{n}. {' '.join(text.split())}" for n, text in enumerate(lead, 1)),
    }
