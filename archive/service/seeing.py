"""Seeing 可见: compiles the guard's Visibility to this package's SQL, and rows to the guard's targets."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true

from archive.kernel.guard import Target
from archive.kernel.ids import CaseId, ItemId, UnitCode
from archive.kernel.visibility import Visibility
from archive.rules.markings import from_bits, to_bits
from archive.tables import CaseRow, ItemRow

S = TypeVar("S", bound="Select[*tuple[Any, ...]]")
_ALL_BITS = (1 << 8) - 1


def only_visible_cases(wanted: S, visibility: Visibility) -> S:
    """``wanted`` with nothing above the reader: rows never leave the database that the reader may not know of."""
    return wanted.where(_related(CaseRow.unit, CaseRow.id, visibility), _guarded(CaseRow, CaseRow.id, visibility))


def only_visible_items(wanted: S, visibility: Visibility) -> S:
    """The same for items."""
    related = _related(ItemRow.unit, ItemRow.case_id, visibility)
    return wanted.where(related, _guarded(ItemRow, ItemRow.case_id, visibility))


def visible_case_ids(visibility: Visibility) -> Select[tuple[str]]:
    """The ids of the cases a reader may know of, as a subquery for the tables of other packages."""
    return only_visible_cases(select(CaseRow.id), visibility)


def case_target(row: CaseRow, *, held: bool = False) -> Target:
    """The guard's view of a case: its own description's marking."""
    return Target(
        "case",
        unit=UnitCode(row.unit),
        case_id=CaseId(row.id),
        handling=row.handling,
        level=row.level,
        compartments=from_bits(row.compartments),
        held=held,
    )


def item_target(row: ItemRow) -> Target:
    """The guard's view of an item."""
    return Target(
        "item",
        unit=UnitCode(row.unit),
        case_id=CaseId(row.case_id),
        item_id=ItemId(row.id),
        handling=row.handling,
        level=row.level,
        compartments=from_bits(row.compartments),
    )


def _related(unit: Any, case_id: Any, visibility: Visibility) -> ColumnElement[bool]:
    if visibility.all_units:
        return true()
    if not visibility.units and not visibility.cases:
        return false()
    return or_(unit.in_(sorted(visibility.units)), case_id.in_(sorted(visibility.cases)))


def _guarded(kind: type[CaseRow] | type[ItemRow], case_id: Any, visibility: Visibility) -> ColumnElement[bool]:
    forbidden = _ALL_BITS & ~to_bits(visibility.compartments)
    in_circle = case_id.in_(sorted(visibility.circles))
    return and_(
        kind.level <= visibility.max_level,
        or_(kind.level == 0, in_circle),
        kind.compartments.bitwise_and(forbidden) == 0,
    )
