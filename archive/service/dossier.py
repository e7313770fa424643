"""Dossier 案卷全貌: a whole case with its descriptions in clear, as sealing needs it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import func, select

from archive.facts import CaseFacts, FileFacts, ItemFacts
from archive.kernel.ids import CaseId, FileId, ItemId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import Holdings
from archive.rules.markings import from_json
from archive.service.columns import Columns
from archive.tables import CaseRow, FileRow, ItemRow, NoteRow, VolumeRow
from archive.terms import Marking, Role, SealState, StoredFile, Tier

R = TypeVar("R", FileRow, ItemRow, VolumeRow, NoteRow)


@dataclass(frozen=True, slots=True)
class DossierItem:
    """One item with its facts and files 件."""

    row: ItemRow
    facts: ItemFacts
    files: tuple[StoredFile, ...]

    @property
    def tier(self) -> Tier:
        """The item's key class."""
        return Tier(self.row.tier)

    @property
    def marking(self) -> Marking:
        """The item's marking with its claims."""
        return from_json(self.facts.marking)

    @property
    def pages(self) -> str:
        """The item's page range in its volume, as the contents list prints it."""
        first, count = self.row.first_page, self.row.page_count
        if not count:
            return ""
        return str(first) if count == 1 else f"{first}-{first + count - 1}"


@dataclass(frozen=True, slots=True)
class DossierVolume:
    """One volume with its items 卷."""

    row: VolumeRow
    items: tuple[DossierItem, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """A case in full 案卷全貌; ``made`` are generated files of earlier versions."""

    row: CaseRow
    facts: CaseFacts
    volumes: tuple[DossierVolume, ...]
    made: tuple[StoredFile, ...]
    notes: tuple[tuple[NoteRow, str], ...]

    @property
    def case_id(self) -> CaseId:
        """The case's identifier."""
        return CaseId(self.row.id)

    @property
    def tier(self) -> Tier:
        """The key class of the case's own description."""
        return Tier(self.row.tier)

    @property
    def items(self) -> Iterable[DossierItem]:
        """All items in order."""
        return (item for volume in self.volumes for item in volume.items)

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """The key tiers present, ``general`` always among them (certificate and note form)."""
        present = {Tier.GENERAL, self.tier, *(item.tier for item in self.items)}
        return tuple(tier for tier in Tier if tier in present)

    @property
    def files(self) -> Iterable[StoredFile]:
        """Every stored file of every item."""
        return (file for item in self.items for file in item.files)


def get_case_row(work: Work, case_id: CaseId) -> CaseRow:
    """The case's row; refuses ``archive.case-unknown``, with the same words as for a case one may not know of."""
    row = work.session.get(CaseRow, case_id)
    if row is None:
        raise Refusal("archive.case-unknown")
    return row


def load_dossier(work: Work, holdings: Holdings, case_id: CaseId) -> Dossier:
    """The whole case in clear; refuses when a tier of it is locked."""
    row = get_case_row(work, case_id)
    columns = Columns(holdings, case_id, sealed=row.state == SealState.SEALED)
    facts = columns.read(CaseFacts, row.id, Tier(row.tier), row.facts_enc)
    files = [stored_file(columns, file) for file in _rows(work, FileRow, case_id)]
    items = [
        DossierItem(
            item,
            columns.read(ItemFacts, item.id, Tier(item.tier), item.facts_enc),
            tuple(file for file in files if file.item_id == item.id),
        )
        for item in _rows(work, ItemRow, case_id)
    ]
    volumes = tuple(
        DossierVolume(volume, tuple(sorted((i for i in items if i.row.volume_id == volume.id), key=_sequence)))
        for volume in sorted(_rows(work, VolumeRow, case_id), key=lambda volume: volume.sequence)
    )
    notes = tuple(
        (note, columns.read_text(f"note-{note.version}", Tier(note.tier), note.text_enc))
        for note in sorted(_rows(work, NoteRow, case_id), key=lambda note: note.id)
    )
    return Dossier(row, facts, volumes, tuple(file for file in files if file.item_id is None), notes)


def stored_file(columns: Columns, row: FileRow) -> StoredFile:
    """A stored file's row in clear."""
    tier = Tier(row.tier)
    facts = columns.read(FileFacts, row.id, tier, row.facts_enc)
    return StoredFile(
        FileId(row.id),
        Role(row.role),
        ItemId(row.item_id) if row.item_id else None,
        facts.name,
        row.media_type,
        facts.size,
        facts.sha256,
        row.stored_size,
        row.stored_sha512,
        tier,
        row.first_version,
    )


def _sequence(item: DossierItem) -> int:
    return item.row.sequence


def _rows(work: Work, kind: type[R], case_id: CaseId) -> list[R]:
    return list(work.session.scalars(select(kind).where(kind.case_id == case_id)))


def pending_version(work: Work, row: CaseRow) -> int | None:
    """The version of a sealed case whose note is written but whose seal is not; None when there is none."""
    newest = work.session.scalar(select(func.max(NoteRow.version)).where(NoteRow.case_id == row.id))
    return newest if newest is not None and row.version and newest > row.version else None
