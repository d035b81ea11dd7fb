"""How a draft becomes an article, or changes the one that it is.

Knows no feed and no page. The hard thing is an article that is held back until its page was read:
nobody has seen it, so what comes meanwhile replaces it and is no revision.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, text, update

from bot.storage.carriers import carriers, carry, tell_again
from bot.storage.columns import insert_new, storable
from bot.storage.revise import Stored, revise
from bot.storage.rows import UNLEASED
from bot.storage.sameness import bare
from bot.storage.tables import article_keys, articles, passages, revisions, signatures
from bot.types import Draft, PutStatus


def put(
    c: Connection,
    draft: Draft,
    keys: Sequence[str],
    source_id: int | None,
    now: datetime,
    *,
    quiet: bool,
    held: bool,
) -> tuple[PutStatus, int]:
    """Store a draft under its keys; what it did, and the article's id."""
    _lock(c)
    article_id = _recognise(c, keys)
    if article_id is None:
        due_at = None if held else now
        article_id, status = _insert(c, draft, source_id, now, quiet, due_at), PutStatus.NEW
    else:
        status = _update(c, article_id, draft, source_id, now)
    c.execute(insert_new(c, article_keys), [{"key": k, "article_id": article_id} for k in keys])
    carried = source_id is not None and carry(c, article_id, source_id)
    if carried and status is PutStatus.UNCHANGED and not quiet:
        tell_again(c, article_id, now)
    return status, article_id


def fill(
    c: Connection, article_id: int, draft: Draft, now: datetime, keys_of: Callable[[str], Sequence[str]]
) -> PutStatus:
    """Put what an article's page has into the article; `keys_of` gives the keys of an address.

    A held article whose page has the key of another article is that one, and leads to it from now on. Not
    so where the other one has the key from its page too, and another title: sites send many articles to one
    page (of consent, of login) or name their section as the address of each. Such a page's text is none's.
    """
    _lock(c)
    keys = [k for k in dict.fromkeys(map(storable, draft.keys)) if k]
    strangers = _strangers(c, keys, draft, keys_of)
    if any(bare(text) == bare(draft.text) for text in strangers.values()):
        return PutStatus.UNCHANGED
    keys = [k for k in keys if k not in strangers]
    other = _recognise(c, keys)
    if other is not None and other != article_id and _stored(c, article_id).held:
        own = article_keys.c.article_id == article_id
        c.execute(update(article_keys).where(own).values(article_id=other))
        for source_id in carriers(c, [article_id]).get(article_id, ()):
            if carry(c, other, source_id):
                tell_again(c, other, now)
        c.execute(delete(articles).where(articles.c.id == article_id))
        return _update(c, other, draft, None, now) if _stored(c, other).teaser else PutStatus.UNCHANGED
    status = _update(c, article_id, draft, None, now)
    if keys:
        c.execute(insert_new(c, article_keys), [{"key": k, "article_id": article_id} for k in keys])
    return status


def _strangers(
    c: Connection, keys: Sequence[str], draft: Draft, keys_of: Callable[[str], Sequence[str]]
) -> dict[str, str]:
    """The keys that other articles have from their pages alone, with those articles' texts."""
    theirs = select(article_keys.c.key, articles.c.url, articles.c.title, articles.c.text)
    joined = theirs.join(articles, articles.c.id == article_keys.c.article_id)
    return {
        row.key: row.text
        for row in c.execute(joined.where(article_keys.c.key.in_(keys)))
        if row.key not in keys_of(row.url) and bare(row.title) != bare(draft.title)
    }


def forget_passages(c: Connection, article_id: int) -> None:
    """Take an article's passages, and so their words and vectors, out of the search."""
    c.execute(delete(passages).where(passages.c.article_id == article_id))


def _lock(c: Connection) -> None:
    if c.dialect.name == "postgresql":
        # Two who bring the same new article at once must not both find it unknown.
        c.execute(text("SELECT pg_advisory_xact_lock(7237001)"))


def _recognise(c: Connection, keys: Sequence[str]) -> int | None:
    known = select(article_keys.c.key, article_keys.c.article_id).where(article_keys.c.key.in_(keys))
    owners = {row.key: row.article_id for row in c.execute(known)}
    return next((owners[k] for k in keys if k in owners), None)


def _insert(
    c: Connection, draft: Draft, source_id: int | None, now: datetime, quiet: bool, due_at: datetime | None
) -> int:
    values = {
        "url": draft.url,
        "title": draft.title,
        "text": draft.text,
        "outlet": draft.outlet,
        "byline": draft.byline,
        "language": draft.language,
        "published": draft.published,
        "updated": draft.updated,
        "fetched": now,
        "revised": now,
        "happened": draft.published or now,
        "teaser": draft.teaser,
        "withdrawn": draft.withdrawn,
        "quiet": quiet,
        "source_id": source_id,
        "due_at": due_at,
    }
    return int(c.execute(insert(articles).values(values).returning(articles.c.id)).scalar_one())


def _stored(c: Connection, article_id: int) -> Stored:
    signed = select(signatures.c.id).where(signatures.c.article_id == articles.c.id).exists()
    unread = articles.c.story_id.is_(None) & ~signed
    held = unread & articles.c.due_at.is_(None) & articles.c.lease_token.is_(None)
    locked = select(*Stored.COLUMNS, held.label("held")).where(articles.c.id == article_id)
    return Stored(**c.execute(locked.with_for_update(of=articles)).one()._mapping)


def _update(c: Connection, article_id: int, draft: Draft, source_id: int | None, now: datetime) -> PutStatus:
    stored = _stored(c, article_id)
    older = select(revisions.c.title, revisions.c.text).where(revisions.c.article_id == article_id)
    change = revise(stored, draft, lambda: [(r.title, r.text) for r in c.execute(older)], now)
    values = dict(change.values)
    if stored.source_id is None and source_id is not None:
        values["source_id"] = source_id
    if change.revision and stored.held:
        values |= {"revised": now, "due_at": None if draft.teaser else now}
    elif change.revision:
        c.execute(insert(revisions).values(article_id=article_id, **stored.as_revision()))
        forget_passages(c, article_id)
        values |= {"revision": stored.revision + 1, "revised": now, "due_at": now, "attempts": 0, **UNLEASED}
    if values:
        c.execute(update(articles).where(articles.c.id == article_id).values(values))
    return PutStatus.UPDATED if change.revision else PutStatus.UNCHANGED
