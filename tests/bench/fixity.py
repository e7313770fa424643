"""Fixity scan beside a raw read with SHA-512 of the same files: the whole check of an object, deep."""

from __future__ import annotations

import hashlib
import os
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from archive.ocfl.files import DiskFiles, make_folders
from archive.ocfl.streams import store_stream
from archive.ocfl.terms import Content, VersionNote
from archive.ocfl.validator import check_object
from archive.ocfl.writer import ObjectStaging
from tests.bench.report import Report
from tests.bench.sides import BLOCK, fill, median_of, side_by_side, spread

OBJECT_ID = "urn:anjuan:bench"
PAPERS = 64
ROUNDS = 5


def measure(report: Report) -> None:
    """Adds the ratios for one recording and for many papers; ANJUAN_BENCH_BYTES sets the size."""
    size = int(os.environ.get("ANJUAN_BENCH_BYTES", 512 * BLOCK))
    for name, files in (("one recording", [size]), (f"{PAPERS} papers", [max(1, size // 8 // PAPERS)] * PAPERS)):
        with tempfile.TemporaryDirectory(dir=os.environ.get("ANJUAN_BENCH_DIR")) as folder:
            top = _object(Path(folder), files)
            # one reader after the other: what a person gets from sha512sum
            ours, raw = side_by_side(ROUNDS, partial(_check, top), partial(_raw, top))
            note = f"{sum(files) >> 20} MiB, median of {ROUNDS}, spread of ours {spread(ours)}"
            baseline = f"raw read + SHA-512; {note}"
            report.ratio(f"fixity: {name}", median_of(ours), median_of(raw), 0.90, "higher", baseline)


def _object(folder: Path, sizes: list[int]) -> Path:
    files = DiskFiles()
    (folder / "staging").mkdir()
    version = ObjectStaging(files, folder / "staging", OBJECT_ID)
    make_folders(files, folder / "staging", "v1/content/data")
    state = {}
    for number, size in enumerate(sizes):
        source, name = folder / "source", f"data/{number}"
        fill(source, size)
        with source.open("rb", buffering=0) as stream:
            digest, _ = store_stream(files, version.content / name, stream)
        state[name] = Content(digest, f"v1/content/{name}")
    version.prepare(state, VersionNote(datetime(2026, 3, 1, tzinfo=UTC), "bench", "Anjuan", "urn:anjuan:bench"))
    (folder / "root").mkdir()
    version.publish(folder / "root", "object")
    return folder / "root" / "object"


def _check(top: Path) -> None:
    if check_object(top, deep=True).findings:
        raise RuntimeError("our object is not valid")


def _raw(top: Path) -> None:
    buffer = memoryview(bytearray(BLOCK))
    for path in sorted(top.rglob("data/*")):
        digest = hashlib.sha512()
        with path.open("rb", buffering=0) as source:
            while taken := source.readinto(buffer):
                digest.update(buffer[:taken])
