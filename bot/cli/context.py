"""What every command shares: the configuration, the event loop, errors as sentences, models at hand.

Knows no command.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import typer

import bot
from bot import config as configuration
from bot import telemetry
from bot.app.house import NO_MODEL, House, engine_of, open_house
from bot.cli.output import progress, say
from bot.config import Config
from bot.errors import ConfigError, ModelError, NewsbotError
from bot.models import catalogue, fetch

FAILED, BAD_USE = 1, 2

T = TypeVar("T")


@dataclass
class Options:
    """What stood before the command."""

    config: Path | None = None
    data: Path | None = None
    verbose: bool = False


_options = Options()


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"newsbot {bot.__version__}")
        raise typer.Exit


def callback(
    config: Annotated[Path | None, typer.Option(help="Configuration file (see config.example.toml).")] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder; also NEWSBOT_DATA_DIR.")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Cited news summaries and answers from a local model, in the terminal, on Telegram and on Matrix."""
    _options.config, _options.data, _options.verbose = config, data, verbose


def settings(*, service: bool = False) -> Config:
    """The configuration; logs as it says for the bot itself, warnings only for other commands.

    Raises:
        ConfigError: with every problem.
    """
    found = configuration.load(_options.config, data_dir=_options.data)
    level = "debug" if _options.verbose else found.telemetry.level if service else "error"
    telemetry.configure_logging(level=level, form=found.telemetry.format)
    return found


def finish(work: Awaitable[T]) -> T:
    """Run a coroutine to its end."""

    async def whole() -> T:
        return await work

    return asyncio.run(whole())


@asynccontextmanager
async def house(config: Config, *, models: bool = False) -> AsyncIterator[House]:
    """The open house; with `models`, what the configuration names is fetched first."""
    if models:
        await asyncio.to_thread(fetch_models, config)
    async with open_house(config) as opened:
        yield opened


def fetch_models(config: Config) -> None:
    """Fetch the catalogue's models that the configuration names and this machine lacks; never fails."""
    wanted = [config.models.embedder]
    if engine_of(config) == "llamacpp":
        wanted.append(config.models.generator)
    for name in wanted:
        if name == NO_MODEL or name not in catalogue.CATALOGUE:
            continue
        if catalogue.locate(catalogue.get(name), config.models.dir, config.models.paths):
            continue
        if not config.models.download:
            say(f"The model {name} is not here; `newsbot models pull {name}` gets it. Going on without it.")
            continue
        try:
            pull(name, config)
        except ModelError as e:
            say(f"The model {name} could not be fetched ({e.reason}). Going on without it.")


def pull(name: str, config: Config, *, unverified: bool = False) -> Path:
    """Fetch a model with a progress bar. Raises ModelError."""
    with progress() as step:
        return fetch.pull(
            name,
            config.models.dir,
            paths=config.models.paths,
            allow_unverified=unverified,
            progress=lambda label, done, total: step(label, done, total, in_bytes=True),
        )


def explain(error: NewsbotError) -> None:
    """Say what went wrong, on standard error."""
    if isinstance(error, ConfigError):
        say("The configuration can't be used:")
        for p in error.problems:
            shown = f" = {p.value}" if p.value else ""
            say(f"  {p.key}{shown}: expected {p.allowed}")
        return
    say(str(error))


def stopped(message: str, status: int = FAILED) -> typer.Exit:
    """Say why a command ends, and how to end it: `raise stopped(...)`."""
    say(message)
    return typer.Exit(status)
