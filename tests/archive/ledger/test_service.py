"""Recording, sequencing, signing and proving on a real database."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from rfc8785 import CanonicalizationError
from sqlalchemy import event

from archive.kernel.canonical import canonical, parse
from archive.kernel.refusals import Refusal
from archive.ledger.rules.leaf import commit_body, leaf_data
from archive.ledger.rules.merkle import hash_leaf, is_consistent, root_of
from archive.ledger.rules.notes import NoteError, parse_checkpoint, parse_note, verify_checkpoint
from archive.ledger.rules.proof_file import verify_proof
from archive.ledger.service import (
    DatabaseJournal,
    Sequencer,
    disclose,
    find_entries,
    journal_maker,
    latest_checkpoint,
    prove,
    prove_consistency,
    read_head,
    require_inclusion,
    sequence,
    sign_checkpoint,
)
from archive.ledger.service.checkpoints import mark_witness
from archive.ledger.service.places import read_places
from archive.ledger.service.rows import read_rows
from archive.ledger.tables import LedgerMarkRow
from tests.archive.ledger.support import OFFICER, ORIGIN, LedgerHouse


def leaves(house: LedgerHouse) -> list[bytes]:
    with house.sessions() as session:
        size = read_head(session, house.ledger).size
        places = read_places(session, house.ledger, size)
        assert places.fault() == ""
        rows = read_rows(session, house.ledger, places.spans(0, size))
        assert sorted(rows) == list(range(size))
        return [leaf_data(house.ledger, *rows[leaf][1:6]) for leaf in range(size)]


def test_a_deed_that_fails_leaves_no_entry(house: LedgerHouse) -> None:
    with pytest.raises(RuntimeError), house.sessions() as session, session.begin():
        house.record_in(session)
        raise RuntimeError("the deed failed")
    assert house.sequence() == 0
    house.record(3)
    assert house.sequence() == 3


def test_nothing_clear_stands_in_the_row(house: LedgerHouse) -> None:
    house.record()
    with house.sessions() as session, session.begin():
        DatabaseJournal(session, house.now, OFFICER, house.bodies).record("search.find", "张三 的案卷", {"q": "偷税"})
    data = house.path.read_bytes()
    assert not [word for word in ("张三", "李四", "偷税", 'archivist"') if word.encode() in data]
    with house.sessions() as session:
        found = find_entries(session, "activity", house.bodies)
        assert [(one.kind, one.subject, one.body_state) for one in found] == [
            ("search.find", "", "open"),
            ("case.read", "case_abc", "open"),
        ]
        assert found[0].body is not None and found[0].body["subject"] == "张三 的案卷"
        assert found[0].body["actor"]["name"] == "李四" and found[0].body["facts"] == {"q": "偷税"}
        assert find_entries(session, "activity", house.bodies, kind="case.read", before_seq=found[0].seq)[0].seq == 1
        assert not find_entries(session, "release", house.bodies)
        assert not find_entries(session, "activity", house.bodies, actor_id="person_other")


def test_what_cannot_be_recorded_raises_at_once(house: LedgerHouse) -> None:
    house.bodies.locked.add("secret")
    with house.sessions() as session, session.begin():
        journal = journal_maker(house.bodies)(session, house.now, OFFICER)
        with pytest.raises(Refusal, match="tier-locked"):
            journal.record("case.read", "case_a", {}, tier="secret")
        with pytest.raises(ValueError, match="gossip"):
            journal.record("case.read", "case_a", {}, ledger="gossip")
        with pytest.raises(ValueError, match="not a kind"):
            journal.record("Case Read", "case_a", {})
        with pytest.raises(CanonicalizationError):
            journal.record("case.read", "case_a", {"at": object()})
    house.edit("DROP TABLE ledger_entry")
    with house.sessions() as session, pytest.raises(Exception, match="no such table"):
        DatabaseJournal(session, house.now, OFFICER, house.bodies).record("case.read", "case_a", {})


def test_leaves_follow_the_order_of_insertion(house: LedgerHouse) -> None:
    entries = [*house.record(5), *house.record(700)]
    assert house.sequence(batch=300) == 705
    data = leaves(house)
    assert [parse(leaf)["id"] for leaf in data] == entries
    with house.sessions() as session:
        head = read_head(session, "activity")
    assert (head.size, head.root) == (705, root_of(b"".join(map(hash_leaf, data))))
    assert house.sequence() == 0


def test_the_two_ledgers_do_not_count_each_other(house: LedgerHouse) -> None:
    house.record(3)
    house.ledger = "release"
    house.record(2)
    assert Sequencer(house.sessions).run() == {"activity": 3, "release": 2}
    with house.sessions() as session:
        assert read_head(session, "activity").size == 3 and read_head(session, "release").size == 2


def test_two_sequencers_give_each_entry_one_leaf(house: LedgerHouse) -> None:
    house.record(400)
    done: list[int] = []
    workers = [threading.Thread(target=lambda: done.append(house.sequence(batch=17))) for _ in range(2)]
    for worker in workers:
        worker.start()
    house.record(50)
    for worker in workers:
        worker.join()
    house.sequence()
    assert len(leaves(house)) == 450 and sum(done) >= 400
    house.checkpoint()
    assert house.codes() == set()


def test_a_moved_head_is_noticed(house: LedgerHouse) -> None:
    house.grow(3)
    house.record(2)
    house.edit("CREATE TRIGGER late BEFORE UPDATE ON ledger_tile BEGIN UPDATE ledger_head SET size = size + 1; END")
    with pytest.raises(RuntimeError, match="another sequencer"), house.sessions() as session, session.begin():
        sequence(session, "activity")
    house.edit("DROP TRIGGER late")
    assert house.sequence() == 2
    assert house.codes() == set()


def test_an_edge_that_contradicts_the_head_stops_the_sequencer(house: LedgerHouse) -> None:
    house.grow(3)
    house.record(1)
    house.edit("UPDATE ledger_head SET size = 2")
    with pytest.raises(RuntimeError, match="disagree"):
        house.sequence()


class Killed(Exception):
    """Stands for a process that dies."""


def test_killed_at_any_statement_it_goes_on(house: LedgerHouse) -> None:
    house.grow(250)
    entries = house.record(20)
    fuse = [0]

    def burn(*_: object) -> None:
        fuse[0] -= 1
        if fuse[0] == 0:
            raise Killed

    event.listen(house.engine, "before_cursor_execute", burn)
    points = 0
    while True:
        fuse[0] = points + 1
        try:
            house.sequence()
        except Killed:
            points += 1
            fuse[0] = 0
            assert len(leaves(house)) == 250
            assert house.codes() == set()
            continue
        break
    event.remove(house.engine, "before_cursor_execute", burn)
    assert points >= 7
    assert [parse(leaf)["id"] for leaf in leaves(house)[250:]] == entries
    house.checkpoint()
    assert house.codes() == set()


def test_checkpoints_are_signed_and_kept(house: LedgerHouse) -> None:
    with house.sessions() as session:
        assert latest_checkpoint(session, "activity") is None
    house.grow(4)
    note = house.checkpoint()
    assert house.checkpoint() == note
    assert verify_checkpoint(note, house.vkeys, ORIGIN).size == 4
    house.grow(3)
    with house.sessions() as session:
        newest = latest_checkpoint(session, "activity")
    assert newest is not None and verify_checkpoint(newest, house.vkeys).size == 7


def test_no_checkpoint_contradicts_another(house: LedgerHouse) -> None:
    house.grow(4)
    house.record(1)
    house.sequence()
    house.edit("UPDATE ledger_tile SET hashes = zeroblob(160)")
    with pytest.raises(Refusal, match="ledger-contradicts"):
        house.checkpoint()
    house.edit("DELETE FROM ledger_checkpoint")
    with pytest.raises(Refusal, match="ledger-contradicts"):
        house.checkpoint()
    house.edit("DELETE FROM ledger_tile")
    with pytest.raises(ValueError, match="too short"):
        house.checkpoint()


def test_a_clock_that_jumps_back_stops_signing(house: LedgerHouse) -> None:
    house.grow(4)
    house.now -= timedelta(days=1)
    house.record(1)
    house.sequence()
    with pytest.raises(Refusal, match="clock-backwards"):
        house.checkpoint()


def test_a_forged_own_checkpoint_is_not_built_upon(house: LedgerHouse) -> None:
    house.grow(4)
    forged = house.checkpoint().replace(b"\n4\n", b"\n5\n")
    house.edit("UPDATE ledger_checkpoint SET note = ?", forged)
    with pytest.raises(NoteError, match="is wrong"):
        house.checkpoint()


def test_a_proof_is_verified_without_the_database(house: LedgerHouse) -> None:
    entries = house.grow(100, 300, 5)
    for index in (0, 255, 256, 404):
        with house.sessions() as session:
            data = prove(session, entries[index])
            opened = disclose(session, entries[index], house.bodies)
        proven = verify_proof(data, house.vkeys, ORIGIN)
        assert (proven.index, proven.checkpoint.size) == (index, 405)
        leaf = parse(proven.data)
        assert leaf["id"] == entries[index] and opened.leaf == proven.data
        assert leaf["body"] == commit_body(opened.salt, canonical(opened.body))


def test_proofs_wait_for_leaf_and_checkpoint(house: LedgerHouse) -> None:
    entry = house.record()[0]
    with house.sessions() as session:
        for deed in (prove, require_inclusion):
            with pytest.raises(Refusal, match="proof-pending"):
                deed(session, entry)
            with pytest.raises(Refusal, match="entry-unknown"):
                deed(session, "entry_none")
        with pytest.raises(Refusal, match="size-unknown"):
            prove_consistency(session, "activity", 0)
    house.sequence()
    with house.sessions() as session:
        assert require_inclusion(session, entry) == 0
        with pytest.raises(Refusal, match="proof-pending"):
            prove(session, entry)
    house.checkpoint()
    with house.sessions() as session:
        assert prove(session, entry)


def test_growth_is_proven_between_any_two_checkpoints(house: LedgerHouse) -> None:
    heads = []
    for count in (1, 255, 1, 300):
        house.grow(count)
        heads.append(parse_checkpoint(parse_note(house.checkpoint()).text))
    with house.sessions() as session:
        for old in heads:
            proof = prove_consistency(session, "activity", old.size)
            new = verify_checkpoint(proof.checkpoint, house.vkeys)
            assert is_consistent(old.size, old.root, new.size, new.root, proof.path)
        for size in (-1, 558):
            with pytest.raises(Refusal, match="size-unknown"):
                prove_consistency(session, "activity", size)


def test_a_shredded_body_leaves_the_tree_whole(house: LedgerHouse) -> None:
    entries = house.grow(5)
    house.bodies.shredded.add("body:310101:2026:general")
    with house.sessions() as session:
        with pytest.raises(Refusal, match="key-destroyed"):
            disclose(session, entries[0], house.bodies)
        assert verify_proof(prove(session, entries[0]), house.vkeys).index == 0
        assert find_entries(session, "activity", house.bodies)[0].body_state == "closed"
    found = house.verify()
    assert {one.code for one in found} == {"body-locked", "not-provable"}


def test_an_edited_body_is_not_disclosed(house: LedgerHouse) -> None:
    entries = house.grow(3)
    house.edit("UPDATE ledger_entry SET body_commitment = ? WHERE seq = 2", "0" * 64)
    house.edit("UPDATE ledger_entry SET body = zeroblob(100) WHERE seq = 3")
    with house.sessions() as session:
        with pytest.raises(ValueError, match="not the one"):
            disclose(session, entries[1], house.bodies)
        with pytest.raises(ValueError, match="does not open"):
            disclose(session, entries[2], house.bodies)
        states = [one.body_state for one in find_entries(session, "activity", house.bodies)]
    assert states == ["changed", "changed", "open"]


def test_marks_only_rise(house: LedgerHouse) -> None:
    small, large = house.pin().checkpoint, None
    house.grow(3)
    large = house.pin().checkpoint
    with house.sessions() as session, session.begin():
        for one in (small, large, small):
            mark_witness(session, "activity", "stick", one, house.now)
        row = session.get(LedgerMarkRow, ("activity", "stick"))
        assert row is not None and row.size == 3


def test_an_empty_ledger_can_be_signed(house: LedgerHouse) -> None:
    with house.sessions() as session, session.begin():
        assert parse_checkpoint(parse_note(sign_checkpoint(session, "release", house.keys, house.now)).text).size == 0
