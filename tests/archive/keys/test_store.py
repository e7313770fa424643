"""The key tree 密钥树: tiers, moves, shredding, places, backups."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.kernel.refusals import Refusal
from archive.keys import places as rows
from archive.keys.backups import back_up, restore, restore_roots
from archive.keys.passphrase_roots import PassphraseRoots
from archive.keys.store import KeyStore
from archive.keys.terms import KeyKind, KeyRow, PlaceCondition, Tier
from archive.keys.vault import Vault
from archive.keys.wraps import KeyDamaged
from tests.archive.keys.support import NOW, OBJECT, Bench, Fault, FaultyFiles, make, mode, secret


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make(tmp_path, Tier.PROCESS, Tier.PERSONAL)


def refused(code: str, deed: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        deed()
    assert caught.value.code == code
    return caught.value


def test_keys_live_through_intake_tier_year_and_reopening(bench: Bench) -> None:
    store = bench.store
    keys = {name: store.new_file_key(name, OBJECT) for name in ("oa", "ob")}
    assert len({*keys.values()}) == 2 and all(len(key) == 32 for key in keys.values())
    assert {name: bench.again().open_key(name) for name in keys} == keys
    store.assign(OBJECT, {"oa": Tier.GENERAL, "ob": Tier.PERSONAL}, 2056)
    store.assign(OBJECT, {"oa": Tier.GENERAL, "ob": Tier.PERSONAL}, 2056)
    store.close_intake(OBJECT)
    store.close_intake(OBJECT)
    store.move(OBJECT, ["oa"], Tier.PROCESS)
    store.rewrap_year(OBJECT, 2066)
    assert {name: bench.again().open_key(name) for name in keys} == keys
    records = {record.id: record for record in store.list_records(OBJECT)}
    assert records["oa"].tier is Tier.PROCESS and records["ob"].tier is Tier.PERSONAL
    assert records[f"case:{OBJECT}:process"].parent == "year:process:2066"
    assert KeyKind.INTAKE not in {record.kind for record in records.values()}
    assert store.file_ids(OBJECT) == {"oa", "ob"}


def test_a_locked_tier_is_named_and_nothing_changes(bench: Bench) -> None:
    store = bench.store
    store.new_file_keys(["oa", "ob", "oc"], OBJECT)
    bench.roots.lock(Tier.PROCESS)
    bench.roots.lock(Tier.PERSONAL)
    tiers = {"oa": Tier.GENERAL, "ob": Tier.PROCESS, "oc": Tier.PERSONAL}
    found = refused("archive.tier-locked", lambda: store.assign(OBJECT, tiers, 2056))
    assert [reason.facts["tier"] for reason in found.all()] == ["process", "personal"]
    assert all(record.tier is Tier.GENERAL for record in store.list_records(OBJECT))
    bench.unlock(Tier.PROCESS, Tier.PERSONAL)
    store.assign(OBJECT, tiers, 2056)
    bench.roots.lock(Tier.PROCESS)
    assert refused("archive.tier-locked", lambda: store.open_key("ob")).facts["tier"] == "process"
    assert len(store.open_key("oc")) == 32
    refused("archive.tier-locked", lambda: store.text_cipher(OBJECT, Tier.PROCESS))
    refused("archive.tier-locked", lambda: store.move(OBJECT, ["oa"], Tier.PROCESS))
    refused("archive.tier-locked", lambda: store.export_tier(OBJECT, Tier.PROCESS, {"ob": (1, 1)}))
    refused("archive.tier-locked", lambda: store.rewrap_year(OBJECT, 2057))
    refused("archive.tier-locked", lambda: store.derive("index/x", Tier.PROCESS))


def test_an_unlocked_tier_ends_by_the_clock(bench: Bench) -> None:
    bench.store.new_file_key("oa", OBJECT)
    bench.store.assign(OBJECT, {"oa": Tier.PROCESS}, 2056)
    bench.clock.advance(bench.clock.now() - NOW)
    bench.unlock(Tier.PROCESS, hours=1)
    assert bench.store.open_key("oa")
    bench.clock.advance(NOW - NOW.replace(hour=0))
    refused("archive.tier-locked", lambda: bench.store.open_key("oa"))
    assert not bench.store.is_unlocked(Tier.PROCESS) and bench.store.is_unlocked(Tier.GENERAL)


def test_without_general_nothing_opens(bench: Bench) -> None:
    bench.store.new_file_key("oa", OBJECT)
    bench.roots.lock(Tier.GENERAL)
    for deed in (lambda: bench.store.open_key("oa"), lambda: bench.store.new_file_key("ob", OBJECT)):
        assert refused("archive.tier-locked", deed).facts["tier"] == "general"


def test_order_is_kept(bench: Bench) -> None:
    store = bench.store
    store.new_file_keys(["oa", "ob"], OBJECT)
    refused("archive.key-assigned", lambda: store.new_file_key("oa", OBJECT))
    refused("archive.key-unknown", lambda: store.assign(OBJECT, {"oa": Tier.GENERAL, "ox": Tier.GENERAL}, 2056))
    refused("archive.key-unknown", lambda: store.assign("urn:anjuan:case_b", {"oa": Tier.GENERAL}, 2056))
    refused("archive.intake-open", lambda: store.move(OBJECT, ["oa"], Tier.PROCESS))
    store.assign(OBJECT, {"oa": Tier.GENERAL}, 2056)
    refused("archive.intake-open", lambda: store.close_intake(OBJECT))
    refused("archive.key-assigned", lambda: store.assign(OBJECT, {"oa": Tier.PROCESS}, 2056))
    refused("archive.key-assigned", lambda: store.discard_files(["oa"]))
    store.discard_files(["ob", "never"])
    store.close_intake(OBJECT)
    refused("archive.key-unknown", lambda: store.open_key("ob"))
    refused("archive.key-unknown", lambda: store.text_cipher(OBJECT, Tier.PERSONAL))


def test_text_columns_before_and_after_sealing(bench: Bench) -> None:
    store = bench.store
    store.new_file_key("oa", OBJECT)
    early = store.intake_cipher(OBJECT)
    stored = early.encrypt("title", "占道经营案")
    assert "占道".encode() not in stored
    store.assign(OBJECT, {"oa": Tier.PERSONAL}, 2056)
    cipher = store.text_cipher(OBJECT, Tier.PERSONAL)
    other = store.intake_cipher("urn:anjuan:case_b")
    with pytest.raises(KeyDamaged):
        cipher.decrypt("summary", cipher.encrypt("title", "x"))
    with pytest.raises(KeyDamaged):
        other.decrypt("title", stored)
    with pytest.raises(KeyDamaged):
        early.decrypt("title", b"")
    late = cipher.encrypt("title", early.decrypt("title", stored))
    store.close_intake(OBJECT)
    assert store.text_cipher(OBJECT, Tier.PERSONAL).decrypt("title", late) == "占道经营案"
    with pytest.raises(KeyDamaged):
        store.text_cipher(OBJECT, Tier.PERSONAL).decrypt("title", stored)


def test_export_names_one_tier_only(bench: Bench) -> None:
    keys = bench.store.new_file_keys(["oa", "ob"], OBJECT)
    bench.store.assign(OBJECT, {"oa": Tier.GENERAL, "ob": Tier.PERSONAL}, 2056)
    sizes = {"oa": (10, 1), "ob": (20, 2)}
    told = bench.store.export_tier(OBJECT, Tier.PERSONAL, sizes)
    assert json.loads(json.dumps(told)) == {
        "archive": "arch",
        "files": [{"file": "ob", "first_version": 2, "key": keys["ob"].hex(), "plain_size": 20}],
        "format": "anjuan-keys/1",
        "object": OBJECT,
        "suite": "cobblestone-256",
        "tier": "personal",
    }
    assert bench.store.export_tier(OBJECT, Tier.TRADE, sizes)["files"] == []


def test_purpose_keys_are_steady_apart_and_shreddable(bench: Bench) -> None:
    one, two = bench.store.derive("index/a", Tier.PERSONAL), bench.store.derive("index/b", Tier.PERSONAL)
    assert one != two and bench.again().derive("index/a", Tier.PERSONAL) == one
    assert bench.store.derive("index/a", Tier.GENERAL) != one
    assert bench.store.keyed_digest("file", b"x") == bench.again().keyed_digest("file", b"x")
    assert bench.store.keyed_digest("file", b"x") != bench.store.keyed_digest("page", b"x")
    bench.store.destroy_purpose("index/a", Tier.PERSONAL)
    refused("archive.key-destroyed", lambda: bench.store.derive("index/a", Tier.PERSONAL))
    assert bench.store.derive("index/b", Tier.PERSONAL) == two


def _traces(bench: Bench, *records: str) -> list[bytes]:
    """Every form in which the keys of these records exist: clear, wrapped, and as they lie in each place."""
    found = []
    with bench.store.vault.reading() as opened:
        for record in records:
            row = opened.get(record)
            assert row is not None
            found.append(row.wrapped)
            found.append(bench.store._open(opened, row))
    for place in bench.store.vault.places:
        sealed = [rows.fetch(place.current(), record) for record in records]
        found += [row[5] for row in sealed if row is not None]
    return found


@pytest.mark.parametrize("how", ["files", "object", "year"])
def test_after_destruction_no_usable_byte_is_left(bench: Bench, how: str) -> None:
    store = bench.store
    store.new_file_keys([f"o{n}" for n in range(50)], OBJECT)
    other = store.new_file_key("oz", "urn:anjuan:case_z")
    store.assign(OBJECT, {f"o{n}": Tier.PERSONAL for n in range(50)}, 2056)
    case = f"case:{OBJECT}:personal"
    records = {"files": ["o3", "o4"], "object": ["o3", case], "year": ["o3", case, "year:personal:2056"]}[how]
    back_up(store.vault, bench.home / "backup", NOW)
    traces = _traces(bench, *records)
    old_keys = [bytes(place.wrapped_store_key()) for place in store.vault.places]
    everything = bench.contents() + b"".join(
        path.read_bytes() for path in (bench.home / "backup").rglob("*") if path.is_file()
    )
    assert all(trace in everything for trace in traces[2 * len(records) :] + old_keys)
    deeds = {
        "files": lambda: store.destroy_files(["o3", "o4", "o3"]),
        "object": lambda: store.destroy_object(OBJECT),
        "year": lambda: store.destroy_year(Tier.PERSONAL, 2056),
    }
    told = deeds[how]()
    assert told.epoch == 2 and set(records) <= set(told.ids) and not told.unreachable_backups
    left = bench.contents() + b"".join(p.read_bytes() for p in (bench.home / "backup").rglob("*") if p.is_file())
    assert not any(trace in left for trace in traces + old_keys)
    refused("archive.key-destroyed", lambda: store.open_key("o3"))
    refused("archive.key-destroyed", lambda: bench.again().open_key("o3"))
    refused("archive.key-assigned", lambda: store.new_file_key("o3", OBJECT))
    assert store.open_key("oz") == other
    if how == "files":
        assert store.open_key("o5")
    deeds[how]()


def test_old_files_are_overwritten_before_they_go(bench: Bench) -> None:
    bench.store.new_file_keys(["oa", "ob"], OBJECT)
    bench.store.vault.close()
    kept: list[Path] = []
    one, two = bench.places
    for path in [*two.glob("keys-*.sqlite"), *two.glob("store-*.key"), one / "current"]:
        kept.append(bench.home / f"kept{len(kept)}")
        os.link(path, kept[-1])
    bench.store.destroy_files(["oa"])
    assert len(kept) == 3 and all(path.read_bytes().count(0) == path.stat().st_size > 0 for path in kept)


def test_sqlite_is_told_to_be_careful(bench: Bench) -> None:
    for place in bench.store.vault.places:
        told = [place.current().execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
        assert told == ["truncate", 2]
        assert place.current().execute("PRAGMA secure_delete").fetchone()[0] == 1


def test_a_deed_that_raises_leaves_nothing_and_blocks_nothing(bench: Bench) -> None:
    with pytest.raises(ZeroDivisionError), bench.store.vault.writing() as opened:
        opened.put(KeyRow("oa", KeyKind.FILE, OBJECT, "intake:x", Tier.GENERAL, b"wrapped"))
        raise ZeroDivisionError
    refused("archive.key-unknown", lambda: bench.store.open_key("oa"))
    bench.store.new_file_key("oa2", OBJECT)
    assert bench.again().file_ids(OBJECT) == {"oa2"}


def test_intake_wraps_and_dropped_keys_are_zeroed_without_a_new_epoch(bench: Bench) -> None:
    store = bench.store
    store.new_file_keys(["oa", "ob"], OBJECT)
    before = _traces(bench, "oa", "ob")
    store.assign(OBJECT, {"oa": Tier.PERSONAL}, 2056)
    store.discard_files(["ob"])
    store.close_intake(OBJECT)
    assert not any(trace in bench.contents() for trace in before)
    assert store.doctor().epoch == 1


def test_no_key_and_no_root_lies_in_clear(bench: Bench) -> None:
    key = bench.store.new_file_key("oa", OBJECT)
    bench.store.assign(OBJECT, {"oa": Tier.PROCESS}, 2056)
    root = bench.roots.credential(Tier.PROCESS, secret(Tier.PROCESS))
    for clear in (key, root):
        assert clear not in bench.contents() and clear.hex().encode() not in bench.contents()


def test_everything_is_private(bench: Bench) -> None:
    bench.store.new_file_key("oa", OBJECT)
    bench.store.destroy_files(["oa"])
    for place in bench.places:
        assert mode(place) == 0o700
        for path in place.rglob("*"):
            assert mode(path) == (0o700 if path.is_dir() else 0o600), path


def test_a_row_moved_by_hand_is_damage(bench: Bench) -> None:
    bench.store.new_file_keys(["oa", "ob"], OBJECT)
    swap = "UPDATE records SET sealed = (SELECT sealed FROM records WHERE id = 'ob') WHERE id = 'oa'"
    for place in bench.store.vault.places:
        place.current().execute(swap)
    with pytest.raises(KeyDamaged):
        bench.store.open_key("oa")


def test_a_missing_place_is_named_read_on_and_resynced(bench: Bench) -> None:
    key = bench.store.new_file_key("oa", OBJECT)
    shutil.rmtree(bench.places[0])
    store = bench.again()
    assert store.open_key("oa") == key
    health = store.vault.settle()
    assert [place.condition for place in health.places] == [PlaceCondition.MISSING, PlaceCondition.GOOD]
    assert health.is_red
    found = refused("archive.key-place-missing", lambda: store.new_file_key("ob", OBJECT))
    assert found.facts["place"] == str(bench.places[0])
    store.vault.resync(bench.places[0])
    assert not store.doctor().is_red
    store.new_file_key("ob", OBJECT)
    shutil.rmtree(bench.places[1])
    assert bench.again().open_key("oa") == key
    again = PassphraseRoots([bench.places[0]], bench.home / "run" / "general.key", bench.clock, memory_kib=8)
    assert again.tiers() == (Tier.GENERAL, Tier.PROCESS, Tier.PERSONAL)


def test_an_older_place_is_brought_up_and_revives_nothing(bench: Bench, tmp_path: Path) -> None:
    bench.store.new_file_keys(["oa", "ob"], OBJECT)
    bench.store.vault.close()
    shutil.copytree(bench.places[1], tmp_path / "old")
    bench.store.destroy_files(["oa"])
    bench.store.vault.close()
    shutil.rmtree(bench.places[1])
    shutil.copytree(tmp_path / "old", bench.places[1])
    store = bench.again()
    assert [place.condition for place in store.doctor().places] == [PlaceCondition.GOOD, PlaceCondition.OLDER]
    refused("archive.key-destroyed", lambda: store.open_key("oa"))
    assert not store.vault.settle().is_red
    only_second = KeyStore(Vault([bench.places[1]], bench.roots), "arch")
    refused("archive.key-destroyed", lambda: only_second.open_key("oa"))
    assert only_second.open_key("ob") == store.open_key("ob")
    assert only_second.doctor().is_red


def test_places_that_went_their_own_ways_stop_writing(bench: Bench) -> None:
    bench.store.new_file_key("oa", OBJECT)
    for place, name in zip(bench.places, ("ob", "oc"), strict=True):
        KeyStore(Vault([place], bench.roots), "arch").new_file_key(name, OBJECT)
    store = bench.again()
    assert PlaceCondition.FORKED in {place.condition for place in store.vault.settle().places}
    refused("archive.key-place-missing", lambda: store.new_file_key("od", OBJECT))
    store.vault.resync(bench.places[1])
    assert store.new_file_key("od", OBJECT) and store.open_key("ob")


def test_a_damaged_place_is_named(bench: Bench) -> None:
    key = bench.store.new_file_key("oa", OBJECT)
    bench.store.vault.close()
    (damaged,) = bench.places[0].glob("keys-*.sqlite")
    damaged.write_bytes(b"\x00" * 100)
    store = bench.again()
    assert store.doctor().places[0].condition is PlaceCondition.DAMAGED
    assert store.open_key("oa") == key
    store.vault.resync(bench.places[0])
    assert not store.doctor().is_red


Note = Callable[[str, bytes], None]


def _life(store: KeyStore, note: Note) -> None:
    """A short life of a store; notes each thing when it is acknowledged."""
    for name, key in store.new_file_keys(["oa", "ob"], OBJECT).items():
        note(name, key)
    store.assign(OBJECT, {"oa": Tier.PERSONAL, "ob": Tier.GENERAL}, 2056)
    note("assigned", b"")
    store.close_intake(OBJECT)
    store.rewrap_year(OBJECT, 2057)
    store.destroy_files(["ob"])
    note("destroyed", b"")
    note("oc", store.new_file_key("oc", OBJECT))
    note("end", b"")


def _count_operations(bench: Bench) -> int:
    fault = Fault(-1, "")
    _life(bench.again(FaultyFiles(fault)), lambda name, key: None)
    return fault.count


def _live_through(bench: Bench, fault: Fault) -> dict[str, bytes]:
    """What was acknowledged before the fault; a kill ends a child process for real."""
    if not fault.how.startswith("kill"):
        told: dict[str, bytes] = {}
        store = bench.again(FaultyFiles(fault))
        with pytest.raises((OSError, sqlite3.Error)):
            _life(store, told.__setitem__)
        store.vault.close()
        return told
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            _life(bench.again(FaultyFiles(fault)), lambda name, key: _tell(writing, name, key))
        os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as lines:
        told = {name: bytes.fromhex(key) for name, key in (line.rstrip("\n").split(":") for line in lines)}
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    return told


def _tell(fd: int, name: str, key: bytes) -> None:
    os.write(fd, f"{name}:{key.hex()}\n".encode())


@pytest.mark.parametrize("how", ["enospc before", "eio after", "kill before", "kill after"])
def test_every_fault_leaves_what_was_acknowledged(tmp_path: Path, how: str) -> None:
    made = make(tmp_path / "made", Tier.PERSONAL)
    made.store.vault.close()
    shutil.copytree(tmp_path / "made", tmp_path / "count")
    operations = _count_operations(_at(tmp_path / "count", made))
    assert operations > 60
    for at in range(1, operations + 1):
        bench = _at(tmp_path / f"run{at}", made)
        shutil.copytree(tmp_path / "made", bench.home)
        _check_after(bench, at, _live_through(bench, Fault(at, how)))
        shutil.rmtree(bench.home)


def _at(home: Path, like: Bench) -> Bench:
    return Bench(home, like.clock, like.roots, KeyStore(Vault([home / "one", home / "two"], like.roots), "arch"))


def _check_after(bench: Bench, fault: int, acknowledged: dict[str, bytes]) -> None:
    store = bench.again()
    health = store.vault.settle()
    assert not health.is_red, (fault, health)
    assert "end" not in acknowledged
    for place in bench.places:
        alone = KeyStore(Vault([place], bench.roots), "arch")
        for name in ("oa", "oc"):
            if name in acknowledged:
                assert alone.open_key(name) == acknowledged[name], (fault, name)
        if "destroyed" in acknowledged:
            refused("archive.key-destroyed", lambda: alone.open_key("ob"))  # noqa: B023
        elif "ob" in acknowledged and health.epoch == 1:
            assert alone.open_key("ob") == acknowledged["ob"]
        assert len(list(place.glob("keys-*.sqlite"))) == len(list(place.glob("store-*.key"))) == 1, fault
        alone.vault.close()
    tiers = {record.id: record.tier for record in store.list_records(OBJECT)}
    if "assigned" in acknowledged:
        assert tiers["oa"] is Tier.PERSONAL
    store.new_file_key("on", OBJECT)
    store.vault.close()


def test_backup_and_restore_neither_lose_nor_revive(bench: Bench) -> None:
    store = bench.store
    keys = store.new_file_keys(["oa", "ob", "oc"], OBJECT)
    store.assign(OBJECT, {"oa": Tier.PERSONAL, "ob": Tier.GENERAL, "oc": Tier.GENERAL}, 2056)
    backup = bench.home / "backup"
    assert back_up(store.vault, backup, NOW) == 1
    refused("archive.key-backup-exists", lambda: back_up(store.vault, backup, NOW))
    shutil.copytree(backup, bench.home / "hidden")
    first, second = store.destroy_files(["ob"]), store.destroy_files(["oc"])
    assert (first.epoch, second.epoch) == (2, 3)
    store.vault.close()
    for place in bench.places:
        shutil.rmtree(place)
    hidden = bench.home / "hidden"
    restore_roots(hidden, bench.places)
    roots = PassphraseRoots(bench.places, bench.home / "run" / "general.key", bench.clock, memory_kib=8)
    roots.open_general()
    ledger = {2: first.ids, 3: second.ids}
    refused("archive.key-backup-epoch-missing", lambda: restore(backup, bench.places, roots, ledger))
    refused("archive.key-backup-epoch-missing", lambda: restore(hidden, bench.places, roots, {3: second.ids}))
    bench.roots = roots
    bench.unlock(Tier.PERSONAL)
    restored = KeyStore(restore(hidden, bench.places, roots, ledger), "arch")
    assert restored.open_key("oa") == keys["oa"]
    for name in ("ob", "oc"):
        refused("archive.key-destroyed", lambda: restored.open_key(name))  # noqa: B023
    assert restored.doctor().epoch == 3 and not restored.doctor().is_red
    refused("archive.key-store-exists", lambda: restore(hidden, bench.places, roots, ledger))
    assert restored.destroy_files(["oa"]).epoch == 4


def test_a_backup_of_an_epoch_the_ledger_does_not_know_is_refused(bench: Bench) -> None:
    bench.store.new_file_key("oa", OBJECT)
    bench.store.destroy_files(["oa"])
    back_up(bench.store.vault, bench.home / "backup", NOW)
    places = [bench.home / "three"]
    refused("archive.key-backup-epoch-missing", lambda: restore(bench.home / "backup", places, bench.roots, {}))


def test_an_unreachable_backup_is_named(bench: Bench) -> None:
    bench.store.new_file_key("oa", OBJECT)
    back_up(bench.store.vault, bench.home / "stick", NOW)
    shutil.move(bench.home / "stick", bench.home / "in a drawer")
    assert bench.store.destroy_files(["oa"]).unreachable_backups == (str(bench.home / "stick"),)


def test_deeds_are_not_nested(bench: Bench) -> None:
    with bench.store.vault.reading(), pytest.raises(RuntimeError):
        bench.store.open_key("oa")
