"""Rules 规则判断: a case of 200 items against every shipped pack, and the reading of the packs."""

from __future__ import annotations

import time
from dataclasses import replace

from ingest.packs.reading import shipped_packs
from tests.bench.report import Report
from tests.prove.rules import judge_whole
from tests.support.whole_cases import Whole, whole_case

ITEMS = 200
LIMIT, READING = 0.050, 0.500
ROUNDS = 20


def measure(report: Report) -> None:
    """Adds judging (the best and the middle of some rounds, packs joined anew each time) and reading, cold."""
    shipped_packs.cache_clear()
    start = time.perf_counter()
    packs = shipped_packs()
    rules = sum(len(pack.rules) for pack in packs)
    report.ratio(
        "rules: packs read", time.perf_counter() - start, READING, 1.0, "lower", f"{rules} rules, once a process"
    )
    case = _large(whole_case("G"))
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        found = judge_whole(case)
        taken.append(time.perf_counter() - start)
    note = f"{len(case.pieces)} items, {found.judged} rules applied, {len(found.findings)} findings"
    report.ratio("rules: judge a case", sorted(taken)[ROUNDS // 2], LIMIT, 1.0, "lower", note)


def _large(case: Whole) -> Whole:
    """The case with its papers again, under titles of their own, until there are enough."""
    pieces = list(case.pieces)
    for number in range(1, ITEMS):
        if len(pieces) >= ITEMS:
            break
        for piece in case.pieces[: ITEMS - len(pieces)]:
            facts = piece.facts.model_copy(update={"title": f"{piece.facts.title}之{number}"})
            pieces.append(replace(piece, facts=facts))
    return replace(case, pieces=tuple(pieces))
