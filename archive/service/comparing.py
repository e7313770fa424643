"""Comparing register and store 对账: every sealed case and its evidence have their objects, every object its case.

Looks at names alone; whether the bytes are whole is what ``verify`` tells.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from archive.kernel.actor import machine_actor
from archive.kernel.ids import CaseId
from archive.ports import Holdings, object_id
from archive.tables import CaseRow, EvidenceRow, IntentRow
from archive.terms import SealState


@dataclass(frozen=True, slots=True)
class Comparison:
    """What does not match 对账结果: sealed cases without an object, and names of objects that no case owns."""

    missing: tuple[CaseId, ...]
    unknown: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Nothing is missing and nothing unknown."""
        return not self.missing and not self.unknown


def compare_store(holdings: Holdings) -> Comparison:
    """Compares the register with the store. The store is read first, so a case sealed meanwhile is not called missing
    for long: it is looked for once more by its own name.
    """
    there = frozenset(holdings.store.published())
    with holdings.works.work(machine_actor("comparison", "register against store")) as work:
        sealed = list(work.session.scalars(select(CaseRow.id).where(CaseRow.state == SealState.SEALED)))
        intended = work.session.scalars(select(IntentRow.case_id)).all()
        waiting = select(CaseRow.id).where(CaseRow.state == SealState.DESTROYED)
        leaving = work.session.scalars(waiting).all()
        kept = select(EvidenceRow.id).join(CaseRow, CaseRow.id == EvidenceRow.case_id)
        evidence = work.session.scalars(
            kept.where(EvidenceRow.state == "sealed", CaseRow.state == SealState.SEALED)
        ).all()
        begun = work.session.scalars(select(EvidenceRow.id)).all()
    store = holdings.store
    sealed = [*sealed, *evidence]
    owned = {store.name_of(object_id(CaseId(case))) for case in (*sealed, *intended, *leaving, *begun)}
    missing = (case for case in sealed if store.name_of(object_id(CaseId(case))) not in there)
    return Comparison(
        tuple(CaseId(case) for case in missing if store.object_folder(object_id(CaseId(case))) is None),
        tuple(sorted(there - owned)),
    )
