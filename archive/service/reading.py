"""Reading 阅览: lists, case views and content, each after the guard's yes. The only way to a plaintext byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Row, and_, func, or_, select

from archive.facts import CaseFacts, ItemFacts
from archive.kernel.guard import Action, Purpose, Target
from archive.kernel.ids import CaseId, FileId, ItemId, UnitCode
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.keys.layout import content_context
from archive.keys.ranges import RangeReader
from archive.keys.terms import ContentDamaged
from archive.ports import Holdings, object_id
from archive.rules.markings import KIND_WORDS, from_bits
from archive.service.columns import Columns
from archive.service.dossier import get_case_row, stored_file
from archive.service.seeing import case_target, item_target, only_visible_cases, only_visible_items
from archive.service.staging import SealedSource
from archive.tables import CaseRow, FileRow, ItemRow, NoteRow, SealRow, VolumeRow
from archive.terms import Compartment, Handling, Level, Part, Role, SealState, StoredFile, Tier

_MANY = 500


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One line of a list of cases 案卷目录行; ``facts`` is None when withheld or while its tier is locked."""

    case_id: CaseId
    unit: UnitCode
    reference_code: str
    state: SealState
    closed_on: date
    accepted_at: datetime
    sealed_at: datetime | None
    facts: CaseFacts | None
    level: Level
    kinds: frozenset[str]
    items: int


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One row of the contents list as one reader sees it 卷内目录行. ``facts`` is None when content is withheld
    (``withheld`` names the ground) or its tier is locked.
    """

    item_id: ItemId
    sequence: int
    reference_code: str
    kind: str
    doc_type: str
    doc_date: date | None
    first_page: int
    page_count: int
    rendition: str
    handling: Handling
    level: Level
    kinds: frozenset[str]
    tier: Tier
    facts: ItemFacts | None
    withheld: tuple[str, ...]
    locked: bool
    files: tuple[StoredFile, ...]
    first_version: int

    def file(self, role: Role) -> StoredFile | None:
        """The newest file of that role; None when there is none or it may not be known."""
        return max(
            (file for file in self.files if file.role is role), key=lambda file: file.first_version, default=None
        )


@dataclass(frozen=True, slots=True)
class VolumeView:
    """One volume as one reader sees it 卷; ``number`` counts those that the reader may know of, from 1."""

    number: int
    reference_code: str
    part: Part
    items: tuple[ItemLine, ...]
    pages: int = 0


@dataclass(frozen=True, slots=True)
class SealLine:
    """One seal 封存记录."""

    version: int
    sealed_at: datetime
    stamped_at: datetime
    signer: str
    trial: bool
    entry_id: str


@dataclass(frozen=True, slots=True)
class Contents:
    """How much a reader may know of a case 目录总数, and what lies before and after the items that are given.

    ``before`` and ``after`` are items a page away on either side; None at the ends.
    """

    items: int
    pages: int
    recordings: int
    first: int = 1
    before: ItemId | None = None
    after: ItemId | None = None
    volumes: int = 0


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as one reader sees it 案卷页; the items are all, or those around one."""

    line: CaseLine
    procedure: str
    volumes: tuple[VolumeView, ...]
    seals: tuple[SealLine, ...]
    notes: tuple[tuple[datetime, str, str], ...]
    made: tuple[StoredFile, ...]
    contents: Contents


def list_cases(
    work: Work, holdings: Holdings, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> Sequence[CaseLine]:
    """Cases the reader may know of, newest first; ``after`` is (accepted_at, id) of the last line seen (keyset)."""
    wanted = select(CaseRow).order_by(CaseRow.accepted_at.desc(), CaseRow.id.desc()).limit(limit)
    if after is not None:
        at, case_id = after
        older = or_(CaseRow.accepted_at < at, and_(CaseRow.accepted_at == at, CaseRow.id < case_id))
        wanted = wanted.where(older)
    seen = work.guard.visibility(work.actor, Action.LIST)
    return case_lines(work, holdings, list(work.session.scalars(only_visible_cases(wanted, seen))))


def case_lines(work: Work, holdings: Holdings, rows: Sequence[CaseRow]) -> list[CaseLine]:
    """Rows that were filtered by the guard before, as lines of a list, each with the items the reader may know of."""
    counting = select(ItemRow.case_id, func.count()).where(ItemRow.case_id.in_([row.id for row in rows]))
    seen = work.guard.visibility(work.actor, Action.LIST)
    counts = {
        str(case): int(number)
        for case, number in work.session.execute(only_visible_items(counting, seen).group_by(ItemRow.case_id))
    }
    return [_case_line(work, holdings, row, counts.get(row.id, 0)) for row in rows]


def get_line(work: Work, holdings: Holdings, case_id: CaseId) -> CaseLine:
    """One case as a line of a list; refuses in the same words for "absent" and "above the reader"."""
    row = get_case_row(work, case_id)
    work.require(Action.LIST, case_target(row))
    return case_lines(work, holdings, [row])[0]


def get_case(
    work: Work,
    holdings: Holdings,
    case_id: CaseId,
    *,
    around: ItemId | None = None,
    most: int = 0,
    volume: int = 0,
) -> CaseView:
    """The case as this reader may see it; refuses in the same words for "absent" and "above the reader".

    ``most``: only so many items, those around the item ``around`` (the first ones without it); a case of thousands is
    opened as fast as a small one. An item that the reader may not know of is refused like an absent case. ``volume``:
    only the items of that volume, counted from 1 of those the reader may know of; none where there is no such.
    """
    row = get_case_row(work, case_id)
    work.require(Action.LIST, case_target(row))
    known = _contents(work, case_id)
    numbers = {each: at for at, each in enumerate(dict.fromkeys(one.volume_id for one in known), start=1)}
    shown, contents = _around(known, around, most)
    shown = [one for one in shown if volume in (0, numbers[one.volume_id])]
    lines = item_lines(work, holdings, row, [ItemId(one.id) for one in shown])
    volumes = []
    for each in work.session.scalars(
        select(VolumeRow).where(VolumeRow.case_id == case_id).order_by(VolumeRow.sequence)
    ):
        items = tuple(lines[ItemId(one.id)] for one in shown if one.volume_id == each.id)
        if items:
            pages = max(one.first_page + one.page_count - 1 for one in known if one.volume_id == each.id)
            volumes.append(VolumeView(numbers[each.id], each.reference_code, Part(each.part), items, max(0, pages)))
    files = work.session.scalars(select(FileRow).where(FileRow.case_id == case_id, FileRow.item_id.is_(None)))
    return CaseView(
        _case_line(work, holdings, row, len(known)),
        row.procedure,
        tuple(volumes),
        _seals(work, case_id),
        _notes(work, Columns(holdings, case_id, sealed=_is_sealed(row))),
        _readable_made(work, holdings, row, list(files)),
        replace(contents, volumes=len(numbers)),
    )


def get_items(work: Work, holdings: Holdings, case_id: CaseId, items: Sequence[ItemId]) -> dict[ItemId, ItemLine]:
    """Those of ``items`` that the reader may know of; refuses a case one may not know of."""
    row = get_case_row(work, case_id)
    work.require(Action.LIST, case_target(row))
    return item_lines(work, holdings, row, items)


def item_lines(work: Work, holdings: Holdings, case: CaseRow, items: Sequence[ItemId]) -> dict[ItemId, ItemLine]:
    """Rows of the contents list with their files, as this reader sees them; others are left out unsaid."""
    columns = Columns(holdings, CaseId(case.id), sealed=_is_sealed(case))
    found: dict[ItemId, ItemLine] = {}
    for start in range(0, len(items), _MANY):
        part = items[start : start + _MANY]
        files: dict[str | None, list[FileRow]] = {}
        for file in work.session.scalars(select(FileRow).where(FileRow.item_id.in_(part))):
            files.setdefault(file.item_id, []).append(file)
        wanted = select(ItemRow).where(ItemRow.case_id == case.id, ItemRow.id.in_(part))
        for item in work.session.scalars(only_visible_items(wanted, work.guard.visibility(work.actor, Action.LIST))):
            found[ItemId(item.id)] = _item_line(work, columns, item, files.get(item.id, []))
    return found


def _contents(work: Work, case_id: CaseId) -> Sequence[Row[str, str, str, int, int]]:
    """What the reader may know of, in order, without a word of it: the plain columns of the contents list."""
    wanted = (
        select(ItemRow.id, ItemRow.volume_id, ItemRow.kind, ItemRow.first_page, ItemRow.page_count)
        .join(VolumeRow, VolumeRow.id == ItemRow.volume_id)
        .where(ItemRow.case_id == case_id)
        .order_by(VolumeRow.sequence, ItemRow.sequence)
    )
    seen = work.guard.visibility(work.actor, Action.LIST)
    return work.session.execute(only_visible_items(wanted, seen)).all()


def _around(
    known: Sequence[Row[str, str, str, int, int]], around: ItemId | None, most: int
) -> tuple[Sequence[Row[str, str, str, int, int]], Contents]:
    place = 0
    if around is not None:
        place = next((number for number, one in enumerate(known) if one.id == around), -1)
        if place < 0:
            raise Refusal("archive.case-unknown")
    pages, recordings = sum(one.page_count for one in known), sum(one.kind == "recording" for one in known)
    if not most or len(known) <= most:
        return known, Contents(len(known), pages, recordings)
    start = max(0, min(place - most // 2, len(known) - most))
    end = start + most
    before = ItemId(known[max(0, start - most // 2)].id) if start else None
    after = ItemId(known[min(len(known) - 1, end + most // 2 - 1)].id) if end < len(known) else None
    return known[start:end], Contents(len(known), pages, recordings, start + 1, before, after)


def open_file(work: Work, holdings: Holdings, file_id: FileId, purpose: Purpose = Purpose.DUTY) -> SealedSource:
    """Plaintext of a sealed file by range, after the guard's yes for its item; the read is journaled (article 26).

    Refuses ``archive.case-unknown`` for what is absent or above the reader, ``access.compartment-lacking``,
    ``archive.tier-locked``. Raises ContentDamaged when a byte is not what was sealed.
    """
    row = work.session.get(FileRow, file_id)
    if row is None:
        raise Refusal("archive.case-unknown")
    target = file_target(work, row)
    work.require(Action.READ, target, purpose)
    case = get_case_row(work, CaseId(row.case_id))
    if purpose is not Purpose.MAINTENANCE:
        facts = {"file": row.id, "role": row.role, "item": row.item_id}
        work.journal.record("content.read", row.case_id, facts, tier=row.tier, unit=case.unit)
    return _open(holdings, case, row)


ASK_BYTES = 8 * 1024 * 1024
ASK_SECONDS = 5.0
"""After how much, or how long, a running answer asks the guard again 再次询问."""


def may_still_read(work: Work, file_id: FileId) -> bool:
    """Asked again by a running response every ``ASK_BYTES`` or ``ASK_SECONDS``: whether the reader may go on."""
    row = work.session.get(FileRow, file_id)
    return row is not None and work.guard.decide(work.actor, Action.READ, file_target(work, row)).allowed


def find_file(work: Work, item_id: ItemId, role: Role) -> FileId:
    """The newest stored file of an item in ``role``; refuses for what is absent (the caller opens it by the guard)."""
    wanted = (
        select(FileRow.id)
        .where(FileRow.item_id == item_id, FileRow.role == role)
        .order_by(FileRow.first_version.desc())
        .limit(1)
    )
    found = work.session.scalars(wanted).first()
    if found is None:
        raise Refusal("archive.case-unknown")
    return FileId(found)


def file_target(work: Work, row: FileRow) -> Target:
    """The guard's view of a stored file: that of its item; a generated page or inner manifest speaks of the case and of
    every item of its tier and has the join of their markings: kinds that share a tier are different kinds still.
    """
    if row.item_id is not None:
        return item_target(work.session.get_one(ItemRow, row.item_id))
    return made_target(work, work.session.get_one(CaseRow, row.case_id), row.tier)


def made_target(work: Work, case: CaseRow, tier: str) -> Target:
    """The guard's view of whatever was generated of a case for the readers of one tier."""
    target = case_target(case)
    if tier == Tier.GENERAL and case.tier != Tier.GENERAL:
        return Target("case", unit=target.unit, case_id=target.case_id)
    if tier == Tier.GENERAL:
        return target
    alike = work.session.scalars(select(ItemRow).where(ItemRow.case_id == case.id, ItemRow.tier == tier)).all()
    pages = Target(
        "item",
        unit=target.unit,
        case_id=target.case_id,
        level=max((item.level for item in alike), default=0),
        compartments=frozenset(kind for item in alike for kind in from_bits(item.compartments)),
    )
    if tier != case.tier:
        return pages
    whole = max(pages.level, target.level), pages.compartments | target.compartments
    return replace(pages, level=whole[0], compartments=whole[1])


def get_case_target(work: Work, case_id: CaseId) -> Target:
    """The guard's view of a case, for deeds of other packages; refuses ``archive.case-unknown``."""
    return case_target(get_case_row(work, case_id))


def get_item_targets(work: Work, case_id: CaseId) -> dict[ItemId, Target]:
    """The guard's view of every item of a case."""
    rows = work.session.scalars(select(ItemRow).where(ItemRow.case_id == case_id))
    return {ItemId(row.id): item_target(row) for row in rows}


def _open(holdings: Holdings, case: CaseRow, row: FileRow) -> SealedSource:
    case_id = CaseId(case.id)
    facts = stored_file(Columns(holdings, case_id, sealed=_is_sealed(case)), row)
    key = holdings.keys.open_key(row.id)
    context = content_context(holdings.archive_id, object_id(case_id), row.first_version, row.id)
    source = holdings.store.open(object_id(case_id), f"v{row.first_version}/content/data/{row.id}")
    try:
        return SealedSource(RangeReader(source, key, context, facts.size))
    except ContentDamaged:
        getattr(source, "close", _nothing)()
        raise


def _nothing() -> None:
    return None


def _is_sealed(row: CaseRow) -> bool:
    return row.state == SealState.SEALED


def _case_line(work: Work, holdings: Holdings, row: CaseRow, items: int) -> CaseLine:
    columns = Columns(holdings, CaseId(row.id), sealed=_is_sealed(row))
    readable = work.guard.decide(work.actor, Action.READ, case_target(row)).allowed or not row.compartments
    facts = columns.peek(CaseFacts, row.id, Tier(row.tier), row.facts_enc) if readable and row.facts_enc else None
    return CaseLine(
        CaseId(row.id),
        UnitCode(row.unit),
        row.reference_code,
        SealState(row.state),
        row.closed_on,
        row.accepted_at,
        row.sealed_at,
        facts,
        Level(row.level),
        from_bits(row.compartments),
        items,
    )


def _item_line(work: Work, columns: Columns, row: ItemRow, files: Sequence[FileRow]) -> ItemLine:
    kinds = from_bits(row.compartments)
    readable = work.guard.decide(work.actor, Action.READ, item_target(row)).allowed
    titled = readable or not kinds
    facts = columns.peek(ItemFacts, row.id, Tier(row.tier), row.facts_enc) if titled and row.facts_enc else None
    withheld = () if titled else tuple(KIND_WORDS[kind][0] for kind in Compartment if str(kind) in kinds)
    known = [stored_file(columns, file) for file in files] if readable and facts is not None else []
    return ItemLine(
        ItemId(row.id),
        row.sequence,
        row.reference_code,
        row.kind,
        row.doc_type if titled else "",
        row.doc_date if titled else None,
        row.first_page,
        row.page_count,
        row.rendition,
        Handling(row.handling),
        Level(row.level),
        kinds,
        Tier(row.tier),
        facts,
        withheld,
        titled and facts is None,
        tuple(known),
        row.first_version,
    )


def _readable_made(work: Work, holdings: Holdings, case: CaseRow, rows: Sequence[FileRow]) -> tuple[StoredFile, ...]:
    """Generated pages of the newest version whose tier is open and that the reader may read."""
    columns = Columns(holdings, CaseId(case.id), sealed=_is_sealed(case))
    return tuple(
        stored_file(columns, row)
        for row in rows
        if row.first_version == case.version
        and row.role != Role.INNER_MANIFEST
        and holdings.keys.is_unlocked(Tier(row.tier))
        and work.guard.decide(work.actor, Action.READ, file_target(work, row)).allowed
    )


def _seals(work: Work, case_id: CaseId) -> tuple[SealLine, ...]:
    rows = work.session.scalars(select(SealRow).where(SealRow.case_id == case_id).order_by(SealRow.version))
    return tuple(
        SealLine(row.version, row.sealed_at, row.stamped_at, row.signer, row.trial, row.entry_id) for row in rows
    )


def _notes(work: Work, columns: Columns) -> tuple[tuple[datetime, str, str], ...]:
    rows = work.session.scalars(select(NoteRow).where(NoteRow.case_id == columns.case_id).order_by(NoteRow.id))
    return tuple(
        (row.at, row.made_by, columns.read_text(f"note-{row.version}", Tier(row.tier), row.text_enc)) for row in rows
    )


def case_by_reference(work: Work, reference: str) -> CaseId:
    """A case by its archival number as a whole; the number is never taken apart. Refuses what one may not know of."""
    row = work.session.scalars(select(CaseRow).where(CaseRow.reference_code == reference)).first()
    if row is None or not _may_know(work, row):
        raise Refusal("archive.case-unknown")
    return CaseId(row.id)


def verifiable_cases(work: Work) -> Sequence[CaseId]:
    """Every sealed case whose seal the actor may check, oldest first; what one may not know of is left out unsaid."""
    wanted = select(CaseRow).where(CaseRow.state == SealState.SEALED).order_by(CaseRow.accepted_at, CaseRow.id)
    rows = work.session.scalars(wanted)
    return [CaseId(row.id) for row in rows if work.guard.decide(work.actor, Action.VERIFY, case_target(row)).allowed]


def _may_know(work: Work, row: CaseRow) -> bool:
    target = case_target(row)
    return any(work.guard.decide(work.actor, action, target).allowed for action in (Action.LIST, Action.VERIFY))
