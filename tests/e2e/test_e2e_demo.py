"""What a newcomer sees: the demo with the real default model."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

MINUTES = 10


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The demo's output, with three lines typed into its chat."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NEWSBOT_")}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--data", str(tmp_path_factory.mktemp("data")), "demo"],
        input="/start\n/story 1\nWho is the mayor of Brennick?\n/quit\n",
        capture_output=True,
        text=True,
        timeout=MINUTES * 60,
        cwd=Path(__file__).parents[2],
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.standard
def test_reports_of_one_event_become_one_story(demo: str) -> None:
    articles, stories = map(int, re.findall(r"Read (\d+) articles and grouped them into (\d+)", demo)[0])

    assert articles == 21
    assert 13 <= stories <= 18


@pytest.mark.standard
def test_answers_are_cited_and_the_correction_is_known(demo: str) -> None:
    stories, rest = demo.split("> How many people were hurt", 1)
    ferry, rest = rest.split("> Why did Russia block WhatsApp?", 1)
    russia, rest = rest.split("> How long is the new tram line", 1)
    tram, nobel = rest.split("> Who won the Nobel Prize", 1)

    assert "Harbour Post corrected 14 people to 11." in stories
    assert stories.count("[1]") >= 4
    assert re.search(r"\b11\b.*\[1\]", ferry)
    assert re.search(r"law.*\[1\]", russia)
    assert "8.4 kilometres" in tram
    assert "not in the sources" in nobel.split("Your turn")[0]


@pytest.mark.standard
def test_the_chat_afterwards_takes_commands_and_questions(demo: str) -> None:
    chat = demo.split("Your turn", 1)[1]

    assert "Ask me anything" in chat
    assert "Petra Olander" in chat
