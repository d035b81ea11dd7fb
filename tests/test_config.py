"""The configuration: what is accepted, and how every mistake is named."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot import config
from bot.errors import ConfigError

EXAMPLE = Path(__file__).parents[1] / "config.example.toml"


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        config.load(write(folder, text))
    return {p.key: p.allowed for p in caught.value.problems}


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NEWSBOT_DATA_DIR", "NEWSBOT_TELEGRAM__TOKEN", "NEWSBOT_OWNERS"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_file_the_defaults_serve() -> None:
    found = config.load()

    assert found.models.generator == "standard"
    assert found.telegram is None
    assert found.database_url.endswith("newsbot.db")


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSBOT_TELEGRAM__TOKEN", "1:from-environment")

    found = config.load(write(tmp_path, '[telegram]\ntoken = "1:from-file"'))

    assert found.telegram is not None
    assert found.telegram.token.get_secret_value() == "1:from-environment"


def test_a_secret_can_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("1:abc\n")

    found = config.load(write(tmp_path, f'[telegram]\ntoken_file = "{secret}"'))

    assert found.telegram is not None
    assert found.telegram.token.get_secret_value() == "1:abc"


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        'owners = ["ann"]\nstor = 1\n[sources]\nfirst_items = -1\nrobot = true\n'
        '[chat]\ntimezone = "Europe/Berln"\n[telegram]\nproxies = ["ftp://x"]\n',
    )

    assert "telegram:12345" in found["owners.0"]
    assert "`store`" in found["stor"]
    assert "greater than or equal to 0" in found["sources.first_items"]
    assert "`robots`" in found["sources.robot"]
    assert "Europe/Berlin" in found["chat.timezone"]
    assert "socks5://" in found["telegram.proxies.0"]


def test_a_platform_without_its_secret_says_where_it_may_stand(tmp_path: Path) -> None:
    found = problems(tmp_path, '[matrix]\nhomeserver = "https://m.example"\nuser = "@n:m.example"')

    assert "NEWSBOT_MATRIX__PASSWORD" in found["matrix.password"]


def test_a_secret_is_never_shown_in_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(write(tmp_path, '[telegram]\ntoken = 12345\ntokn = "98765"'))

    assert not re.search("12345|98765", repr(caught.value.problems))


@pytest.mark.parametrize(
    "text",
    [
        'telegram = "1:SECRET"',
        '[telegram]\ntoken = "1:a"\nproxies = ["ftp://ann:SECRET@proxy.example:1"]',
        '[telegram]\ntoken = "1:a"\nproxies = "socks5://ann:SECRET@proxy.example:1"',
        '[routes]\nfast = "http://ann:SECRET@proxy.example"',
        '[routes.fast]\nurl = "ann:SECRET@proxy.example"',
        '[matrix]\npassword = "SECRET"',
    ],
)
def test_a_secret_inside_of_an_address_or_a_section_is_not_shown_either(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(write(tmp_path, text))

    assert "SECRET" not in repr(caught.value.problems)


@pytest.mark.parametrize(
    ("text", "key", "allowed"),
    [
        ('owners = "telegram:1"', "owners", "a list"),
        ("matrix = true", "matrix", "a section"),
        ('[matrix]\nuser = "@n:m.example"', "matrix.homeserver", "a value"),
    ],
)
def test_what_is_expected_is_said_in_words_of_the_file(
    tmp_path: Path, text: str, key: str, allowed: str
) -> None:
    assert problems(tmp_path, text)[key].startswith(allowed)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("data_dir = 5", "data_dir"),
        ('data_dir = ""', "data_dir"),
        ('[models]\ndir = ["a"]', "models.dir"),
        ('[telegram]\ntoken = "1:a"\nproxies = ["http://proxy.example:bad"]', "telegram.proxies.0"),
        ('[routes.fast]\nurl = "socks5://ann:word@"', "routes.fast.url"),
        ('[telemetry]\nlisten = "127.0.0.1:99999"', "telemetry.listen"),
        (
            '[matrix]\nhomeserver = "https://m.example"\nuser = "@n:m.example"\nca_file = "/none"',
            "matrix.ca_file",
        ),
    ],
)
def test_what_would_fail_only_later_is_named_at_once(tmp_path: Path, text: str, key: str) -> None:
    assert key in problems(tmp_path, text)


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("NEWSBOT_OWNERS", "telegram:1", "owners"),
        ("NEWSBOT_MODELS__PATHS", "/one:/two", "models.paths"),
        ("NEWSBOT_SOURCES", "all", "sources"),
        ("NEWSBOT_TELEGRAM_TOKEN", "1:a", "NEWSBOT_TELEGRAM_TOKEN"),
    ],
)
def test_a_variable_that_can_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, key: str
) -> None:
    monkeypatch.setenv(name, value)

    assert key in problems(tmp_path, "")


def test_a_list_in_the_environment_is_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSBOT_OWNERS", '["telegram:1", "telegram:2"]')

    assert config.load().owners == ("telegram:1", "telegram:2")


@pytest.mark.parametrize(
    ("text", "named"),
    [("data_dir = ", "TOML"), ("[sources]\ninterval_min = 90000", "interval_min must not be above")],
)
def test_a_file_that_makes_no_sense_is_named(tmp_path: Path, text: str, named: str) -> None:
    assert any(named in allowed for allowed in problems(tmp_path, text).values())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(tmp_path / "none.toml")

    assert caught.value.problems[0].value.endswith("none.toml")


def uncommented() -> dict[str, Any]:
    text = re.sub(r"^# (?=\[[\w.]+\]$|\w+ = )", "", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return tomllib.loads(text)


def keys(model: type) -> set[str]:
    return set(model.model_fields)


def test_the_example_documents_every_key_and_no_other() -> None:
    example = uncommented()

    assert set(example) == keys(config.Config)
    for name in keys(config.Config) - {"data_dir", "owners", "routes"}:
        assert set(example[name]) == set(config._known([name])), name
    assert set(example["routes"]["tor"]) == keys(config.RouteConfig)


def test_the_example_shows_the_defaults() -> None:
    example, defaults = tomllib.loads(EXAMPLE.read_text(encoding="utf-8")), config.Config()

    assert config.load(EXAMPLE) == defaults
    assert {"store", "models", "sources", "websub", "chat", "delivery", "telemetry", "owners"} == set(example)


def test_a_public_address_for_hubs_needs_one_to_listen_on(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"websub\.listen must be host:port"):
        config.load(write(tmp_path, '[websub]\nurl = "https://a.example/websub"\nlisten = ""\n'))
