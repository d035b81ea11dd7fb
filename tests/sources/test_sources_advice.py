"""No failure without a plain word on what is wrong and what to do."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sources import advice, feed, http

ROOM = Path(advice.__file__).parent
RAISED = {"FetchError", "Refused", "Paused", "Unreadable", "ProxyDown"}
HUBS = {"it would get a secret unencrypted"}
"""Of hubs, which no admin hears of."""


def reasons() -> Iterator[str]:
    """Every reason that the room raises, with `X` for what differs."""
    for path in sorted(ROOM.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in RAISED:
                yield from written(node.args[0])
    for function in (http._why_no_connection, feed._why_no_feed):
        yield from (r for n in returns(function.__code__.co_consts) for r in [n])


def written(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(v.value) if isinstance(v, ast.Constant) else "X" for v in node.values)


def returns(constants: tuple[object, ...]) -> Iterator[str]:
    yield from (c for c in constants if isinstance(c, str) and " " in c)


@pytest.mark.parametrize("reason", sorted(set(reasons()) - HUBS))
def test_every_reason_has_its_advice(reason: str) -> None:
    if reason == "the sitemap: X":  # the reason of what is inside follows
        return
    said = advice.advise(reason)
    assert reason not in said.wrong
    assert said.wrong.endswith(".")
    assert said.remedy.endswith(".")


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 405, 408, 410, 418, 429, 451, 500, 503, 530])
def test_every_status_has_its_advice(status: int) -> None:
    said = advice.advise(f"the server answered {status}")
    assert f"({status})" in said.wrong


def test_troubles_that_are_alike_are_said_alike() -> None:
    one, other = (advice.advise(f"the name {host} can't be resolved") for host in ("a.example", "b.example"))
    assert one == other
