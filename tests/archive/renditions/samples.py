"""Foreign files made for the tests: PDFs that act, lie, or bomb, pictures that are cut or huge."""

import functools
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import typst
from fpdf import FPDF
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from PIL import Image

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
FONT = Path(__file__).resolve().parents[3] / "archive" / "fonts" / "NotoSerifSC-Regular.ttf"


_TEMPLATE = """
#set page("a4", margin: 60pt)
#set text(font: "Noto Serif SC", size: 14pt)
#let pages = json(bytes(sys.inputs.pages))
#for (number, words) in pages.enumerate() {
  if number > 0 { pagebreak() }
  words
}
"""


def real(*parts: str) -> Path:
    """A file or folder of the shared test data; the test is skipped where it is absent."""
    path = DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip("no shared test data beside the repository")
    return path


@functools.cache
def pdf_with_text(*pages: str) -> bytes:
    """A PDF with one line a page (an empty one for ""), in an embedded Chinese font."""
    compiler: Any = typst.Compiler(  # type: ignore[misc]  # its stub leaves the kind of input open
        _TEMPLATE.encode(),
        font_paths=[str(FONT.parent)],
        ignore_system_fonts=True,
        sys_inputs={"pages": json.dumps(pages)},
    )
    return bytes(compiler.compile(format="pdf"))


def pdf_in_standard_font(text: str) -> bytes:
    """A PDF whose font is not embedded, as old office programs write: cannot become PDF/A by touching up."""
    document = FPDF()
    document.set_font("Helvetica", size=14)
    document.add_page()
    document.cell(text=text)
    return bytes(document.output())


def changed(data: bytes, change: Callable[[Pdf], None], **settings: Any) -> bytes:
    """The PDF after ``change``."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        change(pdf)
        pdf.save(out, **settings)
    return out.getvalue()


def add_javascript(pdf: Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), pdf.Root.OpenAction])))


def add_link(pdf: Pdf) -> None:
    pdf.pages[0].Annots = Array(
        [
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Link,
                Rect=Array([0, 0, 50, 50]),
                A=Dictionary(S=Name.URI, URI=String("http://example.org/beacon")),
            )
        ]
    )


def add_launch(pdf: Pdf) -> None:
    pdf.pages[0].AA = Dictionary(O=Dictionary(S=Name.Launch, F=String("calc.exe")))


def add_attachment(pdf: Pdf) -> None:
    pdf.attachments["evil.exe"] = b"MZ" + bytes(100)


def add_xfa(pdf: Pdf) -> None:
    pdf.Root.AcroForm = Dictionary(Fields=Array(), XFA=pdf.make_indirect(Stream(pdf, b"<xdp:xdp/>")))


def add_field(value: str, appearance: bytes = b"") -> Callable[[Pdf], None]:
    """A filled-in text field with its appearance."""

    def change(pdf: Pdf) -> None:
        font = pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
        look = Stream(
            pdf,
            appearance or b"/Tx BMC BT /F1 12 Tf 2 6 Td (" + value.encode() + b") Tj ET EMC",
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=Array([0, 0, 200, 20]),
            Resources=Dictionary(Font=Dictionary(F1=font)),
        )
        field = pdf.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                FT=Name.Tx,
                T=String("name"),
                V=String(value),
                F=4,
                Rect=Array([100, 500, 300, 520]),
                AP=Dictionary(N=pdf.make_indirect(look)),
            )
        )
        pdf.pages[0].Annots = Array([field])
        pdf.Root.AcroForm = Dictionary(Fields=Array([field]))

    return change


def add_signature(pdf: Pdf) -> None:
    value = pdf.make_indirect(
        Dictionary(
            Type=Name.Sig,
            Filter=Name("/Adobe.PPKLite"),
            SubFilter=Name("/ETSI.CAdES.detached"),
            ByteRange=Array([0, 1, 2, 3]),
            Contents=String("00" * 32),
        )
    )
    field = pdf.make_indirect(
        Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T=String("s"), V=value, F=132, Rect=Array([0, 0, 0, 0])
        )
    )
    pdf.pages[0].Annots = Array([field])
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=3)


def pdf_bomb() -> bytes:
    """A few kB that unfold to 1 GiB: zeros deflated three times over, as page content."""
    data = bytes(64 * 1024 * 1024)
    squeezer = zlib.compressobj(1)
    once = b"".join(squeezer.compress(data) for _ in range(16)) + squeezer.flush()
    content = zlib.compress(zlib.compress(once, 9), 9)
    pdf = Pdf.new()
    pdf.add_blank_page()
    out = io.BytesIO()
    pdf.save(out)
    return changed(out.getvalue(), lambda made: _put_content(made, content), compress_streams=False)


def _put_content(pdf: Pdf, content: bytes) -> None:
    stream = Stream(pdf, b"")
    stream.write(content, filter=Array([Name.FlateDecode] * 3))
    pdf.pages[0].Contents = pdf.make_indirect(stream)


def many_pages(count: int) -> bytes:
    """A page tree that claims the same page ``count`` times by a few hundred bytes of nested nodes."""
    pdf = Pdf.new()
    pdf.add_blank_page()
    leaf = pdf.pages[0].obj
    kids = Array([leaf])
    width = 1
    out = io.BytesIO()
    while width < count:
        node = pdf.make_indirect(Dictionary(Type=Name.Pages, Kids=Array(list(kids) * 10), Count=width * 10))
        kids, width = Array([node]), width * 10
    pdf.Root.Pages.Kids = kids
    pdf.Root.Pages.Count = width
    pdf.save(out)
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be huge."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def picture(kind: str, mode: str = "RGB", size: tuple[int, int] = (120, 80), **options: object) -> bytes:
    """A small picture with some structure."""
    out = io.BytesIO()
    image = Image.linear_gradient("L").resize(size).convert(mode)
    image.save(out, kind, **options)
    return out.getvalue()


def tiff_pages(*modes: str) -> bytes:
    out = io.BytesIO()
    images = [Image.linear_gradient("L").resize((100, 140)).convert(mode) for mode in modes]
    images[0].save(out, "TIFF", save_all=True, append_images=images[1:], dpi=(200, 200))
    return out.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()
