"""Samples 样本: good files of every accepted kind, made by the house's own test builders; the start of every change.

``python -m tests.support.hostile_samples FOLDER [KIND…]`` writes them, one file each, ``kind~name``: in a process of
its own, for the makers start threads, LibreOffice, and libraries that no service loads.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import img2pdf
import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image, ImageDraw

from tests.archive.renditions import samples
from tests.archive.renditions.films import film
from tests.archive.renditions.test_heic import SAMPLE as HEIC
from tests.support import office_samples as office
from tests.support.ofd_samples import make_ofd

DATA = samples.DATA
LARGEST_REAL = 620_000
Named = Iterator[tuple[str, bytes]]

_HTML = (
    '<html><head><meta charset="utf-8"><script>alert(1)</script></head><body onload="x()"><h1>标题</h1>'
    '<p>第一段<b>粗</b><br>换行</p><ol><li>甲</li><li>乙<ul><li>乙一</li></ul></li></ol><table><tr><th colspan="2">'
    '案号</th></tr><tr><td>某罚1号<td>5000</table><p style="display:none">藏</p><img src="http://x/y.png" alt="照片">'
    "<form><input></form></body></html>"
)


def main(folder: Path, kinds: Sequence[str] = ()) -> None:
    """Writes the samples of ``kinds``, of all without any."""
    for kind in kinds or MAKERS:
        for name, data in MAKERS[kind]():
            (folder / f"{kind}~{name}").write_bytes(data)
        for path in _real(kind):
            if path.stat().st_size <= LARGEST_REAL:
                (folder / f"{kind}~real-{path.name}").write_bytes(path.read_bytes())


def _pdfs() -> Named:
    plain = samples.pdf_with_text("第一页文字 alpha", "", "第三页 gamma")
    yield "plain", plain
    yield "standard-font", samples.pdf_in_standard_font("Helvetica not embedded")
    yield "scan-jpeg", _scan("JPEG")
    yield "scan-g4", _scan("TIFF", "1", compression="group4")
    yield "scan-jp2", _scan("JPEG2000")
    acts = {
        "javascript": samples.add_javascript, "link": samples.add_link, "launch": samples.add_launch,
        "attachment": samples.add_attachment, "xfa": samples.add_xfa, "field": samples.add_field("value"),
        "signed": samples.add_signature, "huge-box": _huge_box, "tiny-box": _tiny_box, "turned": _turned,
        "annotated": _annotated, "outline": _outlined, "shaded": _shaded,
    }  # fmt: skip
    for name, change in acts.items():
        yield name, samples.changed(plain, change)
    yield "all-acts", samples.changed(plain, _all_acts)
    locked = {"aes-256": 6, "aes-128": 4, "rc4-128": 3, "rc4-40": 2}
    for name, revision in locked.items():
        how = pikepdf.Encryption(owner="o", user="", R=revision, aes=revision > 3, metadata=revision > 3)  # type: ignore[arg-type]
        yield name, samples.changed(plain, lambda pdf: None, encryption=how)
    yield "password", samples.changed(plain, lambda pdf: None, encryption=pikepdf.Encryption(owner="o", user="u"))
    yield "linear", samples.changed(plain, lambda pdf: None, linearize=True)
    packed = pikepdf.ObjectStreamMode.generate
    yield "packed", samples.changed(plain, lambda pdf: None, object_stream_mode=packed)
    spread: dict[str, Any] = {"qdf": True, "object_stream_mode": pikepdf.ObjectStreamMode.disable}
    yield "spread", samples.changed(plain, lambda pdf: None, **spread)
    yield "spread-scan", samples.changed(_scan("JPEG"), lambda pdf: None, **spread)
    yield "pages-700", samples.changed(plain, _many_pages)
    yield "deep-tree", samples.changed(plain, _deep_tree)


def _scan(form: str, mode: str = "RGB", **options: Any) -> bytes:
    return bytes(img2pdf.convert(_page(form, mode, **options), nodate=True))


def _page(form: str, mode: str = "RGB", **options: Any) -> bytes:
    picture = Image.new("L", (620, 877), 245)
    draw = ImageDraw.Draw(picture)
    for line in range(20):
        draw.text((60, 60 + 36 * line), f"line {line} of a scanned page, 2026-06-{line + 1:02}", fill=20, font_size=22)
    out = io.BytesIO()
    picture.convert(mode).save(out, form, dpi=(75, 75), **options)
    return out.getvalue()


def _all_acts(pdf: Pdf) -> None:
    for act in (samples.add_javascript, samples.add_xfa, samples.add_launch):
        act(pdf)


def _huge_box(pdf: Pdf) -> None:
    pdf.pages[0].mediabox = Array([0, 0, 14_000, 14_000])


def _tiny_box(pdf: Pdf) -> None:
    pdf.pages[0].mediabox = Array([0, 0, 4, 4])


def _turned(pdf: Pdf) -> None:
    pdf.pages[0].obj.Rotate, pdf.pages[0].obj.CropBox = 270, Array([50, 50, 300, 400])


def _annotated(pdf: Pdf) -> None:
    kinds = (Name.Text, Name.FreeText, Name.Stamp, Name.FileAttachment, Name.Movie, Name.RichMedia)
    note = [Dictionary(Type=Name.Annot, Subtype=kind, Rect=Array([9, 9, 90, 90]), Contents="注") for kind in kinds]
    pdf.pages[0].Annots = Array([pdf.make_indirect(each) for each in note])


def _outlined(pdf: Pdf) -> None:
    with pdf.open_outline() as outline:
        outline.root.extend(pikepdf.OutlineItem(f"节 {number}", 0) for number in range(40))


def _shaded(pdf: Pdf) -> None:
    function = Dictionary(FunctionType=2, Domain=Array([0, 1]), C0=Array([0, 0, 0]), C1=Array([1, 0, 0]), N=1)
    shading = Dictionary(ShadingType=2, ColorSpace=Name.DeviceRGB, Coords=Array([0, 0, 99, 99]), Function=function)
    pdf.pages[0].obj.Resources.Shading = Dictionary(S1=pdf.make_indirect(shading))
    pdf.pages[0].contents_add(pdf.make_stream(b"q 0 0 200 200 re W n /S1 sh Q"))


def _many_pages(pdf: Pdf) -> None:
    for _ in range(697):
        pdf.add_blank_page(page_size=(60, 60))


def _deep_tree(pdf: Pdf) -> None:
    kids, count = pdf.Root.Pages.Kids, int(pdf.Root.Pages.Count)
    for _ in range(60):
        kids = Array([pdf.make_indirect(Dictionary(Type=Name.Pages, Kids=kids, Count=count))])
    pdf.Root.Pages.Kids = kids


def _letter() -> bytes:
    table = "<w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>"
    return office.docx(
        office.run("行政处罚决定书 Office fine"), office.run("看得见") + office.run("隐藏的", "<w:vanish/>"),
        office.field("DATE \\@ yyyy", "2019年5月6日") + office.field("PAGE", "1"), f"</w:p>{table}<w:p>",
        parts={"word/vbaProject.bin": b"x" * 100, "word/styles.xml": "<w:styles xmlns:w='x'/>"},
    )  # fmt: skip


def _odt() -> bytes:
    return office.odt(
        "<text:p>正文 <text:date>2018-03-04</text:date></text:p><table:table><table:table-row>"
        "<table:table-cell><text:p>格</text:p></table:table-cell></table:table-row></table:table>"
    )


def _slides() -> bytes:
    return office.odp("第一页", "-藏起来的页")


def _docx() -> Named:
    yield "letter", _letter()
    yield "written", office.as_old(_odt(), "odt", "docx")


def _odts() -> Named:
    yield "text", _odt()
    yield "written", office.as_old(_letter(), "docx", "odt")


def _rtf() -> Named:
    yield "letter", office.rtf("罚款五千元", r"{\field{\*\fldinst DATE \\@ yyyy}{\fldrslt 1999}}")
    yield "written", office.as_old(_letter(), "docx", "rtf")


def _html() -> Named:
    yield "page", _HTML.encode()
    yield "page-gb", _HTML.replace("utf-8", "gb2312").encode("gb18030")


def _eml() -> Named:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "张三 <a@example.org>", "b@example.org", "关于案件的说明"
    letter.set_content("您好：\n  见附件。\n")
    letter.add_alternative("<p>您好</p><script>1</script>", subtype="html")
    letter.add_attachment(b"%PDF-1.7 x", maintype="application", subtype="pdf", filename="证据.pdf")
    letter.set_boundary("=====1=====")
    yield "letter", bytes(letter)
    yield "short", b"From: a@b\r\nTo: c@d\r\nSubject: x\r\n\r\ntext\r\n"


def _text() -> Named:
    words = "行政处罚　记录\r\n  缩进\tTab\n" + "第二段，很长的一行。" * 30 + "\n"
    yield "utf-8", words.encode()
    yield "gb18030", words.encode("gb18030")
    yield "wide", words.encode("utf-16")
    yield "xml", f'<?xml version="1.0"?><a b="1">{words}</a>'.encode()


def _ofds() -> Named:
    yield "plain", make_ofd([["第一页", "文字"], ["第二页"]])
    yield "sealed", make_ofd([["盖章页"]], seal="某某局")
    yield "long", make_ofd([[f"第{line}行" for line in range(20)]] * 12)


def _jpeg() -> Named:
    exif = Image.Exif()
    exif[271], exif[272], exif[306], exif[274] = "Demo", "Camera", "2026:06:02 09:40:00", 6
    for name, mode, more in (
        ("plain", "RGB", {"dpi": (300, 300)}),
        ("grey", "L", {}),
        ("cmyk", "CMYK", {}),
        ("progressive", "RGB", {"progressive": True}),
        ("exif", "RGB", {"exif": exif}),
    ):
        yield name, samples.picture("JPEG", mode, **more)
    yield "scan", _page("JPEG")


def _png() -> Named:
    for name, mode in (("plain", "RGB"), ("alpha", "RGBA"), ("palette", "P"), ("deep", "I;16"), ("bits", "1"),
                       ("grey-alpha", "LA")):  # fmt: skip
        yield name, samples.picture("PNG", mode)
    yield "scan", _page("PNG")


def _tiff() -> Named:
    yield "pages", samples.tiff_pages("1", "L", "RGB")
    yield "g4", samples.picture("TIFF", "1", compression="group4")
    yield "cmyk", samples.picture("TIFF", "CMYK")
    for packing in ("raw", "tiff_lzw", "jpeg", "tiff_adobe_deflate", "packbits"):
        yield packing, samples.picture("TIFF", compression=packing)


def _jp2() -> Named:
    yield "plain", samples.picture("JPEG2000")
    yield "grey", samples.picture("JPEG2000", "L")
    yield "codestream", samples.picture("JPEG2000", no_jp2=True)
    yield "tiled", samples.picture("JPEG2000", tile_size=(32, 32))


def _heic() -> Named:
    yield "plain", HEIC


def _gif() -> Named:
    yield "plain", samples.picture("GIF", "P")
    yield "moving", _moving("GIF")


def _bmp() -> Named:
    for name, mode in (("plain", "RGB"), ("palette", "P"), ("bits", "1")):
        yield name, samples.picture("BMP", mode)


def _webp() -> Named:
    yield "plain", samples.picture("WEBP")
    yield "lossless", samples.picture("WEBP", "RGBA", lossless=True)
    yield "moving", _moving("WEBP")


def _moving(form: str) -> bytes:
    frames = [Image.linear_gradient("L").resize((90, 60)).rotate(20 * n) for n in range(4)]
    out = io.BytesIO()
    frames[0].save(out, form, save_all=True, append_images=frames[1:])
    return out.getvalue()


_SMALL: dict[str, Any] = {"size": (176, 144), "rate": 10}
_FILMS: tuple[tuple[str, str, float, dict[str, Any]], ...] = (
    ("mp4", "mp4", 3, _SMALL | {"audio": "aac", "chapters": [("甲", 0, 1), ("乙", 1, 3)]}),
    ("mp4", "m4a", 3, {"video": None, "audio": "aac", "format": "mp4"}),
    ("mov", "mov", 3, _SMALL | {"video": "mjpeg", "audio": "pcm_s16le"}),
    ("mkv", "mkv", 3, _SMALL | {"audio": "flac"}),
    ("webm", "webm", 2, _SMALL | {"video": "libvpx", "audio": "libopus"}),
    ("avi", "avi", 3, _SMALL | {"video": "mjpeg", "audio": "pcm_s16le"}),
    ("mpg", "mpg", 2, _SMALL | {"video": "mpeg2video", "rate": 25, "audio": "mp2", "format": "vob"}),
    ("ts", "ts", 2, _SMALL | {"video": "mpeg2video", "rate": 25, "audio": "mp2", "format": "mpegts"}),
    ("ts", "avchd.m2ts", 2, _SMALL | {"audio": "ac3", "format": "mpegts"}),
    ("hdv", "m2t", 0.4, {"video": "mpeg2video", "size": (1440, 1080), "rate": 25, "audio": "mp2", "format": "mpegts"}),
    ("dv", "dv", 0.2, {"video": "dvvideo", "size": (720, 576), "rate": 25}),
    ("3gp", "3gp", 3, _SMALL | {"video": "h263", "audio": "libopencore_amrnb", "sound_rate": 8_000}),
    ("wav", "wav", 2, {"video": None, "audio": "pcm_s16le", "sound_rate": 8_000}),
    ("sound", "mp3", 3, {"video": None, "audio": "libmp3lame"}),
    ("sound", "amr", 3, {"video": None, "audio": "libopencore_amrnb", "sound_rate": 8_000}),
    ("sound", "flac", 2, {"video": None, "audio": "flac"}),
    ("sound", "ogg", 2, {"video": None, "audio": "libopus"}),
    ("wmv", "wmv", 2, _SMALL | {"video": "wmv2", "format": "asf"}),
)


def _films(kind: str) -> Named:
    with tempfile.TemporaryDirectory(prefix="anjuan-films-") as folder:
        for of, ending, seconds, script in _FILMS:
            if of == kind:
                yield ending, film(Path(folder), seconds, ending.rpartition(".")[2], **script)


def _real(kind: str) -> list[Path]:
    """Real forms and camera files where they lie beside the repository."""
    folder, pattern, most = _REAL.get(kind, ("", "*", 0))
    return sorted((DATA / folder).glob(pattern))[:most]


_REAL = {
    "pdf": ("forms/pdf", "*.pdf", 3), "docx": ("forms/doc", "*.doc", 3), "jpeg": ("media", "*.jpg", 2),
    "mov": ("media", "*.mov", 8),
}  # fmt: skip

MAKERS: dict[str, Callable[[], Named]] = {
    "pdf": _pdfs,
    "docx": _docx,
    "xlsx": lambda: iter([("book", office.xlsx())]),
    "pptx": lambda: iter([("slides", office.as_old(_slides(), "odp", "pptx"))]),
    "odt": _odts,
    "ods": lambda: iter([("book", office.as_old(office.xlsx(), "xlsx", "ods"))]),
    "odp": lambda: iter([("slides", _slides())]),
    "doc": lambda: iter([("letter", office.as_old(_letter(), "docx", "doc"))]),
    "xls": lambda: iter([("book", office.as_old(office.xlsx(), "xlsx", "xls"))]),
    "ppt": lambda: iter([("slides", office.as_old(_slides(), "odp", "ppt"))]),
    "rtf": _rtf, "html": _html, "eml": _eml, "text": _text, "ofd": _ofds,
    "jpeg": _jpeg, "png": _png, "tiff": _tiff, "jp2": _jp2, "heic": _heic, "gif": _gif, "bmp": _bmp, "webp": _webp,
    **{kind: partial(_films, kind) for kind in dict.fromkeys(each[0] for each in _FILMS)},
    "zip": lambda: iter([("package", samples.zipped({"a/b.txt": b"x" * 900, "c.pdf": samples.pdf_with_text("甲")}))]),
}  # fmt: skip
"""How the samples of a kind are made."""


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
