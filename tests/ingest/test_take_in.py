"""Take-in from package to seal: what is refused and why, what a refusal leaves, what a second time gives."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pikepdf
import pytest

from archive.kernel.ids import CaseId, IntakeId
from archive.kernel.refusals import Catalogue, Refusal
from archive.renditions.terms import ScanResult, Verdict
from archive.service.reading import get_case
from archive.terms import Part, Role
from ingest.service.intakes import read_report
from ingest.service.take_in import take_in
from tests.archive.renditions.samples import pdf_with_text
from tests.ingest.support import Desk
from tests.support.house import person

TEXT = {"甲.txt": "说明\n".encode()}


def _set(path: str, value: Any) -> Callable[[Any], None]:
    def change(description: Any) -> None:
        *steps, last = path.split(".")
        at = description
        for step in steps:
            at = at[int(step)] if step.isdigit() else at.setdefault(step, {})
        at[last] = value

    return change


SECRET = {"level": "SECRET", "until": "2030-01-01", "basis": "派生"}
REFUSED: dict[str, tuple[dict[str, bytes], Callable[[Any], None] | None, set[str]]] = {
    "missing": (TEXT, _set("items.0.files", ["甲.txt", "乙.txt"]), {"ingest.file-missing"}),
    "unlisted": (
        TEXT | {"乙.txt": b"x"},
        _set("items", [{"title": "甲", "files": ["甲.txt"]}]),
        {"ingest.file-unlisted"},
    ),
    "twice": (TEXT, _set("items.0.files", ["甲.txt", "甲.txt"]), {"ingest.file-listed-twice"}),
    "size": (TEXT, _set("items.0.files", [{"path": "甲.txt", "size": 5}]), {"ingest.size-differs"}),
    "digest": (TEXT, _set("items.0.files", [{"path": "甲.txt", "sha256": "0" * 64}]), {"ingest.digest-differs"}),
    "no items": (TEXT, _set("items", []), {"ingest.items-missing", "ingest.file-unlisted"}),
    "no file": (TEXT, _set("items.0.files", []), {"ingest.item-without-file", "ingest.file-unlisted"}),
    "type": (TEXT, _set("items.0.doc_type", "LETTER"), {"ingest.type-unknown"}),
    "order": (TEXT, _set("case.opened_on", "2026-11-01"), {"ingest.dates-out-of-order"}),
    "future": (TEXT, _set("items.0.doc_date", "2027-01-01"), {"ingest.dates-out-of-order"}),
    "closed later": (TEXT, _set("case.closed_on", "2026-12-24"), {"ingest.dates-out-of-order"}),
    "open guarded": (
        TEXT,
        _set("items.0.marking", {"handling": "OPEN", "claims": [{"kind": "PRIVACY"}]}),
        {"archive.marking-open-and-guarded"},
    ),
    "no basis": (
        TEXT,
        _set("items.0.marking", {"level": "SECRET"}),
        {"archive.marking-without-basis", "archive.marking-without-period"},
    ),
    "mark": ({"甲.txt": "机密★10年".encode()}, None, {"ingest.mark-above-marking"}),
    "mark GB": ({"甲.txt": "文件  机 密 ★10年".encode("gb18030")}, None, {"ingest.mark-above-marking"}),
    "mark in title": (TEXT, _set("items.0.title", "方案（绝密★）"), {"ingest.mark-above-marking"}),
    "no glyph": (TEXT, _set("case.party", "某\U0001f600"), {"archive.glyph-missing"}),
    "no glyph in a name": ({"甲\U0001f600.txt": b"x"}, None, {"archive.glyph-missing"}),
    "empty": ({"甲.txt": b""}, None, {"ingest.file-empty"}),
    "program": ({"甲.pdf": b"\x7fELF" + bytes(100)}, None, {"ingest.program-refused"}),
    "broken": ({"甲.pdf": b"%PDF-1.7\nnothing"}, None, {"archive.file-unreadable"}),
    "json": (TEXT | {"case.json": b"{"}, None, {"ingest.description-unreadable"}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_every_reason_and_nothing_left(desk: Desk, name: str) -> None:
    files, change, codes = REFUSED[name]
    reasons = desk.refusal(desk.write(f"refused {name}", files, change))
    assert {reason.code for reason in reasons} == codes
    catalogue = Catalogue.load(("archive", "ingest"))
    for reason in reasons:
        assert reason.code in catalogue.texts
        assert "—" not in catalogue.tell(reason).what.replace("第 — 页", "")


def test_all_reasons_are_told_at_once_and_the_report_stays(desk: Desk) -> None:
    def change(description: Any) -> None:
        _set("case.opened_on", "2026-11-01")(description)
        _set("items.0.doc_type", "LETTER")(description)

    files = {"甲.txt": b"x", "CON.txt": b"y"}
    assert [reason.code for reason in desk.refusal(desk.write("many", files, change))] == ["ingest.name-unsafe"]
    reasons = desk.refusal(desk.write("many more", {"甲.txt": b"x"}, change))
    assert {reason.code for reason in reasons} == {"ingest.dates-out-of-order", "ingest.type-unknown"}
    intake = IntakeId(str(reasons[0].facts["intake"]))
    with desk.ports.works.work(desk.actor) as work:
        kept = read_report(desk.ports, work, intake)
    assert {(each.code, each.file) for each in kept} >= {("ingest.type-unknown", "甲.txt")}
    with pytest.raises(Refusal), desk.ports.works.work(person(desk.house, "archivist2")) as work:
        read_report(desk.ports, work, intake)


def test_a_report_lies_encrypted(desk: Desk) -> None:
    reasons = desk.refusal(desk.write("quiet", {"罕见文件名.txt": b""}))
    (row,) = [row for row in desk.rows("refused") if row.id == reasons[0].facts["intake"]]
    assert row.report[0]["words"] and "罕见" not in json.dumps(row.report, ensure_ascii=False)


@pytest.mark.parametrize(
    ("files", "change", "code", "page"),
    [
        (TEXT, _set("items.0.marking", SECRET), "ingest.secret-refused", 0),
        (TEXT, _set("marking", SECRET), "ingest.secret-refused", 0),
        (TEXT, _set("case.title", "某案 秘密★5年"), "ingest.secret-refused", 0),
        ({"甲.pdf": pdf_with_text("通知", "内部方案 机密★20年")}, None, "ingest.secret-found", 2),
        ({"甲.txt": b"x", "乙.pdf": pdf_with_text("秘密★")}, "attach", "ingest.secret-found", 1),
    ],
)
def test_an_ordinary_installation_keeps_nothing_of_a_state_secret(
    ordinary: Desk, files: dict[str, bytes], change: Any, code: str, page: int
) -> None:
    if change == "attach":
        change = _set("items", [{"title": "甲", "files": ["甲.txt", "乙.pdf"]}])
    reasons = ordinary.refusal(ordinary.write(f"secret {len(ordinary.rows('refused'))}", files, change))
    assert code in {reason.code for reason in reasons}
    if code == "ingest.secret-found":
        assert [reason.facts["page"] for reason in reasons] == [page]
    (row,) = [row for row in ordinary.rows("refused") if row.id == reasons[0].facts["intake"]]
    assert [kept["words"] for kept in row.report] == [""] * len(row.report)


def test_a_case_of_all_kinds_is_sealed_with_its_volumes(desk: Desk) -> None:
    files = {"a.pdf": pdf_with_text("决定书"), "b.pdf": pdf_with_text("附件"), "c.txt": b"c", "d.bin": b"\0\1\2" * 9}
    items = [
        {"title": "决定书", "files": ["a.pdf", "b.pdf"], "doc_type": "DECISION"},
        {"title": "第二卷", "files": ["c.txt"], "volume": 2},
        {"title": "内部", "files": ["d.bin"], "part": "internal"},
    ]
    receipt = desk.take(desk.write("kinds", files, _set("items", items)))
    assert receipt.state == "sealed" and receipt.trial and len(receipt.received) == 4
    with desk.ports.works.work(desk.actor) as work:
        view = get_case(work, desk.ports.holdings, receipt.case_id)
    assert [(volume.part, len(volume.items)) for volume in view.volumes] == [
        (Part.MAIN, 1),
        (Part.MAIN, 1),
        (Part.INTERNAL, 1),
    ]
    first, second, third = (volume.items[0] for volume in view.volumes)
    assert sorted(file.role for file in first.files) == sorted([Role.ORIGINAL, Role.ORIGINAL, Role.PDFA, Role.TEXT])
    assert (first.rendition, second.rendition, third.rendition) == ("pdfa", "pdfa", "original-only")
    assert first.facts is not None and "b.pdf" in first.facts.rendition_note
    assert third.facts is not None and "仅封存原件" in third.facts.rendition_note
    assert {"rendition"} <= {note.code for note in receipt.notes}


def test_a_text_that_cannot_be_read_is_not_counted_as_free_of_marks(desk: Desk) -> None:
    """More signs on one page than a reader takes: nobody looked for marks of secrecy, and item and receipt say so."""
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page()
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = pdf.make_stream(b"BT /F1 1 Tf 9 9 Td " + (b"(" + b"a " * 500 + b") Tj ") * 410 + b"ET")
        made = io.BytesIO()
        pdf.save(made)
    files = {"甲.txt": b"x", "乙.pdf": made.getvalue()}
    receipt = desk.take(desk.write("unread", files, _set("items", [{"title": "甲", "files": ["甲.txt", "乙.pdf"]}])))
    assert [note.detail for note in receipt.notes if note.code == "marks-unchecked"] == ["乙.pdf: stream"]


def test_the_same_package_again_gives_the_receipt(desk: Desk) -> None:
    path = desk.write("again", {"甲.txt": b"once"})
    first = desk.take(path)
    second = desk.take(path)
    (path / "case.json").touch()
    third = desk.take(path)
    elsewhere = path.rename(path.parent / "moved")
    fourth = desk.take(elsewhere)
    assert {each.case_id for each in (first, second, third, fourth)} == {first.case_id}
    assert [each.repeated for each in (first, second, third, fourth)] == [False, True, True, True]
    with pytest.raises(Refusal):
        take_in(desk.ports, person(desk.house, "foreign"), elsewhere)


def test_the_same_file_in_another_case_is_noted(desk: Desk) -> None:
    first = desk.take(desk.write("one", {"甲.txt": b"the same words"}))
    second = desk.take(desk.write("two", {"乙.txt": b"the same words", "丙.txt": b"others"}))
    noted = [note for note in second.notes if note.code == "duplicate"]
    assert [(note.file, note.detail.startswith(first.reference_code)) for note in noted] == [("乙.txt", True)]


def test_a_touched_file_is_read_again_after_an_interruption(desk: Desk) -> None:
    path = desk.write("touched", {"a.txt": b"old words", "b.txt": b"b"})
    with pytest.raises(_Stopped):
        take_in(desk.ports, desk.actor, path, _Stop("receive", "b.txt"))
    (path / "a.txt").write_bytes(b"new words")
    receipt = desk.take(path)
    with desk.ports.works.work(desk.actor) as work:
        view = get_case(work, desk.ports.holdings, receipt.case_id)
    sizes = {file.name: file.sha256 for item in view.volumes[0].items for file in item.files}
    assert sizes["a.txt"] == next(line.sha256 for line in receipt.received if line.name == "a.txt")


class _Stopped(Exception):
    """What a broken disk or a stopped process looks like from inside."""


class _Stop:
    """Stops the take-in when it reaches a stage and name."""

    def __init__(self, stage: str, name: str = "") -> None:
        self._stage, self._name = stage, name

    def tell(self, stage: str, name: str, done: int, total: int) -> None:
        if stage == self._stage and self._name in name:
            raise _Stopped


@pytest.mark.parametrize("stage", ["receive", "normalise", "accession", "seal"])
def test_an_interrupted_take_in_goes_on(desk: Desk, stage: str) -> None:
    path = desk.write(f"stopped at {stage}", {"a.txt": stage.encode(), "b.txt": b"b", "c.txt": b"c"})
    with pytest.raises(_Stopped):
        take_in(desk.ports, desk.actor, path, _Stop(stage, "b.txt" if stage == "receive" else ""))
    before = {row.id for row in desk.rows("sealed")}
    receipt = desk.take(path)
    assert receipt.state == "sealed" and not receipt.repeated
    assert len({row.id for row in desk.rows("sealed")} - before) == 1
    assert CaseId(receipt.case_id) not in desk.ports.holdings.store.staged()
    assert desk.take(path).case_id == receipt.case_id


class _Scanner:
    """A scanner that finds one word."""

    def __init__(self, broken: bool = False) -> None:
        self.broken = broken

    def scan(self, chunks: Any) -> ScanResult:
        if self.broken:
            raise Refusal("archive.scan-failed", detail="away")
        found = b"EICAR" in b"".join(chunks)
        return ScanResult(Verdict.INFECTED if found else Verdict.CLEAN, "Test" if found else "", "engine 1")


def test_malware_is_refused_and_an_absent_scanner_only_delays(desk: Desk) -> None:
    path = desk.write("malware", {"a.txt": b"fine", "b.txt": b"EICAR"})
    with pytest.raises(Refusal) as refused:
        take_in(replace(desk.ports, scanner=_Scanner()), desk.actor, path)
    assert {reason.code for reason in refused.value.all()} == {"ingest.malware-found"}
    clean = desk.write("clean", {"a.txt": b"still fine"})
    with pytest.raises(Refusal) as refused:
        take_in(replace(desk.ports, scanner=_Scanner(broken=True)), desk.actor, clean)
    assert refused.value.code == "archive.scan-failed"
    receipt = take_in(replace(desk.ports, scanner=_Scanner()), desk.actor, clean)
    assert receipt.state == "sealed" and "未发现病毒 · engine 1" in receipt.received[0].malware
