"""TOML and the environment to one frozen Config, with every mistake reported at once.

Knows no room: `app` turns these values into each room's own settings. The environment wins over
the file: `NEWSBOT_DATA_DIR`, `NEWSBOT_TELEGRAM__TOKEN` (two underscores enter a section). A secret
may stand in a file of its own (`token_file`), so that neither the TOML nor the process list has it.
The hard thing is the error: key, value and what is allowed, for all of them, and for an unknown
key the nearest known one.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import platformdirs
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.errors import ConfigError, Problem

OWNER = re.compile(r"(telegram:\d+|matrix:@[^:\s]+:\S+|console:\S+)")
ROUTE = re.compile(r"direct|tor|(socks5h?|http|tor)://\S+")
HTTP = re.compile(r"https?://\S+")
SECTION = ("model_type", "dict_type", "missing")
"""Errors of pydantic whose input is a whole section."""
PLAIN = {
    "missing": "a value: nothing works without it",
    "tuple_type": 'a list, such as ["one", "two"]',
    "model_type": "a section with keys of its own",
    "dict_type": "sections with keys of their own",
}
"""Errors of pydantic that need other words."""


def _matches(pattern: re.Pattern[str], allowed: str) -> AfterValidator:
    def check(value: str) -> str:
        if value and not pattern.fullmatch(value):
            raise ValueError(allowed)
        return value

    return AfterValidator(check)


def _zone(value: str) -> str:
    if value not in available_timezones():
        near = difflib.get_close_matches(value, available_timezones(), 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"an IANA time zone such as Europe/Berlin{hint}")
    return value


def _address(value: str) -> str:
    """`direct`, `host:port` or a URL, whose port must be one."""
    try:
        parts = urlsplit(value if "://" in value else f"//{value}")
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if value and not host:
        raise ValueError("an address with a host and, where it has one, a port up to 65535")
    return value


def _folder(value: object) -> object:
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError("a path")
    return Path(value).expanduser()


def _file(value: Path) -> Path:
    if not value.is_file():
        raise ValueError("a file that can be read")
    return value


Address = AfterValidator(_address)
Owner = Annotated[str, _matches(OWNER, "`telegram:12345`, `matrix:@name:server` or `console:name`")]
Proxy = Annotated[str, _matches(ROUTE, "direct, or a URL with socks5://, socks5h:// or http://"), Address]
Url = Annotated[str, _matches(HTTP, "an http:// or https:// URL"), Address]
Language = Annotated[str, _matches(re.compile("[a-z]{2}"), "a language code of two letters")]
Zone = Annotated[str, AfterValidator(_zone)]
HOST_PORT = re.compile(r"[\w.\-\[\]:]+:\d{1,5}")
Listen = Annotated[str, _matches(HOST_PORT, "host:port, such as 127.0.0.1:9464"), Address]
Folder = Annotated[Path, BeforeValidator(_folder)]


class Section(BaseModel):
    """A table of the file: frozen, and without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StoreConfig(Section):
    """Where rows live."""

    url: str = ""
    """`postgresql://user:password@host/name`; empty: SQLite in the data folder."""


class ModelsConfig(Section):
    """Which models read and write."""

    dir: Folder = Field(default_factory=lambda: platformdirs.user_cache_path("newsbot") / "models")
    paths: tuple[Folder, ...] = ()
    download: bool = True
    generator: str = "standard"
    engine: Literal["auto", "llamacpp", "transformers", "openai"] = "auto"
    url: Url = ""
    key: SecretStr = SecretStr("")
    embedder: str = "minilm"
    context: Annotated[int, Field(ge=1024, le=131072)] = 4096
    threads: Annotated[int, Field(ge=0, le=256)] = 0
    deadline: Annotated[float, Field(gt=0, le=3600)] = 120.0
    reads: Annotated[bool | None, BeforeValidator(lambda v: None if v == "" else v)] = None
    translates: tuple[Language, ...] = ()
    prompts: Folder | None = None


class SourcesConfig(Section):
    """How feeds and pages are read."""

    first_items: Annotated[int, Field(ge=0, le=100)] = 3
    interval_min: Annotated[int, Field(ge=60)] = 600
    interval_max: Annotated[int, Field(ge=600)] = 86400
    concurrency: Annotated[int, Field(ge=1, le=256)] = 16
    max_megabytes: Annotated[float, Field(gt=0, le=512)] = 16.0
    timeout: Annotated[float, Field(gt=0, le=600)] = 30.0
    robots: bool = True
    user_agent: str = ""
    allow_hosts: tuple[str, ...] = ()


class WebSubConfig(Section):
    """Where hubs can bring what is new in feeds; the URL turns it on."""

    url: Url = ""
    listen: Listen = "127.0.0.1:9465"


class RouteConfig(Section):
    """A way out: a proxy, and which hosts go through it."""

    url: Proxy
    hosts: tuple[str, ...] = ()


class TelegramConfig(Section):
    """The Telegram bot; the section's presence turns it on."""

    token: SecretStr = SecretStr("")
    token_file: Folder | None = None
    base_url: Url = ""
    proxies: tuple[Proxy, ...] = ()
    on_ambiguous: Literal["resend", "drop"] = "resend"


class MatrixConfig(Section):
    """The Matrix account; the section's presence turns it on."""

    homeserver: Url
    user: str
    password: SecretStr = SecretStr("")
    password_file: Folder | None = None
    device_name: str = "newsbot"
    allowed_inviters: tuple[str, ...] = ()
    proxies: tuple[Proxy, ...] = ()
    proxy: Proxy = ""
    ca_file: Annotated[Folder, AfterValidator(_file)] | None = None
    ignore_unverified_devices: bool = True
    replace_identity: bool = False


class ChatConfig(Section):
    """What a new chat starts with."""

    timezone: Zone = "UTC"
    digest_at: Annotated[str, _matches(re.compile(r"([01]\d|2[0-3]):[0-5]\d"), "a time as HH:MM")] = "08:00"


class DeliveryConfig(Section):
    """What happens when a message can't go out as it should."""

    failover_after: Annotated[int, Field(ge=60, le=86400)] = 900
    fold_above: Annotated[int, Field(ge=5, le=1000)] = 20


class TelemetryConfig(Section):
    """What the bot tells its owner."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "console", "json"] = "auto"
    listen: Listen = ""


class _Environment(EnvSettingsSource):
    """Leaves what is no JSON as it is: the check of the key then says what it should be."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """A list or a section from its JSON."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


class Config(BaseSettings):
    """Everything an owner may set. Defaults serve: a terminal, SQLite, the standard model."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="NEWSBOT_", env_nested_delimiter="__"
    )

    data_dir: Folder = Field(default_factory=lambda: platformdirs.user_data_path("newsbot"))
    owners: tuple[Owner, ...] = ()
    store: StoreConfig = StoreConfig()
    models: ModelsConfig = Field(default_factory=ModelsConfig)
    sources: SourcesConfig = SourcesConfig()
    websub: WebSubConfig = WebSubConfig()
    routes: dict[str, RouteConfig] = Field(default_factory=dict)
    telegram: TelegramConfig | None = None
    matrix: MatrixConfig | None = None
    chat: ChatConfig = ChatConfig()
    delivery: DeliveryConfig = DeliveryConfig()
    telemetry: TelemetryConfig = TelemetryConfig()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then what the file said."""
        return _Environment(settings_cls), init_settings

    @model_validator(mode="after")
    def _intervals(self) -> Config:
        if self.sources.interval_min > self.sources.interval_max:
            raise ValueError("sources.interval_min must not be above sources.interval_max")
        return self

    @model_validator(mode="after")
    def _callback(self) -> Config:
        if self.websub.url and not self.websub.listen:
            raise ValueError("websub.listen must be host:port where websub.url is set")
        return self

    @property
    def database_url(self) -> str:
        """The store's URL, by default one SQLite file under the data folder."""
        return self.store.url or f"sqlite:///{(self.data_dir / 'newsbot.db').absolute()}"


def load(path: Path | None = None, *, data_dir: Path | None = None) -> Config:
    """Read `path` (None: defaults and the environment only).

    Raises:
        ConfigError: with every problem found.
    """
    values = _read(path) if path else {}
    if single := _single_underscores():
        raise ConfigError(single)
    try:
        config = Config(**values)
    except ValidationError as e:
        raise ConfigError(tuple(_problem(d) for d in e.errors())) from e
    if data_dir is not None:
        config = config.model_copy(update={"data_dir": data_dir.expanduser()})
    return _with_secrets(config)


def _single_underscores() -> tuple[Problem, ...]:
    """Variables that mean a section's key and would go unread, such as NEWSBOT_TELEGRAM_TOKEN."""
    keys = [(section, key) for section in Config.model_fields for key in _known([section])]
    meant = {f"NEWSBOT_{a}_{b}".upper(): f"NEWSBOT_{a}__{b}".upper() for a, b in keys}
    found = sorted(set(os.environ) & set(meant))
    return tuple(Problem(name, "", f"{meant[name]}: two underscores enter a section") for name in found)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        problem = Problem("--config", str(path), f"a file that can be read ({os.strerror(e.errno or 0)})")
    except UnicodeDecodeError:
        problem = Problem("--config", str(path), "a text file in UTF-8")
    except tomllib.TOMLDecodeError as e:
        problem = Problem("--config", str(path), f"a TOML file: {e}")
    raise ConfigError((problem,))


def _with_secrets(config: Config) -> Config:
    """Fill secrets from their files, and require those that a section can't do without."""
    problems: list[Problem] = []
    changes: dict[str, Any] = {}
    for name, field in (("telegram", "token"), ("matrix", "password")):
        section = getattr(config, name)
        if section is None:
            continue
        secret = getattr(section, field).get_secret_value()
        file: Path | None = getattr(section, f"{field}_file")
        if file and not secret:
            try:
                secret = file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                problems.append(Problem(f"{name}.{field}_file", str(file), "a text file that can be read"))
                continue
        if not secret:
            env = f"NEWSBOT_{name}__{field}".upper()
            allowed = f"a {field}: here, in {name}.{field}_file or in the environment as {env}"
            problems.append(Problem(f"{name}.{field}", "", allowed))
        changes[name] = section.model_copy(update={field: SecretStr(secret)})
    if problems:
        raise ConfigError(tuple(problems))
    return config.model_copy(update=changes)


def _problem(detail: ErrorDetails) -> Problem:
    path = [str(p) for p in detail["loc"]]
    key = ".".join(path) or "configuration"
    if detail["type"] == "extra_forbidden":
        near = difflib.get_close_matches(path[-1], _known(path[:-1]), 1)
        hint = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(sorted(_known(path[:-1])))}"
        return Problem(key, "", f"no such key; {hint}")  # the value may be a secret under a misspelt name
    allowed = PLAIN.get(detail["type"]) or detail["msg"].removeprefix("Value error, ")
    shown = _shown(key, detail["input"], detail["type"])
    return Problem(key, shown, allowed.removeprefix("Input should be "))


def _shown(key: str, value: object, kind: str) -> str:
    """The value for a message, never a secret: not a section's, nor an address with a password."""
    if kind in SECTION or any(s in key for s in ("token", "password", "key")):
        return ""
    return "" if "@" in str(value) and not key.startswith("owners") else str(value)


def _known(path: list[str]) -> list[str]:
    model: type[BaseModel] = Config
    for step in path:
        if model is Config and step == "routes":
            return list(RouteConfig.model_fields) if len(path) > 1 else []
        field = model.model_fields.get(step)
        options = (field.annotation, *get_args(field.annotation)) if field else ()
        model = next((o for o in options if isinstance(o, type) and issubclass(o, BaseModel)), Section)
    return list(model.model_fields)
