"""PDF/A 转换速度: the real path beside OCRmyPDF and Ghostscript on the same files, all judged by veraPDF.

Ours is what take-in does with each file: look at it and make its PDF/A in limited children, text and look of every page
compared before and after. The others only convert: OCRmyPDF without recognition and without optimising, Ghostscript's
pdfwrite with the sRGB intent. Both are tools of this bench alone, taken where they are installed; ANJUAN_BENCH_OCRMYPDF
names another OCRmyPDF. ANJUAN_BENCH_PAGES sets how many pages there are of each kind.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import img2pdf
import pikepdf

from archive.renditions.sources import BytesSource
from archive.renditions.workshop import inspect, make_pdfa
from ingest.demo.cases import facts_of
from ingest.demo.forms import Entry, fill_in
from ingest.demo.names import BUREAU
from ingest.demo.papers import Paper, typeset
from ingest.demo.scans import as_jpeg, scan_paper
from tests.bench.report import Report
from tests.services import verapdf

PAGES = int(os.environ.get("ANJUAN_BENCH_PAGES", 120))
FORMS = ("DECISION", "INTV_REC", "HEAR_REC", "OPEN_APPR", "INSP_REC", "PRE_NOTICE")
LONG = int(os.environ.get("ANJUAN_BENCH_LONG", 20))  # pages of a long record
PROFILE = Path("/usr/share/color/icc/ghostscript/srgb.icc")
_INTENT = """%!
[ /_objdef {icc} /type /stream /OBJ pdfmark
[ {icc} << /N 3 >> /PUT pdfmark
[ {icc} (PROFILE) (r) file /PUT pdfmark
[ /_objdef {intent} /type /dict /OBJ pdfmark
[ {intent} << /Type /OutputIntent /S /GTS_PDFA1 /DestOutputProfile {icc} /OutputConditionIdentifier (sRGB) >>
/PUT pdfmark
[ {Catalog} << /OutputIntents [ {intent} ] >> /PUT pdfmark
"""


@dataclass
class Side:
    """One maker of PDF/A: how it makes one file of another, what it took, what it made."""

    name: str
    make: Callable[[Path, Path], object]
    seconds: float = 0.0
    made: list[Path] = field(default_factory=list)
    ways: Counter[str] = field(default_factory=Counter)

    def run(self, source: Path, folder: Path) -> None:
        """Makes one file, or nothing where the maker refuses."""
        target = folder / f"{self.name.split()[0]}-{source.name}"
        start = time.perf_counter()
        way = self.make(source, target)
        self.seconds += time.perf_counter() - start
        self.made.append(target)
        self.ways[str(way or "")] += 1


def measure(report: Report) -> None:
    """Adds the ratios of time for born-digital and for scanned files, and the share of valid ones."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("ANJUAN_BENCH_DIR")) as name:
        folder = Path(name)
        others = [side for side in (_ocrmypdf(), _ghostscript(folder)) if side is not None]
        for kind, files in (("born digital", list(_born_digital(folder))), ("scanned", list(_scanned(folder)))):
            sides = [Side("ours", _ours), *(Side(other.name, other.make) for other in others)]
            _ours(files[0], folder / "warm.pdf")
            for source in files:
                for side in sides:
                    side.run(source, folder)
            _report(report, kind, files, sides)


def _report(report: Report, kind: str, files: list[Path], sides: list[Side]) -> None:
    pages, valid = sum(map(_pages, files)), _judge(sides)
    ours, *others = sides
    rates = ", ".join(
        f"{side.name} {pages / side.seconds:.1f} pages/s" + (f" valid {valid[side.name]}/{len(files)}" if valid else "")
        for side in sides
    )
    for other in others:
        if not all(path.is_file() for path in other.made):  # some versions refuse to work with one another
            print(f"PDF/A {kind}: {other.name} did not make every file, so it is no measure")
            continue
        ways = ", ".join(f"{count} {way}" for way, count in ours.ways.items())
        note = f"{pages} pages in {len(files)} files; {rates}; ours by {ways}"
        report.ratio(f"PDF/A {kind}: ours / {other.name}", ours.seconds, other.seconds, 1.0, "higher", note)
    if not others:
        print(f"PDF/A {kind}: {rates}; neither OCRmyPDF nor Ghostscript is installed, so nothing stands beside it")
    if valid:
        share = valid[ours.name] / len(files)
        report.ratio(f"PDF/A {kind}: ours valid", 1, share, 1.0, "higher", "share valid in veraPDF as 2b", "of all")


def _judge(sides: list[Side]) -> dict[str, int]:
    """How many files of each side are valid; nothing when no judge is there."""
    if (reason := verapdf.available()) is not None:
        print(f"PDF/A: not judged, {reason}")
        return {}
    said = {}
    for side in sides:
        there = [path for path in side.made if path.is_file()]
        said[side.name] = sum(map(bool, verapdf.verapdf(there, "2b").values())) if there else 0
    return said


def _pages(path: Path) -> int:
    with pikepdf.open(path) as pdf:
        return len(pdf.pages)


def _ours(source: Path, target: Path) -> str:
    """As take-in does: what it is, then its PDF/A; gives the rung of the ladder that it came by."""
    plain = BytesSource(source.read_bytes())
    made = make_pdfa(plain, inspect(plain, source.name))
    target.write_bytes(made.pdf)
    return str(made.provenance.rung)


def _ocrmypdf() -> Side | None:
    program = os.environ.get("ANJUAN_BENCH_OCRMYPDF") or shutil.which("ocrmypdf")
    if program is None:
        print("PDF/A: OCRmyPDF is not installed here, nothing is measured beside it")
        return None
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    # from 17 on recognition is left out by name, before by giving it no time
    unread = ["--ocr-engine", "none"] if int(version.split(".")[0]) >= 17 else ["--tesseract-timeout", "0"]
    words = [program, "--quiet", "--skip-text", *unread, "--optimize", "0", "--output-type", "pdfa-2"]

    def make(source: Path, target: Path) -> None:
        subprocess.run([*words, source, target], capture_output=True, check=False)

    return Side(f"OCRmyPDF {version}", make)


def _ghostscript(folder: Path) -> Side | None:
    program = shutil.which("gs")
    if program is None or not PROFILE.is_file():
        print("PDF/A: Ghostscript is not installed here, nothing is measured beside it")
        return None
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    intent = folder / "intent.ps"
    intent.write_text(_INTENT.replace("PROFILE", str(PROFILE)), "ascii")
    words = [
        program, "-q", "-dBATCH", "-dNOPAUSE", "-dPDFA=2", "-dPDFACompatibilityPolicy=1", "-sDEVICE=pdfwrite",
        "-sColorConversionStrategy=RGB", f"--permit-file-read={PROFILE}",
    ]  # fmt: skip

    def make(source: Path, target: Path) -> None:
        subprocess.run([*words, f"-sOutputFile={target}", intent, source], capture_output=True, check=False)

    return Side(f"Ghostscript {version}", make)


def _papers() -> Iterator[Paper]:
    """Forms as they come, one or two pages each, and a long record among every few, until there are enough."""
    found = "当事人在示例路东侧空地倾倒建筑垃圾约十二立方米，未办理处置核准手续，致使路面污染约二百平方米。"
    facts = facts_of("示例渣土运输有限公司", "擅自倾倒建筑垃圾", "示例路东侧空地", found, opened="2025年3月4日")
    number = 0
    while True:
        for code in FORMS:
            number += 1
            told = f"问：第{number}次询问，请说明当日经过。答：{found}"
            more = tuple(f"{at}．{told}" for at in range(LONG * 11)) if code == "INTV_REC" else ()
            yield fill_in(Entry(code, "2025-04-12", more=more, number=f"示城管字〔2025〕第{number}号"), facts, BUREAU)


def _born_digital(folder: Path) -> Iterator[Path]:
    pages = 0
    for number, paper in enumerate(_papers()):
        path = folder / f"born-{number}.pdf"
        path.write_bytes(typeset(paper, BUREAU))
        pages += _pages(path)
        yield path
        if pages >= PAGES:
            return


def _scanned(folder: Path) -> Iterator[Path]:
    pages = 0
    for number, paper in enumerate(_papers()):
        pictures = [as_jpeg(page) for page in scan_paper(paper, BUREAU, aged=number % 2 == 1, seed=number + 1).pages]
        path = folder / f"scan-{number}.pdf"
        path.write_bytes(img2pdf.convert(pictures, nodate=True))
        pages += len(pictures)
        yield path
        if pages >= PAGES:
            return
