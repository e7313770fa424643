"""Engine 检索引擎: what every engine must do. One suite judges them all.

An engine knows nothing of readers: it searches exactly the handles it is given and counts over nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from archive.kernel.ids import ItemId
from search.rules.tree import Tree
from search.terms import Found, IndexKey, IndexName, PageDocument, Place, Ranked

HandleT = TypeVar("HandleT")


class KeyFor(Protocol):
    """Where index keys come from 索引密钥来源."""

    def __call__(self, key: IndexKey) -> bytes:
        """32 bytes for this index alone; raises Refusal ``archive.tier-locked`` while its tier is locked."""
        ...


class Engine(Protocol, Generic[HandleT]):
    """Indexes under opaque names, each readable with its own key only 检索引擎."""

    def open(self, place: Place) -> HandleT:
        """A handle for searching; raises Refusal when the tier is locked or the index is missing or damaged."""
        ...

    def write(self, place: Place, documents: Sequence[PageDocument]) -> None:
        """Puts pages in, in one transaction; earlier pages of the same items are gone. Creates the index."""
        ...

    def remove(self, place: Place, items: Iterable[ItemId]) -> int:
        """Takes all pages of ``items`` out, down to the bytes in the file; how many pages that were."""
        ...

    def search(self, handles: Sequence[HandleT], tree: Tree, limit: int, after: Ranked | None = None) -> Found:
        """The best ``limit`` pages behind ``after``, ranked as if all ``handles`` were one index."""
        ...

    def count(self, place: Place) -> int:
        """How many pages the index holds."""
        ...

    def drop(self, name: IndexName) -> None:
        """Deletes an index; nothing happens when it is not there."""
        ...

    def names(self) -> frozenset[IndexName]:
        """Every index that lies in store, so that leftovers can be found."""
        ...
