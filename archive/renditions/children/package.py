"""Packages of XML 压缩包文档: a zip read under caps and its XML without entities; written anew with what was read.

What a converter is given is the copy written here, so it sees exactly what our own reader saw: no second member of a
name, nothing between the members, nothing behind them.
"""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

from lxml import etree

from archive.renditions.children.runtime import Unfit
from archive.renditions.limits import MIB

MEMBERS_CAP = 10_000
UNPACKED_CAP = 256 * MIB
XML_CAP = 48 * MIB

_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    struct.error,
)


class Package:
    """A zip with its members by name 压缩包; nothing is unpacked before its size was looked at."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            listed = self._zip.infolist()
        except _BROKEN:
            raise Unfit("damaged") from None
        if len(listed) > MEMBERS_CAP:
            raise Unfit("members", detail=str(len(listed)))
        if sum(info.file_size for info in listed) > UNPACKED_CAP:
            raise Unfit("stream", detail="unpacked size")
        if any(info.flag_bits & 1 for info in listed):
            raise Unfit("password")
        self._members = {info.filename: info for info in listed if not info.is_dir()}
        if len(self._members) != sum(not info.is_dir() for info in listed):
            raise Unfit("twice")
        self.names = tuple(self._members)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def read(self, name: str, cap: int = UNPACKED_CAP) -> bytes:
        """The bytes of one member; Unfit when it is missing, broken, or longer than ``cap``."""
        info = self._members.get(name)
        if info is None:
            raise Unfit("damaged", detail="a part is missing")
        if info.file_size > cap:
            raise Unfit("stream", detail="a part is too large")
        try:
            with self._zip.open(info) as member:
                data = member.read(cap + 1)
        except _BROKEN:
            raise Unfit("damaged") from None
        if len(data) > cap:
            raise Unfit("stream", detail="a part is too large")
        return data

    def xml(self, name: str) -> etree._Element:
        """The root of one XML member."""
        return parse_xml(self.read(name, XML_CAP))

    def rewritten(self, changes: Mapping[str, bytes | None]) -> bytes:
        """The package with ``changes`` (None: left out), its members in their order, nothing else in it."""
        out = io.BytesIO()
        budget = UNPACKED_CAP
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
            for name in self.names:
                data = changes[name] if name in changes else self.read(name, budget)
                if data is None:
                    continue
                budget -= len(data)
                if budget < 0:
                    raise Unfit("stream", detail="unpacked size")
                how = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
                made.writestr(zipfile.ZipInfo(name), data, how)
        return out.getvalue()


def parse_xml(data: bytes) -> etree._Element:
    """The root of an XML text: no entity of its own is read, nothing is fetched, depth and size are bounded."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Unfit("damaged") from None
    dtd: Any = root.getroottree().docinfo.internalDTD
    if dtd is not None and dtd.entities():
        raise Unfit("doctype")
    return root


def to_bytes(root: etree._Element) -> bytes:
    """An element as the XML of a part."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def join(base: str, target: str) -> str:
    """The member that ``target`` names, seen from the member ``base``."""
    path = target if target.startswith("/") else posixpath.join(posixpath.dirname(base), target)
    return posixpath.normpath(path).lstrip("/")


def local(element: etree._Element) -> str:
    """The name of an element without its namespace; empty for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: etree._Element, name: str) -> str:
    """The value of an attribute by its name without namespace."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return ""


def drop(element: etree._Element) -> None:
    """Take an element out, with what it holds; the text behind it stays."""
    parent = element.getparent()
    if parent is None:
        return
    _keep_tail(element, parent)
    parent.remove(element)


def unwrap(element: etree._Element) -> None:
    """Put what an element holds in its place."""
    parent = element.getparent()
    if parent is None:
        return
    at = parent.index(element)
    before = element.getprevious()
    if element.text:
        if before is None:
            parent.text = (parent.text or "") + element.text
        else:
            before.tail = (before.tail or "") + element.text
    children = list(element)
    for offset, child in enumerate(children):
        parent.insert(at + offset, child)
    drop(element)


def _keep_tail(element: etree._Element, parent: etree._Element) -> None:
    if not element.tail:
        return
    before = element.getprevious()
    if before is None:
        parent.text = (parent.text or "") + element.tail
    else:
        before.tail = (before.tail or "") + element.tail
    element.tail = None
