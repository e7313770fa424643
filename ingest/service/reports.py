"""Reports 报告 of a take-in: as JSON and as a generated PDF/A that names file, page, rule and what to do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from archive.kernel.refusals import Catalogue, Refusal
from archive.pages.render import render
from archive.pages.terms import FindingLine, TakeInReportFacts


def refusal_report(catalogue: Catalogue, refusal: Refusal, package: str) -> dict[str, Any]:
    """Everything that was found, in both languages."""
    return {
        "package_name": package,
        "refused": True,
        "reasons": [
            {
                "code": reason.code,
                "file": str(reason.facts.get("file", "")),
                "page": str(reason.facts.get("page", "")),
                "zh": _told(catalogue, reason, "zh"),
                "en": _told(catalogue, reason, "en"),
            }
            for reason in refusal.all()
        ],
    }


def refusal_pdf(
    catalogue: Catalogue,
    refusal: Refusal,
    *,
    number: str,
    bureau: str,
    package: str,
    unit: str,
    by: str,
    at: datetime,
    trial: bool,
) -> bytes:
    """The refusal report 退回报告 as PDF/A."""
    lines = []
    for reason in refusal.all():
        told = catalogue.tell(reason)
        lines.append(
            FindingLine(
                severity="须补正",
                what=told.what,
                todo=told.todo,
                file=str(reason.facts.get("file", "")),
                page=str(reason.facts.get("page", "")),
                rule=told.basis,
            )
        )
    facts = TakeInReportFacts(
        report_no=number,
        bureau_name=bureau,
        accepted=False,
        package_name=package,
        sender_unit=unit,
        received_at=at,
        received_by=by,
        findings=tuple(lines),
    )
    return render(facts, timestamp=at, trial=trial)


def _told(catalogue: Catalogue, reason: Refusal, language: str) -> dict[str, str]:
    told = catalogue.tell(reason, language)
    return {"what": told.what, "rule": told.basis, "do": told.todo}
