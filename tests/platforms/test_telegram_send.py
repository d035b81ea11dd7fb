"""What the bot says in Telegram, and what each refusal and each broken wire means."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botapi import BotApi, Fault, answers, floods, is_cut, times_out

from bot.errors import (
    Ambiguous,
    ChatGone,
    ChatMoved,
    NotAuthorised,
    PlatformError,
    Rejected,
    RetryAfter,
    Unavailable,
)
from bot.platforms.telegram import TelegramPlatform, TelegramSettings
from bot.types import Address, Button, Delivery, DeliveryKind, Part


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as api:
        yield api
        assert not api.violations


@pytest.fixture
async def platform(api: BotApi) -> AsyncIterator[TelegramPlatform]:
    platform = TelegramPlatform(TelegramSettings(token=api.token, base_url=api.url, timeout=0.5))
    yield platform
    await platform.close()


def delivery(chat: int, html: str = "<b>News</b> &amp; more", *, thread: str = "", **more: Any) -> Delivery:
    part = more.pop("part", Part(html=html, plain="News & more"))
    where = Address("telegram", str(chat), thread)
    return Delivery(id=1, key="k", chat_id=1, address=where, kind=DeliveryKind.LIVE, part=part, **more)


async def test_html_is_sent_without_a_preview(api: BotApi, platform: TelegramPlatform) -> None:
    ann = api.person()
    receipt = await platform.send(delivery(ann.id))
    (post,) = ann.chat.said
    assert (receipt.message_id, post.text) == (str(post.message_id), "News & more")
    assert post.entities == [{"type": "bold", "offset": 0, "length": 4}]
    assert not post.preview
    assert not post.silent


async def test_preview_and_silence_are_passed_on(api: BotApi, platform: TelegramPlatform) -> None:
    ann = api.person()
    await platform.send(delivery(ann.id, part=Part(html="<i>x</i>", plain="x", preview=True), silent=True))
    (post,) = ann.chat.said
    assert post.preview
    assert post.silent


async def test_text_without_markup_is_sent_as_it_is(api: BotApi, platform: TelegramPlatform) -> None:
    ann = api.person()
    await platform.send(delivery(ann.id, part=Part(html="", plain="1 < 2 & 3 {x}")))
    await platform.send(delivery(ann.id, part=Part(html="", plain="[not json]")))
    assert ann.chat.texts == ["1 < 2 & 3 {x}", "[not json]"]


@pytest.mark.parametrize("html", ["<h1>News</h1>", "<b>News", "a < b", "<a href='x>y</a>"])
async def test_markup_that_telegram_refuses_goes_as_plain_text_at_once(
    api: BotApi, platform: TelegramPlatform, html: str, caplog: pytest.LogCaptureFixture
) -> None:
    ann = api.person()
    await platform.send(delivery(ann.id, html))
    assert ann.chat.texts == ["News & more"]
    assert "telegram refused the markup" in caplog.text


async def test_reply_topic_and_buttons_are_carried(api: BotApi, platform: TelegramPlatform) -> None:
    ann, topic = api.person(), api.group().topic("World")
    asked = ann.says("/latest", to=topic)
    part = Part(html="x", plain="x", buttons=((Button("More", "more:1"), Button("Less", "less:1")),))
    await platform.send(
        delivery(topic.chat.id, thread=str(topic.id), part=part, reply_to=str(asked.message_id))
    )
    (post,) = topic.said
    assert post.reply_to == asked.message_id
    assert [b["callback_data"] for b in post.buttons[0]] == ["more:1", "less:1"]


@pytest.mark.parametrize("reply_to", ["4711", "button:5000"])
async def test_answer_to_a_message_that_is_gone_is_sent_anyway(
    api: BotApi, platform: TelegramPlatform, reply_to: str
) -> None:
    ann = api.person()
    await platform.send(delivery(ann.id, reply_to=reply_to))
    assert ann.chat.said[0].reply_to is None


async def test_edit_changes_text_and_buttons_in_place(api: BotApi, platform: TelegramPlatform) -> None:
    ann = api.person()
    first = await platform.send(delivery(ann.id))
    part = Part(html="<i>newer</i>", plain="newer", buttons=((Button("Why", "why"),),))
    again = await platform.send(delivery(ann.id, part=part, edits=first.message_id))
    (post,) = ann.chat.said
    assert again == first
    assert (post.text, post.edits) == ("newer", 1)
    assert post.button("Why")


async def test_edit_that_changes_nothing_succeeds(api: BotApi, platform: TelegramPlatform) -> None:
    ann = api.person()
    first = await platform.send(delivery(ann.id))
    assert await platform.send(delivery(ann.id, edits=first.message_id)) == first


async def test_edit_with_refused_markup_becomes_plain(api: BotApi, platform: TelegramPlatform) -> None:
    ann = api.person()
    first = await platform.send(delivery(ann.id, "first"))
    await platform.send(delivery(ann.id, "<h1>x</h1>", edits=first.message_id))
    assert ann.chat.texts == ["News & more"]


async def test_edit_that_timed_out_may_simply_be_tried_again(api: BotApi, platform: TelegramPlatform) -> None:
    ann = api.person()
    first = await platform.send(delivery(ann.id))
    changed = delivery(ann.id, "newer", edits=first.message_id)
    api.faults.append(times_out("editMessageText", sent=True))
    with pytest.raises(Unavailable):
        await platform.send(changed)
    assert await platform.send(changed) == first
    assert ann.chat.texts == ["newer"]


@pytest.mark.parametrize("edits", ["4711", "button:5"])
async def test_edit_of_what_is_gone_is_rejected(api: BotApi, platform: TelegramPlatform, edits: str) -> None:
    with pytest.raises(Rejected):
        await platform.send(delivery(api.person().id, edits=edits))


async def test_edit_of_another_s_message_is_rejected(api: BotApi, platform: TelegramPlatform) -> None:
    ann = api.person()
    with pytest.raises(Rejected, match="can't be edited"):
        await platform.send(delivery(ann.id, edits=str(ann.says("mine").message_id)))


@pytest.mark.parametrize("html", ["x" * 4097, "😀" * 2049, "   "], ids=["long", "astral", "empty"])
async def test_text_that_never_fits_is_rejected(api: BotApi, platform: TelegramPlatform, html: str) -> None:
    with pytest.raises(Rejected):
        await platform.send(delivery(api.person().id, html))


async def test_limit_counts_after_the_markup(api: BotApi, platform: TelegramPlatform) -> None:
    ann = api.person()
    await platform.send(delivery(ann.id, "<b>" + "x" * 4096 + "</b>"))
    assert len(ann.chat.texts[0]) == 4096


def blocked(api: BotApi) -> int:
    ann = api.person()
    ann.blocks()
    return ann.id


@pytest.mark.parametrize(
    "where",
    [
        lambda api: 4711,
        blocked,
        lambda api: api.person(started=False).id,
        lambda api: api.group(bot="kicked").id,
        lambda api: api.group(bot="left").id,
        lambda api: api.group(bot="restricted").id,
        lambda api: api.group(kind="channel").id,
    ],
    ids=["unknown", "blocked", "not started", "kicked", "left", "muted", "channel without rights"],
)
async def test_chat_that_can_not_be_written_to_is_gone(
    api: BotApi, platform: TelegramPlatform, where: Any
) -> None:
    with pytest.raises(ChatGone):
        await platform.send(delivery(where(api)))


@pytest.mark.parametrize("loss", ["closed", "deleted"])
async def test_topic_that_is_closed_or_deleted_is_gone_with_its_reason(
    api: BotApi, platform: TelegramPlatform, loss: str
) -> None:
    topic = api.group().topic("World")
    setattr(topic, loss, True)
    with pytest.raises(ChatGone, match=r"(?i)topic_closed|thread not found"):
        await platform.send(delivery(topic.chat.id, thread=str(topic.id)))


async def test_group_that_became_a_supergroup_has_moved(api: BotApi, platform: TelegramPlatform) -> None:
    group = api.group(kind="group")
    new = group.migrates(api.group())
    with pytest.raises(ChatMoved) as raised:
        await platform.send(delivery(group.id))
    assert raised.value.chat == str(new.id)


@pytest.mark.parametrize(
    ("fault", "error", "sent"),
    [
        (times_out(sent=True), Ambiguous, 1),
        (times_out(sent=False), Ambiguous, 0),
        (is_cut(sent=True), Ambiguous, 1),
        (is_cut(sent=False), Ambiguous, 0),
        (answers(502, "Bad Gateway"), Ambiguous, 0),
        (answers(504, "Gateway Time-out", carried_out=True), Ambiguous, 1),
        (answers(500, "Internal Server Error"), Ambiguous, 0),
        (answers(500, "Internal Server Error: restart"), Unavailable, 0),
        (answers(503, "Service Unavailable"), Unavailable, 0),
        (answers(429, "Too Many Requests"), RetryAfter, 0),
        (answers(401, "Unauthorized"), NotAuthorised, 0),
        (answers(413, "Request Entity Too Large"), Rejected, 0),
        (answers(400, "Bad Request: BUTTON_DATA_INVALID"), Rejected, 0),
    ],
    ids=lambda v: f"{v.status or v.wire.value} {v.carried_out}" if isinstance(v, Fault) else "",
)
async def test_trouble_has_its_kind_and_is_not_repeated_here(
    api: BotApi, platform: TelegramPlatform, fault: Fault, error: type[PlatformError], sent: int
) -> None:
    ann = api.person()
    api.faults.append(fault)
    with pytest.raises(error):
        await platform.send(delivery(ann.id))
    assert len(ann.chat.said) == sent
    assert api.count("sendMessage") == 1


async def test_flood_says_for_how_long(api: BotApi, platform: TelegramPlatform) -> None:
    api.faults.append(floods(43837))
    with pytest.raises(RetryAfter) as raised:
        await platform.send(delivery(api.person().id))
    assert raised.value.seconds == 43837


async def test_flood_in_one_chat_leaves_others_alone(api: BotApi, platform: TelegramPlatform) -> None:
    ann, bob = api.person("Ann"), api.person("Bob")
    api.faults.append(floods(60, chat=ann.id))
    with pytest.raises(RetryAfter):
        await platform.send(delivery(ann.id))
    await platform.send(delivery(bob.id))
    assert bob.chat.said


async def test_server_that_is_down_is_unavailable(api: BotApi, platform: TelegramPlatform) -> None:
    ann = api.person()
    await api.stop()
    with pytest.raises(Unavailable):
        await platform.send(delivery(ann.id))


async def test_closed_platform_is_unavailable(api: BotApi, platform: TelegramPlatform) -> None:
    await platform.close()
    with pytest.raises(Unavailable):
        await platform.send(delivery(api.person().id))


async def test_messages_of_one_moment_are_spread_over_the_second(api: BotApi) -> None:
    waits: list[float] = []

    async def pause(seconds: float) -> None:
        waits.append(seconds)

    settings = TelegramSettings(token=api.token, base_url=api.url, per_second=10)
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    platform = TelegramPlatform(settings, pause=pause, clock=lambda: moment)
    chats = [api.person().id for _ in range(4)]
    for chat in chats:
        await platform.send(delivery(chat))
    await platform.close()
    assert waits == pytest.approx([0.1, 0.2, 0.3])


async def test_clock_that_is_set_back_does_not_stop_the_messages(api: BotApi) -> None:
    waits: list[float] = []

    async def pause(seconds: float) -> None:
        waits.append(seconds)

    times = [datetime(2026, 3, 1, hour, tzinfo=UTC) for hour in (14, 14, 12)]
    settings = TelegramSettings(token=api.token, base_url=api.url)
    platform = TelegramPlatform(settings, pause=pause, clock=lambda: times.pop(0))
    ann = api.person()
    for _ in range(2):
        await platform.send(delivery(ann.id))
    await platform.close()
    assert max(waits) <= 5


async def test_typing_shows_and_its_failure_does_not_matter(api: BotApi, platform: TelegramPlatform) -> None:
    ann = api.person()
    await platform.typing(Address("telegram", str(ann.id)))
    assert api.actions == [(ann.id, "typing")]
    await platform.typing(Address("telegram", "4711"))
    await api.stop()
    await platform.typing(Address("telegram", str(ann.id)))


async def test_what_is_known_so_far_is_a_draft_in_private_and_leaves_no_message(
    api: BotApi, platform: TelegramPlatform
) -> None:
    ann, group = api.person(), api.group()
    await platform.typing(Address("telegram", str(ann.id)), "Reading…", 5)
    await platform.typing(Address("telegram", str(group.id)), "Reading…", 6)
    assert api.drafts == [(ann.id, 5, "Reading…")]
    assert api.actions == [(group.id, "typing")]
    assert ann.chat.said == []


async def test_a_server_without_drafts_gets_the_sign_instead(api: BotApi, platform: TelegramPlatform) -> None:
    ann = api.person()
    api.faults = [answers(404, "Not Found", "sendMessageDraft")]
    for _ in range(2):
        await platform.typing(Address("telegram", str(ann.id)), "Reading…", 5)
    assert api.drafts == []
    assert api.actions == [(ann.id, "typing")] * 2


async def test_a_draft_that_is_refused_is_no_reason_to_show_no_other(
    api: BotApi, platform: TelegramPlatform
) -> None:
    ann = api.person()
    api.faults = [answers(400, "Bad Request: TEXTDRAFT_INVALID", "sendMessageDraft")]
    await platform.typing(Address("telegram", str(ann.id)), "Reading…", 5)
    api.faults = []
    await platform.typing(Address("telegram", str(ann.id)), "Reading on…", 5)
    assert api.actions == [(ann.id, "typing")]
    assert api.drafts == [(ann.id, 5, "Reading on…")]


@pytest.mark.parametrize("payload", ["", "x" * 65, "é" * 33])
async def test_button_that_telegram_refuses_is_rejected(
    api: BotApi, platform: TelegramPlatform, payload: str
) -> None:
    part = Part(html="x", plain="x", buttons=((Button("More", payload),),))
    with pytest.raises(Rejected):
        await platform.send(delivery(api.person().id, part=part))
