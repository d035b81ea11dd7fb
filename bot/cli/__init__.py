"""`newsbot`: every command of the terminal. Each module here holds the commands of one theme.

Standard output carries what was asked for and nothing else; progress, warnings and logs go to
standard error. Exit status: 0 done, 1 failed, 2 bad use (options, configuration, input).
"""

from __future__ import annotations

import io
import os
import sys

import typer

from bot.cli import asking, modelling, reading, running, sourcing
from bot.cli.context import BAD_USE, FAILED, callback, explain
from bot.cli.output import say
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
    _open_streams()
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; its exit status."""
    try:
        return _status(arguments)
    except KeyboardInterrupt:
        return 130
    except (ConfigError, BadInput) as e:
        explain(e)
        return BAD_USE
    except NewsbotError as e:
        explain(e)
        return FAILED
    except OSError as e:
        # Whoever read our output is gone (`| head`), or there is no room for it; keep Python from
        # complaining at exit.
        if not isinstance(e, BrokenPipeError):
            say(f"{e.filename or 'The output'}: {e.strerror or e}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _status(arguments: list[str]) -> int:
    try:
        app(arguments)
    except SystemExit as e:
        return e.code if isinstance(e.code, int) else FAILED if e.code else 0
    finally:
        sys.stdout.flush()
    return 0


def _open_streams() -> None:
    """Have all three, also where the caller closed them, and able to say every name that news may have."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115, PTH123
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
