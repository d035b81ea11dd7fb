"""A bot in a process of its own that kills itself while it handles its Nth message.

    python victim.py SETTINGS.json INBOX N before|after

`before` dies with the message received but not written, `after` with it written but not reported.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from bot.platforms.matrix import MatrixPlatform, MatrixSettings
from bot.types import Message


async def main(settings: MatrixSettings, inbox: Path, doomed: int, when: str) -> None:
    count = 0

    async def receive(message: Message) -> None:
        nonlocal count
        count += 1
        if count == doomed and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        with inbox.open("a") as out:
            out.write(json.dumps([message.message_id, message.text]) + "\n")
        if count == doomed:
            os.kill(os.getpid(), signal.SIGKILL)

    await MatrixPlatform(settings).run(receive)


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text())
    given["store_dir"] = Path(given["store_dir"])
    asyncio.run(main(MatrixSettings(**given), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
