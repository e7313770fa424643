"""Anchors 外部锚 as a caller gives them: root certificates, ledger keys and pinned checkpoints from files.

What is not given comes from ``anchors/`` of the home folder and from the witness, and the answer says so: that is this
machine speaking for itself. The store that is checked is never asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from archive.installation import Ledgers
from archive.kernel.ports import Ports
from archive.ledger.rules.notes import parse_verifier_keys
from archive.ledger.terms import Pin
from archive.ledger.witness import read_pins
from archive.ports import Holdings
from archive.sealing_parts import anchors_of
from archive.seals.certificates import read_all
from archive.service.verifying import Anchors


def read_anchors(ports: Ports, certificates: Sequence[Path], pins: Sequence[Path], vkeys: Path | None) -> Anchors:
    """The anchors to check against; OSError or ValueError for an unreadable file."""
    ledgers = ports.get(Ledgers)
    roots = read_all(certificates) if certificates else anchors_of(ports.get(Holdings).sealing)
    keys = parse_verifier_keys(vkeys.read_text("utf-8") if vkeys is not None else ledgers.verifier_keys())
    pinned: list[Pin] = [pin for path in pins for pin in read_pins(path)]
    if not pins and ledgers.witness is not None and ledgers.witness.folder.is_dir():
        pinned = ledgers.witness.pins()
    outside = bool(certificates) and vkeys is not None
    return Anchors(roots, tuple(keys), tuple(pinned), "锚自外部给出" if outside else "锚取自本机")
