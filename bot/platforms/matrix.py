"""Matrix through nio: one device, encrypted from the start, nothing lost and nothing sent twice.

It turns a sync into Messages and a Delivery into an event; it knows no commands and no database.
The hard thing is order: the durable position moves only after everything of a sync was
received, and keys are on disk before anybody can use them.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar
from uuid import uuid4

import nio

from bot.errors import (
    ChatGone,
    ChatMoved,
    ChatOpened,
    NotAuthorised,
    PlatformError,
    Rejected,
    RetryAfter,
    Unavailable,
)
from bot.platforms.matrix_account import Account, MatrixSettings
from bot.platforms.matrix_contents import content_of, without_thread
from bot.platforms.matrix_errors import Refusal, error_of
from bot.platforms.matrix_folder import DATABASE, Folder, Waiting
from bot.platforms.matrix_http import Http
from bot.platforms.matrix_rooms import Rooms
from bot.platforms.matrix_sync import Batch, Happening, Reader, Receive, Timeline, pause
from bot.platforms.matrix_whoami import whoami
from bot.platforms.roads import Roads
from bot.types import Address, Delivery, Receipt, RouteHealth

__all__ = ["MatrixPlatform", "MatrixSettings"]

log = logging.getLogger(__name__)
logging.getLogger("nio").setLevel(logging.ERROR)  # It tells of every event; what matters is told here.
T = TypeVar("T")

PAGE = 100  # events a room in one sync; what is more is fetched page by page
POLL_MS = 30_000
REQUEST_SECONDS = 30.0
FIRST_SYNC_SECONDS = 600.0
"""A first sync carries the state of every room."""
CLAIM_SECONDS = 30.0
TYPING_MS = 120_000
"""Longer than an answer takes; sending ends it."""
MALFORMED = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)
"""What nio stumbles with over an event that is none, or has no end; a full disk is not among it."""
TALK = ("m.room.message", "m.reaction")
"""What may come encrypted. State never does, but nio takes a payload that calls itself state for it."""
FILTER = {
    "presence": {"types": []},
    "account_data": {"types": []},
    "room": {"timeline": {"limit": PAGE}, "ephemeral": {"types": []}, "account_data": {"types": []}},
}


def _happening(event: Any) -> Happening:
    return Happening(event.source, isinstance(event, nio.MegolmEvent))


def _timeline(room_id: str, info: Any) -> Timeline:
    return Timeline(
        room_id=room_id,
        state=tuple(event.source for event in info.state),
        happenings=tuple(_happening(event) for event in info.timeline.events),
        gap=(info.timeline.prev_batch or "") if info.timeline.limited else "",
    )


def accepted(response: T | nio.ErrorResponse) -> T:
    """The response, or the error that the homeserver's refusal stands for."""
    if not isinstance(response, nio.ErrorResponse):
        return response
    transport = getattr(response, "transport_response", None)
    said = {"errcode": response.status_code or "", "error": response.message or ""}
    said["retry_after_ms"] = response.retry_after_ms
    raise error_of(Refusal.of(transport.status if transport else 0, said))


class Client(nio.AsyncClient):  # type: ignore[misc]
    """nio's client, with its silent failures made loud.

    Every network failure is Unavailable; a 429 is an answer, not a nap; a room key counts as shared
    only when the server took it; one-time keys are saved before they are published.
    """

    def __init__(self, settings: MatrixSettings, folder: Folder, roads: Roads) -> None:
        config = nio.AsyncClientConfig(
            max_limit_exceeded=0,
            max_timeouts=0,
            store_sync_tokens=False,
            pickle_key=folder.pickle_key(),
            store_name=DATABASE,
        )
        folder.database()
        super().__init__(
            settings.homeserver.rstrip("/"),
            settings.user,
            device_id=folder.device_id(),
            store_path=str(folder.path),
            config=config,
        )
        self.settings = settings
        self._http = Http(roads, ca_file=settings.ca_file)
        self.keys_lock = asyncio.Lock()

    async def send(
        self,
        method: str,
        path: str,
        data: Any = None,
        headers: dict[str, str] | None = None,
        trace_context: Any = None,
        timeout: float | None = None,  # noqa: ASYNC109 - nio's signature
    ) -> Any:
        """One request with its whole answer. Raises Unavailable."""
        seconds = REQUEST_SECONDS if timeout is None else timeout or FIRST_SYNC_SECONDS
        url = self.homeserver + path
        return await self._http.request(method, url, data=data, headers=headers, seconds=seconds)

    async def close(self) -> None:
        """Close the connection and the key database."""
        await self._http.close()
        if self.store:
            self.store.database.close()

    async def call(self, method: str, path: str, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """A request that nio has no method for: status and answer."""
        headers = {"Content-Type": "application/json"}
        if self.access_token:
            headers["Authorization"] = f"Bearer {self.access_token}"
        response = await self.send(method, path, None if method == "GET" else json.dumps(body), headers)
        answer = await self.parse_body(response)
        return response.status, answer if isinstance(answer, dict) else {}

    def _handle_decrypt_to_device(self, event: Any) -> Any:
        """One malformed event must not cost the others of its sync."""
        try:
            return super()._handle_decrypt_to_device(event)
        except MALFORMED:
            log.exception("to-device event could not be handled", extra={"sender": event.sender})
            return None

    def _handle_timeline_event(self, event: Any, room_id: str, room: Any, encrypted: set[str]) -> Any:
        if isinstance(event, nio.MegolmEvent):
            return self._in_clear(event, room_id)
        try:
            return super()._handle_timeline_event(event, room_id, room, encrypted)
        except MALFORMED:
            log.exception("event could not be handled", extra={"room": room_id})
            return None

    def _handle_messages_response(self, response: Any) -> None:
        for index, event in enumerate(response.chunk):
            if isinstance(event, nio.MegolmEvent):
                response.chunk[index] = self._in_clear(event, event.room_id) or event

    def _in_clear(self, event: Any, room_id: str) -> Any:
        """The event decrypted, None while its key is missing: what is said in it, by whom the server says."""
        event.room_id, said = room_id, {}
        try:
            clear = self.olm._decrypt_megolm_no_error(event)
        except MALFORMED:
            log.exception("encrypted event could not be read", extra={"room": room_id})
        else:
            if clear is None:
                return None
            said = {key: clear.source.get(key) for key in ("type", "content")}
        known = {key: event.source[key] for key in ("event_id", "sender", "origin_server_ts")}
        return nio.UnknownBadEvent(known | (said if said.get("type") in TALK else {}))

    async def _handle_to_device(self, response: Any) -> None:
        """In one transaction: a message that was decrypted once never can be again."""
        with self.store.database.atomic():
            await super()._handle_to_device(response)

    async def keys_upload(self) -> Any:
        """The private halves are on disk before the server has the public ones."""
        keys = self.olm.share_keys()
        self.olm.save_account()
        return await self._send(nio.KeysUploadResponse, *nio.Api.keys_upload(self.access_token, keys))

    @property
    def fingerprint(self) -> str:
        """The device's own Ed25519 key."""
        return str(self.olm.account.identity_keys["ed25519"])

    async def publish_keys(self, *, anew: bool = False) -> None:
        """Publish the device's keys where the server lacks them; `anew`: it lost them."""
        if anew:
            self.olm.account.shared = False
        if not self.should_upload_keys:
            return
        try:
            accepted(await self.keys_upload())
        except Rejected as error:
            # The server has other keys under these ids (an old folder was restored): make new ones.
            log.warning("one-time keys refused", extra={"reason": error.reason})
            self.olm.mark_keys_as_published()
            self.olm.save_account()

    async def upkeep(self) -> None:
        """Publish, ask for and claim the keys that the last sync made necessary."""
        async with self.keys_lock:
            await self.publish_keys()
            await self.ask_keys()
            if self.should_claim_keys:
                accepted(await self.keys_claim(self.get_users_for_key_claiming()))
        await self.send_to_device_messages()

    def doubt_devices(self) -> None:
        """Ask for everybody's devices again: changes of them may have been missed."""
        if self.olm:
            self.olm.users_for_key_query.update(
                user for room in self.rooms.values() if room.encrypted for user in room.users
            )

    async def ask_keys(self) -> None:
        """Learn the devices of new and changed members; the keys lock is held."""
        if not self.should_query_keys:
            return
        asked = set(self.users_for_key_query)
        answer = accepted(await self.keys_query())
        for user, devices in answer.device_keys.items():
            for device in self.device_store[user].values():
                if device.deleted and device.id in devices:
                    # It logged in again under its old id; nio would leave it deleted for good.
                    device.deleted = False
                    self._invalidate_outbound_sessions(device)
        # Users of a server that is down stay unanswered; the next event of their room asks again.
        self.users_for_key_query.difference_update(asked)

    async def sealed(
        self, room: nio.MatrixRoom, kind: str, content: dict[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """Type and content encrypted for everybody in the room. Raises Unavailable."""
        async with self.keys_lock:
            if not room.members_synced:
                accepted(await self.joined_members(room.room_id))
            await self.ask_keys()
            for _ in range(3):
                if not self.olm.should_share_group_session(room.room_id):
                    return self.encrypt(room.room_id, kind, content)  # type: ignore[no-any-return]
                await self._share(room)
        raise Unavailable("the room's members keep changing")

    async def _share(self, room: nio.MatrixRoom) -> None:
        """Give the room's key to its devices; nio's own way takes a failed request for success."""
        missing = self.get_missing_sessions(room.room_id)
        if missing:
            accepted(await self.keys_claim(missing))
        batches = self.olm.share_group_session_parallel(
            room.room_id,
            list(room.users),
            ignore_unverified_devices=self.settings.ignore_unverified_devices,
        )
        for devices, messages in batches:
            request = nio.Api.to_device(self.access_token, "m.room.encrypted", messages, uuid4())
            about = (room.room_id, devices)
            accepted(await self._send(nio.ShareGroupSessionResponse, *request, response_data=about))
        self.olm.outbound_group_sessions[room.room_id].shared = True

    async def post(self, room_id: str, content: dict[str, Any], key: str) -> str:
        """Send under a transaction id: the same id is the same event, whatever the cipher text."""
        room, kind = self.rooms[room_id], "m.room.message"
        try:
            if room.encrypted:
                kind, content = await self.sealed(room, kind, content)
        except nio.OlmUnverifiedDeviceError as error:
            raise Rejected("a device in the room is not verified") from error
        except (nio.LocalProtocolError, nio.EncryptionError, ChatGone, Rejected) as error:
            # Keys that can't be exchanged now say nothing about the message or the room.
            raise Unavailable(f"keys: {error}") from error
        request = nio.Api.room_send(self.access_token, room_id, kind, content, key)
        sent = accepted(await self._send(nio.RoomSendResponse, *request, response_data=(room_id,)))
        return str(sent.event_id)

    async def pull(self, since: str, *, full: bool) -> Batch:
        """What came after `since`; `full` also asks for every room's state."""
        # nio skips an answer whose token it has seen, and this one may be asked for again.
        self.next_batch = ""
        answer = accepted(await self.sync(POLL_MS, FILTER, since=since or None, full_state=full or None))
        count = answer.device_key_count.signed_curve25519
        if count is not None:
            # nio takes 0 for "unknown" and would never publish one-time keys again.
            self.olm.uploaded_key_count = count
        return Batch(
            position=answer.next_batch,
            joined=tuple(_timeline(room_id, info) for room_id, info in answer.rooms.join.items()),
            left=tuple(answer.rooms.leave),
            keys=any(
                isinstance(e, (nio.RoomKeyEvent, nio.ForwardedRoomKeyEvent)) for e in answer.to_device_events
            ),
        )

    async def page(self, room_id: str, start: str, until: str) -> tuple[list[Happening], str]:
        """A page of a room's past, newest first, and where the next page starts (empty: the end)."""
        answer = accepted(await self.room_messages(room_id, start, until or None, limit=PAGE))
        return [_happening(event) for event in answer.chunk], answer.end or ""

    def opened(self, waiting: Waiting) -> Mapping[str, Any] | None:
        """An encrypted event in clear, or None while its key is missing."""
        event = nio.Event.parse_event(dict(waiting.event))
        if not isinstance(event, nio.MegolmEvent):
            return None
        if not self.olm.inbound_group_store.get(waiting.room_id, event.sender_key, event.session_id):
            return None  # Trying would have nio ask the sender's devices for the key each time.
        clear = self._in_clear(event, waiting.room_id)
        return clear.source if clear else None


class MatrixPlatform:
    """One Matrix account as a Platform."""

    name = "matrix"

    def __init__(self, settings: MatrixSettings) -> None:
        self.settings = settings
        self._folder = Folder(settings.store_dir)
        self._account = Account(settings, self._folder)
        self._roads = Roads(self.name, settings.proxies)
        self._client: Client | None = None
        self._reader: Reader | None = None
        self._rooms: Rooms | None = None
        self._synced = False
        self._typing: dict[str, float] = {}
        """Rooms that see the bot write, and when to tell them again."""

    async def run(self, receive: Receive) -> None:
        """Sync until cancelled; waits for a homeserver that is down.

        Raises NotAuthorised when neither the kept token nor the password is accepted.
        """
        await self._claim()
        tries = 0
        while True:
            try:
                client, reader = await self._connect()
                while True:
                    await self._round(client, reader, receive)
                    tries = 0
            except NotAuthorised as error:
                self._account.expire(error)
            except PlatformError as error:
                log.warning("homeserver not reached", extra={"reason": error.reason, "tries": tries})
                if isinstance(error, RetryAfter):
                    await asyncio.sleep(error.seconds)
            except Exception:
                # A full disk, say. Position and keys are on disk as before this sync; memory is not.
                log.exception("sync could not be handled", extra={"tries": tries})
                await self._forget()
            tries += 1
            await asyncio.sleep(pause(tries))

    async def send(self, delivery: Delivery) -> Receipt:
        """Send or edit; `delivery.key` is the transaction id, so a retry can't duplicate.

        Raises RetryAfter, Unavailable, Unanswered, Rejected, ChatGone, ChatMoved, ChatOpened, NotAuthorised.
        """
        if not (self._client and self._reader and self._rooms and self._synced):
            raise Unavailable("not connected yet")
        client, chat = self._client, delivery.address.chat
        if chat not in client.rooms:
            raise ChatGone("not in the room")
        if moved := self._rooms.moved_to(chat):
            raise ChatMoved(moved)
        private = self._rooms.view(chat).private
        if delivery.personal and not private:
            raise ChatOpened("others are in the room")
        content = content_of(delivery, private=private)
        opens = not delivery.address.thread and "rel_type" in content.get("m.relates_to", {})
        try:
            event_id = await client.post(chat, content, delivery.key)
        except Rejected:
            if not opens or delivery.edits:
                raise
            # The question itself hangs on another event, which the sender's client did not say.
            event_id = await client.post(chat, without_thread(content), delivery.key)
        self._reader.sent(event_id)
        if chat in self._typing:
            del self._typing[chat]
            await self._courtesy(client.room_typing(chat, False))
        return Receipt(delivery.edits or event_id)

    def routes(self) -> Sequence[RouteHealth]:
        """How each way to the homeserver does."""
        return self._roads.health()

    async def typing(self, address: Address, text: str = "", number: int = 0) -> None:
        """Show that the bot writes, until it sends something there or two minutes passed.

        Matrix shows no text for a while only: an event and its edits would stay in the room.
        """
        now = asyncio.get_running_loop().time()
        if self._client and self._synced and now >= self._typing.get(address.chat, 0.0):
            self._typing[address.chat] = now + TYPING_MS / 2000
            await self._courtesy(self._client.room_typing(address.chat, True, TYPING_MS))

    async def commands(self, table: Sequence[tuple[str, str]]) -> None:
        """Matrix has no command list."""

    async def who(self) -> str:
        """Its user id where the homeserver still knows the kept login; empty before the first login.

        Opens neither keys nor folder, since another process may be the bot. Raises NotAuthorised, also
        where the homeserver takes no passwords, and what a homeserver that is away raises.
        """
        try:
            login = self._folder.login()
        except (ValueError, TypeError) as error:
            raise NotAuthorised(f"{self._folder.path / 'login.json'} is damaged") from error
        return await whoami(self.settings, login, self._roads)

    async def close(self) -> None:
        """Close the connection and hand the folder back."""
        await self._forget()
        self._folder.leave()

    async def _forget(self) -> None:
        """Close the client; the next connection takes up what is on disk."""
        self._synced = False
        if self._client:
            await self._client.close()
        self._client = self._reader = self._rooms = None

    async def _claim(self) -> None:
        """Wait until no other process uses the folder."""
        while not self._folder.claim():
            log.warning("another process uses the folder", extra={"folder": str(self._folder.path)})
            await asyncio.sleep(CLAIM_SECONDS)

    async def _connect(self) -> tuple[Client, Reader]:
        """Logged in and ready to sync."""
        client = self._client = self._client or Client(self.settings, self._folder, self._roads)
        await self._account.connect(client)
        if self._reader is None or self._rooms is None:
            self._rooms = Rooms(client, (*self.settings.owners, *self.settings.allowed_inviters))
            self._reader = Reader(client, self._rooms, self._folder)
        return client, self._reader

    async def _round(self, client: Client, reader: Reader, receive: Receive) -> None:
        """One sync, all of it received."""
        batch = await self._pull(client, reader)
        try:
            await client.upkeep()
        except NotAuthorised:
            raise
        except PlatformError as error:
            log.warning("keys not exchanged; tried again after the next sync", extra={"reason": error.reason})
        self._synced = True
        for room_id, event_id in (await reader.digest(batch, receive)).items():
            await self._courtesy(client.update_receipt_marker(room_id, event_id))

    async def _pull(self, client: Client, reader: Reader) -> Batch:
        """What came since the position; from the last known time on where the server forgot the position."""
        try:
            return await client.pull(reader.position, full=not self._synced)
        except (Rejected, ChatGone) as error:
            if not reader.position:
                raise
            log.warning("homeserver forgot the position; reading anew", extra={"reason": error.reason})
        reader.lost()
        batch = await client.pull("", full=True)
        client.doubt_devices()
        return batch

    async def _courtesy(self, request: Awaitable[object]) -> None:
        """Receipts and typing: nice to have, never worth an error."""
        with suppress(PlatformError, nio.LocalProtocolError):
            await request
