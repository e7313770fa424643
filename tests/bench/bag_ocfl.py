"""Bags and objects beside bare SHA-512 打包与对象对照, with bagit.py and ocfl-py on the same files in the same run."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from archive.bagit.validator import validate_bag
from archive.bagit.writer import write_tags
from archive.ocfl.files import DiskFiles, make_folders
from archive.ocfl.reading import read_object
from archive.ocfl.root import init_root, object_path
from archive.ocfl.streams import Finishing, store_stream
from archive.ocfl.terms import Content, VersionNote
from archive.ocfl.trees import FolderTree
from archive.ocfl.validator import check_object
from archive.ocfl.writer import ObjectStaging
from tests.bench.report import Report
from tests.services import judges

BLOCK = 1024 * 1024
ROUNDS = 5
OBJECT_ID = "urn:anjuan:case_bench"
_BAGIT = """
import bagit, json, shutil, sys, time
source, work = sys.argv[1:]
shutil.copytree(source, work)
start = time.perf_counter()
bag = bagit.make_bag(work, checksums=["sha512"])
made = time.perf_counter()
bagit.Bag(work).validate()
print(json.dumps([made - start, time.perf_counter() - made]))
"""
_OCFL = """
import json, logging, sys, time
import ocfl
from ocfl.validator import Validator
source, work = sys.argv[1:]
start = time.perf_counter()
metadata = ocfl.VersionMetadata(message="m", name="n", address="mailto:a@example.org")
ocfl.Object(identifier="urn:x:1").create(source, metadata, work)
made = time.perf_counter()
assert Validator().validate_object(work)
print(json.dumps([made - start, time.perf_counter() - made]))
"""


def measure(report: Report) -> None:
    """Adds the ratios of writing and of validating, ours and the other makers'; ANJUAN_BENCH_BYTES sets the size."""
    size = int(os.environ.get("ANJUAN_BENCH_BYTES", 256 * BLOCK))
    with tempfile.TemporaryDirectory(dir=os.environ.get("ANJUAN_BENCH_DIR")) as name:
        folder = Path(name)
        sources = _fill(folder / "source", size)
        wrote, copied, read, floor = _side_by_side(
            folder,
            lambda: _write(folder, sources),
            lambda: _copy(folder, sources),
            lambda: _validate(folder),
            lambda: _floor(sources),
        )
        bag = _median(lambda: _bag(folder), 3)
        note = f"{size >> 20} MiB in {len(sources)} files, median of {ROUNDS}"
        report.ratio("bag + object: write", wrote, floor, 1.4, "lower", f"synced / read + SHA-512; {note}")
        report.ratio("bag + object: write / plain copy", wrote, copied, None, "lower", f"copy + sync alone; {note}")
        report.ratio("bag + object: validate", read, floor, 1.15, "lower", f"two workers / read + SHA-512; {note}")
        report.ratio("bag alone: validate", bag, floor, 1.15, "lower", f"one thread / read + SHA-512; {note}")
        _measure_others(report, folder, floor)


def _measure_others(report: Report, folder: Path, floor: float) -> None:
    if (reason := judges.available()) is not None:
        print(f"bagit.py and ocfl-py were not measured: {reason}")
        return
    for name, script in (("bagit.py", _BAGIT), ("ocfl-py", _OCFL)):
        work = folder / name
        words = [str(word) for word in (judges.judge_python(), "-c", script, folder / "source", work)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=600, check=True)
        wrote, read = json.loads(done.stdout.splitlines()[-1])
        shutil.rmtree(work)
        report.ratio(f"{name}: write", wrote, floor, None, "lower", "without sync / read + SHA-512; one run")
        report.ratio(f"{name}: validate", read, floor, None, "lower", "read + SHA-512; one run")


def _side_by_side(folder: Path, *jobs: Callable[[], object]) -> list[float]:
    """The median seconds of each job, run in turns so that noise meets all of them; what they made goes between."""
    taken: list[list[float]] = [[] for _ in jobs]
    for _ in range(ROUNDS):
        shutil.rmtree(folder / "root", ignore_errors=True)
        shutil.rmtree(folder / "copy", ignore_errors=True)
        for job, found in zip(jobs, taken, strict=True):
            found.append(_seconds(job))
    return [sorted(found)[ROUNDS // 2] for found in taken]


def _median(job: Callable[[], object], rounds: int) -> float:
    return sorted(_seconds(job) for _ in range(rounds))[rounds // 2]


def _seconds(job: Callable[[], object]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def _fill(folder: Path, size: int) -> list[Path]:
    folder.mkdir()
    paths = [folder / f"o{number}" for number in range(4)]
    for number, path in enumerate(paths):
        block = os.urandom(BLOCK)
        with path.open("wb") as out:
            for _ in range(size // BLOCK // len(paths)):
                out.write(block)
            out.write(bytes([number]))
    return paths


def _floor(sources: list[Path]) -> None:
    buffer = memoryview(bytearray(BLOCK))
    for path in sources:
        digest = hashlib.sha512()
        with path.open("rb", buffering=0) as source:
            while taken := source.readinto(buffer):
                digest.update(buffer[:taken])


def _copy(folder: Path, sources: list[Path]) -> None:
    """What the disk takes for the bare bytes: copy and sync, no digest."""
    (folder / "copy").mkdir()
    buffer = memoryview(bytearray(BLOCK))
    for path in sources:
        with path.open("rb", buffering=0) as source, (folder / "copy" / path.name).open("xb", buffering=0) as target:
            while taken := source.readinto(buffer):
                target.write(buffer[:taken])
            os.fsync(target.fileno())


def _write(folder: Path, sources: list[Path]) -> None:
    """As sealing does: content streamed into staging, tag files, inventory, published; all of it synced."""
    files, staging = DiskFiles(), folder / "staging"
    init_root(folder / "root", {})
    staging.mkdir()
    version = ObjectStaging(files, staging, OBJECT_ID)
    make_folders(files, staging, "v1/content/data")
    payload: dict[str, tuple[str, int]] = {}
    with Finishing(files) as finishing:
        for path in sources:
            with path.open("rb", buffering=0) as source:
                target = version.content / "data" / path.name
                payload[f"data/{path.name}"] = store_stream(files, target, source, finishing)
    tags = write_tags(files, version.content, payload, date(2026, 3, 1), "Anjuan bench")
    digests = {**{name: digest for name, (digest, _) in payload.items()}, **tags.digests}
    state = {name: Content(digest, f"v1/content/{name}") for name, digest in digests.items()}
    version.prepare(state, VersionNote(datetime(2026, 3, 1, tzinfo=UTC), "bench", "Anjuan", "urn:anjuan:bench"))
    version.publish(folder / "root", object_path(OBJECT_ID))


def _validate(folder: Path) -> None:
    """The object deeply and the bag in it, each file read once."""
    top = folder / "root" / object_path(OBJECT_ID)
    check = check_object(top, deep=True)
    view = read_object(top)
    tree = view.tree()
    known = {name: check.known[view.content_path(name)] for name in tree.names()}
    if check.findings or validate_bag(tree, known=known):
        raise RuntimeError("our object is not valid")


def _bag(folder: Path) -> None:
    with FolderTree(folder / "root" / object_path(OBJECT_ID) / "v1/content") as tree:
        if validate_bag(tree):
            raise RuntimeError("our bag is not valid")
