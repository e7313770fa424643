"""Measuring side by side: jobs in turns, so that the noise of a machine meets all of them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

BLOCK = 1024 * 1024


def side_by_side(rounds: int, *jobs: Callable[[], object]) -> list[list[float]]:
    """The seconds of every round of each job."""
    taken: list[list[float]] = [[] for _ in jobs]
    for _ in range(rounds):
        for job, found in zip(jobs, taken, strict=True):
            start = time.perf_counter()
            job()
            found.append(time.perf_counter() - start)
    return taken


def median_of(seconds: list[float]) -> float:
    """The median."""
    return median(seconds)


def spread(seconds: list[float]) -> str:
    """How far the rounds lie apart, in percent of their median."""
    return f"{100 * (max(seconds) - min(seconds)) / median(seconds):.0f} %"


def fill(path: Path, size: int) -> None:
    """A file of ``size`` bytes that do not compress."""
    block = os.urandom(BLOCK)
    with path.open("wb") as out:
        for start in range(0, size, BLOCK):
            out.write(block[: min(BLOCK, size - start)])
