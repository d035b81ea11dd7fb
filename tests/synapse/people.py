"""A person on Matrix: a second nio client, which sees the bot as any other client would."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import nio

WAIT_SECONDS = 30


class Person:
    """Somebody logged in, syncing in the background; `heard` has every event in clear.

    The store's folder exists already.
    """

    def __init__(self, client: nio.AsyncClient) -> None:
        self.client = client
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self._news = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def login(cls, url: str, name: str, store: Path, password: str = "secret") -> "Person":
        client = nio.AsyncClient(
            url, name, store_path=str(store), config=nio.AsyncClientConfig(pickle_key="x")
        )
        answer = await client.login(password)
        assert isinstance(answer, nio.LoginResponse), answer
        person = cls(client)
        client.add_event_callback(person._hear, nio.Event)
        person._task = asyncio.create_task(client.sync_forever(10_000, full_state=True))
        await client.synced.wait()
        return person

    @property
    def user_id(self) -> str:
        return self.client.user_id

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.client.close()
        if self.client.store:
            self.client.store.database.close()

    async def room(
        self, *invited: str, encrypted: bool = False, version: str | None = None, **more: Any
    ) -> str:
        """A new room; its id."""
        state = [nio.EnableEncryptionBuilder().as_dict()] if encrypted else []
        answer = await self.client.room_create(
            invite=invited, initial_state=state, room_version=version, **more
        )
        assert isinstance(answer, nio.RoomCreateResponse), answer
        await self.until(lambda: answer.room_id in self.client.rooms)
        return answer.room_id

    async def join(self, room_id: str) -> None:
        """Join, and know the room."""
        answer = await self.client.join(room_id)
        assert isinstance(answer, nio.JoinResponse), answer
        await self.until(lambda: room_id in self.client.rooms)

    async def joined(self, room_id: str, user_id: str) -> None:
        """Wait until a user is in the room."""

        def there() -> bool:
            user = self.client.rooms[room_id].users.get(user_id)
            return user is not None and not user.invited

        await self.until(there)

    async def say(self, room_id: str, text: str, **more: Any) -> str:
        """Say something; the event's id."""
        content = {"msgtype": "m.text", "body": text} | more
        return await self.put(room_id, "m.room.message", content)

    async def put(self, room_id: str, kind: str, content: dict[str, Any]) -> str:
        answer = await self.client.room_send(
            room_id, kind, content, tx_id=secrets.token_hex(8), ignore_unverified_devices=True
        )
        assert isinstance(answer, nio.RoomSendResponse), answer
        return answer.event_id

    def withhold_keys(self) -> Callable[[], Awaitable[None]]:
        """Keep the room keys that are to go out; what is returned lets them go."""
        held, send = [], self.client._send

        async def keep(kind: type, *request: Any, **more: Any) -> Any:
            if kind is not nio.ShareGroupSessionResponse:
                return await send(kind, *request, **more)
            held.append((kind, request, more))
            return nio.ShareGroupSessionResponse(*more["response_data"])

        async def release() -> None:
            for kind, request, more in held:
                await send(kind, *request, **more)

        self.client._send = keep
        return release

    async def hears(self, test: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first event, heard before or to come, that passes the test."""

        def found() -> dict[str, Any] | None:
            return next((event for _, event in self.heard if test(event)), None)

        await self.until(lambda: found() is not None)
        event = found()
        assert event is not None
        return event

    async def until(self, test: Callable[[], bool]) -> None:
        """Wait until something became true by a sync."""
        async with asyncio.timeout(WAIT_SECONDS):
            while not test():
                async with self._news:
                    try:
                        await asyncio.wait_for(self._news.wait(), 0.2)
                    except TimeoutError:
                        continue

    async def _hear(self, room: nio.MatrixRoom, event: nio.Event) -> None:
        self.heard.append((room.room_id, event.source))
        async with self._news:
            self._news.notify_all()
