"""Canaries 无明文: takes marked cases in, works with them, then searches every byte on disk for their words.

Every sink that the installation writes (data folder, database with its journal, index, key places, releases, staging,
quarantine) and the machine's temporary folders are read whole; the submission itself lies elsewhere.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import wsgi
from archive.kernel.database import Sessions
from archive.kernel.outbox import drain
from archive.sealing_parts import anchors_of
from archive.service.verifying import Anchors, verify_case
from ingest.demo.cases import Case, advertising_case, secret_case, write_case
from ingest.demo.papers import Paper, typeset
from ingest.ports import TakeIn
from ingest.service.take_in import take_in
from search.ports import SearchPorts
from search.service.find import find
from tests.support.house import UNIT, make_house

DEFAULT_COUNT = 200
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")
_SIGNS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥东南西北春夏秋冬金木水火土"
_LEAST = 6


def prove(count: int, seed: int, out: TextIO) -> tuple[int, int]:
    """``count`` random sentences planted in marked items; a sentence that is found anywhere on disk has failed."""
    chance = random.Random(seed)
    planted = ["".join(chance.choices(_SIGNS, k=10)) for _ in range(count)]
    started = time.time() - 1
    with tempfile.TemporaryDirectory(prefix="canaries-") as name:
        base = Path(name)
        house = make_house(base / "home")
        paths = [write_case(case, base / "packages") for case in _cases(planted)]
        for path in paths:
            receipt = take_in(house.ports.get(TakeIn), house.people["archivist"], path)
            drain(house.ports.get(Sessions), house.clock, wsgi.handlers(house.ports))
            anchors = Anchors(anchors_of(house.holdings.sealing))
            verify_case(house.holdings, house.people["archivist"], receipt.case_id, anchors, deep=True)
        found_by_reader = 0
        for sentence in planted[:5]:
            with house.works.work(house.people["archivist"]) as work:
                found_by_reader += find(work, house.ports.get(SearchPorts), sentence).total
        leaked = _leaks(planted, [*_files(base / "home", 0), *_files(Path(tempfile.gettempdir()), started, base)])
    for sentence, path in leaked[:20]:
        out.write(f"canaries: {sentence} stands in clear in {path}\n")
    silent = int(found_by_reader < min(5, count))
    if silent:
        out.write("canaries: an entitled reader does not find the planted words, so the search proves nothing\n")
    return count, len({sentence for sentence, _ in leaked}) + silent


def _cases(planted: list[str]) -> list[Case]:
    """The demonstration's marked cases, and one whose guarded papers carry every planted sentence."""
    papers = [planted[at : at + 20] for at in range(0, len(planted), 20)]
    kinds = ("PRIVACY", "TRADE_SECRET", "INFORMANT", "PROCESS_PAPER", "MINOR")
    files, items = {}, []
    for number, sentences in enumerate(papers):
        name = f"{number:03}.pdf"
        files[name] = typeset(Paper("询问笔录", "", (), tuple(f"{sentence}。" for sentence in sentences)), "示例局")
        marking = {"claims": [{"kind": kinds[number % len(kinds)], "whose": sentences[0]}]}
        items.append({"title": f"笔录 {sentences[-1]}", "files": [name], "marking": marking, "note": sentences[0]})
    case = {"title": "示例案", "closed_on": "2026-11-01"}
    own = Case("植入", {"anjuan_sip": 1, "unit": UNIT, "case": case, "items": items}, files)
    return [own, _in_unit(advertising_case()), _in_unit(secret_case())]


def _in_unit(case: Case) -> Case:
    return Case(case.folder, {**case.description, "unit": UNIT}, case.files)


def _files(folder: Path, newer_than: float, without: Path | None = None) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if without is not None and path.is_relative_to(without):
            continue
        try:
            if path.is_file() and not path.is_symlink() and path.stat().st_mtime >= newer_than:
                yield path
        except OSError:
            continue


def _leaks(planted: list[str], paths: list[Path]) -> list[tuple[str, Path]]:
    """Any run of six signs of a sentence counts, so that a cut or re-encoded sentence is found as well."""
    needles = {
        sentence[at : at + _LEAST].encode(encoding): sentence
        for sentence in planted
        for at in range(len(sentence) - _LEAST + 1)
        for encoding in _ENCODINGS
    }
    by_head: dict[bytes, list[bytes]] = {}
    for needle in needles:
        by_head.setdefault(needle[:4], []).append(needle)
    found = []
    for path in paths:
        try:
            data = path.read_bytes()
        except OSError:
            continue
        for head, group in by_head.items():
            if head in data:
                found += [(needles[needle], path) for needle in group if needle in data]
    return found
