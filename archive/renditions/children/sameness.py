"""Sameness of pages 页面同一性: proves without drawing them that pages of two PDFs look the same.

Two pages whose content, resources and frames are equal object for object are drawn alike by any program. What cannot
be proved (annotations, a reference in a circle, very deep nesting, layers that differ) is not the same here: then the
pages are drawn and held against each other. Nothing is proved of a file that needed repair, for another program may
read its original differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

_DEPTH = 60
_FRAME = (Name.MediaBox, Name.CropBox, Name.Rotate, Name.UserUnit, Name.Group)
_UNSEEN = frozenset({"/PieceInfo", "/LastModified", "/Metadata", "/StructParent", "/StructParents", "/OPI"}) | {
    "/CIDSet", "/CharSet",
}  # fmt: skip
"""Keys of a picture, form or typeface that no drawing depends on, and that a rendition may lack."""
_PACKING = frozenset({"/Length", "/Filter", "/DecodeParms", "/F", "/FFilter", "/FDecodeParms", "/DL"})

_Key = tuple[int, int]


class _Doubtful(Exception):
    """It cannot be proved."""


def same_pages(before: pikepdf.Pdf, after: pikepdf.Pdf) -> Sequence[bool]:
    """For each page of ``before`` whether the page of ``after`` at its place is drawn alike for certain."""
    count = len(before.pages)
    if before.get_warnings() or len(after.pages) != count:
        return [False] * count
    pair = _Pair()
    if not pair.proves(before.Root.get(Name.OCProperties), after.Root.get(Name.OCProperties)):
        return [False] * count
    return [pair.same_page(one, other) for one, other in zip(before.pages, after.pages, strict=True)]


class _Pair:
    """What was found about the objects of two files; each pair of indirect objects is looked at once."""

    def __init__(self) -> None:
        self._known: dict[tuple[_Key, _Key], bool | None] = {}

    def same_page(self, one: pikepdf.Page, other: pikepdf.Page) -> bool:
        if _has_annotations(one) or _has_annotations(other):
            return False
        try:
            frames = all(self.proves(_inherited(one.obj, key), _inherited(other.obj, key)) for key in _FRAME)
            inner = frames and self.proves(_inherited(one.obj, Name.Resources), _inherited(other.obj, Name.Resources))
            return inner and _content(one.obj) == _content(other.obj)
        except (pikepdf.PdfError, _Doubtful, TypeError, ValueError):
            return False

    def proves(self, one: Any, other: Any) -> bool:
        """True where both are equal object for object."""
        try:
            return self._same(one, other, 0)
        except (pikepdf.PdfError, _Doubtful, TypeError, ValueError):
            return False

    def _same(self, one: Any, other: Any, depth: int) -> bool:
        if depth > _DEPTH:
            raise _Doubtful
        if not isinstance(one, pikepdf.Object) or not isinstance(other, pikepdf.Object):
            return type(one) is type(other) and bool(one == other)
        if not (one.is_indirect and other.is_indirect):
            return self._compare(one, other, depth)
        key = (one.objgen, other.objgen)
        if key not in self._known:
            self._known[key] = None
            self._known[key] = self._compare(one, other, depth)
        found = self._known[key]
        if found is None:
            raise _Doubtful  # it leads back to itself
        return found

    def _compare(self, one: Any, other: Any, depth: int) -> bool:
        if isinstance(one, Stream) or isinstance(other, Stream):
            both = isinstance(one, Stream) and isinstance(other, Stream)
            return both and self._same_keys(one, other, depth, _UNSEEN | _PACKING) and self._same_data(one, other)
        if isinstance(one, Dictionary) or isinstance(other, Dictionary):
            both = isinstance(one, Dictionary) and isinstance(other, Dictionary)
            return both and self._same_keys(one, other, depth, _UNSEEN)
        if isinstance(one, Array) and isinstance(other, Array):
            return len(one) == len(other) and all(
                self._same(mine, theirs, depth + 1) for mine, theirs in zip(one, other, strict=True)
            )
        return bool(one == other)

    def _same_keys(self, one: Any, other: Any, depth: int, apart: frozenset[str]) -> bool:
        keys = set(one.keys()) - apart
        if keys != set(other.keys()) - apart:
            return False
        return all(self._same(one.get(key), other.get(key), depth + 1) for key in keys)

    def _same_data(self, one: Any, other: Any) -> bool:
        if Name.F in one or Name.F in other:
            raise _Doubtful  # its data lie outside of the file
        packed = self._same(one.get(Name.Filter), other.get(Name.Filter), 0)
        packed = packed and self._same(one.get(Name.DecodeParms), other.get(Name.DecodeParms), 0)
        if packed and one.read_raw_bytes() == other.read_raw_bytes():
            return True
        return bool(one.read_bytes() == other.read_bytes())


def _has_annotations(page: pikepdf.Page) -> bool:
    found = page.obj.get(Name.Annots)
    return found is not None and not (isinstance(found, Array) and len(found) == 0)


def _inherited(page: Any, key: Name) -> Any:
    """The value of a page, or of the nearest node above it that has one."""
    node = page
    for _ in range(_DEPTH):
        if not isinstance(node, Dictionary):
            return None
        value = node.get(key)
        if value is not None:
            return value
        node = node.get(Name.Parent)
    raise _Doubtful


def _content(page: Any) -> bytes:
    found = page.get(Name.Contents)
    if found is None:
        return b""
    parts = found if isinstance(found, Array) else [found]
    if not all(isinstance(part, Stream) for part in parts):
        raise _Doubtful
    return b"\n".join(part.read_bytes() for part in parts)
