"""What the Matrix account keeps on disk: its login, its secrets and how far it has read.

It knows no network and no library. The hard thing is a crash at any moment: every file is
written beside its place and renamed into it, and is never readable by anybody else.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

DATABASE = "keys.db"
"""nio's own database of encryption keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A device that is logged in."""

    user_id: str
    device_id: str
    access_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An event whose room key has not come yet."""

    room_id: str
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the account has been read; one file, so both halves move together."""

    position: str = ""
    """The sync token after everything that was received; empty: never synced."""
    waiting: tuple[Waiting, ...] = ()
    seen: int = 0
    """The newest event's time, in milliseconds since 1970 as its server had it."""


class Folder:
    """The account's folder, mode 0700; one process at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = -1

    def claim(self) -> bool:
        """Make the folder ours; False while another process has it.

        Two processes with one device would spoil each other's encryption sessions.
        """
        if self._lock >= 0:
            return True
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.chmod(0o700)
        lock = os.open(self.path / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        self._lock = lock
        return True

    def leave(self) -> None:
        """Hand the folder back."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def login(self) -> Login | None:
        """The kept login, if there is one."""
        kept = self._read("login.json")
        return Login(**kept) if kept else None

    def keep_login(self, login: Login) -> None:
        """Keep the login for the next start."""
        self._write("login.json", asdict(login))

    def device_id(self) -> str:
        """The device's id, chosen before the first login so that a crash leaves one device, not two."""
        kept = self._read("device.json")
        if not kept:
            kept = {
                "device_id": "NEWSBOT" + "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(6))
            }
            self._write("device.json", kept)
        return str(kept["device_id"])

    def pickle_key(self) -> str:
        """The random key that nio's database is encrypted with."""
        kept = self._read("pickle.json")
        if not kept:
            kept = {"key": secrets.token_urlsafe(32)}
            self._write("pickle.json", kept)
        return str(kept["key"])

    def seeds(self) -> dict[str, bytes] | None:
        """The cross-signing seeds, if this folder made them."""
        kept = self._read("cross_signing.json")
        return {name: base64.b64decode(seed) for name, seed in kept.items()} if kept else None

    def keep_seeds(self, seeds: Mapping[str, bytes]) -> None:
        """Keep the seeds; who has them can sign in the account's name."""
        self._write("cross_signing.json", {n: base64.b64encode(s).decode() for n, s in seeds.items()})

    def progress(self) -> Progress:
        """How far the account was read."""
        kept = self._read("progress.json") or {}
        waiting = tuple(Waiting(**entry) for entry in kept.get("waiting", ()))
        return Progress(position=kept.get("position", ""), waiting=waiting, seen=kept.get("seen", 0))

    def keep_progress(self, progress: Progress) -> None:
        """Move on; call it only when everything before was received."""
        self._write("progress.json", asdict(progress))

    def database(self) -> Path:
        """nio's database, made here first because nio would make it readable for all."""
        path = self.path / DATABASE
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        path.chmod(0o600)
        return path

    def _read(self, name: str) -> dict[str, Any] | None:
        path = self.path / name
        return json.loads(path.read_bytes()) if path.exists() else None

    def _write(self, name: str, content: Mapping[str, Any]) -> None:
        beside = self.path / f".{name}.new"
        file = os.open(beside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as out:
            json.dump(content, out)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(self.path / name)
        self._settle()

    def _settle(self) -> None:
        """A rename is durable only once its directory is."""
        directory = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
