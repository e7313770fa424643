"""Format identification 格式识别: by content, never by name. Pure: a few bytes in, a format out.

Strict where readers are lenient: a PDF header stands at byte 0 (ISO 32000-1, 7.5.2; PDF/A-2, 6.1.2), a zip is an
office file or an OFD by what it holds, text must decode whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from archive.renditions import catalogue as known
from archive.renditions.terms import Finding, Format, Kind

HEAD = 64 * 1024
TAIL = 4 * 1024

_PDF = re.compile(rb"%PDF-(\d\.\d)")
_FTYP_QUICKTIME = {b"qt  "}
_FTYP_HEIC = {b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1", b"heim", b"heis"}
_QUICKTIME_ATOMS = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}

_PREFIXES: tuple[tuple[bytes, Format], ...] = (
    (b"\x89PNG\r\n\x1a\n", known.PNG),
    (b"GIF87a", known.GIF87),
    (b"GIF89a", known.GIF89),
    (b"II*\x00", known.TIFF),
    (b"MM\x00*", known.TIFF),
    (b"II+\x00", known.TIFF),
    (b"MM\x00+", known.TIFF),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", known.JP2),
    (b"\xff\x4f\xff\x51", known.JP2),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", known.OLE),
    (b"PK\x03\x04", known.ZIP),
    (b"PK\x05\x06", known.ZIP),
    (b"PK\x07\x08", known.ZIP),
    (b"\x1f\x8b\x08", known.GZIP),
    (b"7z\xbc\xaf\x27\x1c", known.SEVEN_ZIP),
    (b"Rar!\x1a\x07", known.RAR),
    (b"BZh", known.BZIP2),
    (b"\xfd7zXZ\x00", known.XZ),
    (b"\x00\x00\x01\xba", known.MPEG_PS),
    (b"\x00\x00\x01\xb3", known.MPEG_PS),
    (b"fLaC", known.FLAC),
    (b"OggS", known.OGG),
    (b"#!AMR", known.AMR),
    (b"ID3", known.MP3),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02", known.MXF),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", known.ASF),
    (b"{\\rtf", known.RTF),
    (b"\x7fELF", known.ELF),
    (b"\xca\xfe\xba\xbe", known.JAVA_CLASS),
    (b"\xfe\xed\xfa\xce", known.MACHO),
    (b"\xfe\xed\xfa\xcf", known.MACHO),
    (b"\xce\xfa\xed\xfe", known.MACHO),
    (b"\xcf\xfa\xed\xfe", known.MACHO),
    (b"L\x00\x00\x00\x01\x14\x02\x00", known.SHORTCUT),
    (b"#!", known.SCRIPT),
)

_ZIP_MIMETYPES = {
    known.ODT.media_type: known.ODT,
    known.ODS.media_type: known.ODS,
    known.ODP.media_type: known.ODP,
    known.ODG.media_type: known.ODG,
}
_ZIP_MEMBERS = {"word/": known.DOCX, "xl/": known.XLSX, "ppt/": known.PPTX}
_OLE_STREAMS = (
    ("WordDocument", known.DOC),
    ("Workbook", known.XLS),
    ("Book", known.XLS),
    ("PowerPoint Document", known.PPT),
    ("__properties_version1.0", known.MSG),
)


def identify(head: bytes, tail: bytes, size: int) -> Format:
    """The format of a file 识别 from its first ``HEAD`` and last ``TAIL`` bytes and its size.

    A zip and an OLE2 file are told as such; ``refine_zip`` and ``refine_ole`` say more once their listing is known.
    """
    if size == 0:
        return known.EMPTY
    return _by_structure(head) or _by_prefix(head) or _by_text(head, size) or known.UNKNOWN


def refine_zip(members: Iterable[str], mimetype: str = "") -> Format:
    """What a zip is by what it holds: OOXML, ODF (its ``mimetype`` member), OFD, or a plain zip."""
    names = tuple(members)
    if mimetype in _ZIP_MIMETYPES:
        return _ZIP_MIMETYPES[mimetype]
    if "OFD.xml" in names:
        return known.OFD
    if "[Content_Types].xml" in names:
        for folder, found in _ZIP_MEMBERS.items():
            if any(name.startswith(folder) for name in names):
                return found
    return known.ZIP


def refine_ole(streams: Iterable[str]) -> Format:
    """What an OLE2 compound file is by the names of its streams."""
    names = frozenset(streams)
    return next((found for stream, found in _OLE_STREAMS if stream in names), known.OLE)


def name_findings(found: Format, name: str) -> tuple[Finding, ...]:
    """A name whose extension does not fit the content is a finding, not a fault 扩展名不符."""
    _, dot, extension = name.rpartition(".")
    if not dot or not found.extensions or extension.lower() in found.extensions:
        return ()
    return (Finding("extension-differs", detail=f"{extension.lower()[:16]} / {found.name}"),)


def _by_structure(head: bytes) -> Format | None:
    """Formats that want more than a prefix."""
    if head.startswith(b"%PDF-"):
        match = _PDF.match(head)
        return known.pdf(match[1].decode("ascii") if match else "")
    if head.startswith(b"\xff\xd8\xff"):
        return known.jpeg(_jpeg_pronom(head))
    if head[4:8] == b"ftyp":
        return _by_brand(head[8:12])
    if head[4:8] in _QUICKTIME_ATOMS and len(head) >= 12:
        return known.QUICKTIME
    if head.startswith((b"RIFF", b"RF64")):
        return {b"AVI ": known.AVI, b"WAVE": known.WAV, b"WEBP": known.WEBP}.get(head[8:12])
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return known.WEBM if b"webm" in head[:64] else known.MATROSKA
    if head[257:262] == b"ustar":
        return known.TAR
    if head.startswith(b"BM") and len(head) >= 26 and head[6:10] == bytes(4):
        return known.BMP
    if _is_transport_stream(head):
        return known.MPEG_TS
    if head.startswith(b"\x1f\x07\x00"):
        return known.DV
    return _program(head)


def _program(head: bytes) -> Format | None:
    if not head.startswith(b"MZ") or len(head) < 64:
        return None
    offset = int.from_bytes(head[60:64], "little")
    return known.WINDOWS_PROGRAM if head[offset : offset + 4] == b"PE\x00\x00" else known.DOS_PROGRAM


def _jpeg_pronom(head: bytes) -> str:
    if head[6:11] == b"JFIF\x00":
        return known.JFIF_VERSIONS.get(head[11:13], "fmt/41")
    if head[6:10] == b"Exif":
        return next((p for v, p in known.EXIF_VERSIONS.items() if b"\x00\x90\x07\x00\x04\x00\x00\x00" + v in head
                     or b"\x90\x00\x00\x07\x00\x00\x00\x04" + v in head), "fmt/41")  # fmt: skip
    return "fmt/41"


def _by_brand(brand: bytes) -> Format:
    if brand in _FTYP_QUICKTIME:
        return known.QUICKTIME
    if brand in _FTYP_HEIC:
        return known.HEIC
    return known.THREE_GP if brand.startswith((b"3gp", b"3g2")) else known.MP4


def _is_transport_stream(head: bytes) -> bool:
    """Sync bytes at the packet distance: 188 bytes, or 192 with the time code of AVCHD cameras."""
    for start, step in ((0, 188), (4, 192)):
        marks = head[start : start + step * 5 : step]
        if len(marks) == 5 and set(marks) == {0x47}:
            return True
    return False


def _by_prefix(head: bytes) -> Format | None:
    found = next((known_format for prefix, known_format in _PREFIXES if head.startswith(prefix)), None)
    if found is None and len(head) >= 4 and head[0] == 0xFF and head[1] in (0xFB, 0xF3, 0xF2, 0xFA):
        return known.MP3
    return found


def _by_text(head: bytes, size: int) -> Format | None:
    found = _encoding(head, cut=size > len(head))
    if found is None:
        return None
    encoding, text_format = found
    start = head[:4096].decode(encoding, "ignore").lstrip("\ufeff \t\r\n")
    lowered = start.lower()
    if lowered.startswith("<?xml"):
        return known.HTML if "<html" in lowered[:1024] else known.XML
    if lowered.startswith(("<!doctype html", "<html")):
        return known.HTML
    if _is_message(start):
        return known.EML
    return text_format


_MESSAGE_FIELD = re.compile(r"(?i)^(from|to|date|subject|received|return-path|message-id|mime-version):", re.M)
_FIELD = re.compile(r"^[A-Za-z][A-Za-z0-9-]*:|^[ \t]+\S")


def _is_message(start: str) -> bool:
    """RFC 5322: header fields from the first line on, at least two of the usual ones."""
    header = re.split(r"\r?\n\r?\n", start, maxsplit=1)[0]
    lines = header.splitlines()[:40]
    if not lines or not all(_FIELD.match(line) for line in lines):
        return False
    return len({match.lower() for match in _MESSAGE_FIELD.findall(header)}) >= 2


def _encoding(head: bytes, *, cut: bool) -> tuple[str, Format] | None:
    """The encoding in which the bytes are text: UTF-16 with mark, UTF-8, GB18030; None when they are not text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) and _decodes(head, "utf-16", cut=cut):
        return "utf-16", known.TEXT_UTF16
    if any(byte < 32 and byte not in (9, 10, 12, 13, 27) for byte in head):
        return None
    if _decodes(head, "utf-8", cut=cut):
        return "utf-8", known.TEXT_UTF8
    return ("gb18030", known.TEXT_GB18030) if _decodes(head, "gb18030", cut=cut) else None


def _decodes(head: bytes, encoding: str, *, cut: bool) -> bool:
    """Whole, but for a character that the end of the head cuts in two."""
    for trim in range(4 if cut else 1):
        try:
            text = head[: len(head) - trim].decode(encoding)
        except UnicodeDecodeError:
            continue
        return not any("\x7f" <= character < "\xa0" or "\ue000" <= character <= "\uf8ff" for character in text)
    return False


_UNCONVERTED = (known.MSG, known.OLE)


def is_convertible(found: Format) -> bool:
    """True where a PDF/A can be made of it: PDF, OFD, pictures, office files, texts; not what no program opens."""
    if found.kind in (Kind.IMAGE, Kind.OFFICE):
        return found not in _UNCONVERTED
    return found.kind is Kind.TEXT or found.media_type in ("application/pdf", known.OFD.media_type)
