"""`newsbot`: every command of the terminal. Each module here holds the commands of one theme.

Standard output carries what was asked for and nothing else; progress, warnings and logs go to
standard error. Exit status: 0 done, 1 failed, 2 bad use (options, configuration, input).
"""

from __future__ import annotations

import os
import sys

import typer

from bot.cli import asking, modelling, reading, running, sourcing
from bot.cli.context import BAD_USE, FAILED, callback, explain
from bot.errors import BadInput, ConfigError, NewsbotError

app = typer.Typer(
    name="newsbot",
    help="Cited news summaries and answers from a local model, in the terminal, on Telegram and on Matrix.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.callback()(callback)
for theme in (running, reading, asking):
    theme.register(app)
app.add_typer(sourcing.app, name="sources")
app.add_typer(modelling.app, name="models")


def main() -> None:
    """Run the command line and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; its exit status."""
    try:
        app(arguments)
        return 0
    except SystemExit as e:
        return e.code if isinstance(e.code, int) else FAILED if e.code else 0
    except KeyboardInterrupt:
        return 130
    except (ConfigError, BadInput) as e:
        explain(e)
        return BAD_USE
    except NewsbotError as e:
        explain(e)
        return FAILED
    except BrokenPipeError:
        # Whoever read our output is gone (`| head`); keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
