"""Terms of bags 打包术语: findings about a bag, and the tree a bag lies in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

WARNINGS = frozenset(
    {
        "fetch-present", "info-malformed", "manifest-asterisk", "manifests-differ-old",
        "name-collides-case", "name-form-differs", "name-not-nfc", "oxum-repeated", "path-dotted", "path-listed-twice",
        "manifest-untagged", "percent-not-encoded", "tag-bom", "tag-misplaced",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class BagFinding:
    """One finding about a bag 打包检查结果: a stable code, the path inside the bag (or ""), and what was seen."""

    code: str
    path: str
    detail: str

    @property
    def is_error(self) -> bool:
        """Whether the bag is invalid for it; a warning leaves the bag valid."""
        return self.code not in WARNINGS


class Tree(Protocol):
    """A tree of files 文件树 that may hold a bag: a folder, an opened zip or tar, a version of an object.

    Names are relative, joined by ``/``. A name with bytes that are not UTF-8 carries them as surrogates.
    """

    def names(self) -> Iterable[str]:
        """Every regular file."""

    def folders(self) -> Iterable[str]:
        """Every folder, also empty ones; an archive without entries for folders names the parents of its files."""

    def strangers(self) -> Iterable[str]:
        """Everything that is neither: links, devices, sockets."""

    def open(self, name: str) -> BinaryIO:
        """The bytes of one regular file, as a stream that the caller closes."""
