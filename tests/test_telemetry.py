"""What the owner sees: log lines, health and metrics."""

import json
import logging
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bot import telemetry


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


@contextmanager
def listening(health: telemetry.Health, host: str = "127.0.0.1") -> Iterator[str]:
    with socket.create_server((host.strip("[]"), 0), family=_family(host)) as free:
        address = f"{host}:{free.getsockname()[1]}"
    stop = telemetry.listen(address, health)
    try:
        yield f"http://{address}"
    finally:
        stop()


def read(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as e:
        with e:
            return e.code, e.read().decode()


def test_a_log_line_is_one_json_object_with_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure_logging(form="json")

    logging.getLogger("bot.test").info("feed polled", extra={"source_id": 7})

    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["source_id"], line["level"]) == ("feed polled", 7, "info")


def test_libraries_that_log_urls_with_tokens_are_kept_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure_logging(form="json")

    logging.getLogger("httpx").info("POST https://api.telegram.org/bot123:SECRET/getMe")

    assert "SECRET" not in capsys.readouterr().err


def test_healthz_listens_on_an_ipv6_address_too() -> None:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            pass
    except OSError:
        pytest.skip("no IPv6 here")

    with listening(lambda: {"ok": True}, "[::1]") as url:
        assert read(url + "/healthz")[0] == 200


@pytest.mark.parametrize(("facts", "status"), [({"ok": True}, 200), ({"ok": False, "telegram": "down"}, 503)])
def test_healthz_says_whether_all_is_well(facts: dict[str, Any], status: int) -> None:
    with listening(lambda: facts) as url:
        assert read(url + "/healthz") == (status, json.dumps(facts) + "\n")


def test_metrics_count_steps() -> None:
    telemetry.STEPS.labels("poll", "done").inc()

    with listening(lambda: {"ok": True}) as url:
        assert 'newsbot_steps_total{outcome="done",stage="poll"}' in read(url + "/metrics")[1]


def test_other_paths_are_not_found() -> None:
    with listening(lambda: {"ok": True}) as url:
        assert read(url + "/")[0] == 404
