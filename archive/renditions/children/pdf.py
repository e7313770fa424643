"""Child program for PDF 子程序: opens it under qpdf's limits and tells what it is; light, for every PDF runs it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pikepdf
from pikepdf import settings

from archive.renditions import catalogue
from archive.renditions.children import active, runtime
from archive.renditions.children.runtime import Answer, Request, Task, Unfit
from archive.renditions.limits import MIB, PAGE_CAP
from archive.renditions.terms import Finding, Inspection

_DECODED_CAP = 192 * MIB


@contextmanager
def opened(data: bytes) -> Iterator[pikepdf.Pdf]:
    """The document under qpdf's limits; told as password or damage when it does not open."""
    try:
        pdf = pikepdf.open(io.BytesIO(data))
    except pikepdf.PasswordError:
        raise Unfit("password") from None
    except pikepdf.PdfError:
        raise Unfit("damaged") from None
    with pdf:
        try:
            count = len(pdf.pages)
        except pikepdf.PdfError:
            raise Unfit("damaged") from None
        if count == 0:
            raise Unfit("no-pages")
        if count > PAGE_CAP:
            raise Unfit("pages", detail=str(count))
        yield pdf


def limit_qpdf() -> None:
    """Sets the limits of the parser 解析上限 before any byte is read: nesting, decoded sizes, warnings."""
    settings.set_qpdf_limits(
        doc_max_warnings=1_000,
        parser_max_nesting=100,
        flate_max_memory=_DECODED_CAP,
        png_max_memory=_DECODED_CAP,
        run_length_max_memory=_DECODED_CAP,
        tiff_max_memory=_DECODED_CAP,
        dct_max_memory=_DECODED_CAP,
        dct_max_progressive_scans=100,
        max_stream_filters=5,
    )


def inspect(request: Request) -> Answer:
    """What the PDF is: version, pages, encryption, signatures, active content, findings; no text."""
    limit_qpdf()
    data = runtime.read_source(request)
    with opened(data) as pdf:
        facts = Inspection(
            format=catalogue.pdf(_version(data)),
            pages=len(pdf.pages),
            encrypted=pdf.is_encrypted,
            signatures=active.count_signatures(pdf),
            active_content=active.find_active(pdf),
            findings=findings_of(pdf, data),
        )
    return Answer(facts)


def _version(data: bytes) -> str:
    return data[5:8].decode("ascii", "replace")


def findings_of(pdf: pikepdf.Pdf, data: bytes) -> tuple[Finding, ...]:
    """What is irregular about a PDF that opens all the same 异常: encryption, repair, a missing end."""
    found = []
    if pdf.is_encrypted:
        found.append(Finding("pdf-encrypted", detail="opens without a password"))
    if any("damaged" in str(w) or "reconstruct" in str(w) for w in pdf.get_warnings()):
        found.append(Finding("pdf-damaged", detail="cross-reference table rebuilt"))
    if b"%%EOF" not in data[-2048:]:
        found.append(Finding("pdf-no-end", detail="no end-of-file mark"))
    return tuple(found)


TASKS: Mapping[str, Task] = {"pdf.inspect": inspect}

if __name__ == "__main__":
    runtime.run(TASKS)
