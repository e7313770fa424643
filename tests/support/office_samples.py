"""Office files made for the tests: what a reader sees, what is hidden, what acts, what reaches outside."""

import functools
import io
import tempfile
import zipfile
from xml.sax.saxutils import escape

import openpyxl

from archive.renditions.children.soffice import Office

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "application/vnd.openxmlformats-officedocument"


def zipped(members: dict[str, str | bytes]) -> bytes:
    """A zip of members in their order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name), data, how)
    return out.getvalue()


def run(text: str, properties: str = "", element: str = "t") -> str:
    """A run of a Word document."""
    inside = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{inside}<w:{element} xml:space="preserve">{escape(text)}</w:{element}></w:r>'


def field(code: str, result: str) -> str:
    """A complex field with the result that was last saved."""
    parts = [f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")]
    return f"{parts[0]}<w:r><w:instrText> {code} </w:instrText></w:r>{parts[1]}{run(result)}{parts[2]}"


def docx(*paragraphs: str, parts: dict[str, str | bytes] | None = None, relations: str = "") -> bytes:
    """A Word document whose paragraphs are XML of runs."""
    body = "".join(f"<w:p>{each}</w:p>" for each in paragraphs)
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType='
            '"application/xml"/><Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
            '<Override PartName="/word/document.xml" ContentType='
            f'"{_OFFICE}.wordprocessingml.document.main+xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" Type="{_R}/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{_RELATIONS}">{relations}</Relationships>',
            "word/document.xml": f'<w:document xmlns:w="{_W}" xmlns:r="{_R}"><w:body>{body}</w:body></w:document>',
            **(parts or {}),
        }
    )


def xlsx() -> bytes:
    """A workbook with a hidden row and sheet, a formula of today, a note and a print area that leaves out most."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["案号", "罚款金额"], ["某罚〔2025〕1号", 5000], ["隐藏的一行", 1], ["区域之外的字", 2]):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["A"].width = 30
    sheet["C1"] = "=TODAY()"
    sheet.print_area = "A1:B2"
    hidden = book.create_sheet("隐藏表")
    hidden["A1"] = "隐藏表里的字"
    hidden.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def odt(content: str, parts: dict[str, str | bytes] | None = None) -> bytes:
    """An OpenDocument text whose body is XML."""
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"),
                            ("style", "style"), ("script", "script"))
    )  # fmt: skip
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "META-INF/manifest.xml": '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:'
            'manifest:1.0" manifest:version="1.2"><manifest:file-entry manifest:full-path="/" '
            'manifest:media-type="application/vnd.oasis.opendocument.text"/><manifest:file-entry '
            'manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>',
            "content.xml": f'<office:document-content {spaces} xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'office:version="1.2"><office:body><office:text>{content}</office:text></office:body>'
            "</office:document-content>",
            **(parts or {}),
        }
    )


def rtf(text: str, more: str = "") -> bytes:
    """A rich text in ASCII with Unicode escapes."""
    signs = "".join(c if ord(c) < 128 else f"\\u{ord(c) - (65536 if ord(c) > 32767 else 0)}?" for c in text)
    return f"{{\\rtf1\\ansi\\deff0{{\\fonttbl{{\\f0 SimSun;}}}}\\f0 {signs}\\par {more}}}".encode("ascii")


@functools.cache
def as_old(data: bytes, extension: str, into: str) -> bytes:
    """The file in an older format, written by LibreOffice: ``doc``, ``xls``, ``ppt``; or ``odp`` and the like."""
    with tempfile.TemporaryDirectory(prefix="anjuan-office-") as folder:
        return Office({"scratch": folder})._convert(data, extension, into, into)


def odp(*slides: str) -> bytes:
    """A presentation with one line a slide; one that begins with ``-`` is hidden."""
    pages = "".join(
        f'<draw:page draw:name="s{number}" draw:style-name="{"h" if text.startswith("-") else "v"}">'
        '<draw:frame svg:width="20cm" svg:height="3cm" svg:x="2cm" svg:y="2cm"><draw:text-box>'
        f"<text:p>{escape(text)}</text:p></draw:text-box></draw:frame></draw:page>"
        for number, text in enumerate(slides)
    )
    styles = "".join(
        f'<style:style style:name="{name}" style:family="drawing-page"><style:drawing-page-properties '
        f'presentation:visibility="{state}"/></style:style>'
        for name, state in (("v", "visible"), ("h", "hidden"))
    )
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (("office", "office"), ("text", "text"), ("draw", "drawing"), ("style", "style"),
                            ("presentation", "presentation"), ("svg", "svg-compatible"))
    )  # fmt: skip
    media_type = "application/vnd.oasis.opendocument.presentation"
    return zipped(
        {
            "mimetype": media_type,
            "META-INF/manifest.xml": '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:'
            'manifest:1.0" manifest:version="1.2"><manifest:file-entry manifest:full-path="/" '
            f'manifest:media-type="{media_type}"/><manifest:file-entry manifest:full-path="content.xml" '
            'manifest:media-type="text/xml"/></manifest:manifest>',
            "content.xml": f'<office:document-content {spaces} office:version="1.2"><office:automatic-styles>{styles}'
            f"</office:automatic-styles><office:body><office:presentation>{pages}</office:presentation></office:body>"
            "</office:document-content>",
        }
    )
