"""The gate for what we generate 生成页出门检查: tidied, validated as PDF/A-2b, every font readable, declared 2u.

A page that does not pass is a fault of ours (``GateFault``), never a refusal and never let through.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from datetime import UTC, datetime

import pikepdf
from pikepdf import Dictionary, Name, Object, Pdf, pdfa

from archive.renditions import patterns

_METADATA_DATE = re.compile(rb"(<xmp:MetadataDate>)[^<]*(</xmp:MetadataDate>)")
_LEVEL_B = b"<pdfaid:conformance>B</pdfaid:conformance>"
_LEVEL_U = b"<pdfaid:conformance>U</pdfaid:conformance>"
_EMPTY_RESOURCES = (Name.Pattern, Name.Shading)


class GateFault(Exception):
    """A generated page that is not valid PDF/A 生成页不合格: what the validator said."""


def pass_gate(pdf: Pdf, timestamp: datetime, *, level: str = "U") -> bytes:
    """``pdf`` as PDF/A-2 bytes of ``level`` U or B 出门: same document and ``timestamp`` (aware), same bytes.

    Raises GateFault when the written bytes do not validate as 2b, or for level U a font has no mapping to Unicode.
    """
    tidy(pdf)
    if level == "U" and not has_unicode(pdf):
        raise GateFault("a font has no mapping to Unicode")
    stamp = timestamp.astimezone(UTC)
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        metadata["xmp:CreateDate"] = metadata["xmp:ModifyDate"] = stamp.strftime("%Y-%m-%dT%H:%M:%SZ")
    pdf.docinfo[Name.CreationDate] = pdf.docinfo[Name.ModDate] = stamp.strftime("D:%Y%m%d%H%M%SZ")
    pdfa.prepare(pdf, "2b")
    _fix_metadata(pdf, stamp)
    written = io.BytesIO()
    settings = pdfa.resolve_save_kwargs("2b", deterministic_id=True)
    pdf.save(written, **settings)
    report = patterns.judge(written.getvalue(), settings)
    if report.verdict != "pass":
        raise GateFault(str(pdfa.PdfaError(report)))
    if level != "U":
        return written.getvalue()
    with pikepdf.open(written) as checked:
        packet = checked.Root.Metadata.read_bytes()
        if packet.count(_LEVEL_B) != 1:
            raise GateFault("the metadata do not declare one conformance level")
        checked.Root.Metadata.write(packet.replace(_LEVEL_B, _LEVEL_U))
        final = io.BytesIO()
        checked.save(final, **settings)
    return final.getvalue()


def tidy(pdf: Pdf) -> None:
    """Takes out what the validator does not look at 清理: empty resources, /CIDSet, /OpenAction, /DocChecksum."""
    if Name.OpenAction in pdf.Root:
        del pdf.Root[Name.OpenAction]
    if "/DocChecksum" in pdf.trailer:
        del pdf.trailer["/DocChecksum"]
    for each in pdf.objects:
        if not isinstance(each, Dictionary | pikepdf.Stream):
            continue
        if Name.CIDSet in each:
            del each[Name.CIDSet]
        # The validator's schema wants the destination of a bookmark written in place.
        if Name.Dest in each and isinstance(each[Name.Dest], pikepdf.Array) and each[Name.Dest].is_indirect:
            each[Name.Dest] = pikepdf.Array(list(each[Name.Dest]))
        for holder in _resource_holders(each):
            for name in _EMPTY_RESOURCES:
                if name in holder and isinstance(holder[name], Dictionary) and not len(holder[name]):
                    del holder[name]


def _resource_holders(each: Object) -> Iterable[Object]:
    yield each
    resources = each.get(Name.Resources)
    if isinstance(resources, Dictionary):
        yield resources


def has_unicode(pdf: Pdf) -> bool:
    """Whether every composite font maps its signs to Unicode 字体可还原为文字."""
    return all(
        Name.ToUnicode in each
        for each in pdf.objects
        if isinstance(each, Dictionary) and each.get(Name.Subtype) == Name.Type0
    )


def declared_level(pdf: Pdf) -> str:
    """The PDF/A conformance level that ``pdf`` declares 声明的级别: A, U, B or an empty string."""
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        return str(metadata.get("pdfaid:conformance", ""))


def _fix_metadata(pdf: Pdf, stamp: datetime) -> None:
    packet = pdf.Root.Metadata.read_bytes()
    when = stamp.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    fixed, found = _METADATA_DATE.subn(rb"\g<1>" + when + rb"\g<2>", packet)
    if found != 1:
        raise GateFault("the metadata carry no single date of their own")
    pdf.Root.Metadata.write(fixed)
