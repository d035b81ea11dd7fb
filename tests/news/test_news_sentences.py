"""Sentences as offsets: where they end, and that nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.news.sentences import LONGEST, split


def cut(text: str, language: str = "en") -> list[str]:
    return [text[a:b] for a, b in split(text, language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mr. Lind met Dr. J. R. Orre. They spoke.", ["Mr. Lind met Dr. J. R. Orre.", "They spoke."]),
        ("It cost $3.5 million. He paid.", ["It cost $3.5 million.", "He paid."]),
        (
            "The U.S. Senate sat at 3 p.m. on Jan. 5. It rose.",
            ["The U.S. Senate sat at 3 p.m. on Jan. 5.", "It rose."],
        ),
        ("It starts at 9 p.m. ET. The draw is open.", ["It starts at 9 p.m. ET.", "The draw is open."]),
        (
            "The Islamic centre of Murfree, Tenn. — The fire was put out.",
            ["The Islamic centre of Murfree, Tenn. — The fire was put out."],
        ),
        ("He lives in the U.S. The house is old.", ["He lives in the U.S.", "The house is old."]),
        ('"Why?" he asked. "I am late."', ['"Why?" he asked.', '"I am late."']),
        ("He left... and came back. So it goes.", ["He left... and came back.", "So it goes."]),
        ("A heading\nA sentence here.", ["A heading", "A sentence here."]),
        ("1. First thing\n2. Second thing", ["1. First thing", "2. Second thing"]),
        ("He stopped.The dog ran on.", ["He stopped.", "The dog ran on."]),
        ("今天很冷。他说：“走吧！”然后走了。", ["今天很冷。", "他说：“走吧！”", "然后走了。"]),
        ("彼は「行く。」と述べた。夜だ。", ["彼は「行く。」と述べた。", "夜だ。"]),
        ("彼は「急ぐ。行く。」と述べた。夜だ。", ["彼は「急ぐ。行く。」と述べた。", "夜だ。"]),
        ("彼は「急ぐ。夜だ。", ["彼は「急ぐ。", "夜だ。"]),
        ("「行く。」ところが夜だ。", ["「行く。」", "ところが夜だ。"]),
        ("यह एक है। यह दो है।", ["यह एक है।", "यह दो है।"]),
        ("Er sagt: „Wir gehen.“ Sie bleibt.", ["Er sagt: „Wir gehen.“", "Sie bleibt."]),
        ("Er sagt: »Wir gehen.« Sie bleibt.", ["Er sagt: »Wir gehen.«", "Sie bleibt."]),
        ("Sie sagt: ‚Nein.‘ Er geht.", ["Sie sagt: ‚Nein.‘", "Er geht."]),
        ("Il dit : « C’est fini. » Elle reste.", ["Il dit : « C’est fini. »", "Elle reste."]),
        ("«\u202fOui\u202f!\u202f» Elle reste.", ["«\u202fOui\u202f!\u202f»", "Elle reste."]),
        ("« C’est fini. », dit-il. Elle reste.", ["« C’est fini. », dit-il.", "Elle reste."]),
        ("He left. “We stay.” She sat.", ["He left.", "“We stay.”", "She sat."]),
        ("هل جاء؟ نعم جاء.", ["هل جاء؟", "نعم جاء."]),
        ("", []),
        (" \n\n ", []),
    ],
)
def test_sentence_ends_where_a_reader_would_say(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "J. A. Lind met Dr. C. Y. Orre. It rained.", ["J. A. Lind met Dr. C. Y. Orre.", "It rained."]),
        ("es", "EE. UU. votó con la Dra. Ruiz. Ganó.", ["EE. UU. votó con la Dra. Ruiz.", "Ganó."]),
        ("it", "Parla l’on. Verdi. La dott.ssa Neri no.", ["Parla l’on. Verdi.", "La dott.ssa Neri no."]),
        ("pl", "O godz. 15 na ul. Prostej. Potem nic.", ["O godz. 15 na ul. Prostej.", "Potem nic."]),
        ("uk", "На вул. Довгій, 2. Вона стара.", ["На вул. Довгій, 2.", "Вона стара."]),
        ("hi", "डॉ. शर्मा आए। वे गए।", ["डॉ. शर्मा आए।", "वे गए।"]),
        (
            "ru",
            "В 2020 г. Велль рос. Мост 1931 г. Он стар.",
            ["В 2020 г. Велль рос.", "Мост 1931 г.", "Он стар."],
        ),
        ("ru", "Пришёл И. В. Лунд. Он один.", ["Пришёл И. В. Лунд.", "Он один."]),
    ],
)
def test_what_is_abbreviated_is_no_end(language: str, text: str, expected: list[str]) -> None:
    assert cut(text, language) == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("de", "Am 3. Oktober kam er. Er blieb.", ["Am 3. Oktober kam er.", "Er blieb."]),
        ("tr", "Vell 2. Kolordu geldi. Kaldı.", ["Vell 2. Kolordu geldi.", "Kaldı."]),
    ],
)
def test_ordinal_is_no_end_where_they_are_written_with_a_stop(
    language: str, text: str, expected: list[str]
) -> None:
    assert cut(text, language) == expected


def test_hard_wrapped_lines_are_one_paragraph() -> None:
    text = (
        "The council said on Thursday that the old bridge over the\n"
        "Northern harbour will close on Monday for eleven weeks so that\n"
        "its cables can be replaced, and that buses will take the road\n"
        "round the bay. The mayor agreed."
    )
    assert len(split(text)) == 2


def test_paragraphs_that_end_in_a_quotation_are_no_hard_wrapped_lines() -> None:
    text = (
        "Der Minister sagte am Freitag in Vell: „Wir bauen die Brücke im nächsten Jahr.“\n"
        "Die Opposition kritisierte den Plan für die Brücke: »Das Geld fehlt anderswo.«\n"
        "Alles zur Brücke"
    )
    assert len(split(text, "de")) == 3


def test_text_without_stops_is_cut_at_white_space() -> None:
    spans = split("word " * 2000)
    assert all(b - a <= LONGEST for a, b in spans)


def test_very_long_text_is_split_sentence_by_sentence() -> None:
    text = "The council met again and talked about the bridge. " * 6000
    assert len(split(text)) == 6000


@given(st.text(alphabet=st.sampled_from("aB .!?\n\"'”“(3-。\tМ،"), max_size=300) | st.text(max_size=200))
def test_offsets_are_ordered_trimmed_and_lose_nothing(text: str) -> None:
    spans = split(text)
    covered = [False] * len(text)
    last = 0
    for start, end in spans:
        assert last <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        covered[start:end] = [True] * (end - start)
        last = end
    assert all(covered[i] or c.isspace() for i, c in enumerate(text))
