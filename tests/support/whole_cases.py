"""Whole cases 完整案卷: one complete case of each procedure, as the Rules and the law ask for it, article by article.

The tables below are written from the texts of the Rules and the laws, not from the packs: a pack that asks for more
finds something in a whole case, and a pack that asks for less misses what a mutation takes away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from archive.facts import CaseFacts, ItemFacts, OfficerFacts, PaperFacts, ProcessFacts, RecordingFacts
from archive.kernel.clock import SHANGHAI
from archive.terms import Part
from ingest.document_types import DOCUMENT_TYPES

PAPERS = {
    "APP_REG": "SR-010", "APP_NOTICE": "SR-011", "TIP_REG": "SR-017", "TIP_REPLY": "SR-018", "XFER_IN": "SR-017c",
    "OPEN_APPR": "SR-013", "OPEN_LEGAL": "SR-016", "RANDOM_REC": "SR-020", "INSP_REC": "SR-024",
    "INQUEST_REC": "SR-024b", "INTV_NOTICE": "SR-022b", "INTV_REC": "SR-022", "ID_PROOF": "SR-057b",
    "EVID_REQ": "SR-023", "EVID_LIST": "SR-023b", "SAMPLE_NOTICE": "SR-025", "SAMPLE_LIST": "SR-025b",
    "PRES_APPR": "PL-56b", "PRES_NOTICE": "SR-037", "PRES_LIST": "SR-037b", "PRES_DEC": "PL-56c",
    "EXPERT_COM": "SR-028b", "EXPERT_OP": "SR-028", "RIGHTS_NOTICE": "SR-026", "STMT_REC": "SR-040",
    "REFUSAL_REC": "SR-029b", "PHOTO_SHEET": "SR-029c", "EDATA_REC": "PL-46", "MONITOR_REC": "PL-41",
    "AV_INDEX": "PL-47", "INV_REPORT": "PL-57", "COERC_APPR": "CL-18", "SEIZE_DEC": "CL-24", "SEIZE_LIST": "CL-24b",
    "SEIZE_SITE": "CL-18b", "SEIZE_EXT": "CL-25b", "SEIZE_REL": "CL-28", "CORRECT_ORD": "SR-045",
    "PRE_NOTICE": "SR-038", "HEAR_RIGHT": "PL-63", "HEAR_REQ": "PL-64b", "HEAR_NOTICE": "SR-041",
    "HEAR_REC": "SR-027", "HEAR_REPORT": "SR-027b", "EXPERT_MTG": "SR-047", "LEGAL_REV": "SR-046",
    "COLLECTIVE": "SR-047b", "CASE_APPR": "SR-049", "DECISION": "SR-044", "DEC_SPOT": "PL-51", "DEC_NONE": "PL-57b",
    "WITHDRAW": "SR-049f", "XFER_CRIM": "PL-27", "SRV_RECEIPT": "SR-050", "SRV_MAIL": "SR-051", "SRV_LEFT": "SR-052",
    "SRV_ENTR": "SR-054", "SRV_PUBLIC": "SR-055", "SRV_ECONSENT": "PL-61b", "SRV_NOTARY": "SR-056b",
    "PAY_PROOF": "PL-67", "DEFER_APPR": "PL-66", "RECHECK_REC": "SR-058", "DEMAND": "SR-059", "DEMAND_STMT": "SR-060",
    "EXEC_DEC": "CL-37", "DEMOL_NOTICE": "CL-44", "SUBST_DEC": "CL-51", "COURT_APP": "SR-062",
    "COURT_RULING": "CL-57", "EXEC_RESULT": "SR-063", "CLOSE_APPR": "SR-057", "RECON_DEC": "SR-064c",
    "JUDGMENT": "SR-064d", "EVID_BAG": "SR-064b",
}  # fmt: skip
"""Which rule misses the paper; all types but those that the archive makes and the carrier of recordings."""
STATES = {
    "APP_REG": ("SR-010b", "matter acceptance"),
    "APP_NOTICE": ("SR-011b", "missing_items"),
    "TIP_REG": ("SR-017b", "complainant content time recorder handling"),
    "OPEN_APPR": ("SR-015", "reason party handler_opinion unit_opinion deputy_head_opinion"),
    "RANDOM_REC": ("SR-020b", "method object inspectors"),
    "PRES_APPR": ("SR-036", "reason form"),
    "PRE_NOTICE": ("SR-039", "party facts basis kind_amount statement_right authority"),
    "STMT_REC": ("SR-040b", "relation start_end place content"),
    "HEAR_NOTICE": ("SR-041b", "party time place method officials agent_recusal authority"),
    "HEAR_REC": ("SR-042", "time place participants debate"),
    "LEGAL_REV": ("SR-046b", "reviewers legal_opinion"),
    "DECISION": ("PL-59", "party facts basis kind_amount performance remedies authority"),
    "DEC_SPOT": ("PL-52", "facts basis kind_amount time place remedies authority"),
    "SRV_MAIL": ("SR-051b", "registration postage return_receipt"),
    "SRV_LEFT": ("SR-052b", "reason time"),
    "SRV_ENTR": ("SR-054b", "reason"),
    "SRV_PUBLIC": ("SR-055b", "reason course other_ways_failed medium"),
    "DEMAND_STMT": ("SR-061", "content review"),
}
"""Which rule misses an element that the paper must state."""
STATES_TWICE = {
    **{(code, "certificates_shown"): "SR-030b" for code in ("INSP_REC", "INQUEST_REC", "INTV_REC")},
    **{(code, "rights_told"): "SR-031" for code in ("INSP_REC", "INQUEST_REC", "INTV_REC")},
    **{
        ("CASE_APPR", word): "SR-049b"
        for word in ("source", "party", "facts", "basis", "discretion", "head_opinion")
    },
    ("CASE_APPR", "legal_opinion"): "SR-049d",
}  # fmt: skip
SIGNED = {
    "OPEN_APPR": ("SR-013b", "officer unit_head deputy_head"),
    "CASE_APPR": ("SR-049c", "officer unit_head"),
    "STMT_REC": ("SR-040c", "party recorder"),
    "HEAR_REC": ("SR-043", "presider participant"),
    "SRV_RECEIPT": ("SR-050b", "server receiver"),
    "SRV_LEFT": ("SR-052c", "server witness"),
    "SRV_ENTR": ("SR-054c", "server receiver"),
    "DEC_SPOT": ("PL-52b", "officer party"),
    "SEIZE_SITE": ("CL-18c", "officer officer party"),
    **dict.fromkeys(
        ("INSP_REC", "INQUEST_REC", "SAMPLE_NOTICE", "SAMPLE_LIST", "INTV_REC", "EVID_LIST", "PRES_LIST", "EDATA_REC"),
        ("SR-029", "officer officer party"),
    ),
}  # fmt: skip
RECORDED = {
    "APP_REG": "SR-012", "RANDOM_REC": "SR-021", "INSP_REC": "SR-032", "INQUEST_REC": "SR-032",
    "SAMPLE_NOTICE": "SR-032b", "HEAR_REC": "SR-032c", "MONITOR_REC": "SR-032d", "INTV_REC": "SR-034",
    "SEIZE_SITE": "SR-035b", "SRV_LEFT": "SR-053", "SRV_PUBLIC": "SR-056", "EXEC_RESULT": "SR-063b",
}  # fmt: skip
FORMED = ("OPEN_APPR", "PRE_NOTICE", "DECISION", "CLOSE_APPR")
WHOLE = ("INSP_REC", "INQUEST_REC", "SAMPLE_NOTICE", "INTV_REC", "HEAR_REC", "SEIZE_SITE")
"""Papers whose recordings may have no gap when the matter is disputable or weighty."""
SERVED = (
    "INTV_NOTICE", "PRES_DEC", "SEIZE_DEC", "SEIZE_EXT", "SEIZE_REL", "CORRECT_ORD", "PRE_NOTICE", "HEAR_RIGHT",
    "HEAR_NOTICE", "DECISION", "DEC_NONE", "DEMAND", "EXEC_DEC", "SUBST_DEC",
)  # fmt: skip
_INVESTIGATED = (
    "INSP_REC INQUEST_REC INTV_NOTICE INTV_REC ID_PROOF EVID_REQ EVID_LIST SAMPLE_NOTICE SAMPLE_LIST PRES_APPR "
    "PRES_NOTICE PRES_LIST PRES_DEC EXPERT_COM EXPERT_OP RIGHTS_NOTICE STMT_REC REFUSAL_REC PHOTO_SHEET EDATA_REC "
    "MONITOR_REC AV_INDEX INV_REPORT"
)
_HEARD = "PRE_NOTICE HEAR_RIGHT HEAR_REQ HEAR_NOTICE HEAR_REC HEAR_REPORT"
_SERVED_BY = "SRV_MAIL SRV_LEFT SRV_ENTR SRV_PUBLIC SRV_ECONSENT SRV_NOTARY"
_ACTS = {
    "G": "major_act named_tip dispute_or_major_interest site_inspection scene_examined party_summoned "
    "person_questioned evidence_from_others evidence_taken sampling preserved "
    "appraisal statement_offered statement_made party_refuses "
    "photos_taken edata_collected offsite_monitoring correction_ordered penalty hearing_grounds hearing_requested "
    "hearing_held expert_panel legal_review_grounds complex_or_major fine_paid deferral urgent crime_suspected "
    "reconsidered litigated physical_evidence",
    "S": "penalty fine_paid",
    "C": "coercive_measure sealed_or_seized seizure_ended dispute_or_major_interest",
    "C-extended": "coercive_measure sealed_or_seized seizure_extended seizure_ended",
    "E": "not_performed coercion_planned statement_after_demand own_execution demolition substitute_performance "
    "execution_done",
    "E-court": "not_performed coercion_planned court_execution execution_done",
    "I": "site_inspection photos_taken correction_ordered",
    "A": "on_application correction_needed",
    "G-none": "no_penalty person_questioned",
    "G-withdrawn": "withdrawn named_tip not_opened person_questioned",
}
_CODES = {
    "G": f"TIP_REG OPEN_APPR OPEN_LEGAL {_INVESTIGATED} CORRECT_ORD {_HEARD} EXPERT_MTG LEGAL_REV COLLECTIVE CASE_APPR "
    f"DECISION {_SERVED_BY} PAY_PROOF DEFER_APPR RECHECK_REC CLOSE_APPR XFER_CRIM RECON_DEC JUDGMENT EVID_BAG",
    "S": "DEC_SPOT PAY_PROOF",
    "C": "COERC_APPR SEIZE_DEC SEIZE_LIST SEIZE_SITE SEIZE_REL AV_INDEX CLOSE_APPR",
    "C-extended": "COERC_APPR SEIZE_DEC SEIZE_LIST SEIZE_SITE SEIZE_EXT SEIZE_REL AV_INDEX CLOSE_APPR",
    "E": "DEMAND DEMAND_STMT DEMOL_NOTICE EXEC_DEC SUBST_DEC EXEC_RESULT AV_INDEX CLOSE_APPR",
    "E-court": "DEMAND COURT_APP COURT_RULING EXEC_RESULT AV_INDEX CLOSE_APPR",
    "I": "RANDOM_REC INSP_REC PHOTO_SHEET CORRECT_ORD RECHECK_REC AV_INDEX",
    "A": "APP_REG APP_NOTICE AV_INDEX",
    "G-none": "XFER_IN OPEN_APPR ID_PROOF INTV_REC INV_REPORT CASE_APPR DEC_NONE CLOSE_APPR",
    "G-withdrawn": "TIP_REG TIP_REPLY OPEN_APPR ID_PROOF INTV_REC INV_REPORT WITHDRAW CLOSE_APPR",
}
PROCEDURES = tuple(_CODES)
_DAYS = {
    "OPEN_APPR": 1, "INQUEST_REC": 4, "PRES_NOTICE": 3, "PRES_LIST": 3, "PRES_DEC": 7, "CORRECT_ORD": 3,
    "PRE_NOTICE": 20, "HEAR_RIGHT": 20, "HEAR_REQ": 22, "HEAR_NOTICE": 24, "HEAR_REC": 40, "HEAR_REPORT": 41,
    "LEGAL_REV": 44, "COLLECTIVE": 46, "CASE_APPR": 47, "DECISION": 48, "DEC_NONE": 48, "SRV_LEFT": 50,
    "SRV_PUBLIC": 52,
    "PAY_PROOF": 55, "CLOSE_APPR": 60, "COERC_APPR": 1, "SEIZE_DEC": 2, "SEIZE_SITE": 2, "SEIZE_LIST": 2,
    "SEIZE_EXT": 30, "SEIZE_REL": 31, "DEMAND": 5, "DEMAND_STMT": 8, "EXEC_DEC": 20, "COURT_APP": 20,
    "COURT_RULING": 30, "EXEC_RESULT": 40, "RECHECK_REC": 20,
}  # fmt: skip
"""Days after the start on which papers are made; others on the second."""
START = date(2026, 3, 2)
LEGAL = "虚构法第一条"


@dataclass(frozen=True)
class Piece:
    """One item of a whole case."""

    part: Part
    facts: ItemFacts
    claims: frozenset[str] = frozenset()

    @property
    def code(self) -> str:
        return self.facts.doc_type


@dataclass(frozen=True)
class Whole:
    """A case that lacks nothing, until a test takes something away."""

    facts: CaseFacts
    pieces: tuple[Piece, ...]
    filed: date

    def without(self, *gone: Piece) -> Whole:
        return replace(self, pieces=tuple(piece for piece in self.pieces if piece not in gone))

    def changed(self, old: Piece, **words: object) -> Whole:
        """The case with elements of one item changed."""
        new = replace(old, facts=old.facts.model_copy(update=words))
        return replace(self, pieces=tuple(new if piece is old else piece for piece in self.pieces))

    def with_paper(self, old: Piece, **words: object) -> Whole:
        paper = (old.facts.paper or PaperFacts()).model_copy(update=words)
        return self.changed(old, paper=paper)

    def with_recording(self, old: Piece, **words: object) -> Whole:
        assert old.facts.recording is not None
        return self.changed(old, recording=old.facts.recording.model_copy(update=words))

    def with_case(self, **words: object) -> Whole:
        return replace(self, facts=self.facts.model_copy(update=words))

    def with_process(self, **words: object) -> Whole:
        assert self.facts.process is not None
        return self.with_case(process=self.facts.process.model_copy(update=words))

    def of(self, code: str) -> list[Piece]:
        return [piece for piece in self.pieces if piece.code == code]


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


def whole_case(name: str) -> Whole:
    """The complete case of a procedure, by the names of ``PROCEDURES``."""
    letter = name[0]
    codes = _CODES[name].split()
    acts = tuple(_ACTS[name].split())
    pieces = [_paper(code) for code in codes]
    pieces += [_receipt(piece) for piece in list(pieces) if piece.code in SERVED]
    pieces += [_recording(piece) for piece in list(pieces) if piece.code in RECORDED and _is_recorded(piece.code, acts)]
    source = {"G": "tip", "G-none": "transfer", "G-withdrawn": "tip", "I": "draw", "A": "application"}.get(
        name, "patrol"
    )
    service = (
        ("direct", "mail", "left", "entrusted", "public", "electronic", "notarised") if name == "G" else ("direct",)
    )
    process = ProcessFacts.model_validate(
        {"procedures": (letter,), "acts": acts, "source": source, "service": service, "started_at": at(START, 20)}
    )
    kind = {"G": "ordinary", "S": "summary", "I": "inspection", "A": "application"}.get(letter, "coercion")
    outcome = {"G-none": "no_penalty", "G-withdrawn": "withdrawn", "I": "inspected", "A": ""}.get(name, "penalty")
    if letter in "CE":
        outcome = ""
    closed = START + timedelta(days=60)
    facts = CaseFacts.model_validate(
        {
            "title": f"完整案卷 {name}", "party": "示例公司", "party_kind": "organisation", "outcome": outcome,
            "officers": [{"name": "甲某", "certificate_no": "1"}, {"name": "乙某", "certificate_no": "2"}],
            "opened_on": START + timedelta(days=1), "decided_on": START + timedelta(days=48), "closed_on": closed,
            "procedure": kind, "process": process,
        }
    )  # fmt: skip
    return Whole(facts, tuple(pieces), closed + timedelta(days=29))


def one_officer(without_certificate: bool = False) -> tuple[OfficerFacts, ...]:
    named = OfficerFacts(name="甲某", certificate_no="1")
    return (named, OfficerFacts(name="乙某", certificate_no="")) if without_certificate else (named,)


def stated(code: str) -> tuple[str, ...]:
    twice = [word for each, word in STATES_TWICE if each == code]
    return (*(STATES[code][1].split() if code in STATES else ()), *twice)


def _is_recorded(code: str, acts: Iterable[str]) -> bool:
    return code != "INTV_REC" or "dispute_or_major_interest" in acts


def _paper(code: str) -> Piece:
    day = START + timedelta(days=_DAYS.get(code, 2))
    zh, _, part = DOCUMENT_TYPES[code]
    signed = tuple(SIGNED[code][1].split()) if code in SIGNED else None
    paper = PaperFacts.model_validate(
        {
            "started_at": at(day, 10), "ended_at": at(day, 10, 30), "states": stated(code) or None, "signed": signed,
            "form": "示例样式 2021" if code in FORMED else "",
            "concerns": ["缴款通知"] if code in _SERVED_BY.split() else [],
        }
    )  # fmt: skip
    facts = ItemFacts(title=zh, doc_type=code, doc_date=day, paper=paper)
    claims = frozenset({"INFORMANT"}) if code in ("TIP_REG", "TIP_REPLY") else frozenset()
    return Piece(Part.INTERNAL if part == "B" else Part.MAIN, facts, claims)


def _receipt(served: Piece) -> Piece:
    paper = PaperFacts(signed=tuple(SIGNED["SRV_RECEIPT"][1].split()), concerns=(served.facts.title,))
    assert served.facts.doc_date is not None
    day = served.facts.doc_date + timedelta(days=1)
    title = f"送达回证（{served.facts.title}）"
    return Piece(Part.MAIN, ItemFacts(title=title, doc_type="SRV_RECEIPT", doc_date=day, paper=paper))


def _recording(paper: Piece) -> Piece:
    """A recording that begins before the act and ends after it, stored in the evening by clocks that agree."""
    day = paper.facts.doc_date
    assert day is not None
    made = RecordingFacts(
        device="记录仪 7",
        officer="甲某",
        started_at=at(day, 9, 57),
        ended_at=at(day, 10, 34),
        place="示例路",
        records_item=paper.facts.title,
        stored_at=at(day, 18),
        device_clock=at(day, 18),
    )
    return Piece(
        Part.MAIN, ItemFacts(title=f"录像：{paper.facts.title}", doc_type="AV_MEDIA", doc_date=day, recording=made)
    )
