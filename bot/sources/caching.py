"""What response headers say about when to come back. Pure; seconds throughout."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 7 * 86400.0
"""Nobody is believed who asks for more than a week."""


def http_date(value: str) -> datetime | None:
    """An HTTP date (RFC 9110, 5.6.7) as aware UTC; None when it is none."""
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def retry_after(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds to wait (RFC 9110, 10.2.3): a number or a date; None when not said."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(LONGEST, float(value[:9]))
    when = http_date(value) if value else None
    return None if when is None else min(LONGEST, max(0.0, (when - now).total_seconds()))


def max_age(headers: Mapping[str, str]) -> float | None:
    """Seconds for which the answer stays fresh (RFC 9111, 4.2.1); None when not said."""
    control = headers.get("cache-control", "").lower()
    if "no-store" in control or "no-cache" in control:
        return 0.0
    stated = re.search(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,10})", control)
    if stated:
        age = headers.get("age", "").strip()
        passed = float(age) if age.isascii() and age.isdigit() and len(age) < 10 else 0.0
        return min(LONGEST, max(0.0, float(stated[1]) - passed))
    expires, date = (http_date(headers.get(name, "")) for name in ("expires", "date"))
    if expires is None or date is None:
        return None
    return min(LONGEST, max(0.0, (expires - date).total_seconds()))
