"""`newsbot doctor`: what it says of a configuration that is wrong, and what it must not say."""

from pathlib import Path

import pytest

from bot.app import doctor
from bot.config import Config, ModelsConfig


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:word@db.example/newsbot",
        "postgresql://ann:pass@word@db.example/newsbot",
        "postgresql://ann:pass/word@db.example/newsbot",
        "postgresql://db.example/newsbot?user=ann&password=word",
    ],
)
def test_a_database_is_shown_without_its_password(url: str) -> None:
    assert doctor._shown(url) == "postgresql://db.example/newsbot"


async def test_a_mistake_in_the_configuration_is_not_called_the_stores(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path, models=ModelsConfig(engine="openai", embedder="none"))

    found = {f.what: f for f in [each async for each in doctor.examine(config)]}

    assert "models.url" in found["configuration"].facts
    assert "store" not in found
