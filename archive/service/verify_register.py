"""Verifying the register 验登记: the rows of a case against the object, the ledger's own words and inner manifests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from archive.facts import CaseFacts, ItemFacts
from archive.kernel.clock import to_rfc3339
from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.keys.wraps import KeyDamaged
from archive.ledger.service.reading import LedgerEntry
from archive.ocfl.reading import ObjectView
from archive.ports import Holdings, object_id
from archive.rules.markings import from_json, marking_tier, to_bits
from archive.service.columns import Columns
from archive.service.dossier import DossierItem, stored_file
from archive.tables import CaseRow, FileRow, ItemRow, NoteRow, SealRow, VolumeRow
from archive.terms import Finding, Role, SealState, StoredFile, Tier

UNREADABLE = (Refusal, KeyDamaged, ValueError, KeyError, TypeError)
"""What an edited row raises when its columns are opened."""
INNER_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Register:
    """What the database says of a case, read once 登记.

    ``files`` are the rows that open: their tier is unlocked and they are not damaged.
    """

    case: CaseRow
    volumes: Mapping[str, VolumeRow]
    items: tuple[ItemRow, ...]
    notes: tuple[NoteRow, ...]
    seals: tuple[SealRow, ...]
    rows: tuple[FileRow, ...]
    files: tuple[StoredFile, ...]
    locked: frozenset[str]
    damaged: tuple[Finding, ...]

    @property
    def case_id(self) -> CaseId:
        """The case."""
        return CaseId(self.case.id)


def why(error: Exception) -> str:
    """What is said of an error: never its text, which may quote content."""
    return error.code if isinstance(error, Refusal) else type(error).__name__


def load_register(work: Work, holdings: Holdings, case: CaseRow) -> Register:
    """Every row of the case; a row that does not open under its own key is a finding, not a fault."""
    session, case_id = work.session, case.id
    columns = Columns(holdings, CaseId(case_id), sealed=case.state == SealState.SEALED)
    rows = tuple(session.scalars(select(FileRow).where(FileRow.case_id == case_id).order_by(FileRow.id)))
    files, damaged, locked = [], [], set()
    for row in rows:
        try:
            if holdings.keys.is_unlocked(Tier(row.tier)):
                files.append(stored_file(columns, row))
            else:
                locked.add(row.tier)
        except UNREADABLE as error:
            damaged.append(Finding("database", "row-damaged", f"data/{row.id}", f"archive_file: {why(error)}"))
    return Register(
        case,
        {each.id: each for each in session.scalars(select(VolumeRow).where(VolumeRow.case_id == case_id))},
        tuple(session.scalars(select(ItemRow).where(ItemRow.case_id == case_id).order_by(ItemRow.id))),
        tuple(session.scalars(select(NoteRow).where(NoteRow.case_id == case_id).order_by(NoteRow.id))),
        tuple(session.scalars(select(SealRow).where(SealRow.case_id == case_id).order_by(SealRow.version))),
        rows,
        tuple(files),
        frozenset(locked),
        tuple(damaged),
    )


def check_register(view: ObjectView, register: Register) -> Iterator[Finding]:
    """The rows against the object as it lies: state, versions, seals, every stored file by name, size and digest."""
    yield from register.damaged
    case, versions = register.case, view.inventory.versions
    if case.state != SealState.SEALED:
        yield Finding("database", "not-sealed", case.id, f"the database says {case.state}")
    if not len(versions) == case.version == len(register.seals):
        detail = f"{len(versions)} in the object, {case.version} in the register, {len(register.seals)} seals"
        yield Finding("database", "version-count", "inventory.json", detail)
    if case.reference_code != f"{case.series}-{case.file_no:04d}":
        yield Finding("database", "row-edited", case.id, "archive_case: number and its parts differ")
    if register.seals and case.sealed_at != register.seals[0].sealed_at:
        yield Finding("database", "row-edited", case.id, "archive_case: sealed_at is not that of the first seal")
    yield from _check_seal_rows(view, register)
    yield from _check_file_rows(view, register)


def _check_seal_rows(view: ObjectView, register: Register) -> Iterator[Finding]:
    states = {version.name: version.state for version in view.inventory.versions}
    for seal in register.seals:
        version = f"v{seal.version}"
        newest = seal.version == len(states)
        for name in (f"{version}/inventory.json", *(("inventory.json",) if newest else ())):
            if _sha512(view, name) != seal.inventory_sha512:
                yield Finding("database", "inventory-differs", name, f"not the inventory that was sealed as {version}")
        if states.get(version, {}).get("tagmanifest-sha512.txt") != seal.tagmanifest_sha512:
            where = f"{version}/content/tagmanifest-sha512.txt"
            yield Finding("database", "tagmanifest-differs", where, f"not the one that was sealed as {version}")


def _check_file_rows(view: ObjectView, register: Register) -> Iterator[Finding]:
    digests = {path: digest for digest, paths in view.inventory.manifest.items() for path in paths}
    held = {path for version in view.inventory.versions for path in version.state if path.startswith("data/")}
    for row in register.rows:
        path = f"v{row.first_version}/content/data/{row.id}"
        if digests.get(path) != row.stored_sha512 or f"data/{row.id}" not in held:
            yield Finding("database", "file-differs", f"data/{row.id}", f"row and object differ on {path}")
        elif _size(view, path) != row.stored_size:
            yield Finding("database", "file-differs", f"data/{row.id}", "the row states another size")
    known = {f"data/{row.id}" for row in register.rows}
    for path in sorted(held - known):
        yield Finding("database", "file-unknown", path, "the object holds a file without a row")


def check_recorded(register: Register, entries: Sequence[LedgerEntry]) -> Iterator[Finding]:
    """The seal rows against what the ledger recorded at each sealing: neither can be edited alone, none left out."""
    by_id = {entry.entry_id: entry for entry in entries}
    for seal in register.seals:
        entry = by_id.pop(seal.entry_id, None)
        where = f"archive_seal v{seal.version}"
        if entry is None:
            yield Finding(
                "database", "seal-unrecorded", where, f"{seal.entry_id} is no seal of this case in the ledger"
            )
        elif entry.body is None:
            severity = "warning" if entry.body_state == "closed" else "broken"
            detail = f"what the ledger says of it is {entry.body_state}"
            yield Finding("database", "seal-unreadable", where, detail, severity)
        else:
            differing = sorted(_differing(_said(seal), entry.body["facts"] | {"sealed_by": entry.actor_id}))
            if differing:
                detail = f"the ledger recorded another {', '.join(differing)}"
                yield Finding("database", "seal-differs", where, detail)
    for entry in by_id.values():
        yield Finding("database", "seal-missing", entry.entry_id, "the ledger recorded a seal that has no row")


def _said(seal: SealRow) -> dict[str, Any]:
    return {
        "version": seal.version,
        "tagmanifest_sha512": seal.tagmanifest_sha512,
        "inventory_sha512": seal.inventory_sha512,
        "sealed_at": to_rfc3339(seal.sealed_at),
        "stamped_at": to_rfc3339(seal.stamped_at),
        "signer": seal.signer,
        "trial": seal.trial,
        "sealed_by": seal.sealed_by,
    }


def check_inner_files(register: Register, inner: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    """Every readable file row against the inner manifests of all versions, which no key of another tier can write."""
    listed = {entry["file"]: entry for each in inner for entry in each["files"]}
    for file in register.files:
        if file.role is Role.INNER_MANIFEST:
            if file.item_id is not None or file.media_type != INNER_TYPE:
                yield Finding("content", "row-differs", f"data/{file.id}", "archive_file: not as an inner manifest is")
            continue
        entry = listed.get(file.id)
        if entry is None:
            yield Finding("content", "not-in-inner-manifest", f"data/{file.id}", "no inner manifest lists the file")
            continue
        differing = _differing(_file_said(file), entry)
        if differing:
            detail = f"archive_file states another {', '.join(sorted(differing))} than the inner manifest"
            yield Finding("content", "row-differs", f"data/{file.id}", detail)


def _file_said(file: StoredFile) -> dict[str, Any]:
    return {
        "role": str(file.role),
        "item": file.item_id,
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "sha256": file.sha256,
        "stored_sha512": file.stored_sha512,
        "first_version": file.first_version,
    }


def check_descriptions(holdings: Holdings, register: Register, inner: Mapping[str, Any]) -> Iterator[Finding]:
    """Case, item and note rows against the newest inner manifest of one open tier."""
    columns = Columns(holdings, register.case_id, sealed=True)
    tier = Tier(inner["tier"])
    case = register.case
    facts = inner["case"]["facts"]
    if facts is not None and tier != case.tier:
        yield Finding("content", "row-differs", case.id, "archive_case: another tier than its inner manifest")
    elif facts is not None:
        yield from _differs(case.id, "archive_case", _case_said(columns, case), inner["case"])
    rows = {row.id: row for row in register.items}
    for entry in inner["items"]:
        row = rows.pop(entry["item"], None)
        if row is None:
            yield Finding("content", "row-missing", entry["item"], "the inner manifest describes an item without a row")
        else:
            yield from _differs(row.id, "archive_item", _item_said(columns, register, row), entry | {"tier": tier})
    for row in rows.values():
        if row.tier == tier and row.first_version <= inner["version"]:
            yield Finding("content", "row-unknown", row.id, "archive_item: no inner manifest describes it")
    said = [
        {"version": note.version, "at": to_rfc3339(note.at), "by": note.made_by, "text": _note(columns, note)}
        for note in register.notes
        if note.tier == tier
    ]
    if said != inner["history"]:
        yield Finding("content", "row-differs", "archive_note", "the note form is not the one that was sealed")


def _case_said(columns: Columns, row: CaseRow) -> dict[str, Any] | str:
    try:
        facts = columns.read(CaseFacts, row.id, Tier(row.tier), row.facts_enc)
        marking = from_json(facts.marking)
    except UNREADABLE as error:
        return why(error)
    if (row.level, row.compartments, row.handling) != (marking.level, to_bits(marking.kinds), marking.handling):
        return "its marking is not the one that was sealed"
    if row.closed_on != facts.closed_on or row.tier != marking_tier(marking):
        return "date or tier differ from the facts"
    return {
        "reference_code": row.reference_code,
        "unit": row.unit,
        "procedure": row.procedure,
        "facts": facts.plain(),
    }


def _item_said(columns: Columns, register: Register, row: ItemRow) -> dict[str, Any] | str:
    try:
        facts = columns.read(ItemFacts, row.id, Tier(row.tier), row.facts_enc)
        marking = from_json(facts.marking)
        volume = register.volumes[row.volume_id]
    except UNREADABLE as error:
        return why(error)
    if (row.level, row.compartments, row.handling) != (marking.level, to_bits(marking.kinds), marking.handling):
        return "its marking is not the one that was sealed"
    if (row.doc_type, row.doc_date, row.unit) != (facts.doc_type, facts.doc_date, register.case.unit):
        return "type, date or unit differ"
    return {
        "volume": volume.reference_code,
        "part": volume.part,
        "reference_code": row.reference_code,
        "sequence": row.sequence,
        "kind": row.kind,
        "pages": DossierItem(row, facts, ()).pages,
        "page_count": row.page_count,
        "rendition": row.rendition,
        "tier": row.tier,
        "facts": facts.plain(),
    }


def _note(columns: Columns, note: NoteRow) -> str:
    try:
        return columns.read_text(f"note-{note.version}", Tier(note.tier), note.text_enc)
    except UNREADABLE as error:
        return why(error)


def _differs(where: str, table: str, said: dict[str, Any] | str, stated: Mapping[str, Any]) -> Iterator[Finding]:
    if isinstance(said, str):
        yield Finding("content", "row-differs", where, f"{table}: {said}")
    elif differing := _differing(said, stated):
        yield Finding("content", "row-differs", where, f"{table}: another {', '.join(sorted(differing))}")


def _differing(said: Mapping[str, Any], stated: Mapping[str, Any]) -> set[str]:
    return {name for name, value in said.items() if name in stated and stated[name] != value}


def _sha512(view: ObjectView, name: str) -> str:
    try:
        return hashlib.sha512((view.path / name).read_bytes()).hexdigest()
    except OSError:
        return ""


def _size(view: ObjectView, path: str) -> int:
    try:
        return (view.path / path).stat().st_size
    except OSError:
        return -1


def key_findings(holdings: Holdings, register: Register) -> list[Finding]:
    """Files of the case for which no key is held."""
    held = holdings.keys.file_ids(object_id(register.case_id))
    return [
        Finding("keys", "key-missing", f"data/{row.id}", "no key is held for this file")
        for row in register.rows
        if row.id not in held
    ]
