"""Papers of the four-property check 四性检测报告: a JSON for each key tier, and a PDF/A of what every reader may know.

The page is made for tier ``general`` alone: typesetting and validating one takes a fifth of a second, and a case may
have many tiers. What was found of guarded items stands in the JSON of their tier, and on the screens.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from archive.kernel.canonical import canonical
from archive.pages.glyphs import drawable
from archive.pages.render import render
from archive.pages.terms import CheckLine, FaultLine, PropertyReportFacts, PropertyResult
from archive.rules.four_properties import CheckResult, Mode, Result, Severity, Source, counted
from archive.rules.property_report import ReportHead, by_id, report_json
from archive.rules.property_words import CHECKPOINTS, MODES, PROPERTIES, RESULTS, fault_words
from archive.service.assembling import stage_paper
from archive.service.four_properties import Results
from archive.service.papers import Paper
from archive.service.staging import Staging
from archive.terms import Role, StoredFile, Tier

NAME = "四性检测报告"
_MOST = 200
"""Faults that the page lists; the JSON holds all of them."""


@dataclass(frozen=True, slots=True)
class PaperHead:
    """What stands over the reports of one case 报告抬头. ``title`` and ``reference_code`` are what everybody may know;
    ``own_code`` is for the readers of the case's own ``tier``.
    """

    object_id: str
    version: int
    bureau_name: str
    title: str
    reference_code: str
    own_code: str
    tier: Tier
    trial: bool

    def of(self, tier: Tier) -> ReportHead:
        """The head of one tier's report."""
        code = self.own_code if tier is self.tier else self.reference_code
        return ReportHead(self.object_id, self.version, code, tier)


@dataclass(frozen=True, slots=True)
class StagedReport:
    """One tier's report as it was staged 已暂存报告: its files, and the answers by id; only ``general`` has a page."""

    tier: Tier
    pdf: StoredFile | None
    json: StoredFile
    results: dict[str, str]

    @property
    def files(self) -> tuple[StoredFile, ...]:
        """What was staged."""
        return (self.json,) if self.pdf is None else (self.pdf, self.json)

    def _forms(self) -> Iterator[tuple[str, StoredFile]]:
        if self.pdf is not None:
            yield "pdf", self.pdf
        yield "json", self.json

    def plan(self, checkpoint: str) -> dict[str, Any]:
        """What the register will say of it."""
        return {
            "tier": str(self.tier),
            "checkpoint": checkpoint,
            "files": {form: {"id": file.id, "size": file.size} for form, file in self._forms()},
            "results": self.results,
        }


def stage_reports(staging: Staging, head: PaperHead, found: Results) -> list[StagedReport]:
    """Encrypts the reports of every tier into the growing version, each under the key of its tier."""
    reports = []
    for tier, results in found.items():
        pdf = None
        if tier is Tier.GENERAL:
            paper = Paper(Role.REPORT, tier, f"{NAME}.pdf", report_pdf(head, results))
            pdf = stage_paper(staging, paper)
        content = canonical(report_json(head.of(tier), results))
        data = stage_paper(staging, Paper(Role.REPORT, tier, f"{NAME}.json", content), "application/json")
        reports.append(StagedReport(tier, pdf, data, by_id(results)))
    return reports


def report_pdf(head: PaperHead, results: tuple[CheckResult, ...]) -> bytes:
    """The report that every reader of the case may see, as PDF/A."""
    first = results[0]
    faults = [line for result in results for line in _faults(result)]
    unseen = f"另有 {len(faults) - _MOST} 条，见同名 JSON 文件。" if len(faults) > _MOST else ""
    page = PropertyReportFacts(
        bureau_name=head.bureau_name,
        case_title=drawable(head.title),
        reference_code=head.reference_code,
        checkpoint=f"{CHECKPOINTS[first.checkpoint][0]}（{first.checkpoint}）",
        version=head.version,
        made_at=first.at,
        made_by=drawable(first.actor),
        tool=next((f"{line.tool} {line.version}" for line in results if line.check.mode is Mode.AUTOMATIC), ""),
        properties=_summary(results),
        lines=tuple(_line(result) for result in results),
        faults=tuple(faults[:_MOST]),
        unseen=unseen,
    )
    return render(page, timestamp=first.at, trial=head.trial)


def _summary(results: tuple[CheckResult, ...]) -> tuple[PropertyResult, ...]:
    table = counted((line.check.of, line.result) for line in results)
    return tuple(
        PropertyResult(
            name=PROPERTIES[of][0],
            checked=sum(counts.values()),
            failed=counts[Result.FAIL],
            not_checked=counts[Result.PENDING],
            note=str(counts[Result.NA]),
        )
        for of, counts in table.items()
    )


def _line(result: CheckResult) -> CheckLine:
    check = result.check
    notes = [result.words]
    if result.result is Result.PENDING and check.mode is Mode.MANUAL and not result.words:
        notes.append(check.why_zh)
    if check.source_at(result.checkpoint) in (Source.REMEMBERED, Source.UNKNOWN):
        notes.append("未确认")
    if len(result.faults):
        notes.append(f"见第二部分（{len(result.faults)} 条）")
    return CheckLine(
        number=result.id,
        name=check.zh,
        mode=MODES[check.mode][0],
        result=RESULTS[result.result][0],
        failed=result.result is Result.FAIL,
        note=drawable("；".join(note for note in notes if note)),
    )


def _faults(result: CheckResult) -> Iterator[FaultLine]:
    for fault in result.faults:
        told = not fault.blocks or result.check.severity is Severity.TOLD
        yield FaultLine(
            number=result.id, where=drawable(fault.where), what=drawable(fault_words(fault)[0]), told=told
        )  # fmt: skip
