"""Description 著录文件 of a package: ``case.json`` or the spreadsheet ``案卷目录.xlsx``, exactly one of them."""

from __future__ import annotations

from ingest.packages.package import Package
from ingest.profile import DESCRIPTION, LARGEST, read_description
from ingest.spreadsheet import SPREADSHEET, read_spreadsheet
from ingest.terms import Entry, Problem, Sip

DESCRIPTIONS = frozenset({DESCRIPTION, SPREADSHEET})


def read_sip(package: Package, entries: tuple[Entry, ...]) -> tuple[Sip | None, list[Problem]]:
    """The submission that a package describes, or everything wrong with its description."""
    found = [entry for entry in entries if entry.name in DESCRIPTIONS]
    if len(found) != 1:
        code = "ingest.description-missing" if not found else "ingest.description-twice"
        return None, [Problem(code)]
    if found[0].size > LARGEST:
        return None, [Problem("ingest.description-too-large", found[0].name, facts={"size": found[0].size})]
    data = b"".join(piece for _, pieces in package.read((found[0].name,)) for piece in pieces)
    if len(data) > LARGEST:
        return None, [Problem("ingest.description-too-large", found[0].name, facts={"size": len(data)})]
    return read_description(data) if found[0].name == DESCRIPTION else read_spreadsheet(data)
