"""Template 模板: ``案卷目录.xlsx`` with an example and lists to choose from, and ``case.json`` beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from archive.kernel.refusals import Refusal
from ingest.document_types import DOCUMENT_TYPES
from ingest.profile.model import example, schema_text
from ingest.profile.reading import DESCRIPTION, SPREADSHEET
from ingest.profile.workbook import (
    CASE_LABELS,
    CASE_SHEET,
    CASES_COLUMNS,
    CASES_SHEET,
    ITEM_COLUMNS,
    ITEM_SHEET,
    LISTS,
    NOTHING,
    PAPER_COLUMNS,
    PAPER_SHEET,
    REASON_COLUMNS,
    REASON_SHEET,
    RECORDING_COLUMNS,
    RECORDING_SHEET,
    TYPES_SHEET,
    WORDS,
)

ROWS = 2_000
SCHEMA_NAME = "case.schema.json"
_HINTS = {
    "单位代码": "必填；办案单位在本馆的代码", "案件名称": "必填", "结案日期": "必填；如 2026-10-30",
    "密级": "仅国家秘密填写；普通安装拒收", "保护类别": "可填几个，用“、”分开", "承办人二": "普通程序不少于两人",
    "适用程序": "可填几个，用“、”分开", "办案事实": "发生过的事项，用“、”分开；没有写的视为没有发生",
    "行为终结日期": "结案后另有执行的填写；三十日内归档由此起算", "立卷日期": "已由本单位先行立卷的填写",
}  # fmt: skip
_HEAD = PatternFill("solid", fgColor="DDE5F0")
_WIDE = {"题名": 40, "文件": 40, "附件": 30, "案件名称": 50, "备注": 24}


def write_template(folder: Path) -> list[Path]:
    """Writes ``案卷目录.xlsx``, ``case.json`` and its schema into ``folder``; one of the first two goes into a package.

    Refuses to overwrite.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / SPREADSHEET, folder / DESCRIPTION, folder / SCHEMA_NAME]
    for path in paths:
        if path.exists():
            raise Refusal("ingest.template-exists", file=str(path))
    make_workbook(example()).save(paths[0])
    paths[1].write_text(json.dumps(example(), ensure_ascii=False, indent=2) + "\n", "utf-8")
    paths[2].write_text(schema_text(), "utf-8")
    return paths


def make_workbook(description: dict[str, Any]) -> openpyxl.Workbook:
    """The workbook that says what ``description`` says."""
    book = openpyxl.Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    _case_sheet(first, description)
    items = [_item_row(number, item) for number, item in enumerate(description["items"], 1)]
    _table(book.create_sheet(ITEM_SHEET), ITEM_COLUMNS, items)
    recordings = [_recording_row(item) for item in description["items"] if item.get("recording")]
    _table(book.create_sheet(RECORDING_SHEET), RECORDING_COLUMNS, recordings)
    _table(book.create_sheet(CASES_SHEET), CASES_COLUMNS, description["case"].get("cases", []))
    papers = [_paper_row(item) for item in description["items"] if item.get("paper") is not None]
    _table(book.create_sheet(PAPER_SHEET), PAPER_COLUMNS, papers)
    reasons = (description["case"].get("process") or {}).get("reasons", [])
    _table(book.create_sheet(REASON_SHEET), REASON_COLUMNS, reasons)
    types = book.create_sheet(TYPES_SHEET)
    types.append(["文种代码", "名称", "通常所在部分"])
    for code, (zh, _, part) in DOCUMENT_TYPES.items():
        types.append([code, zh, "副卷" if part == "B" else "正卷"])
    _choices(book[ITEM_SHEET], types.max_row)
    return book


def _case_sheet(sheet: Worksheet, description: dict[str, Any]) -> None:
    sheet.title = CASE_SHEET
    sheet.append(["项目", "内容", "说明"])
    officers = description["case"].get("officers", [])
    numbered = {
        key: text
        for n, officer in enumerate(officers[:2], 1)
        for key, text in ((f"officer_{n}", officer["name"]), (f"certificate_{n}", officer.get("certificate_no", "")))
    }
    marking = _marking_cells(description.get("marking", {}))
    process = _several(description["case"].get("process") or {})
    cells = {**description["case"], **process, **numbered, **marking, "unit": description["unit"]}
    for row, (label, name) in enumerate(CASE_LABELS.items(), 2):
        sheet.append([label, _said(name, cells.get(name, "")), _HINTS.get(label, "")])
        if name in WORDS and name not in LISTS:
            _choose(sheet, list(WORDS[name]), f"B{row}")
    _look(sheet)
    for column, width in (("A", 18), ("B", 60), ("C", 40)):
        sheet.column_dimensions[column].width = width


def _table(sheet: Worksheet, columns: dict[str, str], rows: list[dict[str, Any]]) -> None:
    sheet.append(list(columns))
    for row in rows:
        sheet.append([_said(name, row.get(name, "")) for name in columns.values()])
    _look(sheet)
    for number, heading in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDE.get(heading, 16)


def _item_row(number: int, item: dict[str, Any]) -> dict[str, Any]:
    names = [file if isinstance(file, str) else file["path"] for file in item["files"]]
    marking = _marking_cells(item.get("marking", {}))
    files = {"file": names[0] if names else "", "attachments": "；".join(names[1:])}
    return {"part": "main", "volume": "1", **item, **marking, **files, "number": number}


def _recording_row(item: dict[str, Any]) -> dict[str, Any]:
    file = item["files"][0]
    return {**item["recording"], "file": file if isinstance(file, str) else file["path"]}


def _paper_row(item: dict[str, Any]) -> dict[str, Any]:
    file, paper = item["files"][0], item["paper"]
    named = "；".join(paper.get("concerns", ()))
    return {**_several(paper), "concerns": named, "file": file if isinstance(file, str) else file["path"]}


def _several(facts: dict[str, Any]) -> dict[str, Any]:
    """Lists of the machine's words as one cell of people's words."""
    said = dict(facts)
    for name in LISTS:
        if facts.get(name) is not None:
            back = {code: zh for zh, code in WORDS[name].items()}
            said[name] = "、".join(back.get(word, word) for word in facts[name]) or NOTHING
    return said


def _marking_cells(marking: dict[str, Any]) -> dict[str, str]:
    claims = marking.get("claims", [])
    back = {code: zh for zh, code in WORDS["kinds"].items()}
    first = claims[0] if claims else {}
    plain = {name: str(marking.get(name) or "") for name in ("handling", "level", "until", "basis")}
    named = {name: str(first.get(name) or "") for name in ("whose", "ground")}
    return {**plain, **named, "kinds": "、".join(back[claim["kind"]] for claim in claims)}


def _said(name: str, value: Any) -> str | int:
    if isinstance(value, int):
        return value
    back = (
        {code: zh for zh, code in reversed(WORDS[name].items())}
        if name in WORDS and name not in ("kinds", *LISTS)
        else {}
    )
    return back.get(str(value), str(value)) if not isinstance(value, list | dict) else ""


def _choices(sheet: Worksheet, types: int) -> None:
    headings = list(ITEM_COLUMNS)
    for heading, name in ITEM_COLUMNS.items():
        letter = get_column_letter(headings.index(heading) + 1)
        cells = f"{letter}2:{letter}{ROWS}"
        if name == "doc_type":
            _offer(sheet, f"'{TYPES_SHEET}'!$B$2:$B${types}", cells)
        elif name in WORDS and name != "kinds":
            _choose(sheet, list(WORDS[name]), cells)


def _choose(sheet: Worksheet, words: list[str], cells: str) -> None:
    _offer(sheet, '"' + ",".join(words) + '"', cells)


def _offer(sheet: Worksheet, formula: str, cells: str) -> None:
    offered = DataValidation(type="list", formula1=formula, allow_blank=True)
    offered.add(cells)
    sheet.add_data_validation(offered)


def _look(sheet: Worksheet) -> None:
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), _HEAD
        cell.alignment = Alignment(vertical="center")
    sheet.freeze_panes = "A2"
