"""Vocabulary 词表 of case facts: the closed list of names that rules may ask for and that descriptions may state.

A pack that asks for a name that is not here is refused when it is read, never when a case is judged.
"""

from __future__ import annotations

ACTS: dict[str, tuple[str, str]] = {
    "on_application": ("依申请办理", "begun on application"),
    "correction_needed": ("申请材料须补正", "the application has to be completed"),
    "named_tip": ("实名投诉举报", "the complainant gave a name"),
    "not_opened": ("经审查不启动", "not opened after review"),
    "urgent": ("情况紧急先行启动", "begun before approval, for urgency"),
    "major_act": ("重大行政执法行为", "a major act of enforcement"),
    "dispute_or_major_interest": ("可能引发争议或影响重大权益", "disputable, or of weight for the party"),
    "site_inspection": ("现场检查", "inspection on site"),
    "scene_examined": ("现场勘验", "examination of the scene"),
    "party_summoned": ("通知当事人接受询问", "the party was called to an interview"),
    "person_questioned": ("询问当事人或证人", "party or witness questioned"),
    "evidence_from_others": ("向他人调取证据", "evidence taken from others"),
    "evidence_taken": ("登记收取证据", "evidence taken on a list"),
    "sampling": ("抽样取证", "sampling"),
    "preserved": ("先行登记保存", "evidence registered and preserved in advance"),
    "appraisal": ("鉴定检测", "appraisal"),
    "statement_offered": ("告知陈述申辩权", "the right to make a statement was offered"),
    "statement_made": ("当事人陈述申辩", "the party made a statement"),
    "party_refuses": ("当事人拒绝配合", "the party refused to take part"),
    "photos_taken": ("拍照取证", "photographs taken"),
    "edata_collected": ("提取电子数据", "electronic data collected"),
    "offsite_monitoring": ("利用电子监控设备", "electronic monitoring used"),
    "coercive_measure": ("采取行政强制措施", "coercive measure taken"),
    "sealed_or_seized": ("查封扣押", "premises sealed or goods seized"),
    "seizure_extended": ("延长查封扣押", "sealing or seizure extended"),
    "seizure_ended": ("解除查封扣押", "sealing or seizure ended"),
    "correction_ordered": ("责令改正", "correction ordered"),
    "penalty": ("给予处罚", "penalty"),
    "no_penalty": ("不予处罚", "no penalty"),
    "withdrawn": ("撤案或终止", "withdrawn or ended"),
    "crime_suspected": ("涉嫌犯罪移送", "referred as a suspected crime"),
    "hearing_grounds": ("符合听证条件", "grounds for a hearing"),
    "hearing_requested": ("要求听证", "hearing requested"),
    "hearing_held": ("举行听证", "hearing held"),
    "expert_panel": ("组织专家论证", "expert panel"),
    "legal_review_grounds": ("须经法制审核", "grounds for legal review"),
    "complex_or_major": ("情节复杂或重大", "complex or major"),
    "fine_paid": ("缴纳罚款", "fine paid"),
    "deferral": ("延期或分期缴纳", "payment deferred or in instalments"),
    "not_performed": ("逾期不履行", "not performed in time"),
    "coercion_planned": ("拟强制执行", "coercive execution planned"),
    "statement_after_demand": ("催告后陈述申辩", "statement after the demand"),
    "own_execution": ("自行强制执行", "executed by the bureau itself"),
    "demolition": ("强制拆除", "demolition"),
    "substitute_performance": ("代履行", "substitute performance"),
    "court_execution": ("申请法院强制执行", "execution by the court"),
    "execution_done": ("强制执行已完成", "execution done"),
    "reconsidered": ("经行政复议", "reconsidered"),
    "litigated": ("经行政诉讼", "litigated"),
    "physical_evidence": ("有实物证据", "physical evidence"),
}
"""What happened in a case: name, Chinese, English. A description states those that hold."""

PROCEDURES = {
    "G": ("普通程序", "ordinary procedure"),
    "S": ("简易程序", "summary procedure"),
    "C": ("行政强制措施", "coercive measure"),
    "E": ("行政强制执行", "coercive execution"),
    "I": ("行政检查", "inspection"),
    "A": ("依申请", "on application"),
}
STAGES = {
    "S1": ("程序启动", "start"),
    "S2": ("调查取证", "investigation"),
    "S3": ("审查决定", "review and decision"),
    "S4": ("送达", "service"),
    "S5": ("执行", "execution"),
    "S6": ("归档", "filing"),
}
SOURCES = {
    "patrol": ("日常巡查", "patrol"),
    "tip": ("投诉举报", "complaint or tip"),
    "transfer": ("移送", "transfer"),
    "draw": ("随机抽查", "random draw"),
    "superior": ("上级交办", "ordered from above"),
    "application": ("申请", "application"),
}
SERVICES = {
    "direct": ("直接送达", "direct"),
    "mail": ("邮寄送达", "by post"),
    "left": ("留置送达", "left at the place"),
    "entrusted": ("委托转交送达", "through others"),
    "public": ("公告送达", "by public notice"),
    "electronic": ("电子送达", "electronic"),
    "notarised": ("公证送达", "notarised"),
}
ROLES = {
    "officer": ("执法人员", "officer"),
    "party": ("当事人", "party"),
    "witness": ("见证人", "witness"),
    "recorder": ("记录人", "recorder"),
    "server": ("送达人", "server"),
    "receiver": ("受送达人", "receiver"),
    "presider": ("主持人", "presider"),
    "participant": ("参加人", "participant"),
    "unit_head": ("承办机构负责人", "head of the unit"),
    "deputy_head": ("分管负责人", "deputy head in charge"),
    "head": ("行政机关负责人", "head of the bureau"),
    "reviewer": ("法制审核人员", "legal reviewer"),
    "expert": ("鉴定人或专家", "expert"),
    "bureau": ("机关印章", "seal of the bureau"),
}
STATED: dict[str, tuple[str, str]] = {
    "matter": ("申请事项", "the matter applied for"),
    "acceptance": ("是否受理", "whether it is taken up"),
    "missing_items": ("一次告知的全部补正内容", "everything that is missing, told at once"),
    "reason": ("事由或启动原因", "the reason"),
    "party": ("当事人基本情况", "who the party is"),
    "handler_opinion": ("承办人意见", "the handler's opinion"),
    "unit_opinion": ("承办机构意见", "the unit's opinion"),
    "deputy_head_opinion": ("分管负责人意见", "the deputy head's opinion"),
    "legal_opinion": ("法制审查意见", "the legal opinion"),
    "head_opinion": ("行政机关负责人审批意见", "the head's decision"),
    "complainant": ("投诉举报人基本情况", "who complained"),
    "content": ("内容", "the content"),
    "time": ("时间", "the time"),
    "place": ("地点", "the place"),
    "recorder": ("记录人情况", "who recorded it"),
    "handling": ("处理及告知情况", "how it was handled and told"),
    "method": ("方式", "the method"),
    "object": ("抽取的检查对象", "what was drawn"),
    "inspectors": ("抽取的检查人员", "which inspectors were drawn"),
    "certificates_shown": ("出示执法证件", "that certificates were shown"),
    "rights_told": ("告知的权利", "the rights that were told"),
    "form": ("登记保存的形式", "the form of preservation"),
    "facts": ("违法事实和证据", "facts and evidence"),
    "basis": ("理由和法律依据", "reasons and law"),
    "kind_amount": ("种类和额度", "kind and amount"),
    "statement_right": ("陈述申辩的途径和期限", "way and time limit of a statement"),
    "authority": ("行政机关名称及印章日期", "bureau, seal and date"),
    "relation": ("陈述人与本案的关系", "the speaker's relation to the case"),
    "start_end": ("起止时间", "start and end"),
    "officials": ("主持人和听证人员", "presider, hearing officers and clerk"),
    "agent_recusal": ("委托代理和申请回避的权利", "the rights to an agent and to recusal"),
    "participants": ("听证参加人", "who took part"),
    "debate": ("陈述和质证情况", "statements and cross-examination"),
    "source": ("案件来源", "where the case came from"),
    "discretion": ("拟作决定和裁量理由", "proposed decision and reasons of discretion"),
    "performance": ("履行方式和期限", "way and time of performance"),
    "remedies": ("救济途径和期限", "remedies and their time limits"),
    "registration": ("挂号或特快登记凭证", "registered or express registration"),
    "postage": ("付邮凭证", "postage slip"),
    "return_receipt": ("回执", "return receipt"),
    "course": ("经过", "the course"),
    "other_ways_failed": ("其他方式无法送达的情况", "that other ways failed"),
    "medium": ("公告方式和载体", "way and medium of the notice"),
    "review": ("复核及处理意见", "review and what follows"),
    "result": ("结果", "the result"),
    "reviewers": ("审查人员", "who reviewed"),
}
"""What a paper may be said to state 载明事项, as the archivist or the case system confirms it."""

OUTCOMES = ("penalty", "no_penalty", "withdrawn", "transferred", "terminated", "inspected")

WORDS: dict[str, frozenset[str]] = {
    "source": frozenset(SOURCES),
    "outcome": frozenset(OUTCOMES),
    "party_kind": frozenset({"citizen", "organisation"}),
}
"""Names that hold one word of a closed list."""

SETS: dict[str, frozenset[str]] = {"procedures": frozenset(PROCEDURES), "service": frozenset(SERVICES)}
"""Names that hold several words of a closed list."""

NUMBERS: dict[str, tuple[str, str]] = {
    "officers": ("承办人数", "number of officers"),
    "certificates": ("有证号的承办人数", "officers with a certificate number"),
    "untyped": ("未标文种的件数", "items without a document type"),
    "recordings": ("音像记录数", "number of recordings"),
}
EVENTS = ("opened", "decided", "closed", "ended", "filed", "started")
"""Days and instants of the case that deadlines count from or to; a document type is the day of its paper."""
