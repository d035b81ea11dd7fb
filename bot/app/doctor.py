"""`newsbot doctor`: looks at every part that can be wrong on an owner's machine, and says what to do."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.app.house import NO_MODEL, House, clock, engine_of, open_house
from bot.app.service import platforms_of
from bot.config import Config
from bot.errors import ConfigError, ModelError, NewsbotError, NotAuthorised, PlatformError
from bot.models import catalogue, fetch
from bot.types import RouteHealth, SourceState, Turn, Urgency
from bot.workers.deliver import Platform

ENOUGH = 2_000_000_000
"""Bytes that should be free where the data lies."""
_LET_IN = {
    "telegram": "@BotFather shows the token that telegram.token should have",
    "matrix": "look at matrix.homeserver, user and password",
}
_OTHERWISE = {
    "telegram": "telegram.proxies names other ways to telegram.base_url",
    "matrix": "matrix.proxies names other ways to matrix.homeserver",
}
SAMPLE = "The harbour of the town was closed on Monday because of fog, and the ferry stayed at the pier. " * 6


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    facts: str


async def examine(config: Config) -> AsyncIterator[Finding]:
    """Every finding, in the order of the flow."""
    yield _disk(config)
    try:
        async with open_house(config) as house:
            yield Finding("store", True, _shown(config.database_url))
            async for finding in _inside(house):
                yield finding
    except ConfigError as e:
        yield Finding("configuration", False, str(e))
    except NewsbotError as e:
        yield Finding("store", False, str(e))


def _shown(url: str) -> str:
    """A database's URL without name, password and options."""
    scheme, _, rest = url.partition("://")
    parts = urlsplit(f"{scheme}://{rest.partition('?')[0].rpartition('@')[2]}")
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


async def _inside(house: House) -> AsyncIterator[Finding]:
    yield await _sources(house)
    for name in (house.config.models.embedder, house.config.models.generator):
        if name != NO_MODEL:
            yield _files(house.config, name)
    yield await _embedder(house)
    yield await _generator(house)
    async for platform in _platforms(house):
        yield platform


def _disk(config: Config) -> Finding:
    folder = next(p for p in (config.data_dir, *config.data_dir.parents) if p.exists())
    free = shutil.disk_usage(folder).free
    facts = f"{free / 1e9:.1f} GB free for {config.data_dir}"
    return Finding("disk", free > ENOUGH, facts if free > ENOUGH else f"only {facts}; make room")


async def _sources(house: House) -> Finding:
    sources = await house.store.sources.list()
    dead = sum(s.state is SourceState.DEAD for s in sources)
    failing = sum(bool(s.failures) for s in sources)
    hint = "; `newsbot sources check` says why" if failing or dead else ""
    return Finding("sources", not dead, f"{len(sources)}, {failing} failing, {dead} given up{hint}")


def _files(config: Config, name: str) -> Finding:
    what = f"model {name}"
    if name not in catalogue.CATALOGUE:
        return Finding(what, True, "not of the catalogue: the owner's word")
    model = catalogue.get(name)
    here = catalogue.locate(model, config.models.dir, config.models.paths)
    if here is None:
        return Finding(what, False, f"not on this machine; `newsbot models pull {name}` gets it")
    bad = [v for v in fetch.verify(model, config.models.dir, config.models.paths) if v.state != "ok"]
    if bad:
        return Finding(what, False, f"{bad[0].file} is {bad[0].state}; delete it and pull the model again")
    return Finding(what, True, f"{here}, SHA-256 as in the catalogue")


async def _embedder(house: House) -> Finding:
    if house.embedder is None:
        return Finding("embeddings", True, "none: stories and search go by words alone")
    try:
        await house.embedder.embed([SAMPLE])
        began = clock()
        await house.embedder.embed([SAMPLE] * 16)
        seconds = (clock() - began).total_seconds()
    except ModelError as e:
        return Finding("embeddings", False, str(e))
    return Finding("embeddings", True, f"{house.embedder.name}, {16 / seconds:.0f} passages a second here")


async def _generator(house: House) -> Finding:
    if house.generator is None:
        return Finding("writing", True, "none: summaries are the sources' own sentences")
    turns = [Turn(role="user", text=f"Copy this text word for word:\n{SAMPLE}")]
    try:
        await house.generator.generate([Turn(role="user", text="Hello")], max_tokens=1)
        read = await house.generator.generate(turns, max_tokens=1, urgency=Urgency.PERSON)
        done = await house.generator.generate(turns, max_tokens=48, urgency=Urgency.PERSON)
    except ModelError as e:
        return Finding("writing", False, str(e))
    reads = read.prompt_tokens / max(read.seconds, 1e-6)
    writes = done.completion_tokens / max(done.seconds, 1e-6)
    engine = engine_of(house.config)
    why = {
        "llamacpp": "a GGUF file, the fastest here on a CPU",
        "transformers": "a folder or Hugging Face id",
        "openai": "models.url names a server",
    }[engine]
    reading = f"reads {reads:.0f} and " if reads else ""  # a server may not say what it read
    speed = f"{reading}writes {writes:.0f} tokens a second here"
    return Finding("writing", True, f"{house.generator.name} on {engine} ({why}), {speed}")


async def _platforms(house: House) -> AsyncIterator[Finding]:
    try:
        platforms = platforms_of(house)
    except NewsbotError as e:
        yield Finding("platforms", False, str(e))
        return
    for platform in platforms:
        try:
            yield await asked(platform)
        finally:
            await platform.close()


async def asked(platform: Platform) -> Finding:
    """Whether a platform answers here, by which way, and whether it knows the bot."""
    what = f"platform {platform.name}"
    try:
        name = await platform.who()
    except NotAuthorised as e:
        return Finding(what, False, f"does not let the bot in ({e.reason}); {_LET_IN[platform.name]}")
    except PlatformError as e:
        private = platform.name == "matrix" and "Certificate" in e.reason
        advice = "matrix.ca_file names a private authority" if private else _OTHERWISE[platform.name]
        return Finding(what, False, f"{_ways(platform)} ({e.reason}); {advice}")
    ways = _ways(platform)
    known = name or "the homeserver answers; the password is tried at the next start"
    return Finding(what, True, f"{known}; {ways}" if ways else known)


def _ways(platform: Platform) -> str:
    """How each way to it did."""
    return ", ".join(f"{r.name}: {_did(r)}" for r in platform.routes())


def _did(route: RouteHealth) -> str:
    if not route.healthy:
        return route.error
    return "works" if route.since else "not tried"
