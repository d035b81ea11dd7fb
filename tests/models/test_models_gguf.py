"""GGUF headers: the control tokens of real and made files, and no trust in damaged ones."""

import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.models.gguf import BadHeader, control_tokens
from bot.models.tokens import Known, neutralise


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def header(tokens: list[tuple[str, int]]) -> bytes:
    words = b"".join(text(t) for t, _ in tokens)
    kinds = struct.pack(f"<{len(tokens)}i", *(k for _, k in tokens))
    return b"".join((
        b"GGUF" + struct.pack("<IQQ", 3, 0, 5),
        text("general.name"), struct.pack("<I", 8), text("toy"),
        text("general.file_type"), struct.pack("<II", 4, 7),
        text("some.list"), struct.pack("<IIQ", 9, 8, 2), text("a"), text("b"),
        text("tokenizer.ggml.tokens"), struct.pack("<IIQ", 9, 8, len(tokens)), words,
        text("tokenizer.ggml.token_type"), struct.pack("<IIQ", 9, 5, len(tokens)), kinds,
    ))  # fmt: skip


MADE = header([("a", 1), ("[@BOS@]", 3), ("<|x|>", 3), ("\n\n", 4), ("pad", 3)])


def test_control_tokens_are_found(tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(MADE + b"rest")
    assert control_tokens(tmp_path / "x.gguf") == ("[@BOS@]", "<|x|>", "pad")


def test_a_models_own_odd_tokens_are_broken_up_too(tmp_path: Path) -> None:
    known = Known(["[@BOS@]", "<|x|>", "pad"])
    assert known.neutralise("a [@BOS@] on the pad <|x|>") == "a [ @BOS@] on the pad ‹|x|›"
    assert Known([]).neutralise("a [@BOS@]") == "a [@BOS@]"


def test_none_of_the_tiny_models_tokens_survives(tiny_dir: Path) -> None:
    tokens = control_tokens(tiny_dir / "tiny" / "smollm2-135m-instruct-q4_1.gguf")
    assert "<|im_end|>" in tokens
    made = neutralise("".join(tokens) * 2)
    assert not [t for t in tokens if t in made]


@given(st.integers(0, len(MADE)), st.binary(max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_header_is_refused_or_read_but_never_believed(tmp_path: Path, at: int, junk: bytes) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(MADE[:at] + junk)
    with suppress(BadHeader):
        assert len(control_tokens(path)) <= 5 + len(junk)


@pytest.mark.parametrize("size", [2**63, 2**64 - 1, 10**6])
def test_a_length_beyond_the_end_is_not_allocated(size: int, tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 9) + struct.pack("<Q", size))
    with pytest.raises(BadHeader, match="beyond"):
        control_tokens(path)
