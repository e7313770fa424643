"""Hits 命中 as doors show them: under their case, with the titles that the reader may know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import Holdings
from archive.service.reading import CaseLine, ItemLine, get_items, get_line
from search.terms import Hit


@dataclass(slots=True)
class HitCase:
    """The hits of one case 案卷命中."""

    case_id: CaseId
    line: CaseLine
    pages: list[tuple[Hit, ItemLine | None]] = field(default_factory=list)


def group(work: Work, kept: Holdings, hits: Sequence[Hit]) -> list[HitCase]:
    """Hits under their case, both in the order of the best hit; a case that is gone by now is left out."""
    found: dict[CaseId, HitCase] = {}
    for case_id in dict.fromkeys(hit.case_id for hit in hits):
        own = [hit for hit in hits if hit.case_id == case_id]
        try:
            case = HitCase(case_id, get_line(work, kept, case_id))
            items = get_items(work, kept, case_id, list(dict.fromkeys(hit.item_id for hit in own)))
        except Refusal:
            continue
        case.pages += [(hit, items.get(hit.item_id)) for hit in own]
        found[case_id] = case
    return list(found.values())
