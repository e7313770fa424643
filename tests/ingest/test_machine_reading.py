"""Machine reading: a scan sealed without words is read beside the seal, found as read by machine, and set right."""

from __future__ import annotations

import io
from dataclasses import dataclass
from importlib import resources

import pytest
from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import select

from archive.kernel.actor import machine_actor
from archive.kernel.guard import Purpose
from archive.kernel.ids import CaseId, ItemId
from archive.kernel.jobs import JobRow
from archive.kernel.refusals import Refusal
from archive.renditions.ocr import PageReader, ReadLine
from archive.service.correcting import correct_page
from archive.service.layers import Layer
from archive.service.machine_reading import read_next, reading_state, survey
from archive.service.page_texts import read_pages
from archive.tables import ItemRow, ItemWorkRow, ReadingRow
from search.holdings import HoldingsForSearch
from search.ports import SearchPorts
from search.service.find import find
from search.service.index import index_case
from tests.ingest.support import Desk
from tests.support.house import House, person

WHY = "对照页面图像"
WORDS = ("询问笔录第一页", "占道经营位于示范大道")


def scan() -> bytes:
    """A small picture of two lines, as a scanner would give it."""
    font = ImageFont.truetype(str(resources.files("archive") / "fonts" / "NotoSerifSC-Regular.ttf"), 34)
    image = Image.new("L", (620, 200), 250)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(WORDS):
        draw.text((40, 40 + 70 * number), line, font=font, fill=20)
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(200, 200))
    return out.getvalue()


@dataclass(frozen=True)
class Scanned:
    desk: Desk
    case_id: CaseId
    items: tuple[ItemId, ItemId]

    @property
    def house(self) -> House:
        return self.desk.house


@pytest.fixture(scope="module")
def scanned(desk: Desk) -> Scanned:
    """A sealed case of the same scan twice, read to the end by the real engine."""
    receipt = desk.take(desk.write("scans", {"甲.png": scan(), "乙.png": scan() + b"\n"}))
    with desk.ports.works.work(machine_actor("tests", "tests")) as work:
        assert survey(work, desk.house.holdings) == 2
        assert survey(work, desk.house.holdings) == 0, "an item is looked at once"
        assert reading_state(work).pages_waiting >= 2
        items = work.session.scalars(select(ItemRow.id).where(ItemRow.case_id == receipt.case_id).order_by(ItemRow.id))
        first, second = (ItemId(item) for item in items)
    told: list[tuple[int, int]] = []
    with PageReader() as reader:
        while read_next(desk.house.holdings, reader, "tests", lambda _item, done, total: told.append((done, total))):
            pass
    assert told[-2:] == [(1, 1), (1, 1)]
    return Scanned(desk, receipt.case_id, (first, second))


def test_pages_are_read_with_places_and_said_to_be_read_by_machine(scanned: Scanned) -> None:
    with scanned.house.works.work(person(scanned.house, "archivist")) as work:
        (page,) = read_pages(work, scanned.house.holdings, scanned.items[1], Purpose.DUTY)
    assert page.layer is Layer.MACHINE and not page.reliable and page.confidence > 0.8
    assert page.text == "\n".join(WORDS)
    assert [page.text[line.start : line.end] for line in page.lines] == list(WORDS)
    assert all(0 < line.x0 < line.x1 < 1 and 0 < line.y0 < line.y1 < 1 for line in page.lines)


def test_no_word_of_it_lies_clear_in_the_database(scanned: Scanned) -> None:
    with scanned.house.works.work(machine_actor("tests", "tests")) as work:
        machine = select(ReadingRow).where(ReadingRow.case_id == scanned.case_id, ReadingRow.layer == Layer.MACHINE)
        rows = work.session.scalars(machine).all()
    assert len(rows) == 2 and len({row.picture for row in rows}) == 1
    assert all(WORDS[0].encode() not in row.words_enc and b"\\u" not in row.words_enc for row in rows)


def test_it_is_found_and_corrected_as_a_layer_above(scanned: Scanned) -> None:
    house, ports = scanned.house, scanned.house.ports.get(SearchPorts)
    archivist = person(house, "archivist")

    def search(words: str) -> list[tuple[str, str]]:
        with house.works.work(machine_actor("indexer", "tests")) as work:
            index_case(work, ports, HoldingsForSearch(house.holdings), scanned.case_id)
        with house.works.work(archivist) as work:
            return [(str(hit.item_id), hit.layer) for hit in find(work, ports, words).hits]

    first, second = scanned.items
    assert sorted(search("占道经营")) == sorted([(str(first), "machine"), (str(second), "machine")])
    with house.works.work(archivist) as work:
        correct_page(work, house.holdings, first, 1, "询问笔录第一页\n占道经营位于示范大道八十八号\n", WHY)
    assert search("八十八号") == [(str(first), "person")]
    with house.works.work(archivist) as work:
        (page,) = read_pages(work, house.holdings, first, Purpose.DUTY)
        assert page.layer is Layer.PERSON and page.reader == archivist.name
        assert len(page.lines) == 2, "each corrected line keeps the place of the line it stands for"


@pytest.mark.parametrize(
    ("page", "text", "code"),
    [
        (2, "甲", "archive.page-unknown"),
        (0, "甲", "archive.page-unknown"),
        (1, "  \n", "archive.correction-unfit"),
        (1, "甲" * 60_001, "archive.correction-unfit"),
    ],
)
def test_an_unfit_correction_is_refused(scanned: Scanned, page: int, text: str, code: str) -> None:
    with pytest.raises(Refusal) as caught, scanned.house.works.work(person(scanned.house, "archivist")) as work:
        correct_page(work, scanned.house.holdings, scanned.items[1], page, text, WHY)
    assert caught.value.code == code


@pytest.mark.parametrize("who", ["deputy", "auditor", "party"])
def test_only_who_may_annotate_corrects(scanned: Scanned, who: str) -> None:
    with pytest.raises(Refusal) as caught, scanned.house.works.work(person(scanned.house, who)) as work:
        correct_page(work, scanned.house.holdings, scanned.items[1], 1, "甲", WHY)
    assert caught.value.code in {"access.duty-lacking", "archive.case-unknown"}


class Broken(PageReader):
    """A reader that dies at its second page, as a killed worker would."""

    def __init__(self) -> None:
        super().__init__()
        self.engine, self.calls = "broken", 0

    def read(self, png: bytes) -> tuple[ReadLine, ...]:
        self.calls += 1
        if self.calls > 1:
            raise KeyboardInterrupt
        return (ReadLine("第一页", 0.9, 0.1, 0.1, 0.2, 0.2),)


def test_a_killed_reader_loses_no_page_that_was_read(desk: Desk) -> None:
    frames = [Image.new("L", (200, 80), 255 - number) for number in range(3)]
    out = io.BytesIO()
    frames[0].save(out, "TIFF", save_all=True, append_images=frames[1:])
    desk.take(desk.write("three pages", {"丙.tif": out.getvalue()}))
    with desk.ports.works.work(machine_actor("tests", "tests")) as work:
        survey(work, desk.house.holdings)
    with pytest.raises(KeyboardInterrupt):
        read_next(desk.house.holdings, Broken(), "one")
    with desk.ports.works.work(machine_actor("tests", "tests")) as work:
        (row,) = work.session.scalars(select(ItemWorkRow).where(ItemWorkRow.state == "waiting"))
        assert (row.done, row.total) == (1, 3)
        (job,) = work.session.scalars(select(JobRow).where(JobRow.state == "leased"))
        job.lease_until = work.now.replace(year=2020)

    class Whole(Broken):
        def read(self, png: bytes) -> tuple[ReadLine, ...]:
            self.calls += 1
            return ()

    reader = Whole()
    while read_next(desk.house.holdings, reader, "two"):
        pass
    assert reader.calls == 2, "the page that was read is not read again"
    with desk.ports.works.work(machine_actor("tests", "tests")) as work:
        assert work.session.get_one(ItemWorkRow, (row.item_id, "reading")).state == "done"
