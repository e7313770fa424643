"""Every way to tamper with a ledger is found and named; what cannot be shown is said."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from archive.ledger.bodies import encrypt_body
from archive.ledger.keys import LedgerKeys, generate_key_bytes
from archive.ledger.rules.leaf import leaf_data
from archive.ledger.rules.merkle import fold, hash_leaf, root_of
from archive.ledger.rules.notes import parse_checkpoint, parse_note
from archive.ledger.service import latest_checkpoint, verify_ledger
from archive.ledger.terms import Checkpoint, LedgerFinding, Pin
from tests.archive.ledger.support import ORIGIN, LedgerHouse

COPY = (
    "INSERT INTO ledger_entry (entry_id, ledger, seq, kind, at, salt, actor_id, duty, subject, unit, tier, "
    "key_id, body_commitment, row_commitment, body) SELECT 'entry_forged', ledger, ?, kind, at, salt, actor_id, duty, "
    "subject, unit, tier, key_id, body_commitment, row_commitment, body FROM ledger_entry WHERE seq = 4"
)


def alarms(found: list[LedgerFinding]) -> list[tuple[str, int | None]]:
    return [(str(one.code), one.index) for one in found if not one.is_note]


def tile_of(house: LedgerHouse, level: int, index: int) -> bytes:
    with house.engine.connect() as connection:
        return bytes(
            connection.exec_driver_sql(
                "SELECT hashes FROM ledger_tile WHERE level = ? AND tile = ?", (level, index)
            ).scalar_one()
        )


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> LedgerHouse:
    """Three rounds: 600 entries, two full tiles, a partial one, and three checkpoints."""
    made = LedgerHouse(tmp_path_factory.mktemp("ledger") / "template.db")
    made.grow(250, 262, 88)
    made.close()
    return made


@pytest.fixture
def grown(template: LedgerHouse, tmp_path: Path) -> Iterator[LedgerHouse]:
    """A copy of the template that a test may tamper with."""
    shutil.copy(template.path, tmp_path / "anjuan.db")
    found = LedgerHouse(tmp_path / "anjuan.db")
    found.now = template.now
    yield found
    found.close()


def test_a_whole_ledger_says_what_it_cannot_prove(grown: LedgerHouse) -> None:
    found = grown.verify()
    assert [str(one.code) for one in found] == ["not-provable"]
    assert found[0].en == "No outside anchor was given: intact; not provable against this machine's owner."
    assert found[0].zh
    pin = grown.pin()
    grown.grow(10)
    found = grown.verify([pin])
    assert [(str(one.code), one.index) for one in found] == [("pinned-until", 600)]
    assert "600" in found[0].en and "610" in found[0].zh
    with grown.sessions() as session:
        assert {one.code for one in verify_ledger(session, "activity")} == {"unsigned", "not-provable"}
        assert [one.code for one in verify_ledger(session, "release", (), grown.vkeys)] == ["not-provable"]


def test_a_signed_ledger_without_any_entry_is_whole_and_its_edited_head_is_told(house: LedgerHouse) -> None:
    house.grow(0)
    pin = house.pin()
    assert pin.checkpoint.size == 0
    assert [str(one.code) for one in house.verify()] == ["not-provable"]
    assert [str(one.code) for one in house.verify([pin])] == ["pinned-until"]
    assert house.edit("UPDATE ledger_head SET root = zeroblob(32)") == 1
    assert [code for code, _ in alarms(house.verify())] == ["head-edited"]


@pytest.mark.parametrize("index", [0, 255, 300, 511, 512, 599])
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("kind = 'case.seen'", "entry-edited"),
        ("at = '2026-03-01T08:00:00.000000Z'", "entry-edited"),
        ("entry_id = 'entry_other'", "entry-edited"),
        ("body_commitment = 'x' || substr(body_commitment, 2)", "entry-edited"),
        ("row_commitment = 'x' || substr(row_commitment, 2)", "entry-edited"),
        ("actor_id = 'person_wang'", "entry-edited"),
        ("subject = 'case_other'", "entry-edited"),
        ("duty = ''", "entry-edited"),
        ("unit = '000'", "entry-edited"),
        ("tier = 'secret'", "entry-edited"),
        ("salt = 'ff' || substr(salt, 3)", "entry-edited"),
        ("key_id = 'body:310101:2027:general'", "body-edited"),
        ("body = zeroblob(length(body))", "body-edited"),
        ("body = 'text'", "body-edited"),
        ("body = substr(body, 1, length(body) - 1)", "body-edited"),
    ],
)
def test_an_edited_row_is_named(grown: LedgerHouse, change: str, code: str, index: int) -> None:
    assert grown.edit(f"UPDATE ledger_entry SET {change} WHERE seq - 1 = {index}") == 1
    found = alarms(grown.verify())
    assert (code, index) in found and {place for _, place in found} == {index}
    shallow = {place for _, place in alarms(grown.verify(deep=False, with_keys=False))}
    assert shallow == {index}


def shift(house: LedgerHouse, first: int, by: int) -> None:
    """Renumbers the entries from ``first`` on; through large numbers, for none may stand twice."""
    house.edit("UPDATE ledger_entry SET seq = seq + 100000 WHERE seq > ?", first)
    house.edit("UPDATE ledger_entry SET seq = seq - 100000 + ? WHERE seq > 50000", by)


def test_removed_rows_are_named(grown: LedgerHouse) -> None:
    grown.edit("DELETE FROM ledger_entry WHERE seq IN (8, 9, 301)")
    found = grown.verify()
    assert alarms(found) == [("entry-missing", 7), ("entry-missing", 300)]
    assert "2 entries from leaf 7" in found[0].en


def test_a_removed_row_is_found_though_the_others_close_up(grown: LedgerHouse) -> None:
    grown.edit("DELETE FROM ledger_entry WHERE seq = 301")
    shift(grown, 301, -1)
    assert ("entry-missing", 300) in alarms(grown.verify())


def test_an_inserted_row_is_named(grown: LedgerHouse) -> None:
    grown.edit(COPY, 601)
    assert alarms(grown.verify()) == [("entry-stray", None)]


def test_an_inserted_row_is_found_though_the_others_move_up(grown: LedgerHouse) -> None:
    shift(grown, 300, 1)
    grown.edit(COPY, 301)
    found = alarms(grown.verify())
    assert ("entry-inserted", 300) in found and "entry-edited" not in {code for code, _ in found}


def test_swapped_rows_are_named(grown: LedgerHouse) -> None:
    for old, new in ((6, -1), (401, 6), (-1, 401)):
        grown.edit("UPDATE ledger_entry SET seq = ? WHERE seq = ?", new, old)
    assert alarms(grown.verify()) == [("entry-moved", 5), ("entry-moved", 400)]


def test_a_cut_tail_is_named(grown: LedgerHouse) -> None:
    grown.edit("DELETE FROM ledger_entry WHERE seq > 590")
    assert alarms(grown.verify()) == [("tail-cut", 590)]


def cut_cleanly(house: LedgerHouse, size: int) -> None:
    """Cuts entries, tiles and head to ``size`` (in the last tile), and forgets the later checkpoints."""
    edge = tile_of(house, 0, 2)[: (size - 512) * 32]
    root = root_of(tile_of(house, 0, 0) + tile_of(house, 0, 1) + edge)
    house.edit("DELETE FROM ledger_entry WHERE seq > ?", size)
    house.edit("UPDATE ledger_run SET count = ?", size)
    house.edit("UPDATE ledger_tile SET hashes = ? WHERE level = 0 AND tile = 2", edge)
    house.edit("UPDATE ledger_head SET size = ?, root = ?", size, root)
    house.edit("DELETE FROM ledger_checkpoint WHERE size > ?", size)


def test_a_clean_cut_is_found_from_outside_only(grown: LedgerHouse) -> None:
    pin = grown.pin()
    cut_cleanly(grown, 590)
    assert alarms(grown.verify()) == []
    found = grown.verify([pin])
    assert alarms(found) == [("rolled-back", 590)]
    assert "stick" in found[0].en and "600" in found[0].zh


def test_a_cut_that_leaves_its_checkpoint_is_named(grown: LedgerHouse) -> None:
    note = grown.checkpoint()
    cut_cleanly(grown, 590)
    root = root_of(tile_of(grown, 0, 0))
    grown.edit("INSERT INTO ledger_checkpoint VALUES ('activity', 600, ?, ?, ?)", root, "2026-03-01T08:00:00.0Z", note)
    assert ("checkpoint-bad", None) in alarms(grown.verify())
    grown.edit("DELETE FROM ledger_entry WHERE seq > 580")
    assert ("tail-cut", 580) in alarms(grown.verify())


def test_a_database_put_back_is_found_from_outside(tmp_path: Path) -> None:
    house = LedgerHouse(tmp_path / "anjuan.db")
    house.grow(300)
    house.close()
    shutil.copy(house.path, tmp_path / "older.db")
    house.grow(30)
    pin = house.pin()
    house.close()
    shutil.copy(tmp_path / "older.db", house.path)
    assert alarms(house.verify()) == []
    assert alarms(house.verify([pin])) == [("rolled-back", 300)]
    # history goes on from there and overtakes the pin: it is another one
    house.grow(60)
    assert alarms(house.verify([pin])) == [("rewritten", 0)]
    house.close()


@pytest.mark.parametrize(("level", "index"), [(0, 0), (0, 1), (0, 2), (1, 0)])
def test_an_edited_node_is_named(grown: LedgerHouse, level: int, index: int) -> None:
    hashes = bytearray(tile_of(grown, level, index))
    hashes[40] ^= 1
    grown.edit("UPDATE ledger_tile SET hashes = ? WHERE level = ? AND tile = ?", bytes(hashes), level, index)
    found = grown.verify()
    assert alarms(found) == [("node-edited", None)]
    assert f"tile {level}/{index}" in found[0].en


def test_an_edited_node_beyond_an_older_checkpoint_is_named(house: LedgerHouse) -> None:
    house.grow(10, 10, 22)
    hashes = bytearray(tile_of(house, 0, 0))
    hashes[30 * 32] ^= 1
    house.edit("UPDATE ledger_tile SET hashes = ?", bytes(hashes))
    assert alarms(house.verify([house_pin(house)])) == [("node-edited", None)]


def house_pin(house: LedgerHouse) -> Pin:
    """The newest checkpoint that the ledger holds, as if it had been kept outside."""
    with house.sessions() as session:
        note = latest_checkpoint(session, house.ledger)
    assert note is not None
    return Pin(parse_checkpoint(parse_note(note).text), note, "stick")


def test_a_removed_tile_is_named(grown: LedgerHouse) -> None:
    grown.edit("DELETE FROM ledger_tile WHERE level = 0 AND tile = 1")
    assert alarms(grown.verify()) == [("node-edited", None)]


@pytest.mark.parametrize("change", ["size = 599", "root = zeroblob(32)", "size = 0", "size = 601"])
def test_an_edited_head_is_named(grown: LedgerHouse, change: str) -> None:
    grown.edit(f"UPDATE ledger_head SET {change}")
    assert {"head-edited", "tail-cut"} & {code for code, _ in alarms(grown.verify())}
    if change == "size = 601":
        assert ("tail-cut", 600) in alarms(grown.verify())


def quick(house: LedgerHouse, *pins: Pin) -> list[LedgerFinding]:
    """An audit without any body key."""
    return house.verify(pins, deep=False, with_keys=False)


def rewrite(house: LedgerHouse, index: int) -> None:
    """Rewrites the row ``index``, all tiles above it and the head, consistently, as an owner of the machine can."""
    house.edit("UPDATE ledger_entry SET kind = 'case.seen' WHERE seq = ?", index + 1)
    with house.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT ledger, entry_id, kind, at, body_commitment, row_commitment FROM ledger_entry ORDER BY seq"
        ).all()
    hashes = [hash_leaf(leaf_data(*row)) for row in rows]
    full = [b"".join(hashes[at : at + 256]) for at in range(0, len(hashes), 256)]
    for at, tile in enumerate(full):
        house.edit("UPDATE ledger_tile SET hashes = ? WHERE level = 0 AND tile = ?", tile, at)
    upper = b"".join(fold(tile) for tile in full if len(tile) == 8192)
    house.edit("UPDATE ledger_tile SET hashes = ? WHERE level = 1", upper)
    house.edit("UPDATE ledger_head SET root = ?", root_of(b"".join(hashes)))


def test_a_consistent_rewrite_fails_the_checkpoint_and_the_pin(grown: LedgerHouse) -> None:
    pin = grown.pin()
    rewrite(grown, 20)
    assert alarms(quick(grown, pin)) == [("rewritten", 0)] * 2
    assert alarms(quick(grown)) == [("rewritten", 0)]
    # the body is bound to the kind: who can open it can name the entry
    assert ("body-edited", 20) in alarms(grown.verify())
    # with the signing key the owner makes new checkpoints too: only the pin tells
    grown.edit("DELETE FROM ledger_checkpoint")
    grown.checkpoint()
    assert alarms(quick(grown)) == []
    assert alarms(quick(grown, pin)) == [("rewritten", 0)]


def test_the_pins_tell_between_which_sizes_history_was_rewritten(grown: LedgerHouse) -> None:
    early = grown.pin()
    grown.grow(50)
    late = grown.pin()
    rewrite(grown, 620)
    grown.edit("DELETE FROM ledger_checkpoint")
    grown.checkpoint()
    found = quick(grown, early, late)
    assert alarms(found) == [("rewritten", 600)]
    assert "between leaf 600 and size 650" in found[0].en


def test_a_row_rewritten_with_its_leaf_hash_is_found(grown: LedgerHouse) -> None:
    tile = tile_of(grown, 0, 0)
    grown.edit("UPDATE ledger_entry SET kind = 'case.seen' WHERE seq = 10")
    with grown.engine.connect() as connection:
        row = connection.exec_driver_sql(
            "SELECT ledger, entry_id, kind, at, body_commitment, row_commitment FROM ledger_entry WHERE seq = 10"
        ).one()
    forged = tile[: 9 * 32] + hash_leaf(leaf_data(*row)) + tile[10 * 32 :]
    grown.edit("UPDATE ledger_tile SET hashes = ? WHERE level = 0 AND tile = 0", forged)
    assert "rewritten" in {code for code, _ in alarms(grown.verify())}


def test_a_body_of_another_entry_is_found(grown: LedgerHouse) -> None:
    """Forged before it got its leaf: the row agrees with itself, and only opening the body tells."""
    house = grown
    entry = house.record()[0]
    _, key = house.bodies.key_for("310101", 2026, "general")
    sealed, commitment = encrypt_body(key, "activity", "entry_other", "case.read", "x", {"a": 1})
    with house.engine.connect() as connection:
        columns = connection.exec_driver_sql(
            "SELECT salt || char(10) || actor_id || char(10) || duty || char(10) || subject || char(10) || unit || "
            "char(10) || tier || char(10) || key_id || char(10) FROM ledger_entry WHERE entry_id = ?", (entry,)
        ).scalar_one()  # fmt: skip
    row_commitment = sha256(columns.encode() + sealed).hexdigest()
    house.edit(
        "UPDATE ledger_entry SET body = ?, body_commitment = ?, row_commitment = ? WHERE entry_id = ?",
        sealed, commitment, row_commitment, entry,
    )  # fmt: skip
    assert alarms(house.verify()) == [("entry-edited", None), ("body-edited", None)]
    with house.engine.connect() as connection:
        row = connection.exec_driver_sql(
            "SELECT ledger, entry_id, kind, at, body_commitment, row_commitment FROM ledger_entry WHERE seq = 601"
        ).one()
    house.edit("UPDATE ledger_pending SET leaf_hash = ?", hash_leaf(leaf_data(*row)))
    house.sequence()
    house.checkpoint()
    assert alarms(house.verify()) == [("body-edited", 600)]
    assert alarms(house.verify(deep=False)) == []


def test_locked_tiers_are_checked_without_their_key(house: LedgerHouse) -> None:
    house.record(3, tier="secret")
    house.grow(3)
    house.bodies.locked.add("secret")
    assert [str(one.code) for one in house.verify()] == ["body-locked", "not-provable"]
    house.edit("UPDATE ledger_entry SET body = zeroblob(99) WHERE seq = 2")
    assert alarms(house.verify()) == [("entry-edited", 1)]
    house.bodies.locked.clear()
    assert alarms(house.verify()) == [("body-edited", 1)]


def test_an_entry_that_never_gets_its_leaf_is_an_alarm(house: LedgerHouse) -> None:
    house.record(2)
    assert alarms(house.verify()) == []
    house.now += timedelta(seconds=90)
    found = house.verify()
    assert alarms(found) == [("entry-unsequenced", None)]
    assert "2 entries" in found[0].en and "2026-03-01T08:00:01.123456Z" in found[0].en


def test_false_pins_and_checkpoints_are_told(grown: LedgerHouse) -> None:
    pin = grown.pin()
    other = LedgerKeys.from_bytes(ORIGIN, generate_key_bytes())
    foreign = Pin(pin.checkpoint, other.sign(pin.checkpoint, 1), "mail")
    stray = Pin(Checkpoint("another/log", 3, bytes(32)), source="paper")
    twisted = Pin(Checkpoint(ORIGIN, 5, bytes(32)), pin.note, "stick")
    found = grown.verify([foreign, stray, twisted])
    assert alarms(found) == [("pin-bad", None)] * 3
    assert any("even without these findings" in one.en for one in found)
    typed = Pin(pin.checkpoint, source="paper")
    assert alarms(grown.verify([typed])) == []
    grown.edit("UPDATE ledger_checkpoint SET note = ? WHERE size = 600", foreign.note)
    assert alarms(grown.verify([typed])) == [("checkpoint-bad", None)]
    grown.edit("UPDATE ledger_checkpoint SET note = ? WHERE size = 250", b"junk")
    assert alarms(grown.verify([typed])) == [("checkpoint-bad", None)] * 2


def test_many_findings_are_cut_short(grown: LedgerHouse) -> None:
    grown.edit("UPDATE ledger_entry SET subject = 'x' WHERE seq % 2 = 0")
    found = grown.verify()
    assert len(alarms(found)) == 50


def test_what_happens_before_the_leaf_is_found_too(grown: LedgerHouse) -> None:
    entries = grown.record(4)
    grown.edit("DELETE FROM ledger_pending WHERE seq = 601")
    grown.edit("DELETE FROM ledger_entry WHERE seq = 602")
    grown.edit("UPDATE ledger_entry SET kind = 'case.seen' WHERE seq = 603")
    found = grown.verify(deep=False)
    assert sorted(code for code, _ in alarms(found)) == ["entry-edited", "entry-stray", "queue-broken"]
    assert {entries[0], entries[2]} <= {one.entry_id for one in found}


@pytest.mark.parametrize("change", ["count = 599", "first_seq = 2", "first_leaf = 1", "count = 601"])
def test_edited_places_are_found(grown: LedgerHouse, change: str) -> None:
    grown.edit(f"UPDATE ledger_run SET {change}")
    assert {"head-edited", "entry-moved"} & {code for code, _ in alarms(grown.verify())}


def test_entries_of_both_ledgers_lie_between_each_other(tmp_path: Path) -> None:
    house = LedgerHouse(tmp_path / "anjuan.db")
    for _ in range(40):
        house.ledger = "activity"
        house.record(9)
        house.ledger = "release"
        house.record(1)
    for name, size in (("activity", 360), ("release", 40)):
        house.ledger = name
        assert house.sequence(batch=25) == size
        house.checkpoint()
        assert alarms(house.verify()) == []
    house.edit("UPDATE ledger_entry SET ledger = 'activity' WHERE seq = 10")
    assert alarms(house.verify()) == [("entry-missing", 0)]
    house.ledger = "activity"
    assert alarms(house.verify()) == [("entry-stray", None)]
    house.close()
