"""Late documents: a file becomes an item of the next version, or leaves nothing; two at once make two versions."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.ledger.tables import LedgerEntryRow
from archive.ports import object_id
from archive.renditions.malware import Clamd, Scanner
from archive.renditions.terms import ScanResult, Verdict
from archive.service.sealing import seal_case
from archive.service.verifying import verify_case
from archive.tables import ItemRow, NoteRow
from ingest.ports import TakeIn
from ingest.service.late import add_late_document
from tests.services import clamd
from tests.support.cases import PRIVATE, Paper, describe_example, outside_anchors
from tests.support.house import House, make_house, person


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("late"))


@pytest.fixture(scope="module")
def shared(house: House) -> CaseId:
    """A sealed case for tests that leave it as it is."""
    return _sealed(house)


@pytest.fixture
def case(house: House) -> CaseId:
    return _sealed(house)


def _sealed(house: House) -> CaseId:
    described = describe_example(house, (Paper("处罚决定书"),))
    return seal_case(house.holdings, person(house, "archivist"), described).case_id


class _Finds:
    """A scanner that finds a word."""

    def scan(self, chunks: Iterable[bytes]) -> ScanResult:
        """Infected where the word stands."""
        found = b"malware" in b"".join(chunks)
        return (
            ScanResult(Verdict.INFECTED, "Test-Word", "test 1") if found else ScanResult(Verdict.CLEAN, engine="test 1")
        )


def late(
    house: House,
    case: CaseId,
    path: Path,
    *,
    title: str = "送达回证",
    note: str = "补入。",
    by: str = "archivist",
    scanner: Scanner | None = None,
) -> int:
    ports = house.ports.get(TakeIn)
    chosen = ports if scanner is None else replace(ports, scanner=scanner)
    actor = replace(person(house, "archivist"), name=by)
    return add_late_document(chosen, actor, case, path, title=title, note=note, marking=PRIVATE).version


def written(folder: Path, data: bytes, name: str = "late.txt") -> Path:
    (folder / name).write_bytes(data)
    return folder / name


def untouched(house: House, case: CaseId) -> bool:
    """Nothing in staging, no key too many, no second version."""
    with house.works.sessions() as session:
        versions = set(session.scalars(select(NoteRow.version).where(NoteRow.case_id == case)))
        items = len(session.scalars(select(ItemRow.id).where(ItemRow.case_id == case)).all())
    folder = house.holdings.store.object_folder(object_id(case))
    assert folder is not None
    stored = {path.name for path in (folder / "v1" / "content" / "data").iterdir()}
    held = house.holdings.keys.file_ids(object_id(case))
    return not house.holdings.store.staged() and held == stored and versions == {1} and items == 1


def test_a_late_file_becomes_an_item_of_version_two_with_its_note(house: House, case: CaseId, tmp_path: Path) -> None:
    assert late(house, case, written(tmp_path, "送达回证".encode()), scanner=_Finds()) == 2
    with house.works.sessions() as session:
        rows = session.scalars(select(ItemRow).where(ItemRow.case_id == case).order_by(ItemRow.sequence)).all()
        notes = session.scalars(select(NoteRow.version).where(NoteRow.case_id == case).order_by(NoteRow.version)).all()
    assert [(row.first_version, row.tier) for row in rows] == [(1, "general"), (2, "personal")]
    assert notes == [1, 2] and not house.holdings.store.staged()
    layers = verify_case(house.holdings, person(house, "archivist"), case, outside_anchors(house), deep=True)
    assert all(layer.ok for layer in layers)


def test_two_hands_at_once_make_two_versions(house: House, case: CaseId, tmp_path: Path) -> None:
    files = [written(tmp_path, f"paper {number}".encode(), f"{number}.txt") for number in (1, 2)]
    with ThreadPoolExecutor(2) as pool:
        versions = list(pool.map(lambda path: late(house, case, path), files))
    assert sorted(versions) == [2, 3]


@pytest.mark.parametrize(
    ("data", "note", "code"),
    [
        (b"\x7fELF" + bytes(4096), "补入。", "ingest.program-refused"),
        (b"a paper", "  ", "archive.note-missing"),
    ],
)
def test_what_is_refused_leaves_nothing(
    house: House, shared: CaseId, tmp_path: Path, data: bytes, note: str, code: str
) -> None:
    with pytest.raises(Refusal) as found:
        late(house, shared, written(tmp_path, data), note=note)
    assert [reason.code for reason in found.value.all()] == [code] and untouched(house, shared)


DIE = "\U0001f600"
WORDS: list[tuple[dict[str, Any], str]] = [
    ({"title": f"送达{DIE}"}, "archive.glyph-missing"),
    ({"note": f"补入{DIE}。"}, "archive.glyph-missing"),
    ({"by": f"某{DIE}"}, "archive.glyph-missing"),
    ({"title": "方案（绝密★）"}, "ingest.mark-above-marking"),
    ({"note": "补入机密★材料。"}, "ingest.mark-above-marking"),
]


@pytest.mark.parametrize(("words", "code"), WORDS)
def test_words_that_no_page_may_carry_are_refused_before_the_version_is_there(
    house: House, shared: CaseId, tmp_path: Path, words: dict[str, Any], code: str
) -> None:
    """They would stop the seal of the version for ever, and nothing takes a version back."""
    with pytest.raises(Refusal) as found:
        late(house, shared, written(tmp_path, b"a paper"), **words)
    assert [reason.code for reason in found.value.all()] == [code] and untouched(house, shared)


def test_a_file_name_that_no_certificate_can_print_is_refused(house: House, shared: CaseId, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as found:
        late(house, shared, written(tmp_path, b"a paper", f"{DIE}.txt"))
    assert found.value.code == "archive.glyph-missing" and untouched(house, shared)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> House:
    return make_house(tmp_path_factory.mktemp("plain"), grade="ordinary")


@pytest.mark.parametrize("deed", ["title", "note", "text"])
def test_an_ordinary_house_takes_no_secret_late_and_records_an_incident(
    plain: House, tmp_path: Path, deed: str
) -> None:
    house = plain
    case, mark = _sealed(house), "秘密★10年"
    words: dict[str, Any] = {} if deed == "text" else {deed: f"方案 {mark}"}
    with pytest.raises(Refusal) as found:
        late(house, case, written(tmp_path, (mark if deed == "text" else "x").encode()), **words)
    assert found.value.code in ("ingest.secret-refused", "ingest.secret-found") and untouched(house, case)
    with house.works.sessions() as session:
        kinds = session.scalars(select(LedgerEntryRow.kind).where(LedgerEntryRow.subject == case)).all()
    assert kinds.count("late.refused") == 1


def test_a_case_that_is_not_sealed_takes_no_late_document(house: House, tmp_path: Path) -> None:
    waiting = describe_example(house, (Paper("处罚决定书"),))
    with pytest.raises(Refusal) as found:
        late(house, waiting, written(tmp_path, b"x"))
    assert found.value.code == "archive.case-not-sealed"
    seal_case(house.holdings, person(house, "archivist"), waiting)


def test_malware_is_refused_by_name_and_gone(house: House, shared: CaseId, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as found:
        late(house, shared, written(tmp_path, b"some malware"), scanner=_Finds())
    assert found.value.code == "ingest.malware-found" and found.value.facts["threat"] == "Test-Word"
    assert untouched(house, shared)


@pytest.mark.service("clamd")
def test_the_real_scanner_finds_the_standard_test_file(house: House, shared: CaseId, tmp_path: Path) -> None:
    folder = tempfile.TemporaryDirectory(prefix="av")  # a socket's path is short
    with folder as name, clamd.running(Path(name)) as socket, pytest.raises(Refusal) as found:
        late(house, shared, written(tmp_path, clamd.EICAR), scanner=Clamd(str(socket)))
    assert found.value.code == "ingest.malware-found" and untouched(house, shared)
