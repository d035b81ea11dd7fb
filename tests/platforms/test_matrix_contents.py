"""Writing Matrix events, and what a homeserver's refusals mean."""

from dataclasses import replace

import pytest

from bot.errors import ChatGone, NotAuthorised, PlatformError, Rejected, RetryAfter, Unanswered, Unavailable
from bot.platforms.matrix_contents import content_of, without_thread
from bot.platforms.matrix_errors import Refusal, error_of
from bot.types import Address, Delivery, DeliveryKind, Part

ANSWER = Delivery(
    id=1,
    key="k",
    chat_id=1,
    address=Address("matrix", "!r"),
    kind=DeliveryKind.ANSWER,
    part=Part(html="<strong>Hi</strong>", plain="Hi"),
    reply_to="$question",
)


@pytest.mark.parametrize("kind", [k for k in DeliveryKind if k is not DeliveryKind.ANSWER])
@pytest.mark.parametrize(("private", "msgtype"), [(True, "m.text"), (False, "m.notice")])
def test_posts_of_the_bots_own_accord_ring_in_private_only(
    kind: DeliveryKind, private: bool, msgtype: str
) -> None:
    content = content_of(replace(ANSWER, kind=kind, reply_to=""), private=private)
    assert content["msgtype"] == msgtype
    assert "m.relates_to" not in content


def test_body_and_markup_are_always_both_there_and_nobody_is_pinged() -> None:
    content = content_of(ANSWER, private=True)
    assert content["body"] == "Hi"
    assert content["formatted_body"] == "<strong>Hi</strong>"
    assert content["m.mentions"] == {}


def test_answer_in_a_room_opens_a_thread_under_the_question() -> None:
    assert content_of(ANSWER, private=False)["m.relates_to"] == {
        "rel_type": "m.thread",
        "event_id": "$question",
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": "$question"},
    }


def test_answer_in_a_thread_stays_in_it() -> None:
    inside = replace(ANSWER, address=Address("matrix", "!r", "$root"))
    relation = content_of(inside, private=True)["m.relates_to"]
    assert (relation["rel_type"], relation["event_id"]) == ("m.thread", "$root")
    assert relation["m.in_reply_to"] == {"event_id": "$question"}


def test_answer_in_private_is_a_plain_reply() -> None:
    assert content_of(ANSWER, private=True)["m.relates_to"] == {"m.in_reply_to": {"event_id": "$question"}}


def test_thread_can_be_taken_back_to_a_plain_reply() -> None:
    content = without_thread(content_of(ANSWER, private=False))
    assert content["m.relates_to"] == {"m.in_reply_to": {"event_id": "$question"}}


def test_edit_points_at_the_first_event_and_at_nothing_else() -> None:
    content = content_of(replace(ANSWER, edits="$first"), private=False)
    assert content["m.relates_to"] == {"rel_type": "m.replace", "event_id": "$first"}
    assert content["m.new_content"]["body"] == "Hi"
    assert content["body"] == "* Hi"


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2500}, RetryAfter),
        (429, {}, RetryAfter),
        (401, {"errcode": "M_UNKNOWN_TOKEN"}, NotAuthorised),
        (403, {"errcode": "M_FORBIDDEN"}, ChatGone),
        (404, {"errcode": "M_NOT_FOUND"}, ChatGone),
        (413, {"errcode": "M_TOO_LARGE"}, Rejected),
        (413, {}, Rejected),
        (400, {"errcode": "M_BAD_JSON", "error": "no"}, Rejected),
        (502, {}, Unanswered),
        (503, {}, Unavailable),
        (500, {"errcode": "M_UNKNOWN"}, Unanswered),
        (404, {}, Unavailable),
        (404, {"errcode": "M_UNRECOGNIZED"}, Unavailable),
    ],
)
def test_refusals_become_our_errors(
    status: int, answer: dict[str, object], error: type[PlatformError]
) -> None:
    assert type(error_of(Refusal.of(status, answer))) is error


def test_pause_is_the_servers_in_seconds() -> None:
    error = error_of(Refusal.of(429, {"retry_after_ms": 2500}))
    assert isinstance(error, RetryAfter)
    assert error.seconds == 2.5


def test_refused_login_is_no_gone_chat() -> None:
    assert isinstance(error_of(Refusal.of(403, {"errcode": "M_FORBIDDEN"}), login=True), NotAuthorised)
