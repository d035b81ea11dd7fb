"""Reply -> Parts: what one platform can take, split where it must be, mark-up always closed.

Knows no platform library, only their documented limits. The hard thing is that Telegram counts
UTF-16 units and entities *after* parsing its HTML, so a reply is cut as text (`chat.render_cut`) and
each piece is marked up afterwards: nothing is ever cut inside a tag, a link or a surrogate pair.
"""

from __future__ import annotations

from bot.types import Part, Reply


def render(reply: Reply, platform: str) -> tuple[Part, ...]:
    """Turn a reply into the messages to send, in order; buttons go under the last.

    `platform` is `telegram` (HTML parse mode), `matrix` (the spec's tags) or anything else, which
    gets plain text. `Part.plain` is always filled.
    """
    raise NotImplementedError
