"""Machine reading of the demonstration's scans: errors against the text they were typeset from, and speed.

Clean and aged scans of the same papers. Errors are edit distance over characters without blanks, full-width and
half-width forms of a sign being one (NFKC: a picture does not tell them apart); with the forms told apart the figure
stands beside it. The stamp's words are drawn, not typeset: whatever the reader makes of a stamp counts as error.
Speed is beside the bare engine, page by page in turns, both with one thread and warm.
"""

from __future__ import annotations

import io
import math
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from PIL import Image
from rapidocr import RapidOCR

from archive.renditions.ocr import PageReader, ReadLine, missing_engine
from archive.renditions.sources import BytesSource
from archive.renditions.workshop import extract_text
from ingest.demo.cases import facts_of
from ingest.demo.forms import Entry, fill_in
from ingest.demo.names import BUREAU
from ingest.demo.scans import as_jpeg, scan_paper
from tests.bench.report import Report

PAPERS = ("DECISION", "INTV_REC", "HEAR_REC", "OPEN_APPR", "INSP_REC", "PRE_NOTICE")
TARGETS = {"clean": 0.03, "aged": 0.08}
Placed = tuple[float, float, str]
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Page:
    """One scanned page, how far it is turned, and the words typeset on it with their places (shares of the page)."""

    png: bytes
    turned: float
    typeset: tuple[Placed, ...]
    size: tuple[float, float]


def measure(report: Report) -> None:
    """Adds error rates and the ratio of times; some minutes on a busy machine. Adds nothing where no engine is."""
    if missing_engine():
        print(f"ocr: not measured, {missing_engine()}")
        return
    params = {
        "Global.log_level": "critical",
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    bare = RapidOCR(params=params)
    with PageReader() as reader:
        for kind, target in TARGETS.items():
            pages = list(_pages(kind))
            reader.read(pages[0].png)
            bare(pages[0].png)
            ours, theirs, wrong, strict, signs = 0.0, 0.0, 0, 0, 0
            for page in pages:
                lines, taken = _timed(reader.read, page.png)
                _, beside = _timed(bare, page.png)
                ours, theirs = ours + taken, theirs + beside
                told = "".join(text for _, _, text in in_order(page.typeset, page.typeset))
                heard = "".join(text for _, _, text in in_order(list(_places(page, lines)), page.typeset))
                wrong += distance(_bare(_folded(told)), _bare(_folded(heard)))
                strict, signs = strict + distance(_bare(told), _bare(heard)), signs + len(_bare(told))
            note = f"{len(pages)} pages; {strict / signs:.3f} with full-width and half-width forms told apart"
            report.ratio(f"ocr: errors on {kind} scans", wrong, signs, target, "lower", note, "signs")
            note = f"{len(pages) / ours:.2f} pages/s beside {len(pages) / theirs:.2f}, one thread each"
            report.ratio(f"ocr: time on {kind} scans", ours, theirs, 1.1, "lower", note)


def distance(one: str, other: str) -> int:
    """Edit distance: signs put in, left out or wrong."""
    row = list(range(len(other) + 1))
    for at, sign in enumerate(one, 1):
        last, row[0] = row[0], at
        for there, its in enumerate(other, 1):
            last, row[there] = row[there], min(row[there] + 1, row[there - 1] + 1, last + (sign != its))
    return row[-1]


def in_order(found: Sequence[Placed], typeset: Sequence[Placed]) -> list[Placed]:
    """Runs of text row by row as the page was typeset, in each from left to right: both sides are put in one order."""
    rows = _rows(typeset)
    return sorted(found, key=lambda run: (min(range(len(rows)), key=lambda n: abs(rows[n] - run[1])), run[0]))


def _rows(typeset: Sequence[Placed], apart: float = 0.007) -> list[float]:
    heights = sorted(y for _, y, _ in typeset)
    return heights[:1] + [after for before, after in pairwise(heights) if after - before > apart]


def _pages(kind: str) -> Iterator[Page]:
    found = "当事人在示例路东侧空地倾倒建筑垃圾约十二立方米，未办理处置核准手续，致使路面污染约二百平方米。"
    place = "示例路与示范街交叉口东侧空地"
    facts = facts_of("示例渣土运输有限公司", "擅自倾倒建筑垃圾", place, found, opened="2025年3月4日")
    for seed, code in enumerate(PAPERS, 1):
        paper = fill_in(Entry(code, "2025-04-12", number="示城管字〔2025〕第8号"), facts, BUREAU)
        scan = scan_paper(paper, BUREAU, aged=kind == "aged", seed=seed)
        for picture, turned, text in zip(scan.pages, scan.turned, extract_text(BytesSource(scan.typeset)), strict=True):
            out = io.BytesIO()
            Image.open(io.BytesIO(as_jpeg(picture))).save(out, "PNG")
            runs = tuple(
                (line.x0 / text.width, (line.y0 + line.y1) / 2 / text.height, line.text) for line in text.lines
            )
            yield Page(out.getvalue(), turned, runs, (text.width, text.height))


def _places(page: Page, lines: Sequence[ReadLine]) -> Iterator[Placed]:
    """Where the read lines would lie on the page before it was turned."""
    width, height = page.size
    cos, sin = math.cos(math.radians(page.turned)), math.sin(math.radians(page.turned))
    for line in lines:
        across, down = ((line.x0 + line.x1) / 2 - 0.5) * width, ((line.y0 + line.y1) / 2 - 0.5) * height
        middle, y = across * cos - down * sin, across * sin + down * cos
        half = (line.x1 - line.x0) / 2 * width
        yield (middle - half) / width + 0.5, y / height + 0.5, line.text


def _timed(deed: Callable[[bytes], Made], png: bytes) -> tuple[Made, float]:
    started = time.perf_counter()
    found = deed(png)
    return found, time.perf_counter() - started


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _bare(text: str) -> str:
    return "".join(text.split())
