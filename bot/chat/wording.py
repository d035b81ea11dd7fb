"""When and how a subscription comes, said back to people: the counterpart of `clauses`.

Pure. What was understood is always repeated in words, so that a misunderstanding is seen at once.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.words import WEEKDAYS
from bot.news import languages
from bot.types import ORIGINAL, Length, Options


def describe_days(weekdays: Sequence[int]) -> str:
    """`Monday to Friday`, `Monday, Thursday`."""
    names = [WEEKDAYS[number - 1] for number in weekdays]
    in_a_row = len(weekdays) > 2 and weekdays[-1] - weekdays[0] == len(weekdays) - 1
    return f"{names[0]} to {names[-1]}" if in_a_row else ", ".join(names)


def describe_options(options: Options) -> list[str]:
    """Each option in words, as it is said back to people."""
    said = []
    if options.length:
        said.append({Length.HEADLINE: "headlines only"}.get(options.length, f"{options.length} summaries"))
    if options.language:
        original = options.language == ORIGINAL
        said.append("in the original language" if original else f"in {languages.name(options.language)}")
    if options.most:
        said.append(f"at most {options.most} a day")
    if options.urgent:
        said.append(f"urgent: {options.urgent}")
    if options.quiet_from:
        none = options.quiet_from == options.quiet_until
        said.append("no quiet hours" if none else f"quiet {options.quiet_from} to {options.quiet_until}")
    if options.changes:
        said.append("with what changed")
    return said
