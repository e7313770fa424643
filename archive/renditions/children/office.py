"""Child program for office files 办公文件子程序: prints a copy without what acts, and says what it holds.

OOXML and OpenDocument are written anew before LibreOffice sees them: no macro, object or link, and every field and
formula as it was last saved, so that no date of today comes into an old paper. Old workbooks and presentations become
OpenDocument first. LibreOffice is told to run nothing all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from archive.renditions import catalogue
from archive.renditions.children import odf, olefiles, ooxml, ooxml_words, runtime, soffice, worddoc
from archive.renditions.children.package import Package
from archive.renditions.children.runtime import Answer, Request, Unfit
from archive.renditions.comparison import Held
from archive.renditions.terms import Finding, Format, Inspection

FORMATS: dict[str, tuple[Format, str]] = {
    "docx": (catalogue.DOCX, "writer"),
    "xlsx": (catalogue.XLSX, "calc"),
    "pptx": (catalogue.PPTX, "impress"),
    "odt": (catalogue.ODT, "writer"),
    "ods": (catalogue.ODS, "calc"),
    "odp": (catalogue.ODP, "impress"),
    "odg": (catalogue.ODG, "draw"),
    "doc": (catalogue.DOC, "writer"),
    "xls": (catalogue.XLS, "calc"),
    "ppt": (catalogue.PPT, "impress"),
    "rtf": (catalogue.RTF, "writer"),
}
_AS_ODF = {"writer": "odt", "calc": "ods", "impress": "odp", "draw": "odg"}
_RTF_FIELD = re.compile(
    rb"(\\fldinst\b[^}]{0,200}?)\b(DATE|TIME|PRINTDATE|SAVEDATE|CREATEDATE|EDITTIME|FILENAME)\b", re.I
)
_RTF_LINK = re.compile(rb"\\(?:field|fldinst)[^}]{0,80}?(?:INCLUDEPICTURE|INCLUDETEXT|DDEAUTO|DDE|LINK)\b", re.I)


@dataclass
class Read:
    """What our own reader made of a file: the copy to print, what acts in it, its text where it can be read."""

    printed: bytes
    active: set[str] = field(default_factory=set)
    held: list[Held] | None = None
    findings: list[Finding] = field(default_factory=list)


def inspect(request: Request) -> Answer:
    """What the file holds that acts or reaches outside; LibreOffice is not started."""
    soffice.keep_own_share()
    kind = str(request["kind"])
    read = _READERS[kind](runtime.read_source(request))
    found = Inspection(
        format=FORMATS[kind][0], active_content=tuple(sorted(read.active)), findings=tuple(read.findings)
    )
    return Answer(found)


def convert(request: Request) -> Answer:
    """The PDF that LibreOffice prints, and the text that the file holds."""
    soffice.keep_own_share()
    kind = str(request["kind"])
    desk = FORMATS[kind][1]
    if soffice.find() is None:
        raise Unfit("no-office", detail=FORMATS[kind][0].name)
    read = _READERS[kind](runtime.read_source(request))
    office = soffice.Office(request)
    if read.held is None:
        # an old workbook or presentation becomes OpenDocument, which can be written anew without what acts
        copy = _read_odf(office.to_odf(read.printed, kind, desk))
        kind, read.printed, read.held = _AS_ODF[desk], copy.printed, copy.held
        read.active |= copy.active
    held = read.held or []
    pdf = office.to_pdf(read.printed, kind, desk)
    findings = [*read.findings, *(Finding("active-content-removed", detail=name) for name in sorted(read.active))]
    value = {"tool": ["LibreOffice", soffice.version()], "findings": [asdict(each) for each in findings]}
    return Answer(value, (pdf, runtime.as_json([[each.place, each.text, each.shown] for each in held])))


def _read_ooxml(data: bytes) -> Read:
    package = Package(data)
    changes, active, parts = ooxml.disarm(package)
    return Read(package.rewritten(changes), active, list(ooxml_words.words_of(package, parts)))


def _read_odf(data: bytes) -> Read:
    package = Package(data)
    changes, active, parts = odf.disarm(package)
    return Read(package.rewritten(changes), active, list(odf.words_of(parts)))


def _read_doc(data: bytes) -> Read:
    compound = olefiles.Compound(data)
    olefiles.check_password(compound)
    streams = [compound.read(name) for name in ("WordDocument", "0Table", "1Table")]
    word = worddoc.read_word(*streams)
    if word.recomputed:
        table = worddoc.table_name(streams[0])
        data = compound.with_stream(table, worddoc.settled(streams[0], compound.read(table)))
    return Read(data, compound.active(), list(word.held))


def _read_ole(data: bytes) -> Read:
    compound = olefiles.Compound(data)
    olefiles.check_password(compound)
    volatile = olefiles.recomputed_cells(compound)
    findings = [Finding("field-recomputed", detail="TODAY or NOW")] if volatile else []
    return Read(data, compound.active(), None, findings)


def _read_rtf(data: bytes) -> Read:
    """Dates that a program would compute anew are made unknown to it: it then shows what was saved."""
    active = {"embedded-file"} if b"\\objdata" in data or b"\\objemb" in data else set()
    active |= {"external-link"} if _RTF_LINK.search(data) else set()
    return Read(_RTF_FIELD.sub(rb"\1X\2", data), active)


_READERS: dict[str, Callable[[bytes], Read]] = {
    **dict.fromkeys(("docx", "xlsx", "pptx"), _read_ooxml),
    **dict.fromkeys(("odt", "ods", "odp", "odg"), _read_odf),
    **dict.fromkeys(("xls", "ppt"), _read_ole),
    "doc": _read_doc,
    "rtf": _read_rtf,
}


if __name__ == "__main__":
    runtime.run({"office.inspect": inspect, "office.convert": convert})
