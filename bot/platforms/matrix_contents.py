"""What leaves: a Delivery becomes the content of a Matrix event.

Pure: it knows no library and no network. The hard thing is relations: an answer hangs on its
question, an edit always points at the first event, and nothing points at two things.
https://spec.matrix.org/v1.16/client-server-api/#instant-messaging
"""

from __future__ import annotations

from typing import Any

from bot.types import Delivery, DeliveryKind, Part

Json = dict[str, Any]


def content_of(delivery: Delivery, *, private: bool) -> Json:
    """The content of an `m.room.message`: answers and what is said in private are `m.text`, else `m.notice`.

    Clients ring for no notice: who has posts and digests sent to them alone wants to hear of them. In a
    room an answer opens a thread under its question; in private it stays in the one talk.
    """
    kind = "m.text" if private or delivery.kind is DeliveryKind.ANSWER else "m.notice"
    body = _body(delivery.part, kind)
    if delivery.edits:
        return _edit(body, delivery.edits)
    relation = _relation(delivery, private=private)
    return body | ({"m.relates_to": relation} if relation else {})


def without_thread(content: Json) -> Json:
    """The same as a plain reply: what the question hangs on can't carry a thread."""
    relation = content.get("m.relates_to", {})
    reply = {key: value for key, value in relation.items() if key == "m.in_reply_to"}
    return content | {"m.relates_to": reply}


def _body(part: Part, kind: str) -> Json:
    body: Json = {"msgtype": kind, "body": part.plain, "m.mentions": {}}
    if part.html:
        body |= {"format": "org.matrix.custom.html", "formatted_body": part.html}
    return body


def _edit(body: Json, edited: str) -> Json:
    """Clients without edits see the body with a star before it."""
    starred = body | {"body": f"* {body['body']}"}
    if "formatted_body" in body:
        starred |= {"formatted_body": f"* {body['formatted_body']}"}
    return starred | {
        "m.new_content": body,
        "m.relates_to": {"rel_type": "m.replace", "event_id": edited},
    }


def _relation(delivery: Delivery, *, private: bool) -> Json:
    """Where it hangs: the thread it belongs to, a new thread under the question, or the question."""
    asked = delivery.reply_to
    opens = delivery.kind is DeliveryKind.ANSWER and not private
    root = delivery.address.thread or (asked if opens else "")
    if root:
        return {
            "rel_type": "m.thread",
            "event_id": root,
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": asked or root},
        }
    return {"m.in_reply_to": {"event_id": asked}} if asked else {}
