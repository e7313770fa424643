"""Audit 核查 of a ledger: the tree built again from the entries is held against the stored tree and the anchors.

Three witnesses are compared: the entries (through their leaves), the stored tiles, and the anchors (checkpoints). For
each block of 256 leaves the side that agrees with the level above is believed, so that the other one can be named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from archive.ledger.rules.merkle import HASH_SIZE, fold
from archive.ledger.rules.tiles import TILE_BYTES, WIDTH, ReadTile, RunningTree, Tile
from archive.ledger.terms import FindingCode, TreeHead


@dataclass(frozen=True, slots=True)
class Difference:
    """A leaf on which entries and tiles disagree 分歧; None where one of them has nothing."""

    index: int
    computed: bytes | None
    stored: bytes | None


@dataclass(slots=True)
class TreeVerdict:
    """What the comparison came to 比对结果. ``roots`` are the believed roots at the sizes that were asked for."""

    entries: list[Difference] = field(default_factory=list)
    tiles: list[int] = field(default_factory=list)
    upper: list[Tile] = field(default_factory=list)
    roots: dict[int, bytes] = field(default_factory=dict)


class TreeAudit:
    """Builds the tree again, block by block 重建比对, and remembers where it differs from what is stored."""

    def __init__(self, head: TreeHead, anchors: Sequence[TreeHead], stored: ReadTile) -> None:
        self._head = head
        self._anchors = anchors
        self._stored = stored
        self._tree = RunningTree()
        self._sizes = sorted({anchor.size for anchor in (*anchors, head) if anchor.size <= head.size})
        self._parents: tuple[int, bytes] = (-1, b"")
        self.verdict = TreeVerdict()
        self._snapshots(b"")  # the root of nothing: an empty ledger has no block that would bring it

    def add(self, computed: Sequence[bytes | None]) -> None:
        """Takes the leaf hashes of the next block: 256, or what is left; None for an entry that is not there."""
        block = self._tree.size // WIDTH
        stored = self._stored(0, block)[: len(computed) * HASH_SIZE]
        believed = stored
        if None in computed or b"".join(filter(None, computed)) != stored:
            believed = self._judge(block, computed, stored)
        self._snapshots(believed)
        if len(believed) == TILE_BYTES:
            self._compare(self._tree.add(believed))

    def finish(self) -> TreeVerdict:
        """Compares the right edge above the leaves; the verdict."""
        self._compare(self._tree.edges())
        return self.verdict

    def _judge(self, block: int, computed: Sequence[bytes | None], stored: bytes) -> bytes:
        """Decides who is wrong in a block; gives the hashes that are believed."""
        row = b"".join(found if found is not None else self._at(stored, at) for at, found in enumerate(computed))
        whole = len(row) == len(computed) * HASH_SIZE
        if whole and None not in computed and self._support(block, row) > self._support(block, stored):
            self.verdict.tiles.append(block)
            return row
        for at, found in enumerate(computed):
            kept = self._at(stored, at) or None
            if found is None or found != kept:
                self.verdict.entries.append(Difference(block * WIDTH + at, found, kept))
        return stored if len(stored) == len(computed) * HASH_SIZE else row

    def _support(self, block: int, hashes: bytes) -> int:
        """How many speak for ``hashes``: the level above, or at the right edge the head and every anchor in it."""
        if len(hashes) == TILE_BYTES:
            return int(self._parent(block) == fold(hashes))
        base = block * WIDTH
        wanted = [a for a in (*self._anchors, self._head) if base < a.size <= base + len(hashes) // HASH_SIZE]
        return sum(self._tree.root(hashes[: (a.size - base) * HASH_SIZE]) == a.root for a in wanted)

    def _parent(self, block: int) -> bytes:
        tile, offset = divmod(block, WIDTH)
        if self._parents[0] != tile:
            self._parents = (tile, self._stored(1, tile))
        return self._at(self._parents[1], offset)

    @staticmethod
    def _at(hashes: bytes, at: int) -> bytes:
        return hashes[at * HASH_SIZE : (at + 1) * HASH_SIZE]

    def _snapshots(self, believed: bytes) -> None:
        base, end = self._tree.size, self._tree.size + len(believed) // HASH_SIZE
        while self._sizes and self._sizes[0] <= end:
            size = self._sizes.pop(0)
            part = believed[: (size - base) * HASH_SIZE]
            self.verdict.roots[size] = self._tree.root(part)

    def _compare(self, built: Sequence[tuple[Tile, bytes]]) -> None:
        for tile, hashes in built:
            if self._stored(tile.level, tile.index)[: len(hashes)] != hashes:
                self.verdict.upper.append(tile)


def classify(differences: Sequence[Difference], size: int) -> list[tuple[FindingCode, int, int]]:
    """Names what happened to the entries 定性: ``(code, first leaf, how many)`` from their differences.

    A leaf hash that turns up in another place was moved; one that nobody knew before was inserted (when the true entry
    is elsewhere) or edited (when it is nowhere); a hash without an entry is missing, and a run of them at the end is a
    cut tail.
    """
    known = {d.stored for d in differences if d.stored}
    present = {d.computed for d in differences if d.computed}
    found: list[tuple[FindingCode, int]] = []
    for difference in differences:
        lost = difference.stored is not None and difference.stored not in present
        if difference.computed is None:
            if lost or difference.stored is None:
                found.append((FindingCode.ENTRY_MISSING, difference.index))
        elif difference.computed in known:
            found.append((FindingCode.ENTRY_MOVED, difference.index))
            if lost:
                found.append((FindingCode.ENTRY_MISSING, difference.index))
        else:
            found.append((FindingCode.ENTRY_EDITED if lost else FindingCode.ENTRY_INSERTED, difference.index))
    return _runs(found, size)


def _runs(found: Sequence[tuple[FindingCode, int]], size: int) -> list[tuple[FindingCode, int, int]]:
    runs: list[tuple[FindingCode, int, int]] = []
    for code, index in sorted(found):
        if runs and runs[-1][0] == code and runs[-1][1] + runs[-1][2] == index:
            runs[-1] = (code, runs[-1][1], runs[-1][2] + 1)
        else:
            runs.append((code, index, 1))
    return [
        (FindingCode.TAIL_CUT if code is FindingCode.ENTRY_MISSING and first + count == size else code, first, count)
        for code, first, count in runs
    ]
