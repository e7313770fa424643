"""Take-in and seal of one recording, from the file to the sealed object, beside its floor; and the memory it takes.

The floor copies and syncs the same bytes with SHA-256 of the plaintext, SHA-512 of the ciphertext and AES-256-GCM
computed beside it in threads. Ours is the whole real deed: package, staging, look at the format, probe, custody, pages,
bag, signature, stamp, publication. Reading the sealed bytes back is measured by itself and reported apart, as a malware
scan would be. ANJUAN_BENCH_BYTES sets the size (the guarantee is for 4 GiB: pages and seals cost the same for any).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archive.kernel.ids import CaseId, new_id
from archive.service.sealing import read_back
from archive.service.staging import Staging
from ingest.packages.package import BLOCK as PIECE
from ingest.ports import TakeIn
from ingest.service.take_in import take_in
from tests.bench.report import Report
from tests.bench.sides import BLOCK, fill, spread
from tests.bench.streams import copy_plainly, do_the_least
from tests.support.house import UNIT, House, make_house, person

GIB = 1024 * BLOCK
ROUNDS = int(os.environ.get("ANJUAN_BENCH_ROUNDS", 3))
MEMORY_SIZES = (256 * BLOCK, 2 * GIB)


@dataclass
class _Stages:
    """When each stage of a take-in was first told."""

    began: dict[str, float] = field(default_factory=dict)

    def tell(self, stage: str, name: str, done: int, total: int) -> None:
        """Notes the stage."""
        self.began.setdefault(stage, time.perf_counter())


def measure(report: Report) -> None:
    """Adds the ratios of time and of memory."""
    size = int(os.environ.get("ANJUAN_BENCH_BYTES", GIB))
    with tempfile.TemporaryDirectory(dir=os.environ.get("ANJUAN_BENCH_DIR")) as folder:
        _time(report, Path(folder), size)
    grown = [_memory_of(each) for each in MEMORY_SIZES]
    stream = max(alone for alone, _ in grown)
    sizes = " and ".join(f"{each >> 20} MiB" for each in MEMORY_SIZES)
    report.ratio("take in: memory of one stream", stream, 8, 1.0, "lower", f"greatest growth for {sizes}", unit="MiB")
    small, large = (whole for _, whole in grown)
    note = f"growth for {MEMORY_SIZES[1] >> 20} MiB beside {MEMORY_SIZES[0] >> 20} MiB + 8 MiB, take-in and seal"
    report.ratio("take in: memory is flat", large, small + 8, 1.0, "lower", note, unit="MiB")


def _time(report: Report, folder: Path, size: int) -> None:
    house, source, target = make_house(folder / "home"), folder / "film.mp4", folder / "target"
    ours: list[float] = []
    back: list[float] = []
    staged: list[float] = []
    least: list[float] = []
    copied: list[float] = []
    stages: list[str] = []
    for number in range(ROUNDS):
        package = _package(folder / f"package-{number}", size)
        (package / source.name).replace(source)
        least.append(_seconds(lambda: do_the_least(source, target)))
        copied.append(_seconds(lambda: copy_plainly(source, target)))
        target.unlink()
        staged.append(_seconds(lambda: _stage(house, source)))
        source.replace(package / source.name)
        told = _Stages()
        start = time.perf_counter()
        receipt = take_in(house.ports.get(TakeIn), person(house, "archivist"), package, told)
        end = time.perf_counter()
        ours.append(end - start)
        stages = [f"{name} {later - at:.2f} s" for name, at, later in _spans(told, end)]
        back.append(_seconds(lambda case=receipt.case_id: read_back(house.holdings, case, 1)))
        _forget(house, receipt.case_id, package)
    alone = [whole - again for whole, again in zip(ours, back, strict=True)]
    note = f"{size >> 20} MiB, least of {ROUNDS}, spread {spread(alone)}"
    target_ratio = 0.85 if size >= 4 * GIB - BLOCK else None
    floor = "copy+fsync+digests+AES-GCM in threads"
    said = f"{floor}; read-back {min(back):.2f} s apart, no scanner; last round: {', '.join(stages)}; {note}"
    report.ratio("take in: file to sealed object", min(alone), min(least), target_ratio, "higher", said)
    report.ratio("take in: staging alone", min(staged), min(least), 0.85, "higher", f"{floor}; {note}")
    report.ratio(
        "take in: file to sealed object / plain copy", min(ours), min(copied), None, "higher",
        f"copy+fsync alone, ours with read-back; {note}",
    )  # fmt: skip


def _spans(told: _Stages, end: float) -> Iterator[tuple[str, float, float]]:
    names = list(told.began)
    times = [*told.began.values(), end]
    return ((name, times[at], times[at + 1]) for at, name in enumerate(names))


def _seconds(job: object) -> float:
    start = time.perf_counter()
    assert callable(job)
    job()
    return time.perf_counter() - start


def _stage(house: House, source: Path) -> None:
    """Package to staging as receiving does it, and away again."""
    case_id = CaseId(new_id("case"))
    staging = Staging(house.holdings, case_id, 1)
    with source.open("rb", buffering=0) as stream:
        staging.add(iter(lambda: stream.read(PIECE), b""), recording=True)
    house.holdings.store.clear_staging(f"urn:anjuan:{case_id}")


def _forget(house: House, case_id: CaseId, package: Path) -> None:
    """Frees the disk for the next round; nothing here is kept."""
    house.holdings.store.remove_object(f"urn:anjuan:{case_id}")
    for path in package.iterdir():
        path.unlink()


def _package(folder: Path, size: int) -> Path:
    """A case of one recording of about ``size`` bytes."""
    folder.mkdir()
    words = [sys.executable, "-m", "tests.bench.samples.long_recording", str(folder / "film.mp4"), str(size)]
    subprocess.run(words, check=True)
    case = {"title": "某某公司擅自占道案", "closed_on": "2026-10-30"}
    items = [{"title": "现场检查音像记录", "files": ["film.mp4"]}]
    (folder / "case.json").write_text(
        json.dumps({"anjuan_sip": 1, "unit": UNIT, "case": case, "items": items}, ensure_ascii=False), "utf-8"
    )
    return folder


def _memory_of(size: int) -> tuple[float, float]:
    """MiB by which a fresh process grows: for one stream, and for a whole take-in and seal."""
    words = [sys.executable, "-m", "tests.bench.take_in", str(size)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    alone, whole = json.loads(done.stdout)
    return float(alone), float(whole)


def growth(job: object) -> float:
    """MiB of the greatest resident size during ``job`` above the one before it."""
    assert callable(job)
    Path("/proc/self/clear_refs").write_text("5")
    before = _resident("VmRSS")
    job()
    return (_resident("VmHWM") - before) / 1024


def _resident(name: str) -> int:
    (line,) = (each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith(name))
    return int(line.split()[1])


def main(size: int) -> None:
    """Both figures for one size, in this process; a small take-in comes first: what is loaded once does not count."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("ANJUAN_BENCH_DIR")) as name:
        folder = Path(name)
        house = make_house(folder / "home")
        ports, actor = house.ports.get(TakeIn), person(house, "archivist")
        take_in(ports, actor, _package(folder / "small", 4 * BLOCK))
        fill(folder / "source", size)
        alone = growth(lambda: _stage(house, folder / "source"))
        (folder / "source").unlink()
        package = _package(folder / "large", size)
        whole = growth(lambda: take_in(ports, actor, package))
    print(json.dumps([alone, whole]))


if __name__ == "__main__":
    main(int(sys.argv[1]))
