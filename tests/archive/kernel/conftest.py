"""A database of its own for tests of the kernel's tables."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.kernel.clock import FixedClock
from archive.kernel.database import Base, Sessions, make_engine, make_sessions

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    engine = make_engine(f"sqlite:///{tmp_path}/kernel.sqlite")
    Base.metadata.create_all(engine, tables=[Base.metadata.tables[name] for name in ("kernel_outbox", "kernel_job")])
    return make_sessions(engine)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)
