"""The dispatcher of counted safety figures: one line for each program, and an exit code that cannot be green by
accident."""

from __future__ import annotations

import io
from types import ModuleType
from typing import TextIO

import pytest

from tests.prove import __main__ as dispatcher


def _program(tried: int, failed: int) -> ModuleType:
    module = ModuleType("program")

    def prove(count: int, seed: int, out: TextIO) -> tuple[int, int]:
        out.write(f"asked {count} {seed}\n")
        return tried, failed

    module.prove = prove  # type: ignore[attr-defined]
    return module


def test_every_program_of_the_package_is_known_by_its_name() -> None:
    known = dispatcher.programs()
    assert {"flips", "ledger", "two-world"} <= known.keys()
    assert "--main--" not in known


@pytest.mark.parametrize(("tried", "failed", "counted"), [(7, 0, 0), (7, 2, 2), (0, 0, 1)])
def test_a_line_tells_what_was_tried_and_nothing_tried_is_a_failure(tried: int, failed: int, counted: int) -> None:
    out = io.StringIO()
    assert dispatcher.run("some", _program(tried, failed), 7, 5, out) == counted
    assert out.getvalue().startswith(f"asked 7 5\nsome: tried {tried}, failed {counted}  (")


def test_an_unknown_name_is_refused() -> None:
    out = io.StringIO()
    assert dispatcher.main(["nothing"], out) == 2
    assert "no such program: nothing" in out.getvalue()


def test_a_named_program_runs_with_the_count_that_was_asked() -> None:
    out = io.StringIO()
    assert dispatcher.main(["ledger", "--count", "3", "--seed", "1"], out) == 0
    assert "ledger: tried 3, failed 0" in out.getvalue()
