"""What is asked of a hub, and what is believed of it."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources import websub
from bot.sources.websub import Trust
from bot.types import HubLease

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def lease() -> HubLease:
    return websub.new_lease(source_id=1, topic="https://a.example/feed", hub="https://hub.example/")


def question(**changed: str) -> dict[str, str]:
    base = {
        "hub.mode": "subscribe",
        "hub.topic": "https://a.example/feed",
        "hub.challenge": "c1",
        "hub.lease_seconds": "86400",
    }
    return base | {name.replace("_", "."): value for name, value in changed.items()}


def test_hub_s_question_is_answered_with_its_challenge() -> None:
    answer = websub.verify(lease(), question(), wanted=True, now=NOW)
    assert (answer.status, answer.body) == (200, "c1")
    assert answer.lease is not None
    assert answer.lease.expires == NOW + timedelta(days=1)
    assert websub.renewal(answer.lease, now=NOW) == NOW + timedelta(days=0.8)


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (question(hub_topic="https://evil.example/"), True),
        (question(), False),
        (question(hub_mode="unsubscribe"), True),
        (question(hub_mode="publish"), True),
        (question(hub_challenge=""), True),
        (question(hub_challenge="a\r\nb"), True),
        ({}, True),
    ],
)
def test_question_about_what_we_did_not_ask_for_gets_404(asked: dict[str, str], wanted: bool) -> None:
    assert websub.verify(lease(), asked, wanted=wanted, now=NOW) == websub.Verified(404)


@pytest.mark.parametrize(
    ("stated", "granted"), [("5", 3600), ("86400", 86400), ("999999999", 30 * 86400), ("x", 10 * 86400)]
)
def test_lease_time_is_kept_within_bounds(stated: str, granted: int) -> None:
    assert websub.granted_time(stated).total_seconds() == granted


@pytest.mark.parametrize("method", ["sha256", "sha384", "sha512"])
def test_signature_is_checked(method: str) -> None:
    secret, body = "s3cret", b"<rss/>"
    good = hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()
    assert websub.trust(body, f"{method}={good}", secret) is Trust.BODY
    assert websub.trust(body + b" ", f"{method}={good}", secret) is Trust.NONE
    assert websub.trust(body, f"{method}={good}", "other") is Trust.NONE
    assert websub.trust(body, good, secret) is Trust.NONE


def test_weak_signature_says_only_that_something_is_new() -> None:
    weak = hmac.new(b"s", b"x", hashlib.sha1).hexdigest()
    assert websub.trust(b"x", f"sha1={weak}", "s") is Trust.NEWS
    assert websub.trust(b"y", f"sha1={weak}", "s") is Trust.NONE


@pytest.mark.parametrize(
    ("header", "secret"),
    [("", "s"), ("sha256=" + hmac.new(b"", b"x", hashlib.sha256).hexdigest(), ""), ("md5=00", "s")],
)
def test_missing_signature_counts_nothing(header: str, secret: str) -> None:
    assert websub.trust(b"x", header, secret) is Trust.NONE


def test_secret_is_in_the_form_and_in_no_repr() -> None:
    asked = lease()
    form = websub.form(asked, callback="https://bot.example/websub/")
    assert form["hub.secret"] == asked.secret
    assert form["hub.callback"] == f"https://bot.example/websub/{asked.path}"
    assert asked.secret not in repr(asked)


@pytest.mark.parametrize(
    ("header", "hub", "topic"),
    [
        ("</hub>; rel=hub, </f.xml>; rel=self", "https://a.example/hub", "https://a.example/f.xml"),
        ('<https://h.example/>; rel="hub"', "https://h.example/", ""),
        ('<https://h.example/>; title="a, b"; rel="x hub self"', "https://h.example/", "https://h.example/"),
        ("<https://one.example/>; rel=hub, <https://two.example/>; rel=hub", "https://one.example/", ""),
        ("<javascript:alert(1)>; rel=hub, <https://a.example/>; rel=hubs", "", ""),
    ],
)
def test_links_of_a_header_name_hub_and_topic(header: str, hub: str, topic: str) -> None:
    assert websub.links(header, "https://a.example/feed") == (hub, topic)


@given(st.text(alphabet='<>;,= "relhubsf/:\\', max_size=300))
def test_any_header_is_read_quickly(header: str) -> None:
    assert len(websub.links(header * 20, "https://a.example/")) == 2
