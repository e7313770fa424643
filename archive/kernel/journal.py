"""Journal 记事: the protocol by which a deed tells the ledger, inside its own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from archive.kernel.ids import EntryId


class Journal(Protocol):
    """Where a deed records itself 存证记事."""

    def record(
        self,
        kind: str,
        subject: str,
        facts: Mapping[str, Any],
        *,
        ledger: str = "activity",
        tier: str = "general",
        unit: str = "",
    ) -> EntryId:
        """Inserts one event; raises when it cannot be written, so that nothing is disclosed without it.

        ``tier`` is the key class that guards the body (a query text carries the reader's highest marking).
        """
        ...
