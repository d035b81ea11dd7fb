"""Telegram's own judgement of a text, offline: TDLib's parser, as the real server uses it.

Knows no chat. Offsets and lengths are in UTF-16 units, as everywhere in the Bot API.
"""

from __future__ import annotations

import json
import re
from typing import Any

import tdjson

LIMIT = 4096
"""UTF-16 units of a message, counted after the markup was parsed."""
MOST_ENTITIES = 100
"""Later ones are dropped by the server without a word."""

Entity = dict[str, Any]


class Unparsed(Exception):
    """The markup is wrong; the message is the server's."""


def parse_html(text: str) -> tuple[str, list[Entity]]:
    """The plain text and the entities of HTML.

    Raises:
        Unparsed: with the sentence that the server writes.
    """
    found = _execute("parseTextEntities", text=text, parse_mode={"@type": "textParseModeHTML"})
    if found["@type"] == "error":
        sentence = found["message"]
        raise Unparsed(sentence[:1].lower() + sentence[1:])
    return found["text"], [_entity(e) for e in found["entities"]]


def entities(text: str) -> list[Entity]:
    """What Telegram finds by itself: commands, mentions, links, tags."""
    return [_entity(e) for e in _execute("getTextEntities", text=text)["entities"]]


def units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def _entity(raw: dict[str, Any]) -> Entity:
    kind = dict(raw["type"])
    name = kind.pop("@type").removeprefix("textEntityType")
    words = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    return {"type": words, "offset": raw["offset"], "length": raw["length"], **kind}


def _execute(method: str, **arguments: Any) -> dict[str, Any]:
    answer = tdjson.td_execute(json.dumps({"@type": method, **arguments}).encode())
    result: dict[str, Any] = json.loads(answer or b"{}")
    return result


_execute("setLogVerbosityLevel", new_verbosity_level=0)
