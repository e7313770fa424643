"""Rules 规则突变: from a whole case of each procedure every required thing is taken away in turn; exactly the rule that
asks for it must speak, and the whole cases must be silent. Then spoiled and hostile packs, each to be refused by line.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TextIO

from archive.facts import FindingFacts, MediaFacts, ReasonFacts
from archive.kernel.calendars import WorkCalendar
from archive.service.calendars import shipped_years
from archive.terms import Part
from ingest.packs.reading import SHIPPED, read_text, shipped_packs, shipped_text
from ingest.rules.case_view import CaseView, view_item
from ingest.rules.completeness import judge_case
from ingest.rules.merging import effective
from ingest.terms import RuleReport
from tests.support.whole_cases import (
    FORMED,
    LEGAL,
    PAPERS,
    PROCEDURES,
    RECORDED,
    SIGNED,
    STATES,
    STATES_TWICE,
    WHOLE,
    Piece,
    Whole,
    at,
    one_officer,
    stated,
    whole_case,
)

DEFAULT = 200


CALENDAR = WorkCalendar.of(shipped_years())


@dataclass(frozen=True)
class Mutation:
    """A whole case with one thing changed, and the rules that must speak."""

    name: str
    case: Whole
    expected: frozenset[str]


def judge_whole(case: Whole) -> RuleReport:
    rules = effective(shipped_packs(), case.facts.closed_on)
    items = tuple(
        view_item(number, piece.part, piece.facts, piece.claims) for number, piece in enumerate(case.pieces, 1)
    )
    return judge_case(CaseView(case.facts, items, "zd1", case.filed, rules.types), rules, CALENDAR)


def mutations(name: str) -> Iterator[Mutation]:
    """Everything that can be taken away from the whole case of a procedure."""
    case = whole_case(name)
    for what, changed, *rules in (
        *_papers(case), *_stated(case), *_signed(case), *_parts(case), *_recordings(case), *_gaps(case), *_whole(case),
        *_orders(case), *_deadlines(case),
    ):  # fmt: skip
        yield Mutation(f"{name} {what}", changed, frozenset(rules))


Change = tuple[str, Whole, *tuple[str, ...]]
"""What was done, the case after it, and the rules that must speak."""


def _papers(case: Whole) -> Iterator[Change]:
    for piece in case.pieces:
        if piece.facts.recording is None:
            rule = "SR-050" if piece.code == "SRV_RECEIPT" else PAPERS[piece.code]
            yield f"without {piece.facts.title}", case.without(piece), rule
        if piece.code == "SRV_RECEIPT":
            yield f"{piece.facts.title} for another", case.with_paper(piece, concerns=("别的文书",)), "SR-050"
        if piece.code in FORMED and case.of("OPEN_APPR"):
            yield f"{piece.code} without form", case.with_paper(piece, form=""), "SR-006"
        if piece.claims:
            yield f"{piece.code} unmarked", _swap(case, piece, replace(piece, claims=frozenset())), "SR-019"
    extra = Piece(Part.MAIN, case.pieces[0].facts.model_copy(update={"doc_type": "", "title": "未知"}))
    yield "an item without type", replace(case, pieces=(*case.pieces, extra)), "SR-002"


def _stated(case: Whole) -> Iterator[Change]:
    for piece in case.pieces:
        for word in stated(piece.code):
            rule = STATES_TWICE.get((piece.code, word)) or STATES[piece.code][0]
            if rule == "SR-049d" and not case.of("LEGAL_REV"):
                continue
            left = tuple(each for each in stated(piece.code) if each != word)
            yield f"{piece.code} without {word}", case.with_paper(piece, states=left), rule


def _signed(case: Whole) -> Iterator[Change]:
    for piece in case.pieces:
        if piece.code not in SIGNED:
            continue
        rule, roles = SIGNED[piece.code][0], SIGNED[piece.code][1].split()
        for number, role in enumerate(roles):
            left = tuple(roles[:number] + roles[number + 1 :])
            yield f"{piece.facts.title} unsigned by {role}", case.with_paper(piece, signed=left), rule
            if role in ("party", "receiver", "participant"):
                refused = case.with_paper(piece, signed=left, refused="拒绝签名，已录像")
                yield f"{piece.facts.title} refused by {role}", refused


def _parts(case: Whole) -> Iterator[Change]:
    for piece in case.pieces:
        wrong = Part.MAIN if piece.part is Part.INTERNAL else Part.INTERNAL
        rule = "SR-048" if piece.part is Part.INTERNAL else "SR-048b"
        yield f"{piece.facts.title} misfiled", _swap(case, piece, replace(piece, part=wrong)), rule


def _recordings(case: Whole) -> Iterator[Change]:
    for piece in case.pieces:
        made = piece.facts.recording
        if made is None or made.started_at is None or made.ended_at is None or made.stored_at is None:
            continue
        (paper,) = [each for each in case.pieces if each.facts.title == made.records_item]
        rule = RECORDED[paper.code]
        if len([each for each in case.pieces if each.facts.recording is not None]) > 1:
            yield f"without {piece.facts.title}", case.without(piece), rule
            excused = case.without(piece).with_process(reasons=(ReasonFacts(rule=rule, text="不宜录制", law=LEGAL),))
            yield f"{piece.facts.title} excused by law", excused
            if rule != "SR-012" and rule not in ("SR-053", "SR-056", "SR-063b"):
                uncited = case.without(piece).with_process(reasons=(ReasonFacts(rule=rule, text="不宜录制"),))
                yield f"{piece.facts.title} excused without law", uncited, "SR-033"
        hours = timedelta(hours=3)
        later = {"started_at": made.started_at + hours, "ended_at": made.ended_at + hours}
        moved = case.with_recording(piece, **later)
        yield f"{piece.facts.title} three hours later", moved, *(rule, *_uncovered(case, paper))
        yield f"{piece.facts.title} unbound", case.with_recording(piece, records_item=""), "SR-064"
        for word in ("device", "officer", "place"):
            yield f"{piece.facts.title} without {word}", case.with_recording(piece, **{word: ""}), "SR-004"
        last = made.ended_at + timedelta(hours=24)
        on_time = case.with_recording(piece, stored_at=last, device_clock=last)
        yield f"{piece.facts.title} stored in the last moment", on_time
        late = last + timedelta(microseconds=1)
        too_late = case.with_recording(piece, stored_at=late, device_clock=late)
        yield f"{piece.facts.title} stored late", too_late, "SR-069"
        for seconds in (-120, 120):
            clock = made.stored_at + timedelta(seconds=seconds)
            yield f"{piece.facts.title} clock {seconds}", case.with_recording(piece, device_clock=clock), "SR-070"
        yield f"{piece.facts.title} clock doubted", case.with_recording(piece, clock_doubt="走快"), "SR-070"


def _uncovered(case: Whole, paper: Piece) -> tuple[str, ...]:
    """A recording of another time leaves the act uncovered too, where it must be covered whole."""
    return ("SR-034b",) if paper.code in WHOLE and _is_weighty(case) else ()


def _is_weighty(case: Whole) -> bool:
    return case.facts.process is not None and "dispute_or_major_interest" in case.facts.process.acts


def _gaps(case: Whole) -> Iterator[Change]:
    for piece in case.pieces:
        made = piece.facts.recording
        if made is None or made.started_at is None or made.ended_at is None:
            continue
        (paper,) = [each for each in case.pieces if each.facts.title == made.records_item]
        expected = _uncovered(case, paper)
        lost = (FindingFacts(code="media-gap", detail="05:00–05:04"),)
        yield f"{piece.facts.title} gap inside", case.changed(piece, findings=lost), *expected
        played = int((made.ended_at - made.started_at).total_seconds() * 1000)
        short, full = MediaFacts(decoded_ms=played - 60_000), MediaFacts(decoded_ms=played - 1_000)
        yield f"{piece.facts.title} shorter than it says", case.changed(piece, media=short), *expected
        yield f"{piece.facts.title} as long as it says", case.changed(piece, media=full)
        middle = made.started_at + timedelta(minutes=10)
        for seconds, rules in ((1, ()), (300, expected)):
            parts = [
                made.model_copy(update={"ended_at": middle}),
                made.model_copy(update={"started_at": middle + timedelta(seconds=seconds)}),
            ]
            two = [replace(piece, facts=piece.facts.model_copy(update={"recording": part})) for part in parts]
            split = replace(case, pieces=(*(each for each in case.pieces if each is not piece), *two))
            yield f"{piece.facts.title} in two files {seconds} s apart", split, *rules
        early = case.with_recording(piece, ended_at=made.ended_at - timedelta(minutes=15))
        yield f"{piece.facts.title} ends before the act", early, *expected


def _whole(case: Whole) -> Iterator[Change]:
    assert case.facts.process is not None
    letters = case.facts.process.procedures
    two = "PL-42" if set(letters) & {"G", "C", "I"} else ""
    yield "one officer", case.with_case(officers=one_officer()), *((two,) if two else ())
    yield "no certificate", case.with_case(officers=one_officer(True)), two or "SR-030"
    yield "filed a day late", replace(case, filed=case.facts.closed_on + timedelta(days=31)), "SR-065"
    yield "filed on the last day", replace(case, filed=case.facts.closed_on + timedelta(days=30))
    stretched = case.with_process(ended_on=case.facts.closed_on + timedelta(days=400))
    yield "ended again by a court", replace(stretched, filed=case.facts.closed_on + timedelta(days=430))


_AFTER = {
    ("PRE_NOTICE", "DECISION"): "SR-038b", ("CASE_APPR", "DECISION"): "SR-049e", ("LEGAL_REV", "DECISION"): "PL-58",
    ("DEMAND", "EXEC_DEC"): "SR-059b", ("DEMAND", "COURT_APP"): "SR-059c", ("COERC_APPR", "SEIZE_DEC"): "CL-19",
}  # fmt: skip


def _orders(case: Whole) -> Iterator[Change]:
    for (first, second), rule in _AFTER.items():
        for piece in case.of(first) if case.of(second) else ():
            day = case.of(second)[0].facts.doc_date
            assert day is not None
            yield f"{first} on the day of {second}", case.changed(piece, doc_date=day)
            yield f"{first} after {second}", case.changed(piece, doc_date=day + timedelta(days=1)), rule


def _deadlines(case: Whole) -> Iterator[Change]:
    assert case.facts.process is not None and case.facts.opened_on is not None
    if "urgent" in case.facts.process.acts:
        (form,) = case.of("OPEN_APPR")
        end = form.facts.paper.ended_at if form.facts.paper is not None else None
        assert end is not None
        yield "approved in the last moment", case.with_process(started_at=end - timedelta(hours=24))
        late = case.with_process(started_at=end - timedelta(hours=24, seconds=1))
        yield "approved late", late, "SR-014"
    for code, day, rule in (("PRES_DEC", 15, "PL-56"), ("HEAR_NOTICE", 32, "PL-64"), ("SEIZE_REL", 33, "CL-25")):
        for piece in () if case.of("SEIZE_EXT") else case.of(code):
            moved = at(date(2026, 3, 2), 10).date() + timedelta(days=day)
            yield f"{code} too late", case.changed(piece, doc_date=moved), rule
    for piece in case.of("COURT_APP"):
        last = date(2026, 3, 20)  # ten working days after the demand was served on Sunday, 8 March
        yield "court asked on the last day", case.changed(piece, doc_date=last)
        yield "court asked too early", case.changed(piece, doc_date=last - timedelta(days=1)), "CL-54"
    if "penalty" in case.facts.process.acts and case.of("DECISION"):
        late_decision = case.with_case(decided_on=case.facts.opened_on + timedelta(days=91))
        yield "decided after ninety days", late_decision, "PL-60"
        title = case.of("DECISION")[0].facts.title
        (receipt,) = [each for each in case.of("SRV_RECEIPT") if title in each.facts.title]
        served = case.changed(receipt, doc_date=date(2026, 3, 2) + timedelta(days=48 + 13))
        yield "decision served late", served, "PL-61"


def _swap(case: Whole, old: Piece, new: Piece) -> Whole:
    return replace(case, pieces=tuple(new if piece is old else piece for piece in case.pieces))


def spoiled_packs(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """Shipped packs with one place spoiled at random, each of which must be refused."""
    chance = random.Random(seed)
    wrongs = (
        ("needs = {", "needs = { harm = 1,"), ('kind = "paper"', 'kind = "papers"'), ('severity = "', 'severity = "x'),
        ('article = "办法', 'article = "'), ('of = ["', 'of = ["NO_SUCH_'), ("[[rules]]", "[[rules]]\nharm = true"),
        ("when = '\"", "when = '__import__(\"os\") or \""), ('words = ["', 'words = ["no_'), ("[[rules]]", "[[rules"),
        ('zh = "', 'zh = "" #'), ("\nid = \"SR-", "\nid = \"sr"), ('level = "district"', 'level = "village"'),
        ("since = 2017-01-01", "since = 2019-01-01"), ("since = 2017-01-01", "since = 20170101"),
    )  # fmt: skip
    text = shipped_text("zhuhui")
    for _ in range(count):
        old, new = chance.choice(wrongs)
        places = [n for n in range(len(text)) if text.startswith(old, n)]
        if old.startswith("article"):
            new = 'article = "" # '
        place = chance.choice(places)
        yield f"{old!r} at {place}", text[:place] + new + text[place + len(old) :]


def prove(count: int, seed: int, out: TextIO) -> tuple[int, int]:
    """Every mutation of every whole case, and ``count`` spoiled packs."""
    tried, failed = 0, 0
    spoken: set[str] = set()
    for name in PROCEDURES:
        quiet = judge_whole(whole_case(name))
        tried += 1
        if quiet.findings or quiet.not_judged or quiet.excused:
            failed += 1
            told = [(each.rule, each.en) for each in quiet.findings]
            told += [(each.rule, each.en) for each in quiet.not_judged]
            out.write("".join(f"rules: the whole case {name} is not silent: {rule} {en}\n" for rule, en in told))
        for mutation in mutations(name):
            found = {each.rule for each in judge_whole(mutation.case).findings}
            tried += 1
            spoken |= found
            if found != mutation.expected:
                failed += 1
                out.write(f"rules: {mutation.name}: {sorted(found)} instead of {sorted(mutation.expected)}\n")
    silent = {rule.id for pack in shipped_packs() for rule in pack.rules} - spoken - UNTRIED
    for rule in sorted(silent):
        out.write(f"rules: no mutation made {rule} speak\n")
    above = shipped_packs(SHIPPED[:2])
    for name, text in spoiled_packs(count, seed):
        pack, problems = read_text(text, "zhuhui.toml", above)
        tried += 1
        lines = [problem.facts.get("line", 0) for problem in problems]
        if pack is not None or not lines or not all(0 < line <= text.count("\n") + 1 for line in lines):
            failed += 1
            out.write(f"rules: a spoiled pack was not refused by line: {name}\n")
    return tried, failed + len(silent)


UNTRIED = frozenset({"SR-005a", "SR-005b", "SR-005c", "SR-035"})
"""They speak where no other rule asks for a paper: tried by themselves in tests/ingest."""
