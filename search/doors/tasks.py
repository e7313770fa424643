"""Outbox handlers of search 检索后台: a sealed case is indexed, and again when its pages were read; a destroyed one
leaves every index; what waits for a locked tier is asked for again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archive.kernel.actor import machine_actor
from archive.kernel.ids import CaseId
from archive.kernel.outbox import Handler, Later
from archive.kernel.refusals import Refusal
from archive.kernel.work import Works
from archive.service.destroying import GONE
from archive.service.machine_reading import READ
from archive.service.reading import get_item_targets
from search.holdings import HoldingsForSearch
from search.ports import SearchPorts
from search.service.index import SWEEP, index_case, remove_items, sweep

_PASSING = frozenset({"archive.tier-locked", "archive.key-place-missing", "archive.agent-absent"})
"""Refusals that end by themselves: somebody unlocks the tier, the place of the key store or the serving process that
holds the open tiers is there again.
"""


def handlers(works: Works, ports: SearchPorts, source: HoldingsForSearch) -> dict[str, Handler]:
    """Handlers by topic; each may run twice and leaves the same index."""

    def on_sealed(payload: Mapping[str, Any]) -> None:
        try:
            with works.work(machine_actor("indexer", "case.sealed")) as work:
                index_case(work, ports, source, CaseId(payload["case_id"]))
        except Refusal as refusal:
            if refusal.code in _PASSING:
                raise Later(str(refusal)) from refusal
            raise

    def on_gone(payload: Mapping[str, Any]) -> None:
        try:
            with works.work(machine_actor("indexer", GONE)) as work:
                remove_items(work, ports, get_item_targets(work, CaseId(payload["case_id"])))
        except Refusal as refusal:
            raise Later(refusal.code) from refusal

    def on_sweep(_payload: Mapping[str, Any]) -> None:
        with works.work(machine_actor("indexer", "sweep")) as work:
            sweep(work, ports)

    return {"case.sealed": on_sealed, READ: on_sealed, GONE: on_gone, SWEEP: on_sweep}
