"""The strip below each page of a bound volume 合订本页脚: typeset once, placed on every page, with the page's number.

Nothing of a page is covered: the page becomes longer at the edge that is shown below, in proportion to its width.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Object

from archive.pages.gate import tidy
from archive.pages.pdf_stream import Grafter, PdfStream
from archive.pages.render import typeset

WIDTH, HEIGHT, SIDE, TOP, NUMBER_ROOM, SIZE = 595, 28, 34, 5, 84, 8
SIGNS = "0123456789-ivxlcdm第页 "
LARGEST_SIDE = 14_400.0  # ISO 19005-2, 6.1.13


@dataclass(frozen=True, slots=True)
class Box:
    """What is shown of a page 页面可见框: its corners and by how many degrees it is turned."""

    left: float
    bottom: float
    right: float
    top: float
    turned: int

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as the page is shown."""
        across, up = self.right - self.left, self.top - self.bottom
        return (up, across) if self.turned in (90, 270) else (across, up)

    def shows(self, note: Object) -> bool:
        """Whether anything of an annotation lies within: one beside it would come to light where the page is longer."""
        if not isinstance(note, Dictionary) or Name.Rect not in note:
            return False
        left, bottom, right, top = _corners(note.Rect)
        return left < self.right and right > self.left and bottom < self.top and top > self.bottom

    def longer(self, by: float) -> tuple[Box, tuple[float, ...]]:
        """The box with room of ``by`` points below, and the place of that room's left lower corner as it is shown:
        a matrix without scale.
        """
        left, bottom, right, top = self.left, self.bottom, self.right, self.top
        if self.turned == 90:
            return Box(left, bottom, right + by, top, 90), (0, 1, -1, 0, right + by, bottom)
        if self.turned == 180:
            return Box(left, bottom, right, top + by, 180), (-1, 0, 0, -1, right, top + by)
        if self.turned == 270:
            return Box(left - by, bottom, right, top, 270), (0, -1, 1, 0, left - by, top)
        return Box(left, bottom - by, right, top, 0), (1, 0, 0, 1, left, bottom - by)

    def array(self) -> Array:
        """The box as a PDF holds it."""
        return Array([round(each, 4) for each in (self.left, self.bottom, self.right, self.top)])


@dataclass
class Strip:
    """The strip and the signs of its numbers 页脚与数字, in the growing file."""

    strip: int = 0
    signs: dict[str, tuple[int, float]] = field(default_factory=dict)

    def put(self, out: PdfStream, made: bytes) -> Iterator[bytes]:
        """Writes what ``typeset_strip`` made."""
        with pikepdf.open(io.BytesIO(made)) as pdf:
            tidy(pdf)
            graft = Grafter(out, pdf)
            numbers = []
            for page in pdf.pages:
                form = pdf.make_indirect(page.as_form_xobject())
                numbers.append((graft.number(form), float(page.mediabox[2])))
            self.strip = numbers[0][0]
            self.signs = dict(zip(SIGNS, numbers[1:], strict=True))
            yield from graft.drain()

    def mark(self, graft: Grafter, page: Dictionary, box: Box, label: str) -> bytes:
        """Makes ``page`` longer and gives what is drawn before its own content: the strip, and a frame around what was
        shown, so that nothing that was not comes to light below.
        """
        width, height = box.size
        room = min(HEIGHT * width / WIDTH, LARGEST_SIDE - height)
        scale = room / HEIGHT
        grown, turn = box.longer(room)
        page.MediaBox = page.CropBox = grown.array()
        said = f"第 {label} 页" if set(label) <= set(SIGNS) else ""
        names = self._name(graft, page, said)
        a, b, c, d, e, f = turn
        drawn = [_matrix(a * scale, b * scale, c * scale, d * scale, e, f), _do(names[""])]
        at = float(WIDTH - SIDE)
        for sign in reversed(said):
            at -= self.signs[sign][1]
            if sign != " ":
                drawn.append(b"q " + _matrix(1, 0, 0, 1, at, HEIGHT - TOP - 11) + _do(names[sign]) + b"Q ")
        frame = (box.left, box.bottom, box.right - box.left, box.top - box.bottom)
        clip = b" ".join(_real(each) for each in frame) + b" re W n\n"
        return b"q " + b"".join(drawn) + b"Q\n" + clip

    def _name(self, graft: Grafter, page: Dictionary, said: str) -> dict[str, bytes]:
        """Names for the strip and each sign of ``said`` among the page's own resources, none of which is taken."""
        pictures = copy(page.Resources.get(Name.XObject, Dictionary()))
        taken, names = set(pictures.keys()), {}
        for sign in ("", *sorted(set(said) - {" "})):
            name = f"/Anjuan{SIGNS.index(sign) if sign else ''}"
            while name in taken:
                name += "n"
            pictures[Name(name)] = graft.stand_in(self.signs[sign][0] if sign else self.strip)
            names[sign] = name.encode()
        page.Resources.XObject = pictures
        return names


def typeset_strip(
    first: str, second: str, *, timestamp: datetime, trial: bool, extra_fonts: tuple[Path, ...] = ()
) -> bytes:
    """The strip with its two lines, and a page for each sign of a number; ``Strip.put`` takes it."""
    return typeset(
        "volume_strip.typ",
        {
            "first": first + ("　TRIAL 试用" if trial else ""),
            "second": second,
            "signs": SIGNS,
            "width": WIDTH,
            "height": HEIGHT,
            "side": SIDE,
            "top": TOP,
            "number-room": NUMBER_ROOM,
            "size": SIZE,
        },
        timestamp=timestamp,
        trial=trial,
        extra_fonts=extra_fonts,
    )


def shown_box(page: Object) -> Box:
    """What is shown of ``page``: its crop box within its media box, ISO 32000-1, 14.11.2."""
    media = _corners(inherited(page, Name.MediaBox))
    crop = inherited(page, Name.CropBox)
    left, bottom, right, top = media
    if crop is not None:
        cropped = _corners(crop)
        left, bottom = max(left, cropped[0]), max(bottom, cropped[1])
        right, top = min(right, cropped[2]), min(top, cropped[3])
    turned = inherited(page, Name.Rotate)
    return Box(left, bottom, right, top, int(turned if turned is not None else 0) % 360)


def inherited(page: Object, name: Name) -> Object | None:
    """What ``page`` or a node above it says of ``name``."""
    each: Object | None = page
    steps = 0
    while each is not None and steps < 60:
        if name in each:
            return each[name]
        each, steps = each.get(Name.Parent), steps + 1
    return None


def _corners(box: Object | None) -> tuple[float, float, float, float]:
    if box is None:
        raise ValueError("a page without a size")
    x0, y0, x1, y1 = (float(each) for each in box)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _matrix(*numbers: float) -> bytes:
    return b" ".join(_real(each) for each in numbers) + b" cm "


def _do(name: bytes) -> bytes:
    return name + b" Do "


def _real(number: float) -> bytes:
    return f"{number:.5f}".rstrip("0").rstrip(".").encode()
