"""Telegram, through python-telegram-bot: updates in, parts out.

Knows no inbox, outbox or command. It polls by itself rather than through PTB's `Application`,
because the offset may advance only after `receive` returned: an update that was not kept comes
again, and one that was kept twice is recognised by its id. Nothing is retried here; every failure
becomes one of `bot.errors`, so that the outbox can decide. The hard thing is a failure on the
wire: only one that certainly happened before the request left may say "not sent". A `send` that
is cancelled may have sent, too.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.error import TelegramError
from telegram.request import BaseRequest, RequestData

from bot.errors import (
    Ambiguous,
    ChatGone,
    ChatMoved,
    NotAuthorised,
    PlatformError,
    Rejected,
    RetryAfter,
    StoreError,
    Unavailable,
)
from bot.platforms import telegram_updates as updates
from bot.platforms.roads import Roads
from bot.platforms.telegram_refusals import UNCHANGED, UNPARSED, Conflicting, judged
from bot.platforms.telegram_routes import Routes, TelegramSettings
from bot.types import Address, Delivery, Message, Part, Receipt, RouteHealth

__all__ = ["TelegramPlatform", "TelegramSettings"]

log = logging.getLogger(__name__)

Receive = Callable[[Message], Awaitable[None]]
OnChange = Callable[[Address, ChatGone | ChatMoved], Awaitable[None]]

RIGHTS_KEPT = timedelta(seconds=60)
"""How long it is remembered that somebody administers a chat."""
LONGEST_PAUSE = 60.0
"""Seconds between attempts while Telegram can't be reached."""
RIGHTS_ATTEMPTS, RIGHTS_PAUSE = 3, 5.0
"""Everybody's messages wait meanwhile, so it ends soon, even where Telegram asks for hours."""
LONGEST_TURN = timedelta(seconds=5)
"""More than the messages in flight can take up, so that a clock set back does not stop the bot."""
SCOPES = (
    BotCommandScopeDefault(),
    BotCommandScopeAllPrivateChats(),
    BotCommandScopeAllGroupChats(),
    BotCommandScopeAllChatAdministrators(),
)
MALFORMED = (KeyError, TypeError, ValueError, AttributeError)
"""What PTB stumbles over where an answer has another shape."""
TALKATIVE = ("httpx", "httpcore", "telegram")
"""Loggers that write URLs, and so the token, or message texts below WARNING."""


class _Carrier(TelegramError):
    """Takes one of our errors through PTB, which wraps whatever is not its own."""

    def __init__(self, error: PlatformError) -> None:
        super().__init__(error.reason)
        self.error = error


@contextmanager
def _as_ours() -> Iterator[None]:
    """What PTB raises, as one of `bot.errors`; what it does not explain may have been sent."""
    try:
        yield
    except _Carrier as carrier:
        raise carrier.error from carrier.__cause__
    except TelegramError as error:
        raise Ambiguous(type(error).__name__) from error


class _Wire(BaseRequest):
    """PTB's requests, by our routes; an answer that is a refusal leaves as the error it means."""

    def __init__(self, settings: TelegramSettings, roads: Roads, *, connections: int) -> None:
        self._routes = Routes(settings, roads, connections=connections)
        self._timeout = settings.timeout

    @property
    def read_timeout(self) -> float:
        return self._timeout

    async def initialize(self) -> None:
        """Nothing: the clients are ready when they are made."""

    async def shutdown(self) -> None:
        await self._routes.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = None,
        *args: Any,
        **timeouts: Any,
    ) -> tuple[int, bytes]:
        fields = request_data.json_parameters if request_data else {}
        wait = read_timeout if isinstance(read_timeout, int | float) else self._timeout
        try:
            return judged(*await self._routes.post(url, fields, wait=wait))
        except PlatformError as error:
            raise _Carrier(error) from error.__cause__


class _Bot(Bot):
    """PTB's Bot, with updates left as JSON (see `telegram_updates`) and no token in its repr."""

    def __repr__(self) -> str:
        return "Bot(token hidden)"

    async def updates(self, offset: int, wait: int) -> list[dict[str, Any]]:
        """What arrived from `offset` on, waiting up to `wait` seconds for something to."""
        wanted = {"offset": offset, "timeout": wait, "allowed_updates": updates.KINDS}
        result: list[dict[str, Any]] = await self._post("getUpdates", wanted, read_timeout=wait + 10)
        return result


class TelegramPlatform:
    """The Telegram side of the Platform protocol.

    `on_change` hears that a chat blocked or removed the bot, or moved, before the update is
    acknowledged; without it the next `send` to that chat raises the same error.
    """

    name = updates.PLATFORM

    def __init__(
        self,
        settings: TelegramSettings,
        *,
        on_change: OnChange | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        for logger in TALKATIVE:
            logging.getLogger(logger).setLevel(logging.WARNING)
        self._settings = settings
        self._on_change = on_change
        self._pause = pause
        self._clock = clock
        self._roads = Roads(self.name, settings.proxies)
        self._calls = _Wire(settings, self._roads, connections=32)
        self._polls = _Wire(settings, self._roads, connections=1)
        self._bot = _Bot(settings.token, settings.url, request=self._calls, get_updates_request=self._polls)
        self._me: updates.Me | None = None
        self._offset = 0
        self._drafts = True
        self._menu: tuple[BotCommand, ...] = ()
        self._shown_menu: tuple[BotCommand, ...] = ()
        self._rights: dict[tuple[str, str], tuple[bool, datetime]] = {}
        self._gap = timedelta(seconds=1 / settings.per_second)
        self._free_at = clock()

    async def run(self, receive: Receive) -> None:
        """Hand every message to `receive` until cancelled; reconnect by itself.

        Raises:
            NotAuthorised: the token is not valid.
        """
        failures = 0
        while True:
            try:
                me = self._me or await self._meet()
                await self._publish()
                for update in await self._updates():
                    await self._take(update, me, receive)
                    self._offset = update["update_id"] + 1
                failures = 0
            except NotAuthorised:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the update must come again
                failures += 1
                self._complain(error, failures)
                await self._pause(_delay(error, failures))

    async def send(self, delivery: Delivery) -> Receipt:
        """Send or edit one message, once; markup that Telegram can't parse goes as plain text.

        Raises:
            RetryAfter, Ambiguous, Unavailable, Rejected, ChatGone, ChatMoved, NotAuthorised.
        """
        await self._turn()
        put = self._edit if delivery.edits else self._post
        part = delivery.part
        if not part.html:
            return await put(delivery, part.plain, None)
        try:
            return await put(delivery, part.html, "HTML")
        except Rejected as error:
            if UNPARSED not in error.reason.lower():
                raise
        log.warning("telegram refused the markup", extra={"delivery": delivery.id})
        return await put(delivery, part.plain, None)

    async def typing(self, address: Address, text: str = "", number: int = 0) -> None:
        """Show for about five seconds that an answer is being written; failures don't matter.

        In a private chat `text` is shown as a draft, which Telegram takes away after half a minute
        or when the answer comes: https://core.telegram.org/bots/api#sendmessagedraft
        """
        if text and self._drafts and not address.chat.startswith("-"):
            try:
                with _as_ours():
                    await self._bot.send_message_draft(
                        int(address.chat), number or 1, text, message_thread_id=_thread(address)
                    )
            except NotAuthorised:
                self._drafts = False  # an older Bot API server knows no drafts: 404
            except Rejected as error:
                log.info("telegram refused a draft", extra={"reason": error.reason})
            except PlatformError:
                return
            else:
                return
        with suppress(PlatformError), _as_ours():
            await self._bot.send_chat_action(address.chat, "typing", message_thread_id=_thread(address))

    async def commands(self, table: Sequence[tuple[str, str]]) -> None:
        """Offer these commands in Telegram's menu, at once or as soon as it can be reached."""
        self._menu = tuple(BotCommand(name, text[:256]) for name, text in table[:100])
        if self._me:
            await self._publish()

    def routes(self) -> Sequence[RouteHealth]:
        """How each way to Telegram does."""
        return self._roads.health()

    async def who(self) -> str:
        """The bot's own name, as Telegram has it.

        Raises:
            NotAuthorised: the token is not valid.
            PlatformError: Telegram was not reached, or whoever answered is no Bot API server.
        """
        try:
            with _as_ours():
                user = await self._bot.get_me()
        except MALFORMED as error:
            raise Unavailable("whoever answers there is no Bot API server") from error
        return f"@{user.username or user.id}"

    async def close(self) -> None:
        """Close the connections."""
        await self._calls.shutdown()
        await self._polls.shutdown()

    async def _meet(self) -> updates.Me:
        """Learn the bot's own name, and take a webhook away: with one set there is no polling."""
        with _as_ours():
            user = await self._bot.get_me()
            webhook = await self._bot.get_webhook_info()
            if webhook.url:
                await self._bot.delete_webhook()
                log.warning("telegram webhook removed")
        self._me = updates.Me(user.id, user.username or "")
        log.info("telegram connected", extra={"bot": self._me.username})
        return self._me

    async def _publish(self) -> None:
        """Set the menu in every scope. It only displays, so a failure is noted and tried again later."""
        if self._menu == self._shown_menu:
            return
        try:
            with _as_ours():
                for scope in SCOPES:
                    await self._bot.set_my_commands(self._menu, scope=scope)
        except PlatformError as error:
            log.warning("telegram menu not set", extra={"reason": error.reason})
            if not isinstance(error, Rejected):
                return
        self._shown_menu = self._menu

    async def _updates(self) -> list[dict[str, Any]]:
        with _as_ours():
            return await self._bot.updates(self._offset, self._settings.poll_seconds)

    async def _take(self, update: dict[str, Any], me: updates.Me, receive: Receive) -> None:
        try:
            heard = updates.read(update, me=me, now=self._clock())
        except (KeyError, TypeError, ValueError, AttributeError):
            log.exception("telegram update not understood", extra={"update": update["update_id"]})
            return
        if isinstance(heard, updates.Changed):
            if self._on_change:
                await self._on_change(heard.address, heard.error)
        elif heard:
            message = heard.message
            if heard.rights_matter:
                allowed = await self._administers(message.address.chat, message.sender)
                message = replace(message, may_administer=allowed)
            await receive(message)
            if heard.query:
                await self._release(heard.query)

    async def _release(self, query: str) -> None:
        """Let the button stop spinning; too late an answer is no loss."""
        with suppress(PlatformError), _as_ours():
            await self._bot.answer_callback_query(query)

    async def _administers(self, chat: str, user: str) -> bool:
        """Whether the user administers the chat; where that can't be learnt, they don't."""
        now = self._clock()
        known, until = self._rights.get((chat, user), (False, now))
        if now < until:
            return known
        for attempt in range(1, RIGHTS_ATTEMPTS + 1):
            try:
                with _as_ours():
                    member = await self._bot.get_chat_member(chat, int(user))
            except (Rejected, ChatGone, ChatMoved):
                break
            except PlatformError as error:
                await self._pause(min(_delay(error, attempt), RIGHTS_PAUSE))
                continue
            allowed = member.status in {"creator", "administrator"}
            self._rights = {k: v for k, v in self._rights.items() if v[1] > now}
            self._rights[chat, user] = allowed, now + RIGHTS_KEPT
            return allowed
        log.warning("telegram rights unknown", extra={"chat": chat})
        return False

    def _complain(self, error: Exception, failures: int) -> None:
        """Say once that the wire is broken, and every time that a message could not be kept."""
        if isinstance(error, Conflicting):
            self._me = None
            log.error("another process polls this Telegram bot, or a webhook is set")
        elif isinstance(error, StoreError):
            log.error("telegram message not kept; it will come again", extra={"reason": str(error)})
        elif not isinstance(error, PlatformError):
            log.error("telegram message not kept; it will come again", exc_info=error)
        elif failures == 1:
            log.warning("telegram can't be reached", extra={"reason": error.reason})

    async def _turn(self) -> None:
        """Wait for a place among the messages of this second. The pace of a chat is the outbox's."""
        now = self._clock()
        at = max(now, min(self._free_at, now + LONGEST_TURN))
        self._free_at = at + self._gap
        if at > now:
            await self._pause((at - now).total_seconds())

    async def _post(self, delivery: Delivery, text: str, mode: str | None) -> Receipt:
        answers = delivery.reply_to.isdecimal()
        with _as_ours():
            sent = await self._bot.send_message(
                delivery.address.chat,
                text,
                parse_mode=mode,
                message_thread_id=_thread(delivery.address),
                reply_parameters=ReplyParameters(int(delivery.reply_to), allow_sending_without_reply=True)
                if answers
                else None,
                reply_markup=_keyboard(delivery.part),
                link_preview_options=_preview(delivery.part),
                disable_notification=delivery.silent,
            )
        return Receipt(str(sent.message_id))

    async def _edit(self, delivery: Delivery, text: str, mode: str | None) -> Receipt:
        if not delivery.edits.isdecimal():
            raise Rejected("not a message of Telegram's")
        try:
            with _as_ours():
                await self._bot.edit_message_text(
                    text,
                    delivery.address.chat,
                    int(delivery.edits),
                    parse_mode=mode,
                    reply_markup=_keyboard(delivery.part),
                    link_preview_options=_preview(delivery.part),
                )
        except Rejected as error:
            if UNCHANGED not in error.reason.lower():
                raise
        except Ambiguous as error:
            # An edit that is made twice is the same edit, so it may simply be tried again.
            raise Unavailable(error.reason) from error
        return Receipt(delivery.edits)


def _thread(address: Address) -> int | None:
    return int(address.thread) if address.thread else None


def _keyboard(part: Part) -> InlineKeyboardMarkup | None:
    if not part.buttons:
        return None
    rows = [[InlineKeyboardButton(b.label, callback_data=b.payload) for b in row] for row in part.buttons]
    return InlineKeyboardMarkup(rows)


def _preview(part: Part) -> LinkPreviewOptions:
    return LinkPreviewOptions(is_disabled=not part.preview)


def _delay(error: Exception, failures: int) -> float:
    """Seconds to wait: as the server asks, else doubling to a minute, a little apart from others."""
    if isinstance(error, RetryAfter):
        return error.seconds
    return min(LONGEST_PAUSE, 2.0 ** min(failures - 1, 6)) * random.uniform(0.8, 1.0)
