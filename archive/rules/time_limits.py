"""Time limits 法定期限 of enforcement and of its records, D01 to D19, each with the law that says how its days count.

Three laws speak of working days in three ways: the Penalty Law of periods of 2, 3, 5 and 7 days, the Coercion Law of
periods of up to 10, the Reconsideration Law of 3, 5, 7 and 10. So the unit stands with each limit and is never derived
from its length. A last day moves only where the law of procedure says so; the Rules say nothing of it.
"""

from __future__ import annotations

from archive.kernel.deadlines import TimeLimit, Unit

_PENALTY_DAYS = "行政处罚法第八十五条"
_COERCION_DAYS = "行政强制法第六十九条"
_RECONSIDERATION_DAYS = "行政复议法第八十八条第二款"
_LITIGATION_MOVES = "行政诉讼法第一百零一条；民事诉讼法第八十五条"

_H, _N, _W, _M = Unit.HOURS, Unit.NATURAL_DAYS, Unit.WORKING_DAYS, Unit.MONTHS

_ALL = (
    TimeLimit(
        "D01",
        "紧急立案、强制措施补办批准",
        "approval after urgent action",
        24,
        _H,
        "采取措施",
        "the action",
        "办法第六条第一款；行政强制法第十九条",
    ),
    TimeLimit(
        "D02",
        "音像记录存储",
        "storing of a recording",
        24,
        _H,
        "记录结束",
        "the end of the recording",
        "办法第二十四条第四款",
    ),
    TimeLimit(
        "D03", "立卷归档", "filing of the case", 30, _N, "执法行为终结", "the end of the act", "办法第二十四条第二款"
    ),
    TimeLimit(
        "D04",
        "先行登记保存证据的处理",
        "decision on preserved evidence",
        7,
        _W,
        "登记保存",
        "registration",
        "行政处罚法第五十六条",
        _PENALTY_DAYS,
    ),
    TimeLimit(
        "D05",
        "当事人要求听证",
        "request for a hearing",
        5,
        _W,
        "被告知",
        "the notice",
        "行政处罚法第六十四条",
        _PENALTY_DAYS,
    ),
    TimeLimit(
        "D06",
        "听证前的通知期",
        "days between notice and hearing",
        7,
        _W,
        "通知送达",
        "service of the notice",
        "行政处罚法第六十四条",
        _PENALTY_DAYS,
    ),
    TimeLimit(
        "D07",
        "作出处罚决定",
        "decision on the penalty",
        90,
        _N,
        "立案",
        "the opening of the case",
        "行政处罚法第六十条",
    ),
    TimeLimit(
        "D08",
        "处罚决定书送达",
        "service of the decision",
        7,
        _W,
        "作出决定",
        "the decision",
        "行政处罚法第六十一条",
        _PENALTY_DAYS,
    ),
    TimeLimit(
        "D09",
        "缴纳罚款",
        "payment of the fine",
        15,
        _N,
        "收到决定书",
        "receipt of the decision",
        "行政处罚法第六十七条",
    ),
    TimeLimit(
        "D10",
        "撤回已公开的处罚决定",
        "withdrawal of a published decision",
        3,
        _W,
        "决定被撤销、变更、确认违法",
        "its annulment",
        "行政处罚法第四十八条",
        _PENALTY_DAYS,
    ),
    TimeLimit("D11", "查封、扣押", "sealing and seizure", 30, _N, "采取措施", "the measure", "行政强制法第二十五条"),
    TimeLimit(
        "D12",
        "催告期（期满可申请强制执行）",
        "days after the demand before an application to the court",
        10,
        _W,
        "催告书送达",
        "service of the demand",
        "行政强制法第五十四条",
        _COERCION_DAYS,
    ),
    TimeLimit(
        "D13",
        "申请强制执行的最后期限",
        "latest application to the court",
        3,
        _M,
        "复议、诉讼期限届满",
        "the end of the remedy period",
        "行政强制法第五十三条",
        "民法典第二百零二条",
        _LITIGATION_MOVES,
    ),
    TimeLimit(
        "D14",
        "复议答复（普通程序）",
        "reply in reconsideration",
        10,
        _W,
        "收到申请书副本",
        "receipt of the copy",
        "行政复议法第四十八条",
        _RECONSIDERATION_DAYS,
    ),
    TimeLimit(
        "D14S",
        "复议答复（简易程序）",
        "reply in reconsideration, summary procedure",
        5,
        _W,
        "收到申请书副本",
        "receipt of the copy",
        "行政复议法第五十四条",
        _RECONSIDERATION_DAYS,
    ),
    TimeLimit(
        "D15",
        "行政诉讼举证答辩",
        "evidence in litigation",
        15,
        _N,
        "收到起诉状副本",
        "receipt of the copy",
        "行政诉讼法第六十七条",
        "",
        _LITIGATION_MOVES,
    ),
    TimeLimit(
        "D16",
        "申请答复",
        "answer to a request",
        20,
        _W,
        "收到申请",
        "receipt of the request",
        "政府信息公开条例第三十三条",
    ),
    TimeLimit(
        "D17",
        "一次性告知补正",
        "one notice of what is missing",
        7,
        _W,
        "收到申请",
        "receipt of the request",
        "政府信息公开条例第三十条",
    ),
    TimeLimit(
        "D18",
        "第三方意见",
        "opinion of a third party",
        15,
        _W,
        "收到征求意见书",
        "receipt of the letter",
        "政府信息公开条例第三十二条",
    ),
    TimeLimit(
        "D19",
        "上报密级不明事项",
        "report of a doubtful classification",
        10,
        _W,
        "拟定密级",
        "the draft marking",
        "保守国家秘密法实施条例第二十五条",
    ),
)
TIME_LIMITS = {limit.code: limit for limit in _ALL}
"""Every limit by its code 期限表."""

FILING, RECORDING_STORED, ANSWER = TIME_LIMITS["D03"], TIME_LIMITS["D02"], TIME_LIMITS["D16"]
