"""Cases of the demonstration 演示案件: invented, complete enough to show every path; no real person, no real place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.demo.papers import Paper, draw_photo, record_tone, typeset

BUREAU = "示例市城市管理综合执法局"
UNIT = "一中队"
PLANTED = ("贾某某身份证号十一位尾数零七七", "配方甲号折扣率百分之三十七", "线索来源不宜公开甲乙丙", "专项部署代号青松")
"""Sentences that stand only in marked items; a search of the bytes on disk must find none of them."""


@dataclass(frozen=True, slots=True)
class Case:
    """One invented case 虚构案件: description and files."""

    folder: str
    description: Mapping[str, Any]
    files: Mapping[str, bytes] = field(default_factory=dict)


def write_case(case: Case, parent: Path) -> Path:
    """Writes the case as a submission folder."""
    folder = parent / case.folder
    for name, data in case.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    text = json.dumps(case.description, ensure_ascii=False, indent=1)
    (folder / "case.json").write_text(text, "utf-8")
    return folder


def _pdf(title: str, number: str, paragraphs: tuple[str, ...], fields: tuple[tuple[str, str], ...] = ()) -> bytes:
    signatures = ("承办人：甲某、乙某", "2026年9月12日")
    return typeset(Paper(title, number, fields, paragraphs, signatures), BUREAU)


def advertising_case() -> Case:
    """Ordinary procedure with an internal part, privacy, a trade secret, pictures and a recording."""
    case = _case(
        "示例商贸有限公司擅自设置大型户外广告设施案",
        "示例商贸有限公司",
        "擅自设置大型户外广告设施",
        closed_on="2026-10-30",
        opened_on="2026-09-02",
        decided_on="2026-09-28",
        decision_no="示城管罚决字〔2026〕第12号",
    )
    return Case(
        "户外广告案", {"anjuan_sip": 1, "unit": UNIT, "case": case, "items": _advertising_items()}, _advertising_files()
    )


def _advertising_files() -> dict[str, bytes]:
    who = (("当事人", "示例商贸有限公司"), ("统一社会信用代码", "演示用，无"), ("案由", "擅自设置大型户外广告设施"))
    return {
        "正卷/01-行政处罚决定书.pdf": _pdf(
            "行政处罚决定书",
            "示城管罚决字〔2026〕第12号",
            (
                "经查，当事人于2026年8月在示例路口楼体外立面擅自设置大型户外广告设施一处，面积九十六平方米，未办理审批手续。",
                "上述事实有现场检查笔录、询问笔录、现场照片、音像记录等证据证实。",
                "依据有关法律规定，责令限期拆除，并处罚款人民币一万元。当事人可在法定期限内申请行政复议或者提起行政诉讼。",
            ),
            who,
        ),
        "正卷/02-送达回证.pdf": _pdf(
            "送达回证", "", ("送达文书：行政处罚决定书。送达方式：直接送达。受送达人签收。",), who[:1]
        ),
        "正卷/03-现场检查笔录.pdf": _pdf(
            "现场检查笔录",
            "",
            (
                "检查人员出示执法证件并告知权利。现场可见户外广告设施一处，尺寸经测量为十六米乘六米，当事人现场负责人在场。",
            ),
            who,
        ),
        "正卷/04-询问笔录.pdf": _pdf(
            "询问笔录",
            "",
            (
                "问：广告设施何时设置？答：今年八月。问：是否办理审批？答：没有办理。",
                f"被询问人登记信息：{PLANTED[0]}。",
            ),
        ),
        "正卷/05-当事人提交的合同.pdf": _pdf(
            "户外广告发布合同（当事人提交）", "", (f"合同附件载明：{PLANTED[1]}，仅限双方知悉。",)
        ),
        "正卷/06-现场照片.jpg": draw_photo(1),
        "正卷/07-现场音像记录.wav": record_tone(12),
        "副卷/01-立案审批表.pdf": _pdf("立案审批表", "", ("承办机构意见：拟立案。分管负责人意见：同意立案。",), who),
        "副卷/02-案件集体讨论记录.pdf": _pdf("案件集体讨论记录", "", (f"讨论情况：{PLANTED[2]}，建议依法处罚。",)),
    }


def _advertising_items() -> list[dict[str, Any]]:
    privacy = {"claims": [{"kind": "PRIVACY", "whose": "被询问人", "ground": "个人信息"}]}
    trade = {"claims": [{"kind": "TRADE_SECRET", "whose": "示例商贸有限公司", "ground": "当事人主张"}]}
    internal = {"claims": [{"kind": "PROCESS_PAPER"}]}
    recording = {
        "device": "执法记录仪 DEMO-7",
        "officer": "甲某",
        "started_at": "2026-09-03T10:12:00+08:00",
        "ended_at": "2026-09-03T10:12:12+08:00",
        "place": "示例路口",
    }
    return [
        _item(
            "行政处罚决定书",
            "正卷/01-行政处罚决定书.pdf",
            "DECISION",
            "2026-09-28",
            doc_no="示城管罚决字〔2026〕第12号",
        ),
        _item("送达回证", "正卷/02-送达回证.pdf", "SRV_RECEIPT", "2026-09-29"),
        _item("现场检查笔录", "正卷/03-现场检查笔录.pdf", "INSP_REC", "2026-09-03"),
        _item("询问笔录", "正卷/04-询问笔录.pdf", "INTV_REC", "2026-09-05", marking=privacy),
        _item("户外广告发布合同", "正卷/05-当事人提交的合同.pdf", "EVID_LIST", "2026-09-05", marking=trade),
        _item("现场照片", "正卷/06-现场照片.jpg", "PHOTO_SHEET", "2026-09-03"),
        _item("现场检查音像记录", "正卷/07-现场音像记录.wav", "AV_MEDIA", "2026-09-03", recording=recording),
        _item("立案审批表", "副卷/01-立案审批表.pdf", "OPEN_APPR", "2026-09-02", part="internal", marking=internal),
        _item(
            "案件集体讨论记录",
            "副卷/02-案件集体讨论记录.pdf",
            "COLLECTIVE",
            "2026-09-25",
            part="internal",
            marking=internal,
        ),
    ]


def market_case() -> Case:
    """Summary procedure: several cases in one volume."""
    first = _pdf("当场行政处罚决定书", "示城管当罚〔2026〕第31号", ("店外经营，占用人行道，当场处以警告。",))
    second = _pdf("当场行政处罚决定书", "示城管当罚〔2026〕第32号", ("随意倾倒污水，当场处以罚款五十元。",))
    items = [
        _item("当场行政处罚决定书（第31号）", "01.pdf", "DEC_SPOT", "2026-10-12", doc_no="示城管当罚〔2026〕第31号"),
        _item("当场行政处罚决定书（第32号）", "02.pdf", "DEC_SPOT", "2026-10-12", doc_no="示城管当罚〔2026〕第32号"),
    ]
    case = _case("示例集市当场处罚案（两件）", "", "店外经营等", closed_on="2026-10-12", procedure="summary")
    case["cases"] = [
        {"title": "店外经营", "decision_no": "示城管当罚〔2026〕第31号"},
        {"title": "随意倾倒污水", "decision_no": "示城管当罚〔2026〕第32号"},
    ]
    return Case(
        "集市简易程序",
        {"anjuan_sip": 1, "unit": UNIT, "case": case, "items": items},
        {"01.pdf": first, "02.pdf": second},
    )


def secret_case() -> Case:
    """An inspection with one paper that is a state secret of level 秘密; only a trial installation takes it."""
    secret = {
        "level": "SECRET",
        "until": "2036-10-20",
        "basis": "演示：派生自虚构文件〔2026〕1号",
        "claims": [],
    }
    files = {
        "01-检查通知.pdf": _pdf("专项检查通知", "", ("对示例片区开展专项检查。",)),
        "02-专项检查方案.pdf": _pdf("专项检查方案 秘密★10年", "", (f"工作安排：{PLANTED[3]}，限知悉范围内传阅。",)),
    }
    items = [
        _item("专项检查通知", "01-检查通知.pdf", "INSP_REC", "2026-10-20"),
        _item("专项检查方案", "02-专项检查方案.pdf", "RANDOM_REC", "2026-10-20", marking=secret),
    ]
    case = _case(
        "示例片区专项检查案", "", "专项检查", closed_on="2026-10-25", procedure="inspection", outcome="inspected"
    )
    return Case("专项检查", {"anjuan_sip": 1, "unit": UNIT, "case": case, "items": items}, files)


def old_case() -> Case:
    """Closed in 1995: its thirty years are over."""
    paper = _pdf("行政处罚决定书", "示城管罚〔1995〕第3号", ("占道经营，处以警告。",))
    items = [_item("行政处罚决定书", "01.pdf", "DECISION", "1995-05-09")]
    case = _case("某摊位占道经营案（1995）", "", "占道经营", closed_on="1995-06-01")
    return Case("旧案1995", {"anjuan_sip": 1, "unit": UNIT, "case": case, "items": items}, {"01.pdf": paper})


def broken_case() -> Case:
    """A package that must be refused: a file is missing, one is not listed, one is no document, dates run backwards."""
    paper = _pdf("现场检查笔录", "", ("略。",))
    items = [
        _item("现场检查笔录", "01.pdf", "INSP_REC", "2026-09-09"),
        _item("送达回证", "02-不存在.pdf", "SRV_RECEIPT", "2026-09-10"),
    ]
    case = _case("不合格的提交包", "", "演示", closed_on="2026-09-01", opened_on="2026-09-20")
    return Case(
        "不合格包",
        {"anjuan_sip": 1, "unit": UNIT, "case": case, "items": items},
        {"01.pdf": paper, "多余.pdf": paper},
    )


def _item(title: str, path: str, doc_type: str, day: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "files": [path], "doc_type": doc_type, "doc_date": day, "author": BUREAU, **more}


def _case(title: str, party: str, cause: str, **more: Any) -> dict[str, Any]:
    officers = [{"name": "甲某", "certificate_no": "演示0001"}, {"name": "乙某", "certificate_no": "演示0002"}]
    facts = {
        "title": title,
        "party": party,
        "party_kind": "organisation" if party else "",
        "cause": cause,
        "handling_unit": UNIT,
        "officers": officers,
        "outcome": "penalty",
    }
    return {**facts, **more}
