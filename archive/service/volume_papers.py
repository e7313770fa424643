"""Papers of a bound volume 合订本用页: its cover, contents list and sheets, as one reader may see them.

They say no more than the case page says to the same reader: what is withheld stands with its ground and its pages.
"""

from __future__ import annotations

from collections.abc import Sequence

from archive.kernel.clock import legal_date
from archive.pages.terms import ContentsFacts, ContentsRow, CoverFacts, Sheet, SheetsFacts
from archive.ports import Holdings
from archive.rules.markings import LEVEL_WORDS
from archive.rules.numbering import retention_words
from archive.service.papers import KIND_OF_FILE, PART_WORDS, described_cover
from archive.service.reading import CaseView, ItemLine, VolumeView
from archive.tables import CaseRow
from archive.terms import Level, Role, StoredFile

WITHHELD_TITLE = "（题名依规定不予显示）"


def bound_file(item: ItemLine) -> StoredFile | None:
    """The file of ``item`` that is bound in: its newest PDF/A; None when a sheet takes its place."""
    return item.file(Role.PDFA)


def pages_of(item: ItemLine) -> str:
    """The page range of ``item`` in its volume, as the contents list prints it."""
    first, count = item.first_page, item.page_count
    if not count:
        return ""
    return str(first) if count == 1 else f"{first}-{first + count - 1}"


def bookmark_of(item: ItemLine) -> str:
    """Number and title of ``item``, or why there is no title."""
    return f"{item.sequence} {_title(item)}"


def volume_cover(holdings: Holdings, row: CaseRow, view: CaseView, volume: VolumeView) -> CoverFacts:
    """The cover of ``volume``, one of those that the reader may know of."""
    facts = view.line.facts
    level = max((item.level for item in volume.items), default=Level.NONE)
    blank = CoverFacts(
        bureau_name=holdings.bureau.name,
        case_title=case_title(view),
        file_kind=KIND_OF_FILE[row.procedure],
        reference_code=volume.reference_code,
        retention=retention_words(row.series.rpartition("·")[2]),
        item_count=len(volume.items),
        page_count=sum(item.page_count for item in volume.items),
        recording_count=sum(item.kind == "recording" for item in volume.items),
        part=PART_WORDS[volume.part],
        volume_no=volume.number,
        volume_count=view.contents.volumes,
        fonds_no=holdings.bureau.fonds_no,
        catalogue_no=holdings.bureau.catalogue,
        file_no=f"{row.file_no:04d}",
        closed_on=row.closed_on,
        archived_on=legal_date(row.sealed_at) if row.sealed_at else None,
        secrecy_mark=f"{LEVEL_WORDS[level]}★" if level else "",
    )
    if facts is None:
        return blank
    return described_cover(blank, facts)


def volume_contents(holdings: Holdings, view: CaseView, volume: VolumeView, most: int) -> tuple[ContentsFacts, ...]:
    """The contents list of the same volume, in pieces of ``most`` items; the note says where a sheet stands in the
    place of an item.
    """
    return tuple(
        ContentsFacts(
            bureau_name=holdings.bureau.name,
            case_title=case_title(view),
            reference_code=volume.reference_code,
            volume_no=volume.number,
            volume_count=view.contents.volumes,
            rows=tuple(_row(item) for item in volume.items[start : start + most]),
        )
        for start in range(0, len(volume.items), most)
    )


def sheets_of(holdings: Holdings, volume: VolumeView, items: Sequence[ItemLine]) -> SheetsFacts:
    """A sheet for each of ``items``, none of which is bound in."""
    return SheetsFacts(
        bureau_name=holdings.bureau.name,
        reference_code=volume.reference_code,
        sheets=tuple(_sheet(item) for item in items),
    )


def case_title(view: CaseView) -> str:
    """The title of the case, or that it is withheld."""
    return view.line.facts.title if view.line.facts else WITHHELD_TITLE


def _title(item: ItemLine) -> str:
    if item.facts is not None:
        return item.facts.title
    return "（待解锁）" if item.locked else f"（不予显示：{'、'.join(item.withheld)}）"


def _row(item: ItemLine) -> ContentsRow:
    told = item.facts
    return ContentsRow(
        seq=item.sequence,
        title=_title(item),
        doc_no=told.doc_no if told else "",
        author=told.author if told else "",
        dated_on=told.doc_date if told else None,
        pages=pages_of(item),
        secrecy_mark=f"{LEVEL_WORDS[item.level]}★" if item.level else "",
        note="" if bound_file(item) else "代页",
    )


def _sheet(item: ItemLine) -> Sheet:
    reason, reason_en = _reason(item)
    return Sheet(
        number=str(item.sequence),
        reason=reason,
        reason_en=reason_en,
        title=item.facts.title if item.facts else "",
        ground="、".join(item.withheld),
        pages=pages_of(item),
    )


def _reason(item: ItemLine) -> tuple[str, str]:
    if item.locked:
        return "密钥层待解锁，未能提供", "Locked: its key tier is not open"
    if not item.files:
        return "涉密或未授权，不予提供", "Withheld: secret, or beyond the clearance held"
    if item.kind == "recording":
        return "音像记录，不入合订本", "A recording: it is played in the archive, not bound"
    return "没有可合订的页面，请查阅原件", "No pages that can be bound; see the original"
