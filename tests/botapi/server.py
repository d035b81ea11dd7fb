"""A strict stand-in for a Bot API server, on loopback.

It refuses what the real one would let pass silently (unknown parameters) and refuses as the real
one does what can't be sent. What the real one does not document is not modelled: HTTP 501. All of
it stands in `violations` too, so that a test can end with none. State outlives `stop`, as
Telegram's outlives a connection.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web

from botapi import contract, sending
from botapi.faults import Fault, Wire
from botapi.members import member
from botapi.people import Chat, Json, Person, Post
from botapi.sending import RefusedRequest

TOKEN = "7000000001:stand-in_token_that_is_long_enough"
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
HIDDEN_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}


@dataclass(frozen=True, slots=True)
class Call:
    """A request that arrived, and when (seconds, monotonic)."""

    method: str
    params: Json
    at: float


class BotApi:
    """`async with BotApi() as api:` serves one bot; its people and chats come from here, too."""

    def __init__(self, *, username: str = "newsbot", privacy: bool = True) -> None:
        self.user: Json = {
            "id": int(TOKEN.split(":")[0]),
            "is_bot": True,
            "first_name": "News",
            "username": username,
        }
        self.token = TOKEN
        self.privacy = privacy
        self.chats: dict[int, Chat] = {}
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.violations: list[str] = []
        self.answered: list[str] = []
        self.menus: dict[str, list[Json]] = {}
        self.actions: list[tuple[int, str]] = []
        self.drafts: list[tuple[int, int, str]] = []
        self.webhook = ""
        self.pending: list[Json] = []
        self._counts: Counter[str] = Counter()
        self._allowed: list[str] = []
        self._ids = itertools.count(900000000)
        self._people = itertools.count(1001)
        self._groups = itertools.count(1)
        self._queries = itertools.count(5000)
        self._poller: asyncio.Future[None] | None = None
        self._rung = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._port = 0

    # --- the server ------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The base URL, without the token."""
        return f"http://127.0.0.1:{self._port}/bot"

    async def start(self) -> None:
        """Listen; after a `stop`, on the same port."""
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        # Without cancellation a hung request would hold up the end of every test.
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.2, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Go away, with every connection."""
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # --- people and chats ------------------------------------------------------------------

    def person(self, name: str = "Ann", *, is_bot: bool = False, started: bool = True) -> Person:
        """Somebody; not `started` has never written to the bot."""
        number = next(self._people)
        chat = Chat(self, number, "private", name, started=started)
        self.chats[number] = chat
        return Person(self, number, name, chat, is_bot)

    def group(self, title: str = "Neighbours", *, kind: str = "supergroup", **more: Any) -> Chat:
        """A group or channel that the bot is in."""
        sign = -next(self._groups)
        chat = Chat(self, sign if kind == "group" else -1000000000000 + sign, kind, title, **more)
        self.chats[chat.id] = chat
        return chat

    def channel(self, title: str = "Wire") -> Chat:
        """A channel in which the bot may post."""
        return self.group(title, kind="channel", bot="administrator")

    def push(self, kind: str, body: Json) -> None:
        """Queue an update, if it is of a kind that the bot asked for."""
        if kind not in self._allowed if self._allowed else kind in HIDDEN_BY_DEFAULT:
            return
        update = {"update_id": next(self._ids), kind: body}
        contract.check_update(update)
        self.pending.append(update)
        self.ring()

    def pressed(self) -> str:
        """The id of a new callback query."""
        return str(next(self._queries))

    # --- waiting ---------------------------------------------------------------------------

    def ring(self) -> None:
        """Wake who waits for a change."""
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()

    async def until(self, true: Callable[[], object], *, seconds: float = 20.0) -> None:
        """Wait for a change that makes `true` so.

        Raises:
            TimeoutError: it did not come.
        """
        async with asyncio.timeout(seconds):
            while not true():
                await self._rung.wait()

    def count(self, method: str) -> int:
        """How many requests of this method arrived."""
        return self._counts[method]

    # --- requests --------------------------------------------------------------------------

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        token, method = request.match_info["token"], request.match_info["method"]
        if token != self.token:
            return _refused(RefusedRequest(401, "Unauthorized"))
        fields = {k: str(v) for k, v in (*request.query.items(), *(await request.post()).items())}
        try:
            params = contract.check(method, fields)
        except contract.Violation as e:
            self.violations.append(str(e))
            return _refused(RefusedRequest(400, f"Bad Request: strict: {e}"))
        self.calls.append(Call(method, params, time.monotonic()))
        self._counts[method] += 1
        self.ring()
        fault = self._fault(method, params)
        try:
            if fault and not fault.carried_out:
                return await _shown(fault, request)
            result = await self._carried_out(method, params)
        except RefusedRequest as e:
            return _refused(e)
        finally:
            self.ring()
        if fault:
            return await _shown(fault, request)
        return web.json_response({"ok": True, "result": result})

    def _fault(self, method: str, params: Json) -> Fault | None:
        chat = int(params["chat_id"]) if "chat_id" in params else None
        for fault in self.faults:
            if fault.fits(method, chat):
                fault.times -= 1
                fault.hits += 1
                return fault
        return None

    async def _carried_out(self, method: str, params: Json) -> Any:
        handler = getattr(self, f"_on_{method}", None)
        if handler is None:
            self.violations.append(f"{method} is not modelled")
            raise RefusedRequest(501, f"Not Implemented: {method}")
        return await handler(**params)

    async def _on_getMe(self) -> Json:  # noqa: N802
        return self.user | {
            "can_join_groups": True,
            "can_read_all_group_messages": not self.privacy,
            "supports_inline_queries": False,
        }

    async def _on_getWebhookInfo(self) -> Json:  # noqa: N802
        waiting = len(self.pending)
        return {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": waiting}

    async def _on_deleteWebhook(self, drop_pending_updates: bool = False) -> bool:  # noqa: N802
        self.webhook = ""
        if drop_pending_updates:
            self.pending.clear()
        return True

    async def _on_getUpdates(  # noqa: N802
        self,
        offset: int = 0,
        limit: int = 100,
        timeout: int = 0,  # noqa: ASYNC109 - the Bot API's name
        allowed_updates: list[str] | None = None,
    ) -> list[Json]:
        if self.webhook:
            raise RefusedRequest(
                409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook"
            )
        if self._poller and not self._poller.done():
            self._poller.set_exception(
                RefusedRequest(409, "Conflict: terminated by other getUpdates request; one bot must run")
            )
        if allowed_updates is not None:
            self._allowed = allowed_updates
        self.pending = [u for u in self.pending if u["update_id"] >= offset]
        self._poller = poller = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout):
                while not self.pending:
                    rung = asyncio.ensure_future(self._rung.wait())
                    await asyncio.wait({rung, poller}, return_when=asyncio.FIRST_COMPLETED)
                    rung.cancel()
                    if poller.done():
                        poller.result()
        except TimeoutError:
            pass
        finally:
            poller.cancel()
        return self.pending[:limit]

    async def _on_sendMessage(self, **params: Any) -> Json:  # noqa: N802
        return _checked(sending.new_post(self.chats, self.user, **params))

    async def _on_editMessageText(self, **params: Any) -> Json:  # noqa: N802
        return _checked(sending.edited_post(self.chats, self.user, **params)) | {
            "edit_date": int(time.time())
        }

    async def _on_answerCallbackQuery(self, callback_query_id: str, **_: Any) -> bool:  # noqa: N802
        if callback_query_id in self.answered:
            raise RefusedRequest(
                400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
            )
        self.answered.append(callback_query_id)
        return True

    async def _on_sendChatAction(  # noqa: N802
        self, chat_id: int | str, action: str, message_thread_id: int | None = None
    ) -> bool:
        sending.writable(self.chats, chat_id)
        self.actions.append((int(chat_id), action))
        return True

    async def _on_sendMessageDraft(  # noqa: N802
        self, chat_id: int, draft_id: int, text: str = "", message_thread_id: int | None = None
    ) -> bool:
        chat = sending.writable(self.chats, chat_id)
        if chat.kind != "private" or not draft_id:
            raise RefusedRequest(400, "Bad Request: TEXTDRAFT_PEER_INVALID")
        self.drafts.append((chat_id, draft_id, text))
        return True

    async def _on_setMyCommands(self, commands: list[Json], scope: Json | None = None) -> bool:  # noqa: N802
        if len(commands) > 100 or not all(COMMAND.fullmatch(c["command"]) for c in commands):
            raise RefusedRequest(400, "Bad Request: BOT_COMMAND_INVALID")
        if not all(1 <= len(c["description"]) <= 256 for c in commands):
            raise RefusedRequest(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        self.menus[(scope or {"type": "default"})["type"]] = commands
        return True

    async def _on_getChatMember(self, chat_id: int | str, user_id: int) -> Json:  # noqa: N802
        chat = sending.known(self.chats, chat_id)
        user = {"id": user_id, "is_bot": False, "first_name": "Somebody"}
        return member(user, chat.admins.get(user_id, "member"))


def _checked(post: Post) -> Json:
    made = post.json()
    contract.check_message(made)
    return made


def _refused(error: RefusedRequest) -> web.Response:
    body: Json = {"ok": False, "error_code": error.status, "description": error.description}
    if error.parameters:
        body["parameters"] = error.parameters
    return web.json_response(body, status=error.status)


async def _shown(fault: Fault, request: web.Request) -> web.Response:
    if fault.wire is Wire.KEEP:
        return _refused(RefusedRequest(fault.status, fault.description, fault.parameters))
    if fault.wire is Wire.CUT and request.transport:
        request.transport.abort()
    await asyncio.Event().wait()
    raise AssertionError("only cancellation ends this")
