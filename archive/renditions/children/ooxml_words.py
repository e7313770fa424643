"""Words of OOXML parts OOXML 文字: what a document, a workbook, a presentation holds, and what of it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from archive.renditions.children.ooxml import field_name
from archive.renditions.children.package import Package, attribute, local
from archive.renditions.comparison import Held

_OFF = frozenset({"0", "false", "off"})
_PAGE_FIELDS = frozenset(
    {"PAGE", "NUMPAGES", "SECTIONPAGES", "SECTION", "AUTONUM", "AUTONUMLGL", "AUTONUMOUT", "LISTNUM"}
)
Parts = Mapping[str, etree._Element]


def words_of(package: Package, parts: Parts) -> Iterator[Held]:
    """The text of a package in the order of its parts."""
    if "word/document.xml" in parts:
        yield from _document(parts)
    if any(name.startswith("xl/") for name in parts):
        yield from _workbook(package, parts)
    if any(name.startswith("ppt/") for name in parts):
        yield from _slides(package, parts)


def _document(parts: Parts) -> Iterator[Held]:
    body = parts["word/document.xml"]
    hidden = _hidden_styles(parts)
    several = any(local(each) == "titlePg" and _on(each) for each in body.iter())
    settings = parts.get("word/settings.xml")
    several = several or (settings is not None and any(local(each) == "evenAndOddHeaders" for each in settings))
    yield from _paragraphs(body, "", hidden, shown=True)
    for name, root in parts.items():
        file = name.removeprefix("word/")
        if file.startswith(("header", "footer")):
            # which of several kinds a page gets depends on how many pages there are
            yield from _paragraphs(root, file, hidden, shown=not several)
        elif file.startswith(("footnotes", "endnotes")):
            for note in root:
                if not attribute(note, "type"):
                    yield from _paragraphs(note, file, hidden, shown=True)
        elif file.startswith("comments") and file[8:9] in ("", "."):
            yield from _paragraphs(root, file, hidden, shown=False)


def _hidden_styles(parts: Parts) -> frozenset[str]:
    root = parts.get("word/styles.xml")
    if root is None:
        return frozenset()
    based, hidden = {}, set()
    for style in root:
        name = attribute(style, "styleId")
        for each in style.iter():
            if local(each) == "basedOn":
                based[name] = attribute(each, "val")
            elif local(each) == "vanish" and _on(each):
                hidden.add(name)
    for _ in range(8):
        hidden |= {name for name, base in based.items() if base in hidden}
    return frozenset(hidden)


def _on(element: etree._Element) -> bool:
    return attribute(element, "val").lower() not in _OFF


class _Paragraph:
    """One paragraph being read: what it shows, what it holds besides."""

    def __init__(self, hidden: bool) -> None:
        self.hidden = hidden
        self.shown: list[str] = []
        self.held: list[str] = []


def _paragraphs(root: etree._Element, part: str, hidden: frozenset[str], *, shown: bool) -> Iterator[Held]:
    """Paragraph by paragraph, those in text boxes too; an alternative for older programs is passed over."""
    stack: list[_Paragraph] = []
    number, deleted, run_hidden = 0, 0, False
    fields: list[list[str]] = []
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        name = local(element)
        if event == "end":
            if name == "p" and stack:
                number += 1
                yield from _close(stack.pop(), f"{part} paragraph {number}".strip(), shown=shown)
            elif name in ("del", "moveFrom"):
                deleted -= 1
            elif name == "fldSimple" and fields:
                fields.pop()
            continue
        if name == "Fallback":
            walk.skip_subtree()
        elif name == "p":
            stack.append(_Paragraph(_style(element, "pPr", "pStyle") in hidden))
        elif name in ("del", "moveFrom"):
            deleted += 1
        elif name == "r":
            run_hidden = _is_hidden_run(element) or _style(element, "rPr", "rStyle") in hidden
        elif name == "fldSimple":
            fields.append([attribute(element, "instr"), "result"])
        elif name == "fldChar":
            _step(fields, attribute(element, "fldCharType"))
        elif name == "instrText" and fields and stack:
            fields[-1][0] += element.text or ""
        elif name in ("t", "delText") and stack and element.text:
            top = stack[-1]
            of_page = any(field_name(code) in _PAGE_FIELDS for code, _ in fields)
            quiet = deleted or run_hidden or top.hidden or name == "delText"
            if not of_page:
                (top.held if quiet else top.shown).append(element.text)


def _step(fields: list[list[str]], kind: str) -> None:
    if kind == "begin":
        fields.append(["", "code"])
    elif kind == "end" and fields:
        fields.pop()


def _close(paragraph: _Paragraph, place: str, *, shown: bool) -> Iterator[Held]:
    if paragraph.shown:
        yield Held(place, "".join(paragraph.shown), shown)
    if paragraph.held:
        yield Held(place, "".join(paragraph.held), shown=False)


def _style(element: etree._Element, properties: str, name: str) -> str:
    for child in element:
        if local(child) == properties:
            return next((attribute(each, "val") for each in child if local(each) == name), "")
    return ""


def _is_hidden_run(run: etree._Element) -> bool:
    return any(local(each) == "vanish" and _on(each) for child in run if local(child) == "rPr" for each in child)


def _workbook(package: Package, parts: Parts) -> Iterator[Held]:
    shared_root = parts.get("xl/sharedStrings.xml")
    shared = [_string(each) for each in shared_root] if shared_root is not None else []
    book = parts.get("xl/workbook.xml")
    sheets = [each for each in book.iter() if local(each) == "sheet"] if book is not None else []
    states = [attribute(sheet, "state") in ("", "visible") for sheet in sheets]
    names = sorted((name for name in parts if name.startswith("xl/worksheets/")), key=_number)
    targets = _sheet_targets(package) if len(sheets) == len(names) else {}
    shown_by_name = {
        targets[attribute(sheet, "id")]: state
        for sheet, state in zip(sheets, states, strict=True)
        if attribute(sheet, "id") in targets
    }
    for name in names:
        yield from _sheet(parts[name], shared, name.rpartition("/")[2], shown=shown_by_name.get(name, all(states)))
    for name in package.names:
        if re.match(r"xl/(comments|threadedComments)[^/]*(/[^/]+)?\.xml$", name):
            yield Held(
                name, "".join(_string(each) for each in package.xml(name).iter() if local(each) == "text"), False
            )


def _sheet_targets(package: Package) -> dict[str, str]:
    name = "xl/_rels/workbook.xml.rels"
    if name not in package:
        return {}
    return {attribute(each, "Id"): "xl/" + attribute(each, "Target").removeprefix("/xl/") for each in package.xml(name)}


def _number(name: str) -> tuple[int, str]:
    digits = re.findall(r"\d+", name)
    return (int(digits[-1][:9]) if digits else 0, name)


def _string(element: etree._Element) -> str:
    """The text of a shared string or a rich one; its reading aids are left out."""
    found = []
    walk = etree.iterwalk(element, events=("start",))
    for _, each in walk:
        if local(each) == "rPh":
            walk.skip_subtree()
        elif local(each) == "t":
            found.append(each.text or "")
    return "".join(found)


def _sheet(root: etree._Element, shared: list[str], part: str, *, shown: bool) -> Iterator[Held]:
    hidden_columns = [
        (int(attribute(each, "min") or 0), int(attribute(each, "max") or 0))
        for each in root.iter()
        if local(each) == "col" and attribute(each, "hidden") not in ("", *_OFF)
    ]
    for row in root.iter():
        if local(row) != "row":
            continue
        visible = shown and attribute(row, "hidden") in ("", *_OFF)
        for cell in row:
            text = _cell(cell, shared)
            if text:
                column = _column(attribute(cell, "r"))
                seen = visible and not any(low <= column <= high for low, high in hidden_columns)
                yield Held(f"{part} {attribute(cell, 'r')[:12]}", text, seen)


def _cell(cell: etree._Element, shared: list[str]) -> str:
    """The words of a cell; a number is shown in a form that only the program knows."""
    kind = attribute(cell, "t")
    value = next((each.text or "" for each in cell if local(each) == "v"), "")
    if kind == "s":
        return shared[int(value)] if value.isdigit() and int(value) < len(shared) else ""
    if kind == "str":
        return value
    return "".join(_string(each) for each in cell if local(each) == "is") if kind == "inlineStr" else ""


def _column(reference: str) -> int:
    number = 0
    for letter in re.match(r"[A-Z]{0,3}", reference.upper())[0]:  # type: ignore[index]
        number = number * 26 + ord(letter) - 64
    return number


def _slides(package: Package, parts: Parts) -> Iterator[Held]:
    for name in sorted((each for each in parts if each.startswith("ppt/slides/")), key=_number):
        root = parts[name]
        shown = attribute(root, "show") not in _OFF
        yield from _drawn(root, f"slide {_number(name)[0]}", shown=shown)
    for name in package.names:
        if re.match(r"ppt/notesSlides/[^/]+\.xml$", name):
            yield from _drawn(package.xml(name), f"notes {_number(name)[0]}", shown=False)
        elif re.match(r"ppt/comments/[^/]+\.xml$", name):
            text = "".join(each.text or "" for each in package.xml(name).iter() if local(each) == "text")
            yield Held(name, text, shown=False)


def _drawn(root: etree._Element, place: str, *, shown: bool) -> Iterator[Held]:
    """Paragraphs of a slide; numbers of slides and dates are the program's."""
    walk = etree.iterwalk(root, events=("start",))
    for _, element in walk:
        if local(element) in ("Fallback", "fld"):
            walk.skip_subtree()
        elif local(element) == "p" and str(element.tag).startswith("{http://schemas.openxmlformats.org/drawingml"):
            text = "".join(each.text or "" for each in _runs(element))
            if text:
                yield Held(place, text, shown)


def _runs(paragraph: etree._Element) -> Iterator[etree._Element]:
    for child in paragraph:
        if local(child) == "r":
            yield from (each for each in child if local(each) == "t")
