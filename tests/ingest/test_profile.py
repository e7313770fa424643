"""The description: schema and parser agree, faults are named with their place, the spreadsheet says the same."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.kernel.refusals import Refusal
from archive.terms import Compartment, Level, Part
from ingest.adapters.workbooks import read_workbook
from ingest.document_types import DOCUMENT_TYPES
from ingest.profile.model import example, make_schema, schema_text
from ingest.profile.reading import read_description
from ingest.profile.template import make_workbook, write_template
from ingest.profile.workbook import read_sheets
from ingest.terms import Problem, Sip
from tests.ingest.packages.shapes import zipped

SCHEMA = jsonschema.Draft202012Validator(json.loads(schema_text()))
WORDS = st.text("案卷行政处罚决定书甲乙丙ABC123〔〕（）", min_size=1, max_size=20)
DAYS = st.dates().map(lambda day: day.isoformat() if day.year > 1900 else "2026-01-02")


def _read(value: Any) -> tuple[Sip | None, list[Problem]]:
    return read_description(json.dumps(value, ensure_ascii=False).encode())


def test_the_shipped_schema_is_the_models() -> None:
    assert json.loads(schema_text()) == make_schema()
    jsonschema.Draft202012Validator.check_schema(make_schema())


def test_the_example_is_fit() -> None:
    sip, problems = _read(example())
    assert problems == [] and sip is not None
    SCHEMA.validate(example())
    assert [item.part for item in sip.items] == [Part.MAIN, Part.MAIN, Part.MAIN, Part.INTERNAL]
    assert sip.items[1].marking.kinds == {"PRIVACY"}
    assert sip.items[2].facts.recording is not None and sip.items[2].facts.recording.officer == "甲某"


def _with(path: str, value: Any) -> dict[str, Any]:
    changed: Any = example()
    *steps, last = path.split(".")
    at = changed
    for step in steps:
        at = at[int(step)] if step.isdigit() else at[step]
    at[int(last) if last.isdigit() else last] = value
    return dict(changed)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("anjuan_sip", 2),
        ("anjuan_sip", "1"),
        ("unit", "一 中 队"),
        ("unknown", 1),
        ("case.title", ""),
        ("case.title", 5),
        ("case.closed_on", "2026-02-30"),
        ("case.closed_on", 20260101),
        ("case.closed_on", 1),
        ("case.outcome", "guilty"),
        ("case.marking", {}),
        ("items.0.files", "a.pdf"),
        ("items.0.files", [{"path": "a.pdf", "sha256": "AB"}]),
        ("items.0.files", [{"path": "a.pdf", "size": -1}]),
        ("items.0.part", "secret"),
        ("items.0.volume", 0),
        ("items.0.doc_date", "1.9.2026"),
        ("items.0.original_name", "x"),
        ("items.2.recording.device", ["x"]),
        ("items.0.marking", {"level": "VERY_SECRET"}),
        ("items.0.marking", {"claims": [{"kind": "PRIVAT"}]}),
        ("items.0.marking", {"claims": {}}),
        ("items.0.marking", {"lvl": "SECRET"}),
    ],
)
def test_schema_and_parser_refuse_the_same(path: str, value: Any) -> None:
    changed = _with(path, value)
    sip, problems = _read(changed)
    assert sip is None
    assert {problem.code for problem in problems} == {"ingest.description-invalid"}
    place = str(problems[0].facts["where"])
    assert place.startswith(path.split(".")[0])
    if path != "case.closed_on" or not isinstance(value, str):
        assert path.startswith(("items.0.doc_date",)) or not SCHEMA.is_valid(changed)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe{}",
        b'{"a": 1, "a": 2}',
        b"[" * 200_000,
        b'{"anjuan_sip": ' + b"9" * 10_000 + b"}",
        b'{"case": ' + b'{"a":' * 60 + b"1" + b"}" * 60 + b"}",
    ],
)
def test_what_is_no_json_of_use_is_told_so(data: bytes) -> None:
    sip, problems = read_description(data)
    assert sip is None
    assert {problem.code for problem in problems} == {"ingest.description-unreadable"}


def test_a_recording_without_offset_is_refused() -> None:
    sip, problems = _read(_with("items.2.recording.started_at", "2026-09-03T10:12:00"))
    assert sip is None
    assert problems[0].facts["where"] == "items.2.recording.started_at"


@st.composite
def _items(draw: st.DrawFn) -> dict[str, Any]:
    item: dict[str, Any] = {"title": draw(WORDS), "files": [f"{draw(st.uuids())}.pdf"]}
    item |= {"part": draw(st.sampled_from(["main", "internal"])), "volume": draw(st.integers(1, 3))}
    item |= {"doc_type": draw(st.sampled_from(sorted(DOCUMENT_TYPES))), "doc_date": draw(DAYS)}
    kinds = draw(st.lists(st.sampled_from([str(kind) for kind in Compartment]), max_size=2, unique=True))
    item["marking"] = {"claims": [{"kind": kind, "whose": "某某", "ground": "依据"} for kind in kinds]}
    if draw(st.booleans()):
        item["marking"] |= {"level": draw(st.sampled_from(["SECRET", "TOP_SECRET"])), "until": draw(DAYS), "basis": "x"}
    return item


@settings(max_examples=15)
@given(st.lists(_items(), min_size=1, max_size=4), WORDS, DAYS)
def test_json_and_spreadsheet_say_the_same(items: list[dict[str, Any]], title: str, closed: str) -> None:
    described = {"anjuan_sip": 1, "unit": "zd1", "case": {"title": title, "closed_on": closed}, "items": items}
    SCHEMA.validate(described)
    sip, problems = _read(described)
    assert problems == [] and sip is not None
    rows = {
        sheet.title: [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
        for sheet in make_workbook(described).worksheets
    }
    assert read_sheets(rows) == (sip, [])


def test_the_template_reads_back_through_the_child(tmp_path: Path) -> None:
    spreadsheet, text, _ = write_template(tmp_path / "empty")
    from_sheet = read_sheets(read_workbook(spreadsheet.read_bytes()))
    assert from_sheet == read_description(text.read_bytes())
    assert from_sheet[1] == []
    with pytest.raises(Refusal) as refused:
        write_template(tmp_path / "empty")
    assert refused.value.code == "ingest.template-exists"


def _book(**sheets: list[list[Any]]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    del book["Sheet"]
    book.save(out)
    return out.getvalue()


CASE_ROWS: list[list[Any]] = [["单位代码", "zd1"], ["案件名称", "某案"], ["结案日期", "2026年10月30日"]]


def test_dates_of_every_usual_spelling_and_several_attachments() -> None:
    rows = [["题名", "文件", "附件", "日期", "密级", "保密期限至", "定密依据"]]
    rows += [["甲", "a.pdf", "b.pdf；c.pdf", "20260901", "秘密", "2030/1/2", "派生"]]
    sip, problems = read_sheets(read_workbook(_book(案卷=CASE_ROWS, 卷内目录=rows)))
    assert problems == [] and sip is not None
    assert sip.facts.closed_on.isoformat() == "2026-10-30"
    (item,) = sip.items
    assert [file.path for file in item.files] == ["a.pdf", "b.pdf", "c.pdf"]
    assert item.marking.level is Level.SECRET and str(item.marking.until) == "2030-01-02"


@pytest.mark.parametrize(
    ("sheets", "where"),
    [
        ({"案卷": CASE_ROWS}, "卷内目录"),
        ({"案卷": CASE_ROWS, "卷内目录": [["题名", "文件", "奇怪的列"], ["甲", "a.pdf", "x"]]}, "卷内目录"),
        ({"案卷": [*CASE_ROWS, ["结案日期", "昨天"]], "卷内目录": [["题名", "文件"]]}, "案卷"),
        ({"案卷": CASE_ROWS, "卷内目录": [["题名", "文件"]], "草稿": [["x"]]}, "草稿"),
        (
            {"案卷": CASE_ROWS, "卷内目录": [["题名", "文件"]], "音像记录": [["文件", "设备"], ["a.mp4", "x"]]},
            "音像记录",
        ),
    ],
)
def test_faults_of_a_spreadsheet_are_named(sheets: dict[str, list[list[Any]]], where: str) -> None:
    sip, problems = read_sheets(read_workbook(_book(**sheets)))
    assert sip is None
    assert any(str(problem.facts["where"]).startswith(where) for problem in problems)


@pytest.mark.parametrize(
    "data",
    [
        b"no workbook",
        zipped({"a": b"x"}),
        zipped({"[Content_Types].xml": b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>'}),
        zipped({"[Content_Types].xml": b"x", "xl/big.xml": bytes(80 * 1024 * 1024)}),
    ],
)
def test_what_is_no_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        read_workbook(data)
    assert refused.value.code in {"archive.file-unreadable", "archive.file-too-heavy"}
