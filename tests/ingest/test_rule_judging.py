"""Judging: what a case does not state is not judged, the day of closing decides, clocks and doubts; mutations."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta

import pytest

from archive.facts import CaseFacts, ReasonFacts
from archive.kernel.calendars import NO_YEARS
from ingest.packs.reading import shipped_packs
from ingest.rules.case_view import CaseView, view_item
from ingest.rules.completeness import judge_case
from ingest.rules.merging import effective
from ingest.terms import RuleReport
from tests.prove.rules import judge_whole, mutations, prove
from tests.support.whole_cases import PROCEDURES, Whole, whole_case


def _rules(report: RuleReport) -> set[str]:
    return {each.rule for each in report.findings}


@pytest.mark.slow
def test_each_thing_that_is_taken_away_makes_its_rule_speak_and_no_other() -> None:
    out = io.StringIO()
    tried, failed = prove(20, 1, out)
    assert failed == 0, out.getvalue()
    assert tried > 900


def test_whole_cases_are_silent_and_fully_judged() -> None:
    for name in PROCEDURES:
        report = judge_whole(whole_case(name))
        assert (report.findings, report.not_judged, report.excused) == ((), (), ()), name
        assert report.judged > 8
    assert len(list(mutations("G"))) > 400


def _unstated(case: Whole) -> Whole:
    """The same papers, with nothing said of the process, of what they state, or of who signed."""
    pieces = tuple(replace(p, facts=p.facts.model_copy(update={"paper": None})) for p in case.pieces)
    facts = case.facts.model_copy(update={"process": None, "officers": ()})
    return replace(case, facts=facts, pieces=pieces)


def test_a_case_that_states_nothing_is_judged_by_what_lies_in_it() -> None:
    case = _unstated(whole_case("G"))
    report = judge_whole(case)
    assert not report.findings
    open_rules = {each.rule for each in report.not_judged}
    assert {"SR-029", "SR-039", "PL-42", "SR-017", "SR-069"} - open_rules == {"SR-069"}
    assert any("承办人数" in each.zh for each in report.not_judged)
    # a list that lies there proves the sampling: its notice must be there; an interview nobody speaks of need not be
    fewer = case.without(*case.of("SAMPLE_NOTICE"), *case.of("INTV_REC"))
    assert _rules(judge_whole(fewer)) == {"SR-025"}
    untyped = replace(fewer, pieces=(*fewer.pieces, replace(fewer.pieces[0], facts=fewer.pieces[0].facts.model_copy(
        update={"doc_type": ""}))))  # fmt: skip
    assert _rules(judge_whole(untyped)) == {"SR-002", "SR-064"}, "it may be the paper that is not found"


def test_what_a_reader_may_not_see_is_not_missing() -> None:
    case = whole_case("G")
    rules = effective(shipped_packs(), case.facts.closed_on)
    items = tuple(view_item(n, p.part, p.facts, p.claims) for n, p in enumerate(case.pieces[:10], 1))
    view = CaseView(case.facts, items, "zd1", case.filed, rules.types, complete=False)
    report = judge_case(view, rules, NO_YEARS)
    assert not {each.kind for each in report.findings} & {"missing", "no-receipt", "no-recording", "no-stage"}
    assert "SR-044" in {each.rule for each in report.not_judged}


def _closed(case: Whole, day: date) -> Whole:
    """The case moved in time as a whole."""
    by = day - case.facts.closed_on
    opened, decided = case.facts.opened_on, case.facts.decided_on
    assert opened is not None and decided is not None
    facts = case.facts.model_copy(update={"closed_on": day, "opened_on": opened + by, "decided_on": decided + by})
    return replace(case, facts=facts, filed=case.filed + by)


def test_a_case_is_judged_by_the_packs_of_its_day() -> None:
    case = whole_case("C")
    bare = case.without(*case.of("SEIZE_DEC"), *case.of("SEIZE_SITE"))
    assert _rules(judge_whole(bare)) == {"CL-24", "CL-18b", "SR-035"}
    # before the law of 2021 the Rules alone asked for one of the two
    assert _rules(judge_whole(_closed(bare, date(2019, 5, 1)))) == {"SR-035"}
    unsure = judge_whole(_closed(bare, date(2017, 5, 1)))
    assert [(each.rule, each.doubt) for each in unsure.findings] == [("SR-035", True)]
    before = judge_whole(_closed(bare, date(1995, 5, 1)))
    assert (before.packs, before.findings, before.judged) == ("", (), 0)


def test_a_stage_without_any_paper_is_told_once() -> None:
    case = whole_case("S")
    bare = case.without(*case.of("DEC_SPOT"))
    assert _rules(judge_whole(bare)) == {"PL-51"}
    assert _rules(judge_whole(_closed(bare, date(2019, 5, 1)))) == {"SR-005c"}


def test_a_written_reason_excuses_only_what_may_be_excused() -> None:
    case = whole_case("G")
    reasons = tuple(ReasonFacts(rule=rule, text="说明") for rule in ("SR-044", "SR-057b"))
    bare = case.without(*case.of("DECISION"), *case.of("ID_PROOF")).with_process(reasons=reasons)
    report = judge_whole(bare)
    assert _rules(report) == {"SR-044"} and [each.rule for each in report.excused] == ["SR-057b"]
    # a reason for one paper says nothing of another
    (inspection,), (examination,) = case.of("INSP_REC"), case.of("INQUEST_REC")
    films = [p for p in case.pieces if p.facts.recording and p.facts.recording.records_item in
             (inspection.facts.title, examination.facts.title)]  # fmt: skip
    one = ReasonFacts(rule="SR-032", text="不宜录制", law="虚构法第一条", item=inspection.facts.title)
    report = judge_whole(case.without(*films).with_process(reasons=(one,)))
    assert [each.title for each in report.findings] == [examination.facts.title]


def test_times_are_set_right_by_the_clocks_before_they_are_compared() -> None:
    case = whole_case("I")
    (film,) = [p for p in case.pieces if p.facts.recording and p.facts.recording.records_item == "现场检查笔录"]
    made = film.facts.recording
    assert made is not None and made.started_at is not None and made.ended_at is not None and made.stored_at is not None
    behind = timedelta(days=3650)
    wrong = case.with_recording(
        film,
        started_at=made.started_at - behind,
        ended_at=made.ended_at - behind,
        device_clock=made.stored_at - behind,
    )
    (finding,) = judge_whole(wrong).findings
    assert (finding.rule, finding.doubt, finding.persons, finding.unit) == ("SR-070", True, ("甲某",), "zd1")


def test_without_the_notice_of_the_year_working_days_are_not_judged() -> None:
    case = whole_case("G")
    rules = effective(shipped_packs(), case.facts.closed_on)
    items = tuple(view_item(n, p.part, p.facts, p.claims) for n, p in enumerate(case.pieces, 1))
    report = judge_case(CaseView(case.facts, items, "zd1", case.filed, rules.types), rules, NO_YEARS)
    assert not report.findings and {each.rule for each in report.not_judged} == {"PL-56", "PL-61", "PL-64"}


def test_several_cases_in_one_volume_state_nothing_that_is_not_theirs() -> None:
    facts = CaseFacts(title="三件", closed_on=date(2026, 5, 1), procedure="summary")
    rules = effective(shipped_packs(), facts.closed_on)
    report = judge_case(CaseView(facts, (), "zd1", date(2026, 5, 2), rules.types), rules, NO_YEARS)
    assert "PL-51" in _rules(report) and "SR-013" not in _rules(report)
