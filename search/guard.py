"""The guard's filter compiled to a set of indexes 可见范围编译: no index outside it is opened, counted or named."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import Session

from archive.kernel.visibility import Visibility
from archive.rules.markings import tier_of
from archive.terms import Level, Tier
from search.tables import LIVE, IndexRow
from search.terms import Place


def readable_places(session: Session, visibility: Visibility) -> list[Place]:
    """The live indexes that ``visibility`` admits, in order of name. What lies above is left out by the database."""
    asked = select(IndexRow).where(IndexRow.state == LIVE, _admitted(visibility)).order_by(IndexRow.name)
    return [row.place for row in session.scalars(asked) if _admits(visibility, row)]


def query_tier(visibility: Visibility) -> Tier:
    """The key class of the reader's highest marking 查询文本密钥层: under it the query text is recorded."""
    return tier_of(Level(visibility.max_level), visibility.compartments)


def _admitted(visibility: Visibility) -> ColumnElement[bool]:
    related = or_(IndexRow.unit.in_(visibility.units), IndexRow.case_id.in_(visibility.cases))
    known = or_(IndexRow.level == 0, IndexRow.case_id.in_(visibility.circles))
    return and_(true() if visibility.all_units else related, known, IndexRow.level <= visibility.max_level)


def _admits(visibility: Visibility, row: IndexRow) -> bool:
    return visibility.admits(unit=row.unit, case_id=row.case_id or "", level=row.level, compartments=row.kinds)
