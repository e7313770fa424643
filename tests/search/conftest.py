"""An empty archive for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.search.holdings import Archive, make_archive


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    made = make_archive(tmp_path / "index")
    yield made
    made.close()
