"""Recovery: whatever a crash left is finished, cleared, kept for resumption or put aside; nothing else is touched."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from access.ports import Counter
from archive.kernel.ids import CaseId, new_id
from archive.kernel.refusals import Refusal
from archive.ports import object_id
from archive.service.annotating import next_version
from archive.service.sealing import seal_case
from archive.service.staging import Staging
from archive.tables import CaseRow
from archive.terms import SealState
from ingest.ports import TakeIn
from ingest.service.recovery import RecoveryReport, recover
from ingest.service.take_in import take_in
from tests.support.cases import PRIVATE, Paper, describe_example
from tests.support.house import UNIT, House, make_house, open_house, person


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("recovery"))


@pytest.fixture
def house(shared: House) -> House:
    """Every test begins with nothing to recover."""
    assert _did_nothing(_recover(shared))
    return shared


def _recover(house: House) -> RecoveryReport:
    return recover(house.ports.get(TakeIn), house.ports.get(Counter))


def _did_nothing(report: RecoveryReport) -> bool:
    return report == RecoveryReport(resumable=report.resumable, waiting=report.waiting)


def _seal(house: House, *papers: Paper) -> CaseId:
    case = describe_example(house, papers or (Paper("处罚决定书"),))
    return seal_case(house.holdings, person(house, "archivist"), case).case_id


def _state(house: House, case: CaseId) -> str:
    with house.works.sessions() as session:
        return session.scalars(select(CaseRow.state).where(CaseRow.id == case)).one()


def _package(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        (folder / name).write_text(f"{folder} {name}", "utf-8")
    case = {"title": "某某案", "closed_on": "2026-10-30"}
    items = [{"title": name, "files": [name]} for name in names]
    words = {"anjuan_sip": 1, "unit": UNIT, "case": case, "items": items}
    (folder / "case.json").write_text(json.dumps(words, ensure_ascii=False), "utf-8")
    return folder


def test_an_accepted_case_is_sealed_and_a_second_run_finds_nothing(house: House) -> None:
    case = describe_example(house)
    report = _recover(house)
    assert (report.sealed, report.alarms, _state(house, case)) == ([case], [], SealState.SEALED)
    assert house.holdings.store.object_folder(object_id(case)) is not None
    assert _did_nothing(_recover(house)) and not house.holdings.store.staged()


def test_a_late_file_that_was_never_accepted_is_gone_with_its_key(house: House) -> None:
    case = _seal(house)
    before = house.holdings.keys.file_ids(object_id(case))
    Staging(house.holdings, case, 2).add_bytes(b"half a late document")
    report = _recover(house)
    assert (report.cleared, report.sealed) == ([case], [])
    assert house.holdings.keys.file_ids(object_id(case)) == before and not house.holdings.store.staged()
    with house.works.work(person(house, "archivist")) as work:
        assert next_version(work, case) == 2


def test_what_nobody_knows_goes_to_quarantine_with_every_byte(house: House) -> None:
    stranger = CaseId(new_id("case"))
    staged = Staging(house.holdings, stranger, 1).add_bytes(b"of a database that was put back")
    report = _recover(house)
    (place,) = report.quarantined
    found = Path(place) / "v1" / "content" / "data" / staged.id
    assert found.stat().st_size == staged.stored_size and not house.holdings.store.staged()
    # its key stays: a person may still open it
    assert house.holdings.keys.file_ids(object_id(stranger)) == {staged.id}


class _Interrupted(Exception):
    """The process ends here."""


class _StopAt:
    def __init__(self, name: str) -> None:
        self.name = name

    def tell(self, stage: str, name: str, done: int, total: int) -> None:
        """Interrupts before the file ``name`` is taken whole."""
        if stage == "receive" and name == self.name:
            raise _Interrupted


def test_an_interrupted_take_in_can_be_resumed_and_what_was_half_done_is_gone(house: House, tmp_path: Path) -> None:
    package = _package(tmp_path / "package", "a.txt", "b.txt")
    ports, actor = house.ports.get(TakeIn), person(house, "archivist")
    with pytest.raises(_Interrupted):
        take_in(ports, actor, package, _StopAt("b.txt"))
    (name,) = house.holdings.store.staged()
    stray = Staging(house.holdings, CaseId(name), 1).add_bytes(b"written, never recorded")
    report = _recover(house)
    assert report.resumable == [CaseId(name)] and not report.quarantined
    kept = house.holdings.keys.file_ids(object_id(CaseId(name)))
    assert len(kept) == 1 and stray.id not in kept
    receipt = take_in(ports, actor, package)
    assert (receipt.case_id, receipt.state) == (name, SealState.SEALED)


def test_a_staged_file_that_the_medium_lost_is_received_again(house: House, tmp_path: Path) -> None:
    package = _package(tmp_path / "package", "c.txt", "d.txt")
    ports, actor = house.ports.get(TakeIn), person(house, "archivist")
    with pytest.raises(_Interrupted):
        take_in(ports, actor, package, _StopAt("d.txt"))
    (name,) = house.holdings.store.staged()
    staging = Staging(house.holdings, CaseId(name), 1)
    for lost in staging.names():
        (staging.data / lost).unlink()
    assert take_in(ports, actor, package).state == SealState.SEALED


def test_what_another_hand_holds_is_left_alone(house: House) -> None:
    case = describe_example(house)
    with house.holdings.store.growing(object_id(case)) as held:
        assert held
        report = _recover(house)
        assert report.busy == [case] and _state(house, case) == SealState.ACCEPTED
    assert _recover(house).sealed == [case]


def test_a_case_that_cannot_be_recovered_is_an_alarm_and_does_not_stop_the_others(house: House) -> None:
    broken, sound = describe_example(house), describe_example(house)
    data = Staging(house.holdings, broken, 1).data
    victim = sorted(data.iterdir())[0]
    kept = victim.read_bytes()
    victim.unlink()
    report = _recover(house)
    assert report.sealed == [sound] and len(report.alarms) == 1 and broken in report.alarms[0]
    assert _state(house, broken) != SealState.SEALED
    victim.write_bytes(kept)
    assert _recover(house).sealed == [broken]


def test_a_copy_that_no_release_names_is_shredded(house: House) -> None:
    copies = house.ports.get(Counter).copies
    copies.put("release_stray", b"%PDF-1.7 of a deed that died")
    assert _recover(house).copies == ("release_stray",) and not copies.names()


def test_a_case_of_a_locked_tier_waits_for_its_unlocking(house: House) -> None:
    case = describe_example(house, (Paper("身份证明", PRIVATE),))
    locked = open_house(house.path, house.clock, unlocked=False)
    report = _recover(locked)
    assert report.waiting == {case: ("personal",)} and not report.alarms
    house.clock.advance(timedelta(minutes=1))
    assert _recover(house).sealed == [case]


def test_a_destroyed_case_is_never_sealed_again(house: House) -> None:
    case = _seal(house)
    with house.works.work(person(house, "archivist")) as work:
        work.session.get_one(CaseRow, case).state = SealState.DESTROYED
    with pytest.raises(Refusal) as gone:
        seal_case(house.holdings, person(house, "archivist"), case)
    assert gone.value.code == "archive.case-not-sealed"
    with house.works.work(person(house, "archivist")) as work:
        work.session.get_one(CaseRow, case).state = SealState.SEALED
