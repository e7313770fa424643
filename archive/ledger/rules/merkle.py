"""Merkle tree 默克尔树 of RFC 6962: hashes, inclusion and consistency proofs and their checks.

All hashes are 32 raw bytes of SHA-256. A tree of no leaves has the hash of the empty string as its root.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

RangeHash = Callable[[int, int], bytes]
"""Gives the hash of the complete subtree over leaves ``[start, end)``: ``2**k`` wide, ``start`` a multiple of it."""

_sha256 = hashlib.sha256


def hash_leaf(data: bytes) -> bytes:
    """The hash of one leaf 叶哈希: SHA-256 of 0x00 and the leaf's data."""
    return _sha256(b"\x00" + data).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node 节点哈希: SHA-256 of 0x01, left, right."""
    return _sha256(b"\x01" + left + right).digest()


def fold_once(level: bytes) -> bytes:
    """The next level above an even number of neighbouring hashes 上一层."""
    sha256 = _sha256
    return b"".join([sha256(b"\x01" + level[at : at + 64]).digest() for at in range(0, len(level), 64)])


def fold(level: bytes) -> bytes:
    """The root above ``2**k`` neighbouring hashes 完整子树之根, given as one byte string."""
    while len(level) > HASH_SIZE:
        level = fold_once(level)
    return level


def split_point(width: int) -> int:
    """The largest power of two smaller than ``width`` (which is at least 2): where RFC 6962 splits a tree."""
    return 1 << ((width - 1).bit_length() - 1)


def peaks_of(hashes: bytes) -> list[bytes]:
    """The roots of the complete subtrees above neighbouring hashes, from left to right 各峰; one byte string in."""
    count = len(hashes) // HASH_SIZE
    peaks: list[bytes] = []
    at = 0
    for bit in reversed(range(count.bit_length())):
        if count >> bit & 1:
            end = at + (HASH_SIZE << bit)
            peaks.append(fold(hashes[at:end]))
            at = end
    return peaks


def root_of(hashes: bytes) -> bytes:
    """The root above any number of neighbouring leaf hashes 任意叶数之根, given as one byte string."""
    return bag_peaks(peaks_of(hashes))


def bag_peaks(peaks: Sequence[bytes]) -> bytes:
    """The root over complete subtrees given from left to right 合并各峰."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = hash_node(peak, root)
    return root


def peak_ranges(size: int) -> list[tuple[int, int]]:
    """The complete subtrees of a tree of ``size`` leaves, from left to right, as ``(start, end)`` 各峰之范围."""
    ranges: list[tuple[int, int]] = []
    start = 0
    for bit in reversed(range(size.bit_length())):
        if size >> bit & 1:
            ranges.append((start, start + (1 << bit)))
            start += 1 << bit
    return ranges


def tree_hash(start: int, end: int, complete: RangeHash) -> bytes:
    """``MTH(D[start:end])`` from complete subtrees; ``start`` must begin a subtree of the tree 子树哈希."""
    return bag_peaks([complete(start + low, start + high) for low, high in peak_ranges(end - start)])


def prove_inclusion(index: int, size: int, complete: RangeHash) -> list[bytes]:
    """The audit path of leaf ``index`` in the tree of ``size`` leaves 包含证明, from the leaf upwards.

    Raises ValueError when the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size} leaves")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split_point(end - start)
        if index < middle:
            path.append(tree_hash(middle, end, complete))
            end = middle
        else:
            path.append(tree_hash(start, middle, complete))
            start = middle
    return path[::-1]


def prove_consistency(old_size: int, size: int, complete: RangeHash) -> list[bytes]:
    """The proof that the tree of ``old_size`` leaves is a prefix of the tree of ``size`` 一致性证明 (RFC 6962, 2.1.2).

    Raises ValueError when ``old_size`` is negative or above ``size``.
    """
    if not 0 <= old_size <= size:
        raise ValueError(f"a tree of {size} leaves has no prefix of {old_size}")
    if old_size in (0, size):
        return []
    path: list[bytes] = []
    start, end = 0, size
    whole = True
    while old_size != end:
        middle = start + split_point(end - start)
        if old_size <= middle:
            path.append(tree_hash(middle, end, complete))
            end = middle
        else:
            path.append(tree_hash(start, middle, complete))
            start, whole = middle, False
    if not whole:
        path.append(tree_hash(start, end, complete))
    return path[::-1]


def is_included(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether ``path`` shows that ``leaf_hash`` is leaf ``index`` of the tree with ``size`` and ``root`` 验包含证明."""
    if not 0 <= index < size or len(leaf_hash) != HASH_SIZE or not _all_hashes(path):
        return False
    node, last, found = index, size - 1, leaf_hash
    for sibling in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = hash_node(sibling, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = hash_node(found, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(old_size: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether ``path`` shows that the old tree is a prefix of the new one 验一致性证明 (RFC 9162, 2.1.4.2)."""
    if not 0 <= old_size <= size or not _all_hashes(path):
        return False
    if old_size == size:
        return not path and old_root == root
    if old_size == 0:
        return not path and old_root == EMPTY_ROOT
    hashes = list(path)
    if old_size & (old_size - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        return False
    node, last = old_size - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_found = found = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old_found, found = hash_node(sibling, old_found), hash_node(sibling, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = hash_node(found, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and old_found == old_root and found == root


def _all_hashes(path: Sequence[bytes]) -> bool:
    return len(path) <= 2 * 64 and all(len(node) == HASH_SIZE for node in path)
