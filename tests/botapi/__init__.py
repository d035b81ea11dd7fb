"""A strict Bot API server for tests, with people who write to the bot.

async with BotApi() as api:
    ann = api.person("Ann")
    ann.says("/start")
    await api.until(lambda: ann.chat.said)
    ann.presses(ann.chat.said[-1], "More")
    api.faults.append(times_out(chat=ann.chat.id))
"""

from botapi.ears import Ears, listening
from botapi.faults import Fault, Wire, answers, floods, is_cut, times_out
from botapi.people import Chat, Person, Post, Topic
from botapi.server import TOKEN, BotApi

__all__ = [
    "TOKEN",
    "BotApi",
    "Chat",
    "Ears",
    "Fault",
    "Person",
    "Post",
    "Topic",
    "Wire",
    "answers",
    "floods",
    "is_cut",
    "listening",
    "times_out",
]
