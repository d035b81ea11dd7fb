"""One database, two kinds: connections, transactions and the translation of their errors.

Knows no table.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager


class Database:
    """An open database."""

    def transaction(self) -> AbstractAsyncContextManager[None]:
        """Everything inside commits together or not at all."""
        raise NotImplementedError
