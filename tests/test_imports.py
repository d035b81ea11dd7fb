"""Who may import whom: the plan of the house, read from the source and checked."""

import ast
from pathlib import Path

import pytest

BOT = Path(__file__).parents[1] / "bot"
MODULES = sorted(BOT.rglob("*.py"))

ROOMS = {
    "types": set(),
    "errors": set(),
    "schedule": {"types", "errors"},
    "config": {"errors"},
    "telemetry": set(),
    "sources": {"types", "errors"},
    "news": {"types", "errors"},
    "models": {"types", "errors"},
    "storage": {"types", "errors"},
    "chat": {"types", "errors", "news", "storage", "schedule"},
    "platforms": {"types", "errors", "chat.render"},
    "workers": {"types", "errors", "sources", "news", "chat", "storage", "schedule", "telemetry"},
}

ONE_FILE = {
    "telegram": "platforms/telegram.py",
    "nio": "platforms/matrix.py",
    "xllamacpp": "models/llamacpp.py",
    "feedparser": "sources/feed.py",
    "trafilatura": "sources/extract.py",
    "py3langid": "sources/language.py",
    "structlog": "telemetry.py",
    "prometheus_client": "telemetry.py",
}


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{a.name}" for a in node.names if node.module.startswith("bot")}
        elif isinstance(node, ast.ImportFrom) and node.level:
            pytest.fail(f"{path}: relative import; write it from `bot`")
    return found


def room(path: Path) -> str:
    first = path.relative_to(BOT).parts[0]
    return first.removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(BOT)))
def test_module_imports_only_what_its_room_may(path: Path) -> None:
    here = room(path)
    if here in {"app", "cli", "__init__", "__main__"}:
        return
    allowed = ROOMS[here] | {here}
    for name in imports(path):
        if not name.startswith("bot."):
            continue
        inside = name.removeprefix("bot.")
        assert any(inside == a or inside.startswith(a + ".") for a in allowed), f"{here} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(BOT)))
def test_each_outside_library_is_spoken_to_in_one_file(path: Path) -> None:
    for name in imports(path):
        owner = ONE_FILE.get(name.split(".")[0])
        assert owner is None or path.relative_to(BOT).as_posix() == owner, f"{name} belongs in {owner}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(BOT)))
def test_sql_stays_in_storage(path: Path) -> None:
    if room(path) not in {"storage", "app"}:
        assert not {
            n for n in imports(path) if n.split(".")[0] in {"sqlalchemy", "sqlite3", "alembic", "asyncpg"}
        }


def test_only_cli_imports_app() -> None:
    users = {room(p) for p in MODULES if any(n.startswith("bot.app") for n in imports(p))}
    assert users <= {"app", "cli"}
