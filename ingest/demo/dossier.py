"""Dossier 案卷编制: puts the papers, pictures and recordings of one invented case together as a submission."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from archive.pages.fonts import vendored_fonts
from ingest.demo.forms import Entry, fill_in, title_of
from ingest.demo.names import BUREAU, UNIT
from ingest.demo.papers import typeset
from ingest.demo.pictures import draw_photo, record_tone
from ingest.demo.scans import as_jpeg, as_tiff, scan_paper
from ingest.demo.stating import paper_of, process_of

ROOT = Path(__file__).resolve().parents[2]
CLAIMS = {
    "PRIVACY": ("被询问人", "个人信息"),
    "MINOR": ("未成年当事人", "未成年人信息"),
    "TRADE_SECRET": ("当事人", "当事人主张"),
    "INFORMANT": ("反映人", "反映人信息"),
    "PROCESS_PAPER": ("", ""),
}
STORED_AFTER = timedelta(hours=5)
"""How long after the start of a recording its device was emptied."""
_INTERNAL = frozenset(
    {
        *("OPEN_APPR", "COERC_APPR", "INV_REPORT", "HEAR_REPORT", "LEGAL_REV"),
        *("COLLECTIVE", "CASE_APPR", "CLOSE_APPR", "TIP_REG"),
    }
)


@dataclass(frozen=True, slots=True)
class Case:
    """One invented case 虚构案件: description and files."""

    folder: str
    description: Mapping[str, Any]
    files: Mapping[str, bytes] = field(default_factory=dict)


def write_case(case: Case, parent: Path) -> Path:
    """Writes the case as a submission folder; it stands whole or not at all under its name."""
    folder = parent / case.folder
    growing = parent / f".{case.folder}.part"
    for left in (growing, folder):
        shutil.rmtree(left, ignore_errors=True)
    for name, data in case.files.items():
        path = growing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    text = json.dumps(case.description, ensure_ascii=False, indent=1)
    (growing / "case.json").write_text(text, "utf-8")
    growing.rename(folder)
    return folder


class Dossier:
    """A case file that grows paper by paper 编制中的案卷, in the order of its contents list.

    ``process`` adds to what the case says of itself; None says nothing, as files of old times do.
    """

    def __init__(
        self,
        folder: str,
        facts: Mapping[str, str],
        unit: str = UNIT,
        process: Mapping[str, Any] | None = MappingProxyType({}),
        **case: Any,
    ) -> None:
        self.unit, self.folder, self._facts, self._case = unit, folder, dict(facts), case
        self._process, self._ways = process, set[str]()
        self._files: dict[str, bytes] = {}
        self._items: list[dict[str, Any]] = []
        self.volume = 1

    def paper(self, code: str, day: str, *more: str, claim: str = "", scanned: str = "", **words: Any) -> Self:
        """A paper of a document type, with further paragraphs; ``scanned`` is "clean" or "aged", or empty for PDF."""
        marking, item = words.pop("marking", None), {key: words.pop(key) for key in ("note",) if key in words}
        listed = words.pop("listed", "")
        entry = Entry(code, day, more, **words)
        paper = fill_in(entry, self._facts, BUREAU)
        internal = code in _INTERNAL
        if scanned:
            scan = scan_paper(paper, BUREAU, aged=scanned == "aged", seed=len(self._items) + 1)
            several = len(scan.pages) > 1
            data, suffix = (as_tiff(scan.pages), "tif") if several else (as_jpeg(scan.pages[0]), "jpg")
        else:
            data, suffix = typeset(paper, BUREAU), "pdf"
        if entry.number:
            item["doc_no"] = entry.number
        title = listed or paper.title.replace("“", "").replace("”", "")
        self._add(
            title, code, day, suffix, data, _mark("PROCESS_PAPER" if internal else claim, marking), internal, item
        )
        return self

    def served(
        self, code: str, day: str, number: str = "", way: str = "直接送达", *, scanned: str = "", **facts: str
    ) -> Self:
        """The receipt of a paper that was served 送达回证."""
        name = next((item["title"] for item in reversed(self._items) if item["doc_type"] == code), title_of(code))
        told = {"served": name, "served_number": number or "无", "way": way, **facts}
        listed = f"送达回证（{name}）"
        self._ways.add(way)
        self.paper("SRV_RECEIPT", day, facts=tuple(told.items()), listed=listed, scanned=scanned)
        if self._process is not None:
            self._items[-1]["paper"] |= {"concerns": [name], "refused": "" if way == "直接送达" else "受送达人拒绝签收"}
        return self

    def photo(self, day: str, number: int, claim: str = "") -> Self:
        """A photo of the scene, with the data of its camera."""
        taken = f"{day.replace('-', ':')} 10:{20 + number % 30}:00"
        self._add(f"现场照片之{number}", "PHOTO_SHEET", day, "jpg", draw_photo(number, taken), _mark(claim, None))
        return self

    def film(
        self, title: str, start: str, seconds: int, records: str, gap: tuple[int, int] = (0, 0), kind: str = "webm"
    ) -> Self:
        """A film with a running clock; ``gap`` is second and length of what the camera lost; ``kind`` webm or avi."""
        self._record(title, start, seconds, records, kind, make_film(start, seconds, gap, kind))
        return self

    def received(self, title: str, code: str, day: str, suffix: str, data: bytes, claim: str = "") -> Self:
        """A file as somebody else sent it 外来文件."""
        self._add(title, code, day, suffix, data, _mark(claim, None), code in _INTERNAL)
        return self

    def tone(self, title: str, start: str, seconds: int, records: str) -> Self:
        """A sound recording."""
        self._record(title, start, seconds, records, "wav", record_tone(seconds))
        return self

    def next_volume(self) -> Self:
        """What follows lies in the next volume 下一卷."""
        self.volume += 1
        return self

    def done(self) -> Case:
        """The case as it is submitted."""
        facts = {"handling_unit": self.unit, "officers": _officers(), "outcome": "penalty", **self._case}
        if self._process is not None:
            codes = [item["doc_type"] for item in self._items]
            facts["process"] = process_of(facts, codes, self._ways, self._process)
        return Case(self.folder, {"anjuan_sip": 1, "unit": self.unit, "case": facts, "items": self._items}, self._files)

    def _record(self, title: str, start: str, seconds: int, records: str, suffix: str, data: bytes) -> None:
        begun = datetime.fromisoformat(f"{start}+08:00")
        recording = {
            "device": "执法记录仪 DEMO-7",
            "officer": "甲某",
            "started_at": begun.isoformat(),
            "ended_at": (begun + timedelta(seconds=seconds)).isoformat(),
            "place": self._facts["place"],
            "records_item": records,
            "stored_at": (begun + STORED_AFTER).isoformat(),
            "device_clock": (begun + STORED_AFTER).isoformat(),
        }
        more = {"recording": recording}
        self._add(title, "AV_MEDIA", start[:10], suffix, data, None, False, more)

    def _add(
        self,
        title: str,
        code: str,
        day: str,
        suffix: str,
        data: bytes,
        marking: dict[str, Any] | None,
        internal: bool = False,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        part = "副卷" if internal else "正卷" if self.volume == 1 else f"正卷{self.volume}"
        number = sum(1 for name in self._files if name.startswith(f"{part}/")) + 1
        path = f"{part}/{number:02}-{title}.{suffix}"
        self._files[path] = data
        item = {"title": title, "files": [path], "doc_type": code, "doc_date": day, "author": BUREAU, **(more or {})}
        if marking is not None:
            item["marking"] = marking
        if self._process is not None and "recording" not in item:
            item["paper"] = paper_of(code)
        item |= {"part": "internal"} if internal else {"volume": self.volume} if self.volume > 1 else {}
        self._items.append(item)


def make_film(start: str, seconds: int, gap: tuple[int, int] = (0, 0), kind: str = "webm") -> bytes:
    """A film made by the child program, which alone may hold the codecs."""
    with tempfile.TemporaryDirectory(prefix="film-") as folder:
        path = Path(folder) / f"film.{kind}"
        asked = {
            "path": str(path),
            "seconds": seconds,
            "start": f"{start}+08:00",
            "gap_at": gap[0],
            "gap_seconds": gap[1],
        }
        asked["font"] = str(vendored_fonts() / "NotoSerifSC-Bold.ttf")
        command = [sys.executable, "-m", "ingest.demo.film"]
        subprocess.run(command, input=json.dumps(asked) + "\n", text=True, check=True, cwd=ROOT)
        return path.read_bytes()


def _mark(claim: str, marking: dict[str, Any] | None) -> dict[str, Any] | None:
    if marking is not None or not claim:
        return marking
    whose, ground = CLAIMS[claim]
    return {"claims": [{"kind": claim, "whose": whose, "ground": ground}]}


def _officers() -> list[dict[str, str]]:
    return [{"name": "甲某", "certificate_no": "演示0001"}, {"name": "乙某", "certificate_no": "演示0002"}]
