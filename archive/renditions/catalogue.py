"""Catalogue of formats 格式目录: every format that we tell apart, with its PRONOM id (empty: the registry has none)."""

from __future__ import annotations

from archive.renditions.terms import Format, Kind

PDF_VERSIONS = {
    "1.0": "fmt/14", "1.1": "fmt/15", "1.2": "fmt/16", "1.3": "fmt/17", "1.4": "fmt/18",
    "1.5": "fmt/19", "1.6": "fmt/20", "1.7": "fmt/276", "2.0": "fmt/1129",
}  # fmt: skip

JFIF_VERSIONS = {b"\x01\x00": "fmt/42", b"\x01\x01": "fmt/43", b"\x01\x02": "fmt/44"}
EXIF_VERSIONS = {
    b"0200": "x-fmt/398", b"0210": "x-fmt/390", b"0220": "x-fmt/391", b"0221": "fmt/645",
    b"0230": "fmt/1507", b"0231": "fmt/1507", b"0232": "fmt/1507",
}  # fmt: skip


def pdf(version: str) -> Format:
    """PDF of ``version`` such as "1.7"; an unheard-of version has no id."""
    return Format(f"PDF {version}".strip(), PDF_VERSIONS.get(version, ""), "application/pdf", Kind.DOCUMENT, ("pdf",))


def jpeg(pronom: str) -> Format:
    """JPEG with the id of its JFIF or Exif version."""
    return Format("JPEG", pronom, "image/jpeg", Kind.IMAGE, ("jpg", "jpeg", "jpe", "jfif"))


def _image(name: str, pronom: str, media_type: str, *extensions: str) -> Format:
    return Format(name, pronom, media_type, Kind.IMAGE, extensions)


def _av(name: str, pronom: str, media_type: str, *extensions: str) -> Format:
    return Format(name, pronom, media_type, Kind.AV, extensions)


def _office(name: str, pronom: str, media_type: str, *extensions: str) -> Format:
    return Format(name, pronom, media_type, Kind.OFFICE, extensions)


def _package(name: str, pronom: str, media_type: str, *extensions: str) -> Format:
    return Format(name, pronom, media_type, Kind.PACKAGE, extensions)


def _program(name: str, pronom: str, media_type: str, *extensions: str) -> Format:
    return Format(name, pronom, media_type, Kind.PROGRAM, extensions)


def _text(name: str, pronom: str, media_type: str, *extensions: str) -> Format:
    return Format(name, pronom, media_type, Kind.TEXT, extensions)


PNG = _image("PNG", "fmt/11", "image/png", "png")
GIF87 = _image("GIF 87a", "fmt/3", "image/gif", "gif")
GIF89 = _image("GIF 89a", "fmt/4", "image/gif", "gif")
TIFF = _image("TIFF", "fmt/353", "image/tiff", "tif", "tiff")
BMP = _image("BMP", "fmt/116", "image/bmp", "bmp", "dib")
JP2 = _image("JPEG 2000", "x-fmt/392", "image/jp2", "jp2", "jpx", "j2k", "jpf")
HEIC = _image("HEIC", "fmt/1101", "image/heic", "heic", "heif")
WEBP = _image("WebP", "fmt/566", "image/webp", "webp")

MP4 = _av("MP4", "fmt/199", "video/mp4", "mp4", "m4v", "m4a")
QUICKTIME = _av("QuickTime", "x-fmt/384", "video/quicktime", "mov", "qt")
THREE_GP = _av("3GP", "fmt/357", "video/3gpp", "3gp", "3g2")
AVI = _av("AVI", "fmt/5", "video/x-msvideo", "avi")
MPEG_PS = _av("MPEG program stream", "x-fmt/386", "video/mpeg", "mpg", "mpeg", "vob", "ps")
MPEG_TS = _av("MPEG transport stream", "fmt/585", "video/mp2t", "ts", "m2ts", "mts", "m2t")
MATROSKA = _av("Matroska", "fmt/569", "video/x-matroska", "mkv", "mka")
WEBM = _av("WebM", "fmt/573", "video/webm", "webm")
WAV = _av("WAVE", "fmt/6", "audio/x-wav", "wav")
MP3 = _av("MP3", "fmt/134", "audio/mpeg", "mp3")
FLAC = _av("FLAC", "fmt/279", "audio/flac", "flac")
OGG = _av("Ogg", "fmt/944", "application/ogg", "ogg", "oga", "ogv")
AMR = _av("AMR", "fmt/356", "audio/amr", "amr")
MXF = _av("MXF", "fmt/200", "application/mxf", "mxf")
ASF = _av("ASF", "fmt/131", "video/x-ms-asf", "asf", "wmv", "wma")
DV = _av("DV", "x-fmt/152", "video/dv", "dv", "dif")

_OOXML = "application/vnd.openxmlformats-officedocument."
DOCX = _office("Word OOXML", "fmt/412", _OOXML + "wordprocessingml.document", "docx", "docm", "dotx")
XLSX = _office("Excel OOXML", "fmt/214", _OOXML + "spreadsheetml.sheet", "xlsx", "xlsm", "xltx")
PPTX = _office("PowerPoint OOXML", "fmt/215", _OOXML + "presentationml.presentation", "pptx", "pptm", "ppsx")
DOC = _office("Word 97-2003", "fmt/40", "application/msword", "doc", "dot", "wps")
XLS = _office("Excel 97-2003", "fmt/61", "application/vnd.ms-excel", "xls", "xlt", "et")
PPT = _office("PowerPoint 97-2003", "fmt/126", "application/vnd.ms-powerpoint", "ppt", "pps", "dps")
MSG = _office("Outlook message", "x-fmt/430", "application/vnd.ms-outlook", "msg")
OLE = _office("OLE2 compound file", "fmt/111", "application/x-ole-storage")
RTF = _office("RTF", "fmt/355", "application/rtf", "rtf", "doc")
_ODF = "application/vnd.oasis.opendocument."
ODT = _office("OpenDocument text", "fmt/291", _ODF + "text", "odt", "ott")
ODS = _office("OpenDocument spreadsheet", "fmt/295", _ODF + "spreadsheet", "ods", "ots")
ODP = _office("OpenDocument presentation", "fmt/293", _ODF + "presentation", "odp", "otp")
ODG = _office("OpenDocument graphics", "fmt/297", _ODF + "graphics", "odg", "otg")
OFD = Format("OFD (GB/T 33190)", "", "application/ofd", Kind.DOCUMENT, ("ofd",))

ZIP = _package("ZIP", "x-fmt/263", "application/zip", "zip")
TAR = _package("TAR", "x-fmt/265", "application/x-tar", "tar")
GZIP = _package("GZIP", "x-fmt/266", "application/gzip", "gz", "tgz")
SEVEN_ZIP = _package("7-Zip", "fmt/484", "application/x-7z-compressed", "7z")
RAR = _package("RAR", "x-fmt/264", "application/vnd.rar", "rar")
BZIP2 = _package("BZIP2", "x-fmt/268", "application/x-bzip2", "bz2")
XZ = _package("XZ", "fmt/1098", "application/x-xz", "xz")

XML = _text("XML", "fmt/101", "application/xml", "xml", "xsd", "xsl", "svg")
HTML = _text("HTML", "fmt/96", "text/html", "html", "htm", "xhtml")
EML = _text("Internet message", "fmt/278", "message/rfc822", "eml", "mht", "mhtml")
TEXT_UTF8 = _text("text (UTF-8)", "x-fmt/111", "text/plain", "txt", "csv", "md", "json", "log")
TEXT_UTF16 = _text("text (UTF-16)", "x-fmt/111", "text/plain", "txt", "csv")
TEXT_GB18030 = _text("text (GB18030)", "x-fmt/111", "text/plain", "txt", "csv", "log")

DOS_PROGRAM = _program("DOS or Windows program", "x-fmt/409", "application/x-msdownload", "exe", "dll", "com", "scr")
WINDOWS_PROGRAM = _program("Windows program (PE)", "x-fmt/411", "application/x-msdownload", "exe", "dll", "scr", "sys")
ELF = _program("ELF program", "fmt/688", "application/x-executable", "so", "elf", "o")
MACHO = _program("Mach-O program", "fmt/693", "application/x-mach-binary", "dylib")
SCRIPT = _program("script", "", "text/x-script", "sh", "py", "pl", "rb")
JAVA_CLASS = _program("Java class", "x-fmt/415", "application/java-vm", "class")
SHORTCUT = _program("Windows shortcut", "x-fmt/428", "application/x-ms-shortcut", "lnk")

EMPTY = Format("empty file", "", "application/octet-stream", Kind.UNKNOWN)
UNKNOWN = Format("unknown", "", "application/octet-stream", Kind.UNKNOWN)
