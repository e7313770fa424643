"""One installation for the tests of take-in; each test brings packages of its own."""

from __future__ import annotations

import pytest

from tests.ingest.support import Desk
from tests.support.house import make_house


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    return Desk(make_house(folder / "home"), folder / "packages")


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("ordinary")
    return Desk(make_house(folder / "home", grade="ordinary"), folder / "packages")
