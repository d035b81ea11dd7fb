"""Bringing the tables up to date, and saying so when they are newer than the code.

Alembic runs inside our own transaction: all steps or none, one process at a time. It is imported
only where there is something to do.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from bot.errors import StoreError

HEAD = "0016"
"""The newest revision in `migrations/versions`; a test holds both together."""


def version(c: Connection) -> str | None:
    """The revision of the database; None where it is empty."""
    if not inspect(c).has_table("alembic_version"):
        return None
    found: str | None = c.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def migrate(c: Connection, *, allowed: bool) -> None:
    """Bring the tables up to HEAD. Raises StoreError: newer than the code, or old and not allowed."""
    if c.dialect.name == "postgresql":
        c.execute(text("SELECT pg_advisory_xact_lock(7237000)"))
    present = version(c)
    if present == HEAD:
        return
    if present is not None and present not in _known():
        raise StoreError(
            f"the database has version {present}; this newsbot knows up to {HEAD}: update newsbot"
        )
    if not allowed:
        raise StoreError(
            f"the database has version {present or 'none'}, newsbot needs {HEAD}: newsbot migrate"
        )
    _upgrade(c)


def _known() -> set[str]:
    return {path.name.split("_")[0] for path in (_folder() / "versions").glob("[0-9]*.py")}


def _upgrade(c: Connection, to: str = "head") -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_folder()))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = c
    command.upgrade(config, to)


def _folder() -> Path:
    return Path(__file__).parent / "migrations"
