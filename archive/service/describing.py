"""Describing 著录登记: a checked case goes into custody; numbers are given, rows are written, nothing is sealed yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from archive.drafts import CaseDraft, DraftFile, DraftItem
from archive.facts import CaseFacts, FileFacts
from archive.kernel.clock import legal_date
from archive.kernel.guard import Action, Target
from archive.kernel.ids import CaseId, VolumeId, new_id
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import Holdings
from archive.rules.arrangement import PlannedVolume, plan_volumes
from archive.rules.markings import check_marking, marking_tier, to_bits
from archive.rules.numbering import PROCEDURE_CODES, FileNumber, item_code, normalise_part, volume_code
from archive.service.columns import Columns
from archive.service.dossier import load_dossier
from archive.service.four_properties import check_description
from archive.service.numbers import next_number
from archive.service.receipts import received_sums
from archive.service.seeing import case_target, item_target
from archive.tables import CaseRow, FileRow, ItemRow, VolumeRow
from archive.terms import Role, SealState, Tier


@dataclass(frozen=True, slots=True)
class Described:
    """What describing gave 著录结果."""

    case_id: CaseId
    reference_code: str
    volumes: int


def describe_case(work: Work, holdings: Holdings, draft: CaseDraft, retention: str, disposal_year: int) -> Described:
    """Takes custody of a case 接收归档 (article 24): gives its archival number and writes its descriptions.

    The caller assigns the retention rule in the same transaction. Refuses a package that is in the archive already,
    a marking that contradicts itself, and a description that the four-property check would never let be sealed
    (``archive.property-failed``); then nothing is written.
    """
    work.require(Action.INGEST, Target("case", unit=draft.unit, case_id=draft.id))
    _refuse_repeat(work, draft)
    wrong = [reason for item in draft.items for reason in check_marking(item.marking)]
    if refusal := Refusal.join([*check_marking(draft.marking), *wrong]):
        raise refusal
    number = _number(work, holdings, draft, retention, secret=draft.marking.level > 0)
    columns = Columns(holdings, draft.id, sealed=False)
    tier = marking_tier(draft.marking)
    work.session.add(
        CaseRow(
            id=draft.id,
            unit=draft.unit,
            state=SealState.ACCEPTED,
            series=number.series,
            file_no=number.file_no,
            reference_code=number.text(),
            procedure=draft.facts.procedure,
            tier=tier,
            handling=draft.marking.handling,
            level=draft.marking.level,
            compartments=to_bits(draft.marking.kinds),
            facts_enc=columns.write(draft.id, tier, draft.facts),
            closed_on=draft.facts.closed_on,
            accepted_at=work.now,
            disposal_year=disposal_year,
            package_digest=draft.package_digest,
            intake_id=draft.intake_id,
        )
    )
    work.session.flush()
    planned = plan_volumes(draft.items)
    for sequence, volume in enumerate(planned, start=1):
        _write_volume(
            work, holdings, draft, volume, sequence, _volume_number(work, holdings, draft, number, planned, sequence)
        )
    check_description(holdings, load_dossier(work, holdings, draft.id), 1, legal_date(work.now))
    facts = {"code": number.text(), "items": len(draft.items), **received_sums(draft.items)}
    work.journal.record("case.accepted", draft.id, facts, unit=draft.unit)
    return Described(draft.id, number.text(), len(planned))


def _refuse_repeat(work: Work, draft: CaseDraft) -> None:
    seen = work.session.scalars(select(CaseRow).where(CaseRow.package_digest == draft.package_digest)).first()
    if seen is not None:
        visible = work.guard.decide(work.actor, Action.LIST, case_target(seen)).allowed
        raise Refusal("archive.package-repeated", reference=seen.reference_code if visible else "—")


def _number(work: Work, holdings: Holdings, draft: CaseDraft, retention: str, *, secret: bool) -> FileNumber:
    blank = FileNumber(
        normalise_part(holdings.bureau.fonds_no),
        normalise_part(holdings.bureau.catalogue),
        PROCEDURE_CODES[draft.facts.procedure],
        draft.facts.closed_on.year,
        retention,
        secret,
        0,
    )
    return replace(blank, file_no=next_number(work, blank.series))


def _volume_number(
    work: Work, holdings: Holdings, draft: CaseDraft, number: FileNumber, planned: tuple[PlannedVolume, ...], at: int
) -> str:
    volume = planned[at - 1]
    if volume.secret and not number.secret:
        own = _number(work, holdings, draft, number.retention, secret=True)
        return own.text()
    alike = [index for index, other in enumerate(planned, start=1) if other.secret == volume.secret or number.secret]
    return volume_code(number.text(), alike.index(at) + 1, len(alike))


def _write_volume(
    work: Work, holdings: Holdings, draft: CaseDraft, volume: PlannedVolume, sequence: int, code: str
) -> None:
    volume_id = VolumeId(new_id("vol"))
    by_id = {item.id: item for item in draft.items}
    level = max(int(by_id[planned.id].marking.level) for planned in volume.items)
    work.session.add(
        VolumeRow(id=volume_id, case_id=draft.id, sequence=sequence, part=volume.part, reference_code=code, level=level)
    )
    work.session.flush()
    for planned in volume.items:
        place = (volume_id, planned.sequence, item_code(code, planned.sequence), planned.first_page)
        write_item(work, Columns(holdings, draft.id, sealed=False), draft.unit, by_id[planned.id], place, version=1)


def write_item(
    work: Work, columns: Columns, unit: str, item: DraftItem, place: tuple[str, int, str, int], *, version: int
) -> None:
    """Writes one item with its files; ``place`` is volume, sequence, number, first page."""
    volume_id, sequence, code, first_page = place
    tier = marking_tier(item.marking)
    work.session.add(
        ItemRow(
            id=item.id,
            case_id=columns.case_id,
            volume_id=volume_id,
            unit=unit,
            sequence=sequence,
            reference_code=code,
            kind=item.kind,
            doc_type=item.facts.doc_type,
            doc_date=item.facts.doc_date,
            tier=tier,
            handling=item.marking.handling,
            level=item.marking.level,
            compartments=to_bits(item.marking.kinds),
            facts_enc=columns.write(item.id, tier, item.facts),
            first_page=first_page,
            page_count=item.page_count,
            rendition=item.rendition,
            first_version=version,
        )
    )
    work.session.flush()
    work.session.add_all(_file_row(columns, item, file, version) for file in item.files)


def _file_row(columns: Columns, item: DraftItem, file: DraftFile, version: int) -> FileRow:
    tier = marking_tier(item.marking)
    return FileRow(
        id=file.id,
        case_id=columns.case_id,
        item_id=item.id,
        role=file.role,
        tier=tier,
        media_type=file.media_type,
        facts_enc=columns.write(file.id, tier, FileFacts(name=file.name, size=file.size, sha256=file.sha256)),
        keyed_digest=file.keyed_digest,
        stored_size=file.stored_size,
        stored_sha512=file.stored_sha512,
        first_version=version,
    )


@dataclass(frozen=True, slots=True)
class KnownPackage:
    """A case that holds the same package already 已归档的同一信息包; ``visible`` says whether the actor may know it."""

    case_id: CaseId
    reference_code: str
    title: str
    state: str
    sealed_at: datetime | None
    visible: bool


def find_by_package(work: Work, holdings: Holdings, package_digest: str) -> KnownPackage | None:
    """The case made of a package with this keyed digest; what the actor may not know of comes without its words."""
    row = work.session.scalars(select(CaseRow).where(CaseRow.package_digest == package_digest)).first()
    if row is None:
        return None
    if not work.guard.decide(work.actor, Action.LIST, case_target(row)).allowed:
        return KnownPackage(CaseId(row.id), "—", "", row.state, None, False)
    columns = Columns(holdings, CaseId(row.id), sealed=row.state == SealState.SEALED)
    facts = columns.peek(CaseFacts, row.id, Tier(row.tier), row.facts_enc)
    title = facts.title if facts is not None and not row.compartments else ""
    return KnownPackage(CaseId(row.id), row.reference_code, title, row.state, row.sealed_at, True)


def find_duplicates(work: Work, digests: Mapping[str, str]) -> dict[str, str]:
    """Which originals are in the archive already 重复件: file name to the reference code of the item that holds it.

    ``digests`` maps names to keyed digests. Only items that the actor may read count: that a guarded item exists is
    told to nobody by a duplicate.
    """
    wanted = select(FileRow.keyed_digest, ItemRow).join(ItemRow, FileRow.item_id == ItemRow.id)
    wanted = wanted.where(FileRow.keyed_digest.in_(sorted(set(digests.values()))), FileRow.role == Role.ORIGINAL)
    seen: dict[str, str] = {}
    for digest, item in work.session.execute(wanted):
        if work.guard.decide(work.actor, Action.READ, item_target(item)).allowed:
            seen.setdefault(digest, item.reference_code)
    return {name: seen[digest] for name, digest in digests.items() if digest in seen}
