"""Transcripts of those who run the bot: roles, sources, status; and who may not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from town import Feed, Person, Town

from bot.chat.commands import COMMANDS
from bot.chat.router import Router
from bot.errors import FetchError, HttpStatus, Refused, SourceError, Unreadable
from bot.types import Role, SourceKind, SourceSettings, SourceState

SITE = "https://river.example/"


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.permission > Role.READER], ids=lambda c: c.name)
async def test_readers_may_not_run_the_bot(town: Town, ann: Person, command) -> None:  # type: ignore[no-untyped-def]
    assert await ann.says(command.example_line("/")) in {
        "Only my admins can do that.",
        "Only my owner can do that.",
    }
    assert await town.store.sources.list() == []
    assert await town.store.chats.admins() == []


async def test_an_admin_by_grant_may_add_sources_but_make_no_admins(
    town: Town, ann: Person, olga: Person
) -> None:
    town.desk.found[SITE] = [Feed(f"{SITE}feed", "River Post")]
    assert await olga.says("/grant 7") == "7 is an admin now."
    assert (await ann.says(f"/addsource {SITE}")).startswith("Added River Post as number")
    assert await ann.says("/grant 8") == "Only my owner can do that."
    assert await olga.says("/revoke 7") == "7 is a reader like everyone now."
    assert await ann.says(f"/addsource {SITE}") == "Only my admins can do that."


async def test_a_role_is_worth_nothing_on_another_platform(town: Town, olga: Person) -> None:
    await olga.says("/grant 7")
    twin = town.person("7", platform="matrix")
    assert await twin.says("!status") == "Only my admins can do that."


async def test_where_nobody_owns_the_bot_its_owner_learns_what_to_configure(town: Town) -> None:
    someone = town.person("olga", platform="console")
    assert await someone.says("/status") == (
        "Only my admins can do that. Nobody owns me here yet. If you run me, "
        "add “console:olga” to the owners in my configuration."
    )


async def test_blocked_people_hear_nothing(town: Town, ann: Person, olga: Person) -> None:
    assert await olga.says("/grant 7 blocked") == "7 is blocked: I ignore them from now on."
    assert (await ann.sends("hello?")).replies == ()
    assert (await ann.sends("/start")).replies == ()
    await olga.says("/revoke 7")
    assert (await ann.says("/start")).startswith("Hello.")


async def test_owners_are_not_made_or_unmade_by_command(olga: Person) -> None:
    assert (await olga.says("/grant 1 blocked")).startswith("An owner's role is in the configuration.")
    assert (await olga.says("/revoke 1")).startswith("An owner's role is in the configuration.")


@pytest.mark.parametrize("wrong", ["", "7 owner", "7 admin now", "not a person!"])
async def test_a_grant_that_makes_no_sense(olga: Person, wrong: str) -> None:
    assert "Example: /grant @ann:example.org" in await olga.says(f"/grant {wrong}")


@pytest.mark.parametrize(
    ("owner", "platform", "wrong", "says"),
    [
        ("1", "telegram", "bob", "On Telegram a person is a number, like 123456789. /mydata tells"),
        ("1", "telegram", "@bob:example.org", "On Telegram a person is a number"),
        ("1", "telegram", "١٢٣", "On Telegram a person is a number"),
        ("@olga:example.org", "matrix", "7", "On Matrix a person is @name:server. !mydata tells"),
        ("@olga:example.org", "matrix", "bob", "On Matrix a person is @name:server."),
    ],
)
async def test_nobody_is_blocked_by_what_can_not_be_their_id(
    town: Town, owner: str, platform: str, wrong: str, says: str
) -> None:
    olga = town.person(owner, platform=platform)
    for command in (f"grant {wrong} blocked", f"revoke {wrong}"):
        assert (await olga.says(f"{'!' if platform == 'matrix' else '/'}{command}")).startswith(says)
    assert await town.store.chats.members() == []


async def test_who_speaks_as_a_channel_can_be_blocked(town: Town, olga: Person) -> None:
    assert (await olga.says("/grant -100777 blocked")).startswith("-100777 is blocked")
    assert (await town.person("-100777", group="-100").sends("/latest")).replies == ()


async def test_a_role_of_a_name_that_nobody_can_have_can_be_taken_away(town: Town, olga: Person) -> None:
    await town.store.chats.set_role("telegram", "bob", Role.BLOCKED, "telegram:1")
    assert await olga.says("/revoke bob") == "bob is a reader like everyone now."
    assert await town.store.chats.members() == []


async def test_admins_and_who_is_blocked_are_listed(olga: Person) -> None:
    await olga.says("/grant 7")
    assert "blocked" not in await olga.says("/admins")
    await olga.says("/grant 8 blocked")
    assert await olga.says("/admins") == (
        "Who runs this bot\n\n• @olga:example.org (matrix): owner\n• 1 (telegram): owner\n"
        "• 7 (telegram): admin, by telegram:1\n\n"
        "Who is blocked\n\n• 8 (telegram): blocked, by telegram:1"
    )


# --- groups --------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["/subscribe", "/unsubscribe all", "/settings length long"])
async def test_in_a_group_only_administrators_change_what_is_posted(town: Town, command: str) -> None:
    bob = town.person("8", group="-100")
    assert await bob.says(command) == "In a group, only its administrators can change what I post here."
    chief = town.person("9", group="-100", administers=True)
    assert "only its administrators" not in await chief.says(command)


async def test_in_a_group_anyone_may_look_at_the_settings(town: Town) -> None:
    assert (await town.person("8", group="-100").says("/settings")).startswith("Settings of this chat")


async def test_in_a_group_who_says_the_time_is_offered_places_and_only_administrators_choose(
    town: Town,
) -> None:
    bob = town.person("8", group="-100")
    asked = await bob.sends("it's 18:02 here", addressed=True)
    assert asked.text == "Where is it 18:02 now?"
    assert (await bob.presses("settings timezone Asia/Tokyo")).startswith(
        "In a group, only its administrators"
    )
    chief = town.person("9", group="-100", administers=True)
    assert (await chief.presses("settings timezone Asia/Tokyo")).startswith("Time zone: Asia/Tokyo.")


async def test_the_bots_admins_may_subscribe_any_group(town: Town) -> None:
    olga = town.person("1", group="-100")
    assert (await olga.says("/subscribe")).startswith("Subscribed to everything")


async def test_a_button_asks_for_the_same_permission(town: Town, ann: Person) -> None:
    assert await ann.presses("addsource https://river.example/") == "Only my admins can do that."
    bob = town.person("8", group="-100")
    assert (await bob.presses("subscribe all daily")).startswith("In a group, only")


# --- sources -------------------------------------------------------------------------------


async def test_one_feed_behind_a_site_is_added_and_offered_to_the_chat(town: Town, olga: Person) -> None:
    town.desk.found[SITE] = [Feed(f"{SITE}feed", "River Post"), Feed(SITE, "River", SourceKind.PAGE)]
    heard = await olga.sends("/addsource river.example/ world/europe")
    [source] = await town.store.sources.list()
    assert (source.url, source.kind, source.topic) == (f"{SITE}feed", SourceKind.FEED, "world/europe")
    assert heard.text == (
        f"Added River Post as number {source.id} in world/europe.\n\n"
        "I read it now. Of what it has already, I announce 3 items at most."
    )
    assert heard.payloads == [f"subscribe source {source.id}"]
    assert source.due_at is not None


async def test_a_site_without_feeds_is_watched_by_its_links(town: Town, olga: Person) -> None:
    town.desk.found[SITE] = [Feed(SITE, "River", SourceKind.PAGE)]
    await olga.says(f"/addsource {SITE}")
    assert [s.kind for s in await town.store.sources.list()] == [SourceKind.PAGE]


async def test_of_several_feeds_one_is_chosen_by_button(town: Town, olga: Person) -> None:
    town.desk.found[SITE] = [Feed(f"{SITE}{n}", f"Feed {n}") for n in ("all", "sport", "culture")]
    asked = await olga.sends(f"/addsource {SITE} local")
    assert asked.text.startswith("There are several feeds. Which one?\n\n• 1. Feed all\n• 2. Feed sport")
    assert await town.store.sources.list() == []
    assert (await olga.presses(asked.payloads[1])).startswith("Added Feed sport as number 1 in local.")
    [source] = await town.store.sources.list()
    assert source.url == f"{SITE}sport"


async def test_an_old_choice_does_not_add_a_wrong_feed(town: Town, olga: Person) -> None:
    town.desk.found[SITE] = [Feed(f"{SITE}{n}", f"Feed {n}") for n in "ab"]
    town.desk.found["https://lake.example/"] = [Feed(f"https://lake.example/{n}", n) for n in "cd"]
    old = await olga.sends(f"/addsource {SITE}")
    await olga.sends("/addsource https://lake.example/")
    assert (await olga.presses(old.payloads[0])).startswith("That choice is too old.")
    assert await town.store.sources.list() == []


@pytest.mark.parametrize("choice", ["#", "#-", "#-1", "#abc-1", "#12345678-0", "#12345678-x"])
async def test_a_choice_that_was_never_offered(town: Town, olga: Person, choice: str) -> None:
    assert (await olga.says(f"/addsource {choice}")).startswith("That choice is too old.")


async def test_a_source_is_not_added_twice(town: Town, olga: Person) -> None:
    town.desk.found[SITE] = [Feed(f"{SITE}feed", "River Post")]
    await olga.says(f"/addsource {SITE}")
    assert await olga.says(f"/addsource {SITE}") == "That source is there already: number 1 (not read yet)."
    await olga.says("/pausesource 1")
    again = await olga.sends(f"/addsource {SITE}feed")
    assert again.text == "That source is there already: number 1 (paused)."
    assert await olga.presses(again.payloads[0]) == "I read River Post again, starting now."


@pytest.mark.parametrize(
    "wrong", ["ftp://river.example/", "javascript:alert(1).x", "file:///etc/passwd.d", "river"]
)
async def test_what_is_no_web_address_is_refused(town: Town, olga: Person, wrong: str) -> None:
    assert (await olga.says(f"/addsource {wrong}")).startswith("I need a web address")


async def test_a_site_that_can_not_be_reached_or_has_nothing(town: Town, olga: Person) -> None:
    town.desk.found[SITE] = FetchError("dns", url=SITE)
    assert await olga.says(f"/addsource {SITE}") == "Its trouble is: dns. Try it."
    assert await olga.says("/addsource https://lake.example/") == "I found nothing to follow at lake.example."


async def test_an_address_that_is_away_can_be_added_anyway(town: Town, olga: Person) -> None:
    town.desk.found[SITE] = HttpStatus(503, url=SITE)
    asked = await olga.sends(f"/addsource {SITE} local")
    assert (await olga.presses(asked.payloads[0])).startswith("Added river.example as number 1 in local.")
    [source] = await town.store.sources.list()
    assert (source.url, source.kind) == (SITE, SourceKind.FEED)


@pytest.mark.parametrize("error", [Refused("inside"), HttpStatus(410), Unreadable("no feed")])
async def test_what_will_never_be_read_is_not_offered(town: Town, olga: Person, error: SourceError) -> None:
    town.desk.found[SITE] = error
    assert (await olga.sends(f"/addsource {SITE}")).payloads == []


async def test_no_command_shows_a_login(town: Town, olga: Person) -> None:
    url = "https://ann:secret@river.example/feed"
    await town.store.sources.add(url, kind=SourceKind.FEED, now=town.now)
    await town.store.sources.add(
        "https://b.example/", kind=SourceKind.FEED, settings=SourceSettings(mirrors=(url,)), now=town.now
    )
    for command in (
        *("sources", "setsource 1", "setsource 2", "checksource 1", "checksource all", "exportsources"),
        *(
            "subscribe source 1",
            "subscriptions",
            "pausesource 1",
            "resumesource 1",
            f"addsource {url}",
            f"setsource 2 url {url}",
        ),
        *("setsource 1 url https://ann:secret@new.example/", "removesource 1"),
    ):
        heard = await olga.sends(f"/{command}")
        assert "secret" not in heard.text, command
        assert "secret" not in str(heard.payloads), command


async def test_sources_are_listed_by_topic_and_page(town: Town, ann: Person) -> None:
    assert await ann.says("/sources") == "There are no sources yet."
    for n in range(15):
        await town.store.sources.add(
            f"https://s{n}.example/feed",
            kind=SourceKind.FEED,
            title=f"Source {n}",
            topic="b" if n else "a",
            now=town.now,
        )
    first = await ann.sends("/sources")
    assert first.text.startswith(
        "15 sources, page 1 of 2\n\na\n\n• 1 Source 0 (not read yet)\n\nb\n\n• 2 Source 1"
    )
    assert "Source 14" in await ann.presses(first.payloads[0])
    assert (await ann.says("/sources 3")).startswith("There are 2 pages.")


async def test_a_source_is_paused_taken_up_checked_and_removed(town: Town, olga: Person) -> None:
    source = await town.store.sources.add(
        "https://river.example/feed", kind=SourceKind.FEED, title="River Post", now=town.now
    )
    assert await olga.says("/pausesource 1") == "Paused River Post."
    assert (await town.store.sources.get(source.id)).state is SourceState.PAUSED
    assert "River Post (paused)" in await olga.says("/sources")
    town.now += timedelta(hours=1)
    assert await olga.says("/resumesource 1") == "I read River Post again, starting now."
    again = await town.store.sources.get(source.id)
    assert again.state is SourceState.ACTIVE
    assert again.due_at is not None
    assert again.due_at <= town.now
    assert await olga.says("/checksource https://river.example/feed") == f"River Post\n\n{town.desk.verdict}"
    assert (await olga.says("/removesource 1")).startswith("Removed River Post.")
    assert await town.store.sources.list() == []
    assert (await olga.says("/removesource 1")).startswith("There is no source 1.")


async def test_pausing_and_resuming_twice_changes_nothing(town: Town, olga: Person) -> None:
    await town.store.sources.add(
        "https://river.example/feed", kind=SourceKind.FEED, title="Post", now=town.now
    )
    assert await olga.says("/resumesource 1") == "Post is being read already."
    assert (await town.store.sources.get(1)).state is SourceState.ACTIVE
    await olga.says("/pausesource 1")
    again = await olga.sends("/pausesource 1")
    assert (again.text, again.payloads) == ("Post is paused already.", ["resumesource 1"])
    assert (await town.store.sources.get(1)).state is SourceState.PAUSED


async def test_a_source_that_was_given_up_is_taken_up_again(town: Town, olga: Person) -> None:
    await town.store.sources.add(
        "https://river.example/feed", kind=SourceKind.FEED, title="Post", now=town.now
    )
    await town.store.sources.change(1, state=SourceState.DEAD)
    refused = await olga.sends("/pausesource 1")
    assert refused.text == "Post is given up already."
    assert await olga.presses(refused.payloads[0]) == "I read Post again, starting now."


async def test_status_counts_and_adds_what_only_the_running_bot_knows(town: Town, olga: Person) -> None:
    assert "Articles: 0" in await olga.says("/status")

    class Running:
        async def lines(self, *, now: datetime) -> Sequence[tuple[str, str]]:
            return [("articles", "1 (and counting)"), ("Model", "standard")]

    town.router = Router(replace(town.router.services, status=Running()))
    said = await olga.says("/status")
    assert said.count("rticles") == 1
    assert "• articles: 1 (and counting)\n• Model: standard" in said
    assert "Chats: 1" in said
