"""The demonstration's papers, scans and cases: forms filled in, marks where they belong, nothing planted elsewhere."""

from __future__ import annotations

import io
import json
import tomllib
from collections.abc import Callable
from datetime import date
from importlib import resources
from pathlib import Path

import numpy
import pytest
from PIL import Image

from archive.kernel.settings import Settings
from archive.renditions.media_playing import is_playable
from archive.renditions.recordings import media_findings
from archive.renditions.sources import BytesSource
from archive.renditions.workshop import extract_text, identify, probe_media
from ingest.demo.cases import PLANTED, advertising_case, broken_case, facts_of, market_case, old_case, secret_case
from ingest.demo.dossier import Case, make_film, write_case
from ingest.demo.forms import Entry, fill_in
from ingest.demo.further import minor_case, removal_case, trade_secret_case
from ingest.demo.names import BUREAU, FURTHER_NAMES, STORY_NAMES
from ingest.demo.packages import Packages
from ingest.demo.papers import typeset
from ingest.demo.pictures import draw_photo
from ingest.demo.prepare import FURTHER, STORY
from ingest.demo.scans import DPI, age_page, as_tiff, scan_paper
from ingest.demo.stamp import draw_stamp
from ingest.document_types import DOCUMENT_TYPES
from ingest.profile.model import DescriptionModel
from ingest.profile.reading import read_mapping
from ingest.service.judging import judge_described

FACTS = facts_of("示例公司", "占道经营", "示例路", "当事人占道经营。", opened="2025年3月4日", decision_no="示1号") | {
    "hearing": "2025年4月2日",
    "performing": "2025年5月5日",
    "served": "行政处罚决定书",
    "served_number": "示1号",
    "way": "直接送达",
}
FORMS = tomllib.loads(resources.files("ingest.demo").joinpath("forms.toml").read_text("utf-8"))


def _words(pdf: bytes) -> str:
    return "".join("".join(page.text.split()) for page in extract_text(BytesSource(pdf)))


def test_every_form_is_a_known_type_and_leaves_no_blank_of_its_wording() -> None:
    assert FORMS.keys() <= DOCUMENT_TYPES.keys()
    for code in FORMS:
        paper = fill_in(Entry(code, "2025-04-12"), FACTS, BUREAU)
        assert "{" not in repr(paper) and paper.layout in ("decision", "letter", "record", "table", "list")


@pytest.mark.parametrize("code", ["DECISION", "INTV_REC", "OPEN_APPR", "SEIZE_LIST", "HEAR_RIGHT"])
def test_typeset_form_says_its_facts_and_that_it_is_invented(code: str) -> None:
    rows = (("1", "钢管", "三米", "六根", "封一", "完好"),) if code == "SEIZE_LIST" else ()
    words = _words(typeset(fill_in(Entry(code, "2025-04-12", rows=rows), FACTS, BUREAU), BUREAU))
    assert BUREAU in words and "示例公司" in words and "演示数据虚构案件" in words and "第1页共" in words


def test_stamp_is_drawn_and_no_text_of_the_page() -> None:
    assert (
        "<text" not in draw_stamp(BUREAU) and draw_stamp(BUREAU).count("<path") == len(BUREAU) + len("演示专用章") + 1
    )
    paper = fill_in(Entry("DECISION", "2025-04-12"), FACTS, BUREAU)
    assert paper.stamped and "演示专用章" not in _words(typeset(paper, BUREAU))


def test_aged_scan_is_turned_darker_and_the_same_each_time() -> None:
    paper = fill_in(Entry("HEAR_REC", "2025-04-12"), FACTS, BUREAU)
    clean, aged = (scan_paper(paper, BUREAU, aged=aged, seed=2) for aged in (False, True))
    assert set(clean.turned) == {0.0} and all(0 < abs(degrees) <= 1.5 for degrees in aged.turned)
    assert numpy.mean(numpy.asarray(aged.pages[0])) < numpy.mean(numpy.asarray(clean.pages[0])) - 20
    assert age_page(clean.pages[1], 0.5, 7).tobytes() == age_page(clean.pages[1], 0.5, 7).tobytes()
    with Image.open(io.BytesIO(as_tiff(aged.pages))) as picture:
        assert picture.n_frames == len(aged.pages) == 2 and picture.info["dpi"] == (DPI, DPI)  # type: ignore[attr-defined]


def test_photo_carries_time_device_and_a_place_at_sea() -> None:
    with Image.open(io.BytesIO(draw_photo(3, "2025:03:04 10:23:00"))) as picture:
        exif = picture.getexif()
    assert exif[0x0110] == "DEMO-CAM 1" and exif.get_ifd(0x8769)[0x9003] == "2025:03:04 10:23:00"
    assert exif.get_ifd(0x8825)[1] == "N" and float(exif.get_ifd(0x8825)[2][0]) == 0


@pytest.mark.parametrize(("gap", "found"), [((0, 0), []), ((2, 3), ["media-gap"])])
def test_film_has_picture_and_sound_and_shows_its_gap(gap: tuple[int, int], found: list[str]) -> None:
    facts, poster = probe_media(BytesSource(make_film("2025-03-04T10:12:00", 7, gap)))
    assert {stream.codec for stream in facts.streams} == {"vp9", "opus"} and poster
    assert facts.decoded_ms == pytest.approx(7_000, abs=100)
    assert sorted({each.code for each in media_findings(facts)}) == found


@pytest.mark.parametrize("make", [market_case, secret_case, old_case, minor_case, trade_secret_case])
def test_case_is_described_to_the_letter(make: Callable[[], Case], tmp_path: Path) -> None:
    case = make()
    described = DescriptionModel.model_validate(case.description)
    assert [str(file) for item in described.items for file in item.files] == list(case.files)
    assert all(item.doc_type in DOCUMENT_TYPES for item in described.items)
    folder = write_case(case, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {folder.name}
    sip, problems = read_mapping(json.loads(json.dumps(case.description)))
    assert sip is not None, problems
    report = judge_described(Settings(), sip, date(2026, 12, 1))
    meant = {"SR-020", "SR-032"} if make is secret_case else set()
    assert {each.rule for each in report.findings} == meant
    assert not report.not_judged
    assert {each.rule for each in report.excused} == ({"SR-032"} if make is minor_case else set())


def test_broken_case_names_a_file_that_is_not_there() -> None:
    case = broken_case()
    listed = {path for item in case.description["items"] for path in item["files"]}
    assert listed - set(case.files) == {"02-不存在.pdf"} and set(case.files) - listed == {"多余.pdf"}


def test_planted_sentences_stand_in_marked_items_alone() -> None:
    seen = set()
    for case in (advertising_case(), secret_case()):
        guarded = {path for item in case.description["items"] if "marking" in item for path in item["files"]}
        for path, data in case.files.items():
            words = _words(data) if path.endswith(".pdf") else ""
            said = {sentence for sentence in PLANTED if sentence in words}
            assert not said or path in guarded
            seen |= said
        assert not any(sentence in str(case.description) for sentence in PLANTED)
    assert seen == set(PLANTED)


def test_packages_stand_whole_or_are_missed(tmp_path: Path) -> None:
    with Packages(tmp_path, ("broken",)) as packages:
        assert (packages.path("broken") / "case.json").exists()
        with pytest.raises(RuntimeError):
            packages.path("market")
    with Packages(tmp_path, ("broken",)) as again:
        assert again.path("broken").name == "不合格包"


def test_what_others_sent_is_what_it_says() -> None:
    files = removal_case().files
    names = {path.rsplit(".", 1)[1]: identify(BytesSource(data)).format.name for path, data in files.items()}
    assert (names["ofd"], names["docx"], names["avi"]) == ("OFD (GB/T 33190)", "Word OOXML", "AVI")
    letter = next(data for path, data in minor_case().files.items() if path.endswith(".eml"))
    assert identify(BytesSource(letter)).format.name == "Internet message"
    film = next(data for path, data in files.items() if path.endswith(".avi"))
    facts, _ = probe_media(BytesSource(film))
    assert facts.decoded_ms == pytest.approx(60_000, abs=300) and not is_playable(facts)


def test_every_case_that_is_named_is_made_by_the_program_beside() -> None:
    assert tuple(STORY) == STORY_NAMES and tuple(FURTHER) == FURTHER_NAMES
