"""How many threads an engine should use here and now.

Knows no engine. The hard thing: an engine's threads wait for each other hundreds of times a token
by spinning, so one thread more than there are free cores makes it several times slower, not
faster. Measured with two cores that other programs keep busy: one thread wrote 17-33 tokens a
second, two threads 1-5. So what counts is what others leave free, and a container's limit.
"""

from __future__ import annotations

import math
import os
import time
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_STAT = Path("/proc/stat")
_WINDOW = 0.4
"""Seconds to watch the processor for."""


def available() -> int:
    """Cores that this process may use: its affinity, and its container's limit."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        return max(1, min(cores, limit(_QUOTA.read_text())))
    except OSError:
        return cores


def limit(text: str) -> int:
    """Cores that a cgroup's `cpu.max` grants (quota and period in microseconds); many without a limit."""
    try:
        quota, period = (int(part) for part in text.split())
        return max(1, math.ceil(quota / period))
    except (ValueError, ZeroDivisionError):
        return 1 << 16


def free() -> int:
    """Cores that other programs leave to this one now, at least 1. Takes a moment: call it on a thread."""
    cores = available()
    if cores == 1:
        return 1
    began, own, idle = time.monotonic(), time.process_time(), _idle()
    if idle is None:
        return cores
    time.sleep(_WINDOW)
    after = _idle()
    return share(cores, (after or idle) - idle, time.process_time() - own, time.monotonic() - began)


def share(cores: int, idle: float, own: float, seconds: float) -> int:
    """Of `cores`, those that were idle or ours for most of `seconds`; `idle` and `own` in core seconds."""
    return max(1, min(cores, round((idle + own) / seconds)))


def _idle() -> float | None:
    """Core seconds that the machine was idle since it started; None where it doesn't say."""
    try:
        fields = _STAT.read_text().split("\n", 1)[0].split()
        return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None
