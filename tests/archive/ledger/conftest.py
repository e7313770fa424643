"""A fresh ledger for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.archive.ledger.support import LedgerHouse


@pytest.fixture
def house(tmp_path: Path) -> Iterator[LedgerHouse]:
    found = LedgerHouse(tmp_path / "anjuan.db")
    yield found
    found.close()
