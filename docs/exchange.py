"""Draws docs/exchange.svg from a real exchange: `newsbot demo --no-chat | python docs/exchange.py`.

Reads the demo's output and keeps what a reader of the README should see first.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

WIDTH = 100
PICTURE = Path(__file__).with_name("exchange.svg")
HEAD = "The most important stories:"


def main() -> None:
    """Draw."""
    console = Console(width=WIDTH, record=True, file=Path("/dev/null").open("w"), force_terminal=True)  # noqa: SIM115
    for line in chosen(sys.stdin.read()):
        console.print(styled(re.sub(r" \(https?://[^)\s]+\)", "", line)))
    console.save_svg(str(PICTURE), title="newsbot demo")
    print(PICTURE)


def chosen(output: str) -> list[str]:
    """The first story, and the questions with their answers."""
    stories, _, asked = output.partition("\n> ")
    first, outlets = stories[stories.index(HEAD) :].split("\n[1]", 1)
    shown = [*first.split("\n"), f"[1]{outlets.partition(chr(10))[0]}", ""]
    return [*shown, *f"> {asked.partition('Your turn')[0]}".rstrip().split("\n")]


def styled(line: str) -> Text:
    """Questions in colour, citations and sources dimmed."""
    if line.startswith("> "):
        return Text(line, style="bold cyan")
    if line.startswith("•"):
        return Text(line, style="dim")
    text = Text(line, style="bold" if line.startswith(HEAD) else "")
    text.highlight_regex(r"\[\d+\]", "green")
    return text


if __name__ == "__main__":
    main()
