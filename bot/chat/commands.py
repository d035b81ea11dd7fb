"""The command table: one row a command, for Telegram's `/`, Matrix's `!` and the terminal's `/`.

Everything that depends on the set of commands reads this table: the router, `/help`, Telegram's menu,
and `docs/commands.md`, which `python -m bot.chat.commands` prints and a test keeps current.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.chat import (
    admin,
    changes,
    feedback,
    guide,
    linking,
    lists,
    news,
    personal,
    settings,
    sources,
    subscriptions,
    waited,
    why,
)
from bot.chat.command import Command
from bot.chat.thumbs import UNVOTE
from bot.types import Role

COMMANDS: tuple[Command, ...] = (
    Command(
        name="start",
        help="say hello, and take this chat up again after a pause",
        handler=guide.start,
    ),
    Command(
        name="help",
        help="show what I can do, or explain one command",
        arguments="[COMMAND]",
        example="subscribe",
        handler=guide.help_,
    ),
    Command(
        name="ask",
        help="answer a question from the sources, with citations",
        arguments="QUESTION",
        example="Who won the election?",
        details="In a private chat, just write the question. In a group, mention me or reply to me. "
        "Reply to an answer to ask on.",
        handler=news.ask,
    ),
    Command(
        name="latest",
        help="show the newest stories",
        arguments="[TOPIC]",
        example="science",
        handler=news.latest,
        aliases=("news",),
    ),
    Command(
        name="summary",
        help="summarize a page, or a story by its number",
        arguments="URL | STORY [headline|short|long]",
        example="https://example.org/article long",
        details="As a reply to one of my posts it summarizes that story, as a reply to an answer the first "
        "article that the answer cites.",
        handler=news.summary,
        aliases=("summarize", "summarise"),
    ),
    Command(
        name="story",
        help="show a story with its time line and outlets",
        arguments="STORY",
        example="12",
        handler=news.story,
    ),
    Command(
        name="changes",
        help="show what publishers changed in a story's articles, with times",
        arguments="STORY | URL",
        example="12",
        details="Numbers corrected, sentences added and removed, words changed. As a reply to one of my "
        "posts it shows that story. Cosmetic changes are left out.",
        handler=changes.changes,
    ),
    Command(
        name="search",
        help="search the archive for words",
        arguments='WORDS | "A PHRASE"',
        example='flood "elbe valley"',
        handler=news.search,
    ),
    Command(
        name="subscribe",
        help="bring news to this chat, at once or as a digest",
        arguments="[all | source N | topic X | keyword FILTER | story N | like N] "
        "[live | hourly | daily DAYS HH:MM | weekly DAYS HH:MM] [OPTIONS]",
        example='keyword flood AND (elbe OR rhine) live max 5 urgent "evacuation" long in German',
        details="Without arguments: everything, as a daily digest. Anything narrower comes live "
        'unless you say when. A filter has words, "phrases", AND, OR, NOT, parentheses, title:word, '
        "source:word, lang:en and /regular expressions/; quotation marks keep words such as live in it. "
        "Days are like mon,thu, mon-fri or weekdays. Like brings other stories like one; as a reply to a "
        "post, subscribe like this. Options, in any order: headline, short or long; in German, or in the "
        "original; max 5 (posts a day, the rest comes as a digest); urgent WORD or (FILTER), which comes "
        "at once, also at night; quiet 22:00-07:00 or quiet off; changes (I say what changed in a story "
        "that I posted). What is not said is as in settings.",
        handler=subscriptions.subscribe,
        changes_chat=True,
    ),
    Command(
        name="change",
        help="change when and how a subscription comes",
        arguments="N [live | hourly | daily DAYS HH:MM | weekly DAYS HH:MM] [OPTIONS]",
        example="3 daily mon-fri 07:30 short",
        details="The options are those of subscribe; max off, urgent off, quiet off and changes off take one "
        "back, and length chat, language chat and quiet chat follow the settings again. With the number "
        "alone I show buttons.",
        handler=subscriptions.change,
        changes_chat=True,
    ),
    Command(
        name="unsubscribe",
        help="end a subscription of this chat",
        arguments="N | all",
        example="3",
        handler=subscriptions.unsubscribe,
        changes_chat=True,
        aliases=("stop",),
    ),
    Command(
        name="subscriptions",
        help="show what this chat is subscribed to",
        handler=subscriptions.subscriptions,
    ),
    Command(
        name="why",
        help="say why a story was sent here, or why not",
        arguments="[STORY | URL]",
        example="https://example.org/article",
        details="Without arguments, as a reply to a post.",
        handler=why.why,
    ),
    Command(
        name="up",
        help="ask for more like a story in this chat's digests",
        arguments="[STORY]",
        example="12",
        details="The 👍 under a post does the same, and on Matrix the reaction 👍. Without a number, as a "
        "reply to a post.",
        handler=feedback.up,
    ),
    Command(
        name="down",
        help="ask for less like a story in this chat's digests",
        arguments="[STORY]",
        example="12",
        details="The 👎 under a post does the same, and on Matrix the reaction 👎.",
        handler=feedback.down,
    ),
    Command(
        name="feedback",
        help="show what the thumbs in this chat do to its digests, or forget them",
        arguments="[reset]",
        example="reset",
        details="Votes move stories up or down by a bounded amount and fade over weeks; why tells how they "
        "move one story.",
        handler=feedback.feedback,
        changes_chat=True,
        shows_when_bare=True,
    ),
    Command(
        name="sources",
        help="show the sources that I read",
        arguments="[PAGE]",
        example="2",
        handler=sources.sources,
    ),
    Command(
        name="settings",
        help="show or change time zone, length, language and quiet hours",
        arguments="[timezone ZONE | length LENGTH | language LANGUAGE | quiet HH:MM-HH:MM]",
        example="timezone Europe/Berlin",
        details="A time zone is a name or a city; or tell me what time it is where you are: it's 14:05 here. "
        "Lengths are headline, short and long; off ends quiet hours and a language.",
        handler=settings.settings,
        changes_chat=True,
        shows_when_bare=True,
    ),
    Command(
        name="link",
        help="link this chat with yours on the other platform, as a stand-in",
        arguments="[CODE]",
        example="ABCDE-FGHJK",
        details="Without a code it shows one; send that to me in your other chat. When Telegram or Matrix "
        "can't be reached for a while, what is due there comes to the linked chat, once.",
        handler=linking.link,
        private_only=True,
    ),
    Command(
        name="unlink",
        help="end the link of this chat with another",
        handler=linking.unlink,
        private_only=True,
    ),
    Command(
        name="mydata",
        help="show what I have stored about you",
        handler=personal.mydata,
        private_only=True,
    ),
    Command(
        name="forget",
        help="erase what I have stored about you",
        handler=personal.forget,
        private_only=True,
    ),
    Command(
        name="addsource",
        help="add a feed, or the feed of a site or page",
        arguments="URL [TOPIC]",
        example="https://example.org/ science",
        details="Topics may have levels: world/asia. The address of an OPML list imports all of it.",
        handler=sources.addsource,
        permission=Role.ADMIN,
    ),
    Command(
        name="setsource",
        help="show or change the settings of a source: its address, name, topic, text, routes",
        arguments="N | URL [url | title | topic | text | selector | interval | routes | mirrors VALUE]",
        example="4 text page",
        details="Without more than the number it shows every setting and explains it. A new address is tried "
        "first, and the source keeps its settings, articles and subscribers. A selector is tried on the "
        "newest article. The value none takes a setting back.",
        handler=sources.setsource,
        permission=Role.ADMIN,
    ),
    Command(
        name="removesource",
        help="stop reading a source; its articles stay",
        arguments="N | URL",
        example="4",
        handler=sources.removesource,
        permission=Role.ADMIN,
    ),
    Command(
        name="pausesource",
        help="stop reading a source until it is taken up again",
        arguments="N | URL",
        example="4",
        handler=sources.pausesource,
        permission=Role.ADMIN,
    ),
    Command(
        name="resumesource",
        help="take up a source again that was paused or given up",
        arguments="N | URL",
        example="4",
        handler=sources.resumesource,
        permission=Role.ADMIN,
    ),
    Command(
        name="checksource",
        help="look at a source now and say how it is doing, or tell which of all fail",
        arguments="N | URL | all",
        example="4",
        handler=sources.checksource,
        permission=Role.ADMIN,
    ),
    Command(
        name="exportsources",
        help="give the sources as an OPML list, which any feed reader imports",
        arguments="[PART]",
        example="2",
        handler=lists.exportsources,
        permission=Role.ADMIN,
    ),
    Command(
        name="admins",
        help="show who runs this bot and who is blocked",
        handler=admin.admins,
        permission=Role.ADMIN,
    ),
    Command(
        name="grant",
        help="make a person an admin, or block them",
        arguments="PERSON [admin | blocked]",
        example="@ann:example.org",
        details="A person is a number on Telegram and @name:server on Matrix; mydata tells each their own.",
        handler=admin.grant,
        permission=Role.OWNER,
    ),
    Command(
        name="revoke",
        help="take an admin's role or a block away",
        arguments="PERSON",
        example="@ann:example.org",
        handler=admin.revoke,
        permission=Role.OWNER,
    ),
    Command(
        name="status",
        help="show how the bot is doing",
        handler=admin.status,
        permission=Role.ADMIN,
    ),
    Command(name="more", help="show the next stories of a list", handler=news.more, hidden=True),
    Command(
        name="waited",
        help="show what waited while a chat could not be reached",
        handler=waited.waited,
        hidden=True,
    ),
    Command(name=UNVOTE, help="take a vote back", handler=feedback.unvote, hidden=True),
    Command(name="quotes", help="show the quotes behind an answer", handler=news.quotes, hidden=True),
)

BY_NAME: Mapping[str, Command] = {
    name: command for command in COMMANDS for name in (command.name, *command.aliases)
}


def menu() -> tuple[tuple[str, str], ...]:
    """Name and help of what everyone may use: what a platform shows as its menu of commands."""
    return tuple((c.name, c.help) for c in COMMANDS if c.permission <= Role.READER and not c.hidden)


def document() -> str:
    """The text of `docs/commands.md`."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Commands"
    yield ""
    yield "Commands start with `/` on Telegram and in the terminal, with `!` on Matrix. In a private chat,"
    yield "plain text is a question. This page is written by `python -m bot.chat.commands`."
    for title, role in (
        ("For everyone", Role.READER),
        ("For admins", Role.ADMIN),
        ("For owners", Role.OWNER),
    ):
        yield f"\n## {title}"
        for command in COMMANDS:
            if command.permission is role and not command.hidden:
                yield from _section(command)


def _section(command: Command) -> Iterator[str]:
    yield f"\n### {command.name}"
    yield ""
    yield f"{command.help[0].upper()}{command.help[1:]}.{' ' if command.details else ''}{command.details}"
    if command.private_only:
        yield "Only in a private chat."
    if command.changes_chat:
        yield "In a group: for those who may administer it."
    yield ""
    yield f"    {command.usage('/')}"
    if command.example:
        yield f"    {command.example_line('/')}"
    if command.aliases:
        yield f"\nAlso: {', '.join(f'`/{alias}`' for alias in command.aliases)}."


if __name__ == "__main__":
    print(document(), end="")
