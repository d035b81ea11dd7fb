"""Keyword filters: words, "phrases", AND OR NOT, (...), title: source: lang: and /regex/.

Pure and linear: a filter takes time proportional to the text however it is written, because words are
looked up in a set, phrases by substring search and regular expressions by RE2. Errors say where.

    filter   = all { OR all }
    all      = no { [AND] no }
    no       = (NOT | -) no | "(" filter ")" | [field:] (word | "phrase" | /regex/)

Between two conditions `and`, `or` and `not` are operators in small letters too; as words they are quoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import re2

from bot.errors import BadInput

KEPT = 65_536
"""Parsed filters kept; each takes about 2 KB."""
LONGEST = 500
"""Characters of a filter."""
DEEPEST = 20
"""Nested parentheses and NOTs."""
REGEX_MEMORY = 1 << 20
"""Bytes that RE2 may use for one expression."""

_WORDS = re.compile(r"\w+(?:['’]\w+)*")
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<open>\() | (?P<close>\)) | (?P<minus>-(?=\S))
    | (?P<field>(?:title|source|lang):(?=\S))
    | "(?P<phrase>[^"]*)" | “(?P<curly>[^”]*)”
    | /(?P<regex>(?:\\.|[^/\\])+)/
    | (?P<word>[^\s()"“]+)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Scripts without spaces between words: there a word is found inside a run of letters."""


def words_of(text: str) -> tuple[str, ...]:
    """The words of `text`, case folded."""
    return tuple(_WORDS.findall(text.casefold()))


@dataclass(frozen=True)
class Text:
    """A text made ready once for any number of filters."""

    raw: str

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word, case folded."""
        return frozenset(words_of(self.raw))

    @cached_property
    def line(self) -> str:
        """The words with single spaces around each, so that a phrase is a substring."""
        return f" {' '.join(words_of(self.raw))} "


@dataclass(frozen=True, kw_only=True)
class Fields:
    """What a filter looks at; keep it while asking many filters about one article."""

    title: str
    text: str
    source: str = ""
    """Names of the outlet and source, joined by newlines."""
    language: str = ""

    @cached_property
    def by_name(self) -> dict[str, Text]:
        """The texts that a condition may name; the empty name is title and text."""
        return {
            "": Text(f"{self.title}\n{self.text}"),
            "title": Text(self.title),
            "source": Text(self.source),
        }


Test = Callable[[Fields], bool]


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter; keep it and use it on many articles."""

    source: str
    """The text that was parsed, its operators in capitals."""
    _test: Test

    def matches(self, fields: Fields) -> bool:
        """Whether the filter accepts an article."""
        return self._test(fields)


@lru_cache(maxsize=KEPT)
def parse(text: str) -> Filter:
    """Parse a filter; BadInput says what is wrong and where."""
    if len(text) > LONGEST:
        raise BadInput(f"A filter has at most {LONGEST} characters; this one has {len(text)}.")
    text = _capitals(text)
    parser = _Parser(text)
    test = parser.alternatives(0)
    if parser.kind:
        raise parser.wrong("there is a “)” without its “(”")
    return Filter(text, test)


_OPERATORS = frozenset({"AND", "OR", "NOT"})
_ENDS = frozenset({"word", "phrase", "curly", "regex", "close"})
_BEGINS = frozenset({"word", "phrase", "curly", "regex", "open", "field", "minus"})


def _capitals(text: str) -> str:
    """The text with capitals for operators in small letters: words between two conditions."""
    tokens = list(_TOKEN.finditer(text))
    before = ""
    for token, following in pairwise(tokens):
        kind, word = token.lastgroup or "", token["word"] or ""
        between = before in _ENDS and following.lastgroup in _BEGINS and following["word"] not in _OPERATORS
        if word in {"and", "or", "not"} and (between or (word == "not" and before == "operator")):
            start, end = token.span("word")
            text, kind = f"{text[:start]}{word.upper()}{text[end:]}", "operator"
        before = "operator" if word in _OPERATORS else kind
    return text


class _Parser:
    """Recursive descent, one token ahead."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.end = 0
        self.start = 0
        self.kind = ""
        self.value = ""
        self.advance()

    def advance(self) -> None:
        """Move to the next token; kind is empty at the end."""
        self.start = len(self.text) - len(self.text[self.end :].lstrip())
        if self.start >= len(self.text):
            self.kind, self.value = "", ""
            return
        found = _TOKEN.match(self.text, self.start)
        if found is None:
            raise self.wrong("a quotation mark has no partner")
        self.kind = found.lastgroup or ""
        self.value = found[self.kind]
        self.end = found.end()
        if self.kind == "word" and self.value in _OPERATORS:
            self.kind = self.value
        if self.kind == "word" and self.value.startswith("/"):
            raise self.wrong("a regular expression has no closing “/”")

    def wrong(self, what: str) -> BadInput:
        """The error, pointing at the present token."""
        if self.start >= len(self.text):
            return BadInput(f"I can't read this filter: {what}, at its end.")
        near = self.text[self.start : self.start + 20]
        return BadInput(f"I can't read this filter: {what}, at character {self.start + 1} (“{near}”).")

    def alternatives(self, depth: int) -> Test:
        """Parse all { OR all }."""
        tests = [self.conjunction(depth)]
        while self.kind == "OR":
            self.advance()
            tests.append(self.conjunction(depth))
        return tests[0] if len(tests) == 1 else lambda fields: any(test(fields) for test in tests)

    def conjunction(self, depth: int) -> Test:
        """Parse no { [AND] no }."""
        tests = [self.negation(depth)]
        while self.kind not in {"", "OR", "close"}:
            if self.kind == "AND":
                self.advance()
            tests.append(self.negation(depth))
        return tests[0] if len(tests) == 1 else lambda fields: all(test(fields) for test in tests)

    def negation(self, depth: int) -> Test:
        """Parse a NOT, parentheses or a condition."""
        if depth > DEEPEST:
            raise self.wrong(f"more than {DEEPEST} levels")
        if self.kind in {"NOT", "minus"}:
            self.advance()
            inner = self.negation(depth + 1)
            return lambda fields: not inner(fields)
        if self.kind == "open":
            return self.group(depth)
        field = self.field()
        return self.condition(field)

    def group(self, depth: int) -> Test:
        """Parse what stands in parentheses."""
        opened = self.start
        self.advance()
        inner = self.alternatives(depth + 1)
        if self.kind != "close":
            self.start = opened
            raise self.wrong("a “(” is never closed")
        self.advance()
        return inner

    def field(self) -> str:
        """A field's name, if one stands here."""
        if self.kind != "field":
            return ""
        name = self.value[:-1].lower()
        self.advance()
        return name

    def condition(self, field: str) -> Test:
        """One word, phrase or regular expression, in one field or in title and text."""
        if self.kind not in {"word", "phrase", "curly", "regex"}:
            raise self.wrong("a word is missing")
        try:
            test = _language(self.value) if field == "lang" else _condition(field, self.kind, self.value)
        except ValueError as e:
            raise self.wrong(str(e)) from e
        self.advance()
        return test


def _language(code: str) -> Test:
    wanted = code.casefold().split("-")[0]
    if not (wanted.isascii() and wanted.isalpha() and 2 <= len(wanted) <= 3):
        raise ValueError("a language is a code like en or de")
    return lambda fields: fields.language.casefold().split("-")[0] == wanted


def _condition(field: str, kind: str, value: str) -> Test:
    if kind == "regex":
        expression = _regex(value)
        return lambda fields: expression.search(fields.by_name[field].raw) is not None
    words = words_of(value)
    if not words:
        raise ValueError("there is no word in this")
    if _UNSPACED.search(value):
        return lambda fields: value.casefold() in fields.by_name[field].raw.casefold()
    if value.endswith("*"):
        beginning = f" {' '.join(words)}"
        return lambda fields: beginning in fields.by_name[field].line
    if len(words) == 1:
        return lambda fields: words[0] in fields.by_name[field].words
    phrase = f" {' '.join(words)} "
    return lambda fields: phrase in fields.by_name[field].line


def _regex(pattern: str) -> re2._Regexp:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = REGEX_MEMORY
    try:
        return re2.compile(pattern.replace("\\/", "/"), options)
    except re2.error as e:
        raise ValueError("this regular expression is not valid or too large (RE2 syntax)") from e
