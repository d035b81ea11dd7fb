"""The bot's Matrix platform, run beside a test: what it received is kept, what fails is chosen."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from synapse.people import Person

from bot.platforms.matrix import MatrixPlatform, MatrixSettings
from bot.platforms.matrix_folder import Login
from bot.types import Address, Delivery, DeliveryKind, Message, Part, Receipt

WAIT_SECONDS = 30


def delivery(
    room_id: str, text: str, *, kind: DeliveryKind = DeliveryKind.ANSWER, **more: object
) -> Delivery:
    """A row of the outbox."""
    row = Delivery(
        id=1,
        key=secrets.token_hex(16),
        chat_id=1,
        address=Address("matrix", room_id),
        kind=kind,
        part=Part(html=f"<strong>{text}</strong>", plain=text),
    )
    return replace(row, **more)


class Bot:
    """One platform with a list for an inbox, which like the real one takes a message once."""

    def __init__(self, settings: MatrixSettings, fails: Callable[[Message], bool] = lambda _: False) -> None:
        self.settings = settings
        self.platform = MatrixPlatform(settings)
        self.inbox: list[Message] = []
        self.fails = fails
        self._task: asyncio.Task[None] | None = None

    def start(self) -> "Bot":
        self._task = asyncio.create_task(self.platform.run(self._receive))
        return self

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        await self.platform.close()

    async def restart(self) -> None:
        """Stop, and start as a new process would, with an empty inbox."""
        await self.stop()
        self.platform, self.inbox, self.fails = MatrixPlatform(self.settings), [], lambda _: False
        self.start()

    @property
    def user_id(self) -> str:
        return f"@{self.settings.user}:localhost"

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.inbox]

    @property
    def rooms(self) -> dict[str, Any]:
        """The rooms it is in, by id."""
        return self.platform._client.rooms if self.platform._client else {}

    @property
    def synced(self) -> bool:
        """It has synced at least once."""
        return self.platform._synced

    @property
    def waiting(self) -> int:
        """Messages that it can't read yet, as its folder has them."""
        return len(self.platform._folder.progress().waiting)

    @property
    def login(self) -> Login:
        """The login that it keeps."""
        login = self.platform._folder.login()
        assert login
        return login

    @property
    def failure(self) -> BaseException | None:
        """What ended the run."""
        return self._task.exception() if self._task and self._task.done() else None

    async def gets(self, text: str) -> Message:
        """The message with this text, received or to come."""
        await self.until(lambda: text in self.texts)
        return next(m for m in self.inbox if m.text == text)

    async def until(self, test: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT_SECONDS):
            while not test():
                if self.failure:
                    raise self.failure
                await asyncio.sleep(0.02)

    async def send(self, row: Delivery) -> Receipt:
        return await self.platform.send(row)

    async def _receive(self, message: Message) -> None:
        if self.fails(message):
            raise RuntimeError("the inbox is broken")
        self.inbox.append(message)


async def together(person: Person, bot: Bot, **room: Any) -> str:
    """A room with both in it."""
    room_id = await person.room(bot.user_id, **room)
    await person.joined(room_id, bot.user_id)
    await bot.until(lambda: room_id in bot.rooms)
    return room_id


def settings_for(url: str, name: str, store: Path, **more: object) -> MatrixSettings:
    usual = {"password": "secret", "allowed_inviters": ("*:localhost",)}
    return MatrixSettings(homeserver=url, user=name, store_dir=store, **(usual | more))
