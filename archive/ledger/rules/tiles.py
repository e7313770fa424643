"""Tiles 树瓦 of C2SP tlog-tiles: the tree cut into pieces of height 8, each at most 256 neighbouring hashes.

A tile ``(level, index)`` holds the hashes of complete subtrees of ``256**level`` leaves. Partial tiles lie only at the
right edge. Every tree of a smaller size can be read from the same tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from archive.ledger.rules.merkle import HASH_SIZE, bag_peaks, fold, peaks_of, tree_hash

HEIGHT = 8
WIDTH = 1 << HEIGHT
TILE_BYTES = WIDTH * HASH_SIZE

ReadTile = Callable[[int, int], bytes]
"""Gives the stored bytes of tile ``(level, index)``; empty when there is none."""


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """The place and width of a tile 树瓦坐标: ``width`` hashes, 256 when full."""

    level: int
    index: int
    width: int = WIDTH

    def path(self) -> str:
        """Its path below the prefix, ``tile/<L>/<N>[.p/<W>]``."""
        return f"tile/{self.level}/{_tail(self.index, self.width)}"


def bundle_path(index: int, width: int) -> str:
    """The path of an entry bundle 条目包, ``tile/entries/<N>[.p/<W>]``."""
    return f"tile/entries/{_tail(index, width)}"


def _tail(index: int, width: int) -> str:
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03d}")
    return "/".join(groups) + (f".p/{width}" if width < WIDTH else "")


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile of a tree of ``size`` leaves 全部树瓦, level by level, from left to right."""
    level = 0
    while count := size >> (HEIGHT * level):
        full, rest = divmod(count, WIDTH)
        for index in range(full):
            yield Tile(level, index)
        if rest:
            yield Tile(level, full, rest)
        level += 1


def append_leaves(size: int, leaf_hashes: bytes, read_tile: ReadTile) -> dict[tuple[int, int], bytes]:
    """The tiles that change when ``leaf_hashes`` are appended to a tree of ``size`` leaves 追加一批叶子.

    Only the partial tiles at the right edge are read. Raises ValueError when a stored edge has not the width that
    ``size`` asks for: the store and the head disagree, and nothing may be built on it.
    """
    changed: dict[tuple[int, int], bytes] = {}
    level, fresh = 0, leaf_hashes
    while fresh:
        index, width = divmod(size >> (HEIGHT * level), WIDTH)
        edge = read_tile(level, index) if width else b""
        if len(edge) != width * HASH_SIZE:
            raise ValueError(f"tile {level}/{index} holds {len(edge) // HASH_SIZE} hashes, the head says {width}")
        row = edge + fresh
        full: list[bytes] = []
        for at in range(0, len(row), TILE_BYTES):
            part = row[at : at + TILE_BYTES]
            changed[level, index] = part
            index += 1
            if len(part) == TILE_BYTES:
                full.append(fold(part))
        fresh = b"".join(full)
        level += 1
    return changed


class TiledTree:
    """A tree read through its tiles 按瓦读树; each tile is read at most once."""

    def __init__(self, read_tile: ReadTile) -> None:
        self._read = read_tile
        self._seen: dict[tuple[int, int], bytes] = {}

    def tile(self, level: int, index: int) -> bytes:
        """The stored bytes of a tile."""
        if (level, index) not in self._seen:
            self._seen[level, index] = self._read(level, index)
        return self._seen[level, index]

    def complete(self, start: int, end: int) -> bytes:
        """The hash of the complete subtree ``[start, end)`` 完整子树; raises ValueError when its tile is too short."""
        height = (end - start).bit_length() - 1
        level, inner = divmod(height, HEIGHT)
        first = start >> (HEIGHT * level)
        index, offset = divmod(first, WIDTH)
        part = self.tile(level, index)[offset * HASH_SIZE : (offset + (1 << inner)) * HASH_SIZE]
        if len(part) != HASH_SIZE << inner:
            raise ValueError(f"tile {level}/{index} is too short for leaves {start} to {end}")
        return fold(part)

    def root(self, size: int) -> bytes:
        """The root of the tree of the first ``size`` leaves 树根."""
        return tree_hash(0, size, self.complete)


class RunningTree:
    """A tree built again from its leaves 重算之树, 256 at a time: keeps only its right edge, whatever its size."""

    def __init__(self) -> None:
        self.size = 0
        self._rows: list[bytes] = []

    def add(self, leaf_hashes: bytes) -> list[tuple[Tile, bytes]]:
        """Adds the next 256 leaf hashes; gives the tiles above them that are now full, with their bytes.

        Raises ValueError for another number: what does not fill a tile is given to ``edges`` and ``root``.
        """
        if len(leaf_hashes) != TILE_BYTES:
            raise ValueError("only full tiles can be added")
        self.size += WIDTH
        finished: list[tuple[Tile, bytes]] = []
        full, level = leaf_hashes, 1
        while full:
            if len(self._rows) < level:
                self._rows.append(b"")
            row = self._rows[level - 1] + fold(full)
            full = b""
            if len(row) == TILE_BYTES:
                finished.append((Tile(level, (self.size >> (HEIGHT * (level + 1))) - 1), row))
                full, row = row, b""
            self._rows[level - 1] = row
            level += 1
        return finished

    def edges(self) -> list[tuple[Tile, bytes]]:
        """The partial tiles above the leaves at the right edge 右缘, with their bytes."""
        return [
            (Tile(level, self.size >> (HEIGHT * (level + 1)), len(row) // HASH_SIZE), row)
            for level, row in enumerate(self._rows, start=1)
            if row
        ]

    def root(self, partial: bytes = b"") -> bytes:
        """The root of what was added, followed by the leaf hashes ``partial`` (fewer than 256) 当前之根."""
        return bag_peaks([peak for row in (*reversed(self._rows), partial) for peak in peaks_of(row)])
