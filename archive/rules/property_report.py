"""Four-property report 四性检测报告 as plain JSON: every id of the list with its result; schema of docs/format.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from archive.kernel.clock import to_rfc3339
from archive.rules.four_properties import STANDARD, CheckResult, Fault, Severity
from archive.rules.property_words import fault_words
from archive.terms import Tier

FORMAT = "anjuan-four-properties/1"


@dataclass(frozen=True, slots=True)
class ReportHead:
    """What a report is of 报告对象: object, version, number and tier."""

    object_id: str
    version: int
    reference_code: str
    tier: Tier


def report_json(head: ReportHead, results: Sequence[CheckResult]) -> dict[str, Any]:
    """The report of one tier; at least one line is given, all of one checkpoint, instant and actor."""
    first = results[0]
    return {
        "format": FORMAT,
        "standard": STANDARD,
        "object": head.object_id,
        "version": head.version,
        "reference_code": head.reference_code,
        "tier": str(head.tier),
        "checkpoint": str(first.checkpoint),
        "at": to_rfc3339(first.at),
        "by": first.actor,
        "results": [_line(line) for line in results],
    }


def _line(line: CheckResult) -> dict[str, Any]:
    check = line.check
    return {
        "id": line.id,
        "property": int(check.of),
        "zh": check.zh,
        "en": check.en,
        "mode": str(check.mode),
        "severity": str(check.severity),
        "source": str(check.source_at(line.checkpoint)),
        "result": str(line.result),
        "words": line.words,
        "found": [_fault(fault, line) for fault in line.faults],
        "tool": line.tool,
        "version": line.version,
    }


def _fault(fault: Fault, line: CheckResult) -> dict[str, Any]:
    zh, en = fault_words(fault)
    blocks = fault.blocks and line.check.severity is Severity.BLOCKING
    return {"code": fault.code, "where": fault.where, "zh": zh, "en": en, "blocks": blocks}


def by_id(results: Iterable[CheckResult]) -> dict[str, str]:
    """Only the answers: what a list may show to whoever may know of the case."""
    return {line.id: str(line.result) for line in results}
