"""Hostile packages refused: bombs, broken and encrypted archives, traversal, links, name tricks, lying lists and bags.

Each case is one hostile package, offered to a real installation of grade ``ordinary``. It must be refused with reasons
that all have a text, within 30 seconds and 64 MiB, and leave nothing: no staged file, key, open file, child or
temporary file. At the end a good package must still be taken in.
"""

from __future__ import annotations

import gc
import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from sqlalchemy import select

from archive.kernel.ids import CaseId
from archive.kernel.refusals import Catalogue, Refusal
from archive.ports import object_id
from ingest.ports import TakeIn
from ingest.service.take_in import take_in
from ingest.tables import IntakeFileRow, IntakeRow
from tests.ingest.packages import attacks_archives, attacks_contents
from tests.ingest.packages.attacks_archives import Attack
from tests.ingest.packages.shapes import SHAPES, bagged, good_files, pack
from tests.support.house import House, make_house

ATTACKS: dict[str, Attack] = dict([*attacks_archives.attacks(), *attacks_contents.attacks()])
DEFAULT = 2 * len(ATTACKS)
MOST_SECONDS = 30.0
MOST_GROWTH = 64 * 1024 * 1024


def prove(count: int, seed: int, out: TextIO, attacks: Mapping[str, Attack] = ATTACKS) -> tuple[int, int]:
    """``count`` hostile packages, every kind before any comes again, then a good one of some shape."""
    rng = random.Random(seed)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="anjuan-prove-") as name, _own_temp(Path(name) / "temp"):
        base = Path(name)
        house = make_house(base / "home", grade="ordinary")
        _take_good(house, base, "first", out)
        names: list[str] = []
        for number in range(count):
            names = names or rng.sample(sorted(attacks), len(attacks))
            attack = names.pop()
            complaint = _offer(house, attacks[attack], rng.randrange(2**32), base / "offered")
            if complaint:
                failed += 1
                out.write(f"packages: case {number} ({attack}): {complaint}\n")
        failed += not _take_good(house, base, rng.choice((*SHAPES, "bag")), out)
    return count, failed


@contextmanager
def _own_temp(folder: Path) -> Iterator[None]:
    """Whatever this process puts into the temporary folder lands here, and nobody else's does."""
    folder.mkdir()
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


@dataclass(frozen=True, slots=True)
class _Traces:
    """What an offered package may not change."""

    staged: tuple[str, ...]
    keys: frozenset[str]
    rows: int
    children: frozenset[int]
    descriptors: int
    temporary: tuple[str, ...]

    @classmethod
    def of(cls, house: House) -> _Traces:
        gc.collect()
        with house.works.work(house.people["archivist"]) as work:
            cases = list(work.session.scalars(select(IntakeRow.case_id)))
            rows = len(list(work.session.scalars(select(IntakeFileRow.file_id))))
        objects = [object_id(CaseId(case)) for case in cases]
        keys = frozenset(f"{each}/{key}" for each in objects for key in house.holdings.keys.file_ids(each))
        return cls(
            tuple(house.holdings.store.staged()),
            keys,
            rows,
            _children(),
            len(os.listdir("/proc/self/fd")),
            tuple(os.listdir(tempfile.gettempdir())),
        )

    def against(self, later: _Traces) -> str:
        """What has been left behind, in words."""
        what = ("staged", "keys", "rows", "children", "temporary")
        left = [name for name in what if getattr(self, name) != getattr(later, name)]
        left += ["open files"] if later.descriptors > self.descriptors else []
        return ", ".join(left)


def _offer(house: House, attack: Attack, seed: int, folder: Path) -> str:
    """One hostile package offered; what is wrong with how that went, or nothing."""
    folder.mkdir()
    try:
        path = attack(random.Random(seed), folder)
        before, resident = _Traces.of(house), _reset_peak()
        started = time.monotonic()
        complaint = _refused(house, path)
        seconds, growth = time.monotonic() - started, _peak() - resident
        left = before.against(_Traces.of(house))
    finally:
        shutil.rmtree(folder)
    if not complaint and left:
        complaint = f"left behind: {left}"
    if not complaint and seconds > MOST_SECONDS:
        complaint = f"took {seconds:.0f} s"
    if not complaint and growth > MOST_GROWTH:
        complaint = f"took {growth / 2**20:.0f} MiB"
    return f"{complaint} (seed {seed})" if complaint else ""


def _refused(house: House, path: Path) -> str:
    texts = house.ports.get(Catalogue).texts
    try:
        take_in(house.ports.get(TakeIn), house.people["archivist"], path)
    except Refusal as refusal:
        silent = [reason.code for reason in refusal.all() if reason.code not in texts]
        return f"refused without a text: {silent}" if silent else ""
    except Exception as fault:  # noqa: BLE001  whatever it is, it is the finding
        return f"a fault instead of a refusal: {type(fault).__name__}: {fault}"[:300]
    return "was taken in"


def _take_good(house: House, base: Path, shape: str, out: TextIO) -> bool:
    files = good_files(shape)
    folder = base / f"good-{shape}"
    path = pack(bagged(files) if shape == "bag" else files, shape if shape in SHAPES else "zip", folder)
    try:
        take_in(house.ports.get(TakeIn), house.people["archivist"], path)
    except Exception as problem:  # noqa: BLE001  whatever it is, it is the finding
        out.write(f"packages: a good {shape} is not taken in: {type(problem).__name__}: {problem}\n")
        return False
    return True


def _children() -> frozenset[int]:
    """Processes whose parent is this one."""
    found = set()
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                words = Path("/proc", name, "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(words[1]) == os.getpid():
                found.add(int(name))
    return frozenset(found)


def _reset_peak() -> int:
    """Forgets the highest memory so far; gives what is resident now, in bytes."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _peak() -> int:
    return _status("VmHWM")


def _status(word: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{word}:"):
            return int(line.split()[1]) * 1024
    return 0
