"""Pictures in, PDF/A-2b out: their own bytes where allowed, whole frames or a refusal, camera facts kept."""

import io
import time
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from archive.kernel.refusals import Refusal
from archive.renditions.sources import BytesSource
from archive.renditions.terms import PdfARendition, Rung
from archive.renditions.workshop import inspect, make_pdfa, render_page
from tests.archive.renditions import samples
from tests.services.verapdf import verapdf

SAMPLES = {
    "grey.jpg": samples.picture("JPEG", "L"),
    "colour.jpg": samples.picture("JPEG", dpi=(300, 300)),
    "cmyk.jpg": samples.picture("JPEG", "CMYK"),
    "plain.png": samples.picture("PNG"),
    "alpha.png": samples.picture("PNG", "RGBA"),
    "palette.png": samples.picture("PNG", "P"),
    "deep.png": samples.picture("PNG", "I;16"),
    "old.gif": samples.picture("GIF", "P"),
    "old.bmp": samples.picture("BMP"),
    "scan.tif": samples.tiff_pages("1", "L", "RGB"),
}


def converted(data: bytes) -> PdfARendition:
    source = BytesSource(data)
    return make_pdfa(source, inspect(source))


def reason_of(data: bytes) -> object:
    with pytest.raises(Refusal) as refused:
        converted(data)
    return refused.value.facts["reason"]


@pytest.mark.service("verapdf")
def test_every_kind_of_picture_becomes_valid_pdfa_2b(tmp_path: Path) -> None:
    named = dict(SAMPLES)
    folder = samples.DATA / "media"
    if folder.exists():
        named |= {path.name: path.read_bytes() for path in sorted(folder.glob("*.jpg"))}
    rungs = {}
    for name, data in named.items():
        made = converted(data)
        rungs[name] = made.provenance.rung
        assert made.conformance == "2b" and made.provenance.findings
        (tmp_path / f"{name}.pdf").write_bytes(made.pdf)
    verdicts = verapdf([tmp_path / f"{name}.pdf" for name in named], "2b")
    assert not {path.name: verdict.broken for path, verdict in verdicts.items() if not verdict}
    assert rungs["colour.jpg"] == rungs["grey.jpg"] == rungs["scan.tif"] == Rung.IMAGE_EMBEDDED
    assert rungs["cmyk.jpg"] is Rung.IMAGE_CONVERTED  # without a profile its colours are nobody's


@pytest.mark.parametrize("name", ["cmyk.jpg", "alpha.png", "deep.png", "scan.tif"])
def test_the_page_shows_the_picture(name: str) -> None:
    with Image.open(io.BytesIO(SAMPLES[name])) as image:
        wanted = image.convert("RGBA").convert("RGB") if name != "deep.png" else image.point(lambda v: v / 256)
        wanted = wanted.convert("L").resize((16, 16))
    made = converted(SAMPLES[name])
    with Image.open(io.BytesIO(render_page(BytesSource(made.pdf), 1, 72))) as shown:
        drawn = shown.convert("L").resize((16, 16))
    differences = [abs(a - b) for a, b in zip(wanted.tobytes(), drawn.tobytes(), strict=True)]
    assert sum(differences) / len(differences) < 12


def test_a_jpeg_lies_in_the_pdf_with_its_own_bytes() -> None:
    data = SAMPLES["colour.jpg"]
    with pikepdf.open(io.BytesIO(converted(data).pdf)) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        assert image.read_raw_bytes() == data


def test_a_tiff_gives_one_page_a_frame() -> None:
    facts = inspect(BytesSource(SAMPLES["scan.tif"]))
    made = converted(SAMPLES["scan.tif"])
    assert facts.pages == 3 and len(made.pages) == 3
    assert (made.pages[0].width, made.pages[0].height) == pytest.approx((36.0, 50.4), abs=0.1)


def test_an_upright_page_from_a_camera_held_sideways() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    made = converted(samples.picture("JPEG", exif=exif))
    assert made.pages[0].width < made.pages[0].height
    with pikepdf.open(io.BytesIO(made.pdf)) as pdf:
        assert int(pdf.pages[0].obj.get("/Rotate", 0)) == 90


def test_time_place_and_device_of_a_photo() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Maker", "Model X\n"
    exif.get_ifd(0x8769).update({0x9003: "2026:03:01 09:30:00", 0x9011: "+08:00", 0xA431: "SN1"})
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 14.0, 24.0), 3: "E", 4: (121.0, 28.0, 12.0), 5: b"\x00", 6: 12.5})
    facts = inspect(BytesSource(samples.picture("JPEG", exif=exif))).exif
    assert facts is not None
    assert (facts.taken_at, facts.offset, facts.make, facts.model, facts.serial) == (
        "2026:03:01 09:30:00", "+08:00", "Maker", "Model X", "SN1",
    )  # fmt: skip
    assert (facts.latitude, facts.longitude, facts.altitude) == (31.24, 121.47, 12.5)


def test_a_cut_picture_is_refused() -> None:
    whole = samples.picture("JPEG", size=(800, 600), quality=95)
    assert reason_of(whole[: len(whole) * 2 // 5]) == "truncated"
    png = samples.picture("PNG", size=(400, 300))
    assert reason_of(png[: len(png) // 2]) in ("truncated", "damaged")
    assert reason_of(SAMPLES["scan.tif"][:-300]) in ("truncated", "damaged")


@pytest.mark.parametrize("side", [60_000, 20_000])
def test_a_picture_that_claims_to_be_huge_is_refused_at_once(side: int) -> None:
    start = time.monotonic()
    assert reason_of(samples.png_header(side, side)) == "pixels"
    assert time.monotonic() - start < 15


def test_what_is_no_picture_is_refused() -> None:
    assert reason_of(b"\x89PNG\r\n\x1a\n" + b"rubbish" * 20) in ("not-this-format", "damaged")
    assert reason_of(b"\xff\xd8\xff\xe0" + bytes(100)) in ("not-this-format", "damaged")
