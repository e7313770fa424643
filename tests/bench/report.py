"""Ratios side by side 并列比值: what was measured, beside what, and whether it meets its target."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Better = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Ratio:
    """One measured ratio 一项比值: speed relative to the baseline when higher is better, cost when lower is."""

    name: str
    ours_seconds: float
    baseline_seconds: float
    value: float
    target: float | None
    better: Better
    note: str
    unit: str = "s"

    @property
    def met(self) -> bool:
        """Whether the target is met; true when there is none."""
        if self.target is None:
            return True
        return self.value >= self.target if self.better == "higher" else self.value <= self.target


@dataclass(slots=True)
class Report:
    """The ratios of one run 测量报告."""

    ratios: list[Ratio] = field(default_factory=list)

    def ratio(
        self,
        name: str,
        ours_seconds: float,
        baseline_seconds: float,
        target: float | None,
        better: Better,
        note: str = "",
        unit: str = "s",
    ) -> Ratio:
        """Adds a ratio: ``baseline/ours`` where higher is better (share of its speed), else the inverse."""
        value = baseline_seconds / ours_seconds if better == "higher" else ours_seconds / baseline_seconds
        found = Ratio(name, ours_seconds, baseline_seconds, value, target, better, note, unit)
        self.ratios.append(found)
        return found

    def lines(self) -> list[str]:
        """One line for each ratio."""
        return [
            f"{'ok  ' if r.met else 'MISS'} {r.name}: {r.value:.3f}"
            f" (target {'-' if r.target is None else r.target}, {r.better} is better;"
            f" {r.ours_seconds:.4f} {r.unit} beside {r.baseline_seconds:.4f} {r.unit}) {r.note}"
            for r in self.ratios
        ]
