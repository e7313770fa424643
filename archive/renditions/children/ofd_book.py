"""OFD packages OFD 文档结构 (GB/T 33190): pages, templates, resources, notes on pages, seals by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from asn1crypto import core
from lxml import etree

from archive.renditions.children.package import Package, attribute, join, local
from archive.renditions.children.runtime import Unfit
from archive.renditions.limits import MIB, PAGE_CAP

_SEAL_CAP = 16 * MIB
_A4: tuple[float, ...] = (0.0, 0.0, 210.0, 297.0)
_NUMBER = re.compile(r"-?\d+(?:\.\d*)?|-?\.\d+")
_PICTURES = frozenset({"png", "jpg", "jpeg", "bmp", "gif", "tif", "tiff"})


def numbers(text: str) -> tuple[float, ...]:
    """The numbers of a list such as a box or a matrix."""
    return tuple(float(each) for each in _NUMBER.findall(text)[:4_096])


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first child of a name."""
    return next((each for each in element if local(each) == name), None)


def text_of(element: etree._Element, *path: str) -> str:
    """The text at a path of names below an element, empty where there is none."""
    at: etree._Element | None = element
    for name in path:
        at = child(at, name) if at is not None else None
    return (at.text or "").strip() if at is not None else ""


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal or signature as it names itself 印章自述: nothing of it has been verified."""

    page: int
    box: tuple[float, ...]
    name: str
    provider: str
    made_at: str
    picture: bytes = b""


@dataclass
class Resources:
    """What pages refer to by number: fonts, pictures, drawing parameters, composite units."""

    fonts: dict[str, str] = field(default_factory=dict)
    font_names: dict[str, str] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, etree._Element] = field(default_factory=dict)
    units: dict[str, etree._Element] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)


@dataclass
class Page:
    """One page: its root, its box in millimetres, what is drawn below and above, and in what place it stands."""

    root: etree._Element
    box: tuple[float, ...]
    resources: Resources
    below: list[etree._Element] = field(default_factory=list)
    above: list[etree._Element] = field(default_factory=list)


class Book:
    """An OFD package read 文档包: pages in order over all its documents, seals, what it links to or carries."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.pages: list[Page] = []
        self.seals: list[Seal] = []
        self.active: set[str] = set()
        self.attached: list[str] = []
        self._ids: dict[str, int] = {}
        for body in (each for each in package.xml("OFD.xml") if local(each) == "DocBody"):
            self._read_document(join("OFD.xml", text_of(body, "DocRoot")))
            signatures = text_of(body, "Signatures")
            if signatures:
                self._read_signatures(join("OFD.xml", signatures))
        if not self.pages:
            raise Unfit("no-pages")

    def _at(self, base: str, target: str) -> str:
        """The member that is meant: beside the file that names it, else from the root."""
        for name in (join(base, target), target.lstrip("/")):
            if name in self.package:
                return name
        return join(base, target)

    def _read_document(self, name: str) -> None:
        root = self.package.xml(name)
        common = child(root, "CommonData")
        resources, usual = Resources(), _A4
        if common is not None:
            usual = numbers(text_of(common, "PageArea", "PhysicalBox")) or _A4
            for each in common:
                if local(each) in ("PublicRes", "DocumentRes"):
                    self._read_resources(self._at(name, (each.text or "").strip()), resources)
                elif local(each) == "TemplatePage":
                    resources.templates[attribute(each, "ID")] = self._at(name, attribute(each, "BaseLoc"))
        pages = child(root, "Pages")
        first = len(self.pages)
        for each in pages if pages is not None else ():
            if local(each) == "Page":
                self._ids[attribute(each, "ID")] = len(self.pages)
                self.pages.append(self._page(self._at(name, attribute(each, "BaseLoc")), usual, resources))
            if len(self.pages) > PAGE_CAP:
                raise Unfit("pages", detail=str(len(self.pages)))
        self._read_notes(name, text_of(root, "Annotations"), first)
        attachments = text_of(root, "Attachments")
        if attachments and self._at(name, attachments) in self.package:
            self.active.add("embedded-file")
            listed = self.package.xml(self._at(name, attachments))
            self.attached += [attribute(each, "Name") for each in listed if local(each) == "Attachment"]
        if any(local(each) in ("URI", "GotoA") for each in root.iter()):
            self.active.add("external-link")

    def _page(self, name: str, usual: tuple[float, ...], resources: Resources) -> Page:
        root = self.package.xml(name)
        box = numbers(text_of(root, "Area", "PhysicalBox")) or usual
        if len(box) < 4 or not (1 <= box[2] <= 5_000 and 1 <= box[3] <= 5_000):
            raise Unfit("page-size", len(self.pages) + 1)
        own = Resources(**{key: dict(value) for key, value in vars(resources).items()})
        for each in root:
            if local(each) == "PageRes":
                self._read_resources(self._at(name, (each.text or "").strip()), own)
        if any(local(each) in ("URI", "GotoA", "Movie", "Sound") for each in root.iter()):
            self.active.add("external-link")
        page = Page(root, box, own)
        for each in root:
            template = own.templates.get(attribute(each, "TemplateID")) if local(each) == "Template" else None
            if template is not None:
                drawn = self.package.xml(template)
                (page.above if attribute(each, "ZOrder") == "Foreground" else page.below).append(drawn)
        return page

    def _read_resources(self, name: str, into: Resources) -> None:
        if name not in self.package:
            return
        root = self.package.xml(name)
        base = attribute(root, "BaseLoc").strip("/")
        folder = f"{base}/" if base else ""
        for each in root.iter():
            number = attribute(each, "ID")
            if local(each) == "Font":
                into.font_names[number] = attribute(each, "FontName")
                file = text_of(each, "FontFile")
                if file:
                    into.fonts[number] = self._at(name, file if file.startswith("/") else folder + file)
            elif local(each) == "MultiMedia":
                file = text_of(each, "MediaFile")
                into.media[number] = self._at(name, file if file.startswith("/") else folder + file)
            elif local(each) == "DrawParam":
                into.parameters[number] = each
            elif local(each) == "CompositeGraphicUnit":
                into.units[number] = each

    def _read_notes(self, base: str, target: str, first: int) -> None:
        name = self._at(base, target) if target else ""
        if name not in self.package:
            return
        for entry in self.package.xml(name):
            number = self._ids.get(attribute(entry, "PageID"), -1)
            file = self._at(name, text_of(entry, "FileLoc"))
            if number < first or file not in self.package:
                continue
            for note in self.package.xml(file):
                appearance = child(note, "Appearance")
                if appearance is not None and attribute(note, "Visible") != "false":
                    self.pages[number].above.append(appearance)
                if any(local(each) == "URI" for each in note.iter()):
                    self.active.add("external-link")

    def _read_signatures(self, name: str) -> None:
        if name not in self.package:
            return
        for entry in self.package.xml(name):
            if local(entry) != "Signature":
                continue
            file = self._at(name, attribute(entry, "BaseLoc"))
            if file in self.package:
                self.seals += self._seals_of(file)
            else:
                self.seals.append(Seal(0, (), "", "", ""))

    def _seals_of(self, name: str) -> Iterator[Seal]:
        root = self.package.xml(name)
        info = child(root, "SignedInfo")
        if info is None:
            yield Seal(0, (), "", "", "")
            return
        provider = child(info, "Provider")
        words = attribute(provider, "ProviderName") if provider is not None else ""
        made_at = text_of(info, "SignatureDateTime")
        title, picture = "", b""
        for target in (text_of(info, "Seal", "BaseLoc"), text_of(root, "SignedValue")):
            file = self._at(name, target) if target else ""
            if file in self.package and not picture:
                told, picture = seal_facts(self.package.read(file, _SEAL_CAP))
                title = title or told
        stamps = [each for each in info if local(each) == "StampAnnot"]
        for stamp in stamps:
            page = self._ids.get(attribute(stamp, "PageRef"), -1) + 1
            yield Seal(page, numbers(attribute(stamp, "Boundary")), title, words, made_at, picture)
        if not stamps:
            yield Seal(0, (), title, words, made_at)


def seal_facts(data: bytes) -> tuple[str, bytes]:
    """Name and picture that an electronic seal (GB/T 38540) carries; empty where it cannot be read."""
    name, picture = "", b""
    try:
        for each in _sequences(core.load(data), 0):
            if len(each) >= 2 and isinstance(each[0], core.Integer) and isinstance(each[1], core.UTF8String):
                name = name or str(each[1].native)
            kind = str(each[0].native).lower() if isinstance(each[0], core.AbstractString) else ""
            if len(each) >= 2 and kind in _PICTURES and isinstance(each[1], core.OctetString):
                picture = picture or bytes(each[1].native)
    except (ValueError, TypeError, IndexError, KeyError, RecursionError, AttributeError):
        return name[:120], picture
    return name[:120], picture


def _sequences(value: core.Asn1Value, depth: int) -> Iterator[list[core.Asn1Value]]:
    if not isinstance(value, (core.Sequence, core.SequenceOf, core.Any)) or depth > 12:
        return
    children = [value[number] for number in range(min(len(value), 200))]
    if children:
        yield children
    for each in children:
        yield from _sequences(each, depth + 1)
