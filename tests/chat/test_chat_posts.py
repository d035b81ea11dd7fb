"""Posts, answers and digests, read as a person in a chat sees them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from samples import CHAT, ECHO, FLOOD, FLOOD_SUMMARY, NOW, POST, VOTE, article, cite, story

from bot.chat.answers import answer_reply, quotes_reply
from bot.chat.digest import Entry, compose, importance, more_button, more_ids, ranked, told_button, told_of
from bot.chat.posts import story_post
from bot.chat.render import PAYLOAD_LIMIT, render
from bot.types import Address, Answer, Reply, Sentence, Summary


def seen(reply: Reply) -> str:
    return "\n---\n".join(part.plain for part in render(reply, "telegram"))


def links(reply: Reply) -> set[str]:
    return {span.link for block in reply.blocks for span in block.spans if span.link}


def test_a_post_has_headline_cited_sentences_and_numbered_outlets() -> None:
    assert seen(story_post(FLOOD, [POST, ECHO], FLOOD_SUMMARY)) == (
        "Elbe floods its valley\n\n"
        "The Elbe rose by two metres. [1] Two villages were evacuated. [2] Nobody was hurt. [1]\n\n"
        "[1] River Post · [2] Daily Echo · 2 outlets"
    )


def test_a_post_links_only_to_its_articles() -> None:
    assert links(story_post(FLOOD, [POST, ECHO], FLOOD_SUMMARY)) == {POST.url, ECHO.url}


def test_a_headline_leads_to_the_article_that_it_is_of() -> None:
    of_echo = replace(FLOOD_SUMMARY, title=ECHO.title)
    headline, *_ = story_post(FLOOD, [POST, ECHO], of_echo).blocks
    assert headline.spans[0].link == ECHO.url


def test_a_post_of_one_article_does_not_count_outlets() -> None:
    alone = story(1, POST)
    summary = replace(FLOOD_SUMMARY, sentences=FLOOD_SUMMARY.sentences[:1])
    assert seen(story_post(alone, [POST], summary)).endswith("[1] River Post")


def test_a_post_without_sentences_still_names_headline_and_outlet() -> None:
    bare = Summary(title="", sentences=(), method="extract", note="No model: read the article itself.")
    assert seen(story_post(story(1, VOTE), [VOTE], bare)) == (
        "Parliament passes the budget\n\nNo model: read the article itself.\n\nCapital News"
    )


def test_a_post_that_is_only_a_headline_says_it_once() -> None:
    said = replace(FLOOD_SUMMARY.sentences[0], text=FLOOD_SUMMARY.title)
    headline = replace(FLOOD_SUMMARY, sentences=(said,))
    assert seen(story_post(FLOOD, [POST, ECHO], headline)) == (
        "Elbe floods its valley\n\nRiver Post · Daily Echo · 2 outlets"
    )


def test_a_post_of_a_text_from_nowhere_names_no_outlet() -> None:
    nowhere = replace(VOTE, outlet="", url="")
    bare = Summary(title="", sentences=(), method="extract")
    assert seen(story_post(story(1, nowhere), [nowhere], bare)) == "Parliament passes the budget"


def test_outlets_that_are_not_cited_are_named_after_those_that_are_and_each_once() -> None:
    again = article(4, "River Post", "Elbe: more")
    other = article(5, "Coast FM", "Flood")
    post = seen(story_post(story(1, POST, ECHO, again, other), [POST, ECHO, again, other], FLOOD_SUMMARY))
    assert post.endswith("[1] River Post · [2] Daily Echo · Coast FM · 3 outlets")


# --- answers -------------------------------------------------------------------------------

ANSWER = Answer(
    answered=True,
    sentences=(
        Sentence("It rose by two metres.", (cite(POST, "The Elbe rose by two metres."),)),
        Sentence("Two villages were evacuated.", (cite(ECHO, "Two villages were evacuated."),)),
    ),
)


def test_an_answer_cites_each_sentence_and_lists_the_sources() -> None:
    assert seen(answer_reply(ANSWER, zone="UTC")) == (
        "It rose by two metres. [1] Two villages were evacuated. [2]\n\n"
        "• [1] River Post, 23 Nov 2026: Elbe floods its valley\n"
        "• [2] Daily Echo, 23 Nov 2026: Flood in the Elbe valley"
    )
    assert links(answer_reply(ANSWER, zone="UTC")) == {POST.url, ECHO.url}


def test_a_time_line_has_a_paragraph_for_each_day() -> None:
    days = replace(ANSWER, method="database")
    assert seen(answer_reply(days, zone="UTC")).startswith(
        "It rose by two metres. [1]\n\nTwo villages were evacuated. [2]\n\n• [1]"
    )


def test_an_answer_offers_its_quotes() -> None:
    assert answer_reply(ANSWER, zone="UTC").buttons[0][0].payload == "quotes"
    assert "The Elbe rose by two metres." in seen(quotes_reply(ANSWER.citations, zone="UTC"))


def test_what_is_not_in_the_sources_is_said_with_the_nearest_article() -> None:
    unknown = Answer(answered=False, sentences=(), nearest=cite(VOTE, "The budget passed by nine votes."))
    assert seen(answer_reply(unknown, zone="UTC")) == (
        "That is not in the sources I have.\n\n"
        "The nearest article: Capital News, 23 Nov 2026: Parliament passes the budget"
    )


def test_an_answer_without_sentences_is_never_shown_as_one() -> None:
    assert seen(answer_reply(Answer(answered=True, sentences=()), zone="UTC")).startswith("That is not in")


def test_a_note_of_an_answer_is_shown() -> None:
    noted = replace(ANSWER, note="The newest article corrects an earlier one.")
    assert "The newest article corrects an earlier one." in seen(answer_reply(noted, zone="UTC"))


# --- digests -------------------------------------------------------------------------------


def entry(
    number: int, *, outlets: int = 1, hours: float = 1, topic: str = "", title: str = "", more: str = ""
) -> Entry:
    reports = tuple(
        article(number * 100 + n, f"Outlet {n}", title or f"Event {number}") for n in range(outlets)
    )
    told = Summary(
        title=reports[0].title,
        sentences=(
            Sentence(f"Event {number} happened. {more}".strip(), (cite(reports[0], reports[0].title),)),
        ),
        method="model",
    )
    happened = story(number, *reports, updated=NOW - timedelta(hours=hours))
    return Entry(story=happened, articles=reports, summary=told, topic=topic)


def test_a_digest_is_two_lines_a_story_with_sources_and_grouped_by_topic() -> None:
    entries = [
        entry(1, topic="world"),
        entry(2, outlets=3, topic="science/space"),
        entry(3, outlets=4, topic="world"),
    ]
    reply = compose(ranked(entries, NOW), chat=CHAT, now=NOW)
    assert seen(reply) == (
        "Your news, Monday, 23 November\n\n"
        "World\n\n"
        "1. Event 3\nEvent 3 happened. (Outlet 0, Outlet 1 +2)\n\n"
        "2. Event 1\nEvent 1 happened. (Outlet 0)\n\n"
        "Other news\n\n"
        "3. Event 2\nEvent 2 happened. (Outlet 0, Outlet 1 +1)"
    )


def test_each_story_of_a_digest_has_its_button_in_one_row() -> None:
    [row] = compose([entry(7), entry(4)], chat=CHAT, now=NOW).buttons
    assert [(b.label, b.payload) for b in row] == [("1", "story 7"), ("2", "story 4")]


def test_where_there_are_no_buttons_a_digest_has_the_numbers_of_its_stories() -> None:
    chat = replace(CHAT, address=Address("matrix", "!r:example.org"))
    reply = compose([entry(7), entry(4)], chat=chat, now=NOW)
    assert not reply.buttons
    assert "7. Event 7" in render(reply, "matrix")[0].plain


def test_copies_are_named_as_such_and_do_not_make_a_story_important() -> None:
    agency = article(1, "dpa", "Ferry")
    copies = [article(n, f"Paper {n}", "Ferry", copy_of=1) for n in (2, 3, 4)]
    own = article(5, "Own Words", "Ferry")
    copied = Entry(story=story(1, agency), articles=(agency, *copies, own), summary=None)
    assert "4 with the same text" in "".join(s.text for s in copied.block.spans)
    assert importance(copied, NOW) < importance(entry(1, outlets=4), NOW)
    post = seen(story_post(story(1, agency), [agency, *copies, own], FLOOD_SUMMARY))
    assert post.endswith("5 outlets, 4 of them with the same text")


def test_more_outlets_and_fresher_stories_come_first() -> None:
    order = [e.story.id for e in ranked([entry(1), entry(2, outlets=5), entry(3, hours=40)], NOW)]
    assert order == [2, 1, 3]


def test_a_digest_fits_a_phone_screen_and_the_rest_is_behind_a_button() -> None:
    reply = compose(
        [entry(n, title="A long headline about it " * 9, more="And on it went. " * 20) for n in range(1, 31)],
        chat=CHAT,
        now=NOW,
    )
    assert sum(1 + len(line) // 44 for line in seen(reply).split("\n")) < 36
    shown = seen(reply).count(" happened.")
    [[*_, button]] = reply.buttons
    assert button.label == f"{len(more_ids(button.payload.removeprefix('more')))} more"
    assert more_ids(button.payload.removeprefix("more"))[0] == shown + 1


def test_a_digest_of_nothing_says_so() -> None:
    assert seen(compose([], chat=CHAT, now=NOW)).endswith("Nothing new.")


def test_a_digest_is_dated_where_the_reader_is() -> None:
    far = replace(CHAT, timezone="Pacific/Auckland")
    assert seen(compose([entry(1)], chat=far, now=NOW.replace(hour=23))).startswith(
        "Your news, Tuesday, 24 November"
    )


def test_a_story_without_summary_is_shown_by_its_headline() -> None:
    bare = replace(entry(1), summary=None)
    assert "Event 1\n(Outlet 0)" in seen(compose([bare], chat=CHAT, now=NOW))


@given(st.lists(st.integers(1, 10**11), max_size=200))
def test_a_more_button_carries_a_beginning_of_the_ids(ids: list[int]) -> None:
    payload = more_button(ids).payload
    carried = more_ids(payload.removeprefix("more"))
    assert len(payload.encode()) <= PAYLOAD_LIMIT
    assert carried == ids[: len(carried)]
    assert carried or not ids


@given(st.text())
def test_any_text_after_more_is_harmless(text: str) -> None:
    assert all(isinstance(number, int) for number in more_ids(text))


@given(st.integers(1, 30), st.integers(1, 30), st.floats(0, 1000))
def test_an_outlet_more_never_makes_a_story_less_important(few: int, more: int, hours: float) -> None:
    lesser, greater = sorted((few, more))
    assert importance(entry(1, outlets=lesser, hours=hours), NOW) <= importance(
        entry(1, outlets=greater, hours=hours), NOW
    )


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, 10**5))
def test_the_more_button_of_a_digest_names_it_exactly(at: datetime, shown: int) -> None:
    at = max(at, datetime(1970, 1, 2, tzinfo=UTC))
    at = min(at, datetime(6000, 1, 1, tzinfo=UTC))
    payload = told_button(at, shown, 3).payload
    assert len(payload.encode()) <= PAYLOAD_LIMIT
    assert told_of(payload.removeprefix("more")) == (at, shown)


@given(st.text(alphabet="@ 0123456789abcxyz"))
def test_any_moment_after_more_is_harmless(text: str) -> None:
    told_of(text)
    told_of(f"@{text}")
