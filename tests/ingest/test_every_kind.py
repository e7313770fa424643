"""Every kind of file through take-in: what becomes PDF/A, what gets a viewing copy, and what the item says of it."""

from __future__ import annotations

import io
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import TypeAdapter

from archive.facts import ItemFacts
from archive.kernel.ids import ItemId
from archive.renditions.media_terms import PROBE, Probe
from archive.renditions.sources import BytesSource
from archive.renditions.workshop import probe_media
from archive.service.reading import ItemLine, find_file, get_case, open_file
from archive.service.recording_view import recording_view
from archive.terms import Role
from tests.archive.renditions.films import cut, film
from tests.archive.renditions.samples import picture
from tests.ingest.support import Desk
from tests.support.ofd_samples import make_ofd
from tests.support.office_samples import docx, run

MAIL = (
    "From: a@example.org\r\nTo: b@example.org\r\nSubject: Notice\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    "请于十日内改正。\r\n"
)


def _items(desk: Desk, name: str, files: dict[str, bytes], **more: Any) -> dict[str, ItemLine]:
    """The items of a sealed case, one for each file, by the file's name."""

    def one_each(description: Any) -> None:
        description["items"] = [{"title": path, "files": [path], **more} for path in files]

    receipt = desk.take(desk.write(name, files, one_each))
    with desk.ports.works.work(desk.actor) as work:
        view = get_case(work, desk.ports.holdings, receipt.case_id)
    return {_facts(line).title: line for volume in view.volumes for line in volume.items}


def _facts(line: ItemLine) -> ItemFacts:
    assert line.facts is not None
    return line.facts


def _read(desk: Desk, line: ItemLine, role: Role) -> bytes:
    with desk.ports.works.work(desk.actor) as work:
        source = open_file(work, desk.ports.holdings, find_file(work, ItemId(line.item_id), role))
    data = source.whole()
    source.close()
    return data


def test_papers_of_every_make_become_pdfa_with_their_text(desk: Desk) -> None:
    files = {
        "页.html": "<p>责令改正</p>".encode(),
        "信.eml": MAIL.encode(),
        "文.txt": "说明\n".encode(),
        "版.ofd": make_ofd([["处罚决定书"]], seal="电子印章"),
        "图.jp2": picture("JPEG2000"),
        "图.png": picture("PNG"),
    }
    items = _items(desk, "every paper", files)
    assert {name: line.rendition for name, line in items.items()} == dict.fromkeys(files, "pdfa")
    for name, words in (("页.html", "责令改正"), ("信.eml", "十日内"), ("文.txt", "说明"), ("版.ofd", "处罚决定书")):
        assert words in _read(desk, items[name], Role.TEXT).decode(), name
        assert _facts(items[name]).provenance is not None
    ofd = _facts(items["版.ofd"])
    assert "OFD 原件为准" in ofd.rendition_note and "未经验证" in ofd.rendition_note
    assert [signature.indication for signature in ofd.signatures] == ["not-checked"]


@pytest.mark.service("libreoffice")
def test_an_office_file_becomes_pdfa_and_its_marks_are_judged(desk: Desk, ordinary: Desk) -> None:
    items = _items(desk, "office", {"表.docx": docx(run("立案审批表"))})
    assert items["表.docx"].rendition == "pdfa"
    assert "立案审批表" in _read(desk, items["表.docx"], Role.TEXT).decode()
    reasons = ordinary.refusal(ordinary.write("office secret", {"密.docx": docx(run("方案 机密★20年"))}))
    assert {reason.code for reason in reasons} == {"ingest.secret-found"}

    def attach(description: Any) -> None:
        description["items"] = [{"title": "甲", "files": ["甲.txt", "密.docx"]}]

    attached = {"甲.txt": b"x", "密.docx": docx(run("方案 机密★20年"))}
    reasons = ordinary.refusal(ordinary.write("office attached", attached, attach))
    assert {reason.code for reason in reasons} == {"ingest.secret-found"}


def _coded(words: str, *, enclosed: bytes = b"") -> bytes:
    """A letter whose words nobody sees in its bytes."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "a@example.org", "b@example.org", "Notice"
    letter.set_content(words, cte="base64")
    if enclosed:
        letter.add_attachment(enclosed, maintype="application", subtype="pdf", filename="证据.pdf")
    return bytes(letter)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("密.eml", _coded("方案 机密★20年\n")),
        ("密.html", b"<html><body><p>&#26041;&#26696; &#26426;&#23494;&#9733;20</p></body></html>"),
    ],
)
def test_marks_are_found_in_what_is_attached_however_its_text_is_coded(ordinary: Desk, name: str, data: bytes) -> None:
    def attach(description: Any) -> None:
        description["items"] = [{"title": "甲", "files": ["甲.txt", name]}]

    reasons = ordinary.refusal(ordinary.write(f"coded {name}", {"甲.txt": b"x", name: data}, attach))
    assert {reason.code for reason in reasons} == {"ingest.secret-found"}


def test_where_nobody_looked_for_marks_the_item_says_so(ordinary: Desk) -> None:
    files = {"形.eml": _coded("会议纪要 \U0001f600\n"), "附.eml": _coded("见附件。\n", enclosed=b"%PDF-1.7 x")}
    items = _items(ordinary, "unread letters", files)
    told = {
        name: [finding.detail for finding in _facts(line).findings if finding.code == "marks-unchecked"]
        for name, line in items.items()
    }
    assert told == {"形.eml": ["形.eml: glyph-missing"], "附.eml": ["附.eml: 证据.pdf"]}


def test_a_photo_of_another_day_says_so(desk: Desk) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2026:10:01 09:30:00"
    out = io.BytesIO()
    Image.linear_gradient("L").resize((64, 48)).save(out, "JPEG", exif=exif)
    items = _items(desk, "photo", {"照.jpg": out.getvalue()}, doc_date="2026-10-02")
    facts = _facts(items["照.jpg"])
    assert facts.photo["taken_at"].startswith("2026:10:01")
    assert [(f.code, f.detail) for f in facts.findings if f.code == "media-time-differs"] == [
        ("media-time-differs", "2026-10-01 09:30 / 2026-10-02")
    ]


def test_a_recording_that_no_browser_plays_has_its_pictures_and_a_viewing_copy(desk: Desk, tmp_path: Path) -> None:
    data = film(tmp_path, 6, "avi", video="mpeg4", audio="pcm_s16le")
    line = _items(desk, "camera", {"录.avi": data})["录.avi"]
    assert sorted(file.role for file in line.files) == sorted(
        [Role.ORIGINAL, Role.POSTER, Role.STRIP, Role.METADATA, Role.VIEWING]
    )
    assert _read(desk, line, Role.ORIGINAL) == data
    facts, _ = probe_media(BytesSource(_read(desk, line, Role.VIEWING)))
    assert "webm" in facts.container and facts.decoded_ms == pytest.approx(6_000, abs=300)
    assert facts.declared_ms == pytest.approx(6_000, abs=300)  # the correction that its maker wrote last is in it
    probe = TypeAdapter(Probe).validate_json(_read(desk, line, Role.METADATA))
    assert probe.facts.wave and probe.at_ms[0] == pytest.approx(0, abs=200)
    assert any(name.endswith(PROBE) for name in (file.name for file in line.files))
    assert "浏览副本" in _facts(line).rendition_note and _facts(line).media is not None
    with desk.ports.works.work(desk.actor) as work:
        view = recording_view(work, desk.ports.holdings, line)
    assert view.whole and view.facts == probe.facts and view.at_ms == probe.at_ms
    assert view.strip is not None and view.tile_width > 0 and not view.findings


def test_a_film_that_was_cut_says_where_and_one_that_browsers_play_gets_no_copy(desk: Desk, tmp_path: Path) -> None:
    whole = film(tmp_path, 10, "mp4", audio="aac", silent=[2, 4])
    items = _items(desk, "films", {"全.mp4": whole, "断.mp4": cut(whole, 0.6)})
    facts = _facts(items["全.mp4"])
    assert Role.VIEWING not in {file.role for file in items["全.mp4"].files}
    assert facts.media is not None and facts.media.complete is True
    spoilt = _facts(items["断.mp4"])
    assert spoilt.media is not None and spoilt.media.complete is False
    (found,) = [finding for finding in spoilt.findings if finding.code == "media-cut"]
    assert found.detail.endswith("/ 00:10") and found.detail < "00:08"
    with desk.ports.works.work(desk.actor) as work:
        view = recording_view(work, desk.ports.holdings, items["断.mp4"])
    assert "media-cut" in {finding.code for finding in view.findings}
