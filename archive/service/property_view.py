"""Four-property reports as readers see them 四性检测查看: the answers of each check, and its files behind the guard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from archive.kernel.guard import Action
from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.keys.layout import content_context
from archive.keys.ranges import RangeReader
from archive.keys.terms import ContentDamaged
from archive.ports import Holdings, object_id
from archive.rules.four_properties import CHECKS, Check, Checkpoint, Property, Result, counted
from archive.service.dossier import get_case_row
from archive.service.reading import made_target
from archive.service.seeing import case_target
from archive.service.staging import SealedSource
from archive.tables import PropertyReportRow
from archive.terms import Tier

FORMS = {"pdf": ("四性检测报告.pdf", "application/pdf"), "json": ("四性检测报告.json", "application/json")}


@dataclass(frozen=True, slots=True)
class PropertyReport:
    """One report that the reader may know of 四性检测报告: when, at which checkpoint, the answer to every id.

    ``forms`` are the files that this reader may open now.
    """

    id: str
    checkpoint: Checkpoint
    version: int
    tier: Tier
    at: datetime
    made_by: str
    results: Mapping[str, Result]
    forms: tuple[str, ...]

    @property
    def lines(self) -> Mapping[Property, tuple[tuple[str, Check, Result], ...]]:
        """Every line of the list by property, with its answer."""
        found: dict[Property, list[tuple[str, Check, Result]]] = {each: [] for each in Property}
        for check in CHECKS:
            number = check.id(self.checkpoint)
            if number in self.results:
                found[check.of].append((number, check, self.results[number]))
        return {of: tuple(lines) for of, lines in found.items()}

    @property
    def counts(self) -> Mapping[Property, Mapping[Result, int]]:
        """How many lines of each property came to what."""
        return counted((check.of, result) for lines in self.lines.values() for _, check, result in lines)

    def total(self, result: str) -> int:
        """How many lines came to ``result``."""
        return sum(one == result for one in self.results.values())


def property_reports(work: Work, holdings: Holdings, case_id: CaseId) -> tuple[PropertyReport, ...]:
    """The reports of a case, the newest first 历次检测; those of a tier only for whoever may read that tier's pages.

    Refuses ``archive.case-unknown`` as every other view of the case does.
    """
    row = get_case_row(work, case_id)
    work.require(Action.LIST, case_target(row))
    wanted = select(PropertyReportRow).where(PropertyReportRow.case_id == case_id)
    found = []
    for one in work.session.scalars(wanted.order_by(PropertyReportRow.at.desc(), PropertyReportRow.id)):
        readable = work.guard.decide(work.actor, Action.READ, made_target(work, row, one.tier)).allowed
        if one.tier != Tier.GENERAL and not readable:
            continue
        opens = readable and holdings.keys.is_unlocked(Tier(one.tier))
        forms = tuple(form for form in FORMS if form in one.files) if opens else ()
        results = {number: Result(result) for number, result in one.results.items()}
        found.append(
            PropertyReport(
                one.id, Checkpoint(one.checkpoint), one.version, Tier(one.tier), one.at, one.made_by, results, forms
            )
        )
    return tuple(found)


def open_property_report(work: Work, holdings: Holdings, case_id: CaseId, report_id: str, form: str) -> SealedSource:
    """One file of a report, after the guard's yes; the read is journaled like any other.

    Refuses ``archive.case-unknown`` for what is absent or above the reader, ``archive.tier-locked``.
    """
    row = get_case_row(work, case_id)
    one = work.session.get(PropertyReportRow, report_id)
    work.require(Action.READ, made_target(work, row, one.tier if one is not None else Tier.GENERAL))
    if one is None or one.case_id != case_id or form not in one.files:
        raise Refusal("archive.case-unknown")
    file = one.files[form]
    facts = {"file": file["id"], "role": "report", "item": None}
    work.journal.record("content.read", case_id, facts, tier=one.tier, unit=row.unit)
    holder, version = (one.evidence_id, 1) if one.evidence_id else (case_id, one.version)
    identity = object_id(CaseId(holder))
    context = content_context(holdings.archive_id, identity, version, file["id"])
    key = holdings.keys.open_key(file["id"])
    stored = holdings.store.open(identity, f"v{version}/content/data/{file['id']}")
    try:
        return SealedSource(RangeReader(stored, key, context, file["size"]))
    except ContentDamaged:
        getattr(stored, "close", _nothing)()
        raise


def _nothing() -> None:
    return None
