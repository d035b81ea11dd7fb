"""Replies rendered for each platform; TDLib's own parser judges what Telegram would see."""

import json
import re
from html.parser import HTMLParser
from typing import Any, ClassVar

import pytest
import tdjson
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.blocks import bold, bullet, code, heading, link, mono, paragraph, quote, reply, say
from bot.chat.render import MATRIX_LIMIT, clip, render
from bot.chat.render_cut import border
from bot.types import Block, BlockKind, Button, Part, Reply, Span


def td(request: dict[str, Any]) -> dict[str, Any]:
    return json.loads(tdjson.td_execute(json.dumps(request).encode()) or b"{}")


@pytest.fixture(scope="module", autouse=True)
def _quiet_tdlib() -> None:
    td({"@type": "setLogVerbosityLevel", "new_verbosity_level": 0})


def parsed(html: str) -> tuple[str, list[dict[str, Any]]]:
    """What Telegram makes of a text in HTML parse mode; fails where Telegram would refuse it."""
    mode = {"@type": "textParseModeHTML"}
    answer = td({"@type": "parseTextEntities", "text": html, "parse_mode": mode})
    assert "code" not in answer, answer
    return answer["text"], answer["entities"]


def units(text: str) -> int:
    """UTF-16 code units, counted on their own."""
    return sum(2 if ord(c) > 0xFFFF else 1 for c in text)


def links(html: str) -> list[str]:
    return [e["type"]["url"] for e in parsed(html)[1] if e["type"]["@type"] == "textEntityTypeTextUrl"]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


marks = [
    "<b>",
    "</b>",
    "&amp;",
    "&#60;",
    "<",
    ">",
    '"',
    "'",
    "&",
    "<a href='x'>",
    "</pre>",
    "http://x.example",
]
signs = [
    "😀",
    "👨\u200d👩\u200d👧",
    "e\u0301",
    "\x00",
    "\u202e",
    "\ud800",
    "\n",
    "  ",
    "Ω",
    "語",
    "\u2028",
    "\t",
    "\ufeff",
]
nasty = st.sampled_from([*marks, *signs])
texts = st.lists(
    st.text(max_size=8) | nasty | st.sampled_from(["word " * 60, "A sentence. " * 30]), max_size=5
).map("".join)
urls = st.sampled_from(["", "https://a.example/x?a=1&b=2", "javascript:alert(1)", 'https://a.example/"><b>'])
spans = st.builds(
    Span, texts, bold=st.booleans(), italic=st.booleans(), code=st.booleans(), link=urls | texts
)
blocks = st.builds(Block, st.sampled_from(BlockKind), st.lists(spans, max_size=4).map(tuple))
replies = st.builds(Reply, blocks=st.lists(blocks, max_size=5).map(tuple))
long_replies = st.builds(
    lambda reply, words, times: Reply(
        blocks=(*reply.blocks, Block(BlockKind.PARAGRAPH, (Span(words * times, bold=True), Span(words))))
    ),
    replies,
    st.text(min_size=1, max_size=60),
    st.integers(1, 300),
)


@given(replies | long_replies)
@settings(max_examples=100)
def test_telegram_parses_every_part_to_exactly_its_plain_text_within_the_limits(reply: Reply) -> None:
    for part in render(reply, "telegram"):
        text, entities = parsed(part.html)
        assert text == part.plain
        assert 0 < units(text) <= 4096
        assert len(entities) <= 100
        assert all(e["type"].get("url", "http").startswith("http") for e in entities)


@given(replies | long_replies)
@settings(max_examples=100)
@pytest.mark.parametrize("platform", ["telegram", "matrix", "console"])
def test_nothing_is_lost_over_all_parts(platform: str, reply: Reply) -> None:
    unlinked = Reply(
        blocks=tuple(
            Block(b.kind, tuple(Span(s.text, bold=s.bold, italic=s.italic, code=s.code) for s in b.spans))
            for b in reply.blocks
            if b.kind is not BlockKind.QUOTE
        )
    )
    whole = squeezed("".join(p.plain for p in render(unlinked, "console")))
    parts = squeezed("".join(p.plain for p in render(unlinked, platform)))
    assert parts.replace("•", "") == whole.replace("•", "")


class Tags(HTMLParser):
    """Collects tags and attributes, and checks that they nest."""

    allowed: ClassVar = frozenset(
        {"strong", "em", "code", "pre", "a", "blockquote", "ul", "li", "h4", "br", "p"}
    )

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.allowed
        assert [name for name, _ in attrs] == (["href"] if tag == "a" else [])
        assert all((value or "").startswith(("http://", "https://")) for _, value in attrs)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@given(replies | long_replies)
@settings(max_examples=100)
def test_matrix_parts_have_only_the_specs_tags_and_fit_an_encrypted_event(reply: Reply) -> None:
    for part in render(reply, "matrix"):
        Tags(part.html)
        assert part.plain.strip()
        encrypted = len(json.dumps({"body": part.plain, "formatted_body": part.html})) * 4 / 3
        assert encrypted < 60_000


def test_a_reply_with_every_block_on_every_platform() -> None:
    everything = reply(
        heading("Rain & wind"),
        paragraph("It ", bold("rains"), " in ", link("Town", "https://a.example/?x=1&y=2"), "."),
        bullet("one"),
        bullet("two"),
        quote("He said <no>."),
        code("a\n  b"),
    )
    [telegram] = render(everything, "telegram")
    assert telegram.html == (
        '<b>Rain &amp; wind</b>\n\nIt <b>rains</b> in <a href="https://a.example/?x=1&amp;y=2">Town</a>.\n\n'
        "• one\n• two\n\n<blockquote>He said &lt;no&gt;.</blockquote>\n\n<pre>a\n  b</pre>"
    )
    [matrix] = render(everything, "matrix")
    assert matrix.html == (
        "<h4>Rain &amp; wind</h4><p>It <strong>rains</strong> in "
        '<a href="https://a.example/?x=1&amp;y=2">Town</a>.</p><ul><li>one</li><li>two</li></ul>'
        "<blockquote>He said &lt;no&gt;.</blockquote><pre><code>a\n  b</code></pre>"
    )
    [console] = render(everything, "console")
    assert console.html == ""
    assert console.plain == matrix.plain
    assert console.plain == (
        "Rain & wind\n\nIt rains in Town (https://a.example/?x=1&y=2).\n\n"
        "• one\n• two\n\n> He said <no>.\n\na\n  b"
    )


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "tg://user?id=1",
        "file:///etc/passwd",
        "data:text/html,x",
        "https://",
        "http://localhost/x",
        "https://ann:secret@a.example/",
        "https://a.example/\nx",
        "https://a.example:99999/",
        "https://a.example/" + "x" * 3000,
    ],
)
def test_a_link_that_is_no_public_web_page_becomes_text(url: str) -> None:
    for platform in ("telegram", "matrix"):
        [part] = render(say(link("here", url)), platform)
        assert "href" not in part.html
        assert part.plain == "here"


def test_articles_can_not_add_mark_up() -> None:
    [part] = render(say(link("</a><b>x</b>", 'https://a.example/"onclick="x')), "telegram")
    text, entities = parsed(part.html)
    assert text == "</a><b>x</b>"
    assert len(entities) == 1


def test_long_text_is_cut_between_sentences() -> None:
    sentence = "The river rose by two metres overnight. "
    parts = render(say(sentence * 300), "telegram")
    assert len(parts) == 3
    assert all(p.plain.endswith("overnight.") and p.plain.startswith("The river") for p in parts)


def test_bold_text_stays_bold_in_every_part() -> None:
    parts = render(say(bold("word " * 2000)), "telegram")
    assert len(parts) > 1
    assert all(p.html.startswith("<b>") and p.html.endswith("</b>") for p in parts)


def test_emoji_count_double_and_are_never_halved() -> None:
    parts = render(say("😀" * 5000), "telegram")
    assert "".join(p.plain for p in parts) == "😀" * 5000
    assert [units(p.plain) <= 4096 for p in parts] == [True] * len(parts)


def test_more_than_a_hundred_links_go_into_more_parts() -> None:
    parts = render(say(*(link(f"[{n}]", f"https://a.example/{n}") for n in range(250))), "telegram")
    assert [len(parsed(p.html)[1]) for p in parts] == [100, 100, 50]
    assert [url for p in parts for url in links(p.html)] == [f"https://a.example/{n}" for n in range(250)]


def test_buttons_stand_under_the_last_part_on_telegram_and_as_commands_elsewhere() -> None:
    more = reply(paragraph("word " * 2000), buttons=[[Button("More", "latest 2")]])
    *first, last = render(more, "telegram")
    assert last.buttons == ((Button("More", "latest 2"),),)
    assert not any(p.buttons for p in first)
    assert render(more, "matrix")[-1].plain.endswith("\n\nMore: !latest 2")
    assert render(more, "console")[-1].plain.endswith("\n\nMore: /latest 2")


def test_plain_text_shows_each_address_once_and_not_at_the_marks() -> None:
    text = say(
        "It rose. ",
        link("[1]", "https://a.example/"),
        " ",
        link("Post", "https://a.example/"),
        " ",
        link("Post", "https://a.example/"),
    )
    assert render(text, "console")[0].plain == "It rose. [1] Post (https://a.example/) Post"


def test_a_payload_too_long_for_telegram_is_a_mistake_of_ours_everywhere() -> None:
    with pytest.raises(ValueError, match="64"):
        render(reply(paragraph("x"), buttons=[[Button("x", "ä" * 33)]]), "console")


def test_an_empty_reply_has_no_parts() -> None:
    empty = Reply(blocks=(Block(BlockKind.PARAGRAPH, (Span(" \n"),)), Block(BlockKind.QUOTE, ())))
    assert [render(empty, p) for p in ("telegram", "matrix", "console")] == [(), (), ()]


def test_matrix_cuts_a_huge_reply() -> None:
    parts: tuple[Part, ...] = render(say("Å<&" * 30_000), "matrix")
    assert "".join(p.plain for p in parts) == "Å<&" * 30_000
    assert all(len(json.dumps(p.html + p.plain)) <= MATRIX_LIMIT.size for p in parts)


@given(st.text("a \n.😀e\u0301\u200d", min_size=1), st.integers(1, 50))
def test_a_border_is_inside_the_text_and_makes_progress(text: str, most: int) -> None:
    assert 0 < border(text, most) <= max(most, 1)


@given(st.text(), st.integers(2, 80))
def test_clipped_text_is_never_longer(text: str, most: int) -> None:
    assert len(clip(text, most)) <= most


def test_mono_is_code() -> None:
    assert render(say(mono("/ask")), "telegram")[0].html == "<code>/ask</code>"
