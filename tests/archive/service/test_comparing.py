"""Register against store: what is missing and what nobody owns is named, by the doctor too."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from archive.kernel.outbox import OutboxRow
from archive.kernel.settings import Home
from archive.keys.store import KeyStore
from archive.ports import object_id
from archive.service.comparing import compare_store
from archive.service.health import compare, examine
from tests.support.cases import seal_example
from tests.support.house import House, make_house


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("comparing"))


def test_missing_and_unknown_objects_are_named(house: House, tmp_path: Path) -> None:
    case = seal_example(house).case_id
    assert compare_store(house.holdings).ok and compare(house.holdings).light == "green"
    folder = house.holdings.store.object_folder(object_id(case))
    assert folder is not None
    stray = folder.with_name("f" * 64)
    shutil.copytree(folder, stray)
    assert compare_store(house.holdings).unknown == ("f" * 64,)
    shutil.move(folder, tmp_path / "taken")
    found = compare_store(house.holdings)
    assert (found.missing, found.unknown) == ((case,), ("f" * 64,))
    part = compare(house.holdings)
    assert part.light == "red" and case in part.zh
    shutil.rmtree(stray)
    shutil.move(tmp_path / "taken", folder)
    assert compare_store(house.holdings).ok


def test_a_follow_up_that_ended_in_a_refusal_is_red(house: House) -> None:
    def light() -> str:
        parts = examine(house.ports.get(Home), house.ports.get(KeyStore), house.holdings)
        return next(part.light for part in parts if part.part_en == "follow-ups")

    assert light() == "green"
    now = house.clock.now()
    with house.works.sessions() as session, session.begin():
        session.add(OutboxRow(topic="t", payload={}, created_at=now, due_at=now, state="stuck"))
    assert light() == "red"
