"""Runs 连续段: which stored entry is which leaf, kept as stretches of consecutive insertion numbers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Run:
    """``count`` entries from insertion number ``first_seq`` on are the leaves from ``first_leaf`` on 连续段."""

    first_leaf: int
    first_seq: int
    count: int


def consecutive(seqs: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Stretches of consecutive numbers in rising ``seqs``, as ``(first, count)``."""
    start = 0
    for at in range(1, len(seqs) + 1):
        if at == len(seqs) or seqs[at] != seqs[at - 1] + 1:
            yield seqs[start], at - start
            start = at


class Places:
    """Where the leaves of a ledger lie 叶位: built from its runs, which are trusted only as far as they fit."""

    def __init__(self, runs: Sequence[Run], size: int) -> None:
        self._runs = sorted(runs)
        self._starts = [run.first_leaf for run in self._runs]
        self._size = size

    def fault(self) -> str:
        """What is wrong with the runs; empty when they place exactly the leaves of the tree, each once."""
        expected = 0
        for run in self._runs:
            if run.first_leaf != expected or run.count <= 0:
                return f"the order of leaves has a break at leaf {expected}"
            expected += run.count
        return "" if expected == self._size else f"{expected} leaves have a place, the head says {self._size}"

    def spans(self, base: int, end: int) -> list[Run]:
        """The parts of runs that place leaves ``[base, end)``."""
        found: list[Run] = []
        for at in range(max(bisect_right(self._starts, base) - 1, 0), len(self._runs)):
            run = self._runs[at]
            low, high = max(run.first_leaf, base), min(run.first_leaf + run.count, end)
            if run.first_leaf >= end:
                break
            if low < high:
                found.append(Run(low, run.first_seq + low - run.first_leaf, high - low))
        return found

    def gaps(self) -> Iterator[tuple[int, int | None]]:
        """The insertion numbers that no run covers, as ``(first, last)``; the last gap is open."""
        low = 0
        for run in sorted(self._runs, key=lambda one: one.first_seq):
            if run.first_seq > low:
                yield low, run.first_seq - 1
            low = max(low, run.first_seq + run.count)
        yield low, None
