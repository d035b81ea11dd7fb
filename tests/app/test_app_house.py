"""What the configuration says, as each room gets it."""

from bot.app.house import generator_spec
from bot.config import Config, ModelsConfig


def test_without_downloads_no_model_is_asked_for_on_the_hub() -> None:
    config = Config(models=ModelsConfig(generator="someone/some-model", download=False))

    assert generator_spec(config).engine == "transformers"
    assert generator_spec(config).offline
