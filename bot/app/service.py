"""`newsbot run`: every stage and every platform in one TaskGroup, until told to stop.

Knows no stage's work. The hard thing is stopping: no new row is taken, the rows in work are finished
or given back, what a person at the terminal asked is still answered, then everything closes.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from bot import telemetry
from bot.app.desk import Desk
from bot.app.house import House, clock
from bot.app.hubs import Hubs
from bot.app.status import BotStatus
from bot.chat import commands
from bot.chat.router import Router
from bot.chat.services import Services
from bot.chat.window import Windows
from bot.config import Config
from bot.errors import ChatGone, ChatMoved, ConfigError, PlatformError, Problem
from bot.platforms.console import ConsolePlatform, person
from bot.schedule import Bounds
from bot.types import Address, Message
from bot.workers.deliver import Deliver, Platform
from bot.workers.digest import Digests
from bot.workers.failover import Failover
from bot.workers.fold import Fold
from bot.workers.giving_up import give_up
from bot.workers.handle import Handle
from bot.workers.loop import Bells, Loop, Stage, keep
from bot.workers.page import Pages
from bot.workers.poll import Poll
from bot.workers.read import Read
from bot.workers.tidy import tidy
from bot.workers.write import Write

log = logging.getLogger(__name__)

ROLES = ("poll", "read", "write", "deliver", "chat")
GRACE = 20.0
"""Seconds that rows in work get to finish when the bot stops."""
AGAIN = 10.0
"""Seconds before a platform that failed unexpectedly is started again."""
CHATS_AT_ONCE = 4
SENDS_AT_ONCE = 8
PAGES_AT_ONCE = 4


class Service:
    """The bot, ready to run."""

    def __init__(
        self, house: House, platforms: Sequence[Platform], *, roles: Collection[str] = ROLES
    ) -> None:
        self.house = house
        self.platforms = {p.name: p for p in platforms}
        self.bells = Bells()
        self.router = Router(services(house, platforms))
        self._hubs = Hubs(house, self.bells) if "poll" in roles and house.config.websub.url else None
        self.loops = [
            Loop(stage, house.store.rows, clock=clock, bells=self.bells)
            for stage in self._stages(frozenset(roles))
            for _ in range(stage.loops)
        ]
        self.stopped: dict[str, PlatformError] = {}
        """Platforms that gave up, and why."""
        self._chat = "chat" in roles
        self._delivers = "deliver" in roles

    def _stages(self, roles: frozenset[str]) -> list[Stage]:
        house, bells = self.house, self.bells
        found: list[Stage] = []
        if "poll" in roles:
            found.append(self._poll_stage())
            found.append(self._page_stage())
            if self._hubs:
                found.append(Stage(name="hub", table="hub_leases", step=self._hubs.subscribe.step))
        if "read" in roles:
            read = Read(store=house.store, embedder=house.embedder, clock=clock, bells=bells)
            found.append(Stage(name="read", table="articles", step=read.step))
        if "write" in roles:
            write = Write(store=house.store, summarizer=house.summarizer, clock=clock, bells=bells)
            digests = Digests(
                store=house.store,
                summarizer=house.summarizer,
                windows=Windows(house.store),
                clock=clock,
                bells=bells,
            )
            found.append(Stage(name="write", table="stories", step=write.step))
            found.append(Stage(name="digest", table="subscriptions", step=digests.step))
        if "chat" in roles:
            handle = Handle(
                store=house.store, router=self.router, typing=self._typing, clock=clock, bells=bells
            )
            found.append(
                Stage(
                    name="handle",
                    table="inbox",
                    step=handle.step,
                    loops=CHATS_AT_ONCE,
                    give_up=handle.give_up,
                )
            )
        if "deliver" in roles:
            found += [self._deliver_stage(p) for p in self.platforms.values()]
        return found

    def _poll_stage(self) -> Stage:
        chosen = self.house.config.sources
        poll = Poll(
            store=self.house.store,
            reader=self.house.reader,
            clock=clock,
            bells=self.bells,
            first_items=chosen.first_items,
            bounds=Bounds(
                shortest=timedelta(seconds=chosen.interval_min),
                longest=timedelta(seconds=chosen.interval_max),
            ),
            hubs=bool(self.house.config.websub.url),
            began=clock(),
            owners=owners_of(self.house.config),
        )
        return Stage(name="poll", table="sources", step=poll.step, loops=chosen.concurrency)

    def _page_stage(self) -> Stage:
        house = self.house
        pages = Pages(store=house.store, reader=house.reader, clock=clock, bells=self.bells)
        return Stage(name="page", table="pages", step=pages.step, loops=PAGES_AT_ONCE, give_up=pages.give_up)

    def _deliver_stage(self, platform: Platform) -> Stage:
        telegram = self.house.config.telegram
        resend = not (platform.name == "telegram" and telegram and telegram.on_ambiguous == "drop")
        deliver = Deliver(
            store=self.house.store,
            platform=platform,
            clock=clock,
            resend=resend,
            owners=owners_of(self.house.config),
        )
        return Stage(
            name="deliver",
            table="deliveries",
            step=deliver.step,
            claim=deliver.claim,
            give_up=deliver.give_up,
            loops=1 if platform.name == "console" else SENDS_AT_ONCE,
        )

    def _keepers(self) -> list[Coroutine[Any, Any, None]]:
        """What looks after rows from time to time, until cancelled."""
        store, chosen = self.house.store, self.house.config.delivery
        found = [tidy(store, clock=clock)]
        if self._delivers:
            after = timedelta(seconds=chosen.failover_after)
            found.append(Failover(store=store, clock=clock, bells=self.bells, after=after).run())
            found.append(Fold(store=store, clock=clock, bells=self.bells, above=chosen.fold_above).run())
        return found

    async def _typing(self, address: Address, text: str, number: int) -> None:
        platform = self.platforms.get(address.platform)
        if platform:
            await platform.typing(address, text, number)

    async def receive(self, message: Message) -> None:
        """Write down what arrived; the platform's position moves on only after this returned."""
        if await self.house.store.inbox.put(message, clock()):
            self.bells.ring("handle")

    async def run(self) -> None:
        """Until SIGINT, SIGTERM or, for a bot that lives in a terminal, the end of the input.

        Raises:
            PlatformError: why the last platform gave up (a token that is not valid, say).
            ConfigError: the address for hubs or for /healthz is taken.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):
                loop.add_signal_handler(number, self.stop)
        unlisten = self._show_health()
        try:
            if self._hubs:
                await self._hubs.start()
            async with asyncio.TaskGroup() as group:
                workers = [group.create_task(each.run()) for each in self.loops]
                heart = group.create_task(
                    keep(self.loops, self.house.store.rows, clock=clock, bells=self.bells)
                )
                keepers = [heart, *(group.create_task(each) for each in self._keepers())]
                listeners = [
                    group.create_task(self._listen(p)) for p in self.platforms.values() if self._chat
                ]
                await self.bells.stopping.wait()
                for task in listeners:
                    task.cancel()
                await asyncio.wait(workers, timeout=GRACE)
                for task in (*workers, *keepers):
                    task.cancel()
        finally:
            if self._hubs:
                await self._hubs.close()
            if unlisten:
                await asyncio.to_thread(unlisten)
            for platform in self.platforms.values():
                await platform.close()
        if len(self.stopped) == len(self.platforms):
            raise next(iter(self.stopped.values()))

    def stop(self) -> None:
        """Begin to stop."""
        self.bells.stop()

    async def _listen(self, platform: Platform) -> None:
        log.info("platform starts", extra={"platform": platform.name})
        with suppress(PlatformError):
            await platform.commands(commands.menu())
        while True:
            try:
                await platform.run(self.receive)
            except PlatformError as e:
                self._gave_up(platform, e)
                if len(self.stopped) < len(self.platforms):
                    return
            except Exception:  # a fault in one platform must not silence the others
                log.exception("platform failed", extra={"platform": platform.name})
                await asyncio.sleep(AGAIN)
                continue
            else:
                await self._settle()
            self.stop()
            return

    def _gave_up(self, platform: Platform, error: PlatformError) -> None:
        log.error("platform stopped", extra={"platform": platform.name, "error": error.reason})
        telemetry.PLATFORM_UP.labels(platform.name).set(0)
        self.stopped[platform.name] = error

    async def _settle(self) -> None:
        """Let what was asked be answered."""
        store = self.house.store
        while True:
            due = await store.rows.next_due("deliveries")
            if not await store.inbox.waiting() and (due is None or due > clock()):
                return
            await asyncio.sleep(0.1)

    def _show_health(self) -> Callable[[], None] | None:
        address = self.house.config.telemetry.listen
        try:
            return telemetry.listen(address, self.health) if address else None
        except OSError as e:
            raise ConfigError(
                (Problem("telemetry.listen", address, f"an address that is free here ({e.strerror})"),)
            ) from e

    def health(self) -> dict[str, Any]:
        """For /healthz: not well while it stops, and while the store refuses (a full disk, a lock)."""
        refused = any(loop.trouble for loop in self.loops)
        return {
            "ok": not self.bells.stopping.is_set() and not refused,
            "store": not refused,
            "platforms": sorted(self.platforms.keys() - self.stopped),
        }


def services(house: House, platforms: Sequence[Platform] = ()) -> Services:
    """What the chat room is handed."""
    return Services(
        store=house.store,
        answerer=house.answerer,
        summarizer=house.summarizer,
        desk=Desk(fetcher=house.fetcher, reader=house.reader, clock=clock),
        owners=owners_of(house.config) | {("console", person())},
        first_items=house.config.sources.first_items,
        digest_at=house.config.chat.digest_at,
        status=BotStatus(house, platforms),
        failover_after=timedelta(seconds=house.config.delivery.failover_after),
    )


def owners_of(config: Config) -> frozenset[tuple[str, str]]:
    """(platform, user id) of the owners in the configuration."""
    return frozenset((kind, user) for kind, _, user in (o.partition(":") for o in config.owners))


def platforms_of(house: House) -> list[Platform]:
    """The platforms that the configuration turns on; a terminal where there is none.

    Raises:
        ConfigError: a platform's settings can't be used.
    """
    config = house.config
    found: list[Platform] = []
    if config.telegram:
        from bot.platforms.telegram import TelegramPlatform, TelegramSettings

        found.append(
            TelegramPlatform(
                TelegramSettings(
                    token=config.telegram.token.get_secret_value(),
                    base_url=config.telegram.base_url,
                    proxies=config.telegram.proxies,
                ),
                on_change=partial(_changed, house),
            )
        )
    if config.matrix:
        from bot.platforms.matrix import MatrixPlatform, MatrixSettings

        found.append(
            MatrixPlatform(
                MatrixSettings(
                    homeserver=config.matrix.homeserver,
                    user=config.matrix.user,
                    password=config.matrix.password.get_secret_value(),
                    device_name=config.matrix.device_name,
                    store_dir=config.data_dir / "matrix",
                    proxies=config.matrix.proxies or tuple(p for p in [config.matrix.proxy] if p),
                    ca_file=str(config.matrix.ca_file or ""),
                    ignore_unverified_devices=config.matrix.ignore_unverified_devices,
                    replace_identity=config.matrix.replace_identity,
                    allowed_inviters=config.matrix.allowed_inviters,
                    owners=tuple(o.partition(":")[2] for o in config.owners if o.startswith("matrix:")),
                )
            )
        )
    return found or [ConsolePlatform()]


async def _changed(house: House, address: Address, error: ChatGone | ChatMoved) -> None:
    """A chat told us by itself that it is gone or moved: nothing more is sent to the old one."""
    chat = await house.store.chats.find(address)
    if chat is None:
        return
    if isinstance(error, ChatMoved):
        await house.store.chats.move(address, error.chat)
    else:
        owners = owners_of(house.config)
        await give_up(house.store, chat.id, error.reason, owners=owners, now=clock())
    log.info("chat changed", extra={"chat": chat.id, "kind": type(error).__name__})


def roles_of(text: str) -> tuple[str, ...]:
    """Read `--roles`.

    Raises:
        ConfigError: an unknown role.
    """
    roles = tuple(r.strip() for r in text.split(",") if r.strip())
    unknown = [r for r in roles if r not in ROLES]
    if unknown or not roles:
        raise ConfigError((Problem("--roles", text, f"some of {', '.join(ROLES)}"),))
    return roles
