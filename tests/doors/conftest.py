"""One site for all tests of doors: taking a case in costs some seconds, so it is done once."""

from __future__ import annotations

import pytest

from tests.support.webapp import Site, shared_site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A house with one sealed case; tests add to it and do not take away."""
    return shared_site(tmp_path_factory)
