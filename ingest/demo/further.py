"""Further cases 其他演示案件: inspection, trade secrets, a minor, coercive removal, and a file of 1995 in scans."""

from __future__ import annotations

from ingest.demo.cases import case_of, facts_of
from ingest.demo.dossier import Case, Dossier
from ingest.demo.foreign import make_document, make_letter
from ingest.demo.names import OTHER_UNIT
from ingest.demo.ofd import make_ofd


def inspection_case() -> Case:
    """An inspection that finds nothing; its film has lost three seconds, which the archive says: the matter is weighty,
    and its film had to run without a gap.
    """
    party, cause = "示例物业服务有限公司", "生活垃圾分类“双随机”检查"
    found = "垃圾分类收集容器设置齐全，标识清晰，台账完整，未发现违法行为。"
    facts = facts_of(party, cause, "示例小区", found)
    case = case_of(f"{party}检查卷", party, cause, procedure="inspection", outcome="inspected", closed_on="2025-07-15")
    weighty = {"acts": ["dispute_or_major_interest"], "source": "draw"}
    dossier = Dossier("检查未处罚", facts, OTHER_UNIT, weighty, **case)
    dossier.paper("RANDOM_REC", "2025-07-10").paper("INSP_REC", "2025-07-11")
    dossier.tone("抽取过程录音", "2025-07-10T09:00:00", 10, "双随机抽查记录表")
    dossier.film("检查过程录像（有中断）", "2025-07-11T10:12:00", 40, "现场检查笔录", gap=(17, 3))
    dossier.paper("AV_INDEX", "2025-07-11", rows=(("1", "DEMO-7", "10:12:00", "10:12:40", "现场检查"),))
    return dossier.photo("2025-07-11", 8).done()


def trade_secret_case() -> Case:
    """Evidence that the party claims as its trade secret; the claim stands beside the paper, not over the case."""
    party, cause, number = "示例涂料科技有限公司", "露天喷涂作业", "示城管罚决字〔2025〕第30号"
    found = "当事人在厂区外露天进行喷涂作业，未采取防护措施。"
    facts = facts_of(party, cause, "示例工业园", found, opened="2025年4月8日", decision_no=number)
    case = case_of(f"{party}{cause}案", party, cause, opened_on="2025-04-08", decided_on="2025-05-06")
    dossier = Dossier("商业秘密案", facts, closed_on="2025-06-02", decision_no=number, **case)
    dossier.paper("DECISION", "2025-05-06", number=number).served("DECISION", "2025-05-07", number)
    dossier.paper("ID_PROOF", "2025-04-09").paper("INSP_REC", "2025-04-08").paper("INTV_REC", "2025-04-10")
    dossier.photo("2025-04-08", 9).tone("现场检查录音", "2025-04-08T10:12:00", 10, "现场检查笔录")
    dossier.paper("AV_INDEX", "2025-04-08", rows=(("1", "DEMO-7", "10:12:00", "10:12:10", "现场检查"),))
    recipe = (("1", "基料", "演示甲", "四十份", "当事人主张保密"), ("2", "助剂", "演示乙", "七份", "当事人主张保密"))
    dossier.paper("EVID_LIST", "2025-04-10", rows=recipe, claim="TRADE_SECRET", title="涂料配方表（当事人提交）")
    dossier.paper("EDATA_REC", "2025-04-10", claim="TRADE_SECRET")
    dossier.paper("PRE_NOTICE", "2025-04-22").served("PRE_NOTICE", "2025-04-22").paper("PAY_PROOF", "2025-05-15")
    dossier.paper("OPEN_APPR", "2025-04-08").paper("INV_REPORT", "2025-04-18").paper("CASE_APPR", "2025-05-05")
    return dossier.paper("CLOSE_APPR", "2025-06-02").done()


def minor_case() -> Case:
    """A minor: no penalty; who it was, and who told of it, stands under protection."""
    party, cause = "未成年人子某", "在公共设施上涂写"
    found = "当事人（不满十四周岁）在示例公园宣传栏涂写，面积约半平方米，已在监护人陪同下清洗。"
    facts = facts_of(party, cause, "示例公园", found, opened="2025年5月20日", decision_no="示城管不罚字〔2025〕第4号")
    facts |= {"head": "子某的监护人", "receiver": "监护人", "source": "市民反映", "penalty": "不予行政处罚"}
    title = "某未成年人在公共设施上涂写案（不予处罚）"
    case = case_of(title, "某未成年人", cause, "citizen", opened_on="2025-05-20", decided_on="2025-05-30")
    law = "《示例市未成年人保护条例》第八条"
    unfilmed = {"rule": "SR-032", "text": "当事人不满十四周岁，监护人请求不录音录像。", "law": law}
    process = {"source": "tip", "reasons": [unfilmed]}
    dossier = Dossier("未成年人案", facts, process=process, closed_on="2025-06-05", outcome="no_penalty", **case)
    dossier.paper("DEC_NONE", "2025-05-30", number="示城管不罚字〔2025〕第4号", claim="MINOR")
    dossier.served("DEC_NONE", "2025-05-30", "示城管不罚字〔2025〕第4号").paper("ID_PROOF", "2025-05-20", claim="MINOR")
    dossier.paper("INSP_REC", "2025-05-20", claim="MINOR")
    dossier.paper("INTV_REC", "2025-05-22", "监护人在场，询问全程录音。", claim="MINOR").photo("2025-05-20", 10)
    dossier.paper(
        "TIP_REG", "2025-05-19", marking={"claims": [{"kind": "INFORMANT", "whose": "反映人", "ground": "反映人信息"}]}
    )
    told = ("示例公园宣传栏被人涂写，请处理。", "请不要公开我的姓名和邮箱。")
    letter = make_letter("反映公共设施被涂写", told, "Mon, 19 May 2025 09:12:00 +0800")
    dossier.received("市民反映来信", "TIP_REG", "2025-05-19", "eml", letter, claim="INFORMANT")
    dossier.paper("OPEN_APPR", "2025-05-20").paper("INV_REPORT", "2025-05-26").paper("CASE_APPR", "2025-05-29")
    return dossier.paper("CLOSE_APPR", "2025-06-05").done()


def removal_case() -> Case:
    """An illegal building is demanded away, announced, and pulled down; its rubble is cleared by another's hand."""
    party, cause, number = "示例仓储中心", "擅自搭建建筑物", "示城管限拆字〔2025〕第1号"
    found = "当事人未取得建设工程规划许可证，在示例大道南侧搭建钢结构仓库一处，建筑面积三百二十平方米。"
    facts = facts_of(party, cause, "示例大道南侧", found, penalty="限期拆除", opened="2025年1月6日", decision_no=number)
    facts |= {"law": "《中华人民共和国城乡规划法》第六十四条", "performing": "2025年6月17日"}
    case = case_of(f"{party}{cause}强制拆除案", party, cause, opened_on="2025-01-06", decided_on="2025-02-14")
    asked = {"rule": "SR-028b", "text": "规划认定由主管部门依职权函复，不属委托鉴定。", "law": ""}
    told = {"reasons": [asked]}
    case |= {"closed_on": "2025-07-10", "decision_no": number, "procedure": "coercion"}
    dossier = Dossier("强制拆除案", facts, process=told, **case)
    dossier.paper("INSP_REC", "2025-01-06").paper("INQUEST_REC", "2025-01-07").photo("2025-01-06", 11)
    dossier.tone("现场检查录音", "2025-01-06T10:12:00", 10, "现场检查笔录")
    dossier.tone("现场勘验录音", "2025-01-07T14:10:00", 10, "现场勘验笔录")
    dossier.paper("AV_INDEX", "2025-06-16", rows=(("1", "DEMO-7", "08:30:00", "08:31:00", "强制拆除"),))
    dossier.paper("DECISION", "2025-02-14", number=number, title="限期拆除决定书").served(
        "DECISION", "2025-02-14", number
    )
    dossier.paper("DEMAND", "2025-04-20", number="示城管催字〔2025〕第1号").served("DEMAND", "2025-04-20")
    dossier.paper("DEMAND_STMT", "2025-04-25").paper("DEMOL_NOTICE", "2025-05-08").paper("EXEC_DEC", "2025-05-26")
    dossier.served("EXEC_DEC", "2025-05-27").paper("SUBST_DEC", "2025-06-10").served("SUBST_DEC", "2025-06-10")
    dossier.paper("EXEC_RESULT", "2025-06-16")
    dossier.film("强制拆除录像", "2025-06-16T08:30:00", 60, "强制执行结果记录", kind="avi")
    dossier.received("规划认定意见的复函", "EXPERT_OP", "2025-01-20", "ofd", _opinion(party))
    dossier.received("当事人自行拆除承诺", "STMT_REC", "2025-04-26", "docx", _promise(party))
    dossier.photo("2025-06-16", 12).paper("OPEN_APPR", "2025-01-06").paper("COLLECTIVE", "2025-05-20")
    return dossier.paper("CLOSE_APPR", "2025-07-10").done()


def _opinion(party: str) -> bytes:
    lines = [
        "关于建设工程规划许可认定的复函",
        "示例市城市管理综合执法局：",
        f"经查，{party}在示例大道南侧搭建的钢结构仓库",
        "未取得建设工程规划许可证，属无法采取改正措施消除影响的情形。",
        "示例市自然资源和规划局　2025年1月20日（虚构）",
    ]
    return make_ofd([lines], seal="示例电子印章")


def _promise(party: str) -> bytes:
    lines = [
        "本单位已收到催告书。",
        "本单位承诺于2025年5月20日前自行拆除仓库北侧部分。",
        f"{party}　2025年4月26日（虚构）",
    ]
    return make_document("承诺书", lines)


def scanned_case() -> Case:
    """Closed in 1995: paper that was scanned long after. Nothing in it has a text until it is read by machine."""
    party, cause, number = "示例饮食店", "擅自搭建棚亭", "示城监罚〔1995〕第17号"
    found = "当事人在店前擅自搭建棚亭一处，面积九平方米，影响行人通行。"
    facts = facts_of(
        party,
        cause,
        "示例路口",
        found,
        opened="1995年3月20日",
        penalty="限期拆除，罚款人民币二百元",
        decision_no=number,
    )
    facts["law"] = "《示例市市容管理规定》第九条"
    case = case_of(f"{party}{cause}案（1995，扫描件）", party, cause, opened_on="1995-03-20", decided_on="1995-04-10")
    dossier = Dossier("旧案扫描", facts, process=None, closed_on="1995-05-30", decision_no=number, **case)
    dossier.paper("DECISION", "1995-04-10", number=number, scanned="aged")
    dossier.paper("INSP_REC", "1995-03-20", scanned="aged").paper("INTV_REC", "1995-03-24", scanned="aged")
    dossier.served("DECISION", "1995-04-11", number, scanned="aged").paper(
        "HEAR_REC", "1995-04-06", scanned="aged", title="座谈笔录"
    )
    return dossier.paper("OPEN_APPR", "1995-03-20", scanned="aged").done()
