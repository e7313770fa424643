"""hostile: files of every accepted kind, spoilt and forged, end in a rendition or in a refusal with its reason; the
service that opens them stays up, keeps nothing, and converts good files in between.

Each case goes the way that take-in, the later check of recordings and machine reading go: inspect, PDF/A and its text,
or probe, parts, pictures and viewing copy; some pages are drawn and read. One process a processor does all of its
cases, as a worker of the house does. A case has failed where anything but a result or a plain refusal comes out, a
child breaks or answers out of form, a call takes more than 30 seconds or a child more than 512 MiB (the page reader
1.5 GiB), something is left behind, or veraPDF does not accept the PDF/A. Making a viewing copy has 30 seconds here
too; the house gives it eight times the length of the recording. Where LibreOffice itself breaks in its child, and the
refusal says so, that is counted apart.

``python -m tests.prove.hostile FOLDER SEED NUMBER…`` repeats cases alone and keeps their files.
"""

from __future__ import annotations

import dataclasses
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO, TypeVar

from archive.kernel.refusals import Refusal
from archive.renditions import forkserver
from archive.renditions.limits import MIB, Limits
from archive.renditions.media import check_part, picture_strip
from archive.renditions.media_copying import CopyMaking, copy_limits
from archive.renditions.media_playing import is_playable
from archive.renditions.ocr import DPI, OCR_LIMITS, PageReader, missing_engine
from archive.renditions.reasons import REASONS
from archive.renditions.recordings import media_findings, wave_step, whole_facts
from archive.renditions.sources import BytesSource
from archive.renditions.terms import Kind, MediaFacts
from archive.renditions.walls import capability
from archive.renditions.workshop import extract_text, inspect, make_pdfa, probe_media, render_page
from tests.prove.forking import Tell, start
from tests.prove.hostile_changes import PNG_START, change_file, png_chunk
from tests.prove.hostile_forgeries import forge_file
from tests.prove.hostile_watch import Watch, resident
from tests.services import verapdf

DEFAULT = 40
ROOT = Path(__file__).resolve().parents[2]
CALL_S = 31.0
"""A call has 30 seconds; the one more is for the end of the child and a machine that is busy."""
MEMORY = 512 * MIB
GOOD_EVERY = 100
JUDGED_EVERY = 50
_GROWTH = 256 * MIB
_TOLD_EVERY = 250
_BLANK = PNG_START + b"".join(
    png_chunk(name, body)
    for name, body in (
        (b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress((b"\0" + b"\xff" * 64) * 64)),
        (b"IEND", b""),
    )
)

WEIGHTS = {
    "pdf": 240, "jpeg": 70, "png": 60, "tiff": 60, "jp2": 40, "heic": 40, "gif": 25, "bmp": 20, "webp": 25,
    "docx": 36, "xlsx": 28, "pptx": 20, "odt": 24, "ods": 16, "odp": 8, "doc": 16, "xls": 14, "ppt": 8, "rtf": 20,
    "html": 36, "eml": 40, "text": 30, "ofd": 60, "zip": 14,
    "mp4": 40, "mov": 24, "mkv": 18, "webm": 14, "avi": 22, "mpg": 14, "ts": 18, "hdv": 6, "3gp": 12, "wav": 16,
    "dv": 8, "sound": 20, "wmv": 12,
}  # fmt: skip
"""How often each kind is tried: those that take LibreOffice or many pictures are dear."""
DEAR = frozenset({"docx", "xlsx", "pptx", "odt", "ods", "odp", "doc", "xls", "ppt", "rtf", "heic", "ofd"})

Samples = Mapping[str, Sequence[tuple[str, bytes]]]
T = TypeVar("T")


@dataclass(frozen=True)
class Case:
    """One file: its number, its kind by origin, how it was made, its bytes."""

    number: int
    kind: str
    way: str
    data: bytes
    read_aloud: bool


@dataclass
class Found:
    """How one case went."""

    number: int
    kind: str
    way: str
    end: str = ""
    reason: str = ""
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0
    slowest: float = 0.0
    peak: int = 0
    reader_peak: int = 0
    contained: int = 0
    pages_read: int = 0


def prove(count: int, seed: int, out: TextIO) -> tuple[int, int]:
    """Tries ``count`` files on all processors; each failure is told with its number, so that it can be repeated."""
    capability()
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        kinds = {_kind_of(seed, number)[0] for number in range(count)}
        samples = _make_samples(Path(folder), sorted(kinds))
        found = _share_out(Path(folder), samples, seed, count, out)
        found += [Found(-1, "(worker)", "", "failed", wrong=["a worker died"])] * (count - len(found))
        _judge(Path(folder) / "pdfa", found, out)
    _print_table(found, out)
    return count, sum(bool(each.wrong) for each in found)


def make_case(seed: int, number: int, samples: Samples) -> Case:
    """The file of a number: the same for the same seed and samples."""
    kind, chance = _kind_of(seed, number)
    name, data = chance.choice(samples[kind])
    _, other = chance.choice(samples[kind])
    way = "as it is"
    roll = chance.random()
    if roll > 0.05:
        forged, forge = forge_file(kind, data, chance) if roll < 0.35 else (b"", "")
        data, way = (forged, forge) if forge else change_file(kind, data, chance, other)
        if forge and chance.random() < 0.2:
            data, more = change_file(kind, data, chance, other)
            way = f"{way} {more}"
    return Case(number, kind, f"{name}: {way}", data, chance.random() < 0.03)


def _kind_of(seed: int, number: int) -> tuple[str, random.Random]:
    chance = random.Random(f"{seed}/{number}")
    return chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0], chance


def _make_samples(folder: Path, kinds: list[str]) -> Path:
    """In a process of its own: what it starts and loads has no place in a service."""
    place = folder / "samples"
    place.mkdir()
    words = [sys.executable, "-m", "tests.support.hostile_samples", str(place), *kinds]
    subprocess.run(words, cwd=ROOT, check=True)
    return place


def read_samples(folder: Path) -> dict[str, list[tuple[str, bytes]]]:
    """The samples by kind, each with its name, in a fixed order."""
    found: dict[str, list[tuple[str, bytes]]] = {}
    for path in sorted(folder.iterdir()):
        kind, _, name = path.name.partition("~")
        found.setdefault(kind, []).append((name, path.read_bytes()))
    return found


def _share_out(folder: Path, samples: Path, seed: int, count: int, out: TextIO) -> list[Found]:
    hands = max(1, min(os.cpu_count() or 1, count))
    running = []
    for hand in range(hands):
        numbers = range(hand, count, hands)
        running.append(start(lambda tell, numbers=numbers: _serve(folder, samples, seed, numbers, tell)))  # type: ignore[misc]
    found: list[Found] = []
    listeners = [threading.Thread(target=_listen, args=(reading, found, out)) for _, reading in running]
    for listener in listeners:  # none may wait for another: a pipe that nobody reads stops its worker
        listener.start()
    for listener in listeners:
        listener.join()
    for pid, _ in running:
        os.waitpid(pid, 0)
    return sorted(found, key=lambda each: each.number)


def _listen(reading: int, found: list[Found], out: TextIO) -> None:
    with os.fdopen(reading) as lines:
        for line in lines:
            found.append(each := Found(**json.loads(line)))
            if each.wrong:
                _tell(each, out)
            if len(found) % _TOLD_EVERY == 0:
                out.write(f"hostile: {len(found)} done\n")
                out.flush()


def _tell(each: Found, out: TextIO) -> None:
    out.write(f"FAILED #{each.number} {each.kind} {each.way}\n" + "".join(f"    {word}\n" for word in each.wrong))
    out.flush()


def _serve(folder: Path, samples: Path, seed: int, numbers: Sequence[int], tell: Tell) -> None:
    """One service process: all its cases, one after another, and good files between them."""
    held = read_samples(samples)
    with _service(folder) as service:
        for at, number in enumerate(numbers):
            found = service.go(make_case(seed, number, held))
            if at % GOOD_EVERY == 0 or at == len(numbers) - 1:
                found.wrong += service.still_works(held)
            tell(dataclasses.asdict(found))


@contextmanager
def _service(folder: Path) -> Iterator[_Service]:
    made = folder / "pdfa"
    made.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="own-", dir=folder) as own:
        tempfile.tempdir = own
        forkserver.prepare()
        watch = Watch(Path(own))
        service = _Service(watch, made)
        try:
            yield service
        finally:
            service.reader.close()
            watch.close()


class _Service:
    """What a service process does with foreign files, watched."""

    def __init__(self, watch: Watch, made: Path) -> None:
        self.reader = PageReader()
        self._watch, self._made = watch, made
        self._converted: Counter[str] = Counter()
        self._first, self._started = resident(), False
        self._found = Found(0, "", "")

    def go(self, case: Case) -> Found:
        """One file, from its arrival to its rendition or refusal."""
        self._found = found = Found(case.number, case.kind, case.way)
        self._watch.begin()
        started = time.monotonic()
        try:
            found.end = self._open(case)
        except Refusal as refusal:
            found.end = "refused"
            self._judge_refusal(refusal)
        except Exception:  # noqa: BLE001 - whatever else comes out is what this program looks for
            found.end = "failed"
            found.wrong += traceback.format_exc().splitlines()[-6:]
        found.seconds = time.monotonic() - started
        found.peak, found.reader_peak = self._watch.peak, self._watch.reader_peak
        if found.peak > MEMORY:
            found.wrong.append(f"{found.peak / MIB:.0f} MiB")
        if found.reader_peak > OCR_LIMITS.memory:
            found.wrong.append(f"page reader {found.reader_peak / MIB:.0f} MiB")
        found.wrong += [f"left behind: {word}" for word in self._watch.left_behind()]
        if resident() - self._first > _GROWTH:
            found.wrong.append(f"the service grew from {self._first / MIB:.0f} to {resident() / MIB:.0f} MiB")
        return found

    def still_works(self, held: Samples) -> list[str]:
        """A plain good file of some kind converts as if nothing had been."""
        named = {"text": b"\xe6\xa1\x88\xe5\x8d\xb7 good\n" * 9}
        for kind in ("pdf", "docx", "png"):
            for name, data in held.get(kind, ()):
                if name == ("letter" if kind == "docx" else "plain"):
                    named[kind] = data
        wrong = []
        for kind, data in named.items():
            try:
                source = BytesSource(data)
                if not make_pdfa(source, inspect(source)).pages:
                    wrong.append(f"a good {kind} became nothing")
            except Exception as fault:  # noqa: BLE001 - a good file must convert, whatever the fault
                wrong.append(f"a good {kind} no longer converts: {fault!r}")
        return wrong

    def _call(self, deed: Callable[[], T]) -> T:
        started = time.monotonic()
        try:
            return deed()
        finally:
            seconds = time.monotonic() - started
            self._found.slowest = max(self._found.slowest, seconds)
            if seconds > CALL_S:
                self._found.wrong.append(f"a call took {seconds:.1f} s of {CALL_S:.0f}")

    def _open(self, case: Case) -> str:
        source = BytesSource(case.data)
        facts = self._call(lambda: inspect(source, f"{case.number}.{case.kind}"))
        if facts.format.kind is Kind.AV:
            return self._play(source, facts.format.media_type)
        if facts.encrypted and facts.format.media_type != "application/pdf":
            self._found.reason = "encrypted"
            return "refused"
        try:
            made = self._call(lambda: make_pdfa(source, facts, viewing=facts.signed))
        except Refusal:
            if facts.format.media_type == "application/pdf":
                self._text_of(source)
            raise
        if self._is_judged(case.kind):
            (self._made / f"{case.number}.{made.conformance}.pdf").write_bytes(made.pdf)
        pdf = BytesSource(made.pdf)
        if case.number % 4 == 0 and len(self._call(lambda: extract_text(pdf))) != len(made.pages):
            self._found.wrong.append("the PDF/A has other pages than were told")
        if case.read_aloud and not missing_engine():
            self._read(pdf)
        return "converted"

    def _text_of(self, source: BytesSource) -> None:
        """What take-in does with a PDF that stays as it came: it looks for marks of secrecy."""
        try:
            self._call(lambda: extract_text(source))
        except Refusal as refusal:
            self._judge_refusal(refusal)

    def _is_judged(self, kind: str) -> bool:
        self._converted["all"] += 1
        self._converted[kind] += 1
        return kind in DEAR or self._converted["all"] % JUDGED_EVERY == 0 or self._converted[kind] == 1

    def _read(self, pdf: BytesSource) -> None:
        picture = self._call(lambda: render_page(pdf, 1, DPI))
        with self._watch.reading():
            if not self._started:  # what an engine takes to load is no page's time
                self.reader.read(_BLANK)
                self._started = True
            try:
                self._call(lambda: self.reader.read(picture))
                self._found.pages_read += 1
            except Refusal as refusal:
                self._started = False
                self._judge_refusal(refusal)

    def _play(self, source: BytesSource, media_type: str) -> str:
        quick, _ = self._call(lambda: probe_media(source))
        media_findings(quick)
        part = self._call(lambda: check_part(source, 0, step_ms=wave_step(quick.declared_ms)))
        media_findings(whole_facts(quick, part))
        for deed in (lambda: picture_strip(source, quick), lambda: self._copy(source, quick, media_type)):
            try:
                self._call(deed)
            except Refusal as refusal:  # a recording without strip or copy is taken in all the same, and says so
                self._judge_refusal(refusal)
        return "converted"

    def _copy(self, source: BytesSource, quick: MediaFacts, media_type: str) -> None:
        if not is_playable(quick, media_type):
            making = CopyMaking(source, quick, dataclasses.replace(copy_limits(quick), wall_s=Limits().wall_s))
            size = sum(len(piece) for piece in making.pieces())
            if making.made.size != size:
                self._found.wrong.append("the viewing copy has another size than was told")

    def _judge_refusal(self, refusal: Refusal) -> None:
        reason = str(refusal.facts.get("reason", ""))
        self._found.reason = reason
        if not refusal.code.startswith("archive.") or reason not in REASONS or not refusal.facts.get("reason_en"):
            self._found.wrong.append(f"a refusal without a plain reason: {refusal.code} {refusal.facts}")
        detail = str(refusal.facts.get("detail", ""))
        if reason == "crashed" and detail == "LibreOffice":
            self._found.contained += 1
        elif reason in ("crashed", "protocol"):
            self._found.wrong.append(f"{reason}: {detail}")


def _judge(folder: Path, found: list[Found], out: TextIO) -> None:
    """What veraPDF says of the PDF/A that were kept for it; a finding is a failure of the case."""
    paths = sorted(folder.glob("*.pdf"))
    reason = verapdf.available()
    if reason is not None or not paths:
        out.write(f"hostile: {len(paths)} PDF/A not judged by veraPDF: {reason or 'none was made'}\n")
        return
    invalid, by_number = 0, {each.number: each for each in found}
    for conformance in ("2u", "2b"):
        some = [path for path in paths if path.name.endswith(f".{conformance}.pdf")]
        for first in range(0, len(some), 200):
            for path, verdict in verapdf.verapdf(some[first : first + 200], conformance).items():
                if not verdict:
                    invalid += 1
                    each = by_number[int(path.name.partition(".")[0])]
                    each.wrong.append(f"not valid PDF/A-{conformance}: {verdict.broken[:3]}")
                    _tell(each, out)
    out.write(f"hostile: {len(paths)} PDF/A judged by veraPDF, {invalid} invalid\n")


def _print_table(found: list[Found], out: TextIO) -> None:
    row = "{:10} {:>6} {:>10} {:>8} {:>7} {:>10} {:>10} {:>10}\n"
    out.write(row.format("kind", "tried", "converted", "refused", "failed", "worst call", "worst s", "worst MiB"))
    for kind in [*WEIGHTS, "(worker)", ""]:
        some = [each for each in found if not kind or each.kind == kind]
        if not some:
            continue
        ends = Counter(each.end for each in some)
        out.write(row.format(
            kind or "all", len(some), ends["converted"], ends["refused"], sum(bool(each.wrong) for each in some),
            *(f"{max(value):.1f}" for value in ([e.slowest for e in some], [e.seconds for e in some])),
            f"{max(each.peak for each in some) / MIB:.0f}",
        ))  # fmt: skip
    reasons = Counter(each.reason for each in found if each.end == "refused")
    out.write(
        "hostile: refused " + ", ".join(f"{reason or '-'} {many}" for reason, many in reasons.most_common()) + "\n"
    )
    pages, peak = sum(each.pages_read for each in found), max((each.reader_peak for each in found), default=0)
    contained = sum(each.contained for each in found)
    out.write(f"hostile: {pages} pages read by machine, at most {peak / MIB:.0f} MiB; "
              f"{contained} times LibreOffice broke in its child and the refusal said so\n")  # fmt: skip


def repeat(folder: Path, seed: int, numbers: Sequence[int], out: TextIO) -> int:
    """Some cases alone, in this process; their files stay in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    kinds = sorted({_kind_of(seed, number)[0] for number in numbers})
    with tempfile.TemporaryDirectory(prefix="hostile-") as own:
        held = read_samples(_make_samples(Path(own), kinds))
        with _service(Path(own)) as service:
            found = []
            for number in numbers:
                case = make_case(seed, number, held)
                (folder / f"{seed}-{number}.{case.kind}").write_bytes(case.data)
                found.append(service.go(case))
                out.write(f"{found[-1]}\n")
    return sum(bool(each.wrong) for each in found)


if __name__ == "__main__":
    sys.exit(min(1, repeat(Path(sys.argv[1]), int(sys.argv[2]), [int(word) for word in sys.argv[3:]], sys.stdout)))
