"""Drawing of OFD pages OFD 页面绘制: text as outlines with the text unseen above it, paths, pictures, in millimetres.

What cannot be drawn is refused with the page, never left out.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import pikepdf
from lxml import etree
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import Image

from archive.renditions.children import outlines
from archive.renditions.children.ofd_book import Book, Page, Resources, Seal, child, numbers, text_of
from archive.renditions.children.package import attribute, local
from archive.renditions.children.pagebuilder import TextLayer
from archive.renditions.children.runtime import Unfit
from archive.renditions.limits import DECODE_PIXEL_CAP
from archive.renditions.terms import Line

POINTS = 72 / 25.4
_OBJECTS = frozenset({"TextObject", "PathObject", "ImageObject", "CompositeObject"})
_OBJECTS_CAP = 200_000
_DEPTH_CAP = 8
_SIGNS_CAP = 400_000
Matrix = tuple[float, float, float, float, float, float]
_PLAIN: Matrix = (1, 0, 0, 1, 0, 0)

Image.MAX_IMAGE_PIXELS = None  # counted here, before anything is decoded


def times(one: Matrix, two: Matrix) -> Matrix:
    """First ``one``, then ``two``."""
    a, b, c, d, e, f = one
    k, l, m, n, o, p = two  # noqa: E741
    return (a * k + b * m, a * l + b * n, c * k + d * m, c * l + d * n, e * k + f * m + o, e * l + f * n + p)


def applied(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """Where a point comes to lie."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _matrix(text: str) -> Matrix:
    found = numbers(text)
    return (found[0], found[1], found[2], found[3], found[4], found[5]) if len(found) >= 6 else _PLAIN


@dataclass
class _Sheet:
    """One page being drawn: content, unseen lines, pictures and glyphs by name."""

    number: int
    resources: Resources
    content: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    shapes: dict[str, Stream] = field(default_factory=dict)
    objects: int = 0


class Draughtsman:
    """Draws the pages of one book into one PDF 绘制器."""

    def __init__(self, book: Book) -> None:
        self.pdf = Pdf.new()
        self.texts: list[str] = []
        self.simplified = False
        self._book = book
        self._layer = TextLayer(self.pdf)
        self._faces: dict[str, outlines.Face | None] = {}
        self._shapes: dict[tuple[int, str], tuple[str, Stream | None]] = {}
        self._pictures: dict[str, Stream] = {}

    def draw(self) -> bytes:
        """All pages; the PDF is not yet PDF/A."""
        for number, page in enumerate(self._book.pages, 1):
            self._page(page, number)
        self._layer.finish()
        out = io.BytesIO()
        self.pdf.save(out)
        return out.getvalue()

    def _page(self, page: Page, number: int) -> None:
        left, top, width, height = page.box[:4]
        sheet = _Sheet(number, page.resources)
        base: Matrix = (POINTS, 0, 0, -POINTS, -left * POINTS, (top + height) * POINTS)
        for root in (*page.below, page.root, *page.above):
            origin = numbers(attribute(root, "Boundary"))
            shift: Matrix = (1, 0, 0, 1, origin[0], origin[1]) if len(origin) >= 2 else _PLAIN
            self._block(root, sheet, times(shift, base), 0)
        for seal in (each for each in self._book.seals if each.page == number):
            self._seal(seal, sheet, base)
        size = (width * POINTS, height * POINTS)
        unseen = self._layer.operators(sheet.lines, size[1])
        resources = Dictionary(XObject=Dictionary({f"/{key}": value for key, value in sheet.shapes.items()}))
        if unseen:
            resources[Name.Font] = Dictionary(F0=self._layer.font)
        content = ("\n".join(sheet.content) + "\n").encode("ascii") + unseen
        made = Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, round(size[0], 2), round(size[1], 2)]),
            Resources=resources,
            Contents=self.pdf.make_indirect(Stream(self.pdf, content)),
        )
        self.pdf.pages.append(pikepdf.Page(self.pdf.make_indirect(made)))
        self.texts.append("".join(sheet.text))

    def _block(self, root: etree._Element, sheet: _Sheet, matrix: Matrix, depth: int) -> None:
        if depth > _DEPTH_CAP:
            raise Unfit("stream", sheet.number, "nesting")
        for each in root:
            sheet.objects += 1
            if sheet.objects > _OBJECTS_CAP:
                raise Unfit("stream", sheet.number, "objects")
            name = local(each)
            if name in ("Content", "Layer", "PageBlock"):
                self._block(each, sheet, matrix, depth + 1)
            elif name in _OBJECTS and attribute(each, "Visible") != "false":
                self._object(name, each, sheet, matrix, depth)

    def _object(self, name: str, each: etree._Element, sheet: _Sheet, matrix: Matrix, depth: int) -> None:
        box = numbers(attribute(each, "Boundary"))
        shift: Matrix = (1, 0, 0, 1, box[0], box[1]) if len(box) >= 4 else _PLAIN
        whole = times(times(_matrix(attribute(each, "CTM")), shift), matrix)
        sheet.content.append("q")
        if name == "TextObject":
            self._text(each, sheet, whole)
        elif name == "PathObject":
            self._path(each, sheet, whole)
        elif name == "ImageObject":
            self._image(each, sheet, whole)
        else:
            unit = sheet.resources.units.get(attribute(each, "ResourceID"))
            if unit is None:
                raise Unfit("look-lost", sheet.number, "composite object")
            self._block(unit, sheet, whole, depth + 1)
        sheet.content.append("Q")

    def _colour(self, each: etree._Element, name: str, sheet: _Sheet) -> str | None:
        """Red, green and blue from 0 to 1; None where the object names no colour."""
        at = child(each, name)
        parameter = sheet.resources.parameters.get(attribute(each, "DrawParam"))
        for _ in range(4):
            if at is None and parameter is not None:
                at = child(parameter, name)
                parameter = sheet.resources.parameters.get(attribute(parameter, "Relative"))
        if at is None:
            return None
        if len(at):
            self.simplified = True
            at = next((inner for inner in at.iter() if inner is not at and attribute(inner, "Value")), at)
        value = [min(255.0, max(0.0, number)) / 255 for number in numbers(attribute(at, "Value"))]
        if len(value) == 1:
            value *= 3
        elif len(value) == 4:
            value = [(1 - part) * (1 - value[3]) for part in value[:3]]
        elif len(value) != 3:
            value = [0.0, 0.0, 0.0]
        alpha = min(255.0, max(0.0, (numbers(attribute(at, "Alpha")) or (255.0,))[0])) / 255
        return " ".join(f"{1 - alpha * (1 - part):.3f}" for part in value)

    def _text(self, each: etree._Element, sheet: _Sheet, matrix: Matrix) -> None:
        sheet.content.append(f"{self._colour(each, 'FillColor', sheet) or '0 0 0'} rg")
        size = (numbers(attribute(each, "Size")) or (3.5,))[0]
        stretch = (numbers(attribute(each, "HScale")) or (1.0,))[0]
        face = self._face(attribute(each, "Font"), sheet.resources)
        glyphs = dict(_given_glyphs(each))
        at = 0
        for code in (part for part in each if local(part) == "TextCode"):
            text = (code.text or "").strip("\r\n")
            places = list(_places(code, text, size))
            for sign, (x, y) in zip(text, places, strict=True):
                if len(sheet.text) + at > _SIGNS_CAP:
                    raise Unfit("stream", sheet.number, "signs")
                self._sign(sign, glyphs.get(at), face, sheet, times((size * stretch, 0, 0, -size, x, y), matrix))
                at += 1
            if text.strip():
                sheet.text.append(text)
                sheet.lines += _lines(text, places, size, matrix, self._book.pages[sheet.number - 1])

    def _sign(self, sign: str, number: int | None, face: outlines.Face | None, sheet: _Sheet, matrix: Matrix) -> None:
        if sign.isspace() or ord(sign) < 32:
            return
        choices = [(face, face.glyph_at(number))] if face is not None and number is not None else []
        choices += [(face, face.glyph_of(sign))] if face is not None else []
        choices.append((outlines.vendored(), outlines.vendored().glyph_of(sign)))
        for chosen, name in choices:
            if name is None:
                continue
            key = self._shape(chosen, name)
            if key is None:
                continue
            shape = self._shapes[key][1]
            if shape is not None:
                sheet.shapes[self._shapes[key][0]] = shape
                units = chosen.units
                a, b, c, d, e, f = matrix
                placed = (a / units, b / units, c / units, d / units, e, f)
                sheet.content.append(
                    "q " + " ".join(f"{part:.6f}" for part in placed) + f" cm /{self._shapes[key][0]} Do Q"
                )
            return
        raise Unfit("glyph-missing", sheet.number, f"U+{ord(sign):04X}")

    def _shape(self, face: outlines.Face, name: str) -> tuple[int, str] | None:
        key = (id(face), name)
        if key not in self._shapes:
            path = outlines.drawn(face, name)
            if path is None:
                return None
            shape = None
            if path:
                reach = int(face.units * 4)
                box = Array([-reach, -reach, reach, reach])
                made = Stream(self.pdf, path, Type=Name.XObject, Subtype=Name.Form, BBox=box, Resources=Dictionary())
                shape = self.pdf.make_indirect(made)
            self._shapes[key] = (f"G{len(self._shapes)}", shape)
        return key

    def _face(self, number: str, resources: Resources) -> outlines.Face | None:
        file = resources.fonts.get(number, "")
        if file and file not in self._faces:
            data = self._book.package.read(file) if file in self._book.package else b""
            self._faces[file] = outlines.embedded(data) if data else None
        return self._faces.get(file)

    def _path(self, each: etree._Element, sheet: _Sheet, matrix: Matrix) -> None:
        stroke = attribute(each, "Stroke") != "false"
        fill = attribute(each, "Fill") == "true"
        path = " ".join(path_operators(text_of(each, "AbbreviatedData"), matrix))
        if not path or not (stroke or fill):
            return
        width = (numbers(attribute(each, "LineWidth")) or (0.353,))[0]
        a, b, c, d, *_ = matrix
        scale = math.sqrt(abs(a * d - b * c))
        sheet.content.append(f"{max(0.05, width * scale):.3f} w")
        sheet.content.append(f"{self._colour(each, 'StrokeColor', sheet) or '0 0 0'} RG")
        sheet.content.append(f"{self._colour(each, 'FillColor', sheet) or '0 0 0'} rg")
        star = "*" if attribute(each, "Rule") == "Even-Odd" else ""
        sheet.content.append(f"{path} " + (f"B{star}" if stroke and fill else "S" if stroke else f"f{star}"))

    def _image(self, each: etree._Element, sheet: _Sheet, matrix: Matrix) -> None:
        file = sheet.resources.media.get(attribute(each, "ResourceID"), "")
        if not file or file not in self._book.package:
            raise Unfit("look-lost", sheet.number, "a picture is missing")
        if file not in self._pictures:
            self._pictures[file] = self._picture(self._book.package.read(file), sheet.number)
        self._place(self._pictures[file], sheet, matrix, attribute(each, "CTM"), numbers(attribute(each, "Boundary")))

    def _place(self, picture: Stream, sheet: _Sheet, matrix: Matrix, own: str, box: tuple[float, ...]) -> None:
        """A picture fills the unit square, whose top is 0: turned over, for pictures of a PDF stand on their feet."""
        if not own and len(box) >= 4:
            matrix = times((box[2], 0, 0, box[3], 0, 0), matrix)
        key = f"I{picture.objgen[0]}"
        sheet.shapes[key] = picture
        placed = times((1, 0, 0, -1, 0, 1), matrix)
        sheet.content.append("q " + " ".join(f"{part:.6f}" for part in placed) + f" cm /{key} Do Q")

    def _picture(self, data: bytes, page: int) -> Stream:
        try:
            image: Image.Image = Image.open(io.BytesIO(data))
            if image.width * image.height > DECODE_PIXEL_CAP:
                raise Unfit("pixels", page, f"{image.width}x{image.height}")
            image.load()
        except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError):
            raise Unfit("look-lost", page, "a picture cannot be read") from None
        clear = None
        if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
            image = image.convert("RGBA")
            clear = image.getchannel("A")
        gray = image.mode in ("1", "L")
        plain = image.convert("L" if gray else "RGB")
        made = self._pixels(plain.tobytes(), plain.width, plain.height, Name.DeviceGray if gray else Name.DeviceRGB)
        if clear is not None and clear.getextrema() != (255, 255):
            made.SMask = self._pixels(clear.tobytes(), clear.width, clear.height, Name.DeviceGray)
        return made

    def _pixels(self, data: bytes, width: int, height: int, space: Name) -> Stream:
        made = Stream(self.pdf, data, Type=Name.XObject, Subtype=Name.Image, Width=width, Height=height,
                      ColorSpace=space, BitsPerComponent=8)  # fmt: skip
        return self.pdf.make_indirect(made)

    def _seal(self, seal: Seal, sheet: _Sheet, base: Matrix) -> None:
        """The picture that a seal carries, or a frame where it would stand."""
        if len(seal.box) < 4:
            return
        x, y, width, height = seal.box[:4]
        if seal.picture:
            picture = self._picture(seal.picture, sheet.number)
            self._place(picture, sheet, times((1, 0, 0, 1, x, y), base), "", (0, 0, width, height))
            return
        corners = [
            applied(base, *point) for point in ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
        ]
        path = " l ".join(f"{px:.2f} {py:.2f}" for px, py in corners).replace(" l ", " m ", 1)
        sheet.content.append(f"q 0.6 0.1 0.1 RG 0.7 w [4 3] 0 d {path} l h S Q")


def _given_glyphs(each: etree._Element) -> Iterator[tuple[int, int]]:
    """Numbers of glyphs that a text object gives in place of its signs, one for one."""
    for given in (part for part in each if local(part) == "CGTransform"):
        start = int((numbers(attribute(given, "CodePosition")) or (0,))[0])
        glyphs = [int(number) for number in numbers(text_of(given, "Glyphs"))]
        count = int((numbers(attribute(given, "CodeCount")) or (1,))[0])
        if count == len(glyphs):
            yield from ((start + offset, number) for offset, number in enumerate(glyphs))


def _places(code: etree._Element, text: str, size: float) -> Iterator[tuple[float, float]]:
    """Where each sign stands: start, then the steps given (``g n step`` repeats one), else as wide as the sign."""
    x, y = ((numbers(attribute(code, axis)) or (0.0,))[0] for axis in ("X", "Y"))
    across, down = (list(_steps(attribute(code, f"Delta{axis}"), len(text))) for axis in ("X", "Y"))
    for index, sign in enumerate(text):
        yield x, y
        if index < len(across):
            x += across[index]
        elif not down:
            x += size * (0.5 if ord(sign) < 0x2E80 else 1.0)
        if index < len(down):
            y += down[index]


def _steps(text: str, most: int) -> Iterator[float]:
    words = text.split()[: 4 * most + 8]
    at = given = 0
    while at < len(words) and given < most:
        if words[at] == "g" and at + 2 < len(words):
            count = int((numbers(words[at + 1]) or (0,))[0])
            step = (numbers(words[at + 2]) or (0.0,))[0]
            at += 3
        else:
            count, step = 1, (numbers(words[at]) or (0.0,))[0]
            at += 1
        for _ in range(min(count, most - given)):
            given += 1
            yield step


def _lines(text: str, places: list[tuple[float, float]], size: float, matrix: Matrix, page: Page) -> Iterator[Line]:
    """The unseen text: one line for the signs of a text code, one for each sign where they run down the page."""
    height = page.box[3] * POINTS
    down = len(places) > 1 and abs(places[-1][1] - places[0][1]) > abs(places[-1][0] - places[0][0])
    groups = [(sign, [place]) for sign, place in zip(text, places, strict=True)] if down else [(text, places)]
    for words, stands in groups:
        corners = [
            applied(matrix, x, y)
            for x, y in (
                (stands[0][0], stands[0][1] - 0.88 * size),
                (stands[-1][0] + size, stands[-1][1] + 0.12 * size),
            )
        ]
        across, up = sorted(point[0] for point in corners), sorted(height - point[1] for point in corners)
        yield Line(words, round(across[0], 2), round(up[0], 2), round(across[1], 2), round(up[1], 2))


def path_operators(data: str, matrix: Matrix) -> Iterator[str]:
    """Abbreviated path data as path operators of PDF, brought to the page."""
    words = data.replace(",", " ").split()
    at, here, start = 0, (0.0, 0.0), (0.0, 0.0)
    counts = {"M": 2, "S": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}
    while at < len(words):
        name = words[at]
        if name not in counts:
            raise Unfit("damaged", detail="path")
        values = [(numbers(word) or (0.0,))[0] for word in words[at + 1 : at + 1 + counts[name]]]
        if len(values) < counts[name]:
            return
        at += 1 + counts[name]
        if name == "C":
            yield "h"
            here = start
            continue
        points = [(values[n], values[n + 1]) for n in range(0, len(values) - 1, 2)]
        if name in ("M", "S", "L"):
            yield _said("l" if name == "L" else "m", matrix, *points)
            start = start if name == "L" else points[0]
        elif name == "Q":
            yield _said("c", matrix, *_raised(here, *points))
        elif name == "B":
            yield _said("c", matrix, *points)
        else:
            points = [(values[5], values[6])]
            for curve in arc(here, values):
                yield _said("c", matrix, *curve)
        here = points[-1]


def _said(operator: str, matrix: Matrix, *points: tuple[float, float]) -> str:
    placed = (applied(matrix, x, y) for x, y in points)
    return " ".join(f"{x:.3f} {y:.3f}" for x, y in placed) + f" {operator}"


def _raised(
    here: tuple[float, float], control: tuple[float, float], end: tuple[float, float]
) -> list[tuple[float, float]]:
    """A quadratic curve as a cubic one."""
    one = tuple(h + 2 / 3 * (c - h) for h, c in zip(here, control, strict=True))
    two = tuple(e + 2 / 3 * (c - e) for e, c in zip(end, control, strict=True))
    return [(one[0], one[1]), (two[0], two[1]), end]


def arc(here: tuple[float, float], values: list[float]) -> Iterator[list[tuple[float, float]]]:
    """An elliptic arc (radii, turn in degrees, large, sweep, end) as cubic curves of at most a quarter each."""
    across, down, turn, large, sweep, x, y = values
    across, down, angle = abs(across), abs(down), math.radians(turn)
    if not across or not down or here == (x, y):
        yield [here, (x, y), (x, y)]
        return
    cosine, sine = math.cos(angle), math.sin(angle)
    dx, dy = (here[0] - x) / 2, (here[1] - y) / 2
    u, v = cosine * dx + sine * dy, -sine * dx + cosine * dy
    grow = math.sqrt(max(1.0, (u / across) ** 2 + (v / down) ** 2))
    across, down = across * grow, down * grow
    left = (across * down) ** 2 - (across * v) ** 2 - (down * u) ** 2
    root = math.sqrt(max(0.0, left / ((across * v) ** 2 + (down * u) ** 2))) * (1 if bool(large) != bool(sweep) else -1)
    cu, cv = root * across * v / down, -root * down * u / across
    middle = (cosine * cu - sine * cv + (here[0] + x) / 2, sine * cu + cosine * cv + (here[1] + y) / 2)
    begin = math.atan2((v - cv) / down, (u - cu) / across)
    swept = (math.atan2((-v - cv) / down, (-u - cu) / across) - begin) % (2 * math.pi)
    swept = swept if sweep else swept - 2 * math.pi
    pieces = max(1, math.ceil(abs(swept) / (math.pi / 2) - 1e-9))
    for number in range(pieces):
        one, two = (begin + swept * step / pieces for step in (number, number + 1))
        reach = 4 / 3 * math.tan((two - one) / 4)
        local_points = (
            (math.cos(one) - reach * math.sin(one), math.sin(one) + reach * math.cos(one)),
            (math.cos(two) + reach * math.sin(two), math.sin(two) - reach * math.cos(two)),
            (math.cos(two), math.sin(two)),
        )
        yield [
            (
                middle[0] + cosine * across * px - sine * down * py,
                middle[1] + sine * across * px + cosine * down * py,
            )
            for px, py in local_points
        ]
