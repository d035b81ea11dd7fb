"""Opening: migrations, versions, private files, wrong URLs, backups."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from storage_samples import NOW, direction, indexed, stored

from bot.errors import StoreError
from bot.storage import Store, migrate
from bot.storage.tables import metadata

OWN = ("passage_", "alembic_version")
"""Tables that belong to one database's index, and Alembic's own."""


async def test_migrations_make_exactly_the_tables_that_the_code_queries(store: Store) -> None:
    def differences(connection) -> list[object]:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": False,
                "include_name": lambda name, kind, parents: not (name or "").startswith(OWN),
            },
        )
        return list(compare_metadata(context, metadata))

    assert await store._database.read(differences) == []


def test_head_is_the_newest_migration() -> None:
    scripts = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations"))
    assert scripts.get_heads() == [migrate.HEAD]
    assert migrate._known() == {s.revision for s in scripts.walk_revisions()}


async def _set_version(store: Store, version: str) -> None:
    await store._database.write(
        lambda c: c.execute(text(f"UPDATE alembic_version SET version_num = '{version}'"))
    )
    await store.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///newsbot.db?timeout=soon", "timeout"),
        ("postgresql://ann:word@127.0.0.1:port/newsbot", "can't be read"),
        ("postgresql://ann:word@127.0.0.1:1/newsbot?sslmode=require", "sslmode"),
    ],
)
async def test_a_url_that_can_not_be_used_is_refused_without_its_password(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as refused:
        await Store.open(url)
    assert "word" not in str(refused.value)


async def test_database_newer_than_the_code_is_refused_clearly(store: Store, url: str) -> None:
    await _set_version(store, "9999")
    with pytest.raises(StoreError, match=r"9999.*update newsbot"):
        await Store.open(url)


async def test_old_database_is_refused_where_it_may_not_be_migrated(url: str) -> None:
    with pytest.raises(StoreError, match="newsbot migrate"):
        await Store.open(url, migrate=False)
    await (await Store.open(url)).close()
    await (await Store.open(url, migrate=False)).close()


@pytest.mark.parametrize("bad", ["", "nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:"])
async def test_wrong_url_is_refused(bad: str) -> None:
    with pytest.raises(StoreError):
        await Store.open(bad)


async def test_unreachable_postgresql_says_so() -> None:
    pytest.importorskip("asyncpg")
    with pytest.raises(StoreError) as caught:
        await Store.open("postgresql://nobody@127.0.0.1:1/none")
    assert caught.value.passing


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_data_file_and_its_new_folder_are_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "data" / "newsbot.db"
    store = await Store.open(f"sqlite:///{path}")
    await store.meta.set("a", "b")
    assert mode(path.parent) == 0o700
    assert {mode(p) for p in path.parent.iterdir()} == {0o600}
    assert len(names(path.parent)) == 3
    await store.close()
    path.chmod(0o644)
    await (await Store.open(f"sqlite:///{path}")).close()
    assert mode(path) == 0o600


@pytest.mark.parametrize("content", [b"not a database at all" * 400, b"\x00" * 8192])
async def test_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "newsbot.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"database|refused"):
        await Store.open(f"sqlite:///{path}")
    assert path.read_bytes() == content


async def test_damaged_database_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "newsbot.db"
    store = await Store.open(f"sqlite:///{path}")
    await stored(store)
    await store.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)

    async def use() -> None:
        broken = await Store.open(f"sqlite:///{path}")
        try:
            await broken.articles.recent(limit=5)
        finally:
            await broken.close()

    with pytest.raises(StoreError, match="damaged"):
        await use()


async def test_folder_that_can_not_be_used_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="can't be used"):
        await Store.open(f"sqlite:///{tmp_path / 'file' / 'newsbot.db'}")
    with pytest.raises(StoreError, match="can't be used"):
        await Store.open(f"sqlite:///{tmp_path}")


async def test_backup_is_a_whole_private_store(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:///{tmp_path / 'newsbot.db'}")
    article = await stored(store)
    await indexed(store, article, direction(1)[None, :])
    target = tmp_path / "copy.db"
    await store.backup(target)
    assert mode(target) == 0o600
    with pytest.raises(StoreError, match="exists"):
        await store.backup(target)
    await store.close()
    copy = await Store.open(f"sqlite:///{target}")
    assert await copy.articles.get(article.id) == article
    assert len(await copy.search.vector(direction(1), limit=5)) == 1
    await copy.close()
    assert sqlite3.connect(target).execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_backup_to_nowhere_leaves_nothing(tmp_path: Path) -> None:
    store = await Store.open(f"sqlite:///{tmp_path / 'newsbot.db'}")
    with pytest.raises(StoreError):
        await store.backup(tmp_path / "newsbot.db" / "copy.db")
    await store.close()
    assert names(tmp_path) == ["newsbot.db"]


@pytest.mark.postgres
async def test_backup_of_postgresql_points_to_its_own_tool(postgres_uri: str) -> None:
    store = await Store.open(postgres_uri)
    with pytest.raises(StoreError, match="pg_dump"):
        await store.backup(Path("never.sql"))
    await store.close()


async def test_two_that_open_a_new_database_at_once_both_succeed(url: str) -> None:
    import asyncio

    first, second = await asyncio.gather(Store.open(url), Store.open(url))
    await stored(first)
    assert await second.articles.count(since=NOW) == 1
    await first.close()
    await second.close()
