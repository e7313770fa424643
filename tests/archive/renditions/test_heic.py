"""HEIC: pictures of telephones become PDF/A, with what the camera wrote; a cut one is refused with the reason."""

from __future__ import annotations

import base64

import pytest

from archive.kernel.refusals import Refusal
from archive.renditions.sources import BytesSource
from archive.renditions.terms import Rung
from archive.renditions.workshop import inspect, make_pdfa

# 64 x 48 pixels of a grey ramp, made for this test
SAMPLE = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAb5tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA"
    "ADRpbG9jAAAAAERAAAIAAQAAAAAB4gABAAAAAAAAACkAAgAAAAACCwABAAAAAAAAAEoAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAA"
    "AAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAA"
    "kAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq"
    "5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xh"
    "cAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAA"
    "ABppcmVmAAAAAAAAAA5jZHNjAAIAAQABAAAAe21kYXQAAAAlKAGvWOYFn9VhJaKLge9nrnS/XsVjqQwvEOO4/B70v6LGBqv2DgAA"
    "AAZFeGlmAABNTQAqAAAACAACAQ8AAgAAAAUAAAAmATIAAgAAABQAAAAsAAAAAERlbW8AADIwMjY6MDY6MDIgMDk6NDA6MDAA"
)


def test_it_becomes_a_page_and_keeps_what_the_camera_wrote() -> None:
    source = BytesSource(SAMPLE)
    facts = inspect(source, "IMG_0001.HEIC")
    assert (facts.format.name, facts.pages) == ("HEIC", 1)
    assert facts.exif is not None and (facts.exif.make, facts.exif.taken_at) == ("Demo", "2026:06:02 09:40:00")
    made = make_pdfa(source, facts)
    assert made.conformance == "2b" and made.provenance.rung is Rung.IMAGE_CONVERTED
    (page,) = made.pages
    assert page.width / page.height == pytest.approx(64 / 48, rel=0.01)


@pytest.mark.parametrize("length", [40, 300, len(SAMPLE) - 60])
def test_a_cut_one_is_refused(length: int) -> None:
    with pytest.raises(Refusal) as caught:
        make_pdfa(BytesSource(SAMPLE[:length]), inspect(BytesSource(SAMPLE[:length])))
    assert caught.value.code == "archive.file-unreadable"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\0\x02\0\0Exif", b"\0\x02\0\0\xff\xff\xff\xff"),  # its reader breaks on such a type
        (b"\0\x02\0\0Exif\0", b"\0\x02\0\0mime\xff"),
        (b"\0\0\0\x38iinf", b"\0\0\0\x07iinf"),
    ],
    ids=["type of an item", "name of an item", "a box shorter than its head"],
)
def test_items_that_are_no_text_are_refused_before_the_reader_sees_them(old: bytes, new: bytes) -> None:
    assert SAMPLE.count(old) == 1
    with pytest.raises(Refusal) as caught:
        inspect(BytesSource(SAMPLE.replace(old, new)))
    assert (caught.value.code, caught.value.facts["reason"]) == ("archive.file-unreadable", "damaged")
