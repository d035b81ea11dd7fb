"""A real Synapse on loopback, started from the virtual environment that `make synapse` makes."""

import hashlib
import hmac
import json
import secrets
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

PYTHON = Path(__file__).parents[2] / ".synapse" / "bin" / "python"
FAST = {"per_second": 1000, "burst_count": 1000}
START_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Homeserver:
    """One server in one folder; `stop` and `start` keep its data and its port."""

    def __init__(self, folder: Path) -> None:
        if not PYTHON.exists():
            raise RuntimeError("no Synapse here: run `make synapse`")
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.secret = secrets.token_hex(16)
        self._process: subprocess.Popen[bytes] | None = None
        self._configure()

    def start(self) -> None:
        command = [str(PYTHON), "-m", "synapse.app.homeserver", "-c", "homeserver.yaml"]
        with (self.folder / "out.log").open("ab") as out:
            self._process = subprocess.Popen(
                command, cwd=self.folder, stdout=out, stderr=out, env=self._env()
            )
        until = time.monotonic() + START_SECONDS
        while not self._healthy():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self.folder / "out.log").read_text()[-2000:])
            time.sleep(0.1)

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def register(self, name: str, password: str = "secret", *, admin: bool = False) -> str:
        """A new user; its id."""
        path = "/_synapse/admin/v1/register"
        nonce = self.call("GET", path)["nonce"]
        parts = [nonce, name, password, "admin" if admin else "notadmin"]
        mac = hmac.new(self.secret.encode(), "\0".join(parts).encode(), hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": password, "admin": admin, "mac": mac}
        return str(self.call("POST", path, body)["user_id"])

    def token(self, name: str, password: str = "secret") -> str:
        """An access token of a new device."""
        user = {"type": "m.id.user", "user": name}
        body = {"type": "m.login.password", "identifier": user, "password": password}
        return str(self.call("POST", "/_matrix/client/v3/login", body)["access_token"])

    def call(self, method: str, path: str, body: dict | None = None, *, token: str = "") -> dict:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/health", timeout=1):
                return True
        except OSError:
            return False

    def _env(self) -> dict[str, str]:
        # The tests' own import path has a folder called synapse.
        return {"PATH": "/usr/bin:/bin", "SYNAPSE_CACHE_FACTOR": "0.5"}

    def _configure(self) -> None:
        limits = ("address", "account", "failed_attempts")
        config = {
            "server_name": "localhost",
            "pid_file": str(self.folder / "pid"),
            "listeners": [
                {
                    "port": self.port,
                    "type": "http",
                    "bind_addresses": ["127.0.0.1"],
                    "resources": [{"names": ["client"]}],
                }
            ],
            "database": {
                "name": "sqlite3",
                "args": {"database": str(self.folder / "homeserver.db"), "cp_min": 1, "cp_max": 1},
            },
            "log_config": str(self.folder / "log.yaml"),
            "media_store_path": str(self.folder / "media"),
            "signing_key_path": str(self.folder / "signing.key"),
            "registration_shared_secret": self.secret,
            "macaroon_secret_key": secrets.token_hex(16),
            "form_secret": secrets.token_hex(16),
            "report_stats": False,
            "trusted_key_servers": [],
            "federation_domain_whitelist": [],
            "presence": {"enabled": False},
            "bcrypt_rounds": 4,
            "rc_message": FAST,
            "rc_registration": FAST,
            "rc_login": dict.fromkeys(limits, FAST),
            "rc_joins": {"local": FAST, "remote": FAST},
            "rc_joins_per_room": FAST,
            "rc_invites": {"per_room": FAST, "per_user": FAST, "per_issuer": FAST},
            "rc_room_creation": FAST,
            "rc_admin_redaction": FAST,
            "rc_key_requests": FAST,
            "rc_media_create": FAST,
            "rc_profile": FAST,
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "homeserver.yaml").write_text(json.dumps(config))
        (self.folder / "log.yaml").write_text(
            json.dumps({"version": 1, "root": {"level": "WARNING"}, "disable_existing_loggers": False})
        )
        command = [str(PYTHON), "-m", "synapse.app.homeserver", "-c", "homeserver.yaml", "--generate-keys"]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True, env=self._env())
