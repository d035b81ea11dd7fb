"""Pages that articles are completed from: rows that are jobs, on both databases."""

from storage_samples import HOUR, MINUTE, NOW, draft

from bot.storage import Store
from bot.storage.pages import Wish
from bot.types import PutStatus, SourceKind


def keys_of(url: str) -> tuple[str, ...]:
    return (f"url:{url.rpartition('/')[2]}",)


async def test_a_held_article_is_read_once_its_page_came(store: Store) -> None:
    short = draft(text="Short.", teaser=True)
    _, article = await store.articles.put(short, source_id=None, now=NOW, held=True)
    assert await store.pages.want(article.id, Wish("T", "1"), own=True, due_at=NOW)
    assert not await store.pages.want(article.id, Wish("T", "1"), own=True, due_at=NOW)
    assert await store.rows.claim("articles", now=NOW, lease=MINUTE) == []

    [claim] = await store.rows.claim("pages", now=NOW, lease=MINUTE)
    async with store.rows.finish(claim, due_at=None):
        full = draft(text="The whole text.", keys=("url:page",))
        assert await store.pages.was_read(claim.id, full, now=NOW, keys_of=keys_of) is PutStatus.UPDATED

    [due] = await store.rows.claim("articles", now=NOW, lease=MINUTE)
    found = await store.articles.get(due.id)
    assert (found.text, found.teaser, found.revision) == ("The whole text.", False, 1)
    assert await store.articles.find("url:page") == found


async def test_a_page_that_failed_lets_its_article_go_and_is_counted(store: Store) -> None:
    source = await store.sources.add("https://a.example/feed", kind=SourceKind.FEED, now=NOW)
    short = draft(text="Short.", teaser=True)
    _, article = await store.articles.put(short, source_id=source.id, now=NOW, held=True)
    await store.pages.want(article.id, Wish("T", "1"), own=True, due_at=NOW)
    [claim] = await store.rows.claim("pages", now=NOW, lease=MINUTE)
    async with store.transaction():
        await store.rows.retry(claim, due_at=None, error="gone")
        await store.pages.failed(claim.id, now=NOW)
    assert len(await store.rows.claim("articles", now=NOW, lease=MINUTE)) == 1
    assert await store.pages.unread(source.id) == {"gone": 1}
    assert await store.pages.waiting() == 0


async def test_another_teaser_while_the_page_is_read_is_not_slept_through(store: Store) -> None:
    _, article = await store.articles.put(draft(teaser=True), source_id=None, now=NOW, held=True)
    await store.pages.want(article.id, Wish("T", "1"), own=True, due_at=NOW)
    [claim] = await store.rows.claim("pages", now=NOW, lease=MINUTE)
    await store.pages.want(article.id, Wish("New", "2"), own=True, due_at=NOW + HOUR)
    async with store.rows.finish(claim, due_at=None):
        await store.pages.was_read(claim.id, draft(text="Whole."), now=NOW, keys_of=keys_of)
    [again] = await store.rows.claim("pages", now=NOW + HOUR, lease=MINUTE)
    assert (await store.pages.get(again.id)).title == "New"


async def test_a_full_article_wants_no_page(store: Store) -> None:
    _, article = await store.articles.put(draft(), source_id=None, now=NOW)
    assert not await store.pages.want(article.id, Wish("T", "1"), own=True, due_at=NOW)
    assert await store.pages.waiting() == 0
