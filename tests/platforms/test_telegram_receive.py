"""What people do in Telegram arrives once, whatever happens on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from botapi import BotApi, answers, floods, is_cut, listening

from bot.errors import ChatGone, ChatMoved, NotAuthorised
from bot.platforms.telegram import TelegramPlatform, TelegramSettings
from bot.types import Address

OTHER_TOKEN = "7000000002:another_token_that_nobody_knows"


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as api:
        yield api
        assert not api.violations


@asynccontextmanager
async def connected(api: BotApi, **more: Any) -> AsyncIterator[TelegramPlatform]:
    """A platform that does not wait between attempts."""

    async def at_once(seconds: float) -> None:
        api.ring()
        await asyncio.sleep(0)

    token = more.pop("token", api.token)
    settings = TelegramSettings(token=token, base_url=api.url, timeout=more.pop("timeout", 5.0))
    platform = TelegramPlatform(settings, **{"pause": at_once, **more})
    try:
        yield platform
    finally:
        await platform.close()


async def test_message_arrives(api: BotApi) -> None:
    async with connected(api) as platform, listening(api, platform) as ears:
        api.person("Ann").says("why? 😀")
        (m,) = await ears.hears(1)
        assert (m.text, m.sender_name, m.private) == ("why? 😀", "Ann", True)


async def test_group_is_heard_by_command_name_and_reply_only(api: BotApi) -> None:
    ann, group = api.person("Ann"), api.group()
    async with connected(api) as platform, listening(api, platform) as ears:
        ann.says("good morning", to=group)
        ann.says("/latest", to=group)
        ann.says("@newsbot why?", to=group)
        await ears.hears(2)
        assert ears.texts == ["/latest", "why?"]


async def test_topic_is_carried_through(api: BotApi) -> None:
    ann, topic = api.person("Ann"), api.group().topic("World")
    async with connected(api) as platform, listening(api, platform) as ears:
        ann.says("/latest", to=topic)
        (m,) = await ears.hears(1)
        assert m.address == Address("telegram", str(topic.chat.id), str(topic.id))
        assert not m.addressed


async def test_command_says_whether_its_sender_administers_the_group(api: BotApi) -> None:
    ann, bob = api.person("Ann"), api.person("Bob")
    group = api.group(admins={ann.id: "creator"})
    async with connected(api) as platform, listening(api, platform) as ears:
        ann.says("/settings", to=group)
        bob.says("/settings", to=group)
        ann.says("/subscribe all", to=group)
        await ears.hears(3)
        assert [m.may_administer for m in ears.heard] == [True, False, True]
        assert api.count("getChatMember") == 2


async def test_anonymous_administrator_is_believed_without_asking(api: BotApi) -> None:
    group = api.group()
    async with connected(api) as platform, listening(api, platform) as ears:
        api.person("Ann").says("/settings", to=group, anonymous=True)
        (m,) = await ears.hears(1)
        assert m.may_administer
        assert api.count("getChatMember") == 0


async def test_rights_that_cannot_be_learnt_are_none_and_nothing_is_lost(api: BotApi) -> None:
    ann = api.person("Ann")
    group = api.group(admins={ann.id: "creator"})
    api.faults.append(answers(500, "Internal Server Error", "getChatMember", times=9))
    async with connected(api) as platform, listening(api, platform) as ears:
        ann.says("/settings", to=group)
        (m,) = await ears.hears(1)
        assert not m.may_administer


async def test_flood_limit_on_rights_does_not_hold_up_messages_for_hours(api: BotApi) -> None:
    waits: list[float] = []

    async def pause(seconds: float) -> None:
        waits.append(seconds)

    api.faults.append(floods(43837, "getChatMember", times=9))
    async with connected(api, pause=pause) as platform, listening(api, platform) as ears:
        api.person("Ann").says("/settings", to=api.group())
        await ears.hears(1)
        assert max(waits) <= 5


async def test_rights_are_asked_again_after_a_short_trouble(api: BotApi) -> None:
    ann = api.person("Ann")
    group = api.group(admins={ann.id: "administrator"})
    api.faults.append(is_cut("getChatMember", sent=True))
    async with connected(api) as platform, listening(api, platform) as ears:
        ann.says("/settings", to=group)
        (m,) = await ears.hears(1)
        assert m.may_administer


async def test_pressed_button_arrives_and_stops_spinning(api: BotApi) -> None:
    ann = api.person("Ann")
    post = ann.says("a post")
    post.buttons = [[{"text": "More", "callback_data": "more:3"}]]
    async with connected(api) as platform, listening(api, platform) as ears:
        query = ann.presses(post, "More")
        await api.until(lambda: api.answered)
        assert api.answered == [query]
        assert [m.button for m in ears.heard] == ["", "more:3"]


async def test_edited_message_is_not_asked_for(api: BotApi) -> None:
    ann = api.person("Ann")
    async with connected(api) as platform, listening(api, platform) as ears:
        first = ann.says("why?")
        await ears.hears(1)
        ann.edits(first, "why not?")
        ann.says("and?")
        await ears.hears(2)
        assert ears.texts == ["why?", "and?"]


async def test_loss_and_move_of_a_chat_are_told(api: BotApi) -> None:
    ann, group = api.person("Ann"), api.group(kind="group")
    told: list[tuple[Address, Exception]] = []

    async def on_change(address: Address, error: ChatGone | ChatMoved) -> None:
        told.append((address, error))
        api.ring()

    async with connected(api, on_change=on_change) as platform, listening(api, platform):
        ann.blocks()
        group.migrates(api.group())
        await api.until(lambda: len(told) == 2)
        (first, gone), (second, moved) = told
        assert (first.chat, type(gone)) == (str(ann.id), ChatGone)
        assert (second.chat, type(moved)) == (str(group.id), ChatMoved)


async def test_menu_is_set_in_every_scope_once_connected(api: BotApi) -> None:
    async with connected(api) as platform:
        await platform.commands([("help", "What I can do"), ("ask", "Ask the archive")])
        assert not api.calls
        async with listening(api, platform):
            await api.until(lambda: len(api.menus) == 4)
        names = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}
        assert set(api.menus) == names


async def test_menu_that_could_not_be_set_is_set_later(api: BotApi) -> None:
    api.faults.append(answers(502, "Bad Gateway", "setMyCommands"))
    async with connected(api) as platform:
        await platform.commands([("help", "What I can do")])
        async with listening(api, platform) as ears:
            api.person("Ann").says("hi")
            await ears.hears(1)
            await api.until(lambda: len(api.menus) == 4)


async def test_menu_that_telegram_refuses_is_not_tried_for_ever(api: BotApi) -> None:
    async with connected(api) as platform:
        await platform.commands([("Not A Command", "x")])
        async with listening(api, platform) as ears:
            for n in (1, 2):
                api.person("Ann").says("hi")
                await ears.hears(n)
            assert api.count("setMyCommands") == 1


async def test_webhook_is_taken_away(api: BotApi) -> None:
    api.webhook = "https://example.org/hook"
    async with connected(api) as platform, listening(api, platform) as ears:
        api.person("Ann").says("hi")
        await ears.hears(1)
        assert not api.webhook


async def test_webhook_set_later_is_taken_away_too(api: BotApi) -> None:
    async with connected(api) as platform, listening(api, platform) as ears:
        ann = api.person("Ann")
        ann.says("one")
        await ears.hears(1)
        api.webhook = "https://example.org/hook"
        ann.says("two")
        ann.says("three")
        await ears.hears(3)
        assert ears.texts == ["one", "two", "three"]


async def test_messages_sent_while_the_bot_was_down_all_arrive_in_order(api: BotApi) -> None:
    ann = api.person("Ann")
    said = [f"question {n}" for n in range(25)]
    for text in said:
        ann.says(text)
    async with connected(api) as platform, listening(api, platform) as ears:
        await ears.hears(25)
        assert ears.texts == said


async def test_server_that_comes_later_is_waited_for() -> None:
    api = BotApi()
    await api.start()
    await api.stop()
    waits: list[float] = []

    async def pause(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            await api.start()

    async with connected(api, pause=pause) as platform, listening(api, platform) as ears:
        api.person("Ann").says("hi")
        await ears.hears(1)
    await api.stop()
    assert waits == sorted(waits)
    assert waits[-1] > 2.0


async def test_restart_of_the_server_loses_nothing(api: BotApi) -> None:
    ann = api.person("Ann")
    async with connected(api) as platform, listening(api, platform) as ears:
        ann.says("before")
        await ears.hears(1)
        await api.stop()
        ann.says("while away")
        await api.start()
        ann.says("after")
        await ears.hears(3)
        assert ears.texts == ["before", "while away", "after"]


async def test_restart_of_the_bot_repeats_nothing_that_was_confirmed(api: BotApi) -> None:
    ann = api.person("Ann")
    async with connected(api) as platform, listening(api, platform) as ears:
        ann.says("one")
        await ears.hears(1)
        await api.until(lambda: not api.pending)
    ann.says("two")
    async with connected(api) as platform, listening(api, platform) as ears:
        await ears.hears(1)
        assert ears.texts == ["two"]


async def test_kill_before_confirmation_brings_the_same_message_with_the_same_id(api: BotApi) -> None:
    ann = api.person("Ann")
    async with connected(api) as platform:
        kept: list[Any] = []

        async def receive(message: Any) -> None:
            kept.append(message)
            task.cancel()

        ann.says("one")
        task = asyncio.create_task(platform.run(receive))
        await asyncio.wait({task})
    async with connected(api) as platform, listening(api, platform) as ears:
        (again,) = await ears.hears(1)
        assert again == kept[0]


async def test_message_that_could_not_be_kept_comes_again(api: BotApi) -> None:
    ann = api.person("Ann")
    for text in ("one", "two", "three"):
        ann.says(text)
    async with connected(api) as platform, listening(api, platform, deaf=2) as ears:
        await ears.hears(3)
        assert ears.texts == ["one", "two", "three"]
        assert ears.refused == 2


async def test_update_that_nobody_understands_does_not_stop_the_others(api: BotApi) -> None:
    ann = api.person("Ann")
    ann.says("one")
    ann.says("two")
    del api.pending[0]["message"]["chat"]
    async with connected(api) as platform, listening(api, platform) as ears:
        await ears.hears(1)
        assert ears.texts == ["two"]


@pytest.mark.parametrize(
    "fault",
    [
        is_cut("getUpdates", sent=False),
        is_cut("getUpdates", sent=True),
        answers(502, "Bad Gateway", "getUpdates"),
        answers(500, "Internal Server Error: restart", "getUpdates"),
        floods(3, "getUpdates"),
    ],
    ids=["cut before", "cut after", "gateway", "restart", "flood"],
)
async def test_trouble_while_polling_is_outlived(api: BotApi, fault: Any) -> None:
    api.faults.append(fault)
    api.person("Ann").says("hi")
    async with connected(api) as platform, listening(api, platform) as ears:
        await ears.hears(1)
        assert ears.texts == ["hi"]
        assert fault.hits == 1


async def test_flood_while_polling_is_waited_out(api: BotApi) -> None:
    waits: list[float] = []

    async def pause(seconds: float) -> None:
        waits.append(seconds)

    api.faults.append(floods(37, "getUpdates"))
    api.person("Ann").says("hi")
    async with connected(api, pause=pause) as platform, listening(api, platform) as ears:
        await ears.hears(1)
        assert waits == [37.0]


async def test_wrong_token_ends_the_run_with_a_clear_error(api: BotApi) -> None:
    async with connected(api, token=OTHER_TOKEN) as platform:
        with pytest.raises(NotAuthorised) as raised:
            await platform.run(lambda m: asyncio.sleep(0))
        assert OTHER_TOKEN not in str(raised.value)


async def test_second_instance_is_told_and_outlived(api: BotApi, caplog: pytest.LogCaptureFixture) -> None:
    async with connected(api) as one, listening(api, one) as ears:
        await api.until(lambda: api.count("getUpdates"))
        async with connected(api) as two, listening(api, two):
            await api.until(lambda: "another process polls" in caplog.text)
        api.person("Ann").says("hi")
        await ears.hears(1)
        assert ears.texts == ["hi"]


async def test_stop_does_not_wait_for_the_long_poll(api: BotApi) -> None:
    async with connected(api) as platform, listening(api, platform) as ears:
        await api.until(lambda: api.count("getUpdates"))
        async with asyncio.timeout(5):
            await ears.stop()
        assert ears.task
        assert ears.task.cancelled()
