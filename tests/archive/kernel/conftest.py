"""A database of its own for tests of the kernel's tables."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.kernel.clock import FixedClock
from archive.kernel.database import Sessions, make_engine, make_sessions
from archive.kernel.jobs import JobRow
from archive.kernel.outbox import OutboxRow

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    engine = make_engine(f"sqlite:///{tmp_path}/kernel.sqlite")
    for kind in (OutboxRow, JobRow):
        kind.__table__.create(engine)  # type: ignore[attr-defined]
    return make_sessions(engine)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)
