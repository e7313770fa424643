"""Text of PDF pages 页文本提取: characters with their places from pdfium, and how far they can be trusted."""

from __future__ import annotations

import ctypes
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from archive.renditions.children.runtime import Unfit
from archive.renditions.terms import Line, PageText, Reliability

_CHARACTERS_A_PAGE = 400_000
_OBJECTS_A_PAGE = 400
_TRUSTED = 0.95
_FEW = 20
_HALF = 0.5


@dataclass
class _Run:
    """Characters that stand side by side on one line, in page space."""

    text: list[str] = field(default_factory=list)
    left: float = 0.0
    bottom: float = 0.0
    right: float = 0.0
    top: float = 0.0

    def add(self, character: str, box: tuple[float, float, float, float]) -> None:
        left, bottom, right, top = box
        if not self.text:
            self.left, self.bottom, self.right, self.top = box
        self.text.append(character)
        self.left, self.bottom = min(self.left, left), min(self.bottom, bottom)
        self.right, self.top = max(self.right, right), max(self.top, top)

    def continues(self, box: tuple[float, float, float, float]) -> bool:
        """The next box stands on the same line, close behind: less than 0.6 of the line height away."""
        left, bottom, right, top = box
        height = max(self.top - self.bottom, top - bottom, 0.1)
        middle = (bottom + top) / 2
        close = -0.3 * height <= left - self.right <= 0.6 * height
        return close and self.bottom - 0.2 * height <= middle <= self.top + 0.2 * height and right >= left


def page_text(document: Any, index: int) -> PageText:
    """The text of page ``index`` (from 0) with runs and their boxes, y downwards from the top of the shown page."""
    page = document[index]
    try:
        rotation = page.get_rotation() % 360
        left, bottom, right, top = page.get_cropbox()
        frame = (left, bottom, right - left, top - bottom)
        width, height = page.get_size()
        text, runs, shown, bad = _characters(page)
        image_share = _image_share(page, frame)
    finally:
        page.close()
    mapped = 1.0 if shown == 0 else round(1 - bad / shown, 4)
    return PageText(
        number=index + 1,
        width=round(width, 2),
        height=round(height, 2),
        rotation=rotation,
        text=text,
        lines=tuple(_line(run, frame, rotation) for run in runs),
        reliability=_reliability(shown, mapped, image_share),
        mapped=mapped,
        image_share=round(image_share, 3),
    )


def same_words(one: Any, other: Any, index: int) -> bool:
    """True where page ``index`` (from 0) of both documents has the same characters, one by one, as pdfium reads it."""
    texts = []
    for document in (one, other):
        page = document[index]
        textpage = page.get_textpage()
        try:
            if textpage.count_chars() > _CHARACTERS_A_PAGE:
                raise Unfit("stream", detail="characters")
            texts.append(textpage.get_text_range(errors="surrogatepass"))
        finally:
            textpage.close()
            page.close()
    return bool(texts[0] == texts[1])


def lost_characters(before: str, after: str) -> int:
    """How many characters of ``before`` (compatibility form, without blanks) ``after`` lacks."""
    return sum((_bag(before) - _bag(after)).values())


def _bag(text: str) -> Counter[str]:
    folded = unicodedata.normalize("NFKC", text)
    return Counter(c for c in folded if not c.isspace() and unicodedata.category(c) not in ("Cc", "Cf"))


def _reliability(shown: int, mapped: float, image_share: float) -> Reliability:
    if shown == 0:
        return Reliability.NONE
    if mapped < _TRUSTED or (shown < _FEW and image_share > _HALF):
        return Reliability.UNRELIABLE
    return Reliability.RELIABLE


def _characters(page: Any) -> tuple[str, list[_Run], int, int]:
    """Text, runs, how many characters are shown, how many of them have no trustworthy code."""
    textpage = page.get_textpage()
    try:
        count = textpage.count_chars()
        if count > _CHARACTERS_A_PAGE:
            raise Unfit("stream", detail="characters")
        reader = _Reader(textpage.raw)
        text: list[str] = []
        runs: list[_Run] = []
        shown = bad = 0
        run = _Run()
        for index in range(count):
            character, drawn, trusted = reader.character(index)
            if _is_low_half(character) and text and _is_high_half(text[-1]):
                text[-1] = _joined(text[-1] + character)
                if run.text:
                    run.text[-1] = text[-1]
                continue
            text.append(character)
            if not drawn or character.isspace():
                runs, run = _close(runs, run)
                continue
            shown, bad = shown + 1, bad + (not trusted)
            box = reader.box(index)
            if run.text and not run.continues(box):
                runs, run = _close(runs, run)
            run.add(character, box)
        runs, _ = _close(runs, run)
    finally:
        textpage.close()
    return _joined("".join(text)).replace("\r\n", "\n").replace("\r", "\n"), runs, shown, bad


def _joined(text: str) -> str:
    """pdfium gives a character beyond the basic plane in two halves: put together, a half alone is U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _is_high_half(character: str) -> bool:
    return "\ud800" <= character <= "\udbff"


def _is_low_half(character: str) -> bool:
    return "\udc00" <= character <= "\udfff"


def _close(runs: list[_Run], run: _Run) -> tuple[list[_Run], _Run]:
    if run.text:
        runs.append(run)
    return runs, _Run()


class _Reader:
    """The raw calls of pdfium for one character; boxes are the loose ones, as high as the line."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._rect = pdfium.FS_RECTF()

    def character(self, index: int) -> tuple[str, bool, bool]:
        """The character, whether the page really draws it, whether its code can be trusted."""
        code = int(pdfium.FPDFText_GetUnicode(self._raw, index))
        if code == 2 and pdfium.FPDFText_IsHyphen(self._raw, index) == 1:
            return "-", True, True
        if code == 0 or code > 0x10FFFF:
            return "\ufffd", True, False
        character = chr(code)
        drawn = pdfium.FPDFText_IsGenerated(self._raw, index) != 1
        unmapped = pdfium.FPDFText_HasUnicodeMapError(self._raw, index) == 1
        return character if code >= 32 or character in "\r\n\t" else "\ufffd", drawn, not unmapped and _is_sound(code)

    def box(self, index: int) -> tuple[float, float, float, float]:
        rect = self._rect
        if not pdfium.FPDFText_GetLooseCharBox(self._raw, index, ctypes.byref(rect)):
            return (0.0, 0.0, 0.0, 0.0)
        return (
            min(rect.left, rect.right),
            min(rect.bottom, rect.top),
            max(rect.left, rect.right),
            max(rect.bottom, rect.top),
        )


def _is_sound(code: int) -> bool:
    """Not a control, not private use, not a replacement or non-character."""
    if code < 32 or 0x7F <= code < 0xA0:
        return chr(code) in "\r\n\t"
    private = 0xE000 <= code <= 0xF8FF or code >= 0xF0000
    return not private and code not in (0xFFFD, 0xFEFF) and code & 0xFFFE != 0xFFFE


def _image_share(page: Any, frame: tuple[float, float, float, float]) -> float:
    """The part of the page that its largest picture covers."""
    area = max(frame[2] * frame[3], 1.0)
    largest = 0.0
    images = page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,), max_depth=3)
    for image in islice(images, _OBJECTS_A_PAGE):
        try:
            left, bottom, right, top = image.get_bounds()
        except pypdfium2.PdfiumError:
            continue
        largest = max(largest, (right - left) * (top - bottom))
    return min(1.0, max(0.0, largest / area))


def _line(run: _Run, frame: tuple[float, float, float, float], rotation: int) -> Line:
    one = _shown(run.left, run.bottom, frame, rotation)
    other = _shown(run.right, run.top, frame, rotation)
    return Line(
        _joined("".join(run.text)),
        round(min(one[0], other[0]), 2),
        round(min(one[1], other[1]), 2),
        round(max(one[0], other[0]), 2),
        round(max(one[1], other[1]), 2),
    )


def _shown(x: float, y: float, frame: tuple[float, float, float, float], rotation: int) -> tuple[float, float]:
    """A point of page space as the reader sees it: crop box taken off, rotation applied, y downwards."""
    left, bottom, width, height = frame
    x, y = x - left, y - bottom
    if rotation == 90:
        return y, x
    if rotation == 180:
        return width - x, y
    if rotation == 270:
        return height - y, width - x
    return x, height - y
