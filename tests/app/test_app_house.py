"""What the configuration says, as each room gets it."""

import pytest

from bot.app.house import generator_spec, reads
from bot.config import Config, ModelsConfig


def test_without_downloads_no_model_is_asked_for_on_the_hub() -> None:
    config = Config(models=ModelsConfig(generator="someone/some-model", download=False))

    assert generator_spec(config).engine == "transformers"
    assert generator_spec(config).offline


@pytest.mark.parametrize(
    ("generator", "said", "does"),
    [
        ("standard", None, True),
        ("small", None, False),
        ("tiny", None, False),
        ("someone/some-model", None, True),
        ("small", True, True),
        ("standard", False, False),
    ],
)
def test_a_model_reads_where_that_was_measured_to_be_better_unless_the_owner_decides(
    generator: str, said: bool | None, does: bool
) -> None:
    assert reads(Config(models=ModelsConfig(generator=generator, reads=said))) is does
