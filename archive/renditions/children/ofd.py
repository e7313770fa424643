"""Child program for OFD OFD 子程序: a PDF to look at, drawn from its pages; the OFD stays the record.

Seals are named as they name themselves and drawn as the picture they carry. Nothing here verifies one.
"""

from __future__ import annotations

from dataclasses import asdict

import pikepdf
from fontTools import version as fonttools_version

from archive.renditions import catalogue
from archive.renditions.children import runtime
from archive.renditions.children.ofd_book import Book
from archive.renditions.children.ofd_draw import Draughtsman
from archive.renditions.children.package import Package
from archive.renditions.children.runtime import Answer, Request
from archive.renditions.terms import Finding, Inspection


def inspect(request: Request) -> Answer:
    """Pages, seals and signatures as they name themselves, attachments, links."""
    book = Book(Package(runtime.read_source(request)))
    found = Inspection(
        format=catalogue.OFD,
        pages=len(book.pages),
        signatures=len(book.seals),
        active_content=tuple(sorted(book.active)),
        members=tuple(name[:200] for name in book.attached[:1_000]),
        findings=tuple(_seal_findings(book)),
    )
    return Answer(found)


def convert(request: Request) -> Answer:
    """The drawn PDF and the text of each page."""
    book = Book(Package(runtime.read_source(request)))
    draughtsman = Draughtsman(book)
    pdf = draughtsman.draw()
    findings = [Finding("viewing-copy", detail="OFD"), *_seal_findings(book)]
    findings += [Finding("active-content-removed", detail=name) for name in sorted(book.active)]
    if draughtsman.simplified:
        findings.append(Finding("shading-simplified"))
    held = [[f"page {number}", text, True] for number, text in enumerate(draughtsman.texts, 1)]
    tool = [f"OFD by fonttools {fonttools_version}, pikepdf", pikepdf.__version__]
    return Answer({"tool": tool, "findings": [asdict(each) for each in findings]}, (pdf, runtime.as_json(held)))


def _seal_findings(book: Book) -> list[Finding]:
    return [
        Finding(
            "seal-not-verified",
            seal.page,
            ", ".join(part for part in (seal.name, seal.provider[:60], seal.made_at[:40]) if part),
        )
        for seal in book.seals[:100]
    ]


if __name__ == "__main__":
    runtime.run({"ofd.inspect": inspect, "ofd.convert": convert})
