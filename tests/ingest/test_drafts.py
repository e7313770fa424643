"""Drafts: put together file by file, refused with everything at once and kept, sealed on the way of packages."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from archive.kernel.ids import IntakeId
from archive.kernel.jobs import JobRow
from archive.kernel.refusals import Refusal
from archive.ports import object_id
from archive.renditions.terms import ScanResult, Verdict
from archive.service.reading import get_case
from ingest.service.accepting import accept_next
from ingest.service.draft_sealing import ask_seal, seal_draft, seal_next
from ingest.service.drafts import begin_draft, drop_draft, get_draft, list_drafts, save_description
from ingest.service.intake_list import get_intake, list_intakes
from ingest.service.intakes import read_report
from ingest.service.recovery import recover
from ingest.service.uploads import append_upload, create_upload, drop_upload, open_upload
from ingest.tables import DraftRow, IntakeRow, UploadPartRow, UploadRow
from ingest.terms import TakeInState, UploadState
from tests.ingest.drafting import describe, lines, make_draft, pieces, upload
from tests.ingest.support import Desk
from tests.support.house import OTHER, UNIT, person

DATA = bytes(range(256)) * 4096 * 66  # one part of 64 MiB is cut in it


def _code(call: Any) -> set[str]:
    with pytest.raises(Refusal) as refused:
        call()
    return {reason.code for reason in refused.value.all()}


def test_a_draft_is_sealed_as_a_package_is_and_leaves_no_rows(desk: Desk) -> None:
    draft = make_draft(desk, {"甲.txt": b"one\n", "夹/乙.txt": b"two\n"})
    ask_seal(desk.ports, desk.actor, draft)
    assert _code(lambda: describe(desk, draft, [])) == {"ingest.draft-sealing"}
    assert seal_next(desk.ports, "tests")
    with desk.ports.works.work(desk.actor) as work:
        line = get_draft(desk.ports, work, draft)
        view = get_case(work, desk.ports.holdings, line.case_id)
        assert work.session.get(DraftRow, draft) is None
        assert not work.session.scalars(select(UploadRow).where(UploadRow.intake_id == draft)).all()
        assert get_intake(work, draft).state is TakeInState.SEALED
    assert line.state is TakeInState.SEALED and view.line.reference_code
    originals = {f.name: f.sha256 for v in view.volumes for i in v.items for f in i.files if f.role == "original"}
    assert originals == {
        "甲.txt": hashlib.sha256(b"one\n").hexdigest(),
        "夹/乙.txt": hashlib.sha256(b"two\n").hexdigest(),
    }
    assert seal_draft(desk.ports, desk.actor, draft).repeated
    assert line.case_id not in desk.ports.holdings.store.staged()


def test_a_refused_draft_says_everything_at_once_and_stays_to_be_mended(desk: Desk) -> None:
    draft = make_draft(desk, {"a.txt": b"a", "b.pdf": b"%PDF-1.7\nnothing"})
    half = create_upload(desk.ports, desk.actor, draft, "half.txt", 10)
    describe(desk, draft, [{"title": "甲", "files": ["a.txt", "gone.txt"], "doc_type": "LETTER"}])
    ask_seal(desk.ports, desk.actor, draft)
    seal_next(desk.ports, "tests")
    wanted = {"ingest.upload-unfinished", "ingest.file-missing", "ingest.file-unlisted", "ingest.type-unknown"}
    with desk.ports.works.work(desk.actor) as work:
        assert {problem.code for problem in read_report(desk.ports, work, draft)} == wanted
        assert draft not in {line.id for line in list_intakes(work)}
    drop_upload(desk.ports, desk.actor, half)
    describe(desk, draft, [{"title": "甲", "files": ["a.txt", "b.pdf"]}])
    assert _code(lambda: seal_draft(desk.ports, desk.actor, draft)) == {"archive.file-unreadable"}
    drop_upload(desk.ports, desk.actor, lines(desk, draft)["b.pdf"].id)
    describe(desk, draft, [{"title": "甲", "files": ["a.txt"]}])
    assert seal_draft(desk.ports, desk.actor, draft).state == "sealed"


def test_the_same_files_as_a_case_that_exists_are_refused_with_its_number(desk: Desk) -> None:
    first = seal_draft(desk.ports, desk.actor, make_draft(desk, {"same.txt": b"the same"}))
    again = make_draft(desk, {"same.txt": b"the same"})
    with pytest.raises(Refusal) as refused:
        seal_draft(desk.ports, desk.actor, again)
    assert (refused.value.code, refused.value.facts["reference"]) == ("archive.package-repeated", first.reference_code)


def test_nobody_else_knows_of_a_draft_and_no_other_unit_gets_one(desk: Desk) -> None:
    draft = make_draft(desk, {"mine.txt": b"mine"})
    for login in ("archivist2", "foreign", "sysadmin"):
        other = person(desk.house, login)
        assert _code(lambda other=other: seal_draft(desk.ports, other, draft)) == {"ingest.draft-unknown"}
        assert _code(lambda other=other: open_upload(desk.ports, other, lines(desk, draft)["mine.txt"].id)) == {
            "ingest.upload-unknown"
        }
        with desk.ports.works.work(other) as work:
            assert list_drafts(desk.ports, work) == ()
    assert _code(lambda: begin_draft(desk.ports, desk.actor, OTHER)) == {"access.matter-foreign"}


def test_a_description_written_over_an_older_one_is_refused_and_lies_encrypted(desk: Desk) -> None:
    draft = begin_draft(desk.ports, desk.actor, UNIT)
    assert describe(desk, draft, [], title="罕见题名") == 1
    assert _code(lambda: save_description(desk.ports, desk.actor, draft, b"{}", over=0)) == {"ingest.draft-changed"}
    assert _code(lambda: save_description(desk.ports, desk.actor, draft, b'{"unit": "zd2"}')) == {"ingest.draft-unit"}
    assert _code(lambda: save_description(desk.ports, desk.actor, draft, b"[]")) == {"ingest.description-unreadable"}
    with desk.ports.works.work(desk.actor) as work:
        assert get_draft(desk.ports, work, draft).title == "罕见题名"
        row = work.session.get_one(DraftRow, draft)
        assert "罕见".encode() not in row.description_enc and row.version == 1


def test_a_dropped_draft_leaves_neither_bytes_nor_keys(desk: Desk) -> None:
    draft = make_draft(desk, {"a.txt": b"a"})
    upload(desk, draft, "b.txt", b"not accepted yet")
    with desk.ports.works.work(desk.actor) as work:
        case = get_draft(desk.ports, work, draft).case_id
    assert desk.ports.holdings.keys.file_ids(object_id(case))
    drop_draft(desk.ports, desk.actor, draft)
    assert desk.ports.holdings.keys.list_records(object_id(case)) == []
    assert case not in desk.ports.holdings.store.staged()
    assert not accept_next(desk.ports, "tests") or not accept_next(desk.ports, "tests")
    assert _code(lambda: describe(desk, draft, [])) == {"ingest.draft-closed"}


def test_an_ordinary_installation_keeps_nothing_of_a_draft_with_a_state_secret(ordinary: Desk) -> None:
    draft = make_draft(ordinary, {"a.txt": "机密★10年".encode()})
    assert "ingest.secret-found" in _code(lambda: seal_draft(ordinary.ports, ordinary.actor, draft))
    with ordinary.ports.works.work(ordinary.actor) as work:
        row = work.session.get_one(IntakeRow, draft)
        assert (row.state, [kept["words"] for kept in row.report]) == ("refused", [""])
        assert work.session.get(DraftRow, draft) is None
    assert row.case_id not in ordinary.ports.holdings.store.staged()


def test_an_upload_resumes_where_it_stands_and_refuses_any_other_offset(desk: Desk) -> None:
    draft = begin_draft(desk.ports, desk.actor, UNIT)
    made = create_upload(desk.ports, desk.actor, draft, "film.mp4", len(DATA), hashlib.sha256(DATA).hexdigest())
    broken = append_upload(desk.ports, desk.actor, made, 0, pieces(DATA[: (1 << 20) + 5000], 3333))
    assert (broken.offset, broken.state) == ((1 << 20) + 5000, UploadState.RECEIVING)
    assert _code(lambda: append_upload(desk.ports, desk.actor, made, 0, pieces(DATA))) == {"ingest.upload-offset"}
    wrong = hashlib.sha256(b"another").digest()
    rest = DATA[broken.offset :]
    held = desk.ports.holdings.keys.file_ids(object_id(broken.intake.case_id))
    assert _code(lambda: append_upload(desk.ports, desk.actor, made, broken.offset, pieces(rest), wrong)) == {
        "ingest.upload-checksum"
    }
    assert desk.ports.holdings.keys.file_ids(object_id(broken.intake.case_id)) == held
    done = append_upload(desk.ports, desk.actor, made, broken.offset, pieces(rest), hashlib.sha256(rest).digest())
    assert (done.offset, done.state) == (len(DATA), UploadState.UPLOADED)
    with desk.ports.works.work(desk.actor) as work:
        assert len(work.session.scalars(select(UploadPartRow).where(UploadPartRow.upload_id == made)).all()) == 3
    assert accept_next(desk.ports, "tests")
    line = lines(desk, draft)["film.mp4"]
    assert (line.state, line.sha256) == (UploadState.ACCEPTED, hashlib.sha256(DATA).hexdigest())
    assert desk.ports.holdings.keys.file_ids(object_id(broken.intake.case_id)) == {line.file_id}
    with desk.ports.works.work(desk.actor) as work:
        assert not work.session.scalars(select(UploadPartRow).where(UploadPartRow.upload_id == made)).all()


def test_of_two_connections_with_the_same_bytes_one_counts(desk: Desk) -> None:
    """The half-open one of a sender that came back: it ends later, and what it brought is dropped."""
    draft = begin_draft(desk.ports, desk.actor, UNIT)
    made = create_upload(desk.ports, desk.actor, draft, "a.bin", 2000)

    def slow() -> Any:
        yield b"x" * 900
        append_upload(desk.ports, desk.actor, made, 0, iter([b"y" * 1200]))

    assert _code(lambda: append_upload(desk.ports, desk.actor, made, 0, slow())) == {"ingest.upload-offset"}
    stands = open_upload(desk.ports, desk.actor, made)
    assert stands.offset == 1200
    assert len(desk.ports.holdings.keys.file_ids(object_id(stands.intake.case_id))) == 1


def test_names_and_sizes_that_cannot_be_are_refused_before_a_byte(desk: Desk) -> None:
    draft = begin_draft(desk.ports, desk.actor, UNIT)

    def create(name: str, size: int) -> Any:
        return lambda: create_upload(desk.ports, desk.actor, draft, name, size)

    assert _code(create("../a", 1)) == {"ingest.name-unsafe"}
    assert _code(create("a", 0)) == {"ingest.file-empty"}
    assert _code(create("a", 21 * 2**30)) == {"ingest.upload-too-large"}
    limits = desk.ports.settings.ingest.model_copy(update={"max_upload_bytes": 1 << 60})
    huge = replace(desk.ports, settings=desk.ports.settings.model_copy(update={"ingest": limits}))
    assert _code(lambda: create_upload(huge, desk.actor, draft, "a", 1 << 50)) == {"ingest.space-lacking"}
    create("a", 5)()
    assert _code(create("a", 5)) == {"ingest.upload-exists"}
    assert _code(lambda: append_upload(desk.ports, desk.actor, lines(desk, draft)["a"].id, 0, iter([b"123456"]))) == {
        "ingest.upload-beyond"
    }


class _Scanner:
    def __init__(self, broken: bool) -> None:
        self._broken = broken

    def scan(self, chunks: Any) -> ScanResult:
        if self._broken:
            raise Refusal("archive.scan-failed", detail="away")
        return ScanResult(Verdict.INFECTED if b"EICAR" in b"".join(chunks) else Verdict.CLEAN, "Test", "engine 1")


def test_malware_is_refused_and_a_scanner_that_is_away_only_delays(desk: Desk) -> None:
    draft = begin_draft(desk.ports, desk.actor, UNIT)
    upload(desk, draft, "bad.txt", b"EICAR")
    away = replace(desk.ports, scanner=_Scanner(broken=True))
    for _ in range(9):
        assert not accept_next(away, "tests")
    assert lines(desk, draft)["bad.txt"].state is UploadState.UPLOADED
    assert recover(away).alarms == []
    assert accept_next(replace(desk.ports, scanner=_Scanner(broken=False)), "tests")
    line = lines(desk, draft)["bad.txt"]
    assert line.state is UploadState.REFUSED and line.reason is not None and line.reason.code == "ingest.malware-found"
    assert line.reason.facts["file"] == "bad.txt"
    upload(desk, draft, "bad.txt", b"mended")
    assert accept_next(desk.ports, "tests") and lines(desk, draft)["bad.txt"].state is UploadState.ACCEPTED


def test_a_draft_whose_sealing_worker_died_can_be_changed_again_after_recovery(desk: Desk) -> None:
    draft = make_draft(desk, {"a.txt": b"worker died"})
    job = ask_seal(desk.ports, desk.actor, draft)
    with desk.ports.works.work(desk.actor) as work:
        row = work.session.get_one(JobRow, job)
        row.state, row.attempts, row.lease_until = "leased", 8, work.now - timedelta(hours=1)
    assert not seal_next(desk.ports, "tests")
    recover(desk.ports)
    describe(desk, IntakeId(draft), [{"title": "甲", "files": ["a.txt"]}])
    assert seal_draft(desk.ports, desk.actor, draft).state == "sealed"
