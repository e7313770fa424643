"""Root validator 存储根验证: declaration, layout, hierarchy, and each object below it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from archive.kernel.canonical import parse
from archive.ocfl.paths import LAYOUT, object_path
from archive.ocfl.terms import OcflFinding
from archive.ocfl.trees import kind_of
from archive.ocfl.validator import REGISTERED, check_object

_DECLARED = re.compile(r"0=ocfl_(1\.[01])")


def validate_root(path: Path, *, deep: bool, progress: Callable[[str], None] | None = None) -> list[OcflFinding]:
    """Judge the storage root at ``path`` and every object in it; findings in objects carry the object's path.

    ``progress`` is called with the path of each object before it is checked.
    """
    if not path.is_dir():
        return [OcflFinding("E069", "", "not a folder")]
    findings = [*_check_declaration(path), *_check_layout(path), *_check_extensions(path)]
    is_ours = _layout_name(path) == LAYOUT
    seen: dict[str, str] = {}
    for place in _objects(path, findings):
        if progress:
            progress(place)
        check = check_object(path / place, deep=deep)
        findings += [OcflFinding(each.code, f"{place}/{each.path}", each.detail) for each in check.findings]
        if check.object_id is None:
            continue
        if check.object_id in seen:
            findings.append(OcflFinding("E037", place, f"the id of {seen[check.object_id]}: {check.object_id}"))
        seen[check.object_id] = place
        if is_ours and place != object_path(check.object_id):
            findings.append(OcflFinding("E083", place, f"not where the layout puts {check.object_id}"))
    return sorted(set(findings))


def _check_declaration(path: Path) -> Iterator[OcflFinding]:
    names = sorted(name for name in os.listdir(path) if name.startswith("0="))
    if not names:
        yield OcflFinding("E069", "", "no declaration of a storage root")
    if len(names) > 1:
        yield OcflFinding("E076", "", f"more than one declaration: {names}")
    for name in names:
        if not _DECLARED.fullmatch(name):
            yield OcflFinding("E079", name, "not the declaration of a known version")
        elif (path / name).read_bytes() != name.removeprefix("0=").encode("ascii") + b"\n":
            yield OcflFinding("E080", name, "its text is not its name and a line end")


def _layout(path: Path) -> object:
    try:
        return parse((path / "ocfl_layout.json").read_bytes())
    except FileNotFoundError:
        return None
    except ValueError:
        return ""


def _layout_name(path: Path) -> str | None:
    layout = _layout(path)
    name = layout.get("extension") if isinstance(layout, dict) else None
    return name if isinstance(name, str) else None


def _check_layout(path: Path) -> Iterator[OcflFinding]:
    layout = _layout(path)
    if layout is None:
        return
    if not isinstance(layout, dict) or not {"extension", "description"} <= layout.keys():
        yield OcflFinding("E070", "ocfl_layout.json", "extension and description are required")
    elif not isinstance(layout["extension"], str) or layout["extension"] not in REGISTERED:
        yield OcflFinding("E071", "ocfl_layout.json", f"not a registered extension: {layout['extension']!r}")


def _check_extensions(path: Path) -> Iterator[OcflFinding]:
    folder = path / "extensions"
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if kind_of(entry) != "folder":
                yield OcflFinding("E112", f"extensions/{entry.name}", "not a folder of an extension")
            elif entry.name not in REGISTERED:
                yield OcflFinding("W016", f"extensions/{entry.name}", "not a registered extension")


def _objects(root: Path, findings: list[OcflFinding]) -> Iterator[str]:
    """Paths of the objects, in order; what does not belong into the hierarchy goes to ``findings``."""
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        with os.scandir(root / folder) as entries:
            found = sorted((entry.name, kind_of(entry)) for entry in entries)
        if folder and any(name.startswith("0=ocfl_object_") for name, _ in found):
            yield folder
            continue
        if folder and not found:
            findings.append(OcflFinding("E073", folder, "an empty folder"))
        below: list[str] = []
        for name, kind in found:
            place = f"{folder}/{name}" if folder else name
            if kind == "stranger":
                findings.append(OcflFinding("E090", place, "neither a regular file nor a folder"))
            elif kind == "folder" and place != "extensions":
                below.append(place)
            elif kind == "file" and folder:
                findings.append(OcflFinding("E072", place, "a file in no object"))
        waiting += reversed(below)
