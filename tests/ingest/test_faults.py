"""The counted program of faults with a small count: kill -9, full disks, broken writes; nothing lost, none twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_few_faults_lose_nothing() -> None:
    # a process of its own: it forks, and a process that forks should have no threads
    words = [sys.executable, "-m", "tests.prove", "faults", "--count", "6", "--seed", "11"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "faults: tried 6, failed 0" in done.stdout
