"""After a destruction: bytes go whatever a crash left, and the ledger knows every destroyed key for a restore."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from archive.installation import Ledgers
from archive.kernel.ids import CaseId
from archive.kernel.outbox import drain
from archive.keys.backups import back_up, restore
from archive.keys.roots import RootProvider
from archive.keys.store import KeyStore
from archive.ocfl.inventory import INVENTORY
from archive.ports import object_id
from archive.service.destroying import record_destructions
from tests.archive.service.test_destroying import _destroy, _outbox
from tests.support.cases import seal_example
from tests.support.house import House, make_house
from wsgi import handlers


@pytest.fixture
def fresh(tmp_path: Path) -> House:
    return make_house(tmp_path / "home")


def _carry_out(house: House, case_id: CaseId) -> None:
    _destroy(house, case_id)
    house.ports.get(Ledgers).sequence()
    drain(house.works.sessions, house.clock, handlers(house.ports))


def test_an_object_that_a_crash_left_half_removed_is_removed_whole(fresh: House) -> None:
    case_id = seal_example(fresh).case_id
    folder = fresh.holdings.store.object_folder(object_id(case_id))
    assert folder is not None
    (folder / INVENTORY).unlink()  # an earlier removal got so far and was killed
    _carry_out(fresh, case_id)
    assert _outbox(fresh) == "done"
    assert not folder.exists()
    left = [path for path in (fresh.path / "store.leaving").rglob("*") if path.is_file()]
    assert left == []


def test_the_ledger_alone_lets_a_backup_of_the_keys_be_restored(fresh: House, tmp_path: Path) -> None:
    kept, gone = seal_example(fresh).case_id, seal_example(fresh).case_id
    keys = fresh.ports.get(KeyStore)
    moved = tmp_path / "moved"
    back_up(keys.vault, tmp_path / "backup", fresh.clock.now())
    (tmp_path / "backup").rename(moved)  # on another medium: no destruction reaches it
    _carry_out(fresh, gone)
    assert record_destructions(fresh.holdings) == 0, "the handler wrote it already"
    destroyed: dict[int, list[str]] = {}
    for epoch in keys.destructions():
        for entry in fresh.holdings.checkpoints.entries("keys.destroyed", f"keys/{epoch}"):
            assert entry.body is not None
            assert entry.body["facts"]["unreachable"] == [str(tmp_path / "backup")]
            destroyed.setdefault(int(entry.body["facts"]["epoch"]), []).extend(entry.body["facts"]["ids"])
    roots: RootProvider = fresh.ports.get(RootProvider)  # type: ignore[type-abstract]
    restored = KeyStore(
        restore(moved, (tmp_path / "one", tmp_path / "two"), roots, destroyed), fresh.holdings.archive_id
    )
    assert restored.file_ids(object_id(kept)) == keys.file_ids(object_id(kept)) != frozenset()
    assert not restored.file_ids(object_id(gone))


def test_a_destruction_that_is_repeated_shreds_no_second_time(fresh: House) -> None:
    case_id = seal_example(fresh).case_id
    _carry_out(fresh, case_id)
    epochs = list(fresh.ports.get(KeyStore).destructions())
    fresh.clock.advance(timedelta(minutes=11))
    handlers(fresh.ports)["case.destroyed"](_payload(fresh, case_id))
    assert list(fresh.ports.get(KeyStore).destructions()) == epochs == [2]


def _payload(house: House, case_id: CaseId) -> dict[str, str]:
    (entry,) = house.holdings.checkpoints.entries("case.destroyed", case_id)
    return {"case_id": case_id, "entry_id": entry.entry_id}
