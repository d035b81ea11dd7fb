"""The whole road on Telegram: the real process against a strict Bot API server."""

from collections.abc import Callable
from pathlib import Path

from botapi import BotApi, Person
from e2e.process import LONG, BotProcess
from e2e.road import walk
from e2e.web import NewsSite

CONFIG = """
owners = ["telegram:{owner}"]
[models]
generator = "none"
download = false
[sources]
allow_hosts = ["127.0.0.1"]
[telegram]
token = "{token}"
base_url = "{url}"
"""


class OnTelegram:
    """Ann in her private chat with the bot."""

    prefix = "/"

    def __init__(self, api: BotApi, ann: Person) -> None:
        self.api, self.ann = api, ann

    async def say(self, text: str) -> None:
        self.ann.says(text)

    def heard(self) -> list[str]:
        return self.ann.chat.texts

    async def until(self, test: Callable[[], bool]) -> None:
        await self.api.until(test, seconds=LONG)


async def test_the_whole_road_on_telegram(tmp_path: Path) -> None:
    async with BotApi() as api, NewsSite() as site:
        ann = api.person("Ann")
        bot = BotProcess(tmp_path, CONFIG.format(owner=ann.id, token=api.token, url=api.url))
        await bot.start()
        try:
            await walk(OnTelegram(api, ann), bot, site, restart=bot.start)
        except BaseException:
            print(ann.chat.texts, bot.logged())
            raise
        finally:
            await bot.stop()
        assert api.violations == []
        assert api.token not in bot.logged()


async def test_a_token_that_is_not_valid_ends_the_bot_with_a_sentence(tmp_path: Path) -> None:
    async with BotApi() as api:
        bot = BotProcess(tmp_path, CONFIG.format(owner=1, token=f"{api.token}x", url=api.url))
        await bot.start()
        status = await bot.ended()
    assert status == 1
    assert "token" in bot.logged().splitlines()[-1]
    assert "Traceback" not in bot.logged()


async def test_a_stranger_may_read_but_not_administer(tmp_path: Path) -> None:
    async with BotApi() as api:
        eve = api.person("Eve")
        bot = BotProcess(tmp_path, CONFIG.format(owner=1, token=api.token, url=api.url))
        await bot.start()
        try:
            eve.says("/addsource https://example.org/feed.xml")
            await api.until(lambda: eve.chat.texts, seconds=LONG)
        finally:
            await bot.stop()
        assert "admin" in eve.chat.texts[0].lower()
