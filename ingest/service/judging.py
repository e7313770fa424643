"""Judging 规则判断: which packs an installation judges by, and a case against them, described, taken in or sealed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

from archive.drafts import DraftItem
from archive.facts import CaseFacts, ItemFacts, JudgementFacts, RuleFindingFacts
from archive.kernel.articles import basis_said
from archive.kernel.calendars import WorkCalendar
from archive.kernel.clock import legal_date
from archive.kernel.refusals import Refusal
from archive.kernel.settings import Settings
from archive.kernel.work import Work
from archive.service.calendars import load_calendar, shipped_years
from archive.service.reading import CaseView as HeldCase
from archive.terms import Part
from ingest.packs.reading import BASE, SHIPPED, read_file, shipped_packs
from ingest.rules.case_view import CaseView, ViewItem, view_item
from ingest.rules.completeness import judge_case, refusing
from ingest.rules.merging import MergeFault, effective
from ingest.rules.pack_terms import Effective, Pack
from ingest.service.intakes import to_refusal
from ingest.terms import Problem, RuleFinding, RuleReport, Sip


def packs_of(settings: Settings) -> tuple[Pack, ...]:
    """National law and the packs that ``ingest.rules`` names. Refuses with everything wrong in a pack of one's own."""
    return _packs(settings.ingest.rules)


@lru_cache(maxsize=8)
def _packs(names: tuple[str, ...]) -> tuple[Pack, ...]:
    packs = list(shipped_packs(BASE))
    for name in names:
        if name in SHIPPED:
            packs.append(next(pack for pack in shipped_packs() if pack.id == name))
            continue
        if not Path(name).is_absolute() or not Path(name).is_file():
            raise Refusal("ingest.pack-unknown", pack=name)
        packs.append(read_own(Path(name), packs))
    return tuple(packs)


def read_own(path: Path, above: Sequence[Pack] = ()) -> Pack:
    """The pack in a file, below ``above`` or national law; refuses with every fault, each with its line."""
    pack, problems = read_file(path, above or shipped_packs(BASE))
    if refusal := Refusal.join(to_refusal(problem) for problem in problems):
        raise refusal
    assert pack is not None
    return pack


def rules_on(packs: Sequence[Pack], day: date) -> Effective:
    """What holds for a case closed on that day; refuses when two packs in force contradict each other."""
    try:
        return effective(packs, day)
    except MergeFault as fault:
        raise Refusal("ingest.pack-wrong", file=fault.pack, line="—", why_zh=fault.zh, why_en=fault.en) from fault


def judge_described(settings: Settings, sip: Sip, today: date) -> RuleReport:
    """A submission as it is described; its files have not been opened. ``today`` is when it would count as filed.

    No installation is asked: working days are those of the notices that come with the program.
    """
    rows = ((item.part, item.facts, item.marking.kinds) for item in sip.items)
    return _judge(settings, WorkCalendar.of(shipped_years()), sip.facts, sip.unit, rows, today)


def judge_drafts(work: Work, settings: Settings, sip: Sip, items: Iterable[DraftItem]) -> RuleReport:
    """A submission whose files were opened: recordings are judged by what the probe found too."""
    rows = ((item.part, item.facts, item.marking.kinds) for item in items)
    return _judge(settings, load_calendar(work), sip.facts, sip.unit, rows, legal_date(work.now))


def judge_held(work: Work, settings: Settings, held: HeldCase) -> RuleReport:
    """A case in custody as this reader may know it; what is withheld counts as there and is judged no further."""
    line = held.line
    if line.facts is None:
        raise Refusal("archive.case-unknown")
    rows = [
        (volume.part, item.facts or _withheld(item.reference_code, item.doc_type, item.doc_date), item.kinds)
        for volume in held.volumes
        for item in volume.items
    ]
    return _judge(settings, load_calendar(work), line.facts, line.unit, rows, legal_date(line.accepted_at))


def _withheld(title: str, code: str, day: date | None) -> ItemFacts:
    return ItemFacts(title=title, doc_type=code, doc_date=day)


def _judge(
    settings: Settings,
    calendar: WorkCalendar,
    facts: CaseFacts,
    unit: str,
    rows: Iterable[tuple[Part, ItemFacts, frozenset[str]]],
    today: date,
) -> RuleReport:
    rules = rules_on(packs_of(settings), facts.closed_on)
    items = _view(rows)
    stated = facts.process.filed_on if facts.process is not None else None
    return judge_case(CaseView(facts, items, unit, stated or today, rules.types), rules, calendar)


def _view(rows: Iterable[tuple[Part, ItemFacts, frozenset[str]]]) -> tuple[ViewItem, ...]:
    return tuple(view_item(number, part, facts, kinds) for number, (part, facts, kinds) in enumerate(rows, 1))


def kept(report: RuleReport) -> JudgementFacts:
    """The judgement as it is sealed with the case: rules and item numbers, none of the items' own words."""
    return JudgementFacts(
        packs=report.packs,
        findings=tuple(map(_kept, report.findings)),
        excused=tuple(map(_kept, report.excused)),
        not_judged=tuple(dict.fromkeys(each.rule for each in report.not_judged)),
    )


def _kept(finding: RuleFinding) -> RuleFindingFacts:
    return RuleFindingFacts(
        rule=finding.rule, kind=finding.kind, severity=finding.severity, item=finding.item, doubt=finding.doubt
    )


def blocking(settings: Settings, sip: Sip, report: RuleReport) -> list[Problem]:
    """For what the package is sent back: nothing unless completeness is strict and the case states its process."""
    if settings.ingest.completeness != "strict" or sip.facts.process is None:
        return []
    return [Problem("ingest.rule-broken", finding.title, facts=_facts(finding)) for finding in refusing(report)]


def _facts(finding: RuleFinding) -> dict[str, str]:
    said = {"what_zh": finding.zh, "what_en": finding.en, "todo_zh": finding.do_zh, "todo_en": finding.do_en}
    articles = {"article_zh": finding.basis, "article_en": basis_said(finding.basis, "en")}
    return {"rule": finding.rule, **articles, **said}
