"""Witness 见证: checkpoints kept where this machine's owner cannot reach them: a stick, another server, paper.

A pin file is text to which checkpoints are only ever added::

    anjuan-ledger-pins v1
    --- <number> <SHA-256 of the note>
    <the signed note, verbatim>
    --- …

A record that a power cut tore is recognised by its digest and passed over; the next one is added behind it.
"""

from __future__ import annotations

import base64
import os
import re
from hashlib import sha256
from pathlib import Path

from archive.kernel.refusals import Refusal
from archive.ledger.files import write_whole
from archive.ledger.rules.notes import MAX_NOTE, NoteError, parse_checkpoint, parse_note
from archive.ledger.terms import Checkpoint, Pin

FIRST_LINE = "anjuan-ledger-pins v1\n"
_MARK = re.compile(rb"^--- (\d+) ([0-9a-f]{64})\n", re.MULTILINE)
_GROUP = 4


def append_pin(path: Path, note: bytes) -> Checkpoint:
    """Adds a signed checkpoint to the pin file at ``path`` 追加锚定, flushed to the disk; made when absent.

    Refuses a checkpoint that contradicts a pin of the same log: smaller than one before, or of its size with another
    root. The same checkpoint again changes nothing. Raises NoteError when ``note`` is no checkpoint.
    """
    fresh = parse_checkpoint(parse_note(note).text)
    pins = read_pins(path) if path.exists() else []
    own = [pin.checkpoint for pin in pins if pin.checkpoint.origin == fresh.origin]
    if own and _contradicts(fresh, own[-1]):
        raise Refusal("archive.ledger-witness-contradicts", path=str(path), size=fresh.size, pinned=own[-1].size)
    if fresh in own:
        return fresh
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists() or path.stat().st_size == 0
    head = FIRST_LINE if is_new else ("" if path.read_bytes().endswith(b"\n") else "\n")
    record = f"{head}--- {len(pins) + 1} {sha256(note).hexdigest()}\n".encode() + note
    with path.open("ab") as out:
        out.write(record)
        out.flush()
        os.fsync(out.fileno())
    return fresh


def _contradicts(fresh: Checkpoint, last: Checkpoint) -> bool:
    return fresh.size < last.size or (fresh.size == last.size and fresh.root != last.root)


def read_pins(path: Path) -> list[Pin]:
    """The checkpoints in a pin file, oldest first 读锚定; raises NoteError when it is no pin file."""
    data = path.read_bytes()
    if data and not data.startswith(FIRST_LINE.encode()):
        raise NoteError(f"{path} is no pin file")
    marks = list(_MARK.finditer(data))
    pins: list[Pin] = []
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        note = data[mark.end() : following.start() if following else len(data)]
        if sha256(note).hexdigest() == mark[2].decode():
            pins.append(_pin(note, f"{path.name}#{mark[1].decode()}"))
    return pins


def _pin(note: bytes, source: str) -> Pin:
    return Pin(parse_checkpoint(parse_note(note).text), note, source)


class FolderWitness:
    """A folder outside that keeps every checkpoint as a file of its own 见证文件夹, and a pin file with all of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pin_file = folder / "anjuan.pins"

    def tell(self, note: bytes) -> Checkpoint:
        """Gives the witness a checkpoint 交付见证; refuses what contradicts an earlier one; OSError when away."""
        if not self.folder.is_dir():
            raise FileNotFoundError(f"the witness folder {self.folder} is not there")
        checkpoint = append_pin(self.pin_file, note)
        name = f"{_file_name(checkpoint.origin)}-{checkpoint.size:012d}.checkpoint"
        write_whole(self.folder / name, note)
        return checkpoint

    def pins(self) -> list[Pin]:
        """Everything the witness holds; files put there by hand count too."""
        found = read_pins(self.pin_file) if self.pin_file.exists() else []
        seen = {pin.note for pin in found}
        for path in sorted(self.folder.glob("*.checkpoint")):
            note = path.read_bytes()[: MAX_NOTE + 1]
            if note not in seen:
                found.append(_pin(note, path.name))
        return found


def _file_name(origin: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "_", origin)


def paper_form(checkpoint: Checkpoint) -> str:
    """A checkpoint for paper, letter or telephone 纸质形式: root in groups of four, and eight check signs."""
    root = checkpoint.root.hex()
    groups = [root[at : at + _GROUP] for at in range(0, len(root), _GROUP)]
    rows = [" ".join(groups[at : at + 4]) for at in range(0, len(groups), 4)]
    return "\n".join((checkpoint.origin, str(checkpoint.size), *rows, _check_signs(checkpoint))) + "\n"


def parse_paper_form(text: str) -> Pin:
    """The pin typed in from paper 录入纸质锚定; raises NoteError when a sign was mistyped."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    hexes = "".join("".join(line.split()) for line in lines[2:-1]).lower()
    if len(lines) < 4 or not re.fullmatch(r"[0-9a-f]{64}", hexes):
        raise NoteError("not the paper form of a checkpoint")
    root = base64.b64encode(bytes.fromhex(hexes)).decode()
    checkpoint = parse_checkpoint(f"{lines[0]}\n{lines[1]}\n{root}\n")
    if _check_signs(checkpoint) != lines[-1].lower():
        raise NoteError("the check signs do not agree: something was mistyped")
    return Pin(checkpoint, source="paper 纸质")


def _check_signs(checkpoint: Checkpoint) -> str:
    text = f"{checkpoint.origin}\n{checkpoint.size}\n{checkpoint.root.hex()}"
    digest = sha256(text.encode()).hexdigest()[:8]
    return f"{digest[:4]}-{digest[4:]}"
