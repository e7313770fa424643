"""Verifying seals 验封签: signature and time stamp of every version, the ledger checkpoint that each one carries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import pem
from sqlalchemy.orm import Session

from archive.ledger.rules.notes import NoteError, VerifierKey, parse_checkpoint, parse_note, verify_checkpoint
from archive.ledger.rules.tiles import TiledTree
from archive.ledger.service.sequencer import read_head, tile_reader
from archive.ledger.terms import LedgerName
from archive.ocfl.reading import ObjectView
from archive.seals.checks import verify_cms, verify_timestamp
from archive.seals.stamps import token_time
from archive.seals.terms import SealVerdict, StampUnavailableError
from archive.terms import Finding

_UNPROVEN = frozenset({"no-anchor-given", "revocation-not-checked"})


@dataclass(frozen=True, slots=True)
class SealCheck:
    """What was found on the seals of an object 验封签结果: on signatures, on stamps, and whether one is a trial."""

    signature: tuple[Finding, ...]
    stamp: tuple[Finding, ...]
    trial: bool


def check_seals(view: ObjectView, anchors: Sequence[bytes]) -> SealCheck:
    """Judges the seal of every version against certificates from outside; time may not run backwards between them."""
    signature: list[Finding] = []
    stamp: list[Finding] = []
    trial, before = False, None
    for number, version in enumerate(view.inventory.versions, start=1):
        where = f"evidence/v{number}/seal.p7s"
        manifest, cms, answer = (
            read_logical(view, name, version.name) for name in ("tagmanifest-sha512.txt", where, f"{where}.tsr")
        )
        if manifest is None or cms is None or answer is None:
            signature.append(Finding("signature", "evidence-missing", where, "signature, stamp or manifest is missing"))
            continue
        lists = _lists(view, number, version.name)
        stamped = verify_timestamp(answer, cms, anchors, lists)
        at = stamped.time or _stamp_time(answer)
        signed = verify_cms(cms, manifest, anchors, at, lists) if at is not None else None
        signature += _told("signature", where, signed)
        stamp += _told("stamp", f"{where}.tsr", stamped)
        if at is not None and before is not None and at < before:
            stamp.append(Finding("stamp", "time-backwards", f"{where}.tsr", f"{at} is before {before}"))
        before = at or before
        trial = trial or stamped.trial or (signed is not None and signed.trial)
    return SealCheck(tuple(signature), tuple(stamp), trial)


def stamped_at(view: ObjectView, version: int) -> datetime | None:
    """The instant of the time stamp around a version 封存时刻; None when there is none that can be read."""
    answer = read_logical(view, f"evidence/v{version}/seal.p7s.tsr", f"v{version}")
    return None if answer is None else _stamp_time(answer)


def check_carried_checkpoints(session: Session, view: ObjectView, keys: Sequence[VerifierKey]) -> Iterator[Finding]:
    """The checkpoint in each version's evidence: signed by ``keys`` from outside, and a head that this ledger had."""
    head = read_head(session, LedgerName.ACTIVITY)
    tree = TiledTree(tile_reader(session, LedgerName.ACTIVITY))
    for number, version in enumerate(view.inventory.versions, start=1):
        where = f"evidence/v{number}/checkpoint"
        note = read_logical(view, where, version.name)
        if note is None:
            yield Finding("ledger", "checkpoint-missing", where, "the version carries no checkpoint")
            continue
        try:
            said = verify_checkpoint(note, keys) if keys else parse_checkpoint(parse_note(note).text)
            known = said.size <= head.size and tree.root(said.size) == said.root
        except (NoteError, ValueError) as error:
            yield Finding("ledger", "checkpoint-bad", where, str(error))
            continue
        if not known:
            detail = f"the ledger of {head.size} entries never had the head that the object carries at {said.size}"
            yield Finding("ledger", "checkpoint-contradicts", where, detail)


def read_logical(view: ObjectView, name: str, version: str) -> bytes | None:
    """The bytes of a logical path of a version; None when they are not there."""
    try:
        with view.open(name, version) as stream:
            return stream.read()
    except (KeyError, OSError):
        return None


def _told(layer: str, where: str, verdict: SealVerdict | None) -> list[Finding]:
    """No anchor given is what we cannot prove, not a broken seal."""
    if verdict is None:
        return [Finding(layer, "no-time", where, "there is no readable stamp to judge it at")]
    if verdict.ok:
        return []
    severity = "warning" if set(verdict.reasons) <= _UNPROVEN else "broken"
    return [Finding(layer, "+".join(verdict.reasons), where, ", ".join(verdict.reasons), severity)]


def _lists(view: ObjectView, number: int, version: str) -> tuple[bytes, ...]:
    found: list[bytes] = []
    for name in ("signer-crl.pem", "tsa-crl.pem"):
        data = read_logical(view, f"evidence/v{number}/validation/{name}", version)
        if data is not None and pem.detect(data):
            found += _blocks(data)
    return tuple(dict.fromkeys(found))


def _blocks(data: bytes) -> list[bytes]:
    """An unreadable list is none; that it was changed is told by fixity."""
    try:
        return [der for _, _, der in pem.unarmor(data, multiple=True)]
    except ValueError:
        return []


def _stamp_time(answer: bytes) -> datetime | None:
    try:
        return token_time(answer)
    except StampUnavailableError:
        return None
