"""OpenDocument ODF 去活与文字: macros, objects and links out of the copy that is printed; what it holds as text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from archive.renditions.children.package import Package, attribute, drop, local, to_bytes, unwrap
from archive.renditions.children.runtime import Unfit
from archive.renditions.comparison import Held

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*:|//|\.\./|/)")
_FIXED = frozenset(
    {
        "date", "time", "creation-date", "creation-time", "modification-date", "modification-time", "print-date",
        "print-time", "editing-duration", "file-name", "author-name", "author-initials", "expression", "user-defined",
        "database-display", "dde-connection", "execute-macro", "sheet-name", "template-name", "variable-get",
        "user-field-get", "title", "subject", "description", "keywords", "creator", "initial-creator", "printed-by",
        "text-input", "placeholder", "conditional-text", "script",
    }
)  # fmt: skip
_OUT = {
    "event-listeners": "macro",
    "scripts": "",
    "script": "macro",
    "object-ole": "embedded-file",
    "plugin": "embedded-file",
    "applet": "embedded-file",
    "table-source": "external-link",
    "section-source": "external-link",
    "dde-source": "external-link",
    "dde-links": "external-link",
    "database-ranges": "",
}
_COUNTED = frozenset(
    {"page-number", "page-count", "paragraph-count", "word-count", "character-count", "page-continuation"}
)
_ASIDE = frozenset({"annotation", "tracked-changes", "notes"})
_BEHIND = ("Basic/", "Scripts/", "Dialogs/", "Configurations2/")


def disarm(package: Package) -> tuple[dict[str, bytes | None], set[str], dict[str, etree._Element]]:
    """What to change in the package, what acted in it, and its two parts of content as they will be printed."""
    manifest = package.xml("META-INF/manifest.xml") if "META-INF/manifest.xml" in package else None
    if manifest is not None and any(local(each) == "encryption-data" for each in manifest.iter()):
        raise Unfit("password")
    changes: dict[str, bytes | None] = {}
    active: set[str] = set()
    for name in package.names:
        if name.startswith(_BEHIND):
            changes[name] = None
            active |= {"macro"} if name.startswith(_BEHIND[:2]) else set()
        elif re.match(r"Object [^/]*(/|$)", name):
            changes[name] = None
            active.add("embedded-file")
        elif name.startswith("META-INF/") and "signatures" in name:
            changes[name] = None
    parts = {}
    for name in ("content.xml", "styles.xml"):
        if name in package:
            parts[name] = package.xml(name)
            _quiet(parts[name], active)
            changes[name] = to_bytes(parts[name])
    if manifest is not None:
        for entry in list(manifest):
            path = attribute(entry, "full-path")
            if changes.get(path, b"") is None or (path.endswith("/") and path != "/" and path.startswith("Object ")):
                drop(entry)
        changes["META-INF/manifest.xml"] = to_bytes(manifest)
    return changes, active, parts


def _quiet(root: etree._Element, active: set[str]) -> None:
    for element in list(root.iter()):
        name = local(element)
        if name in _OUT:
            active |= {_OUT[name]} if _OUT[name] else set()
            drop(element)
        elif name == "named-range" and "print-range" in attribute(element, "range-usable-as"):
            drop(element)
        elif name == "object":
            active.add("embedded-file")
            drop(element)
        elif name in _FIXED and str(element.tag).startswith("{urn:oasis:names:tc:opendocument:xmlns:text"):
            unwrap(element)
        else:
            _quiet_attributes(element, active)


def _quiet_attributes(element: etree._Element, active: set[str]) -> None:
    for key, value in list(element.attrib.items()):
        name = str(key).rpartition("}")[2]
        if name == "href" and _SCHEME.match(str(value)):
            active.add("external-link")
            if local(element) == "a":
                continue
            del element.attrib[key]
        elif name == "print-ranges":
            del element.attrib[key]
        elif name == "formula":
            del element.attrib[key]
            _settle_cell(element)


def _settle_cell(cell: etree._Element) -> None:
    """A computed cell becomes the text that it last showed."""
    if not any(local(each) == "p" for each in cell):
        return
    for key in list(cell.attrib):
        name = str(key).rpartition("}")[2]
        if name == "value-type":
            cell.attrib[key] = "string"
        elif name in ("value", "date-value", "time-value", "boolean-value", "currency"):
            del cell.attrib[key]


def words_of(parts: dict[str, etree._Element]) -> Iterator[Held]:
    """The text of the document: content first, then what stands in its page styles."""
    unseen = _unseen_styles(parts)
    if "content.xml" in parts:
        yield from _words(parts["content.xml"], unseen, "", shown=True)
    if "styles.xml" in parts:
        # of several kinds of header a page shows one
        yield from _words(parts["styles.xml"], unseen, "page style", shown=False)


def _unseen_styles(parts: dict[str, etree._Element]) -> frozenset[str]:
    found = set()
    for root in parts.values():
        for style in root.iter():
            if local(style) != "style":
                continue
            for each in style:
                hidden = local(each) == "text-properties" and attribute(each, "display") in ("none", "condition")
                hidden |= local(each) == "table-properties" and attribute(each, "display") == "false"
                hidden |= local(each) == "drawing-page-properties" and attribute(each, "visibility") == "hidden"
                if hidden:
                    found.add(attribute(style, "name"))
    return frozenset(found)


def _words(root: etree._Element, unseen: frozenset[str], part: str, *, shown: bool) -> Iterator[Held]:
    """Paragraph by paragraph; ``quiet`` counts the elements around that hide what they hold."""
    quiet, number, place = 0, 0, part
    columns = _Columns()
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        name = local(element)
        hides = _hides(element, name, unseen) or columns.hides(element, name, event)
        if event == "end":
            quiet -= hides
            continue
        quiet += hides
        if name in ("table", "page"):
            place = f"{part} {attribute(element, 'name')[:40]}".strip()
        elif name in ("p", "h"):
            number += 1
            for text, seen in _paragraph(element, unseen):
                yield Held(f"{place} paragraph {number}".strip(), text, shown and quiet == 0 and seen)
            walk.skip_subtree()
            for inner in _inner(element):
                yield from _words(inner, unseen, place, shown=shown and quiet == 0)


def _inner(paragraph: etree._Element) -> list[etree._Element]:
    """Frames and notes that hang on a paragraph hold paragraphs of their own."""
    found, walk = [], etree.iterwalk(paragraph, events=("start",))
    for _, element in walk:
        if element is not paragraph and local(element) in (
            "frame",
            "note",
            "annotation",
            "g",
            "custom-shape",
            "ruby-text",
        ):
            found.append(element)
            walk.skip_subtree()
    return found


def _paragraph(paragraph: etree._Element, unseen: frozenset[str]) -> Iterator[tuple[str, bool]]:
    seen: list[str] = []
    held: list[str] = []
    quiet = int(attribute(paragraph, "style-name") in unseen)
    walk = etree.iterwalk(paragraph, events=("start", "end"))
    for event, element in walk:
        name = local(element)
        into = held if quiet else seen
        skipped = name in ("frame", "note", "annotation", "g", "custom-shape", *_COUNTED)
        hides = name in ("hidden-text", "hidden-paragraph") or (
            element is not paragraph and attribute(element, "style-name") in unseen
        )
        if event == "start":
            if skipped:
                walk.skip_subtree()
                continue
            quiet += hides
            (held if quiet else seen).append(element.text or "")
            continue
        if not skipped:
            quiet -= hides
            into = held if quiet else seen
        if element is not paragraph:
            into.append(element.tail or "")
    for pieces, visible in ((seen, True), (held, False)):
        text = "".join(pieces)
        if text.strip():
            yield text, visible


def _hides(element: etree._Element, name: str, unseen: frozenset[str]) -> bool:
    if name in _ASIDE or (name == "hidden-paragraph"):
        return True
    if name in ("table-row", "table-row-group"):
        return attribute(element, "visibility") in ("collapse", "filter") or attribute(element, "display") == "false"
    return name in ("table", "page", "section") and (
        attribute(element, "style-name") in unseen or attribute(element, "display") == "none"
    )


class _Columns:
    """Hidden columns of the table being read: cells count along their row."""

    def __init__(self) -> None:
        self._hidden: list[tuple[int, int]] = []
        self._defined = self._at = 0

    def hides(self, element: etree._Element, name: str, event: str) -> bool:
        """Whether this is a cell under a hidden column."""
        if name == "table" and event == "start":
            self._hidden, self._defined = [], 0
        elif name == "table-row" and event == "start":
            self._at = 0
        elif name == "table-column" and event == "start":
            count = _repeated(element, "number-columns-repeated")
            if attribute(element, "visibility") in ("collapse", "filter"):
                self._hidden.append((self._defined, self._defined + count))
            self._defined += count
        elif name in ("table-cell", "covered-table-cell"):
            count = _repeated(element, "number-columns-repeated")
            at = self._at if event == "start" else self._at - count
            if event == "start":
                self._at += count
            return any(low <= at < high for low, high in self._hidden)
        return False


def _repeated(element: etree._Element, name: str) -> int:
    value = attribute(element, name)
    return min(int(value), 20_000) if value.isdigit() and value else 1
