"""Whether the homeserver is there and knows the bot: a question that changes nothing.

It knows no nio and opens no keys, so it may be asked while another process is the bot.
"""

from __future__ import annotations

from typing import Any

from bot.errors import NotAuthorised, Unavailable
from bot.platforms.matrix_account import MatrixSettings, check_own
from bot.platforms.matrix_errors import Refusal, error_of
from bot.platforms.matrix_folder import Login
from bot.platforms.matrix_http import Http
from bot.platforms.roads import Roads

API = "/_matrix/client/v3"
PASSWORD = "m.login.password"  # noqa: S105 - the name of a way to log in
NO_HOMESERVER = "whoever answers there is no homeserver"
SECONDS = 15.0


async def whoami(settings: MatrixSettings, login: Login | None, roads: Roads) -> str:
    """The user id that `login` stands for; empty where the password will be tried.

    Raises PlatformError kinds: NotAuthorised where the bot could not log in.
    https://spec.matrix.org/v1.16/client-server-api/#get_matrixclientv3accountwhoami
    """
    if login:
        check_own(settings, login)
        headers = {"Authorization": f"Bearer {login.access_token}"}
        try:
            answer = await _asked(settings, f"{API}/account/whoami", roads, headers)
        except NotAuthorised:
            if not settings.password:
                raise
        else:
            if not isinstance(answer.get("user_id"), str):
                raise Unavailable(NO_HOMESERVER)
            return str(answer["user_id"])
    if not settings.password:
        raise NotAuthorised("no password to log in with")
    flows = (await _asked(settings, f"{API}/login", roads)).get("flows")
    kinds = [str(f.get("type")) for f in flows if isinstance(f, dict)] if isinstance(flows, list) else []
    if PASSWORD not in kinds:
        raise NotAuthorised(f"the homeserver takes no passwords ({', '.join(kinds) or 'no way to log in'})")
    return ""


async def _asked(
    settings: MatrixSettings, path: str, roads: Roads, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    http = Http(roads, ca_file=settings.ca_file)
    try:
        url = settings.homeserver.rstrip("/") + path
        response = await http.request("GET", url, data=None, headers=headers, seconds=SECONDS)
        try:
            answer = await response.json(content_type=None)
        except (ValueError, LookupError, RecursionError):
            answer = None
    finally:
        await http.close()
    if response.status >= 300:
        raise error_of(Refusal.of(response.status, answer if isinstance(answer, dict) else {}))
    if not isinstance(answer, dict):
        raise Unavailable(NO_HOMESERVER)
    return answer
