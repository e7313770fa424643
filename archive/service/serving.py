"""Serving 提供阅览: single items and stored files for a page or a player, each after the guard's yes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from archive.facts import CaseFacts, ItemFacts
from archive.kernel.guard import Action
from archive.kernel.ids import CaseId, FileId, ItemId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import Holdings
from archive.rules.markings import KIND_WORDS, from_bits
from archive.service.columns import Columns
from archive.service.dossier import get_case_row, stored_file
from archive.service.reading import open_file
from archive.service.seeing import case_target
from archive.service.staging import SealedSource
from archive.tables import FileRow, ItemRow, VolumeRow
from archive.terms import Compartment, Part, Role, SealState, StoredFile, Tier


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A stored file opened for reading 已打开的存储文件: what it is, its plaintext by range, and the archival number of
    its item, or of the case where it belongs to no item.
    """

    file: StoredFile
    source: SealedSource
    reference_code: str = ""


@dataclass(frozen=True, slots=True)
class OfferedItem:
    """One paper that a party may ask for 可申请复制件. ``title`` is empty where it is withheld: ``grounds`` say why.
    What has no pages (a recording) cannot be copied into a sealed document and is asked for at the counter.
    """

    item_id: ItemId
    sequence: int
    title: str
    kind: str
    doc_date: date | None
    pages: int
    copyable: bool
    grounds: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """The papers of a case that its party may ask for 可申请复制范围."""

    case_id: CaseId
    reference_code: str
    title: str
    party: str
    closed_on: date
    items: tuple[OfferedItem, ...]

    def item(self, item_id: ItemId) -> OfferedItem | None:
        """The paper of that id; None when it is not offered."""
        return next((item for item in self.items if item.item_id == item_id), None)


def open_stored(work: Work, holdings: Holdings, file_id: FileId) -> OpenedFile:
    """A stored file with its description, by ``open_file`` and so after the guard's yes, journaled (article 26)."""
    source = open_file(work, holdings, file_id)
    row = work.session.get_one(FileRow, file_id)
    case = get_case_row(work, CaseId(row.case_id))
    columns = Columns(holdings, CaseId(row.case_id), sealed=case.state == SealState.SEALED)
    item = work.session.get(ItemRow, row.item_id) if row.item_id is not None else None
    return OpenedFile(stored_file(columns, row), source, item.reference_code if item else case.reference_code)


def page_image_file(work: Work, item_id: ItemId) -> FileId:
    """The file whose pages are drawn for an item: its PDF/A, else an original that is a PDF. Refuses when none is."""
    rows = work.session.scalars(
        select(FileRow).where(FileRow.item_id == item_id, FileRow.role.in_((Role.PDFA, Role.ORIGINAL)))
    ).all()
    drawn = [row for row in rows if row.role == Role.PDFA or row.media_type == "application/pdf"]
    if not drawn:
        raise Refusal("archive.case-unknown")
    best = max(drawn, key=lambda row: (row.role == Role.PDFA, row.first_version))
    return FileId(best.id)


def offer_items(work: Work, holdings: Holdings, case_id: CaseId) -> Offer:
    """What the party of a case may ask copies of (article 26): the showable part 正卷, never a state secret.

    The guard is asked whether the reader may ask for copies of this case. The title of a guarded paper is withheld as
    in the catalogue, with its ground and pages; the party may ask for it all the same.
    """
    case = get_case_row(work, case_id)
    work.require(Action.REQUEST_COPY, case_target(case))
    columns = Columns(holdings, case_id, sealed=case.state == SealState.SEALED)
    facts = columns.peek(CaseFacts, case.id, Tier(case.tier), case.facts_enc) if not case.compartments else None
    wanted = (
        select(ItemRow)
        .join(VolumeRow, VolumeRow.id == ItemRow.volume_id)
        .where(ItemRow.case_id == case_id, ItemRow.level == 0, VolumeRow.part == Part.MAIN)
        .order_by(VolumeRow.sequence, ItemRow.sequence)
    )
    return Offer(
        case_id,
        case.reference_code,
        facts.title if facts is not None else "",
        facts.party if facts is not None else "",
        case.closed_on,
        tuple(_offered(columns, row) for row in work.session.scalars(wanted)),
    )


def _offered(columns: Columns, row: ItemRow) -> OfferedItem:
    kinds = from_bits(row.compartments)
    facts = columns.peek(ItemFacts, row.id, Tier(row.tier), row.facts_enc) if not kinds else None
    grounds = tuple(KIND_WORDS[kind] for kind in Compartment if str(kind) in kinds)
    return OfferedItem(
        ItemId(row.id),
        row.sequence,
        facts.title if facts is not None else "",
        row.kind,
        row.doc_date if not kinds else None,
        row.page_count,
        row.rendition == "pdfa",
        grounds,
    )
