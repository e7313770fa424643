"""The audit of a ledger 存证核查: everything is recomputed from the entries and held against anchors from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.ledger.bodies import BodyKeys
from archive.ledger.rules.audit import TreeAudit, TreeVerdict, classify
from archive.ledger.rules.findings import finding, without_witness
from archive.ledger.rules.notes import NoteError, VerifierKey, parse_checkpoint, parse_note, verify_checkpoint
from archive.ledger.rules.runs import Places
from archive.ledger.rules.tiles import WIDTH
from archive.ledger.service.places import read_places
from archive.ledger.service.queue import edge_findings, queue_findings
from archive.ledger.service.rows import BLOCK_ROWS, BodyCheck, LeafRow, hash_block, read_rows
from archive.ledger.service.sequencer import read_head, tile_reader
from archive.ledger.tables import LedgerCheckpointRow
from archive.ledger.terms import FindingCode, LedgerFinding, LedgerName, Pin, TreeHead

MAX_WAIT = timedelta(seconds=60)
MAX_NAMED = 50


def _nothing() -> None:
    return None


def verify_ledger(
    session: Session,
    ledger: str,
    pins: Sequence[Pin] = (),
    vkeys: Sequence[VerifierKey] = (),
    *,
    now: datetime | None = None,
    max_wait: timedelta = MAX_WAIT,
    bodies: BodyKeys | None = None,
    deep: bool = False,
    between: Callable[[], object] = _nothing,
) -> list[LedgerFinding]:
    """Everything that is wrong with ``ledger`` 核查账本; alarms first, then notes (``is_note``) on what is not proven.

    ``pins`` and ``vkeys`` come from outside, never from the database that is checked. ``now`` asks for the alarm on
    entries that wait longer than ``max_wait``. ``bodies`` lets an edited body be told from an edited row; ``deep``
    opens every body. ``between`` is called after each part (``session.commit`` releases SQLite's lock).
    """
    name = LedgerName(ledger)
    head = read_head(session, name)
    outside, bad_pins = _trusted_pins(name, pins, vkeys)
    own, bad_notes = _own_checkpoints(session, name, vkeys, newest_only=not deep)
    places = read_places(session, name, head.size)
    anchors = [*(TreeHead(p.checkpoint.size, p.checkpoint.root) for p in outside), *own]
    check = BodyCheck(name, bodies, deep)
    found = [*bad_pins, *bad_notes, *edge_findings(session, name, head, places)]
    found += queue_findings(session, name, now, max_wait, check)
    audit = TreeAudit(head, anchors, tile_reader(session, name))
    for base, block in _blocks(session, name, places, head.size, between):
        audit.add(hash_block(name, base, block, check))
    verdict = audit.finish()
    found += check.findings
    found += _tree_findings(name, head, verdict, anchors)
    found += _anchor_findings(name, head, verdict, outside, own, bool(found))
    notes = check.notes() + _notes(name, head, outside, vkeys, any(not f.is_note for f in found))
    return [*_capped(found), *notes]


def _trusted_pins(
    ledger: str, pins: Sequence[Pin], vkeys: Sequence[VerifierKey]
) -> tuple[list[Pin], list[LedgerFinding]]:
    """The pins that hold, and a finding for each that does not; a typed pin has no signature and is taken as it is."""
    good: list[Pin] = []
    bad: list[LedgerFinding] = []
    for pin in pins:
        try:
            if pin.note and vkeys and verify_checkpoint(pin.note, vkeys) != pin.checkpoint:
                raise NoteError("the note says something else than the pin")
            if vkeys and pin.checkpoint.origin != vkeys[0].name:
                raise NoteError(f"it is of {pin.checkpoint.origin}, not of {vkeys[0].name}")
            good.append(pin)
        except NoteError as error:
            bad.append(finding(FindingCode.PIN_BAD, ledger, source=f"{pin.source}: {error}"))
    return good, bad


def _own_checkpoints(
    session: Session, ledger: str, vkeys: Sequence[VerifierKey], newest_only: bool
) -> tuple[list[TreeHead], list[LedgerFinding]]:
    row = LedgerCheckpointRow
    query = select(row.size, row.root, row.note).where(row.ledger == ledger).order_by(row.size.desc())
    own: list[TreeHead] = []
    bad: list[LedgerFinding] = []
    for size, root, note in session.execute(query.limit(1) if newest_only else query):
        try:
            said = verify_checkpoint(note, vkeys) if vkeys else parse_checkpoint(parse_note(note).text)
            if said.head != TreeHead(size, root):
                raise NoteError("the row says something else than its note")
            own.append(said.head)
        except NoteError as error:
            bad.append(finding(FindingCode.CHECKPOINT_BAD, ledger, size=size, source=str(error)))
    return own, bad


def _blocks(
    session: Session, ledger: str, places: Places, size: int, between: Callable[[], object]
) -> Iterator[tuple[int, list[LeafRow | None]]]:
    """The entries of the tree in blocks of 256 with the leaf each begins at; None where one is not there."""
    for base in range(0, size, BLOCK_ROWS):
        end = min(base + BLOCK_ROWS, size)
        rows = read_rows(session, ledger, places.spans(base, end))
        between()
        whole: list[LeafRow | None] = (
            [*rows.values()] if [*rows] == [*range(base, end)] else [rows.get(leaf) for leaf in range(base, end)]
        )
        for at in range(base, end, WIDTH):
            yield at, whole[at - base : at - base + WIDTH]


def _tree_findings(
    ledger: str, head: TreeHead, verdict: TreeVerdict, anchors: Sequence[TreeHead]
) -> list[LedgerFinding]:
    found = [
        finding(code, ledger, first, count=count, size=head.size, source="树头 the head")
        for code, first, count in classify(verdict.entries, head.size)
    ]
    found += [finding(FindingCode.NODE_EDITED, ledger, source=f"tile 0/{index}") for index in verdict.tiles]
    attested = [a for a in anchors if a.size in verdict.roots]
    believed = not attested or any(verdict.roots[a.size] == a.root for a in attested)
    for tile in verdict.upper:
        if believed:
            found.append(finding(FindingCode.NODE_EDITED, ledger, source=f"tile {tile.level}/{tile.index}"))
        else:
            found.append(
                finding(
                    FindingCode.REWRITTEN,
                    ledger,
                    0,
                    size=head.size,
                    source=f"树瓦 the stored tile {tile.level}/{tile.index}",
                )
            )
    if verdict.roots.get(head.size, head.root) != head.root:
        found.append(finding(FindingCode.HEAD_EDITED, ledger, source="its root does not follow from the entries"))
    return found


def _anchor_findings(
    ledger: str,
    head: TreeHead,
    verdict: TreeVerdict,
    outside: Sequence[Pin],
    own: Sequence[TreeHead],
    inconsistent: bool,
) -> list[LedgerFinding]:
    """What the checkpoints, the machine's own and those from outside, say against the tree."""
    named = [(pin.checkpoint.head, pin.source or "外部锚定 the outside anchor", True) for pin in outside]
    named += [(one, "本机检查点 this machine's own checkpoint", False) for one in own]
    named.sort(key=lambda item: (item[0].size, not item[2]))
    found: list[LedgerFinding] = []
    agreed = agreed_outside = 0
    for anchor, source, is_outside in named:
        if anchor.size > head.size:
            cut = not is_outside or inconsistent or any(one.size > head.size for one in own)
            code = FindingCode.TAIL_CUT if cut else FindingCode.ROLLED_BACK
            found.append(finding(code, ledger, head.size, size=anchor.size, source=source))
        elif verdict.roots.get(anchor.size) == anchor.root:
            agreed = max(agreed, anchor.size)
            agreed_outside = agreed if is_outside else agreed_outside
        else:  # what the machine signed itself says nothing about where an outside anchor begins to differ
            since = agreed_outside if is_outside else agreed
            found.append(finding(FindingCode.REWRITTEN, ledger, since, size=anchor.size, source=source))
    return found


def _notes(
    ledger: str, head: TreeHead, outside: Sequence[Pin], vkeys: Sequence[VerifierKey], alarmed: bool
) -> list[LedgerFinding]:
    notes: list[LedgerFinding] = []
    if not vkeys:
        notes.append(finding(FindingCode.UNSIGNED, ledger))
    if not outside:
        notes.append(without_witness(ledger, alarmed))
    elif not alarmed:
        newest = max(pin.checkpoint.size for pin in outside)
        notes.append(finding(FindingCode.PINNED_UNTIL, ledger, newest, size=head.size))
    return notes


def _capped(found: Sequence[LedgerFinding]) -> list[LedgerFinding]:
    """At most ``MAX_NAMED`` findings of each code, so that a shifted ledger of a million entries can be read."""
    seen: dict[FindingCode, int] = {}
    kept: list[LedgerFinding] = []
    for one in found:
        seen[one.code] = seen.get(one.code, 0) + 1
        if seen[one.code] <= MAX_NAMED:
            kept.append(one)
    return kept
