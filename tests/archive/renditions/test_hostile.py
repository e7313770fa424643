"""The counted program of hostile files with a small count, and that it would see what it looks for."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.prove import hostile
from tests.prove.hostile_changes import change_file
from tests.prove.hostile_forgeries import FORGERIES, forge_file

ROOT = Path(__file__).parents[3]
SAMPLES = {kind: [("plain", bytes(range(256)) * 8)] for kind in hostile.WEIGHTS}


@pytest.mark.slow
def test_a_few_hostile_files_do_no_harm() -> None:
    # a process of its own: it forks, and a process that forks should have no threads
    words = [sys.executable, "-m", "tests.prove", "hostile", "--count", "6", "--seed", "2371"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "hostile: tried 6, failed 0" in done.stdout


def test_a_number_names_the_same_file_every_time() -> None:
    made = [hostile.make_case(7, number, SAMPLES) for number in range(50)]
    assert made == [hostile.make_case(7, number, SAMPLES) for number in range(50)]
    assert len({case.data for case in made}) > 30 and len({case.kind for case in made}) > 12


@pytest.mark.parametrize("kind", sorted(hostile.WEIGHTS))
def test_every_kind_can_be_spoilt_and_most_forged(kind: str) -> None:
    chance = random.Random(kind)
    data = SAMPLES[kind][0][1]
    assert any(change_file(kind, data, chance, data)[0] != data for _ in range(9))
    assert kind in FORGERIES or kind in ("odp", "doc", "xls", "ppt")
    for _ in range(12 if kind in FORGERIES else 0):
        made, name = forge_file(kind, data, chance)
        assert isinstance(made, bytes) and name


_LEAVING = """
import os, subprocess, sys, tempfile, threading
from pathlib import Path
from tests.prove.hostile_watch import Watch
with tempfile.TemporaryDirectory() as folder:
    watch = Watch(Path(folder))
    assert watch.left_behind() == [], watch.left_behind()
    stuck = subprocess.Popen(["sh", "-c", "setsid sleep 99 & sleep 0.2"])
    stuck.wait()
    kept = open("/etc/hostname")
    Path(folder, "left").write_text("x")
    hang = threading.Event()
    threading.Thread(target=hang.wait, name="hanging", daemon=True).start()
    told = " ".join(watch.left_behind())
    for wanted in ("child process", "sleep", "open file", "temporary file", "thread: ['hanging']"):
        assert wanted in told, (wanted, told)
    watch.begin()
    subprocess.run([sys.executable, "-c", "import time; held = b'x' * 90_000_000; time.sleep(0.5)"], check=True)
    assert 85_000_000 < watch.peak < 140_000_000, watch.peak
    watch.close()
    os.system("kill %d" % int(told.split("child process ")[1].split()[0]))
"""


def test_what_is_left_behind_is_seen_and_what_a_child_takes_is_measured() -> None:
    done = subprocess.run([sys.executable, "-c", _LEAVING], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
