"""faults: kill -9, full disks, broken writes and syncs at every operation of take-in, seal, late document, release,
hold and destruction; nothing acknowledged is lost, nothing is done twice, a second run finishes.

Each case copies one prepared installation, does one deed in a process of its own and lets one fault happen at one
operation (``injection``), at a random moment, or by a file system of a few KiB that really is full. What the process
told before is acknowledged. Another process then recovers, does the same again without faults, and checks everything
(``fault_house.check``).
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

from archive.installation import Ledgers
from archive.kernel.actor import Actor
from archive.kernel.ids import CaseId, PersonId, RequestId, UnitCode
from archive.renditions.walls import capability
from tests.prove.fault_house import SCENARIOS, Answer, Base, Scenario, check, make_base, open_copy, settle
from tests.prove.forking import start
from tests.prove.injection import Faults, Kind, install
from tests.support.house import House

DEFAULT = 24
MOMENT = "kill-any-moment"
DISK = "disk-full"
MEMORY = Path("/dev/shm")
PATIENCE = 300
Wanted = dict[str, tuple[int, float, int]]


@dataclass(frozen=True)
class Trial:
    """One case: deed, fault, operation; ``again`` retries in the same process, as a service does."""

    number: int
    scenario: Scenario
    kind: str
    at: int
    again: bool
    moment: float
    room: int

    def __str__(self) -> str:
        where = {MOMENT: f"after {self.moment:.2f} s", DISK: f"with {self.room >> 10} KiB left"}
        return f"#{self.number} {self.scenario.name} {self.kind} {where.get(self.kind, f'at operation {self.at}')}"


def prove(count: int, seed: int, out: TextIO) -> tuple[int, int]:
    """Tries ``count`` faults, on all processors; each failure is told with its number, so that it can be repeated."""
    capability()
    with tempfile.TemporaryDirectory(prefix="faults-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        base = _prepared(Path(folder))
        reach = {scenario.name: _measure(base, Path(folder), scenario) for scenario in SCENARIOS}
        told = ", ".join(f"{name} {operations}" for name, (operations, _, _) in reach.items())
        has_disks = _can_mount(Path(folder), out)
        out.write(f"faults: operations of each deed: {told}\n")
        out.flush()
        trials = [_trial(number, seed, reach, has_disks=has_disks) for number in range(count)]
        failed, kinds = _share_out(base, Path(folder), trials, out)
        out.write(f"faults: {', '.join(f'{kind} {kinds[kind]}' for kind in sorted(kinds))}\n")
    return len(trials), failed


def _prepared(folder: Path) -> Base:
    (folder / "late.txt").write_text("送达回证（示例）\n" * 500, "utf-8")
    base: list[Base] = []
    with _answers(lambda tell: tell(_plain(make_base(folder)))) as (_, lines):
        base += [_base_of(line) for line in lines]
    return base[0]


def _trial(number: int, seed: int, reach: Wanted, *, has_disks: bool) -> Trial:
    chance = random.Random(f"{seed}/{number}")
    scenario = chance.choices(SCENARIOS, [each.weight for each in SCENARIOS])[0]
    operations, seconds, size = reach[scenario.name]
    kinds = [*Kind, Kind.KILL_BEFORE, Kind.KILL_AFTER, MOMENT, *([DISK] if has_disks else [])]
    return Trial(
        number,
        scenario,
        str(chance.choice(kinds)),
        chance.randint(1, operations),
        chance.random() < 0.5,
        chance.uniform(0, seconds * 1.1),
        chance.randint(0, size),
    )


def _share_out(base: Base, folder: Path, trials: list[Trial], out: TextIO) -> tuple[int, Mapping[str, int]]:
    """The trials on all processors: one worker each, which forks two processes a trial."""
    hands = max(1, os.cpu_count() or 1)
    failed, kinds = 0, dict.fromkeys({trial.kind for trial in trials}, 0)
    shares = [trials[hand::hands] for hand in range(hands)]
    running = [start(partial(_work, base, folder, share)) for share in shares]
    for pid, reading in running:
        with os.fdopen(reading) as lines:
            for line in lines:
                answer = json.loads(line)
                kinds[answer["kind"]] += int(answer["happened"])
                if answer["wrong"]:
                    failed += 1
                    out.write(f"FAILED {answer['trial']}\n" + "".join(f"    {each}\n" for each in answer["wrong"]))
                    out.flush()
        _, status = os.waitpid(pid, 0)
        failed += int(status != 0)
    return failed, kinds


def _work(base: Base, folder: Path, trials: list[Trial], tell: Callable[[Answer], None]) -> None:
    for trial in trials:
        with _place(folder, trial) as place:
            happened, wrong = _try(base, place, trial)
        tell({"trial": str(trial), "kind": trial.kind, "happened": happened, "wrong": wrong})


def _try(base: Base, place: Path, trial: Trial) -> tuple[bool, list[str]]:
    home = place / "home"
    shutil.copytree(base.home, home)
    if trial.kind == DISK:
        _resize(place, _used(place) + trial.room)
    with _answers(lambda tell: _first(base, home, trial, tell)) as (pid, lines):
        if trial.kind == MOMENT:
            time.sleep(trial.moment)
            os.kill(pid, signal.SIGKILL)
        told = list(lines)
    if trial.kind == DISK:
        _resize(place, 1 << 30)
    with _answers(lambda tell: _second(base, home, trial, told, tell)) as (_, lines):
        ends = list(lines)
    if not ends or "wrong" not in ends[-1]:
        return True, ["the second process died"]
    return any("fault" in each for each in told) or not any("end" in each for each in told), ends[-1]["wrong"]


def _first(base: Base, home: Path, trial: Trial, tell: Callable[[Answer], None]) -> None:
    """Does the deed and meets the fault. Whatever is told before the end counts as acknowledged.

    After a failed fsync nothing may be acknowledged: whether the bytes are there cannot be seen before power is cut.
    """
    house = open_copy(base, home, 1)
    faults = Faults(Kind(trial.kind) if trial.kind in list(Kind) else None, trial.at)
    install(faults)
    try:
        trial.scenario.run(house, base, tell)
        if faults.fired == "fsync" and trial.scenario.name != "destroy":  # there the outbox catches and tries again
            tell({"retry": ["an fsync failed and the deed was acknowledged all the same"]})
    except Exception as error:  # noqa: BLE001 - any fault may surface as anything; that it is no lie is checked later
        tell({"fault": f"{type(error).__name__}: {error}"[:200]})
        faults.armed = False
        if trial.again and trial.kind != DISK:
            _retry(base, house, trial, tell)
    faults.armed = False
    if not faults.fired:
        tell({"end": "no fault was met"})
    if trial.kind != DISK:  # a full disk has no room for a checkpoint either
        tell({"pin": house.ports.get(Ledgers).newest().decode()})


def _retry(base: Base, house: House, trial: Trial, tell: Callable[[Answer], None]) -> None:
    """A service goes on after a fault: recovery runs beside it, and the same deed is asked for again."""
    try:
        alarms = settle(house)
        trial.scenario.run(house, base, tell)
    except Exception:  # noqa: BLE001 - told, and then it is a failure of the trial
        alarms = traceback.format_exc().splitlines()[-14:]
    if alarms:
        tell({"retry": ["in the same process:", *alarms]})


def _second(base: Base, home: Path, trial: Trial, told: list[Answer], tell: Callable[[Answer], None]) -> None:
    """Recovers, does the same again, and checks: every acknowledgement is repeated word for word."""
    wrong = [line for each in told for line in each.get("retry", ())]
    again: list[Answer] = []
    try:
        house = open_copy(base, home, 2)
        wrong += settle(house)
        trial.scenario.run(house, base, again.append)
        wrong += [
            f"acknowledged and lost: {each}, now {again}" for each in told if "deed" in each and each not in again
        ]
        pins = [base.checkpoint, *(each["pin"].encode() for each in told if "pin" in each)]
        wrong += check(house, base, trial.scenario, pins)
    except Exception:  # noqa: BLE001 - the second run must not fail, whatever it is
        wrong += traceback.format_exc().splitlines()[-14:]
    met = [each["fault"] for each in told if "fault" in each]
    tell({"wrong": wrong + ([f"(first met: {met})"] if wrong else [])})


def _measure(base: Base, folder: Path, scenario: Scenario) -> tuple[int, float, int]:
    """How many operations, seconds and bytes the deed takes without a fault; it must also check out."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        home = Path(place) / "home"
        shutil.copytree(base.home, home)
        before = _used(home)

        def run(tell: Callable[[Answer], None]) -> None:
            house, faults = open_copy(base, home, 1), Faults()
            install(faults)
            start = time.monotonic()
            scenario.run(house, base, lambda answer: None)
            seconds, faults.armed = time.monotonic() - start, False
            wrong = list(check(house, base, scenario, [base.checkpoint]))
            tell({"operations": faults.count, "seconds": seconds, "wrong": wrong})

        with _answers(run) as (_, lines):
            (answer,) = lines
        if answer["wrong"]:
            raise RuntimeError(f"{scenario.name} without any fault: {answer['wrong']}")
        return answer["operations"], answer["seconds"], max(1, _used(home) - before)


@contextmanager
def _answers(deed: Callable[[Callable[[Answer], None]], None]) -> Iterator[tuple[int, Iterator[Answer]]]:
    """Runs ``deed`` in a forked process; what it tells, line by line. It is gone afterwards."""
    pid, reading = start(deed)
    try:
        with os.fdopen(reading) as lines:
            yield pid, (json.loads(line) for line in lines if line.endswith("\n"))
    finally:
        os.waitpid(pid, 0)


@contextmanager
def _place(folder: Path, trial: Trial) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as place:
        if trial.kind != DISK:
            yield Path(place)
            return
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", place], check=True, capture_output=True)
        try:
            yield Path(place)
        finally:
            subprocess.run(["umount", "-l", place], check=True, capture_output=True)


def _resize(place: Path, size: int) -> None:
    words = ["mount", "-o", f"remount,size={size}", str(place)]
    subprocess.run(words, check=True, capture_output=True)


def _can_mount(folder: Path, out: TextIO) -> bool:
    """Whether small file systems can be had here; says why not."""
    place = folder / "mount"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    try:
        subprocess.run(words, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        out.write(f"faults: no disk that is really full (mounting one needs root): {error}\n")
        return False
    subprocess.run(["umount", str(place)], check=True, capture_output=True)
    return True


def _used(folder: Path) -> int:
    """Bytes of whole pages that the files below take."""
    return sum(-(-path.lstat().st_size // 4096) * 4096 for path in folder.rglob("*"))


def _plain(base: Base) -> Answer:
    people = {login: [actor.id, actor.name, sorted(actor.duties), actor.unit] for login, actor in base.people.items()}
    return {
        "folder": str(base.folder), "people": people, "sealed": base.sealed, "due": base.due, "request": base.request,
        "checkpoint": base.checkpoint.decode(),
    }  # fmt: skip


def _base_of(answer: Answer) -> Base:
    people = {
        login: Actor(PersonId(row[0]), row[1], frozenset(row[2]), unit=UnitCode(row[3]))
        for login, row in answer["people"].items()
    }
    return Base(
        Path(answer["folder"]), people, CaseId(answer["sealed"]), CaseId(answer["due"]), RequestId(answer["request"]),
        answer["checkpoint"].encode(),
    )  # fmt: skip
