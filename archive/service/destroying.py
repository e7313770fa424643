"""Destroying 销毁: only on a DisposalOrder; the decision is one transaction, then keys and bytes go, a tombstone stays.

Holds are asked again at the last moment, inside the transaction. The physical part is repeated by the outbox until it
is done, and waits until the ledger holds the event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select

from archive.kernel.actor import machine_actor
from archive.kernel.guard import Action
from archive.kernel.ids import CaseId
from archive.kernel.orders import DisposalOrder
from archive.kernel.outbox import Handler, Later
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ledger.service.proofs import require_inclusion
from archive.ports import Holdings, object_id
from archive.service.dossier import get_case_row, pending_version
from archive.service.seeing import case_target
from archive.tables import (
    CaseRow,
    EvidenceRow,
    FileRow,
    IntentRow,
    ItemRow,
    ItemWorkRow,
    NoteRow,
    PropertyReportRow,
    ReadingRow,
)
from archive.terms import SealState

TOPIC = "case.destroyed"
_IDS_AN_ENTRY = 1_000
GONE = "case.gone"
"""Tells whoever keeps something made of a case that it is destroyed: theirs goes too."""


def destroy_case(work: Work, holdings: Holdings, order: DisposalOrder) -> None:
    """Decides the destruction of a case 销毁决定; keys and bytes follow through the outbox.

    Refuses a case that is not sealed and every case under a hold, whatever the order says; also one with a version
    that waits for its seal.
    """
    row = get_case_row(work, order.case_id)
    held = holdings.holds.active_holds(work.session, order.case_id)
    work.require(Action.DESTROY, case_target(row, held=bool(held)))
    if held:
        raise Refusal("archive.case-held", reference=row.reference_code, holds=len(held))
    if row.state != SealState.SEALED:
        raise Refusal("archive.case-not-sealed", reference=row.reference_code)
    if pending_version(work, row) is not None or work.session.get(IntentRow, order.case_id) is not None:
        raise Refusal("archive.version-pending", reference=row.reference_code)
    hands = [{"step": s.step, "person": s.person, "at": s.at.isoformat()} for s in order.signatures]
    facts = {"code": row.reference_code, "basis": order.basis, "due_since": order.due_since.isoformat(), "hands": hands}
    entry = work.journal.record("case.destroyed", order.case_id, facts, unit=row.unit)
    row.state = SealState.DESTROYED
    _blank(work, row)
    work.outbox.send(TOPIC, case_id=order.case_id, entry_id=entry)
    work.outbox.send(GONE, case_id=order.case_id)


def still_kept(work: Work, case_ids: Sequence[CaseId]) -> tuple[CaseId, ...]:
    """Those of the cases that are not destroyed, in the same order."""
    gone = select(CaseRow.id).where(CaseRow.id.in_(case_ids), CaseRow.state == SealState.DESTROYED)
    destroyed = frozenset(work.session.scalars(gone))
    return tuple(case_id for case_id in case_ids if case_id not in destroyed)


def destruction_handler(holdings: Holdings) -> Handler:
    """The outbox handler that shreds keys and removes bytes; may run twice."""

    def handle(payload: Mapping[str, Any]) -> None:
        case_id = CaseId(payload["case_id"])
        with holdings.works.sessions() as session:
            try:
                require_inclusion(session, payload["entry_id"])
            except Refusal as refusal:
                raise Later(str(refusal)) from refusal
        with holdings.works.sessions() as session:
            wanted = select(EvidenceRow.id).where(EvidenceRow.case_id == case_id)
            objects = [object_id(CaseId(each)) for each in (*session.scalars(wanted), case_id)]
        try:
            held = [each for each in objects if holdings.keys.list_records(each)]
            for each in held:
                holdings.keys.destroy_object(each)
            if not held:  # shredded before a crash: what that left of the old store is swept now
                holdings.keys.settle()
            record_destructions(holdings)
        except Refusal as refusal:  # a key place that is away: the decision stands, the deed is repeated
            raise Later(refusal.code) from refusal
        for each in objects:
            holdings.store.remove_object(each)
            holdings.store.clear_staging(each)

    return _held(holdings, handle)


def _held(holdings: Holdings, handle: Handler) -> Handler:
    """``handle`` while nobody else holds the object: what is being exported or sealed goes when that has ended."""

    def handle_held(payload: Mapping[str, Any]) -> None:
        with holdings.store.growing(object_id(CaseId(payload["case_id"])), wait=False) as held:
            if not held:
                raise Later("the object is held")
            handle(payload)

    return handle_held


def record_destructions(holdings: Holdings) -> int:
    """Writes into the ledger what the key store destroyed and the ledger does not know yet 密钥销毁入账; how many.

    Restoring a backup of the keys asks the ledger for every epoch, so that no destroyed key comes back. Repeatable:
    after a crash between the shredding and this entry the next call writes it.
    """
    written = 0
    for epoch, ids in holdings.keys.destructions().items():
        subject = f"keys/{epoch}"
        if holdings.checkpoints.entries("keys.destroyed", subject):
            continue
        with holdings.works.work(machine_actor("key-store", "keys.destroyed")) as work:
            left = list(holdings.keys.unreachable_backups())
            for start in range(0, max(len(ids), 1), _IDS_AN_ENTRY):
                facts = {"epoch": epoch, "ids": list(ids[start : start + _IDS_AN_ENTRY]), "unreachable": left}
                work.journal.record("keys.destroyed", subject, facts)
        written += 1
    return written


def _blank(work: Work, row: CaseRow) -> None:
    """The tombstone keeps number, dates and markings; every description is gone."""
    row.facts_enc = b""
    for item in work.session.scalars(select(ItemRow).where(ItemRow.case_id == row.id)):
        item.facts_enc = b""
    for file in work.session.scalars(select(FileRow).where(FileRow.case_id == row.id)):
        work.session.delete(file)
    for kind in (ReadingRow, ItemWorkRow, PropertyReportRow):
        work.session.execute(delete(kind).where(kind.case_id == row.id))
    for note in work.session.scalars(select(NoteRow).where(NoteRow.case_id == row.id)):
        work.session.delete(note)
