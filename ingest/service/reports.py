"""Reports 报告 of a take-in: as JSON and as a generated PDF/A that names file, page, rule and what to do."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from archive.kernel.clock import to_rfc3339
from archive.kernel.refusals import Catalogue, Refusal
from archive.pages.glyphs import drawable
from archive.pages.render import render
from archive.pages.terms import FindingLine, ReceivedFile, TakeInReportFacts
from archive.renditions.media_words import finding_words
from ingest.terms import Note, Receipt, RuleReport

_AGAIN = "核对原始设备，另行补充完整记录。"
NOTE_WORDS = {
    "duplicate": ("馆内已有内容相同的文件，见 {detail}", "the same content is held already: {detail}", "无需处理。"),
    "rendition": ("{detail}", "{detail}", "原件已封存；需要时由档案员另行处理。"),
    "media-cut": ("音像记录不完整：{detail}", "the recording is cut: {detail}", _AGAIN),
    "media-damaged": ("音像记录有解码错误：{detail}", "the recording has errors: {detail}", _AGAIN),
    "media-gap": ("音像记录有断档：{detail}", "the recording has a gap: {detail}", "由记录人说明原因。"),
    "text-none": ("此页没有可检索的文字", "the page has no text to be found", "无需处理。"),
    "active-content-removed": ("浏览件已去除活动内容：{detail}", "active content left out: {detail}", "无需处理。"),
    "not-converted": ("未能转换：{detail}", "not converted: {detail}", "原件已封存；由档案员另行处理。"),
    "text-not-shown": (
        "文件中有 PDF/A 上看不到的文字：{detail}",
        "the file holds text that the PDF/A does not show: {detail}",
        "原件已封存；请核对原件，例如隐藏的工作表、批注或白色的字。",
    ),
    "pictures-not-shown": (
        "正文引用的图片没有显示在 PDF/A 上：{detail} 幅",
        "pictures that the text names are not on the PDF/A: {detail}",
        "原件已封存；图片在邮件或网页之外的，请另行收集。",
    ),
    "attachments-in-original": (
        "邮件带有附件 {detail} 个，只在原件里",
        "the letter carries {detail} attached files, which are in the original alone",
        "需要检索和阅览的附件，请另存后作为单独的件补充归档。",
    ),
    "marks-unchecked": (
        "未能读出文字，国密标志未经检查：{detail}",
        "its text could not be read, nobody looked for marks of secrecy: {detail}",
        "请保密员查看原件，有国家秘密的立即报告。",
    ),
    "media-not-checked-whole": ("音像记录未逐帧查完：{detail}", "not decoded to the end: {detail}", "无需处理。"),
    "extension-differs": ("扩展名与内容不符：{detail}", "the extension does not fit: {detail}", "无需处理。"),
}
_TODO = 2
_RULE = {False: "规则", True: "规则（存疑）"}
_OTHER = ("{code} {detail}", "{code} {detail}", "由档案员查看。")


@dataclass(frozen=True, slots=True)
class Occasion:
    """When, by whom and where a package was looked at 接收情形."""

    package: str
    bureau: str
    unit: str
    by: str
    at: datetime
    trial: bool


def refusal_report(catalogue: Catalogue, refusal: Refusal, package: str) -> dict[str, Any]:
    """Everything that was found, in both languages."""
    return {
        "package_name": package,
        "refused": True,
        "report_no": str(refusal.facts.get("intake", "")),
        "reasons": [
            {
                "code": reason.code,
                "file": str(reason.facts.get("file", "")),
                "page": str(reason.facts.get("page", "")),
                "zh": _told(catalogue, reason, "zh"),
                "en": _told(catalogue, reason, "en"),
            }
            for reason in refusal.all()
        ],
    }


def receipt_report(receipt: Receipt, occasion: Occasion) -> dict[str, Any]:
    """The receipt as plain JSON."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(receipt), default=str))
    head = {"package_name": occasion.package, "refused": False, "received_at": to_rfc3339(occasion.at)}
    notes = [{**asdict(note), "zh": _note(note, 0), "en": _note(note, 1)} for note in receipt.notes]
    return {**head, **plain, "notes": notes}


def refusal_pdf(catalogue: Catalogue, refusal: Refusal, occasion: Occasion) -> bytes:
    """The refusal report 退回报告 as PDF/A."""
    lines = []
    for reason in refusal.all():
        told = catalogue.tell(reason)
        file, page = str(reason.facts.get("file", "")), str(reason.facts.get("page", ""))
        lines.append(_line("须补正", told.what, told.todo, file, "" if page == "—" else page, told.basis))
    return _render(_facts(occasion, str(refusal.facts.get("intake", "")), accepted=False, findings=lines), occasion)


def receipt_pdf(receipt: Receipt, occasion: Occasion) -> bytes:
    """The receipt 接收回执 as PDF/A, with every file and its SHA-256."""
    lines = [
        _line("提示", _note(note, 0), _note(note, 2), note.file, str(note.page or ""), "") for note in receipt.notes
    ]
    lines += _rule_lines(receipt.rules)
    files = tuple(
        ReceivedFile(name=drawable(f.name), size=f.size, sha256=f.sha256, media_type=f.format, result=f.malware)
        for f in receipt.received
    )
    verdicts = sorted({file.malware for file in receipt.received})
    facts = _facts(
        occasion,
        receipt.case_id,
        accepted=True,
        findings=lines,
        case_title=drawable(receipt.title),
        reference_code=receipt.reference_code,
        decided_at=receipt.sealed_at,
        state=receipt.state,
        malware="；".join(verdicts) or "—",
        files=files,
    )
    return _render(facts, occasion)


def _rule_lines(report: RuleReport | None) -> list[FindingLine]:
    """What is found by the Rules, then how much could not be judged."""
    if report is None:
        return []
    lines = [
        _line(
            "规则" if not each.doubt else "规则（存疑）",
            each.zh,
            each.do_zh,
            each.title,
            "",
            f"{each.rule} {each.basis}",
        )
        for each in report.findings
    ]
    rules = dict.fromkeys(each.rule for each in report.not_judged)
    if rules:
        told = f"案卷没有说明，未能判断的规则 {len(rules)} 条：{'、'.join(rules)}"
        lines.append(_line("说明", told, "在著录中写明办案事实、载明事项和签名后可以判断。", "", "", report.packs))
    return lines


def _facts(
    occasion: Occasion, number: str, *, accepted: bool, findings: list[FindingLine], **more: Any
) -> TakeInReportFacts:
    return TakeInReportFacts(
        report_no=number,
        bureau_name=occasion.bureau,
        accepted=accepted,
        package_name=drawable(occasion.package),
        sender_unit=drawable(occasion.unit),
        received_at=occasion.at,
        received_by=drawable(occasion.by),
        findings=tuple(findings),
        **more,
    )


def _render(facts: TakeInReportFacts, occasion: Occasion) -> bytes:
    return render(facts, timestamp=occasion.at, trial=occasion.trial)


def _line(severity: str, what: str, todo: str, file: str, page: str, rule: str) -> FindingLine:
    return FindingLine(
        severity=severity,
        what=drawable(what),
        todo=drawable(todo),
        file=drawable(file),
        page=page,
        rule=drawable(rule),
    )


def _note(note: Note, word: int) -> str:
    if note.code not in NOTE_WORDS and (said := finding_words(note.code, note.detail)) is not None:
        return _AGAIN if word == _TODO else said[word]
    return NOTE_WORDS.get(note.code, _OTHER)[word].format(code=note.code, detail=note.detail)


def _told(catalogue: Catalogue, reason: Refusal, language: str) -> dict[str, str]:
    told = catalogue.tell(reason, language)
    return {"what": told.what, "rule": told.basis, "do": told.todo}
