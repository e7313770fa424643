"""Papers 生成页: cover, contents lists, note form and seal certificates of a case, each for one key tier.

What a low reader may not know stands only in the paper of its tier: the general contents list shows a withheld item
with its ground and pages; items that are state secrets stand in volumes that it does not show at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from archive.facts import CaseFacts
from archive.kernel.clock import legal_date
from archive.pages.render import render
from archive.pages.terms import (
    CertificateFacts,
    CheckpointMark,
    ContentsFacts,
    ContentsRow,
    CoverFacts,
    KeyMark,
    NoteEntry,
    NoteFacts,
    Officer,
    PageFacts,
)
from archive.pages.terms import StoredFile as CertifiedFile
from archive.rules.markings import KIND_WORDS, LEVEL_WORDS, from_bits
from archive.service.dossier import Dossier, DossierItem, DossierVolume
from archive.terms import Compartment, Level, Part, Role, StoredFile, Tier

PART_WORDS = {Part.MAIN: "正卷", Part.INTERNAL: "副卷"}
KIND_OF_FILE = {
    "ordinary": "行政处罚案卷",
    "summary": "行政处罚案卷（简易程序）",
    "inspection": "行政检查案卷",
    "coercion": "行政强制案卷",
    "application": "依申请办理案卷",
}
OUTCOMES = {
    "penalty": "行政处罚",
    "no_penalty": "不予行政处罚",
    "withdrawn": "撤销案件",
    "transferred": "移送",
    "terminated": "终止",
    "inspected": "检查办结",
    "": "",
}


@dataclass(frozen=True, slots=True)
class Paper:
    """One generated page file 生成页文件, for the readers of one tier."""

    role: Role
    tier: Tier
    name: str
    pdf: bytes


@dataclass(frozen=True, slots=True)
class SealFacts:
    """What the certificate says about the seal 封存事实."""

    object_id: str
    version: int
    sealed_at: datetime
    sealed_by: str
    keys: tuple[KeyMark, ...]
    checkpoint: CheckpointMark
    witness: str
    bureau_name: str
    fonds_no: str
    catalogue_no: str
    retention: str
    trial: bool


def description_papers(dossier: Dossier, seal: SealFacts) -> list[Paper]:
    """Cover, contents lists and note form."""
    papers = [
        _paper(Role.COVER, dossier.tier, f"案卷封面-{n}", cover_facts(dossier, seal, volume, n), seal)
        for n, volume in enumerate(shown_volumes(dossier, dossier.tier), start=1)
    ]
    for tier in dossier.tiers:
        for volume in shown_volumes(dossier, tier):
            rows = contents_rows(volume, tier)
            if rows:
                name = f"卷内文件目录-{volume.row.reference_code}"
                facts = ContentsFacts(
                    bureau_name=seal.bureau_name,
                    case_title=title_for(dossier, tier),
                    reference_code=volume.row.reference_code,
                    rows=rows,
                )
                papers.append(_paper(Role.CONTENTS, tier, name, facts, seal))
    note = NoteFacts(
        bureau_name=seal.bureau_name,
        case_title=title_for(dossier, Tier.GENERAL),
        reference_code=dossier.row.reference_code,
        item_count=sum(len(volume.items) for volume in shown_volumes(dossier, Tier.GENERAL)),
        page_count=_page_count(shown_volumes(dossier, Tier.GENERAL)),
        recording_count=_recordings(shown_volumes(dossier, Tier.GENERAL)),
        entries=note_entries(dossier),
    )
    return [*papers, _paper(Role.NOTE_FORM, Tier.GENERAL, "卷内备考表", note, seal)]


def certificate_facts(dossier: Dossier, seal: SealFacts, tier: Tier, files: Iterable[StoredFile]) -> CertificateFacts:
    """The seal certificate (tier ``general``) or the annex of another tier."""
    volumes = shown_volumes(dossier, tier)
    first = volumes[0] if volumes else None
    return CertificateFacts(
        certificate_no=f"{dossier.row.reference_code}·v{seal.version}",
        object_id=seal.object_id,
        version=seal.version,
        cover=cover_facts(dossier, seal, first, 1, tier),
        sealed_at=seal.sealed_at,
        sealed_by=seal.sealed_by,
        contents=tuple(row for volume in volumes for row in contents_rows(volume, tier)),
        files=tuple(_certified(file, tier) for file in files if tier is Tier.GENERAL or file.tier is tier),
        notes=note_entries(dossier) if tier is Tier.GENERAL else (),
        keys=seal.keys,
        checkpoint=seal.checkpoint,
        witness=seal.witness,
        annex_tier="" if tier is Tier.GENERAL else str(tier),
    )


def cover_facts(
    dossier: Dossier, seal: SealFacts, volume: DossierVolume | None, number: int, tier: Tier | None = None
) -> CoverFacts:
    """The cover of one volume, as readers of ``tier`` (by default the case's own) may see it."""
    facts, row = dossier.facts, dossier.row
    shown = shown_volumes(dossier, tier or dossier.tier)
    blank = CoverFacts(
        bureau_name=seal.bureau_name,
        case_title=title_for(dossier, tier or dossier.tier),
        file_kind=KIND_OF_FILE[row.procedure],
        reference_code=volume.row.reference_code if volume else row.reference_code,
        retention=seal.retention,
        item_count=len(volume.items) if volume else 0,
        page_count=_page_count([volume] if volume else []),
        recording_count=_recordings([volume] if volume else []),
        part=PART_WORDS[Part(volume.row.part)] if volume else "",
        volume_no=number,
        volume_count=max(1, len(shown)),
        fonds_no=seal.fonds_no,
        catalogue_no=seal.catalogue_no,
        file_no=f"{row.file_no:04d}",
        closed_on=facts.closed_on,
        archived_on=legal_date(seal.sealed_at),
    )
    if tier not in (None, dossier.tier):
        return blank
    level = Level(row.level)
    return described_cover(replace(blank, secrecy_mark=f"{LEVEL_WORDS[level]}★" if level else ""), facts)


def described_cover(blank: CoverFacts, facts: CaseFacts) -> CoverFacts:
    """The cover with what the description of the case says; only for who may know it."""
    return replace(
        blank,
        internal_file_no=facts.internal_file_no,
        party=facts.party,
        cause=facts.cause,
        decision_no=facts.decision_no,
        handling_unit=facts.handling_unit,
        officers=tuple(Officer(name=o.name, certificate_no=o.certificate_no) for o in facts.officers),
        outcome=OUTCOMES[facts.outcome],
        opened_on=facts.opened_on,
    )


def contents_rows(volume: DossierVolume, tier: Tier) -> tuple[ContentsRow, ...]:
    """The rows of a volume's contents list that readers of ``tier`` see."""
    if tier is Tier.GENERAL:
        return tuple(_row(item) if item.tier is tier else _withheld(item) for item in volume.items)
    return tuple(_row(item) for item in volume.items if item.tier is tier)


def note_entries(dossier: Dossier) -> tuple[NoteEntry, ...]:
    """The dated entries of the note form."""
    return tuple(
        NoteEntry(
            entered_on=legal_date(note.at),
            kind="归档" if note.version == 1 else "补充",
            statement=text,
            version=note.version,
            compiled_by=note.made_by,
        )
        for note, text in dossier.notes
    )


def _paper(role: Role, tier: Tier, name: str, facts: PageFacts, seal: SealFacts) -> Paper:
    return Paper(role, tier, f"{name}.pdf", render(facts, timestamp=seal.sealed_at, trial=seal.trial))


def shown_volumes(dossier: Dossier, tier: Tier) -> list[DossierVolume]:
    """Volumes of which readers of ``tier`` may know: those without state secrets, or those that hold its items."""
    if tier in (Tier.SECRET, Tier.CONFIDENTIAL, Tier.TOP_SECRET):
        return [volume for volume in dossier.volumes if any(item.tier is tier for item in volume.items)]
    return [volume for volume in dossier.volumes if volume.row.level == 0]


def title_for(dossier: Dossier, tier: Tier) -> str:
    """The case's title as readers of ``tier`` may know it."""
    return dossier.facts.title if tier is dossier.tier or dossier.tier is Tier.GENERAL else "（题名依规定不予显示）"


def _page_count(volumes: Sequence[DossierVolume]) -> int:
    return sum(item.row.page_count for volume in volumes for item in volume.items)


def _recordings(volumes: Sequence[DossierVolume]) -> int:
    return sum(item.row.kind == "recording" for volume in volumes for item in volume.items)


def _row(item: DossierItem) -> ContentsRow:
    level = Level(item.row.level)
    return ContentsRow(
        seq=item.row.sequence,
        title=item.facts.title,
        doc_no=item.facts.doc_no,
        author=item.facts.author,
        dated_on=item.facts.doc_date,
        pages=item.pages,
        secrecy_mark=f"{LEVEL_WORDS[level]}★" if level else "",
        note=item.facts.note,
    )


def _withheld(item: DossierItem) -> ContentsRow:
    kinds = from_bits(item.row.compartments)
    ground = "、".join(KIND_WORDS[kind][0] for kind in Compartment if str(kind) in kinds)
    return ContentsRow(seq=item.row.sequence, title=f"（不予显示：{ground}）", pages=item.pages)


def _certified(file: StoredFile, tier: Tier) -> CertifiedFile:
    known = file.tier is tier
    return CertifiedFile(
        file=file.id,
        title=file.name if known else "",
        size=file.size if known else file.stored_size,
        role=str(file.role) if known else "",
        sha256=file.sha256 if known else "",
        sha512=file.stored_sha512,
    )
