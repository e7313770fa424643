"""One house and one sealed case for all tests of this room that do not change them, and a fresh house for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.house import House, make_house
from tests.support.tampering import Target, make_target


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house that tests share: each makes cases of its own."""
    return make_house(tmp_path_factory.mktemp("house") / "home")


@pytest.fixture
def fresh(tmp_path: Path) -> House:
    """A house of its own."""
    return make_house(tmp_path / "home")


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A sealed case of two versions and three tiers; who spoils it does so inside ``target.restored()``."""
    made = make_target(tmp_path_factory.mktemp("target") / "home")
    yield made
    made.close()
