"""Transcripts: what people say and what the bot says back, over a real store."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes import first
from town import Person, Town

from bot.chat import news
from bot.errors import (
    FetchError,
    HttpStatus,
    ModelBusy,
    ModelFailed,
    ModelMissing,
    NewsbotError,
    Refused,
    Unreadable,
)
from bot.types import Answer, Draft, Length, SourceKind


async def flood(town: Town) -> int:
    """Two outlets report a flood."""
    post = await town.article(
        "River Post", "Elbe floods its valley", "The Elbe rose by two metres. Rain goes on."
    )
    echo = await town.article(
        "Daily Echo", "Flood on the Elbe", "Two villages were evacuated. Nobody was hurt."
    )
    return (await town.event(post, echo)).id


# --- hello ---------------------------------------------------------------------------------


async def test_hello(ann: Person) -> None:
    greeting = await ann.sends("/start")
    assert greeting.text.startswith("Hello. I read the news")
    assert "/latest" in greeting.text
    assert greeting.payloads == ["latest", "subscribe all daily", "help"]


async def test_a_deep_link_is_a_hello_too(ann: Person) -> None:
    assert (await ann.says("/start abc_DEF-123")).startswith("Hello.")


async def test_help_shows_a_reader_no_admin_commands(ann: Person, olga: Person) -> None:
    assert "/addsource" not in await ann.says("/help")
    assert "/addsource" in await olga.says("/help")


async def test_help_about_one_command(ann: Person) -> None:
    assert await ann.says("/help /story") == (
        "/story: show a story with its time line and outlets.\n\nUsage: /story STORY\n\nExample: /story 12"
    )


async def test_on_matrix_commands_are_written_with_an_exclamation_mark(town: Town) -> None:
    bea = town.person("@bea:example.org", platform="matrix")
    assert "!latest" in await bea.says("!help")
    assert "/latest" not in await bea.says("!start")


# --- mistakes ------------------------------------------------------------------------------


async def test_an_unknown_command_gets_the_nearest_ones(ann: Person) -> None:
    heard = await ann.sends("/subscrbe all")
    assert heard.text == "I don't know /subscrbe. Did you mean /subscribe or /unsubscribe?"
    assert heard.payloads == ["subscribe", "unsubscribe"]


async def test_a_command_like_no_other_gets_help(ann: Person) -> None:
    assert await ann.says("/xyzzy") == "I don't know that command. /help shows all of them."


async def test_an_admin_command_is_not_offered_to_readers(ann: Person) -> None:
    assert "addsource" not in await ann.says("/addsorce")


async def test_wrong_arguments_get_the_usage_line_and_an_example(ann: Person) -> None:
    assert await ann.says("/story twelve") == (
        "Which story? Give me its number.\n\nUsage: /story STORY\n\nExample: /story 12"
    )


@pytest.mark.parametrize("command", ["/ask", "/search", "/summary", "/story", "/summary nothing"])
async def test_missing_arguments_get_an_example(ann: Person, command: str) -> None:
    assert "Example: /" in await ann.says(command)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ModelBusy("full"), "I have too many questions waiting just now. Please ask again in a minute."),
        (ModelFailed("deadline"), "The language model failed at this one. Please try again."),
        (ModelMissing("no file /home/x", model="m"), "The language model is not on this machine"),
    ],
)
async def test_a_model_in_trouble_is_a_sentence(
    town: Town, ann: Person, error: NewsbotError, said: str
) -> None:
    town.answerer.answer_ = error
    assert (await ann.says("/ask why?")).startswith(said)


async def test_what_is_not_expected_is_left_to_the_worker(town: Town, ann: Person) -> None:
    town.answerer.answer_ = RuntimeError("a bug")
    with pytest.raises(RuntimeError):
        await ann.says("/ask why?")


# --- questions -----------------------------------------------------------------------------


async def test_plain_text_in_private_is_a_question(town: Town, ann: Person) -> None:
    await flood(town)
    article = (await town.store.articles.recent(limit=1))[0]
    town.answerer.answer_ = Answer(answered=True, sentences=(first(article),))
    said = await ann.says("What happened on the Elbe?")
    assert f"{first(article).text} [1]" in said
    assert f"• [1] {article.outlet}, 23 Nov 2026: {article.title}" in said


async def test_what_the_sources_do_not_have_is_not_made_up(ann: Person) -> None:
    assert await ann.says("Who won the cup?") == "That is not in the sources I have."


async def test_a_question_soon_after_in_private_continues_the_conversation(town: Town, ann: Person) -> None:
    await ann.says("Who is the mayor?")
    town.now += timedelta(minutes=5)
    await ann.says("And before?")
    assert town.answerer.asked[-1] == ("And before?", ["Who is the mayor?", "That is not in the sources."])


async def test_a_question_means_the_days_of_the_chats_zone(town: Town, ann: Person) -> None:
    await ann.says("/settings timezone Asia/Tokyo")
    await ann.says("What happened yesterday?")

    assert town.answerer.zone == "Asia/Tokyo"


async def test_a_question_hours_later_is_a_new_conversation(town: Town, ann: Person) -> None:
    await ann.says("Who is the mayor?")
    town.now += timedelta(hours=5)
    await ann.says("And before?")
    assert town.answerer.asked[-1] == ("And before?", [])


async def test_in_a_group_a_reply_to_an_answer_continues_that_conversation(town: Town) -> None:
    bob = town.person("8", group="-100")
    first = await bob.sends("/ask Who is the mayor?")
    await bob.sends("/ask Will it rain?")
    await bob.says("And before?", reply_to=first.message_id, addressed=True)
    assert town.answerer.asked[-1] == ("And before?", ["Who is the mayor?", "That is not in the sources."])


async def test_in_a_group_other_talk_is_not_remembered(town: Town) -> None:
    bob, cleo = town.person("8", group="-100"), town.person("9", group="-100")
    await bob.sends("/ask Who is the mayor?")
    await cleo.sends("/ask And before?")
    assert town.answerer.asked[-1] == ("And before?", [])


async def test_a_message_that_is_handled_again_is_remembered_once(town: Town, ann: Person) -> None:
    await ann.says("Who is the mayor?")
    message = await _last_message(town)
    await town.router.handle(message, now=town.now)
    assert len(await town.store.chats.turns((await town.chat(ann)).id, limit=9)) == 2


async def test_in_a_group_the_bot_is_silent_unless_spoken_to(town: Town) -> None:
    bob = town.person("8", group="-100")
    assert (await bob.sends("what a day")).replies == ()
    assert (await bob.sends("/roll 6")).replies == ()
    assert (await bob.sends("/ask@otherbot why?")).replies == ()
    assert town.answerer.asked == []
    assert await bob.says("@newsbot what happened?", addressed=True) == "That is not in the sources I have."


async def test_the_quotes_behind_an_answer(town: Town, ann: Person) -> None:
    await flood(town)
    article = (await town.store.articles.recent(limit=1))[0]
    town.answerer.answer_ = Answer(answered=True, sentences=(first(article),))
    answer = await ann.sends("What happened?")
    assert answer.payloads == ["quotes"]
    assert first(article).text in await ann.presses("quotes", under=answer.message_id)


async def test_an_answers_text_streams_to_whoever_wants_it(town: Town, ann: Person) -> None:
    heard: list[str] = []
    await ann.says("/start")
    message = replace((await _last_message(town)), text="why?", message_id="new")
    await town.router.handle(message, now=town.now, on_text=heard.append)
    assert heard == ["It"]


async def test_who_waits_sees_what_is_read(town: Town, ann: Person) -> None:
    heard: list[str] = []
    read = [await town.article(name, f"{name} report", "It rained.") for name in ("Gazette", "Echo")]
    town.answerer.reads = read
    await ann.says("/start")
    message = replace((await _last_message(town)), text="why?", message_id="new")
    await town.router.handle(message, now=town.now, on_text=heard.append)
    assert heard == ["Reading “Gazette report” (Gazette) and 1 more…", "It"]


async def _last_message(town: Town):  # type: ignore[no-untyped-def]
    [claim] = await town.store.rows.claim("inbox", now=town.now, lease=timedelta(minutes=1))
    return await town.store.inbox.get(claim.id)


# --- stories -------------------------------------------------------------------------------


async def test_latest_lists_stories_with_numbers(town: Town, ann: Person) -> None:
    number = await flood(town)
    assert await ann.says("/latest") == (
        f"Latest\n\n{number}. Elbe floods its valley\nThe Elbe rose by two metres. (River Post, Daily Echo)"
    )


async def test_latest_of_a_topic(town: Town, ann: Person) -> None:
    space = await town.store.sources.add(
        "https://space.example/feed", kind=SourceKind.FEED, title="Space", topic="science/space", now=town.now
    )
    await town.event(await town.article("Space", "A comet passes", "A comet passes.", source=space))
    await flood(town)
    assert "A comet passes" in await ann.says("/latest science")
    assert "Elbe" not in await ann.says("/latest science")
    assert await ann.says("/latest cooking") == "I have no stories in “cooking”. Topics: science/space."


async def test_latest_of_a_topic_finds_what_is_older_than_many_others(town: Town, ann: Person) -> None:
    space = await town.store.sources.add(
        "https://space.example/feed", kind=SourceKind.FEED, title="Space", topic="space", now=town.now
    )
    await town.event(await town.article("Space", "A comet passes", "A comet passes.", source=space))
    for n in range(news.PAGE + 1):
        await town.event(await town.article("River Post", f"Event {n}", f"Event {n}."), summarized=False)
    assert await ann.says("/latest space") == "Latest in space\n\n1. A comet passes\nA comet passes. (Space)"


async def test_latest_says_how_far_it_looked(
    town: Town, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "PAGE", 2)
    monkeypatch.setattr(news, "NEWEST", 4)
    space = await town.store.sources.add(
        "https://space.example/feed", kind=SourceKind.FEED, title="Space", topic="space", now=town.now
    )
    assert await ann.says("/latest space") == "I have no stories in “space” yet."
    for n in range(5):
        await town.event(await town.article("River Post", f"Event {n}", f"Event {n}."), summarized=False)
    assert await ann.says("/latest space") == "I have no stories in “space” among my newest 4."
    await town.event(await town.article("Space", "A comet passes", "A comet passes.", source=space))
    said = await ann.says("/latest space")
    assert "A comet passes" in said
    assert said.endswith("I looked through my newest 4 stories for these.")


async def test_latest_with_nothing_there(ann: Person) -> None:
    assert await ann.says("/latest") == "I have no stories yet."


async def test_more_of_the_latest_by_button(town: Town, ann: Person) -> None:
    for n in range(12):
        await town.event(await town.article("River Post", f"Event {n}", f"Event {n} happened."))
    first = await ann.sends("/latest")
    assert first.text.count("happened") == 7
    rest = await ann.presses(first.payloads[0])
    assert rest.startswith("More")
    assert [f"Event {n} happened" in rest for n in range(5)] == [True] * 5


async def test_a_more_button_whose_stories_are_gone(ann: Person) -> None:
    assert await ann.presses("more zz zy") == "These stories are gone."


async def test_a_story_has_a_time_line_and_can_be_followed(town: Town, ann: Person) -> None:
    number = await flood(town)
    heard = await ann.sends(f"/story {number}")
    assert "The Elbe rose by two metres. [1] Two villages were evacuated. [2]" in heard.text
    assert "Time line\n\n• 23 Nov 2026, 08:00 River Post: Elbe floods its valley" in heard.text
    asked = [f"subscribe story {number}", f"subscribe like {number}"]
    assert heard.payloads == [f"up {number}", f"down {number}", *asked]


async def test_a_story_that_is_not_there(ann: Person) -> None:
    assert (await ann.says("/story 99")).startswith("I have no story 99.")


async def test_search_finds_passages_with_date_and_link(town: Town, ann: Person) -> None:
    await flood(town)
    said = await ann.says("/search evacuated")
    assert "Flood on the Elbe (Daily Echo, 23 Nov 2026)" in said
    assert "Two villages were evacuated." in said
    assert "River Post" not in said


async def test_search_for_what_is_nowhere(ann: Person) -> None:
    assert await ann.says("/search xyzzy") == "Nothing in the archive has “xyzzy”."


# --- summaries -----------------------------------------------------------------------------

PAGE = Draft(
    url="https://coast.example/a",
    title="Ferry returns",
    text="The ferry sails again. It was repaired.",
    keys=("https://coast.example/a",),
    outlet="Coast FM",
)


async def test_the_summary_of_a_page_is_not_kept_in_the_archive(town: Town, ann: Person) -> None:
    town.desk.pages["https://coast.example/a"] = PAGE
    said = await ann.says("/summary https://coast.example/a long")
    assert said == "Ferry returns\n\nThe ferry sails again. [1]\n\n• [1] Coast FM: Ferry returns"
    assert town.summarizer.wrote == [(("https://coast.example/a",), Length.LONG, "")]
    assert await town.store.articles.count() == 0


async def test_an_address_without_scheme_is_understood(town: Town, ann: Person) -> None:
    town.desk.pages["https://coast.example/a"] = PAGE
    assert (await ann.says("/summary coast.example/a")).startswith("Ferry returns")


async def test_the_summary_of_a_story_in_another_length_is_written_once(town: Town, ann: Person) -> None:
    number = await flood(town)
    await ann.says(f"/summary {number}")
    assert town.summarizer.wrote == []
    await ann.says(f"/summary {number} long")
    await ann.says(f"/summary {number} long")
    assert len(town.summarizer.wrote) == 1


async def test_a_story_that_changed_gets_a_new_summary(town: Town, ann: Person) -> None:
    number = await flood(town)
    late = await town.article("Coast FM", "Flood recedes", "The water goes down.")
    await town.store.stories.join(number, late.id, town.now)
    assert "The water goes down." in await ann.says(f"/summary {number}")


async def test_an_article_in_the_archive_is_not_read_again(town: Town, ann: Person) -> None:
    await flood(town)
    article = (await town.store.articles.recent(limit=1))[0]
    assert (await ann.says(f"/summary {article.url}")).startswith(article.title)
    assert town.desk.pages == {}


async def test_a_summary_of_what_an_answer_cites(town: Town, ann: Person) -> None:
    await flood(town)
    article = (await town.store.articles.recent(limit=1))[0]
    town.answerer.answer_ = Answer(answered=True, sentences=(first(article),))
    answer = await ann.sends("What happened?")
    assert (await ann.says("/summary", reply_to=answer.message_id)).startswith(article.title)
    assert (await ann.says("/summary", reply_to="unknown")).startswith("I can't tell which article you mean.")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FetchError("dns", url="https://www.coast.example/a"), "I could not reach coast.example."),
        (HttpStatus(404, url="https://coast.example/a"), "coast.example says that this page does not exist."),
        (HttpStatus(503, url="https://coast.example/a"), "coast.example answered with an error (503)."),
        (HttpStatus(403, url="https://coast.example/a"), "coast.example does not let me read this page."),
        (HttpStatus(429, url="https://coast.example/a"), "coast.example asks me to come back later."),
        (Refused("private address", url="http://127.0.0.1/"), "I may not read 127.0.0.1:"),
        (Unreadable("binary", url="https://coast.example/a"), "I could not make sense of what coast.example"),
    ],
)
async def test_a_page_that_can_not_be_read_is_said_plainly(
    town: Town, ann: Person, error: NewsbotError, said: str
) -> None:
    town.desk.pages["https://coast.example/a"] = error
    assert (await ann.says("/summary https://coast.example/a")).startswith(said)
