"""Whatever people send, the bot answers with something that every platform takes, or with nothing."""

import random

import pytest
from town import Feed, Town

from bot.chat.commands import BY_NAME
from bot.chat.render import render
from bot.types import Draft

NASTY = [
    *(
        "",
        " ",
        "0",
        "-1",
        "1",
        "#1",
        "99999999999999999999",
        "٣",
        "1e9",
        "NaN",
        "yes",
        "all",
        "off",
        "#",
        "#-1",
    ),
    *("<b>", "&amp;", '"', "“", "'; drop table chats; --", "\x00", "\ud800", "\u202e", "😀" * 50, "a" * 5000),
    *(
        "https://",
        "http://[",
        "https://a.example/\n",
        "river.example",
        "javascript:alert(1)",
        "://",
        "1.2.3.4:0",
    ),
    *("timezone", "timezone ../etc", "quiet 25:99", "language " + "x" * 99, "it's 99:99 here", "length"),
    *(
        "source 1",
        "story 1",
        "topic",
        "keyword /(a+)+$/",
        "daily 08:00",
        "weekly mon,xyz",
        "live live",
        "((((",
    ),
    *(
        "7 admin",
        "@x:y blocked",
        "owner",
        "subscribe",
        "%s %d {0}",
        "../../x",
        "more zz",
        "-",
        "/start",
        "!help",
    ),
]


@pytest.mark.parametrize("platform", ["telegram", "matrix", "console"])
async def test_no_message_breaks_the_bot(town: Town, platform: str) -> None:
    luck = random.Random(platform)
    town.desk.found["https://river.example"] = [
        Feed(f"https://river.example/{n}", "<b>" * n) for n in range(3)
    ]
    town.desk.pages = _AnyPage()
    await town.event(await town.article("River Post", "Elbe <floods> & more", "The Elbe rose."))
    people = [
        town.person("1" if platform == "telegram" else "@olga:example.org", platform=platform),
        town.person("7", platform=platform),
        town.person("8", platform=platform, group="-100", administers=True),
    ]
    sign = "!" if platform == "matrix" else "/"
    for _ in range(80):
        person = luck.choice(people)
        words = " ".join(luck.choices(NASTY, k=luck.choice([0, 1, 1, 2])))
        name = luck.choice(list(BY_NAME))
        if luck.random() < 0.3:
            heard = await person.sends("", button=f"{name} {words}"[:60] if "\ud800" not in words else name)
        else:
            text = luck.choice([f"{sign}{name} {words}", words, f"{sign}{words}"])
            heard = await person.sends(
                text, addressed=luck.random() < 0.5, reply_to=luck.choice(["", "m1", "b2"])
            )
        for reply in heard.replies:
            for other in ("telegram", "matrix", "console"):
                assert render(reply, other) or not reply.blocks


class _AnyPage(dict[str, Draft]):  # type: ignore[misc]
    """Every address has the same page."""

    def __missing__(self, url: str) -> Draft:
        return Draft(url=url, title="A <page>", text="It says little. Very little.", keys=(url,))
