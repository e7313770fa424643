"""Visibility 可见范围: what a reader may see, as a value that each package compiles to its own SQL or index set."""

from __future__ import annotations

from dataclasses import dataclass

from archive.kernel.ids import CaseId, UnitCode


@dataclass(frozen=True, slots=True)
class Visibility:
    """The filter form of the one policy 可见范围.

    A record is in it when (its unit is in ``units``, or ``all_units``, or its case is in ``cases``) and its level is at
    most ``max_level`` (a record with a level also needs its case in ``circles``) and every compartment it carries is in
    ``compartments``. Nothing else decides; the guard's decision and this filter are tied by a property test.
    """

    units: frozenset[UnitCode] = frozenset()
    cases: frozenset[CaseId] = frozenset()
    circles: frozenset[CaseId] = frozenset()
    max_level: int = 0
    compartments: frozenset[str] = frozenset()
    all_units: bool = False

    def admits(self, *, unit: str, case_id: str, level: int, compartments: frozenset[str]) -> bool:
        """Whether a record with these descriptions is in the range."""
        related = self.all_units or unit in self.units or case_id in self.cases
        known = level == 0 or case_id in self.circles
        return related and level <= self.max_level and known and compartments <= self.compartments


NOTHING = Visibility()
