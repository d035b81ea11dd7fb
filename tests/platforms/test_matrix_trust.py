"""Cross-signing against a small stand-in that keeps keys as a homeserver does, and the folder."""

import base64
import stat
from pathlib import Path
from typing import Any

import pytest
from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa

from bot.errors import Unavailable
from bot.platforms.matrix_folder import Folder, Login, Progress, Waiting
from bot.platforms.matrix_trust import Identity, SigningKey, Trust, canonical, establish, make_seeds

USER, DEVICE = "@newsbot:example.org", "NEWSBOT"
FINGERPRINT = "device-key"


class Server:
    """Keys, signatures and, once there are keys, a question for the password."""

    def __init__(self) -> None:
        self.device: dict[str, Any] | None = {
            "device_id": DEVICE,
            "user_id": USER,
            "keys": {f"ed25519:{DEVICE}": FINGERPRINT},
            "signatures": {USER: {f"ed25519:{DEVICE}": "own"}},
            "unsigned": {"device_display_name": "newsbot"},
        }
        self.master: dict[str, Any] = {}
        self.password = ""
        self.asked: list[str] = []
        self.down = False

    async def call(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        self.asked.append(path.rpartition("v3")[2])
        if self.down:
            return 502, {}
        if path.endswith("/keys/query"):
            devices = {DEVICE: self.device} if self.device else {}
            return 200, {"device_keys": {USER: devices}, "master_keys": self.master}
        if path.endswith("/device_signing/upload"):
            if self.password and body.get("auth", {}).get("password") != self.password:
                return 401, {"session": "s", "flows": [{"stages": ["m.login.password"]}]}
            self.master = {USER: body["master_key"]}
            return 200, {}
        assert self.device is not None
        added = body[USER][DEVICE]
        assert "unsigned" not in added
        self.device["signatures"][USER] |= added["signatures"][USER]
        return 200, {}


async def settle(server: Server, identity: Identity, **more: Any) -> Trust:
    wanted = {"device_id": DEVICE, "fingerprint": FINGERPRINT, "password": "pw"} | more
    return await establish(server.call, identity, **wanted)


@pytest.fixture
def identity() -> Identity:
    return Identity.of(USER, make_seeds())


def check(key: SigningKey, content: dict[str, Any], signature: str) -> None:
    public = ECC.import_key(encoded=key._key().public_key().export_key(format="DER"))
    eddsa.new(public, "rfc8032").verify(canonical(content), base64.b64decode(signature + "=="))


async def test_new_account_gets_an_identity_and_a_signed_device(identity: Identity) -> None:
    server = Server()
    assert await settle(server, identity) is Trust.SIGNED
    assert server.device is not None
    signature = server.device["signatures"][USER][f"ed25519:{identity.self_signing.public}"]
    check(identity.self_signing, server.device, signature)


async def test_second_start_adds_nothing(identity: Identity) -> None:
    server = Server()
    await settle(server, identity)
    server.asked.clear()
    assert await settle(server, identity) is Trust.KEPT
    assert server.asked == ["/keys/query"]


async def test_crash_between_publishing_and_signing_is_made_good(identity: Identity) -> None:
    server = Server()
    server.master = {USER: identity.published()["master_key"]}
    assert await settle(server, identity) is Trust.SIGNED
    assert "/keys/device_signing/upload" not in server.asked


async def test_server_that_asks_gets_the_password(identity: Identity) -> None:
    server = Server()
    server.password = "pw"
    assert await settle(server, identity) is Trust.SIGNED
    assert server.asked.count("/keys/device_signing/upload") == 2


async def test_wrong_password_is_said_and_nothing_is_signed(identity: Identity) -> None:
    server = Server()
    server.password = "other"
    assert await settle(server, identity) is Trust.REFUSED
    assert "/keys/signatures/upload" not in server.asked


async def test_foreign_identity_is_left_alone_unless_told(identity: Identity) -> None:
    server = Server()
    await settle(server, Identity.of(USER, make_seeds()))
    assert await settle(server, identity) is Trust.FOREIGN
    assert await settle(server, identity, replace=True) is Trust.SIGNED
    assert await settle(server, identity) is Trust.KEPT


async def test_device_that_the_server_lost_is_to_be_published(identity: Identity) -> None:
    server = Server()
    server.device = None
    assert await settle(server, identity) is Trust.UNPUBLISHED


async def test_other_keys_under_our_device_are_noticed(identity: Identity) -> None:
    assert await settle(Server(), identity, fingerprint="another") is Trust.MISMATCH


async def test_server_that_is_down_is_unavailable(identity: Identity) -> None:
    server = Server()
    server.down = True
    with pytest.raises(Unavailable):
        await settle(server, identity)


def test_lesser_keys_carry_the_masters_signature(identity: Identity) -> None:
    published = identity.published()
    for role in ("self_signing_key", "user_signing_key"):
        signature = published[role]["signatures"][USER][f"ed25519:{identity.master.public}"]
        check(identity.master, published[role], signature)


def test_signed_bytes_leave_out_signatures_and_sort_keys() -> None:
    assert canonical({"b": "é", "a": 1, "signatures": {}, "unsigned": {}}) == '{"a":1,"b":"é"}'.encode()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_everything_in_the_folder_is_the_owners_alone(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "matrix")
    assert folder.claim()
    folder.keep_login(Login(user_id=USER, device_id=DEVICE, access_token="t"))
    folder.keep_seeds(make_seeds())
    folder.keep_progress(Progress(position="s1"))
    folder.pickle_key()
    folder.device_id()
    folder.database()
    assert mode(folder.path) == 0o700
    assert {mode(file) for file in folder.path.iterdir()} == {0o600}
    folder.leave()


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    before = Folder(tmp_path)
    before.claim()
    login = Login(user_id=USER, device_id=before.device_id(), access_token="t")
    seeds = make_seeds()
    progress = Progress(position="s9", waiting=(Waiting(room_id="!r", event={"event_id": "$1"}),))
    before.keep_login(login)
    before.keep_seeds(seeds)
    before.keep_progress(progress)
    key = before.pickle_key()
    before.leave()

    after = Folder(tmp_path)
    assert (after.login(), after.seeds(), after.progress()) == (login, seeds, progress)
    assert (after.pickle_key(), after.device_id()) == (key, login.device_id)


def test_one_process_at_a_time_has_the_folder(tmp_path: Path) -> None:
    first, second = Folder(tmp_path), Folder(tmp_path)
    assert first.claim()
    assert not second.claim()
    first.leave()
    assert second.claim()
    second.leave()


def test_token_is_not_shown_by_accident() -> None:
    assert "syt_secret" not in repr(Login(user_id=USER, device_id=DEVICE, access_token="syt_secret"))
