"""OOXML packages OOXML 去活: macros, embedded objects and external links out of the copy that is printed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from archive.renditions.children.package import Package, attribute, drop, join, local, to_bytes, unwrap
from archive.renditions.comparison import Held

_DROPPED = (
    (re.compile(r"(^|/)vba(Project|Data)[^/]*$|(^|/)vbaProjectSignature", re.I), "macro"),
    (re.compile(r"(^|/)macrosheets/", re.I), "macro"),
    (re.compile(r"(^|/)activeX/", re.I), "active-x"),
    (re.compile(r"(^|/)ctrlProps/", re.I), "active-x"),
    (re.compile(r"(^|/)embeddings/", re.I), "embedded-file"),
    (re.compile(r"(^|/)externalLinks/", re.I), "external-link"),
    (re.compile(r"(^|/)(customUI|printerSettings|attachedToolbars)", re.I), ""),
)
_KEPT_FIELDS = frozenset(
    {
        "PAGE", "NUMPAGES", "SECTIONPAGES", "SECTION", "FORMCHECKBOX", "FORMDROPDOWN", "EQ", "SYMBOL", "ADVANCE",
        "MACROBUTTON", "GOTOBUTTON", "AUTONUM", "AUTONUMLGL", "AUTONUMOUT", "LISTNUM",
    }
)  # fmt: skip
_LOST_WITH_THEIR_PART = frozenset({"OLEObject", "control", "altChunk", "dataBinding"})
_ROOT = re.compile(r"^(word|ppt|xl)/[^/]+\.xml$|^(word|ppt|xl)/(slides|worksheets|diagrams)/[^/]+\.xml$")


@dataclass
class Disarmed:
    """A package ready to be printed 去活结果: its bytes, what acted in it, what it holds as text."""

    data: bytes = b""
    active: set[str] = field(default_factory=set)
    held: list[Held] = field(default_factory=list)
    recomputed: set[str] = field(default_factory=set)


def disarm(package: Package) -> tuple[dict[str, bytes | None], set[str], dict[str, etree._Element]]:
    """What to change in the package, what acted in it, and the XML parts as they will be printed."""
    changes: dict[str, bytes | None] = {}
    active: set[str] = set()
    for name in package.names:
        for pattern, kind in _DROPPED:
            if pattern.search(name):
                changes[name] = None
                active |= {kind} if kind else set()
    for name in package.names:
        if name.endswith(".rels") and name not in changes:
            changes[name] = _relations(package, name, changes, active)
    if "[Content_Types].xml" in package:
        changes["[Content_Types].xml"] = _types(package, changes)
    parts = {}
    for name in package.names:
        if name not in changes and _ROOT.match(name):
            root = package.xml(name)
            _quiet(root, active)
            parts[name] = root
    changes.update({name: to_bytes(root) for name, root in parts.items()})
    return changes, active, parts


def _relations(package: Package, name: str, changes: dict[str, bytes | None], active: set[str]) -> bytes:
    root = package.xml(name)
    folder, _, file = name.rpartition("_rels/")
    base = folder + file.removesuffix(".rels")
    for relation in list(root):
        if attribute(relation, "TargetMode") == "External":
            active.add("external-link")
            drop(relation)
        elif changes.get(join(base, attribute(relation, "Target")), b"") is None:
            drop(relation)
    return to_bytes(root)


def _types(package: Package, changes: dict[str, bytes | None]) -> bytes:
    root = package.xml("[Content_Types].xml")
    for entry in list(root):
        if changes.get(attribute(entry, "PartName").lstrip("/"), b"") is None:
            drop(entry)
    return to_bytes(root)


def _quiet(root: etree._Element, active: set[str]) -> None:
    """Nothing is computed anew: formulas and fields leave the value that was last saved."""
    for element in list(root.iter()):
        name = local(element)
        if name in _LOST_WITH_THEIR_PART:
            active |= {"embedded-file"} if name in ("OLEObject", "altChunk") else set()
            drop(element)
        elif _is_settled_formula(element) or name == "externalReferences" or _is_print_area(element):
            drop(element)
        elif name == "fld" and attribute(element, "type").startswith("datetime"):
            element.tag = str(element.tag).replace("}fld", "}r")
            for key in ("type", "id"):
                element.attrib.pop(key, "")
        elif name == "fldSimple" and field_name(attribute(element, "instr")) not in _KEPT_FIELDS:
            unwrap(element)
    _settle_fields(root)


def _is_settled_formula(element: etree._Element) -> bool:
    """A formula of a cell that carries the value it last had; one that never had any is left to be computed."""
    cell = element.getparent()
    if local(element) != "f" or cell is None or local(cell) != "c":
        return False
    return any(local(each) == "v" and each.text for each in cell)


def _is_print_area(element: etree._Element) -> bool:
    return local(element) == "definedName" and "Print_Area" in attribute(element, "name")


def field_name(code: str) -> str:
    """The first word of a field code, in capitals."""
    words = code.replace("\\*", " ").split()
    return words[0].upper() if words else ""


@dataclass
class _Field:
    code: str = ""
    computed: bool = False
    parts: list[etree._Element] = field(default_factory=list)


def _settle_fields(root: etree._Element) -> None:
    """Complex fields but those of pages become the text that they last showed."""
    open_fields: list[_Field] = []
    dropped: list[etree._Element] = []
    for element in root.iter():
        name = local(element)
        if name == "fldChar":
            kind = attribute(element, "fldCharType")
            if kind == "begin":
                open_fields.append(_Field(parts=[element]))
            elif open_fields:
                top = open_fields[-1]
                top.parts.append(element)
                top.computed = top.computed or kind == "separate"
                if kind == "end":
                    open_fields.pop()
                    dropped += [] if field_name(top.code) in _KEPT_FIELDS else top.parts
        elif name in ("instrText", "delInstrText", "t") and open_fields:
            asked = next((each for each in open_fields if not each.computed), None)
            if asked is not None:
                asked.code += (element.text or "") if name != "t" else ""
                asked.parts.append(element)
    for element in dropped:
        drop(element)
