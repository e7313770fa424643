"""Sealing: all or nothing, what it waits for, and a crash at every port it touches."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from archive.installation import Ledgers
from archive.kernel.clock import FixedClock
from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.ocfl.reading import read_object
from archive.ports import object_id
from archive.service.sealing import SealReceipt, seal_case
from archive.service.verifying import verify_case
from archive.tables import CaseRow, FileRow, IntentRow, SealRow
from archive.terms import SealState, Tier
from tests.support.cases import PRIVATE, Paper, add_version, describe_example, outside_anchors, seal_example
from tests.support.faults import Died, Fault, faulty, without_signer, without_stamps
from tests.support.house import House, make_house, open_house, person
from tests.support.tampering import broken

ONE = (Paper("立案审批表"),)


def _seal(house: House, case_id: CaseId) -> SealReceipt:
    return seal_case(house.holdings, person(house, "archivist"), case_id)


def _is_sealed_once(house: House, case_id: CaseId, versions: int = 1, *, deep: bool = True) -> None:
    """One row, one entry and one version for each seal, nothing left over, and everything verifies."""
    identity = object_id(case_id)
    with house.works.sessions() as session:
        row = session.get_one(CaseRow, case_id)
        assert (row.state, row.version) == (SealState.SEALED, versions)
        assert session.get(IntentRow, case_id) is None
        seals = session.scalar(select(func.count()).select_from(SealRow).where(SealRow.case_id == case_id))
        files = set(session.scalars(select(FileRow.id).where(FileRow.case_id == case_id)))
    assert seals == versions
    assert len(house.holdings.checkpoints.entries("case.sealed", case_id)) == versions
    assert house.holdings.keys.file_ids(identity) == files
    folder = house.holdings.store.object_folder(identity)
    assert folder is not None and len(read_object(folder).inventory.versions) == versions
    note = house.ports.get(Ledgers).newest()
    anchors = outside_anchors(house, [note])
    layers = verify_case(house.holdings, person(house, "archivist"), case_id, anchors, deep=deep)
    assert not broken(finding for layer in layers for finding in layer.findings)
    staging = house.path / "store.staging" / identity.rpartition(":")[2]
    assert not staging.exists()


def test_a_seal_is_made_once_and_a_rerun_gives_its_receipt(house: House) -> None:
    case_id = describe_example(house)
    receipt = _seal(house, case_id)
    assert (receipt.state, receipt.version, receipt.trial, receipt.waits_for) == (SealState.SEALED, 1, True, ())
    assert receipt.stamped_at is not None and receipt.sealed_at is not None
    house.clock.advance(timedelta(minutes=1))
    assert _seal(house, case_id) == receipt
    _is_sealed_once(house, case_id)


def test_while_a_tier_is_locked_the_case_waits_and_names_it(tmp_path: Path) -> None:
    house = make_house(tmp_path / "home")
    case_id = describe_example(house, (Paper("身份证明", PRIVATE),))
    locked = open_house(house.path, house.clock, unlocked=False)
    locked.people.update(house.people)
    waiting = _seal(locked, case_id)
    assert (waiting.state, waiting.waits_for, waiting.sealed_at) == (SealState.AWAITING_UNLOCK, ("personal",), None)
    assert locked.holdings.store.object_folder(object_id(case_id)) is None
    locked.unlock(Tier.PERSONAL)
    assert _seal(locked, case_id).state is SealState.SEALED
    _is_sealed_once(locked, case_id)


@pytest.mark.parametrize("pages_too", [False, True])
def test_while_the_authority_is_away_the_case_is_never_called_sealed(house: House, pages_too: bool) -> None:
    case_id = describe_example(house, ONE)
    away = without_stamps(house.holdings, pages_too=pages_too)
    for _ in range(2):
        waiting = seal_case(away, person(house, "archivist"), case_id)
        assert (waiting.state, waiting.waits_for, waiting.version) == (SealState.AWAITING_STAMP, ("tsa",), 0)
        assert house.holdings.store.object_folder(object_id(case_id)) is None
        assert not house.holdings.checkpoints.entries("case.sealed", case_id)
    assert _seal(house, case_id).state is SealState.SEALED
    _is_sealed_once(house, case_id)


def test_while_the_signing_key_is_away_the_case_waits_and_says_for_what(house: House) -> None:
    case_id = describe_example(house, ONE)
    waiting = seal_case(without_signer(house.holdings), person(house, "archivist"), case_id)
    assert (waiting.state, waiting.waits_for, waiting.version) == (SealState.AWAITING_STAMP, ("signer",), 0)
    assert house.holdings.store.object_folder(object_id(case_id)) is None
    assert _seal(house, case_id).state is SealState.SEALED


def test_a_clock_behind_the_newest_seal_stops_sealing(fresh: House) -> None:
    seal_example(fresh, ONE)
    case_id = describe_example(fresh, ONE)
    late = FixedClock(fresh.clock.now() - timedelta(hours=1))
    back = open_house(fresh.path, late)
    back.people.update(fresh.people)
    with pytest.raises(Refusal) as refused:
        _seal(back, case_id)
    assert refused.value.code == "archive.clock-backwards"
    assert back.holdings.store.object_folder(object_id(case_id)) is None


def test_strangers_cannot_seal(house: House) -> None:
    case_id = describe_example(house, ONE)
    for login in ("foreign", "party", "auditor", "deputy"):
        with pytest.raises(Refusal):
            seal_case(house.holdings, person(house, login), case_id)


def test_a_late_document_is_a_new_version_and_the_first_stays_byte_for_byte(house: House) -> None:
    example = seal_example(house, ONE)
    before = {path: path.read_bytes() for path in example.folder.rglob("v1/**/*") if path.is_file()}
    add_version(house, example.case_id, Paper("判决书"))
    assert {path: path.read_bytes() for path in before} == before
    _is_sealed_once(house, example.case_id, versions=2)


POINTS = [
    ("works.commit", 1, False), ("works.commit", 2, False), ("keys.new_file_key", 4, True),
    ("pdf_sealer.seal", 1, False), ("keys.assign", 1, False), ("keys.assign", 1, True), ("signer.sign_cms", 1, False),
    ("stamper.stamp", 1, False), ("store.prepare", 1, False), ("works.commit", 3, False), ("works.commit", 3, True),
    ("store.publish", 1, True), ("store.recover", 1, True), ("works.commit", 5, False), ("works.commit", 5, True),
    ("keys.close_intake", 1, False), ("store.clear_staging", 1, False), ("store.clear_staging", 1, True),
    ("checkpoints.newest", 1, True),
]  # fmt: skip
"""Call, which one, and whether it had its effect: one for each state that can be left behind."""


@pytest.mark.parametrize(("point", "at", "applied"), POINTS)
def test_after_a_crash_anywhere_a_rerun_finishes_and_seals_once(
    house: House, point: str, at: int, applied: bool
) -> None:
    case_id = describe_example(house, ONE)
    fault = Fault(point, at, applied=applied)
    with pytest.raises(Died):
        seal_case(faulty(house.holdings, fault), person(house, "archivist"), case_id)
    again = open_house(house.path, house.clock)  # another process: nothing in memory is left
    again.people.update(house.people)
    assert _seal(again, case_id).state is SealState.SEALED
    _is_sealed_once(again, case_id, deep=False)


def test_sealing_touches_no_port_that_the_crash_points_leave_out(house: House) -> None:
    """The list above is held against what sealing calls: a new call with an effect wants a point of its own."""
    fault = Fault("none")
    seal_case(faulty(house.holdings, fault), person(house, "archivist"), describe_example(house, ONE))
    reading = {"certificate_chain", "revocation_lists", "is_unlocked", "text_cipher", "intake_cipher", "file_ids"}
    reading |= {"staging_folder", "object_folder", "inventory_sha512", "open_key", "discard_files", "sign_raw"}
    reading |= {"entries", "keyed_digest"}
    called = {name for name in fault.calls if name.partition(".")[2] not in reading}
    assert called == {point for point, _, _ in POINTS}
