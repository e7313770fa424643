"""Volumes bound for reading: what each reader gets of one, what is recorded, and how it ends when the right ends."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, replace
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from sqlalchemy import update

from access.tables import CircleRow, ClearanceRow
from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.pages.render import note_form
from archive.service.reading import ASK_BYTES, get_case
from archive.service.sealing import seal_case
from archive.service.volume_papers import volume_contents
from archive.service.volumes import LISTED, read_volume, write_volume
from archive.terms import Role
from tests.archive.pages.builders import STAMP, note_facts
from tests.services import verapdf
from tests.support.cases import PRIVATE, SECRET, Paper, describe_example, seal_example
from tests.support.house import House, make_house, open_house, person

NOTE = note_form(note_facts(), timestamp=STAMP, trial=False)
PAPERS = (
    Paper("立案审批表", content=NOTE, name="1.pdf", role=Role.PDFA),
    Paper("身份证明（王某）", PRIVATE, NOTE, name="2.pdf", role=Role.PDFA),
    Paper("现场录像说明", content=b"no page of it can be bound", name="3.txt"),
    Paper("送达回证", content=NOTE, name="4.pdf", role=Role.PDFA),
)
SECRET_PAPER = Paper("涉密函件", SECRET, NOTE, name="5.pdf", role=Role.PDFA)


@dataclass(frozen=True)
class Read:
    """A volume as a file: its labels, bookmarks and text."""

    labels: list[str]
    marks: list[str]
    text: str


def read(pdf: bytes) -> Read:
    document = pypdfium2.PdfDocument(pdf)
    try:
        labels = [document.get_page_label(number) for number in range(len(document))]
        text = "".join(page.get_textpage().get_text_range() for page in document)
        return Read(labels, [mark.get_title() for mark in document.get_toc()], "".join(text.split()))
    finally:
        document.close()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, CaseId]:
    house = make_house(tmp_path_factory.mktemp("volumes") / "home")
    return house, seal_example(house, (*PAPERS, SECRET_PAPER)).case_id


def volume(house: House, login: str, case_id: CaseId, number: int = 1) -> bytes:
    return b"".join(read_volume(house.holdings, person(house, login), case_id, number).pieces)


def refused(house: House, login: str, case_id: CaseId, number: int = 1) -> list[str]:
    with pytest.raises(Refusal) as no:
        volume(house, login, case_id, number)
    return [each.code for each in no.value.all()]


def reads(house: House, case_id: CaseId, login: str) -> int:
    entries = house.holdings.checkpoints.entries("content.read", case_id)
    return sum(entry.actor_id == person(house, login).id for entry in entries)


def test_a_reader_gets_every_item_that_may_be_read_and_each_is_recorded(kept: tuple[House, CaseId]) -> None:
    house, case_id = kept
    before = reads(house, case_id, "archivist")
    made = read(volume(house, "archivist", case_id))
    assert made.labels == ["i", "ii", "1", "2", "3", "4"]
    assert made.marks[2:] == ["1 立案审批表", "2 身份证明（王某）", "3 现场录像说明", "4 送达回证"]
    assert "内部查阅件，非出具的复制件" in made.text and "notacertifiedcopy" in made.text
    assert "查阅人archivist" in made.text and "2026-11-24" in made.text
    assert "涉密函件" not in made.text and "没有可合订的页面" in made.text and "共1卷第1卷" in made.text
    assert reads(house, case_id, "archivist") - before == 3
    (entry, *_) = house.holdings.checkpoints.entries("volume.bound", case_id)
    assert entry.actor_id == person(house, "archivist").id and entry.body is not None
    assert (entry.body["facts"]["items"], entry.body["facts"]["sheets"]) == (3, 1)


def test_a_long_contents_list_is_typeset_in_pieces_that_hold_every_item(kept: tuple[House, CaseId]) -> None:
    house, case_id = kept
    with house.works.work(person(house, "archivist")) as work:
        view = get_case(work, house.holdings, case_id)
    long = replace(view.volumes[0], items=view.volumes[0].items * 251)
    pieces = volume_contents(house.holdings, view, long, LISTED)
    assert [len(piece.rows) for piece in pieces] == [500, 500, 4]
    assert [row.title for piece in pieces for row in piece.rows] == [paper.title for paper in PAPERS] * 251


def test_what_is_withheld_is_a_sheet_that_tells_no_title(kept: tuple[House, CaseId]) -> None:
    house, case_id = kept
    before = reads(house, case_id, "archivist2")
    whole = volume(house, "archivist2", case_id)
    made = read(whole)
    assert made.labels == ["i", "ii", "1", "2", "3", "4"]
    assert made.marks[3] == "2 （不予显示：个人隐私）"
    assert "涉密或未授权，不予提供" in made.text and "王某" not in made.text
    with pikepdf.open(io.BytesIO(whole)) as pdf:
        for each in pdf.objects:
            data = each.read_bytes() if isinstance(each, pikepdf.Stream) else each.unparse(resolved=True)
            assert "王某".encode("utf-16-be").hex().encode() not in data and "王某".encode() not in data
    assert reads(house, case_id, "archivist2") - before == 2


def test_a_volume_of_secrets_is_not_there_for_who_may_not_know_of_it(kept: tuple[House, CaseId]) -> None:
    house, case_id = kept
    assert refused(house, "archivist", case_id, 2) == refused(house, "archivist", case_id, 3)
    assert refused(house, "archivist", case_id, 2) == ["archive.volume-unknown"]


def test_a_volume_of_secrets_is_bound_for_who_is_cleared_and_named(tmp_path: Path) -> None:
    house = make_house(tmp_path / "home")
    case_id = seal_example(house, (PAPERS[0], SECRET_PAPER)).case_id
    officer = person(house, "confidentiality")
    with house.works.work(officer) as work:
        reader = person(house, "archivist").id
        work.session.execute(update(ClearanceRow).where(ClearanceRow.person_id == reader).values(level=1))
        work.session.add(CircleRow(case_id=case_id, person_id=reader, named_by=officer.id, named_at=work.now))
    made = read(volume(house, "archivist", case_id, 2))
    assert made.marks[-1] == "1 涉密函件" and "秘密★" in made.text and made.text.count("共2卷第2卷") == 2
    with house.works.work(person(house, "archivist")) as work:
        (only,) = get_case(work, house.holdings, case_id, volume=2).volumes
    assert (only.number, len(only.items)) == (2, 1)
    (entry,) = house.holdings.checkpoints.entries("volume.bound", case_id)
    assert entry.tier == "secret"


@pytest.mark.parametrize(
    ("login", "code"),
    [
        ("foreign", "archive.case-unknown"),
        ("party", "archive.case-unknown"),
        ("stranger", "archive.case-unknown"),
        ("supervisor", "access.duty-lacking"),
        ("auditor", "access.duty-lacking"),
        ("sysadmin", "access.duty-lacking"),
    ],
)
def test_it_is_for_staff_whose_duty_is_to_read(kept: tuple[House, CaseId], login: str, code: str) -> None:
    house, case_id = kept
    assert refused(house, login, case_id) == [code]
    assert refused(house, login, CaseId("case_" + "a" * 26)) == ["archive.case-unknown"]
    assert reads(house, case_id, login) == 0


def test_a_case_that_is_not_sealed_and_a_volume_without_a_page_for_the_reader(house: House) -> None:
    case_id = describe_example(house, PAPERS[:1], title="尚未封存")
    assert refused(house, "archivist", case_id) == ["archive.case-not-sealed"]
    seal_case(house.holdings, person(house, "archivist"), case_id)
    assert read(volume(house, "archivist", case_id)).labels == ["i", "ii", "1"]
    withheld = seal_example(house, PAPERS[1:3], title="只有隐私").case_id
    assert refused(house, "archivist2", withheld) == ["archive.volume-withheld"]


def test_a_right_that_ends_on_the_way_ends_the_volume_there(tmp_path: Path) -> None:
    house = make_house(tmp_path / "home")
    case_id = seal_example(house, [*PAPERS[:1] * 16, *PAPERS]).case_id  # so many are opened in one transaction
    pieces = read_volume(house.holdings, person(house, "archivist"), case_id, 1).pieces
    while not reads(house, case_id, "archivist"):
        next(pieces)
    with house.works.work(person(house, "confidentiality")) as work:
        work.session.execute(update(ClearanceRow).values(revoked_at=work.now))
    with pytest.raises(Refusal) as no:
        list(pieces)
    assert no.value.code == "access.compartment-lacking"
    assert reads(house, case_id, "archivist") == 16


def test_the_guard_is_asked_again_within_some_megabytes(tmp_path: Path) -> None:
    house = make_house(tmp_path / "home")
    with pikepdf.open(io.BytesIO(NOTE)) as pdf:
        pdf.pages[0].obj.Resources.XObject = pikepdf.Dictionary(Large=pdf.make_stream(os.urandom(ASK_BYTES)))
        large = io.BytesIO()
        pdf.save(large)
    papers = [Paper("大件", PRIVATE, large.getvalue(), name=f"{n}.pdf", role=Role.PDFA) for n in range(3)]
    case_id = seal_example(house, papers).case_id
    pieces, sent = read_volume(house.holdings, person(house, "archivist"), case_id, 1).pieces, 0
    while sent < ASK_BYTES:
        sent += len(next(pieces))
    with house.works.work(person(house, "confidentiality")) as work:
        work.session.execute(update(ClearanceRow).values(revoked_at=work.now))
    with pytest.raises(Refusal) as no:
        for piece in pieces:
            sent += len(piece)
    assert no.value.code == "archive.case-unknown" and sent < 2.5 * ASK_BYTES


def test_a_locked_tier_is_a_sheet(kept: tuple[House, CaseId]) -> None:
    house, case_id = kept
    locked = open_house(house.path, house.clock, unlocked=False)
    locked.people.update(house.people)
    made = read(volume(locked, "archivist", case_id))
    assert made.marks[3] == "2 （待解锁）" and "密钥层待解锁" in made.text and "王某" not in made.text


def test_it_is_written_whole_under_its_name_or_not_at_all(kept: tuple[House, CaseId], tmp_path: Path) -> None:
    house, case_id = kept
    path = write_volume(house.holdings, person(house, "archivist"), case_id, 1, tmp_path / "volume.pdf")
    assert path.stat().st_mode & 0o077 == 0 and [each.name for each in tmp_path.iterdir()] == ["volume.pdf"]
    assert path.read_bytes().endswith(b"%%EOF\n")
    with pytest.raises(Refusal) as taken:
        write_volume(house.holdings, person(house, "archivist"), case_id, 1, path)
    assert taken.value.code == "archive.export-taken"
    with pytest.raises(Refusal):
        write_volume(house.holdings, person(house, "foreign"), case_id, 1, tmp_path / "other.pdf")
    assert [each.name for each in tmp_path.iterdir()] == ["volume.pdf"]


@pytest.mark.service("verapdf")
def test_every_volume_is_pdfa(kept: tuple[House, CaseId], tmp_path: Path) -> None:
    house, case_id = kept
    for login in ("archivist", "archivist2"):
        (tmp_path / f"{login}.pdf").write_bytes(volume(house, login, case_id))
    verdicts = verapdf.verapdf(sorted(tmp_path.glob("*.pdf")), "2b")
    assert all(verdicts.values()), {path.name: verdict.broken for path, verdict in verdicts.items()}
