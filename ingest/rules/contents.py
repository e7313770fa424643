"""Contents 包内容: nothing missing, nothing extra, nothing beyond the limits. Values in, values out."""

from __future__ import annotations

from collections.abc import Sequence

from archive.kernel.settings import IngestPart
from ingest.rules.names import check_names, printable
from ingest.terms import Entry, Problem, Sip

DESCRIPTIONS = frozenset({"case.json", "案卷目录.xlsx"})


def check_structure(limits: IngestPart, entries: Sequence[Entry]) -> list[Problem]:
    """What is wrong with names, number and size of the files."""
    total = sum(entry.size for entry in entries)
    if len(entries) > limits.max_files:
        return [Problem("ingest.package-too-many", facts={"files": len(entries), "most": limits.max_files})]
    found = check_names(entry.name for entry in entries)
    if total > limits.max_package_bytes:
        found.append(Problem("ingest.package-too-large", facts={"size": total, "most": limits.max_package_bytes}))
    return found


def against_list(sip: Sip, entries: Sequence[Entry]) -> list[Problem]:
    """Nothing missing, nothing extra, sizes as stated, no empty file, each file in one item only."""
    sizes = {entry.name: entry.size for entry in entries}
    listed = sip.paths()
    found = [Problem("ingest.file-missing", printable(path)) for path in sorted(listed - set(sizes))]
    found += [Problem("ingest.file-unlisted", printable(path)) for path in sorted(set(sizes) - listed - DESCRIPTIONS)]
    seen: set[str] = set()
    for file in (file for item in sip.items for file in item.files):
        if file.path in seen or file.path in DESCRIPTIONS:
            found.append(Problem("ingest.file-listed-twice", printable(file.path)))
        seen.add(file.path)
        actual = sizes.get(file.path)
        if actual == 0:
            found.append(Problem("ingest.file-empty", printable(file.path)))
        elif actual is not None and file.size is not None and actual != file.size:
            facts = {"stated": file.size, "actual": actual}
            found.append(Problem("ingest.size-differs", printable(file.path), facts=facts))
    return found
