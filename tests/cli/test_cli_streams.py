"""The terminal commands where input and output are not as usual: closed, full, cut off, without umlauts."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = "exec {python} -c 'from bot.cli import main; main()' {arguments}"
ARTICLE = """title: Die Fähre „Möwe“
url: https://harbour.example/fähre
outlet: Harbour Post

Die Fähre lief am Montag auf Grund. Elf Menschen wurden verletzt.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "article.txt").write_text(ARTICLE, encoding="utf-8")
    return tmp_path


def run(folder: Path, arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command line of the shell on a data folder of its own, without models."""
    command = COMMAND.format(python=sys.executable, arguments=arguments)
    own = {
        "NEWSBOT_DATA_DIR": str(folder / "data"),
        "NEWSBOT_MODELS__GENERATOR": "none",
        "NEWSBOT_MODELS__EMBEDDER": "none",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    return subprocess.run(
        ["/bin/sh", "-c", command], env=os.environ | own | environment, cwd=folder, capture_output=True
    )


@pytest.mark.parametrize("arguments", ["models list", "sources export", "ingest article.txt --json"])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_an_output_without_room_is_one_sentence(folder: Path, arguments: str) -> None:
    done = run(folder, f"{arguments} > /dev/full")

    assert done.returncode == 1
    assert done.stderr.decode().splitlines()[-1] == "The output: No space left on device"
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", ["ingest -", "summarize -", "sources import -", "run"])
def test_a_closed_input_is_an_empty_one(folder: Path, arguments: str) -> None:
    done = run(folder, f"{arguments} <&-")

    assert b"Traceback" not in done.stderr


def test_what_the_terminal_has_no_letter_for_becomes_a_question_mark(folder: Path) -> None:
    done = run(folder, "ingest article.txt", PYTHONIOENCODING="ascii")

    assert done.returncode == 0
    assert b"Die F?hre ?M?we?" in done.stdout


def test_json_loses_no_letter_in_a_terminal_without_it(folder: Path) -> None:
    done = run(folder, "ingest article.txt --json", PYTHONIOENCODING="ascii")

    assert json.loads(done.stdout)["title"] == "Die Fähre „Möwe“"
