"""Prompts as files that people edit: prompts/NAME.md in, conversation turns out.

Knows no news and no engine. The hard thing: what is filled in comes from articles and chats, so
each value stands between tags that it cannot itself contain, with special tokens made harmless,
and the text that never changes comes first, so that the engine's prompt cache can hold it.
The format is described in prompts/README.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ConfigError, Problem
from bot.models.tokens import neutralise
from bot.types import Turn

_HEADING = re.compile(r"^## +(\S.*?) *$", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\{\{ *([a-z][a-z0-9_]*) *\}\}")
_ALONE = re.compile(r"^[ \t]*\{\{ *([a-z][a-z0-9_]*) *\}\}[ \t]*$", re.MULTILINE)
_INPUT = re.compile(r"^- `([a-z][a-z0-9_]*)` \((untrusted|trusted)\)", re.MULTILINE)
_ROLES = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt file."""

    name: str
    purpose: str
    inputs: Mapping[str, bool]
    """Placeholder to whether its value is trusted."""
    example: str
    turns: tuple[Turn, ...]

    def render(self, **values: str) -> tuple[Turn, ...]:
        """Fill in every placeholder; raises ConfigError naming the file and what is missing or unknown."""
        problems = [
            Problem(f"prompts/{self.name}.md", name, "no such placeholder in this prompt")
            for name in sorted(values.keys() - self.inputs.keys())
        ] + [
            Problem(f"prompts/{self.name}.md", name, f"the placeholder {{{{{name}}}}} got no value")
            for name in sorted(self.inputs.keys() - values.keys())
        ]
        if problems:
            raise ConfigError(tuple(problems))
        return tuple(Turn(role=t.role, text=self._fill(t.text, values)) for t in self.turns)

    def _fill(self, text: str, values: Mapping[str, str]) -> str:
        # One pass, so that a value containing `{{other}}` stays what it is.
        alone = {m.start(): m for m in _ALONE.finditer(text)}
        pieces: list[str] = []
        at = 0
        for match in _PLACEHOLDER.finditer(text):
            line_start = text.rfind("\n", 0, match.start()) + 1
            block = line_start in alone
            pieces += [text[at : match.start()], self._value(match[1], values[match[1]], block=block)]
            at = match.end()
        return "".join((*pieces, text[at:])).strip()

    def _value(self, name: str, value: str, *, block: bool) -> str:
        value = neutralise(value)
        if self.inputs[name]:
            return value
        return fence(name, value, block=block)


def fence(name: str, value: str, *, block: bool) -> str:
    """`value` between <name> and </name>, where the value itself can't open or close that tag."""
    inside = re.sub(rf"<(?=\s*/?\s*{name}\b)", "‹", value.strip(), flags=re.IGNORECASE)
    if block:
        return f"<{name}>\n{inside}\n</{name}>"
    return f"<{name}>{' '.join(inside.split())}</{name}>"


class Prompts:
    """All prompts of a folder, by name."""

    def __init__(self, prompts: Mapping[str, Prompt]) -> None:
        self._prompts = dict(prompts)

    @classmethod
    def load(cls, folder: Path) -> Prompts:
        """Read every NAME.md but README.md; raises ConfigError with all that is wrong in all of them."""
        prompts: dict[str, Prompt] = {}
        problems: list[Problem] = []
        for path in sorted(folder.glob("*.md")):
            if path.name.lower() == "readme.md":
                continue
            try:
                prompts[path.stem] = parse(path.stem, path.read_text(encoding="utf-8"))
            except ConfigError as error:
                problems += error.problems
        if not prompts and not problems:
            problems.append(Problem("prompts", str(folder), "a folder with prompt files (NAME.md)"))
        if problems:
            raise ConfigError(tuple(problems))
        return cls(prompts)

    @property
    def names(self) -> tuple[str, ...]:
        """Every prompt's name."""
        return tuple(self._prompts)

    def get(self, name: str) -> Prompt:
        """The prompt called `name`; raises ConfigError."""
        if name not in self._prompts:
            raise ConfigError((Problem("prompts", name, "one of: " + ", ".join(self._prompts)),))
        return self._prompts[name]

    def render(self, name: str, /, **values: str) -> tuple[Turn, ...]:
        """Fill in the prompt `name`; untrusted values are fenced, special tokens neutralised.

        Raises ConfigError for an unknown prompt, and for a missing or unknown placeholder.
        """
        return self.get(name).render(**values)


def parse(name: str, text: str) -> Prompt:
    """Read one prompt file; raises ConfigError with everything that is wrong in it."""
    sections = _sections(text)
    turns = tuple(Turn(role=title, text=body) for title, body in sections if title in _ROLES)
    about = {title: body for title, body in sections if title not in _ROLES}
    inputs = {m[1]: m[2] == "trusted" for m in _INPUT.finditer(about.get("inputs", ""))}
    _check(name, about, turns, inputs)
    return Prompt(name, about["purpose"], inputs, about["example"], turns)


def _sections(text: str) -> list[tuple[str, str]]:
    parts = _HEADING.split(text)[1:]
    return [(title.lower(), body.strip()) for title, body in zip(parts[::2], parts[1::2], strict=True)]


def _check(name: str, about: Mapping[str, str], turns: tuple[Turn, ...], inputs: Mapping[str, bool]) -> None:
    used = {m[1] for t in turns for m in _PLACEHOLDER.finditer(t.text)}
    wrong = [(s, f"a section `## {s}`") for s in ("purpose", "inputs", "example") if not about.get(s)]
    wrong += [(s, "`purpose`, `inputs`, `example`, `system`, `user` or `assistant`")
              for s in about if s not in ("purpose", "inputs", "example")]  # fmt: skip
    if not turns or turns[-1].role != "user":
        wrong.append(("user", "a last section `## user`, which the model answers"))
    wrong += [
        (p, f"{{{{{p}}}}} listed under `## Inputs` as (trusted) or (untrusted)") for p in used - inputs.keys()
    ]
    wrong += [
        (p, f"{{{{{p}}}}} used in the text, or not listed under `## Inputs`") for p in inputs.keys() - used
    ]
    wrong += [
        ("special token", f"no chat template tokens in `## {t.role}`")
        for t in turns
        if neutralise(t.text) != t.text
    ]
    if wrong:
        raise ConfigError(
            tuple(Problem(f"prompts/{name}.md", value, allowed) for value, allowed in sorted(wrong))
        )
