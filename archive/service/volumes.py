"""Volumes bound for reading 整卷合订阅览: one volume as one PDF/A, for members of staff, item by item as they may read.

It is no copy for a party: that is requested, approved and certified. Every item that goes in is a read and is journaled
as one before its turn comes, some items in one transaction; the guard is asked for each of them, and again on the way.
"""

from __future__ import annotations

import io
import os
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from archive.kernel.actor import Actor
from archive.kernel.guard import Action
from archive.kernel.ids import CaseId, FileId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ocfl.copying import drop
from archive.ocfl.files import DiskFiles, Files, write_all
from archive.pages.render import render
from archive.pages.shown import SHANGHAI
from archive.pages.volume import VolumePart, bind_volume
from archive.pages.volume_strip import typeset_strip
from archive.ports import Holdings
from archive.service.dossier import get_case_row
from archive.service.reading import (
    ASK_BYTES,
    ASK_SECONDS,
    CaseView,
    ItemLine,
    VolumeView,
    get_case,
    may_still_read,
    open_file,
)
from archive.service.seeing import case_target
from archive.service.staging import SealedSource
from archive.service.volume_papers import (
    bookmark_of,
    bound_file,
    case_title,
    pages_of,
    sheets_of,
    volume_contents,
    volume_cover,
)
from archive.tables import CaseRow
from archive.terms import SealState, Tier

DISK = DiskFiles()
_WHOLE = 4 * 1024 * 1024  # up to this size a file is read at once, above it as the writer asks for it
_SHEETS = 200  # sheets that are typeset at once
_AHEAD = 16  # items that are opened and journaled in one transaction
LISTED = 500
"""Items of the contents list that are typeset at once: of five thousand it would take more than a gigabyte."""


@dataclass(frozen=True, slots=True)
class BoundVolume:
    """A volume that is about to be written 合订本: the name of its file, and its bytes in order."""

    name: str
    pieces: Iterator[bytes]


def read_volume(holdings: Holdings, actor: Actor, case_id: CaseId, number: int) -> BoundVolume:
    """The volume ``number`` (from 1, of those the reader may know of) as one PDF/A-2b 整卷合订, written as it is read.

    Items that the reader may not read, recordings and what has no PDF/A are replaced by a sheet that says why. Refuses
    ``archive.case-unknown`` and ``archive.volume-unknown`` for what is absent or above the reader,
    ``archive.volume-withheld`` when nothing of it may be read. Taking the next piece may raise a Refusal as well: the
    right to read can end on the way, and then the file stays without an end.
    """
    view, volume = _look(holdings, actor, case_id, number)
    bound = sum(bound_file(item) is not None for item in volume.items)
    with holdings.works.work(actor) as work:
        row = _readable(work, case_id)
        if not bound:
            raise Refusal("archive.volume-withheld", volume=volume.reference_code)
        _journal(work, row, volume, bound)
    reading = _Reading(holdings, actor, work.now, holdings.trial or holdings.sealing.trial)
    papers = volume_cover(holdings, row, view, volume), *volume_contents(holdings, view, volume, LISTED)
    front = [reading.render(paper) for paper in papers]
    title = f"{volume.reference_code} {case_title(view)}"
    pieces = bind_volume(reading.parts(volume, front), reading.strip(volume), title, work.now)
    return BoundVolume(f"{volume.reference_code}.pdf", reading.watched(pieces))


def _look(holdings: Holdings, actor: Actor, case_id: CaseId, number: int) -> tuple[CaseView, VolumeView]:
    """A transaction of its own: thousands of items take a second to decrypt, and no entry of the ledger, of whomever,
    is to wait for that or to fail by it.
    """
    with holdings.works.work(actor) as work:
        _readable(work, case_id)
        view = get_case(work, holdings, case_id, volume=number)
        found = next((volume for volume in view.volumes if volume.number == number), None)
        if found is None:
            raise Refusal("archive.volume-unknown", number=number)
    return view, found


def _readable(work: Work, case_id: CaseId) -> CaseRow:
    row = get_case_row(work, case_id)
    work.require(Action.READ, replace(case_target(row), compartments=frozenset()))
    if row.state != SealState.SEALED:
        raise Refusal("archive.case-not-sealed", reference=row.reference_code)
    return row


def _journal(work: Work, row: CaseRow, volume: VolumeView, bound: int) -> None:
    """The number of a volume of state secrets is told under their key class, as its items are."""
    top = max(volume.items, key=lambda item: item.level)
    facts = {"volume": volume.reference_code, "items": bound, "sheets": len(volume.items) - bound}
    tier = str(top.tier if top.level else Tier.GENERAL)
    work.journal.record("volume.bound", row.id, facts | {"version": row.version}, tier=tier, unit=row.unit)


def write_volume(
    holdings: Holdings, actor: Actor, case_id: CaseId, number: int, path: Path, files: Files = DISK
) -> Path:
    """``read_volume`` into the new file ``path`` (0600), which appears when all of it is on the disk."""
    if os.path.lexists(path):
        raise Refusal("archive.export-taken", path=path)
    made = read_volume(holdings, actor, case_id, number)
    partly = path.parent / f".{path.name}.{os.getpid()}.partial"
    before = os.umask(0o177)
    try:
        descriptor = files.open_new(partly)
    finally:
        os.umask(before)
    try:
        try:
            for piece in made.pieces:
                write_all(files, descriptor, piece)
            files.fsync(descriptor)
        finally:
            files.close(descriptor)
        files.rename_new(partly, path)
    except FileExistsError:
        drop(partly)
        raise Refusal("archive.export-taken", path=path) from None
    except BaseException:
        drop(partly)
        raise
    files.fsync_folder(path.parent)
    return path


@dataclass
class _Reading:
    """One reading of a volume 一次合订阅览: who reads, and which item is being written now."""

    holdings: Holdings
    actor: Actor
    at: datetime
    trial: bool
    coming: deque[FileId] = field(default_factory=deque)
    ready: dict[FileId, SealedSource] = field(default_factory=dict)

    def render(self, facts: object) -> bytes:
        """A page that is made for this reading."""
        return render(facts, timestamp=self.at, trial=self.trial)  # type: ignore[arg-type]

    def strip(self, volume: VolumeView) -> bytes:
        """Below every page: what this is, for whom, when."""
        when = self.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
        first = "内部查阅件，非出具的复制件 · Internal reading copy, not a certified copy"
        second = f"{when}（北京时间）　查阅人 {self.actor.name}　档号 {volume.reference_code}"
        return typeset_strip(first, second, timestamp=self.at, trial=self.trial)

    def parts(self, volume: VolumeView, front: list[bytes]) -> Iterator[VolumePart]:
        """Everything that is bound, in order; sheets are typeset when the first of them is reached."""
        for number, paper in enumerate(front):
            name = (
                ("封面 Cover", "卷内文件目录 Contents")[number]
                if number < 2
                else "卷内文件目录（续） Contents, continued"
            )
            yield VolumePart(name, partial(_in_memory, paper))
        self.coming.extend(file.id for file in map(bound_file, volume.items) if file is not None)
        absent = [item for item in volume.items if bound_file(item) is None]
        sheets, at = b"", 0
        for item in volume.items:
            file = bound_file(item)
            if file is not None:
                opening = partial(self.opened, file.id)
                yield VolumePart(bookmark_of(item), opening, item.first_page, item.page_count)
                continue
            if at % _SHEETS == 0:
                sheets = self.render(sheets_of(self.holdings, volume, absent[at : at + _SHEETS]))
            yield VolumePart(bookmark_of(item), partial(_in_memory, sheets), label=_label(item), only=at % _SHEETS)
            at += 1

    @contextmanager
    def opened(self, file_id: FileId) -> Iterator[BinaryIO]:
        """One item's PDF/A, after the guard's yes, journaled."""
        if file_id not in self.ready:
            self._open_some()
        source = self.ready[file_id]
        small = source.size <= _WHOLE
        yield io.BytesIO(source.whole()) if small else io.BufferedReader(_Plain(source), 256 * 1024)
        self.ready.pop(file_id).close()

    def _open_some(self) -> None:
        with self.holdings.works.work(self.actor) as work:
            while self.coming and len(self.ready) < _AHEAD:
                file_id = self.coming.popleft()
                self.ready[file_id] = open_file(work, self.holdings, file_id)

    def _ask_again(self) -> None:
        with self.holdings.works.work(self.actor) as work:
            if not all(may_still_read(work, file_id) for file_id in self.ready):
                raise Refusal("archive.case-unknown")

    def watched(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """``pieces``; every 8 MiB or 5 s the guard is asked whether it may go on."""
        sent, asked = 0, time.monotonic()
        try:
            for piece in pieces:
                if sent >= ASK_BYTES or time.monotonic() - asked >= ASK_SECONDS:
                    self._ask_again()
                    sent, asked = 0, time.monotonic()
                sent += len(piece)
                yield piece
        finally:
            for source in self.ready.values():
                source.close()


class _Plain(io.RawIOBase):
    """Plaintext of a sealed file as a file that can be read at any place."""

    def __init__(self, source: SealedSource) -> None:
        self._source = source
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._source.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._source.read_at(self._at, len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


@contextmanager
def _in_memory(pdf: bytes) -> Iterator[BinaryIO]:
    yield io.BytesIO(pdf)


def _label(item: ItemLine) -> str:
    return pages_of(item) or f"{item.sequence}·{'音像' if item.kind == 'recording' else '无页'}"
