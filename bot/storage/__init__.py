"""Every row and every line of SQL, on SQLite and on PostgreSQL.

store        the door: Store.open(url), transaction, backup, prune
rows         leases on due rows: claim -> work -> finish with the result
sources articles stories search chats subscriptions inbox outbox moves folds links meta
                        one room a noun
database     connections, transactions, errors;  tables, migrations/  the tables and how they came
codec words vectors     values as JSON; words as the index sees them; vectors in memory
"""

from bot.storage.chats import Member
from bot.storage.outbox import Post
from bot.storage.store import Pruned, Store

__all__ = ["Member", "Post", "Pruned", "Store"]
