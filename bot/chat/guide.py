"""Commands that explain the bot: start and help, written from the command table itself.

What a person may not do is not shown to them.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection

from bot.chat.blocks import bold, bullet, heading, mono, paragraph, reply, say
from bot.chat.command import Command, Request
from bot.types import Block, Button, Reply, Role

NEAREST = 3


async def start(request: Request) -> Reply:
    """Greet, and say the three things that matter; a deep link's payload is of no concern."""
    sign = request.sign
    return reply(
        paragraph(bold("Hello. I read the news so that you don't have to read all of it.")),
        bullet("Ask me anything about it: just write your question here."),
        bullet(f"{sign}latest shows the newest stories."),
        bullet(f"{sign}subscribe brings you a digest each morning."),
        paragraph(
            "Everything I say comes from my sources, with the link. "
            f"When they don't have it, I say so. More: {sign}help"
        ),
        buttons=[
            [
                Button("Latest", "latest"),
                Button("Daily digest", "subscribe all daily"),
                Button("Help", "help"),
            ]
        ],
    )


async def help_(request: Request) -> Reply:
    """List what this person can do, or explain one command."""
    name = request.arguments.strip().lstrip("/!").lower()
    if not name:
        return _list(request)
    command = request.commands.get(name)
    if command is None or command.permission > request.role:
        return unknown(name, request)
    return explain(command, request.sign)


def _list(request: Request) -> Reply:
    usable = [c for c in distinct(request.commands.values()) if c.permission <= request.role and not c.hidden]
    everyone = [c for c in usable if c.permission <= Role.READER]
    running = [c for c in usable if c.permission > Role.READER]
    blocks = [heading("What I can do"), *(_line(c, request.sign) for c in everyone)]
    if running:
        blocks += [heading("Running the bot"), *(_line(c, request.sign) for c in running)]
    blocks.append(paragraph(f"More about one: {request.sign}help subscribe"))
    return reply(*blocks)


def _line(command: Command, sign: str) -> Block:
    return bullet(f"{sign}{command.name}: {command.help}")


def distinct(commands: Collection[Command]) -> list[Command]:
    """Each command once, though aliases lead to it too."""
    return list({command.name: command for command in commands}.values())


def explain(command: Command, sign: str) -> Reply:
    """What a command does, how it is used, and an example."""
    blocks = [paragraph(bold(f"{sign}{command.name}"), f": {command.help}.")]
    if command.details:
        blocks.append(paragraph(command.details))
    return reply(*blocks, *usage_lines(command, sign))


def usage_lines(command: Command, sign: str) -> list[Block]:
    """The usage line, and an example where there are arguments."""
    lines = [paragraph("Usage: ", mono(command.usage(sign)))]
    if command.example:
        lines.append(paragraph("Example: ", mono(command.example_line(sign))))
    return lines


def unknown(name: str, request: Request) -> Reply:
    """Offer the commands whose names are nearest."""
    usable = {n: c.name for n, c in request.commands.items() if c.permission <= request.role and not c.hidden}
    near = difflib.get_close_matches(name, usable, n=NEAREST, cutoff=0.6)
    names = list(dict.fromkeys(usable[n] for n in near))
    if not names:
        return say(f"I don't know that command. {request.sign}help shows all of them.")
    buttons = [[Button(f"{request.sign}{n}", n) for n in names]]
    offered = " or ".join(f"{request.sign}{n}" for n in names)
    return say(f"I don't know {request.sign}{name[:32]}. Did you mean {offered}?", buttons=buttons)
