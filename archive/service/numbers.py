"""Numbers 流水号: every number a person sees comes from the counter of its series, in the deed's transaction."""

from __future__ import annotations

from sqlalchemy import select

from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.tables import GapRow, SeriesRow


def next_number(work: Work, series: str) -> int:
    """The next number of ``series``; given once, never again. A rolled-back deed gives none."""
    row = work.session.scalars(select(SeriesRow).where(SeriesRow.series == series).with_for_update()).first()
    if row is None:
        row = SeriesRow(series=series, last=0)
        work.session.add(row)
    row.last += 1
    work.session.flush()
    return row.last


def record_gap(work: Work, series: str, number: int, reason: str) -> None:
    """Records that a given number stands for nothing 空号登记; the reason is kept, the number stays used."""
    row = work.session.get(SeriesRow, series)
    if row is None or number > row.last:
        raise Refusal("archive.number-never-given", series=series, number=number)
    work.session.add(GapRow(series=series, number=number, reason=reason, at=work.now))
    work.journal.record("number.gap", f"{series}-{number}", {"reason": reason})
