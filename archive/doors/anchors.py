"""Anchors 外部锚 as a caller gives them: root certificates, ledger keys and pinned checkpoints from files.

What is not given comes from ``anchors/`` of the home folder and from the witness, and the answer says so: that is this
machine speaking for itself. The store that is checked is never asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from archive.installation import Ledgers
from archive.kernel.ports import Ports
from archive.ledger.rules.notes import VerifierKey, parse_checkpoint, parse_note, parse_verifier_keys
from archive.ledger.terms import Pin
from archive.ledger.witness import FIRST_LINE, read_pins
from archive.ports import Holdings
from archive.sealing_parts import anchors_of
from archive.seals.certificates import read_all
from archive.service.verifying import Anchors


def read_anchors(ports: Ports, certificates: Sequence[Path], pins: Sequence[Path], vkeys: Path | None) -> Anchors:
    """The anchors to check against; a usage error names a file that is not what it should be."""
    ledgers = ports.get(Ledgers)
    roots = read_all(certificates) if certificates else anchors_of(ports.get(Holdings).sealing)
    keys = _verifier_keys(vkeys) if vkeys is not None else parse_verifier_keys(ledgers.verifier_keys())
    pinned = [pin for path in pins for pin in _pins(path)]
    if not pins and ledgers.witness is not None and ledgers.witness.folder.is_dir():
        pinned = ledgers.witness.pins()
    outside = bool(certificates) and vkeys is not None
    return Anchors(roots, tuple(keys), tuple(pinned), "锚自外部给出" if outside else "锚取自本机")


def _pins(path: Path) -> list[Pin]:
    """A pin file of a witness, or one checkpoint as it was written out, printed or mailed."""
    data = path.read_bytes()
    try:
        if data.startswith(FIRST_LINE.encode("utf-8")):
            return read_pins(path)
        return [Pin(parse_checkpoint(parse_note(data).text), data, path.name)]
    except ValueError as wrong:
        raise click.UsageError(f"{path}: {wrong}") from wrong


def _verifier_keys(path: Path) -> tuple[VerifierKey, ...]:
    try:
        return tuple(parse_verifier_keys(path.read_text("utf-8")))
    except ValueError as wrong:
        raise click.UsageError(f"{path}: {wrong}") from wrong
