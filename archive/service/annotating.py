"""Annotating 补充归档: late documents join a sealed case as a new version with a dated entry in the note form 备考表.

Nothing is edited, nothing is overwritten: version n stays as it was sealed, version n+1 lists everything anew.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from archive.drafts import DraftItem
from archive.kernel.actor import Actor
from archive.kernel.clock import legal_date
from archive.kernel.guard import Action
from archive.kernel.ids import CaseId, VolumeId, new_id
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.pages.glyphs import glyph_missing
from archive.ports import Holdings, object_id
from archive.rules.markings import check_marking, marking_tier
from archive.rules.numbering import item_code
from archive.service.columns import Columns
from archive.service.describing import write_item
from archive.service.dossier import get_case_row, load_dossier, pending_version
from archive.service.four_properties import check_description
from archive.service.receipts import received_sums
from archive.service.sealing import SealReceipt, seal_case, write_note
from archive.service.seeing import case_target
from archive.tables import CaseRow, ItemRow, VolumeRow
from archive.terms import SealState, Tier


def next_version(work: Work, case_id: CaseId) -> int:
    """The version that late documents of a sealed case will get. Refuses a case that is not sealed, or one that has a
    version waiting for its seal.
    """
    row = get_case_row(work, case_id)
    work.require(Action.ANNOTATE, case_target(row))
    if row.state != SealState.SEALED:
        raise Refusal("archive.case-not-sealed", reference=row.reference_code)
    if pending_version(work, row) is not None:
        raise Refusal("archive.version-pending", reference=row.reference_code)
    return row.version + 1


def annotate_case(
    holdings: Holdings, actor: Actor, case_id: CaseId, items: Sequence[DraftItem], note: str
) -> SealReceipt:
    """Adds ``items`` (staged as the next version) and the note's sentence, then seals the new version.

    Refuses a state secret that the case had no volume for, an empty note, and what no page could carry: the version is
    committed before its pages are made, and nothing takes it back. A crash before the seal is finished by
    ``seal_case``.
    """
    wrong = [reason for item in items for reason in check_marking(item.marking)]
    if not note.strip():
        wrong.append(Refusal("archive.note-missing"))
    if missing := glyph_missing([note, actor.name, *(text for item in items for text in _printed(item))]):
        wrong.append(missing)
    if refusal := Refusal.join(wrong):
        raise refusal
    with holdings.works.work(actor) as work:
        version = next_version(work, case_id)
        row = get_case_row(work, case_id)
        locked = {
            marking_tier(item.marking) for item in items if not holdings.keys.is_unlocked(marking_tier(item.marking))
        }
        if locked:
            raise Refusal("archive.tier-locked", tier="、".join(sorted(locked)))
        tiers: dict[str, Tier] = {file.id: marking_tier(item.marking) for item in items for file in item.files}
    holdings.keys.assign(object_id(case_id), tiers, row.disposal_year)

    def write(work: Work) -> None:
        row = get_case_row(work, case_id)
        columns = Columns(holdings, case_id, sealed=True)
        for item in items:
            _place(work, columns, row, item, version)
        work.session.flush()
        if items:
            check_description(holdings, load_dossier(work, holdings, case_id), version, legal_date(work.now))
        write_note(work, columns, version, note.strip()[:2000])
        facts = {"version": version, "items": len(items), **received_sums(items)}
        work.journal.record("case.annotated", case_id, facts, unit=row.unit)

    holdings.works.perform(actor, write)
    return seal_case(holdings, actor, case_id)


def _printed(item: DraftItem) -> tuple[str, ...]:
    """What contents lists and certificates print of an item."""
    facts = item.facts
    return (facts.title, facts.doc_no, facts.author, facts.note, *(file.name for file in item.files))


def _place(work: Work, columns: Columns, case: CaseRow, item: DraftItem, version: int) -> None:
    volume = _volume(work, case, item)
    wanted = select(func.max(ItemRow.sequence), func.max(ItemRow.first_page + ItemRow.page_count)).where(
        ItemRow.volume_id == volume.id
    )
    last, beyond = work.session.execute(wanted).one()
    sequence = (last or 0) + 1
    first_page = max(1, beyond or 1) if item.page_count else 0
    place = (volume.id, sequence, item_code(volume.reference_code, sequence), first_page)
    write_item(work, columns, case.unit, item, place, version=version)


def _volume(work: Work, case: CaseRow, item: DraftItem) -> VolumeRow:
    """The last volume of the item's part; a new one when the case has none yet."""
    rows = list(
        work.session.scalars(select(VolumeRow).where(VolumeRow.case_id == case.id).order_by(VolumeRow.sequence))
    )
    secret = item.marking.level > 0
    alike = [row for row in rows if row.part == item.part and (row.level > 0) is secret]
    if alike:
        return alike[-1]
    if secret:
        raise Refusal("archive.late-secret", reference=case.reference_code)
    number = len(rows) + 1
    volume = VolumeRow(
        id=VolumeId(new_id("vol")),
        case_id=case.id,
        sequence=number,
        part=item.part,
        reference_code=f"{case.reference_code}·{number}",
        level=0,
    )
    work.session.add(volume)
    work.session.flush()
    return volume
