"""A person on matrix-js-sdk in strict mode, in a Node of its own (`tests/synapse/strict/install`)."""

import asyncio
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / ".synapse" / "strict"
WAIT_SECONDS = 60

ready = (FOLDER / "node_modules" / "matrix-js-sdk").exists()


async def ask(url: str, user: str, bot: str, question: str) -> dict[str, Any]:
    """Ask the bot in an encrypted room: the answer, and how a strict client marks it."""
    process = await asyncio.create_subprocess_exec(
        *(str(FOLDER / "node"), str(FOLDER / "person.mjs"), url, user, "secret", bot, question),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), WAIT_SECONDS)
    lines = out.decode().strip().splitlines()
    assert process.returncode == 0, err.decode()[-2000:]
    return json.loads(lines[-1])
