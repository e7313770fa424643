"""Copying 制作复制件: the sealed copy for a party, made only from an ApprovedRelease and only of what it names."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime

from archive.facts import CaseFacts, ItemFacts
from archive.kernel.guard import Purpose
from archive.kernel.ids import ItemId
from archive.kernel.orders import ApprovedRelease
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.pages.assemble import CopyDocument, assemble_copy
from archive.pages.render import render
from archive.pages.terms import CopyPart, CopyStatementFacts
from archive.ports import Holdings
from archive.service.columns import Columns
from archive.service.dossier import get_case_row
from archive.service.reading import find_file, open_file
from archive.tables import CaseRow, ItemRow
from archive.terms import Role, SealState, Tier


@dataclass(frozen=True, slots=True)
class CopyOrder:
    """What the statement in front of a copy says 出具说明要素."""

    release_no: str
    request_no: str
    recipient: str
    capacity: str
    approved_by: str
    approved_on: date
    made_by: str
    made_at: datetime
    requested_on: date


def make_copy(work: Work, holdings: Holdings, approved: ApprovedRelease, order: CopyOrder) -> bytes:
    """One PDF/A: the statement, then the approved papers; sealed by the archive.

    Opens exactly the items in ``approved``, each by the guard for this purpose, each read in the ledger. Refuses what
    has no PDF/A yet (``archive.copy-unrendered``): an original is not handed out in a form that cannot carry a seal.
    """
    case = get_case_row(work, approved.case_id)
    if case.state != SealState.SEALED:
        raise Refusal("archive.case-not-sealed", reference=case.reference_code)
    columns = Columns(holdings, approved.case_id, sealed=True)
    documents, parts = [], []
    for item_id in approved.items:
        row = work.session.get(ItemRow, item_id)
        if row is None or row.case_id != approved.case_id:
            raise Refusal("archive.case-unknown")
        document, part = _document(work, holdings, columns, row)
        documents.append(document)
        parts.append(part)
    facts = columns.read(CaseFacts, case.id, Tier(case.tier), case.facts_enc)
    statement = render(
        _statement(holdings, case, facts, approved, order, parts),
        timestamp=order.made_at,
        trial=holdings.trial,
    )
    footer = f"{order.release_no} 复制件"
    whole = assemble_copy(statement, documents, footer, timestamp=order.made_at, trial=holdings.trial)
    return holdings.sealing.pdf_sealer.seal(whole, "出具复制件", {})


def _document(work: Work, holdings: Holdings, columns: Columns, row: ItemRow) -> tuple[CopyDocument, CopyPart]:
    facts = columns.read(ItemFacts, row.id, Tier(row.tier), row.facts_enc)
    if row.rendition != "pdfa":
        raise Refusal("archive.copy-unrendered", title=facts.title)
    file_id = find_file(work, ItemId(row.id), Role.PDFA)
    with closing(open_file(work, holdings, file_id, Purpose.COPY_REQUEST)) as source:
        pdf = source.whole()
    part = CopyPart(
        title=facts.title, page_count=row.page_count, reference_code=row.reference_code, source_pages=_pages(row)
    )
    return CopyDocument(facts.title, pdf, row.page_count), part


def _pages(row: ItemRow) -> str:
    if not row.page_count:
        return ""
    return f"{row.first_page}-{row.first_page + row.page_count - 1}"


def _statement(
    holdings: Holdings,
    case: CaseRow,
    facts: CaseFacts,
    approved: ApprovedRelease,
    order: CopyOrder,
    parts: list[CopyPart],
) -> CopyStatementFacts:
    return CopyStatementFacts(
        release_no=order.release_no,
        bureau_name=holdings.bureau.name,
        case_title=facts.title,
        reference_code=case.reference_code,
        recipient=order.recipient,
        purpose=approved.purpose,
        approved_by=order.approved_by,
        approved_on=order.approved_on,
        made_by=order.made_by,
        made_at=order.made_at,
        capacity={"party": "当事人", "agent": "代理人"}.get(order.capacity, order.capacity),
        request_no=order.request_no,
        requested_on=order.requested_on,
        decision_no=facts.decision_no,
        parts=tuple(parts),
    )
