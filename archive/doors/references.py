"""References 案卷指称: a person names a case file by its archival number or by its id."""

from __future__ import annotations

from archive.doors.console import Console
from archive.kernel.actor import machine_actor
from archive.kernel.ids import CaseId
from archive.ports import Holdings
from archive.service.reading import case_by_reference


def find_case(console: Console, ref: str) -> CaseId:
    """The case of that archival number 档号, or of that id, among those the person may know of.

    Refuses an unknown number as it refuses one that the person may not know of. An id is taken as it is: the deed asks
    the guard about it.
    """
    if ref.startswith("case_"):
        return CaseId(ref)
    holdings = console.ports.get(Holdings)
    actor = console.actor() if console.login else machine_actor("verify", "command line")
    with holdings.works.work(actor) as work:
        return case_by_reference(work, ref)
