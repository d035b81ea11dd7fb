"""The account: its settings, its login, and its device's standing.

It knows no nio; the client is handed in. The hard thing is to be the same device after every
start, crash and refused token: the device's id is chosen here, before the first login.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bot.errors import NotAuthorised
from bot.platforms.matrix_errors import Refusal, error_of
from bot.platforms.matrix_events import localpart
from bot.platforms.matrix_folder import Folder, Login
from bot.platforms.matrix_trust import Identity, Trust, establish, make_seeds

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixSettings:
    """How the bot reaches its homeserver, and whom it lets invite it."""

    homeserver: str
    """Base URL of the client API: `https://matrix.example.org`."""
    user: str
    """`@newsbot:example.org`, or its local part."""
    password: str = field(default="", repr=False)
    """Needed for the first login and to sign the device; the token is kept afterwards."""
    store_dir: Path
    """Login, keys and position live here, readable by the owner only."""
    device_name: str = "newsbot"
    proxies: tuple[str, ...] = field(default=(), repr=False)
    """Tried in order: `http://`, `socks5://`, `socks5h://` or `tor://` URLs, with `user:password@` where
    needed, `tor` or `direct`; names are resolved by the proxy. Empty: direct."""
    ca_file: str = ""
    """PEM file of a private authority; empty: the system's."""
    allowed_inviters: tuple[str, ...] = ()
    """`@ann:example.org` or `*:example.org`; others' invitations are declined."""
    owners: tuple[str, ...] = ()
    """User ids that may always invite."""
    ignore_unverified_devices: bool = True
    """Send to devices that nobody verified; people can't verify a bot from a room."""
    replace_identity: bool = False
    """Replace a cross-signing identity that the account has from elsewhere."""


def check_own(settings: MatrixSettings, login: Login) -> None:
    """Raises NotAuthorised where a kept login is another account's."""
    if settings.user not in {login.user_id, localpart(login.user_id)}:
        raise NotAuthorised("the folder belongs to another account")


class Device(Protocol):
    """What is needed of the client."""

    user_id: str
    access_token: str
    fingerprint: str

    async def call(self, method: str, path: str, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """One request: status and answer."""

    def restore_login(self, user_id: str, device_id: str, access_token: str) -> None:
        """Be this device from now on."""

    async def publish_keys(self, *, anew: bool = False) -> None:
        """Publish the device's keys where the server lacks them; `anew`: it lost them."""


class Account:
    """One account on its homeserver."""

    def __init__(self, settings: MatrixSettings, folder: Folder) -> None:
        self._settings = settings
        self._folder = folder
        self._expired = False

    async def connect(self, device: Device) -> None:
        """Logged in, keys published, device signed. Raises NotAuthorised, Unavailable, RetryAfter."""
        login = await self._login(device)
        device.restore_login(login.user_id, login.device_id, login.access_token)
        await device.publish_keys()
        await self._sign(device, login)

    def expire(self, error: NotAuthorised) -> None:
        """Have the next connection log in anew; raises `error` when that was what failed."""
        if self._expired or not self._settings.password or not self._folder.login():
            raise error
        log.warning("login no longer valid; logging in again", extra={"reason": error.reason})
        self._expired = True

    async def _login(self, device: Device) -> Login:
        """The kept login, or a new one by password."""
        kept = self._folder.login()
        if kept:
            check_own(self._settings, kept)
        if kept and not self._expired:
            return kept
        if not self._settings.password:
            raise NotAuthorised("no password to log in with")
        device.access_token = ""
        login = await self._log_in(device)
        self._folder.keep_login(login)
        self._expired = False
        log.info("logged in", extra={"user": login.user_id, "device": login.device_id})
        return login

    async def _log_in(self, device: Device) -> Login:
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": self._settings.user},
            "password": self._settings.password,
            "device_id": self._folder.device_id(),
            "initial_device_display_name": self._settings.device_name,
        }
        status, answer = await device.call("POST", "/_matrix/client/v3/login", body)
        if status >= 300:
            raise error_of(Refusal.of(status, answer), login=True)
        return Login(
            user_id=answer["user_id"], device_id=answer["device_id"], access_token=answer["access_token"]
        )

    async def _sign(self, device: Device, login: Login) -> None:
        """Have the device signed by the account's identity; strict clients refuse it otherwise."""
        trust = await self._establish(device, login)
        if trust is Trust.UNPUBLISHED:
            await device.publish_keys(anew=True)
            trust = await self._establish(device, login)
        if trust is Trust.MISMATCH:
            raise NotAuthorised("the homeserver holds other keys for this device")
        level = logging.INFO if trust in {Trust.SIGNED, Trust.KEPT} else logging.ERROR
        log.log(level, "device signature", extra={"outcome": trust.value, "device": login.device_id})

    async def _establish(self, device: Device, login: Login) -> Trust:
        seeds = self._folder.seeds()
        if seeds is None:
            seeds = make_seeds()
            self._folder.keep_seeds(seeds)
        return await establish(
            device.call,
            Identity.of(login.user_id, seeds),
            device_id=login.device_id,
            fingerprint=device.fingerprint,
            password=self._settings.password,
            replace=self._settings.replace_identity,
        )
