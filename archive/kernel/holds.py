"""HoldCheck 冻结查询: the protocol by which the ground floor asks whether disposition of a case is stopped."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.orm import Session

from archive.kernel.ids import CaseId, HoldId


class HoldCheck(Protocol):
    """Implemented by ``retention`` 冻结查询."""

    def active_holds(self, session: Session, case_id: CaseId) -> tuple[HoldId, ...]:
        """The holds in force on the case; destruction and expunging ask at the last moment."""
        ...
