"""What the bot tells its owner: log lines, metrics, /healthz and /metrics.

Rooms log through the standard library (`log.info("feed polled", extra={...})`): a constant event
and facts as fields; this module decides how that looks. It must never see message text, tokens or
article bodies: nobody may log them. Libraries that put a token into an URL they log at INFO are
kept at WARNING here.
"""

from __future__ import annotations

import json
import logging
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

import structlog
from prometheus_client import Counter, Gauge, Histogram, make_wsgi_app

STEPS = Counter("newsbot_steps", "Steps of a stage by outcome", ["stage", "outcome"])
STEP_SECONDS = Histogram(
    "newsbot_step_seconds", "Duration of one step", ["stage"], buckets=(0.01, 0.05, 0.2, 1, 5, 20, 60, 300)
)
DELIVERIES = Counter("newsbot_deliveries", "Deliveries by platform and outcome", ["platform", "outcome"])
PLATFORM_UP = Gauge("newsbot_platform_up", "1 while the platform can be reached", ["platform"])

QUIET = (
    "httpx",
    "httpcore",
    "telegram",
    "nio",
    "aiohttp",
    "transformers",
    "trafilatura",
    "alembic",
    "htmldate",
)

Health = Callable[[], dict[str, Any]]


def configure_logging(*, level: str = "info", form: str = "auto") -> None:
    """Send every log record to standard error, as readable lines or as JSON, one object a line."""
    shared: list[Any] = [
        structlog.stdlib.ExtraAdder(),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    readable = form == "console" or (form == "auto" and sys.stderr.isatty())
    last: list[Any] = (
        [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
        if readable
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


class _Six(WSGIServer):
    address_family = socket.AF_INET6


def listen(address: str, health: Health) -> Callable[[], None]:
    """Serve /healthz (200 or 503, JSON) and /metrics on `host:port`; returns how to stop it.

    Raises:
        OSError: the address can't be bound.
    """
    metrics = make_wsgi_app()

    def app(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/metrics":
            return metrics(environ, start)  # type: ignore[no-any-return,no-untyped-call,unused-ignore]
        if environ["PATH_INFO"] != "/healthz":
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b"/healthz or /metrics\n"]
        facts = health()
        start(
            "200 OK" if facts.get("ok") else "503 Service Unavailable", [("Content-Type", "application/json")]
        )
        return [json.dumps(facts).encode() + b"\n"]

    host, _, port = address.rpartition(":")
    family = _Six if host.startswith("[") else WSGIServer
    server = make_server(host.strip("[]"), int(port), app, server_class=family, handler_class=_Silent)
    thread = threading.Thread(target=server.serve_forever, name="telemetry", daemon=True)
    thread.start()

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop
