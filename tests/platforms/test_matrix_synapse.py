"""The Matrix platform against a real Synapse, with people on nio: what is said and answered."""

import asyncio
import json
import stat
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from synapse import strict_person
from synapse.bots import Bot, delivery, together
from synapse.fixtures import new_name
from synapse.homeserver import Homeserver
from synapse.people import Person

from bot.errors import ChatGone, ChatOpened, NotAuthorised, Rejected, RetryAfter
from bot.types import Address, DeliveryKind, Part

pytestmark = pytest.mark.synapse
MakePerson = Callable[..., Awaitable[Person]]
MakeBot = Callable[..., Bot]


def in_room(homeserver: Homeserver, room_id: str, ann: Person) -> dict[str, dict]:
    """All events as the server has them, by id."""
    path = f"/_matrix/client/v3/rooms/{room_id}/messages?dir=f&limit=1000"
    chunk = homeserver.call("GET", path, token=ann.client.access_token)["chunk"]
    return {event["event_id"]: event for event in chunk}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def signed(homeserver: Homeserver, bot: Bot) -> bool:
    """Whether the server has the bot's device with its account's signature."""
    asked = {"device_keys": {bot.user_id: []}}
    token = bot.login.access_token
    keys = homeserver.call("POST", "/_matrix/client/v3/keys/query", asked, token=token)
    signing = keys["self_signing_keys"][bot.user_id]["keys"]
    device = keys["device_keys"][bot.user_id].get(bot.login.device_id, {"signatures": {bot.user_id: {}}})
    return bool(set(signing) & set(device["signatures"][bot.user_id]))


@pytest.mark.parametrize("version", ["11", "12"])
async def test_encrypted_question_and_answer(
    homeserver: Homeserver, person: MakePerson, bot: MakeBot, version: str
) -> None:
    ann, newsbot = await person(), bot()
    room_id = await together(ann, newsbot, encrypted=True, version=version)

    asked = await ann.say(room_id, "What happened?")
    message = await newsbot.gets("What happened?")
    receipt = await newsbot.send(delivery(room_id, "A lot.", reply_to=asked))
    heard = await ann.hears(lambda e: e["content"].get("body") == "A lot.")

    assert (message.sender, message.private, message.may_administer) == (ann.user_id, True, True)
    assert message.message_id == asked
    assert heard["content"]["m.relates_to"]["m.in_reply_to"]["event_id"] == asked
    wire = in_room(homeserver, room_id, ann)[receipt.message_id]
    assert wire["type"] == "m.room.encrypted"
    assert "A lot" not in json.dumps(wire)


@pytest.mark.parametrize("version", ["11", "12"])
async def test_in_a_group_the_creator_administers_and_answers_open_a_thread(
    homeserver: Homeserver, person: MakePerson, bot: MakeBot, version: str
) -> None:
    ann, ben, newsbot = await person(), await person("ben"), bot()
    room_id = await together(ann, newsbot, version=version)
    await ann.client.room_invite(room_id, ben.user_id)
    await ben.join(room_id)
    await newsbot.until(lambda: len(newsbot.rooms[room_id].users) == 3)

    await ben.say(room_id, "Nice weather")
    asked = await ben.say(room_id, f"{newsbot.settings.user}: what happened?")
    by_ben = await newsbot.gets("what happened?")
    answer = await newsbot.send(delivery(room_id, "A lot.", reply_to=asked))
    await ben.hears(lambda e: e["event_id"] == answer.message_id)
    inside = {"rel_type": "m.thread", "event_id": asked, "is_falling_back": True}
    fallback = {"m.in_reply_to": {"event_id": answer.message_id}}
    await ben.say(room_id, "and then?", **{"m.relates_to": inside | fallback})
    await ann.say(room_id, "!settings")
    follow_up, by_ann = await newsbot.gets("and then?"), await newsbot.gets("!settings")

    assert newsbot.texts == ["what happened?", "and then?", "!settings"]
    assert (by_ben.private, by_ben.may_administer, by_ben.addressed) == (False, False, True)
    assert (follow_up.address.thread, follow_up.addressed) == (asked, True)
    assert by_ann.may_administer
    relation = in_room(homeserver, room_id, ann)[answer.message_id]["content"]["m.relates_to"]
    assert (relation["rel_type"], relation["event_id"]) == ("m.thread", asked)


async def test_question_that_can_carry_no_thread_gets_a_plain_reply(
    homeserver: Homeserver, person: MakePerson, bot: MakeBot
) -> None:
    ann, ben, newsbot = await person(), await person("ben"), bot()
    room_id = await together(ann, newsbot)
    await ann.client.room_invite(room_id, ben.user_id)
    await ben.join(room_id)
    await newsbot.until(lambda: len(newsbot.rooms[room_id].users) == 3)
    first = await ann.say(room_id, "first")
    within = await ann.say(room_id, "!x", **{"m.relates_to": {"rel_type": "m.thread", "event_id": first}})

    receipt = await newsbot.send(delivery(room_id, "reply", reply_to=within))

    relation = in_room(homeserver, room_id, ann)[receipt.message_id]["content"]["m.relates_to"]
    assert relation == {"m.in_reply_to": {"event_id": within}}


async def test_only_those_who_may_invite_are_followed(person: MakePerson, bot: MakeBot) -> None:
    ann, eve = await person(), await person("eve")
    newsbot = bot(allowed_inviters=(), owners=(ann.user_id,))
    hers = await ann.room(newsbot.user_id)
    other = await eve.room(newsbot.user_id)

    await ann.joined(hers, newsbot.user_id)
    await eve.until(lambda: newsbot.user_id not in eve.client.rooms[other].users)
    await newsbot.until(lambda: hers in newsbot.rooms)

    assert list(newsbot.rooms) == [hers]


async def test_notices_edits_and_old_talk_are_not_answered(person: MakePerson, bot: MakeBot) -> None:
    ann, newsbot = await person(), bot()
    room_id = await ann.room()
    await ann.say(room_id, "before the bot")
    await ann.client.room_invite(room_id, newsbot.user_id)
    await ann.joined(room_id, newsbot.user_id)
    said = await ann.say(room_id, "one")
    await ann.say(room_id, "robot", msgtype="m.notice")
    edit = {"rel_type": "m.replace", "event_id": said}
    new = {"m.new_content": {"msgtype": "m.text", "body": "uno"}, "m.relates_to": edit}
    await ann.say(room_id, "* uno", **new)
    await ann.say(room_id, "two")
    await newsbot.gets("two")
    assert newsbot.texts == ["one", "two"]


async def test_what_is_said_between_invitation_and_joining_is_heard(
    homeserver: Homeserver, person: MakePerson, bot: MakeBot
) -> None:
    ann, newsbot = await person(), bot()
    await newsbot.until(lambda: newsbot.synced)
    await newsbot.stop()
    room_id = await ann.room(newsbot.user_id)
    await ann.say(room_id, "hello already")
    newsbot.start()
    await newsbot.gets("hello already")
    assert newsbot.texts == ["hello already"]


@pytest.mark.parametrize("encrypted", [False, True])
async def test_same_delivery_twice_is_one_event_even_after_restarts(
    homeserver: Homeserver, person: MakePerson, bot: MakeBot, encrypted: bool
) -> None:
    ann, newsbot = await person(), bot()
    room_id = await together(ann, newsbot, encrypted=encrypted)
    row = delivery(room_id, "once", kind=DeliveryKind.LIVE)

    first = await newsbot.send(row)
    second = await newsbot.send(row)
    await newsbot.restart()
    await newsbot.until(lambda: newsbot.synced)
    third = await newsbot.send(row)

    assert first == second == third
    await ann.hears(lambda e: e["content"].get("body") == "once")
    kind = "m.room.encrypted" if encrypted else "m.room.message"
    assert sum(e["type"] == kind for e in in_room(homeserver, room_id, ann).values()) == 1


async def test_edit_replaces_what_was_sent(person: MakePerson, bot: MakeBot) -> None:
    ann, newsbot = await person(), bot()
    room_id = await together(ann, newsbot, encrypted=True)
    first = await newsbot.send(delivery(room_id, "one", kind=DeliveryKind.LIVE))
    receipt = await newsbot.send(delivery(room_id, "two", kind=DeliveryKind.LIVE, edits=first.message_id))
    heard = await ann.hears(lambda e: "m.new_content" in e["content"])
    assert receipt == first
    assert heard["content"]["m.new_content"]["body"] == "two"
    assert heard["content"]["m.relates_to"]["event_id"] == first.message_id


async def test_login_is_kept_private_and_used_again(bot: MakeBot) -> None:
    newsbot = bot()
    await newsbot.until(lambda: newsbot.synced)
    login = newsbot.login
    await newsbot.restart()
    await newsbot.until(lambda: newsbot.synced)
    folder = newsbot.settings.store_dir
    files = {file.name: mode(file) for file in folder.iterdir()}

    assert newsbot.login == login
    assert {"login.json", "keys.db", "cross_signing.json", "pickle.json", "progress.json"} <= set(files)
    assert set(files.values()) == {0o600}
    assert mode(folder) == 0o700


async def test_device_is_signed_by_its_account(homeserver: Homeserver, bot: MakeBot) -> None:
    newsbot = bot()
    await newsbot.until(lambda: newsbot.synced)
    assert signed(homeserver, newsbot)


async def test_token_that_was_revoked_is_renewed_and_the_device_published_again(
    homeserver: Homeserver, person: MakePerson, bot: MakeBot
) -> None:
    newsbot = bot()
    await newsbot.until(lambda: newsbot.synced)
    login = newsbot.login
    homeserver.call("POST", "/_matrix/client/v3/logout", {}, token=login.access_token)
    await newsbot.until(lambda: newsbot.login != login and signed(homeserver, newsbot))

    ann = await person()
    room_id = await together(ann, newsbot, encrypted=True)
    await ann.say(room_id, "still there?")
    await newsbot.gets("still there?")
    await newsbot.send(delivery(room_id, "yes"))
    await ann.hears(lambda e: e["content"].get("body") == "yes")
    assert newsbot.login.device_id == login.device_id


async def test_wrong_password_ends_the_run_with_a_clear_error(bot: MakeBot) -> None:
    newsbot = bot(password="wrong")
    with pytest.raises(NotAuthorised):
        await newsbot.until(lambda: newsbot.synced)


async def test_flood_limit_is_told_with_its_seconds(
    homeserver: Homeserver, person: MakePerson, bot: MakeBot
) -> None:
    ann, newsbot = await person(), bot()
    room_id = await together(ann, newsbot)
    admin = new_name("admin")
    homeserver.register(admin, admin=True)
    slow = {"messages_per_second": 1, "burst_count": 1}
    path = f"/_synapse/admin/v1/users/{newsbot.user_id}/override_ratelimit"
    homeserver.call("POST", path, slow, token=homeserver.token(admin))

    async def flood() -> None:
        for number in range(10):
            await newsbot.send(delivery(room_id, str(number)))

    with pytest.raises(RetryAfter) as limited:
        await flood()

    assert 0 < limited.value.seconds < 60


async def test_message_that_is_too_large_is_rejected(person: MakePerson, bot: MakeBot) -> None:
    ann, newsbot = await person(), bot()
    room_id = await together(ann, newsbot)
    large = delivery(room_id, "")
    with pytest.raises(Rejected):
        await newsbot.send(replace(large, part=Part(html="", plain="x" * 70_000)))


async def test_kicked_bot_says_that_the_chat_is_gone_and_comes_back_when_asked(
    person: MakePerson, bot: MakeBot
) -> None:
    ann, newsbot = await person(), bot()
    room_id = await together(ann, newsbot)
    await ann.client.room_kick(room_id, newsbot.user_id)
    with pytest.raises(ChatGone):
        await newsbot.send(delivery(room_id, "hello"))
    await newsbot.until(lambda: room_id not in newsbot.rooms)
    with pytest.raises(ChatGone):
        await newsbot.send(delivery(room_id, "hello"))

    await ann.client.room_invite(room_id, newsbot.user_id)
    await newsbot.until(lambda: room_id in newsbot.rooms)
    await newsbot.send(delivery(room_id, "back"))


async def test_what_is_for_one_person_is_not_sent_where_others_came_in(
    person: MakePerson, bot: MakeBot
) -> None:
    ann, ben, newsbot = await person(), await person(), bot()
    room_id = await together(ann, newsbot)
    personal = replace(delivery(room_id, "for ann alone"), personal=True)
    await newsbot.send(personal)
    await ann.client.room_invite(room_id, ben.user_id)
    await newsbot.until(lambda: ben.user_id in newsbot.rooms[room_id].users)
    await newsbot.send(replace(personal, key="who is only invited reads nothing"))
    await ben.join(room_id)
    await newsbot.until(lambda: not newsbot.rooms[room_id].users[ben.user_id].invited)
    with pytest.raises(ChatOpened):
        await newsbot.send(replace(personal, key="another"))


async def test_room_that_emptied_is_left(person: MakePerson, bot: MakeBot) -> None:
    ann, newsbot = await person(), bot()
    room_id = await together(ann, newsbot)
    await ann.client.room_leave(room_id)
    await newsbot.until(lambda: room_id not in newsbot.rooms)


async def test_person_sees_that_the_question_was_read_and_that_the_bot_writes(
    person: MakePerson, bot: MakeBot
) -> None:
    ann, newsbot = await person(), bot()
    room_id = await together(ann, newsbot)
    asked = await ann.say(room_id, "What happened?")
    await newsbot.gets("What happened?")
    room = ann.client.rooms[room_id]
    receipts = room.threaded_read_receipts
    await ann.until(lambda: any(r.event_id == asked for r in receipts.get(newsbot.user_id, {}).values()))

    await newsbot.platform.typing(Address("matrix", room_id))
    await ann.until(lambda: room.typing_users == [newsbot.user_id])
    await newsbot.send(delivery(room_id, "A lot."))
    await ann.until(lambda: room.typing_users == [])


async def test_unverified_devices_can_be_refused(person: MakePerson, bot: MakeBot) -> None:
    ann, newsbot = await person(), bot(ignore_unverified_devices=False)
    room_id = await together(ann, newsbot, encrypted=True)
    with pytest.raises(Rejected, match="not verified"):
        await newsbot.send(delivery(room_id, "hello"))


@pytest.mark.skipif(not strict_person.ready, reason="no matrix-js-sdk here: run tests/synapse/strict/install")
async def test_strict_client_talks_with_the_bot_and_shows_no_shield(
    homeserver: Homeserver, bot: MakeBot
) -> None:
    newsbot = bot()
    name = new_name("carla")
    homeserver.register(name)
    asking = asyncio.create_task(strict_person.ask(homeserver.url, name, newsbot.user_id, "What happened?"))

    message = await newsbot.gets("What happened?")
    await newsbot.send(delivery(message.address.chat, "A lot.", reply_to=message.message_id))

    assert await asking == {"body": "A lot.", "shield": 0, "reason": None}


@pytest.mark.parametrize("encrypted", [False, True])
async def test_thumbs_at_what_the_bot_sent_are_heard(
    person: MakePerson, bot: MakeBot, encrypted: bool
) -> None:
    ann, newsbot = await person(), bot()
    room_id = await together(ann, newsbot, encrypted=encrypted)
    own = await ann.say(room_id, "hello")
    await newsbot.gets("hello")
    post = await newsbot.send(delivery(room_id, "A story."))
    await ann.hears(lambda e: e["content"].get("body") == "A story.")

    for target, key in ((own, "👍"), (post.message_id, "🎉"), (post.message_id, "👎")):
        about = {"rel_type": "m.annotation", "event_id": target, "key": key}
        await ann.put(room_id, "m.reaction", {"m.relates_to": about})
    await ann.say(room_id, "and now?")
    await newsbot.gets("and now?")

    [heard] = [m for m in newsbot.inbox if m.button]
    assert (heard.button, heard.reply_to, heard.sender) == ("down", post.message_id, ann.user_id)
