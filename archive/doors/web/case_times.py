"""Times of a case 案卷各时点: what the holdings know of its clocks, for the line of time at the foot of its page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from archive.doors.web.parts import TimeMark
from archive.kernel.clock import legal_date
from archive.kernel.deadlines import add_years
from archive.rules.markings import KIND_WORDS
from archive.service.reading import CaseView
from archive.terms import Level, Marking

OPENING_YEARS = 25  # Archives Law article 27: the review that precedes opening
TRANSFER_YEARS = 10  # regulation article 20: archives of counties and districts


def times_of(view: CaseView, marking: Marking) -> Iterator[TimeMark]:
    """Events and lanes of a case as this reader may know them: a withheld description gives its dates of state only."""
    line, facts = view.line, view.line.facts
    if facts is not None and facts.opened_on is not None:
        yield TimeMark(facts.opened_on, "立案", "opened")
    if facts is not None and facts.decided_on is not None:
        yield TimeMark(facts.decided_on, "决定", "decided")
    yield TimeMark(line.closed_on, "结案", "closed")
    filed = legal_date(line.accepted_at)
    yield TimeMark(filed, "归档", "filed")
    for seal in view.seals:
        again = f" v{seal.version}" if seal.version > 1 else ""
        yield TimeMark(legal_date(seal.sealed_at), f"封存{again}", f"sealed{again}", css="seal")
    yield from _protected(filed, marking)
    transfer = year_end(line.closed_on, TRANSFER_YEARS)
    yield TimeMark(
        filed, f"由本单位保管 {TRANSFER_YEARS} 年", f"{TRANSFER_YEARS} years here", ("移交前", "here"), transfer
    )
    yield TimeMark(transfer, "移交进馆", "transfer")
    yield TimeMark(year_end(line.closed_on, OPENING_YEARS), "开放审核", "opening review")


def _protected(filed: date, marking: Marking) -> Iterator[TimeMark]:
    if marking.level is not Level.NONE and marking.until is not None:
        yield TimeMark(filed, f"至 {marking.until}", f"until {marking.until}", ("国家秘密", "secret"), marking.until)
    for claim in marking.claims:
        zh, en = KIND_WORDS[claim.kind]
        if claim.until is None:
            yield TimeMark(filed, "未定期限", "no end set", (zh, en))
        else:
            yield TimeMark(filed, f"至 {claim.until}", f"until {claim.until}", (zh, en), claim.until)


def year_end(closed_on: date, years: int) -> date:
    """The last day of the year that is ``years`` after the year of closing."""
    return add_years(date(closed_on.year, 12, 31), years)
