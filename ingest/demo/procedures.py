"""Ordinary procedures 普通程序的演示案件: complete files, with hearing, seizure, left service, in several volumes."""

from __future__ import annotations

from ingest.demo.cases import case_of, facts_of
from ingest.demo.dossier import Case, Dossier
from ingest.demo.names import OTHER_UNIT


def hearing_case() -> Case:
    """Ordinary procedure from opening to payment, with a hearing in public."""
    party, cause, number = "示例渣土运输有限公司", "擅自倾倒建筑垃圾", "示城管罚决字〔2025〕第8号"
    found = "当事人于2025年3月3日夜间在示例路东侧空地倾倒建筑垃圾约十二立方米，未办理核准手续，污染路面约二百平方米。"
    penalty = "罚款人民币五万元"
    facts = facts_of(
        party,
        cause,
        "示例路与示范街交叉口东侧空地",
        found,
        penalty=penalty,
        opened="2025年3月4日",
        hearing="2025年4月22日",
    )
    case = case_of(f"{party}{cause}案", party, cause, opened_on="2025-03-04", decided_on="2025-05-12")
    case |= {"closed_on": "2025-06-20", "decision_no": number, "internal_file_no": "20250008"}
    case["summary"] = f"{found}经听证，决定{penalty}，已缴清。"
    facts["decision_no"] = number
    dossier = Dossier("听证案", facts, **case)
    dossier.paper("DECISION", "2025-05-12", number=number).served("DECISION", "2025-05-13", number)
    dossier.paper("ID_PROOF", "2025-03-06").paper("INSP_REC", "2025-03-04").paper("INQUEST_REC", "2025-03-05")
    dossier.photo("2025-03-04", 2).photo("2025-03-04", 3)
    dossier.film("现场检查录像", "2025-03-04T10:12:00", 60, "现场检查笔录")
    dossier.tone("现场勘验录音", "2025-03-05T14:10:00", 10, "现场勘验笔录")
    dossier.paper("AV_INDEX", "2025-03-04", rows=(("1", "DEMO-7", "10:12:00", "10:13:00", "现场检查"),))
    dossier.paper("INTV_NOTICE", "2025-03-05", number="示城管询通字〔2025〕第15号").served("INTV_NOTICE", "2025-03-05")
    dossier.paper("INTV_REC", "2025-03-07", scanned="clean").paper("RIGHTS_NOTICE", "2025-03-07")
    dossier.paper("PRE_NOTICE", "2025-04-01", number="示城管罚先告字〔2025〕第8号").served("PRE_NOTICE", "2025-04-02")
    dossier.paper("HEAR_RIGHT", "2025-04-02", number="示城管听告字〔2025〕第3号").served("HEAR_RIGHT", "2025-04-02")
    dossier.paper("HEAR_REQ", "2025-04-07", scanned="aged")
    dossier.paper("HEAR_NOTICE", "2025-04-10", number="示城管听通字〔2025〕第3号").served("HEAR_NOTICE", "2025-04-10")
    dossier.paper("HEAR_REC", "2025-04-22").tone("听证录音", "2025-04-22T09:30:00", 20, "听证笔录")
    dossier.paper("CORRECT_ORD", "2025-03-04").served("CORRECT_ORD", "2025-03-04")
    dossier.paper("RECHECK_REC", "2025-03-12").paper("PAY_PROOF", "2025-05-26")
    for code, day in (
        ("OPEN_APPR", "2025-03-04"),
        ("INV_REPORT", "2025-03-28"),
        ("HEAR_REPORT", "2025-04-25"),
        ("LEGAL_REV", "2025-04-28"),
        ("COLLECTIVE", "2025-05-08"),
        ("CASE_APPR", "2025-05-09"),
        ("CLOSE_APPR", "2025-06-20"),
    ):
        dossier.paper(code, day)
    return dossier.done()


def seizure_case() -> Case:
    """Goods are sealed and seized with list and seals, and given back."""
    party, cause, number = "示例建材经营部", "占用城市道路堆放物品", "示城管罚决字〔2025〕第15号"
    found = "当事人在示例路人行道堆放钢管、木方等建材，占用道路三十平方米，经责令改正后仍未清理。"
    penalty = "罚款人民币二千元"
    facts = facts_of(party, cause, "示例路三十号门前人行道", found, penalty=penalty, opened="2025年5月6日")
    facts |= {"decision_no": number, "law": "《示例市城市道路管理办法》第二十七条"}
    case = case_of(f"{party}{cause}案", party, cause, opened_on="2025-05-06", decided_on="2025-06-03")
    dossier = Dossier("查封扣押案", facts, closed_on="2025-07-01", decision_no=number, **case)
    goods = (
        ("1", "钢管", "四十八毫米", "60根", "演示封0001", "完好"),
        ("2", "木方", "四米", "35根", "演示封0002", "完好"),
        ("3", "手推车", "双轮", "1辆", "演示封0003", "有锈迹"),
    )
    dossier.paper("DECISION", "2025-06-03", number=number).served("DECISION", "2025-06-04", number)
    dossier.paper("ID_PROOF", "2025-05-07").paper("INSP_REC", "2025-05-06").photo("2025-05-06", 5)
    dossier.tone("现场检查录音", "2025-05-06T10:12:00", 10, "现场检查笔录")
    dossier.paper("CORRECT_ORD", "2025-05-06").served("CORRECT_ORD", "2025-05-06").paper("RECHECK_REC", "2025-05-09")
    dossier.paper("SEIZE_DEC", "2025-05-09", number="示城管查扣字〔2025〕第2号")
    dossier.paper("SEIZE_LIST", "2025-05-09", rows=goods).paper("SEIZE_SITE", "2025-05-09")
    dossier.served("SEIZE_DEC", "2025-05-09", "示城管查扣字〔2025〕第2号")
    dossier.film("扣押现场录像", "2025-05-09T10:30:00", 40, "行政强制现场笔录").photo("2025-05-09", 7)
    dossier.paper("INTV_REC", "2025-05-12").paper("PRE_NOTICE", "2025-05-20").served("PRE_NOTICE", "2025-05-20")
    dossier.paper("STMT_REC", "2025-05-22", scanned="clean")
    dossier.paper("SEIZE_REL", "2025-06-05", number="示城管解扣字〔2025〕第2号").served("SEIZE_REL", "2025-06-05")
    dossier.paper("AV_INDEX", "2025-05-09", rows=(("1", "DEMO-7", "10:30:00", "10:30:40", "扣押现场"),))
    dossier.paper("PAY_PROOF", "2025-06-10").paper("OPEN_APPR", "2025-05-06").paper("COERC_APPR", "2025-05-09")
    dossier.paper("INV_REPORT", "2025-05-19").paper("CASE_APPR", "2025-06-02").paper("CLOSE_APPR", "2025-07-01")
    return dossier.done()


def left_service_case() -> Case:
    """The party will not take the decision: it is left at the door, before a witness and a camera."""
    party, cause, number = "示例便利店", "擅自占用人行道经营", "示城管罚决字〔2025〕第21号"
    found = "当事人在门前人行道摆放货架和冷柜经营，占用面积六平方米。"
    facts = facts_of(party, cause, "示例街九号门前", found, opened="2025年6月3日", decision_no=number)
    case = case_of(f"{party}{cause}案", party, cause, opened_on="2025-06-03", decided_on="2025-06-24")
    dossier = Dossier("留置送达案", facts, OTHER_UNIT, closed_on="2025-08-01", decision_no=number, **case)
    dossier.paper("DECISION", "2025-06-24", number=number)
    refused = {"receipt": "受送达人拒绝签收。", "receiver": "", "remark": "拒收，已留置送达，见留置送达记录和录像。"}
    dossier.served("DECISION", "2025-06-25", number, "留置送达", **refused).paper("SRV_LEFT", "2025-06-25")
    dossier.film("留置送达录像", "2025-06-25T16:20:00", 60, "留置送达记录")
    dossier.paper("ID_PROOF", "2025-06-04").paper("INSP_REC", "2025-06-03").paper("REFUSAL_REC", "2025-06-03")
    dossier.photo("2025-06-03", 4).tone("现场检查录音", "2025-06-03T10:12:00", 10, "现场检查笔录")
    dossier.paper("AV_INDEX", "2025-06-25", rows=(("1", "DEMO-7", "16:20:00", "16:21:00", "留置送达"),))
    dossier.paper("PRE_NOTICE", "2025-06-10").served("PRE_NOTICE", "2025-06-10").paper("PAY_PROOF", "2025-07-08")
    dossier.paper("OPEN_APPR", "2025-06-03").paper("INV_REPORT", "2025-06-09").paper("CASE_APPR", "2025-06-23")
    return dossier.paper("CLOSE_APPR", "2025-08-01").done()


def volumes_case() -> Case:
    """One case in three main volumes and an internal one: interviews fill the second, evidence the third."""
    party, cause, number = "示例建设工程有限公司", "未采取扬尘防治措施施工", "示城管罚决字〔2024〕第66号"
    found = "当事人在示例工地进行土方作业时未采取覆盖、洒水等扬尘防治措施，裸露土方约三千平方米。"
    facts = facts_of(
        party, cause, "示例工地", found, penalty="罚款人民币三万元", opened="2024年9月10日", decision_no=number
    )
    case = case_of(f"{party}{cause}案（多卷）", party, cause, opened_on="2024-09-10", decided_on="2024-11-05")
    dossier = Dossier("多卷案", facts, closed_on="2024-12-20", decision_no=number, **case)
    dossier.paper("DECISION", "2024-11-05", number=number).served("DECISION", "2024-11-06", number)
    dossier.paper("ID_PROOF", "2024-09-11").paper("INSP_REC", "2024-09-10")
    dossier.tone("现场检查录音", "2024-09-10T10:12:00", 10, "现场检查笔录")
    dossier.paper("AV_INDEX", "2024-09-10", rows=(("1", "DEMO-7", "10:12:00", "10:12:10", "现场检查"),))
    dossier.paper("PRE_NOTICE", "2024-10-15").served("PRE_NOTICE", "2024-10-15")
    dossier.next_volume()
    for day, who, words in (
        ("2024-09-12", "施工员", "答：当天风大，洒水车没有到场。"),
        ("2024-09-13", "安全员", "答：防尘网数量不够，已经报告项目部。"),
        ("2024-09-14", "项目经理", "答：管理不到位，愿意整改。"),
    ):
        asked = (("与本案关系", who), ("head", "丙某"))
        dossier.paper(
            "INTV_REC",
            day,
            words,
            facts=asked[1:],
            listed=f"询问笔录（{who}）",
            scanned="aged" if who == "安全员" else "",
        )
    dossier.next_volume()
    listed = (("1", "防尘网采购单", "A4", "3页", "复印件"), ("2", "施工日志", "A4", "12页", "复印件"))
    dossier.paper("EVID_LIST", "2024-09-18", rows=listed)
    dossier.paper("EXPERT_COM", "2024-09-19").paper("EXPERT_OP", "2024-09-30")
    dossier.photo("2024-09-10", 6).photo("2024-09-10", 7).paper("RECHECK_REC", "2024-10-08")
    dossier.paper("OPEN_APPR", "2024-09-10").paper("INV_REPORT", "2024-10-10").paper("LEGAL_REV", "2024-10-28")
    dossier.paper("COLLECTIVE", "2024-11-01").paper("CASE_APPR", "2024-11-04").paper("CLOSE_APPR", "2024-12-20")
    return dossier.done()
