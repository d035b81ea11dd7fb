"""Cross-signing: the bot's device is signed by the bot's own identity, as strict clients ask (MSC4153).

nio has none of it. This file makes the three Ed25519 keys, publishes them and signs the device;
it is handed a function that calls the homeserver and knows no nio. The hard thing is to do it
any number of times: each start asks the server what is there and adds only what is missing.
https://spec.matrix.org/v1.16/client-server-api/#cross-signing
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa

from bot.errors import Rejected
from bot.platforms.matrix_errors import Refusal, error_of

Json = dict[str, Any]
Call = Callable[[str, str, Mapping[str, Any]], Awaitable[tuple[int, Json]]]
"""(method, path, body) -> (status, answer)."""

ROLES = ("master", "self_signing", "user_signing")


class Trust(StrEnum):
    """How the device stands with the account's identity."""

    SIGNED = "signed"
    """Signed just now."""
    KEPT = "kept"
    """Signed before."""
    FOREIGN = "foreign"
    """The account has an identity that this folder has no keys of; left alone."""
    MISMATCH = "mismatch"
    """The server holds other keys for this device id: the folder is not the device's."""
    REFUSED = "refused"
    """The server wants the password, and has none or a wrong one."""
    UNPUBLISHED = "unpublished"
    """The server does not know the device's keys; upload them and ask again."""


def make_seeds() -> dict[str, bytes]:
    """Three new secret seeds."""
    return {role: secrets.token_bytes(32) for role in ROLES}


def canonical(content: Mapping[str, Any]) -> bytes:
    """The bytes that are signed: without `signatures` and `unsigned`, keys sorted."""
    kept = {key: value for key, value in content.items() if key not in {"signatures", "unsigned"}}
    return json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One Ed25519 key."""

    seed: bytes

    @property
    def public(self) -> str:
        """The public half, unpadded base64."""
        return _base64(self._key().public_key().export_key(format="raw"))

    def sign(self, content: Mapping[str, Any]) -> str:
        """The signature of a JSON object, unpadded base64."""
        return _base64(eddsa.new(self._key(), "rfc8032").sign(canonical(content)))

    def _key(self) -> ECC.EccKey:
        return ECC.construct(curve="Ed25519", seed=self.seed)


@dataclass(frozen=True, slots=True)
class Identity:
    """The three keys of an account."""

    user_id: str
    master: SigningKey
    self_signing: SigningKey
    user_signing: SigningKey

    @classmethod
    def of(cls, user_id: str, seeds: Mapping[str, bytes]) -> Identity:
        """The identity that these seeds make."""
        return cls(user_id, *(SigningKey(seeds[role]) for role in ROLES))

    def published(self) -> Json:
        """The body of the upload: the two lesser keys carry the master's signature."""
        lesser = {
            f"{usage}_key": self._signed(self._public(usage, key))
            for usage, key in (("self_signing", self.self_signing), ("user_signing", self.user_signing))
        }
        return {"master_key": self._public("master", self.master)} | lesser

    def sign_device(self, device: Json) -> Json:
        """The body that adds our signature to a device's keys."""
        signature = self.self_signing.sign(device)
        own = {key: value for key, value in device.items() if key != "unsigned"}
        signatures = {self.user_id: {f"ed25519:{self.self_signing.public}": signature}}
        return {self.user_id: {device["device_id"]: own | {"signatures": signatures}}}

    def _public(self, usage: str, key: SigningKey) -> Json:
        return {"user_id": self.user_id, "usage": [usage], "keys": {f"ed25519:{key.public}": key.public}}

    def _signed(self, content: Json) -> Json:
        signature = self.master.sign(content)
        return content | {"signatures": {self.user_id: {f"ed25519:{self.master.public}": signature}}}


async def establish(
    call: Call,
    identity: Identity,
    *,
    device_id: str,
    fingerprint: str,
    password: str,
    replace: bool = False,
) -> Trust:
    """Publish the identity where the account has none, and sign the device where it is not signed.

    `fingerprint` is the device's own Ed25519 key. Raises what a refusal stands for.
    """
    user = identity.user_id
    asked = {"device_keys": {user: [device_id]}}
    known = await _ask(call, "POST", "/_matrix/client/v3/keys/query", asked)
    device = known.get("device_keys", {}).get(user, {}).get(device_id)
    if device is None:
        return Trust.UNPUBLISHED
    if device["keys"].get(f"ed25519:{device_id}") != fingerprint:
        return Trust.MISMATCH
    masters = known.get("master_keys", {}).get(user, {}).get("keys", {})
    ours = f"ed25519:{identity.master.public}" in masters
    if masters and not ours and not replace:
        return Trust.FOREIGN
    if not ours and not await _publish(call, identity, password):
        return Trust.REFUSED
    if ours and f"ed25519:{identity.self_signing.public}" in device.get("signatures", {}).get(user, {}):
        return Trust.KEPT
    await _sign(call, identity, device)
    return Trust.SIGNED


async def _publish(call: Call, identity: Identity, password: str) -> bool:
    """Upload the keys; a server that wants to be sure is given the password."""
    path = "/_matrix/client/v3/keys/device_signing/upload"
    body = identity.published()
    status, answer = await call("POST", path, body)
    if status == 401 and password:
        proof = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": identity.user_id},
            "password": password,
            "session": answer.get("session", ""),
        }
        status, answer = await call("POST", path, body | {"auth": proof})
    if status in {401, 403}:
        return False
    _check(status, answer)
    return True


async def _sign(call: Call, identity: Identity, device: Json) -> None:
    body = identity.sign_device(device)
    answer = await _ask(call, "POST", "/_matrix/client/v3/keys/signatures/upload", body)
    if answer.get("failures"):
        raise Rejected("the homeserver did not take the device's signature")


async def _ask(call: Call, method: str, path: str, body: Json) -> Json:
    status, answer = await call(method, path, body)
    _check(status, answer)
    return answer


def _check(status: int, answer: Json) -> None:
    if status >= 300:
        raise error_of(Refusal.of(status, answer))
