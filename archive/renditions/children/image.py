"""Child program for pictures 子程序: makes a PDF/A-2b with the picture's own bytes where that is allowed."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import img2pdf
import pi_heif
import pikepdf
import PIL
from pikepdf import Name
from PIL import ExifTags, Image, ImageCms, ImageOps, ImageSequence, UnidentifiedImageError

from archive.renditions import formats
from archive.renditions.children import gate, runtime
from archive.renditions.children.heif_items import check_items
from archive.renditions.children.runtime import Answer, Request, Task, Unfit
from archive.renditions.limits import DECODE_PIXEL_CAP, PAGE_CAP, PIXEL_CAP
from archive.renditions.terms import ExifFacts, Finding, Inspection, PageText, Provenance, Reliability, Rung

_SIDE_MAX = 14_400.0
_PLAIN_MODES = frozenset({"1", "L", "RGB", "P", "CMYK"})

Image.MAX_IMAGE_PIXELS = None  # counted here, before anything is decoded
pi_heif.register_heif_opener(thumbnails=False)


def _open(data: bytes) -> Image.Image:
    """The picture, its header read and its pixels counted; nothing is decoded yet."""
    check_items(data)
    try:
        image = Image.open(io.BytesIO(data))
    except UnidentifiedImageError:
        raise Unfit("not-this-format") from None
    except (OSError, ValueError, SyntaxError, EOFError):
        raise Unfit("damaged") from None
    frames = _frames(image)
    if frames > PAGE_CAP:
        raise Unfit("pages", detail=str(frames))
    return image


def _frames(image: Image.Image) -> int:
    try:
        return int(getattr(image, "n_frames", 1))
    except (OSError, ValueError, SyntaxError, EOFError):
        raise Unfit("damaged") from None


def _check(image: Image.Image, page: int) -> None:
    """Decode one frame whole, at an eighth for JPEG: a cut file shows here and nowhere else."""
    pixels = image.width * image.height
    if pixels > PIXEL_CAP:
        raise Unfit("pixels", page, f"{image.width}x{image.height}")
    if image.format == "JPEG":
        image.draft("RGB", (max(1, image.width // 8), max(1, image.height // 8)))
    elif pixels > DECODE_PIXEL_CAP and image.mode != "1":
        raise Unfit("pixels", page, f"{image.width}x{image.height}")
    try:
        image.load()
    except MemoryError:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, IndexError) as reason:
        raise Unfit("truncated" if "truncated" in str(reason) else "damaged", page) from None


def _check_all(data: bytes) -> tuple[int, tuple[Finding, ...]]:
    image = _open(data)
    count = 0
    for number, frame in enumerate(ImageSequence.Iterator(image), 1):
        _check(frame, number)
        count = number
    return count, _findings(image, data)


def _findings(image: Image.Image, data: bytes) -> tuple[Finding, ...]:
    found = []
    if image.format == "JPEG" and b"\xff\xd9" not in data[-65_536:]:
        found.append(Finding("jpeg-no-end", detail="no end-of-image mark"))
    return tuple(found)


def inspect(request: Request) -> Answer:
    """What the picture is: format, frames, camera facts; every frame decoded once."""
    data = runtime.read_source(request)
    found = formats.identify(data[: formats.HEAD], data[-formats.TAIL :], len(data))
    frames, findings = _check_all(data)
    return Answer(Inspection(format=found, pages=frames, findings=findings, exif=_exif(data)))


def convert(request: Request) -> Answer:
    """PDF/A-2b of all frames, one page each; the picture's own bytes where PDF/A allows them, else decoded ones."""
    data = runtime.read_source(request)
    frames, findings = _check_all(data)
    refused: list[Finding] = [*findings]
    # a PDF has no HEIC inside: what stands in the page are decoded pixels, and the rung says so
    decoded = _open(data).format == "HEIF"
    for rung in (Rung.IMAGE_CONVERTED,) if decoded else (Rung.IMAGE_EMBEDDED, Rung.IMAGE_CONVERTED):
        try:
            made = gate.write(_embedded(data) if rung is Rung.IMAGE_EMBEDDED else _converted(data), repair=True)
        except (gate.NotValid, pikepdf.PdfError, *_IMG2PDF) as reason:
            refused.append(Finding(f"{rung.value}-not-valid", detail=f"{type(reason).__name__} {reason}"[:200]))
            continue
        return _answer(made, frames, rung, refused)
    raise Unfit("not-valid", detail="; ".join(finding.detail for finding in refused)[:200])


_IMG2PDF = (
    img2pdf.ImageOpenError,
    img2pdf.JpegColorspaceError,
    img2pdf.PdfTooLargeError,
    img2pdf.AlphaChannelError,
    img2pdf.ExifOrientationError,
    img2pdf.NegativeDimensionError,
    img2pdf.UnsupportedColorspaceError,
    ValueError,
    OSError,
    KeyError,
    NotImplementedError,
)


def _embedded(data: bytes) -> pikepdf.Pdf:
    """img2pdf puts the picture in without touching its bytes; the page is as large as it says, at most 200 inches."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = img2pdf.convert(
            data, layout_fun=_layout, rotation=img2pdf.Rotation.ifvalid, engine=img2pdf.Engine.pikepdf, nodate=True
        )
    pdf = pikepdf.open(io.BytesIO(made))
    for page in pdf.pages:
        for image in page.get_images().values():
            if Name.Decode in image and image.get(Name.ColorSpace) == Name.DeviceCMYK:
                raise gate.NotValid("CMYK without a profile has no fixed colours")
    return pdf


def _layout(width: int, height: int, dpi: tuple[float, float]) -> tuple[float, float, float, float]:
    across, down = (value if 10 <= value <= 4_800 else 96.0 for value in dpi)
    size = (width * 72 / across, height * 72 / down)
    shrink = min(1.0, _SIDE_MAX / max(size))
    grow = max(1.0, 3.0 / min(size))
    size = (size[0] * shrink * grow, size[1] * shrink * grow)
    return (*size, *size)


def _converted(data: bytes) -> pikepdf.Pdf:
    """Decoded, turned upright, brought to sRGB or grey on white, and stored without loss."""
    pages = [_png(frame, number) for number, frame in enumerate(ImageSequence.Iterator(_open(data)), 1)]
    made = img2pdf.convert(pages, layout_fun=_layout, engine=img2pdf.Engine.pikepdf, nodate=True)
    return pikepdf.open(io.BytesIO(made))


def _png(frame: Image.Image, number: int) -> bytes:
    if frame.width * frame.height > DECODE_PIXEL_CAP:
        raise Unfit("pixels", number, f"{frame.width}x{frame.height}")
    dpi = frame.info.get("dpi")
    image = ImageOps.exif_transpose(frame) or frame
    image = _srgb(image)
    out = io.BytesIO()
    options: dict[str, Any] = {"dpi": dpi} if dpi else {}
    image.save(out, "PNG", compress_level=6, **options)
    return out.getvalue()


def _srgb(image: Image.Image) -> Image.Image:
    if image.mode in ("I", "I;16", "I;16B", "I;16L", "F"):
        image = image.point(lambda value: value / 256).convert("L")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        shown = image.convert("RGBA")
        white = Image.new("RGBA", shown.size, "white")
        return Image.alpha_composite(white, shown).convert("RGB")
    if image.mode in ("1", "L"):
        return image
    profile = image.info.get("icc_profile")
    if profile:
        with contextlib.suppress(ImageCms.PyCMSError, OSError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if turned is not None:
                turned.info.pop("icc_profile", None)
                return turned
    plain = image.convert("RGB")
    plain.info.pop("icc_profile", None)
    return plain


def _answer(made: bytes, frames: int, rung: Rung, refused: list[Finding]) -> Answer:
    with pikepdf.open(io.BytesIO(made)) as pdf:
        if len(pdf.pages) != frames:
            raise Unfit("not-valid", detail=f"{frames} frames became {len(pdf.pages)} pages")
        pages = tuple(_pages(pdf))
    tools = (("img2pdf", img2pdf.__version__), ("pillow", PIL.__version__), ("pikepdf", pikepdf.__version__))
    findings = (*refused, *(Finding("text-none", page.number) for page in pages))
    provenance = Provenance(rung, (*tools, ("qpdf", pikepdf.__libqpdf_version__)), 0, 0, findings)
    value = {"conformance": "2b", "provenance": asdict(provenance)}
    return Answer(value, (made, runtime.as_json([asdict(page) for page in pages])))


def _pages(pdf: pikepdf.Pdf) -> Iterator[PageText]:
    for number, page in enumerate(pdf.pages, 1):
        left, bottom, right, top = (float(value) for value in page.mediabox)
        turned = int(page.obj.get(Name.Rotate, 0)) % 360
        width, height = round(right - left, 2), round(top - bottom, 2)
        if turned in (90, 270):
            width, height = height, width
        yield PageText(number, width, height, turned, "", (), Reliability.NONE, 1.0, 1.0)


def _exif(data: bytes) -> ExifFacts | None:
    """Time, place and device as the camera wrote them; unreadable parts are left out."""
    try:
        exif = Image.open(io.BytesIO(data)).getexif()
        detail, place = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
    except (OSError, ValueError, SyntaxError, KeyError, TypeError, AttributeError):
        return None
    if not exif and not detail:
        return None
    orientation = exif.get(ExifTags.Base.Orientation, 1)
    return ExifFacts(
        taken_at=_words(detail.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)),
        offset=_words(detail.get(ExifTags.Base.OffsetTimeOriginal)),
        make=_words(exif.get(ExifTags.Base.Make)),
        model=_words(exif.get(ExifTags.Base.Model)),
        serial=_words(detail.get(ExifTags.Base.BodySerialNumber)),
        software=_words(exif.get(ExifTags.Base.Software)),
        latitude=_degrees(place.get(ExifTags.GPS.GPSLatitude), place.get(ExifTags.GPS.GPSLatitudeRef), 90),
        longitude=_degrees(place.get(ExifTags.GPS.GPSLongitude), place.get(ExifTags.GPS.GPSLongitudeRef), 180),
        altitude=_metres(place.get(ExifTags.GPS.GPSAltitude), place.get(ExifTags.GPS.GPSAltitudeRef)),
        orientation=orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1,
    )


def _words(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return "".join(c for c in str(value or "") if c.isprintable()).strip()[:120]


def _degrees(value: Any, side: Any, limit: int) -> float | None:
    try:
        degrees = float(value[0]) + float(value[1]) / 60 + float(value[2]) / 3600
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        return None
    if not 0 <= degrees <= limit:
        return None
    return round(-degrees if side in ("S", "W") else degrees, 6)


def _metres(value: Any, below: Any) -> float | None:
    try:
        metres = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if not -1_000 < metres < 20_000:
        return None
    return round(-metres if below in (1, b"\x01") else metres, 1)


TASKS: Mapping[str, Task] = {"image.inspect": inspect, "image.convert": convert}

if __name__ == "__main__":
    runtime.run(TASKS)
