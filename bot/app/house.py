"""Everything a command needs, built from a Config: opened on entry, closed on exit.

Nothing heavy happens here: a model loads on its first call, and the store only where a command uses
it. The hard thing is a model that is not there: it may be fetched once, with a progress bar, and
where it can't be had the house still stands and works with extracts.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import bot
from bot.config import Config
from bot.errors import BadInput, ConfigError, Problem
from bot.models import catalogue
from bot.models.open import (
    Embedder,
    EmbedderSpec,
    Generator,
    GeneratorSpec,
    open_embedder,
    open_generator,
)
from bot.models.prompts import Prompts
from bot.news.answer import Answerer
from bot.news.summarize import Summarizer
from bot.sources.http import Fetcher, FetchSettings
from bot.sources.reader import Reader
from bot.sources.routes import route
from bot.storage.store import Store

NO_MODEL = "none"


def clock() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


def folder_of(name: str) -> Path:
    """`prompts` or `seeds`: beside the package in a checkout, inside it when installed."""
    package = Path(bot.__file__).parent
    inside, beside = package / name, package.parent / name
    return inside if inside.is_dir() else beside


@dataclass(frozen=True, kw_only=True)
class House:
    """The rooms, wired."""

    config: Config
    store: Store
    generator: Generator | None
    embedder: Embedder | None
    prompts: Prompts
    fetcher: Fetcher
    reader: Reader
    summarizer: Summarizer
    answerer: Answerer


@asynccontextmanager
async def open_house(config: Config) -> AsyncIterator[House]:
    """Open the store and wire the rooms; close them in the opposite order.

    Raises:
        StoreError: the store can't be opened.
        ConfigError: a prompt file or a route can't be used.
    """
    async with AsyncExitStack() as stack:
        store = await Store.open(config.database_url, timezone=config.chat.timezone)
        stack.push_async_callback(store.close)
        fetcher = Fetcher(fetch_settings(config))
        stack.push_async_callback(fetcher.close)
        generator, embedder = open_models(config)
        for model in (generator, embedder):
            if model is not None:
                stack.push_async_callback(model.close)
        prompts = Prompts.load(config.models.prompts or folder_of("prompts"))
        yield House(
            config=config,
            store=store,
            generator=generator,
            embedder=embedder,
            prompts=prompts,
            fetcher=fetcher,
            reader=Reader(fetcher),
            summarizer=Summarizer(generator, embedder, prompts, translates=config.models.translates),
            answerer=Answerer(
                generator, embedder, store.search, store.articles, prompts, reads=reads(config)
            ),
        )


def open_models(config: Config) -> tuple[Generator | None, Embedder | None]:
    """The generator and the embedder of the configuration; None for `none`."""
    chosen = config.models
    generator = (
        None
        if chosen.generator == NO_MODEL
        else open_generator(generator_spec(config), chosen.dir, chosen.paths)
    )
    embedder = (
        None
        if chosen.embedder == NO_MODEL
        else open_embedder(
            EmbedderSpec(model=chosen.embedder, threads=chosen.threads), chosen.dir, chosen.paths
        )
    )
    return generator, embedder


def generator_spec(config: Config) -> GeneratorSpec:
    """Which engine runs which model; `auto` goes by what the model is."""
    chosen = config.models
    return GeneratorSpec(
        engine=engine_of(config),
        model=chosen.generator,
        context=chosen.context,
        threads=chosen.threads,
        url=chosen.url,
        key=chosen.key.get_secret_value(),
        timeout=chosen.deadline,
        offline=not chosen.download,
    )


def engine_of(config: Config) -> str:
    """`openai` where a server is named, `transformers` for folders and Hugging Face ids, else llama.cpp."""
    chosen = config.models
    if chosen.engine != "auto":
        return chosen.engine
    if chosen.url:
        return "openai"
    path = Path(chosen.generator).expanduser()
    if path.is_dir() or ("/" in chosen.generator and not path.exists()):
        return "transformers"
    return "llamacpp"


def reads(config: Config) -> bool:
    """Whether the generator reads passages for answers: as the owner says, else as it was measured.

    A model that is not of the catalogue, or behind a server, does.
    """
    measured = catalogue.reads(config.models.generator) or engine_of(config) == "openai"
    return measured if config.models.reads is None else config.models.reads


def fetch_settings(config: Config) -> FetchSettings:
    """The limits and routes of all fetching.

    Raises:
        ConfigError: a route can't be read.
    """
    chosen = config.sources
    try:
        routes = tuple(route(name, r.url, hosts=r.hosts) for name, r in config.routes.items())
    except BadInput as e:
        raise ConfigError((Problem("routes", "", str(e)),)) from e
    return FetchSettings(
        user_agent=chosen.user_agent or f"newsbot/{bot.__version__} (self-hosted news reader)",
        timeout=chosen.timeout,
        max_bytes=int(chosen.max_megabytes * 1_000_000),
        allow_hosts=chosen.allow_hosts,
        routes=routes,
        at_once=chosen.concurrency,
        robots=chosen.robots,
    )
