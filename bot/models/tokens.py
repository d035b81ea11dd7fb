"""Special tokens of chat templates in text that must not have any: prompts' inputs, models' outputs.

Knows no tokenizer. The hard thing is doing no harm: ordinary prose, prices (`a < b`), HTML and
code pass unchanged, while anything that a template could take for a turn's border can't survive.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_NAMED = (
    r"s|bos|eos|pad|unk|mask|sep|cls|think|tool_call|tool_response|tools|start_of_turn|end_of_turn|"
    r"start_of_image|end_of_image|fim_prefix|fim_suffix|fim_middle|fim_pad|repo_name|file_sep|"
    r"reponame|filename|gh_stars|issue_\w+|jupyter_\w+|empty_output|"
    r"endoftext|end_of_text|extra_id_\d+|unused\d+|reserved_\d+|sys|image|audio|video"
)
_BRACKETED = (
    r"INST|SYS|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|TOOL|IMG|IMG_BREAK|IMG_END|"
    r"PREFIX|SUFFIX|MIDDLE|CLS|SEP|MASK|PAD|UNK|BOS|EOS|THINK|ARGS|CALL_ID|gMASK|sMASK"
)
_ANGLED = re.compile(
    r"<(?P<pipe>[|｜][^<>\n]{0,80}?[|｜])>"  # <|im_start|>, <|start_header_id|>, DeepSeek's wide bars
    rf"|<(?P<named>/?(?:{_NAMED}))>"
    r"|<<(?P<double>/?SYS)>>",
    re.IGNORECASE,
)
_SQUARE = re.compile(rf"\[(/?(?:{_BRACKETED}))\]")
_BARS = re.compile(r"<(?=[|｜])|(?<=[|｜])>")


def neutralise(text: str) -> str:
    """Replace the brackets of special tokens by look-alikes: a person reads the same, no model does.

    `<|im_start|>` becomes `‹|im_start|›` and `[INST]` becomes `(INST)`; the length is unchanged
    save for `<<SYS>>`. Null characters go, since C strings end there, and halves of surrogate pairs
    become `?`, since UTF-8 has none.
    """
    text = text.replace("\x00", "").encode("utf-8", "replace").decode()
    if "<" in text or ">" in text:
        text = _ANGLED.sub(lambda m: f"‹{m['pipe'] or m['named'] or m['double']}›", text)
        text = _BARS.sub(lambda m: "‹" if m[0] == "<" else "›", text)
    return _SQUARE.sub(r"(\1)", text) if "[" in text else text


class Known:
    """The special tokens of one model, whatever they look like, on top of the usual ones."""

    def __init__(self, tokens: Iterable[str]) -> None:
        # A word such as `pad` may be one too, but can't be told from prose.
        odd = [t for t in tokens if len(t) > 2 and not t.isalnum() and t == neutralise(t)]
        self._pattern = (
            re.compile("|".join(map(re.escape, sorted(odd, key=len, reverse=True)))) if odd else None
        )

    def neutralise(self, text: str) -> str:
        """As `neutralise`; a token of this model's own gets a blank after its first character."""
        text = neutralise(text)
        return self._pattern.sub(lambda m: f"{m[0][0]} {m[0][1:]}", text) if self._pattern else text


def strip(text: str) -> str:
    """Take special tokens out of what a model wrote; halves of one that are left are neutralised.

    A blank stays in a token's place, so that what stood around it can't grow into another.
    """
    if "<" in text or "[" in text or "\x00" in text:
        text = _SQUARE.sub(" ", _ANGLED.sub(" ", text))
    return neutralise(text)
