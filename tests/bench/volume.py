"""A whole volume bound for reading 整卷合订: its memory for few and for many pages, and its time beside a bare merge.

Ours decrypts, asks the guard, journals each item and puts a strip below each page; the bare merge has the same parts in
clear and does none of it. ANJUAN_BENCH_PAGES sets the size of the large volume.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import img2pdf
import pikepdf
from pikepdf import pdfa
from PIL import Image

from archive.kernel.ids import CaseId
from archive.service.volumes import read_volume
from archive.terms import Role
from tests.bench.report import Report
from tests.bench.take_in import growth
from tests.support.cases import Paper, seal_example
from tests.support.house import House, make_house, person

PAGES = int(os.environ.get("ANJUAN_BENCH_PAGES", 2_000))
FEW, EACH = 100, 10  # pages of the small volume; pages of each item


def measure(report: Report) -> None:
    """Adds the ratios of memory and of time."""
    small, large = (_in_a_process(pages) for pages in (FEW, PAGES))
    note = f"growth for {PAGES} scanned pages ({large[3]:.0f} MiB) beside that for {FEW} + 8 MiB"
    report.ratio("volume: memory is flat", large[0], small[0] + 8, 1.0, "lower", note, unit="MiB")
    note = f"bare merge of {PAGES} clear pages in memory; {PAGES / large[1]:.0f} pages/s of ours"
    report.ratio("volume: bound / bare merge", large[1], large[2], None, "lower", note)


def _in_a_process(pages: int) -> list[float]:
    words = [sys.executable, "-m", "tests.bench.volume", str(pages)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return [float(each) for each in json.loads(done.stdout)]


def scan(pages: int = EACH) -> bytes:
    """One scanned item as PDF/A: every page a picture that does not compress."""
    pictures = []
    for _ in range(pages):
        written = io.BytesIO()
        Image.frombytes("L", (800, 1100), os.urandom(800 * 1100)).save(written, "JPEG", quality=15)
        pictures.append(written.getvalue())
    with pikepdf.open(io.BytesIO(img2pdf.convert(pictures, nodate=True))) as pdf:
        pdfa.prepare(pdf, "2b")
        made = io.BytesIO()
        pdf.save(made, **pdfa.resolve_save_kwargs("2b"))
    return made.getvalue()


def _read(house: House, case_id: CaseId) -> int:
    return sum(len(piece) for piece in read_volume(house.holdings, person(house, "archivist"), case_id, 1).pieces)


def _merge(part: bytes, count: int) -> None:
    with pikepdf.Pdf.new() as whole:
        parts = [pikepdf.open(io.BytesIO(part)) for _ in range(count)]
        for each in parts:
            whole.pages.extend(each.pages)
        whole.save(io.BytesIO())
        for each in parts:
            each.close()


def main(pages: int) -> None:
    """MiB grown, seconds of ours, seconds of the bare merge, MiB written; a small volume first loads what is loaded."""
    part = scan()
    paper = Paper("扫描件", content=part, name="scan.pdf", role=Role.PDFA, pages=EACH)
    with tempfile.TemporaryDirectory(dir=os.environ.get("ANJUAN_BENCH_DIR")) as folder:
        house = make_house(Path(folder) / "home")
        warm = seal_example(house, [paper] * 2).case_id
        case_id = seal_example(house, [paper] * (pages // EACH)).case_id
        _read(house, warm)
        grown = growth(lambda: _read(house, case_id))
        start = time.perf_counter()
        size = _read(house, case_id)
        ours = time.perf_counter() - start
    start = time.perf_counter()
    _merge(part, pages // EACH)
    print(json.dumps([max(grown, 0.1), ours, time.perf_counter() - start, size / (1 << 20)]))


if __name__ == "__main__":
    main(int(sys.argv[1]))
