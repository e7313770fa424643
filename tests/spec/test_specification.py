"""The specification as it is kept in each store root: same text everywhere, vectors that hold, editions that stay."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from archive.keys.layout import padded_size
from archive.ocfl.root import init_root
from archive.ocfl.root_validator import validate_root
from archive.spec.anjuan_verify import FAILURES, plaintext
from archive.spec.editions import spec_files

SPEC = Path(str(resources.files("archive.spec")))


def vectors(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((SPEC / "vectors" / name).read_text("utf-8"))
    return found


def test_the_format_is_the_same_text_in_the_handbook_and_in_the_store() -> None:
    assert (SPEC / "format.md").read_bytes() == (Path(__file__).parents[2] / "docs" / "format.md").read_bytes()


def test_a_store_root_with_the_specification_is_valid_and_takes_a_further_edition(tmp_path: Path) -> None:
    files = spec_files()
    root = tmp_path / "root"
    init_root(root, files)
    init_root(root, files)
    assert not [finding for finding in validate_root(root, deep=True) if finding.is_error]
    assert (root / "README.txt").read_bytes() == files["README.txt"]
    further = {name.replace("1-", "1-x", 1): data + b"\n" for name, data in files.items() if name != "README.txt"}
    init_root(root, further | {"README.txt": files["README.txt"]})
    assert len(list((root / "extensions" / "anjuan-format").iterdir())) == 2


def test_an_edition_is_named_by_its_bytes_and_holds_everything() -> None:
    names = {name.partition("/")[2] for name in spec_files() if "/" in name}
    assert names == {
        "format.md", "anjuan_verify.py", "vectors/cobblestone.json", "vectors/padding.json", "vectors/example.zip",
    }  # fmt: skip
    assert len({name.partition("/")[0] for name in spec_files() if "/" in name}) == 1


@pytest.mark.parametrize("vector", vectors("cobblestone.json"), ids=lambda vector: str(vector["size"]))
def test_published_streams_are_read_and_broken_ones_are_not(vector: dict[str, Any], tmp_path: Path) -> None:
    stored, key = bytes.fromhex(vector["ciphertext"]), bytes.fromhex(vector["key"])
    context = vector["context_bytes"].encode()
    members = vector["context"] | {"suite": "cobblestone-256"}
    assert json.dumps(members, sort_keys=True, separators=(",", ":")).encode() == context
    path = tmp_path / "stored"
    path.write_bytes(stored)
    plain = b"".join(plaintext(path, key, context, vector["size"]))
    assert (len(plain), hashlib.sha256(plain).hexdigest()) == (vector["size"], vector["sha256"])
    for broken in (
        stored[:-1],
        stored[:-17],
        stored + bytes(16),
        stored[:55],
        bytes([stored[0] ^ 1]) + stored[1:],
        stored[:55] + bytes([stored[55] ^ 1]) + stored[56:],
    ):
        path.write_bytes(broken)
        with pytest.raises(FAILURES):
            list(plaintext(path, key, context, vector["size"]))


def test_padding_is_as_the_format_says() -> None:
    for vector in vectors("padding.json"):
        size, denominator = vector["size"], vector["denominator"]
        step = max(4096, 2 ** (max(1, size).bit_length() - 1) // denominator)
        assert vector["padded"] == max(1, -(-size // step)) * step == padded_size(size, denominator)


def test_both_commands_hold_for_the_example(tmp_path: Path) -> None:
    with zipfile.ZipFile(SPEC / "vectors" / "example.zip") as packed:
        packed.extractall(tmp_path)
    program: list[str | Path] = [sys.executable, "-I", SPEC / "anjuan_verify.py"]
    outside: list[str | Path] = [
        "--anchor",
        tmp_path / "anchor.pem",
        "--pin",
        tmp_path / "checkpoint",
        "--vkey",
        tmp_path / "vkeys.txt",
    ]
    commands: tuple[list[str | Path], ...] = (
        ["verify", tmp_path / "object", *outside],
        ["decrypt", tmp_path / "object", "--keys", tmp_path / "keys.json", "--out", tmp_path / "out"],
    )
    for words in commands:
        done = subprocess.run([*program, *words], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
