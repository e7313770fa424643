"""Cases of the story 演示流程的案件: small, each for one path of the story; no real person, no real place."""

from __future__ import annotations

from typing import Any

from ingest.demo.dossier import Case, Dossier, write_case
from ingest.demo.names import BUREAU, UNIT

__all__ = [
    "BUREAU",
    "PLANTED",
    "UNIT",
    "Case",
    "advertising_case",
    "broken_case",
    "market_case",
    "old_case",
    "secret_case",
    "write_case",
]

PLANTED = ("贾某某身份证号十一位尾数零七七", "配方甲号折扣率百分之三十七", "线索来源不宜公开甲乙丙", "专项部署代号青松")
"""Sentences that stand only in marked items; a search of the bytes on disk must find none of them."""


def facts_of(party: str, cause: str, place: str, found: str, **more: str) -> dict[str, str]:
    """What the forms of a case are filled in with."""
    return {
        "party": party,
        "head": "丙某",
        "address": "示例市示例路2号",
        "cause": cause,
        "place": place,
        "found": found,
        "law": "《示例市市容和环境卫生管理条例》第十二条",
        "penalty": "罚款人民币五百元",
        "source": "日常巡查",
        "receipt": "收到。",
        "receiver": "丙某",
        "remark": "无",
        **more,
    }


def case_of(title: str, party: str, cause: str, kind: str = "organisation", **more: Any) -> dict[str, Any]:
    """The description of a case file."""
    return {"title": title, "party": party, "party_kind": kind if party else "", "cause": cause, **more}


def advertising_case() -> Case:
    """Ordinary procedure with an internal part, privacy, a trade secret, a picture and a film.

    It lacks what the rules find missing: no prior notice, no report of the investigation, no approval, no closing form.
    """
    party, cause, number = "示例商贸有限公司", "擅自设置大型户外广告设施", "示城管罚决字〔2025〕第12号"
    found = "当事人于2025年8月在示例路口楼体外立面擅自设置大型户外广告设施一处，面积九十六平方米，未办理审批手续。"
    penalty = "责令限期拆除，并处罚款人民币一万元"
    facts = facts_of(party, cause, "示例路口", found, penalty=penalty, opened="2025年9月2日")
    case = case_of(f"{party}{cause}案", party, cause, opened_on="2025-09-02", decided_on="2025-09-28")
    case |= {"closed_on": "2025-10-30", "decision_no": number}
    case["summary"] = f"{found}决定{penalty}，当事人已经履行。"
    dossier = Dossier("户外广告案", facts, **case)
    dossier.paper("DECISION", "2025-09-28", number=number)
    dossier.served("DECISION", "2025-09-29", number)
    dossier.paper("INSP_REC", "2025-09-03")
    dossier.paper("INTV_REC", "2025-09-05", f"被询问人登记信息：{PLANTED[0]}。", claim="PRIVACY")
    told = ("甲乙双方就户外广告发布事宜订立本合同。", f"合同附件载明：{PLANTED[1]}，仅限双方知悉。")
    dossier.paper("EVID_REQ", "2025-09-05", *told, claim="TRADE_SECRET", title="户外广告发布合同", instead=True)
    dossier.photo("2025-09-03", 1)
    dossier.film("现场检查录像", "2025-09-03T10:12:00", 30, "现场检查笔录")
    dossier.paper("OPEN_APPR", "2025-09-02")
    dossier.paper("COLLECTIVE", "2025-09-25", f"讨论情况：{PLANTED[2]}，建议依法处罚。")
    return dossier.done()


def market_case() -> Case:
    """Summary procedure: several cases in one volume."""
    told = (
        ("31", "甲摊主", "店外经营", "当事人在示例集市店外经营，占用人行道二平方米。", "给予警告"),
        ("32", "乙摊主", "随意倾倒污水", "当事人在示例集市随意倾倒污水。", "处以罚款五十元"),
        ("33", "丙摊主", "占道堆放物品", "当事人在示例集市占道堆放物品，经提示未改正。", "处以罚款一百元"),
    )
    facts = facts_of("示例集市经营者", "店外经营等", "示例集市", "略")
    numbers = {each[0]: f"示城管当罚〔2025〕第{each[0]}号" for each in told}
    cases = [
        {"title": cause, "decision_no": numbers[number], "party": party}
        for number, party, cause, _found, _penalty in told
    ]
    case = case_of(
        "示例集市当场处罚案（三件）", "", "店外经营等", closed_on="2025-10-12", procedure="summary", cases=cases
    )
    dossier = Dossier("集市简易程序", facts, **case)
    for number, party, cause, found, penalty in told:
        own = {"party": party, "head": party, "cause": cause, "found": found, "penalty": penalty}
        listed = f"当场行政处罚决定书（第{number}号）"
        dossier.paper("DEC_SPOT", "2025-10-12", number=numbers[number], facts=tuple(own.items()), listed=listed)
    return dossier.done()


def secret_case() -> Case:
    """An inspection with one paper that is a state secret of level 秘密; only a trial installation takes it."""
    secret = {"level": "SECRET", "until": "2035-10-20", "basis": "演示：派生自虚构文件〔2025〕1号", "claims": []}
    facts = facts_of("示例片区各经营单位", "专项检查", "示例片区", "对示例片区开展专项检查，逐户核对，未发现违法行为。")
    case = case_of("示例片区专项检查案", "", "专项检查", closed_on="2025-10-25", procedure="inspection")
    dossier = Dossier("专项检查", facts, outcome="inspected", **case)
    dossier.paper("INSP_REC", "2025-10-20")
    told = f"工作安排：{PLANTED[3]}，限知悉范围内传阅。"
    dossier.paper(
        "EVID_REQ",
        "2025-10-20",
        told,
        title="专项检查方案 秘密★10年",
        instead=True,
        marking=secret,
        listed="专项检查方案",
    )
    return dossier.done()


def old_case() -> Case:
    """Closed in 1995: its thirty years are over. One paper, scanned."""
    number = "示城管罚〔1995〕第3号"
    facts = facts_of("某摊位", "占道经营", "示例市场", "当事人占道经营。", penalty="给予警告")
    told = case_of("某摊位占道经营案（1995）", "", "占道经营", closed_on="1995-06-01")
    dossier = Dossier("旧案1995", facts, process=None, **told)
    dossier.paper("DECISION", "1995-05-09", number=number, scanned="aged")
    return dossier.done()


def broken_case() -> Case:
    """A package that must be refused: a file is missing, one is not listed, dates run backwards."""
    facts = facts_of("示例单位", "演示", "示例路", "略。")
    case = case_of("不合格的提交包", "", "演示", closed_on="2025-09-01", opened_on="2025-09-20")
    made = Dossier("不合格包", facts, **case).paper("INSP_REC", "2025-09-09").done()
    (paper,) = made.files.values()
    missing = {"title": "送达回证", "files": ["02-不存在.pdf"], "doc_type": "SRV_RECEIPT", "doc_date": "2025-09-10"}
    description = {**made.description, "items": [*made.description["items"], missing]}
    return Case(made.folder, description, {**made.files, "多余.pdf": paper})
