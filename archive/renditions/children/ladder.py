"""Child program 子程序: makes a PDF/A of a PDF by the ladder: rewritten, touched up, page images."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pikepdf
import PIL
import pypdfium2
from fontTools import version as fonttools_version
from pikepdf import pdfa
from PIL import Image, ImageChops

from archive.renditions.children import active, boxes, gate, runtime
from archive.renditions.children.pagebuilder import TextLayer, add_page, jpeg_picture
from archive.renditions.children.pagetext import lost_characters, page_text, same_words
from archive.renditions.children.pdf import findings_of, limit_qpdf, opened
from archive.renditions.children.runtime import Answer, Request, Task, Unfit
from archive.renditions.children.sameness import same_pages
from archive.renditions.terms import Finding, PageText, Provenance, Reliability, Rung

_PAGE_PIXELS = 20_000_000
_DPI = 200
_LOOK_SCALE = 1.0
_LOOK_PIXELS = 4_000_000
_LOOK_TOLERANCE = 40
_LOOK_DEPTH = 96
_SIDE_MIN, _SIDE_MAX = 3.0, 14_400.0


@dataclass(frozen=True, slots=True)
class Original:
    """The file as it came: its bytes, its text, what acts in it."""

    data: bytes
    pages: tuple[PageText, ...]
    active: tuple[str, ...]
    findings: tuple[Finding, ...]


def text(request: Request) -> Answer:
    """The text of each page with boxes."""
    data = runtime.read_source(request)
    return Answer(None, (runtime.as_json([asdict(page) for page in _texts(data)]),))


def convert(request: Request) -> Answer:
    """PDF/A, text and provenance; with ``viewing`` straight from page images (all that a signed file may get).

    A PDF ``drawn`` by a program of ours may not show a box for a sign.
    """
    limit_qpdf()
    data = runtime.read_source(request)
    viewing = bool(request.get("viewing"))
    with opened(data) as pdf:
        if active.count_signatures(pdf) and not viewing:
            raise Unfit("signed")
        if request.get("drawn"):
            boxes.refuse_boxes(pdf)
        acts, findings = active.find_active(pdf), findings_of(pdf, data)
    original = Original(data, _texts(data), acts, findings)
    _check_sizes(original.pages)
    refused: list[Finding] = []
    for rung, make in _ladder(original, viewing=viewing):
        try:
            made = make(original)
            after = compare(original, made, rung)
        except (gate.NotValid, pikepdf.PdfError) as reason:
            refused.append(Finding(f"{rung.value}-not-valid", detail=str(reason)[:200]))
            continue
        except Unfit as reason:
            if reason.code not in ("text-lost", "look-lost") or rung is Rung.PAGE_IMAGES:
                raise
            refused.append(Finding(f"{rung.value}-{reason.code}", reason.page, reason.detail))
            continue
        return _answer(original, made, after, rung, refused)
    raise Unfit("not-valid", detail="; ".join(finding.detail for finding in refused)[:200])


def read_and_draw(data: bytes) -> None:
    """Reads and draws the pages of a file of ours: what that loads need not be loaded for each file."""
    _texts(data)
    document = _pdfium(data, forms=True)
    for index in range(len(document)):
        _render(document, index, _LOOK_SCALE)
    document.close()


def _ladder(original: Original, *, viewing: bool) -> Iterator[tuple[Rung, Callable[[Original], bytes]]]:
    if not viewing:
        if not original.active:
            yield Rung.REWRITTEN, _rewrite
        yield Rung.TOUCHED_UP, _touch_up
    yield Rung.PAGE_IMAGES, _page_images


def _rewrite(original: Original) -> bytes:
    """Rung 1: it says it is PDF/A-2b and is; written anew all the same, for its byte syntax is not to be trusted."""
    if b"pdfaid" not in original.data:
        raise gate.NotValid("does not say it is PDF/A")
    report = pdfa.validate_written(io.BytesIO(original.data), "2b")
    if report.verdict != "pass":
        raise gate.NotValid("not PDF/A-2b as it came")
    with pikepdf.open(io.BytesIO(original.data)) as pdf:
        return gate.write(pdf, repair=False)


def _touch_up(original: Original) -> bytes:
    """Rung 2: active content out, output intent and metadata in, page content untouched."""
    with pikepdf.open(io.BytesIO(original.data)) as pdf:
        active.strip(pdf)
        return gate.write(pdf, repair=True)


def _page_images(original: Original) -> bytes:
    """Rung 3: each page as a picture, with its text unseen above it where that text can be trusted."""
    pdf = pikepdf.Pdf.new()
    layer = TextLayer(pdf)
    document = _pdfium(original.data, forms=True)
    for page in original.pages:
        size = (page.width, page.height)
        image = _render(document, page.number - 1, _scale(size, _DPI / 72, _PAGE_PIXELS))
        gray = _is_gray(image)
        out = io.BytesIO()
        (image.convert("L") if gray else image).save(out, "JPEG", quality=88, subsampling=0, optimize=True)
        picture = jpeg_picture(pdf, out.getvalue(), image.width, image.height, gray=gray)
        lines = page.lines if page.reliability is Reliability.RELIABLE else ()
        add_page(pdf, picture, size, layer, lines)
    document.close()
    layer.finish()
    return gate.write(pdf, repair=True)


def compare(original: Original, made: bytes, rung: Rung) -> tuple[int, ...]:
    """Nothing may be lost: as many pages, each with the text it had; what is rewritten must look the same.

    Gives how many characters each page has now.
    """
    before, after = _pdfium(original.data, forms=True), _pdfium(made, forms=False)
    try:
        if len(after) != len(original.pages):
            raise Unfit("not-valid", detail=f"{len(original.pages)} pages became {len(after)}")
        counts = tuple(_compare_text(before, after, page, rung) for page in original.pages)
        if rung is not Rung.PAGE_IMAGES:
            _compare_looks(original, made, before, after)
    finally:
        before.close()
        after.close()
    return counts


def _compare_text(before: Any, after: Any, page: PageText, rung: Rung) -> int:
    """How many characters the page has in ``after``; what is the same word for word needs no closer look."""
    if same_words(before, after, page.number - 1):
        return len(page.text)
    text = page_text(after, page.number - 1).text
    if rung is not Rung.PAGE_IMAGES or page.reliability is Reliability.RELIABLE:
        lost = lost_characters(page.text, text)
        if lost:
            raise Unfit("text-lost", page.number, f"{lost} characters")
    return len(text)


def _compare_looks(original: Original, made: bytes, before: Any, after: Any) -> None:
    """Draws both, but for the pages that are the same object for object."""
    with pikepdf.open(io.BytesIO(original.data)) as old_pdf, pikepdf.open(io.BytesIO(made)) as new_pdf:
        same = same_pages(old_pdf, new_pdf)
    for page, is_same in zip(original.pages, same, strict=True):
        if is_same:
            continue
        scale = _scale((page.width, page.height), _LOOK_SCALE, _LOOK_PIXELS)
        old, new = (_render(document, page.number - 1, scale).convert("L") for document in (before, after))
        if old.size != new.size:
            raise Unfit("look-lost", page.number, "size")
        differing = sum(ImageChops.difference(old, new).histogram()[_LOOK_DEPTH:])
        if differing > _LOOK_TOLERANCE:
            raise Unfit("look-lost", page.number, f"{differing} pixels")


def _answer(original: Original, made: bytes, after: tuple[int, ...], rung: Rung, refused: list[Finding]) -> Answer:
    trusted = all(page.reliability is not Reliability.UNRELIABLE for page in original.pages)
    written, conformance = gate.declare_unicode(made) if trusted else (made, "2b")
    findings = [*original.findings, *refused, *_text_findings(original.pages)]
    findings += [Finding("active-content-removed", detail=name) for name in original.active]
    provenance = Provenance(
        rung=rung,
        tools=_tools(),
        text_before=sum(len(page.text) for page in original.pages),
        text_after=sum(after),
        findings=tuple(findings),
    )
    value = {"conformance": conformance, "provenance": asdict(provenance)}
    return Answer(value, (written, runtime.as_json([asdict(page) for page in original.pages])))


def _text_findings(pages: tuple[PageText, ...]) -> Iterator[Finding]:
    for page in pages:
        if page.reliability is not Reliability.RELIABLE:
            code = "text-unreliable" if page.reliability is Reliability.UNRELIABLE else "text-none"
            yield Finding(code, page.number, f"mapped {page.mapped:.2f}, picture {page.image_share:.2f}")


def _tools() -> tuple[tuple[str, str], ...]:
    return (
        ("pikepdf", pikepdf.__version__),
        ("qpdf", pikepdf.__libqpdf_version__),
        ("pypdfium2", str(pypdfium2.PYPDFIUM_INFO)),
        ("pdfium", str(pypdfium2.PDFIUM_INFO)),
        ("pillow", PIL.__version__),
        ("fonttools", fonttools_version),
    )


def _check_sizes(pages: tuple[PageText, ...]) -> None:
    for page in pages:
        if not (min(page.width, page.height) >= _SIDE_MIN and max(page.width, page.height) <= _SIDE_MAX):
            raise Unfit("page-size", page.number, f"{page.width:.0f}x{page.height:.0f}")


def _pdfium(data: bytes, *, forms: bool) -> Any:
    try:
        document = pypdfium2.PdfDocument(data)
        if forms:
            document.init_forms()
    except pypdfium2.PdfiumError:
        raise Unfit("damaged") from None
    return document


def _texts(data: bytes) -> tuple[PageText, ...]:
    document = _pdfium(data, forms=False)
    try:
        return tuple(page_text(document, index) for index in range(len(document)))
    except pypdfium2.PdfiumError:
        raise Unfit("damaged") from None
    finally:
        document.close()


def _scale(size: tuple[float, float], wanted: float, pixels: int) -> float:
    """Pixels a point, lowered for a page so large that it would have more than ``pixels``."""
    area = max(size[0] * size[1], 1.0)
    return min(wanted, float((pixels / area) ** 0.5))


def _render(document: Any, index: int, scale: float) -> Image.Image:
    page = document[index]
    try:
        bitmap = page.render(scale=scale, may_draw_forms=True, rev_byteorder=True)
        image: Image.Image = bitmap.to_pil().convert("RGB")
        bitmap.close()
    except pypdfium2.PdfiumError:
        raise Unfit("damaged", index + 1) from None
    finally:
        page.close()
    return image


def _is_gray(image: Image.Image) -> bool:
    red, green, blue = image.split()
    return ImageChops.difference(red, green).getbbox() is None and ImageChops.difference(green, blue).getbbox() is None


TASKS: Mapping[str, Task] = {"ladder.text": text, "ladder.convert": convert}

if __name__ == "__main__":
    runtime.run(TASKS)
