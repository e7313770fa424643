"""Completeness 完整性: judges a case by the rules in force when it was closed; everything at once. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime

from archive.kernel.calendars import WorkCalendar
from archive.kernel.deadlines import TimeLimit, Unit, day_start, hours_after, reckon
from archive.rules.markings import KIND_WORDS
from archive.terms import Compartment, Part
from ingest.rules.case_view import CaseView, ViewItem, day_of
from ingest.rules.expressions import Expression, judge, leaves
from ingest.rules.finding_words import WORDS
from ingest.rules.pack_terms import SERVED, Effective, Need, Rule, Severity
from ingest.rules.recordings import (
    Found,
    Hit,
    Open,
    check_bound,
    check_clock,
    check_described,
    check_recorded,
    check_storage,
    check_uninterrupted,
)
from ingest.rules.vocabulary import ACTS, NUMBERS, ROLES, STAGES, STATED
from ingest.terms import NotJudged, RuleFinding, RuleReport

_REFUSERS = frozenset({"party", "receiver", "participant"})
"""Whose missing signature a recorded refusal stands for (Rules art. 9, 19)."""
_PARTS = {Part.MAIN: ("正卷", "main part"), Part.INTERNAL: ("副卷", "internal part")}
_SERVING = "S4"
_FOLLOWING = ("bound", "stage")
"""Needs that fail with a missing paper: judged last, so that one thing that is missing is told once."""


def judge_case(view: CaseView, rules: Effective, calendar: WorkCalendar) -> RuleReport:
    """The case against every rule: what is broken, what a written reason excuses, what could not be judged.

    A rule whose condition is unknown, or whose matter the description does not tell, is named as not judged.
    """
    judging = _Judging(view, rules, calendar)
    return judging.report()


class _Judging:
    def __init__(self, view: CaseView, rules: Effective, calendar: WorkCalendar) -> None:
        self._view, self._rules, self._calendar = view, rules, calendar
        self._findings: list[RuleFinding] = []
        self._excused: list[RuleFinding] = []
        self._missing: set[str] = set()
        self._open: dict[tuple[str, str], NotJudged] = {}
        self._checks: Mapping[str, Callable[[Need], Found]] = {
            "paper": self._paper,
            "receipt": self._receipts,
            "states": self._states,
            "signed": self._signed,
            "order": self._order,
            "deadline": self._deadline,
            "claim": self._claims,
            "part": self._parts,
            "holds": self._holds,
            "cited": self._cited,
            "form": self._forms,
            "stage": self._stages,
            "recording": lambda need: check_recorded(view, need),
            "uninterrupted": lambda need: check_uninterrupted(view, need),
            "storage": lambda need: check_storage(view, need),
            "clock": lambda need: check_clock(view, need),
            "media": lambda need: check_described(view, need),
            "bound": lambda need: check_bound(view, papers_missing=self._papers_missing()),
        }

    def report(self) -> RuleReport:
        judged = 0
        for rule in sorted(self._rules.rules, key=lambda rule: rule.need.kind in _FOLLOWING):
            held = judge(rule.when, self._view)
            if held is None:
                self._not_judged(rule, self._unknown(rule.when))
            elif held:
                judged += 1
                self._apply(rule)
        found = sorted(self._findings, key=lambda each: (each.item, each.rule))
        return RuleReport(self._rules.named, tuple(found), tuple(self._excused), tuple(self._open.values()), judged)

    def _apply(self, rule: Rule) -> None:
        for found in self._checks[rule.need.kind](rule.need):
            if isinstance(found, Open):
                self._not_judged(rule, found)
                continue
            finding = self._finding(rule, found)
            excused = rule.severity is Severity.REASON and self._reason_given(rule.id, found.item)
            (self._excused if excused else self._findings).append(finding)

    def _finding(self, rule: Rule, hit: Hit) -> RuleFinding:
        zh, en, do_zh, do_en = WORDS[hit.kind]
        titled = f"《{hit.item.title}》" if hit.item is not None else ""
        made = hit.item.recording if hit.item is not None else None
        persons = (made.officer,) if made is not None and made.officer else tuple(
            each.name for each in self._view.facts.officers
        )  # fmt: skip
        told_zh, told_en = zh.replace("{zh}", hit.zh), en.replace("{en}", hit.en)
        return RuleFinding(
            rule.id,
            hit.kind,
            rule.severity.name.lower(),
            f"{titled}{told_zh}（{rule.zh}）",
            f"{titled + ' ' if titled else ''}{told_en} ({rule.en})",
            do_zh,
            do_en,
            "；".join(rule.articles),
            hit.item.number if hit.item is not None else 0,
            hit.item.title if hit.item is not None else "",
            self._view.unit,
            persons,
            hit.doubt or rule.id in self._rules.doubtful_rules,
        )

    def _not_judged(self, rule: Rule, why: Open) -> None:
        self._open.setdefault((rule.id, why.zh), NotJudged(rule.id, why.zh, why.en))

    def _unknown(self, condition: Expression) -> Open:
        named = dict.fromkeys(
            ACTS[leaf.text] if leaf.kind == "act" else NUMBERS.get(leaf.text, (leaf.text, leaf.text))
            for leaf in leaves(condition)
            if leaf.kind not in ("number", "word") and self._is_unknown(leaf.kind, leaf.text)
        )  # fmt: skip
        zh, en = "、".join(zh for zh, _ in named), ", ".join(en for _, en in named)
        return Open(f"案卷没有说明：{zh}", f"the case does not say: {en}")

    def _is_unknown(self, kind: str, name: str) -> bool:
        view = self._view
        asked: dict[str, Callable[[], object]] = {
            "act": lambda: view.act(name),
            "name": lambda: view.word(name),
            "number-of": lambda: view.number(name),
            "has": lambda: view.count(name),
            "count": lambda: view.count(name),
            "set": lambda: None,
        }
        return asked[kind]() is None

    def _reason_given(self, rule: str, item: ViewItem | None) -> bool:
        process = self._view.facts.process
        names = ("", *(() if item is None else (item.title, item.doc_no)))
        return process is not None and any(each.rule == rule and each.item in names for each in process.reasons)

    def _papers_missing(self) -> bool:
        return bool(self._missing)

    def _stages(self, need: Need) -> Found:
        for stage in need.words:
            held = self._view.stage(stage)
            if held is None:
                yield Open("有的件没有标明文种或不可见", "some items do not say their type, or are not seen")
            elif not held and not any(stage in self._rules.types[code].stages for code in self._missing):
                yield Hit("no-stage", None, *STAGES[stage])

    def _paper(self, need: Need) -> Found:
        if self._view.of(need.of):
            return
        if not self._view.is_whole:
            yield Open("有的件没有标明文种或不可见", "some items do not say their type, or are not seen")
            return
        self._missing.update(need.of)
        types = [self._rules.types[code] for code in need.of]
        zh, en = " 或 ".join(f"《{each.zh}》" for each in types), " or ".join(each.en for each in types)
        yield Hit("missing", None, zh, en)

    def _receipts(self, need: Need) -> Found:
        types = self._rules.types
        served = [item for item in self._view.items if item.code in types and types[item.code].served]
        receipts = self._receipt_items()
        vague = False
        delivered: set[int] = set()
        for receipt in receipts:
            named = [paper.number for paper in served if _delivers(receipt, paper)]
            vague = vague or (not named and not receipt.paper.concerns)
            delivered.update(named)
        for paper in served:
            if paper.number in delivered:
                continue
            if vague or not self._view.is_whole:
                yield Open("送达回证没有写明送达的是哪份文书", "a receipt does not say which paper it is for")
            else:
                yield Hit("no-receipt", paper)

    def _states(self, need: Need) -> Found:
        for item in self._view.of(need.of):
            if item.paper.states is None:
                yield Open("没有人核对文书载明的事项", "nobody has said what the papers state")
            elif lacking := [word for word in need.words if word not in item.paper.states]:
                yield Hit("not-stated", item, *_listed(lacking, STATED))

    def _signed(self, need: Need) -> Found:
        for item in self._view.of(need.of):
            if item.paper.signed is None:
                yield Open("没有人核对文书的签名", "nobody has said who signed the papers")
                continue
            there = Counter(item.paper.signed)
            asked = ((word.partition(":")[0], int(word.partition(":")[2] or 1)) for word in need.words)
            lacking = [
                role for role, least in asked
                if there[role] < least and not (item.paper.refused and role in _REFUSERS)
            ]  # fmt: skip
            if lacking:
                yield Hit("unsigned", item, *_listed(lacking, ROLES))

    def _order(self, need: Need) -> Found:
        first, second = (self._view.of((code,)) for code in need.of)
        if not first or not second:
            return
        days = [[day for day in map(day_of, items) if day is not None] for items in (first, second)]
        if not all(days):
            yield Open("文书没有日期", "a paper has no date")
        elif min(days[0]) > min(days[1]):
            zh = f"《{first[0].title}》{min(days[0])}，《{second[0].title}》{min(days[1])}"
            yield Hit("order", None, zh, zh)

    def _deadline(self, need: Need) -> Found:
        if need.unit == "hours":
            yield from self._hours(need)
            return
        start, end = self._day(need.start), self._day(need.end)
        if start is None or end is None:
            if not self._is_absent(need.start) and not self._is_absent(need.end):
                yield Open("没有写明起止日期", "start or end is not dated")
            return
        last = self._last_day(need, start)
        if last is None:
            yield Open("没有该年的放假安排，工作日未定", "the notice of that year is not there")
        elif need.least and end < last:
            yield Hit("early", None, f"{start} 至 {end}，应不早于 {last}", f"{start} to {end}, not before {last}")
        elif not need.least and end > last:
            yield Hit(
                "late", None, f"{start} 起算，应不晚于 {last}，实为 {end}", f"from {start}, due {last}, was {end}"
            )

    def _last_day(self, need: Need, start: date) -> date | None:
        """The last day in time; None while a notice of the year that would be needed is not there."""
        limit = TimeLimit(need.deadline, "", "", need.length, Unit(need.unit), "", "", "")
        reckoning = reckon(limit, day_start(start), self._calendar)
        return None if reckoning.provisional else reckoning.last_day

    def _hours(self, need: Need) -> Found:
        start, end = self._instant(need.start), self._instant(need.end)
        if start is None or end is None:
            if not self._is_absent(need.end):
                yield Open("没有写明起止时刻", "the instants are not stated")
        elif end > hours_after(start, need.length):
            zh = f"{start:%m-%d %H:%M} 起 {need.length} 小时内，实为 {end:%m-%d %H:%M}"
            yield Hit("late", None, zh, f"{need.length} hours from {start:%m-%d %H:%M}, was {end:%m-%d %H:%M}")

    def _is_absent(self, event: str) -> bool:
        """Whether the event is of a paper that does not lie in the file: that is told by another rule."""
        if event.startswith(SERVED):
            return not self._serving(event)
        return event in self._rules.types and not self._view.of((event,))

    def _serving(self, event: str) -> list[ViewItem]:
        """The receipts by which papers of a type were served."""
        papers = self._view.of((event.removeprefix(SERVED),))
        return [each for each in self._receipt_items() if any(_delivers(each, paper) for paper in papers)]

    def _receipt_items(self) -> list[ViewItem]:
        types = self._rules.types
        return [item for item in self._view.items if item.code in types and _SERVING in types[item.code].stages]

    def _day(self, event: str) -> date | None:
        facts, process = self._view.facts, self._view.facts.process
        stated: dict[str, date | None] = {
            "opened": facts.opened_on,
            "decided": facts.decided_on,
            "closed": facts.closed_on,
            "ended": (process.ended_on if process is not None else None) or facts.closed_on,
            "filed": self._view.filed,
        }
        if event in stated:
            return stated[event]
        items = self._serving(event) if event.startswith(SERVED) else self._view.of((event,))
        return min((day for day in map(day_of, items) if day is not None), default=None)

    def _instant(self, event: str) -> datetime | None:
        process = self._view.facts.process
        if event == "started":
            return process.started_at if process is not None else None
        found = (item.paper.ended_at or item.paper.started_at for item in self._view.of((event,)))
        return min((instant for instant in found if instant is not None), default=None)

    def _claims(self, need: Need) -> Found:
        for item in self._view.of(need.of):
            if lacking := [word for word in need.words if word not in item.claims]:
                zh, en = ("、".join(KIND_WORDS[Compartment(word)][at] for word in lacking) for at in (0, 1))
                yield Hit("unmarked", item, zh, en)

    def _parts(self, need: Need) -> Found:
        types = self._rules.types
        for item in self._view.items:
            if item.code in types and types[item.code].part in need.words and str(item.part) != types[item.code].part:
                yield Hit("misfiled", item, *_PARTS[item.part])

    def _holds(self, need: Need) -> Found:
        held = judge(need.condition, self._view)
        if held is None:
            yield self._unknown(need.condition)
        elif not held:
            yield Hit("fact", None, "著录与此不符", "the description says otherwise")

    def _cited(self, need: Need) -> Found:
        process = self._view.facts.process
        for reason in process.reasons if process is not None else ():
            if reason.rule in need.words and not reason.law.strip():
                yield Hit("uncited", None, reason.rule, reason.rule)

    def _forms(self, need: Need) -> Found:
        papers = self._view.of(need.of)
        if papers and not any(item.paper.form for item in self._view.items):
            yield Open("没有注明文书样式", "no paper names its form")
            return
        yield from (Hit("formless", item) for item in papers if not item.paper.form)


def _delivers(receipt: ViewItem, paper: ViewItem) -> bool:
    """Whether a receipt is for a paper: it names it, or carries its title in its own."""
    if receipt.paper.concerns:
        return paper.title in receipt.paper.concerns or (bool(paper.doc_no) and paper.doc_no in receipt.paper.concerns)
    return paper.title in receipt.title


def _listed(words: list[str], known: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    return "、".join(known[word][0] for word in words), ", ".join(known[word][1] for word in words)


def refusing(report: RuleReport) -> Iterator[RuleFinding]:
    """The findings for which a package is sent back where completeness is strict: refuse, and reason without one."""
    return (each for each in report.findings if each.severity in ("refuse", "reason") and not each.doubt)
