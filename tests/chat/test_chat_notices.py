"""What an owner reads about a chat that was given up: which one, why in plain words, what to do."""

import pytest

from bot.chat.notices import gone
from bot.chat.render import render
from bot.types import Address, Chat

TELEGRAM = Chat(id=1, address=Address("telegram", "-100"), title="Neighbours")
MATRIX = Chat(id=2, address=Address("matrix", "!r:example.org"), title="")


def told(chat: Chat, reason: str, *, resting: int = 1) -> str:
    return render(gone(chat, reason, resting=resting), "telegram")[0].plain


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("Forbidden: bot was blocked by the user", "I was blocked there"),
        ("the bot was blocked", "I was blocked there"),
        ("Forbidden: bot was kicked from the supergroup chat", "I was removed from it"),
        ("the bot was removed from the chat", "I was removed from it"),
        ("Forbidden: user is deactivated", "the account or group was deleted"),
        ("Bad Request: message thread not found", "its topic was deleted or closed"),
        ("Bad Request: TOPIC_CLOSED", "its topic was deleted or closed"),
        ("Bad Request: not enough rights to send text messages", "I have no right to write there"),
        ("the bot may not post in the channel", "I have no right to write there"),
        ("Bad Request: chat not found", "the platform does not know it"),
        ("something new", "something new"),
    ],
)
def test_reasons_of_telegram_in_plain_words(reason: str, words: str) -> None:
    assert told(TELEGRAM, reason) == (
        f"I can't write to Neighbours (Telegram) any more: {words}.\n\n"
        "Its subscriptions rest. /start there takes it up again."
    )


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("not in the room", "I was removed from it"),
        ("M_FORBIDDEN", "I have no right to write there"),
        ("M_NOT_FOUND", "the platform does not know it"),
    ],
)
def test_reasons_of_matrix_in_plain_words(reason: str, words: str) -> None:
    assert told(MATRIX, reason, resting=0) == (
        f"I can't write to !r:example.org (Matrix) any more: {words}.\n\n"
        "It has no subscriptions. !start there takes it up again."
    )
