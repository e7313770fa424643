"""Makes the test vectors anew: ``python -m tests.spec.make_vectors``; keys, salts and signatures are then new ones."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.cobblestone import Cobblestone256Encryptor

from archive.keys.layout import content_context, padded_size
from tests.spec.builders import ARCHIVE, OBJECT, PAPERS, RECORDING, LedgerKeys, add_version, build_root, write_outside

VECTORS = Path(__file__).parents[2] / "archive" / "spec" / "vectors"
SIZES = (0, 1, 4095, 4096, 4097, 65_535, 65_536, 131_073, 1_000_000, 10_000_019, 4_294_967_297)


def main() -> None:
    """Writes all three files."""
    VECTORS.mkdir(exist_ok=True)
    streams = [stream(size) for size in (0, 1, 16_384, 16_385)]
    _write("cobblestone.json", streams)
    _write(
        "padding.json", [{"size": s, "denominator": d, "padded": padded_size(s, d)} for s in SIZES for d in (16, 64)]
    )
    with tempfile.TemporaryDirectory() as name:
        write_example(Path(name))


def stream(size: int) -> dict[str, Any]:
    """One ciphertext by the library, of ``size`` bytes without padding (what is padded is arithmetic)."""
    key = hashlib.sha256(f"vector {size}".encode()).digest()
    context = {"archive": ARCHIVE, "object": OBJECT, "first_version": 1, "file": f"o{size:026d}"}
    told = content_context(ARCHIVE, OBJECT, 1, str(context["file"]))
    plain = (b"Anjuan " * (size // 7 + 1))[:size]
    writer = Cobblestone256Encryptor(key, told)
    stored = writer.update(plain) + writer.finalize()
    return {
        "key": key.hex(),
        "context": context,
        "context_bytes": told.decode(),
        "size": size,
        "sha256": hashlib.sha256(plain).hexdigest(),
        "ciphertext": stored.hex(),
    }


def write_example(folder: Path) -> None:
    """An object of two versions and what a checker holds outside of it, as one archive."""
    ledger = LedgerKeys()
    built = build_root(folder)
    add_version(built, PAPERS, ledger.checkpoint(3))
    built.clock.advance(timedelta(days=30))
    add_version(built, RECORDING, ledger.checkpoint(8), recording=True)
    outside = write_outside(built, folder / "outside", ledger, ledger.checkpoint(9))
    with zipfile.ZipFile(VECTORS / "example.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(outside.values()):
            packed.write(path, path.name)
        for path in sorted(each for each in built.object.rglob("*") if each.is_file()):
            packed.write(path, f"object/{path.relative_to(built.object).as_posix()}")


def _write(name: str, value: object) -> None:
    (VECTORS / name).write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
