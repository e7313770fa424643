"""Four-property check at filing 归档四性检测 (DA/T 70): what is known of a case before its seal, judged by the list.

One report for each key tier, over the items of that tier; what concerns the package as a whole stands in the report of
tier ``general`` and names no item. A fault that blocks stops the seal before a byte is published.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from archive.kernel.actor import Actor
from archive.kernel.clock import legal_date
from archive.kernel.refusals import Refusal
from archive.keys.layout import PAPER_STEP, RECORDING_STEP, padded_size, stored_size
from archive.keys.terms import ContentDamaged
from archive.keys.wraps import KeyDamaged
from archive.ledger.service.reading import LedgerEntry
from archive.ports import Holdings
from archive.rules.four_properties import NOTHING_HERE, STANDARD, Answer, Checkpoint, CheckResult, blocking, results_of
from archive.rules.numbering import PROCEDURE_CODES, FileNumber, normalise_part
from archive.rules.property_checks import description_answers
from archive.rules.property_content import (
    attachment_answer,
    content_answers,
    joined,
    package_answers,
    staged_answers,
)
from archive.rules.property_subject import Held, Lying, Place, Receipt, Staged, Subject, SubjectItem, SubjectVolume
from archive.rules.property_words import fault_words
from archive.service.assembling import inner_of
from archive.service.dossier import Dossier, DossierItem, DossierVolume, load_dossier
from archive.service.papers import SealFacts, shown_volumes
from archive.service.receipts import package_digest
from archive.service.staging import Staging
from archive.terms import Role, StoredFile, Tier

Results = Mapping[Tier, tuple[CheckResult, ...]]
_UNREADABLE = (ContentDamaged, KeyDamaged, ValueError, OSError, Refusal)
_OF_THE_WHOLE = ("1-13", "1-14", "2-1", "2-2", "2-5", "2-11", "4-3", "4-7")


def check_filing(holdings: Holdings, actor: Actor, staging: Staging, dossier: Dossier, facts: SealFacts) -> Results:
    """The answers to the whole list for each tier of a case that is about to be sealed 归档检测.

    Raises one Refusal with every fault that blocks, each with its number, place and article; nothing was changed then.
    Reads every staged byte once (its digest); decrypts only the last chunk of each file.
    """
    staged = look_at(staging, [file for file in dossier.files if file.first_version == staging.version])
    with holdings.works.work(actor) as work:
        again = load_dossier(work, holdings, dossier.case_id)
    receipt = receipt_of(holdings, dossier)
    known = frozenset(file.id for file in dossier.files if file.first_version == staging.version)
    found: dict[Tier, tuple[CheckResult, ...]] = {}
    for tier in dossier.tiers:
        subject = subject_of(holdings, dossier, tier, staging.version, legal_date(facts.sealed_at))
        answers = joined(
            described(dossier, again, facts, tier, subject),
            staged_answers(subject, staged),
            package_answers(staged, known, held_of(dossier), receipt) if tier is Tier.GENERAL else whole_elsewhere(),
        )
        found[tier] = results_of(
            Checkpoint.FILING, answers, {}, holdings.agent, facts.sealed_at, facts.sealed_by
        )  # fmt: skip
    if refusal := Refusal.join(_refusals(found)):
        raise refusal
    return found


def check_description(holdings: Holdings, dossier: Dossier, version: int, on: date) -> None:
    """Refuses a description that no seal would be given to 著录预检: asked while custody can still be declined."""
    found: dict[Tier, tuple[CheckResult, ...]] = {}
    for tier in dossier.tiers:
        subject = subject_of(holdings, dossier, tier, version, on)
        manifest: dict[str, Any] = {"case": None, "items": [], "files": []}
        answers = description_answers(subject, manifest, None) | content_answers(subject, odd_sizes(subject.files))
        early = {key: answer for key, answer in answers.items() if key not in ("1-12", "2-10", "3-1", "3-2")}
        found[tier] = results_of(
            Checkpoint.FILING, early, {}, holdings.agent, dossier.row.accepted_at, ""
        )  # fmt: skip
    if refusal := Refusal.join(_refusals(found)):
        raise refusal


def described(dossier: Dossier, again: Dossier, facts: SealFacts, tier: Tier, subject: Subject) -> dict[str, Answer]:
    """What description and take-in's own findings answer; ``again`` is the case as the database gives it now."""
    files = tuple(dossier.files)
    manifest = inner_of(dossier, facts, tier, files)
    return joined(
        description_answers(subject, manifest, inner_of(again, facts, tier, files)),
        content_answers(subject, odd_sizes(subject.files)),
        {"2-8": attachment_answer(subject)},
    )


def whole_elsewhere() -> dict[str, Answer]:
    """What stands in the report of tier ``general`` alone."""
    return dict.fromkeys(_OF_THE_WHOLE, NOTHING_HERE)


def odd_sizes(files: Iterable[StoredFile]) -> frozenset[str]:
    """Files whose ciphertext is not as long as padded content of the recorded size is."""
    return frozenset(
        file.id
        for file in files
        if file.stored_size not in {stored_size(padded_size(file.size, by)) for by in (PAPER_STEP, RECORDING_STEP)}
    )


def subject_of(holdings: Holdings, dossier: Dossier, tier: Tier, version: int, on: date) -> Subject:
    """The case as readers of ``tier`` know it; only what ``version`` brings can block."""
    row = dossier.row
    retention = row.series.rpartition("·")[2]
    return Subject(
        reference_code=row.reference_code,
        series=row.series,
        expected_series=_expected_series(holdings, dossier, retention) if version == 1 else row.series,
        file_no=row.file_no,
        secret=row.level > 0,
        procedure=row.procedure,
        retention=retention,
        facts=dossier.facts if tier is dossier.tier else None,
        volumes=tuple(_volume(volume) for volume in shown_volumes(dossier, tier)),
        items=tuple(
            _item(volume, item, version) for volume in dossier.volumes for item in volume.items if item.tier is tier
        ),
        archived_on=legal_date(row.accepted_at),
        on=on,
        version=version,
    )


def _expected_series(holdings: Holdings, dossier: Dossier, retention: str) -> str:
    row, bureau = dossier.row, holdings.bureau
    procedure = PROCEDURE_CODES.get(row.procedure, "")
    fonds, category = normalise_part(bureau.fonds_no), normalise_part(bureau.catalogue)
    return FileNumber(fonds, category, procedure, row.closed_on.year, retention, row.level > 0, row.file_no).series


def _volume(volume: DossierVolume) -> SubjectVolume:
    places = tuple(Place(item.row.sequence, item.row.first_page, item.row.page_count) for item in volume.items)
    return SubjectVolume(volume.row.reference_code, volume.row.level > 0, places)


def _item(volume: DossierVolume, item: DossierItem, version: int) -> SubjectItem:
    row = item.row
    return SubjectItem(
        row.reference_code,
        volume.row.reference_code,
        row.sequence,
        row.first_page,
        row.page_count,
        row.kind,
        row.rendition,
        item.tier,
        item.facts,
        item.files,
        row.first_version == version,
    )


def look_at(staging: Staging, files: Iterable[StoredFile]) -> Staged:
    """Every file in the folder of the growing version, read once; those in ``files`` are tried with their keys."""
    sizes = {str(file.id): file.size for file in files}
    lying: dict[str, Lying] = {}
    strays = [path.name for path in staging.content.iterdir() if path != staging.data]
    for path in sorted(staging.data.iterdir()):
        if path.is_symlink() or not path.is_file():
            strays.append(path.name)
            continue
        opens = _opens(staging, path.name, sizes[path.name]) if path.name in sizes else None
        lying[path.name] = Lying(path.stat().st_size, _sha512(path), opens)
    return Staged(lying, tuple(strays))


def _opens(staging: Staging, name: str, size: int) -> bool:
    """The key commitment and the last chunk hold: the key is there, and the file is not cut."""
    try:
        with closing(staging.open(name, size)):
            return True
    except _UNREADABLE:
        return False


def _sha512(path: Path) -> str:
    with path.open("rb", buffering=0) as stream:
        return hashlib.file_digest(stream, "sha512").hexdigest()


def held_of(dossier: Dossier) -> Held:
    """How much the case holds, over all tiers."""
    originals = [file for file in dossier.files if file.role is Role.ORIGINAL]
    return Held(sum(1 for _ in dossier.items), len(originals), sum(file.size for file in originals))


def receipt_of(holdings: Holdings, dossier: Dossier) -> Receipt:
    """What the ledger recorded when the case, and every later document of it, came into custody."""
    accepted = holdings.checkpoints.entries("case.accepted", dossier.case_id)
    later = holdings.checkpoints.entries("case.annotated", dossier.case_id)
    entries = [*accepted, *later]
    sums = {name: _summed(entries, name) for name in ("items", "files", "bytes")}
    return Receipt(
        known=bool(accepted),
        opened=all(entry.body is not None for entry in entries),
        placed=all(entry.leaf_index is not None for entry in accepted),
        items=sums["items"],
        files=sums["files"],
        bytes=sums["bytes"],
        same_package=_same_package(holdings, dossier),
    )


def _summed(entries: Iterable[LedgerEntry], name: str) -> int | None:
    """The sum over all entries; None as soon as one of them does not say."""
    values = [entry.body["facts"].get(name) if entry.body is not None else None for entry in entries]
    known = [value for value in values if isinstance(value, int)]
    return sum(known) if known and len(known) == len(values) else None


def _same_package(holdings: Holdings, dossier: Dossier) -> bool | None:
    """Whether names and contents of the files of the first version are those that were received; None without any."""
    first = (item for item in dossier.items if item.row.first_version == 1)
    pairs = {(file.name, file.sha256) for item in first for file in item.files if file.role is Role.ORIGINAL}
    return package_digest(holdings, pairs) == dossier.row.package_digest if pairs else None


def _refusals(found: Results) -> Iterator[Refusal]:
    for line, fault in dict.fromkeys(pair for results in found.values() for pair in blocking(results)):
        zh, en = fault_words(fault)
        yield Refusal(
            "archive.property-failed",
            basis=f"{STANDARD} {line.id}",
            item=line.id,
            check_zh=line.check.zh,
            check_en=line.check.en,
            file=printable(fault.where) or "—",
            what_zh=printable(zh),
            what_en=printable(en),
        )


def printable(text: str) -> str:
    """Signs that would deceive or cannot be shown, as code points."""
    return "".join(sign if sign.isprintable() else f"<U+{ord(sign):04X}>" for sign in text)
