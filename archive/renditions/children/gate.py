"""Gate of PDF/A PDF/A 关口: nothing leaves a child as PDF/A that was not written by qpdf and judged after writing.

``pikepdf.pdfa.save`` writes through a temporary file on disk; here everything stays in memory.
"""

from __future__ import annotations

import io
import re

import pikepdf
from pikepdf import pdfa

from archive.renditions import patterns
from archive.renditions.children.unicodemap import has_unicode

_BASIC = b"<pdfaid:conformance>B</pdfaid:conformance>"
_UNICODE = b"<pdfaid:conformance>U</pdfaid:conformance>"


class NotValid(Exception):
    """The candidate is not PDF/A; the first rules that it breaks."""


def write(pdf: pikepdf.Pdf, *, repair: bool) -> bytes:
    """The document as PDF/A-2b, validated as written; raises NotValid with the first findings."""
    if repair:
        pdfa.prepare(pdf, "2b")
    settings = pdfa.resolve_save_kwargs("2b")
    out = io.BytesIO()
    pdf.save(out, **settings)
    report = patterns.judge(out.getvalue(), settings)
    if report.verdict != "pass":
        raise NotValid("; ".join(f"{finding.rule} {finding.message}" for finding in report.findings[:3])[:300])
    return out.getvalue()


def declare_unicode(written: bytes) -> tuple[bytes, str]:
    """The same file declared PDF/A-2u where every character shown has a Unicode value, else as it is and ``2b``.

    Only one letter of the (never compressed) metadata changes, so offsets and the judgment stand.
    """
    if len(re.findall(re.escape(_BASIC), written)) != 1:
        return written, "2b"
    with pikepdf.open(io.BytesIO(written)) as pdf:
        if not has_unicode(pdf):
            return written, "2b"
    return written.replace(_BASIC, _UNICODE), "2u"
