"""The counted program on hostile packages finds what it is for, and little of it runs with every test."""

from __future__ import annotations

import io
import random
from pathlib import Path

from tests.ingest.packages.shapes import good_files, pack
from tests.prove.packages import prove

FEW = 8


def test_a_few_hostile_packages_are_refused_and_leave_nothing() -> None:
    out = io.StringIO()
    assert prove(FEW, 20261124, out) == (FEW, 0), out.getvalue()


def test_a_package_that_is_taken_in_counts_as_failed() -> None:
    def harmless(rng: random.Random, folder: Path) -> Path:
        return pack(good_files(str(rng.random())), "folder", folder / "x")

    out = io.StringIO()
    assert prove(1, 1, out, {"harmless": harmless}) == (1, 1)
    assert out.getvalue().count("was taken in") == 1
