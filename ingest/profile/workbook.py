"""Workbook 案卷目录.xlsx as description: which sheet and column says what. Rows of text in, a submission out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archive.rules.markings import KIND_WORDS, LEVEL_WORDS
from ingest.document_types import DOCUMENT_TYPES
from ingest.profile.reading import SPREADSHEET, read_mapping
from ingest.rules.vocabulary import ACTS, PROCEDURES, ROLES, SERVICES, SOURCES, STATED
from ingest.terms import Problem, Sip

CASE_SHEET, ITEM_SHEET, RECORDING_SHEET, CASES_SHEET = "案卷", "卷内目录", "音像记录", "一卷多案"
PAPER_SHEET, REASON_SHEET, TYPES_SHEET = "文书核对", "书面理由", "文种表"
KNOWN_SHEETS = {CASE_SHEET, ITEM_SHEET, RECORDING_SHEET, CASES_SHEET, PAPER_SHEET, REASON_SHEET, TYPES_SHEET}
CASE_LABELS = {
    "单位代码": "unit", "案件名称": "title", "当事人": "party", "当事人类型": "party_kind", "案由": "cause",
    "处罚决定书文号": "decision_no", "办案机构": "handling_unit", "承办人一": "officer_1",
    "承办人一证号": "certificate_1", "承办人二": "officer_2", "承办人二证号": "certificate_2",
    "处理结果": "outcome", "程序": "procedure",
    "立案日期": "opened_on", "决定日期": "decided_on", "结案日期": "closed_on", "归档号": "internal_file_no",
    "案情摘要": "summary", "公开属性": "handling", "密级": "level", "保密期限至": "until", "定密依据": "basis",
    "保护类别": "kinds", "类别所有人": "whose",
    "类别依据": "ground", "适用程序": "procedures", "办案事实": "acts", "案件来源": "source", "送达方式": "service",
    "启动时间": "started_at", "行为终结日期": "ended_on", "立卷日期": "filed_on",
}  # fmt: skip
ITEM_COLUMNS = {
    "序号": "number", "部分": "part", "卷": "volume", "题名": "title", "文号": "doc_no", "责任者": "author",
    "日期": "doc_date", "文种": "doc_type", "文件": "file", "附件": "attachments", "备注": "note",
    "公开属性": "handling", "密级": "level", "保密期限至": "until", "定密依据": "basis", "保护类别": "kinds",
    "类别所有人": "whose",
    "类别依据": "ground",
}  # fmt: skip
RECORDING_COLUMNS = {
    "文件": "file", "设备": "device", "记录人": "officer", "开始时间": "started_at", "结束时间": "ended_at",
    "地点": "place", "时钟存疑": "clock_doubt", "对应材料": "records_item", "存储时间": "stored_at",
    "存储时设备时钟": "device_clock",
}  # fmt: skip
PAPER_COLUMNS = {
    "文件": "file", "开始时间": "started_at", "结束时间": "ended_at", "载明事项": "states", "签名盖章": "signed",
    "拒签说明": "refused", "所涉文书": "concerns", "文书样式": "form",
}  # fmt: skip
REASON_COLUMNS = {"规则": "rule", "理由": "text", "法律依据": "law", "题名": "item"}
PROCESS = ("procedures", "acts", "source", "service", "started_at", "ended_on", "filed_on")
LISTS = ("procedures", "acts", "service", "states", "signed")
"""Cells that hold several words of the vocabulary; 无 is an empty list, an empty cell says nothing."""
NOTHING = "无"
CASES_COLUMNS = {"案件名称": "title", "决定书文号": "decision_no", "当事人": "party", "决定日期": "decided_on"}
WORDS: dict[str, dict[str, str]] = {
    "party_kind": {"公民": "citizen", "单位": "organisation"},
    "outcome": {
        "处罚": "penalty", "不予处罚": "no_penalty", "撤案": "withdrawn", "移送": "transferred", "终止": "terminated",
        "检查": "inspected",
    },
    "procedure": {
        "普通程序": "ordinary", "一般程序": "ordinary", "简易程序": "summary", "行政检查": "inspection",
        "行政强制": "coercion", "依申请": "application",
    },
    "part": {"正卷": "main", "副卷": "internal"},
    "handling": {"内部": "INTERNAL", "公开": "OPEN"},
    "level": {"无": "NONE", **{word: level.name for level, word in LEVEL_WORDS.items() if word}},
    "kinds": {zh: str(kind) for kind, (zh, _) in KIND_WORDS.items()},
    "procedures": {zh: code for code, (zh, _) in PROCEDURES.items()},
    "acts": {zh: code for code, (zh, _) in ACTS.items()},
    "source": {zh: code for code, (zh, _) in SOURCES.items()},
    "service": {zh: code for code, (zh, _) in SERVICES.items()},
    "states": {zh: code for code, (zh, _) in STATED.items()},
    "signed": {zh: code for code, (zh, _) in ROLES.items()},
    "doc_type": {zh: code for code, (zh, _, _) in DOCUMENT_TYPES.items()},
}  # fmt: skip
DATES = {"opened_on", "decided_on", "closed_on", "doc_date", "until", "ended_on", "filed_on"}
INSTANTS = {"started_at", "ended_at", "stored_at", "device_clock"}
HOME_OFFSET = "+08:00"
_SEVERAL = re.compile(r"[;；、\n]+")
_TITLES = re.compile(r"[;；\n]+")
_DAY = re.compile(r"(\d{4})[-./年]?(\d{1,2})[-./月]?(\d{1,2})日?")


@dataclass
class _Reader:
    """What is read of one workbook so far, and what was wrong."""

    problems: list[Problem] = field(default_factory=list)

    def fault(self, where: str, why: str) -> None:
        self.problems.append(Problem("ingest.description-invalid", SPREADSHEET, facts={"where": where, "why": why}))

    def value(self, where: str, name: str, text: str) -> str:
        """The machine's word for what stands in a cell; an unknown word is left for the model to refuse."""
        if name in DATES and text:
            return self._day(where, text)
        if name in INSTANTS and text:
            return _instant(text)
        return WORDS.get(name, {}).get(text, text)

    def _day(self, where: str, text: str) -> str:
        found = _DAY.fullmatch(text)
        if found is None:
            self.fault(where, f"不是日期 / no date: {text[:40]}")
            return text
        return f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}"

    def table(self, title: str, rows: Sequence[Sequence[str]], columns: Mapping[str, str]) -> list[dict[str, str]]:
        """Rows below the line of headings, by column; an unknown heading is a fault, an empty row is none."""
        start = next((n for n, row in enumerate(rows) if any(cell in columns for cell in row)), None)
        if start is None:
            if any(any(row) for row in rows):
                self.fault(title, "没有表头 / no headings")
            return []
        headings = list(rows[start])
        for heading in headings:
            if heading and heading not in columns:
                self.fault(title, f"不认识的列 / unknown column: {heading[:40]}")
            if heading and headings.count(heading) > 1:
                self.fault(title, f"列重复 / column twice: {heading[:40]}")
        found = []
        for number, row in enumerate(rows[start + 1 :], start + 2):
            cells = {columns[h]: text for h, text in zip(headings, row, strict=False) if h in columns and text}
            if cells.keys() - {"number"}:
                found.append({n: self.value(f"{title} 第{number}行 {n}", n, text) for n, text in cells.items()})
        return found


def read_sheets(sheets: Mapping[str, Sequence[Sequence[str]]]) -> tuple[Sip | None, list[Problem]]:
    """The submission in the workbook's sheets, or everything that is wrong with it, with sheet and row."""
    reader = _Reader()
    for needed in (CASE_SHEET, ITEM_SHEET):
        if needed not in sheets:
            reader.fault(needed, "缺少工作表 / sheet missing")
    for title in sorted({title for title, rows in sheets.items() if rows} - KNOWN_SHEETS):
        reader.fault(title[:40], "不认识的工作表 / unknown sheet")
    case = _case_cells(reader, sheets.get(CASE_SHEET, ()))
    recordings = _by_file(reader, sheets, RECORDING_SHEET, RECORDING_COLUMNS)
    papers = {name: _paper(row) for name, row in _by_file(reader, sheets, PAPER_SHEET, PAPER_COLUMNS).items()}
    rows = reader.table(ITEM_SHEET, sheets.get(ITEM_SHEET, ()), ITEM_COLUMNS)
    items = [_item(row, recordings, papers) for row in rows]
    for title, left in ((RECORDING_SHEET, recordings), (PAPER_SHEET, papers)):
        for name in left:
            reader.fault(title, f"卷内目录没有此文件 / not in the contents list: {name[:60]}")
    cases = reader.table(CASES_SHEET, sheets.get(CASES_SHEET, ()), CASES_COLUMNS)
    reasons = reader.table(REASON_SHEET, sheets.get(REASON_SHEET, ()), REASON_COLUMNS)
    if reader.problems:
        return None, reader.problems
    marking = _marking(case)
    unit = case.pop("unit", "")
    described = {"anjuan_sip": 1, "unit": unit, "case": _case(case, cases, reasons), "marking": marking, "items": items}
    return read_mapping(described, SPREADSHEET)


def _by_file(
    reader: _Reader, sheets: Mapping[str, Sequence[Sequence[str]]], title: str, columns: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """Rows that speak of a file each, by its name."""
    found: dict[str, dict[str, str]] = {}
    for row in reader.table(title, sheets.get(title, ()), columns):
        name = row.pop("file", "")
        if not name or name in found:
            reader.fault(title, f"文件缺失或重复 / file missing or twice: {name[:60]}")
        found[name] = row
    return found


def _paper(row: dict[str, str]) -> dict[str, Any]:
    named = [each.strip() for each in _TITLES.split(row.pop("concerns", "")) if each.strip()]
    return {**_words(row), **({"concerns": named} if named else {})}


def _words(cells: Mapping[str, str]) -> dict[str, Any]:
    """Cells of several words as lists of the machine's words."""
    return {
        name: [WORDS[name].get(word, word) for word in _SEVERAL.split(text) if word and word != NOTHING]
        if name in LISTS
        else text
        for name, text in cells.items()
    }


def _case_cells(reader: _Reader, rows: Sequence[Sequence[str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in rows:
        label, text = (*row, "", "")[:2]
        if label in CASE_LABELS:
            name = CASE_LABELS[label]
            if name in found:
                reader.fault(CASE_SHEET, f"项目重复 / label twice: {label}")
            if text:
                found[name] = reader.value(f"{CASE_SHEET} {label}", name, text)
        elif label and text and label != "项目":
            reader.fault(CASE_SHEET, f"不认识的项目 / unknown label: {label[:40]}")
    return found


def _case(cells: dict[str, str], cases: list[dict[str, str]], reasons: list[dict[str, str]]) -> dict[str, Any]:
    process: dict[str, Any] = _words({name: cells.pop(name) for name in PROCESS if name in cells})
    if reasons:
        process["reasons"] = reasons
    officers = [
        {"name": cells.pop(f"officer_{n}"), "certificate_no": cells.pop(f"certificate_{n}", "")}
        for n in (1, 2)
        if cells.get(f"officer_{n}")
    ]
    return {**cells, "officers": officers, "cases": cases, **({"process": process} if process else {})}


def _item(
    row: dict[str, str], recordings: dict[str, dict[str, str]], papers: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    row.pop("number", None)
    marking, original = _marking(row), row.pop("file", "")
    attachments = [name.strip() for name in _SEVERAL.split(row.pop("attachments", "")) if name.strip()]
    item: dict[str, Any] = {**row, "files": [original, *attachments] if original else attachments, "marking": marking}
    if volume := row.get("volume"):
        item["volume"] = int(volume) if volume.isdecimal() else volume
    if original in recordings:
        item["recording"] = recordings.pop(original)
    if original in papers:
        item["paper"] = papers.pop(original)
    return item


def _marking(cells: dict[str, str]) -> dict[str, Any]:
    whose, ground = cells.pop("whose", ""), cells.pop("ground", "")
    kinds = [WORDS["kinds"].get(word, word) for word in _SEVERAL.split(cells.pop("kinds", "")) if word]
    marking: dict[str, Any] = {"claims": [{"kind": kind, "whose": whose, "ground": ground} for kind in kinds]}
    for name in ("handling", "level", "until", "basis"):
        if text := cells.pop(name, ""):
            marking[name] = text
    return marking


def _instant(text: str) -> str:
    """Clock times without an offset are Beijing time, as people write them in a table."""
    plain = text.replace("/", "-").replace(" ", "T", 1)
    return plain if re.search(r"(Z|[+-]\d\d:?\d\d)$", plain) else plain + HOME_OFFSET
