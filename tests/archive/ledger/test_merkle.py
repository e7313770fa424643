"""RFC 6962 trees: known roots and proofs, and properties against a definition written down plainly."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.ledger.rules.merkle import (
    EMPTY_ROOT,
    hash_leaf,
    is_consistent,
    is_included,
    prove_consistency,
    prove_inclusion,
    root_of,
)
from archive.ledger.rules.tiles import TILE_BYTES, RunningTree, Tile, TiledTree, append_leaves, bundle_path, tiles_of

# the leaves and roots that the reference implementations of RFC 6962 publish
LEAVES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = [  # index, size, path
    (0, 1, []),
    (0, 8, [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]),
    (5, 8, [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (1, 5, [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]),
]  # fmt: skip
CONSISTENCY = [
    (1, 1, []),
    (1, 8, [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]),
    (6, 8, [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]),
    (2, 5, [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]),
]  # fmt: skip


def plain_root(leaves: list[bytes]) -> bytes:
    """``MTH`` as RFC 6962 writes it, with no sharing."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + plain_root(leaves[:k]) + plain_root(leaves[k:])).digest()


def grow(sizes: list[int]) -> tuple[dict[tuple[int, int], bytes], list[bytes]]:
    """Tiles of a tree appended in batches, and its leaves."""
    tiles: dict[tuple[int, int], bytes] = {}
    leaves: list[bytes] = []
    for size in sizes:
        fresh = [str(len(leaves) + at).encode() for at in range(size)]
        hashes = b"".join(map(hash_leaf, fresh))
        tiles.update(append_leaves(len(leaves), hashes, lambda level, index: tiles.get((level, index), b"")))
        leaves += fresh
    return tiles, leaves


def tree_over(tiles: dict[tuple[int, int], bytes]) -> TiledTree:
    return TiledTree(lambda level, index: tiles.get((level, index), b""))


def known_tree() -> TiledTree:
    return tree_over({(0, 0): b"".join(map(hash_leaf, LEAVES))})


def test_known_roots() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for size, root in enumerate(ROOTS, start=1):
        assert root_of(b"".join(map(hash_leaf, LEAVES[:size]))).hex() == root
        assert known_tree().root(size).hex() == root


@pytest.mark.parametrize(("index", "size", "path"), INCLUSION)
def test_known_inclusion(index: int, size: int, path: list[str]) -> None:
    found = prove_inclusion(index, size, known_tree().complete)
    assert [node.hex() for node in found] == path
    assert is_included(hash_leaf(LEAVES[index]), index, size, found, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("old", "size", "path"), CONSISTENCY)
def test_known_consistency(old: int, size: int, path: list[str]) -> None:
    found = prove_consistency(old, size, known_tree().complete)
    assert [node.hex() for node in found] == path
    assert is_consistent(old, bytes.fromhex(ROOTS[old - 1]), size, bytes.fromhex(ROOTS[size - 1]), found)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=5), st.data())
def test_proofs_hold_for_every_size(sizes: list[int], data: st.DataObject) -> None:
    tiles, leaves = grow(sizes)
    tree = tree_over(tiles)
    size = data.draw(st.integers(1, len(leaves)))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    root, old_root = plain_root(leaves[:size]), plain_root(leaves[:old])
    assert tree.root(size) == root
    path = prove_inclusion(index, size, tree.complete)
    steps = prove_consistency(old, size, tree.complete)
    assert is_included(hash_leaf(leaves[index]), index, size, path, root)
    assert is_consistent(old, old_root, size, root, steps)
    # the same proofs prove nothing else
    assert not is_included(hash_leaf(b"other"), index, size, path, root)
    assert not is_included(hash_leaf(leaves[index]), index, size, [*path, root], root)
    if size > 1:
        assert not is_included(hash_leaf(leaves[index]), (index + 1) % size, size, path, root)
        assert not is_included(hash_leaf(leaves[index]), index, size, path[:-1], root)
    if 0 < old < size:
        assert not is_consistent(old, hash_leaf(b"other"), size, root, steps)
        assert not is_consistent(old, old_root, size, hash_leaf(b"other"), steps)
        assert not is_consistent(old, old_root, size, root, steps[:-1])
        assert not is_consistent(old, old_root, size, root, [*steps, root])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 700), min_size=1, max_size=4))
def test_batches_do_not_matter(sizes: list[int]) -> None:
    tiles, leaves = grow(sizes)
    assert tiles == grow([len(leaves)])[0]
    assert {(tile.level, tile.index): tile.width * 32 for tile in tiles_of(len(leaves))} == {
        place: len(row) for place, row in tiles.items()
    }


def test_a_large_tree_has_three_levels() -> None:
    tiles, _ = grow([70_000])
    found = [(tile.level, tile.width) for tile in tiles_of(70_000)]
    assert found.count((0, 256)) == 273 and found.count((0, 112)) == 1
    assert (1, 256) in found and (1, 17) in found and (2, 1) in found and len(found) == 277
    assert set(tiles) == {(tile.level, tile.index) for tile in tiles_of(70_000)}
    running = RunningTree()
    upper: dict[tuple[int, int], bytes] = {}
    for index in range(273):
        upper |= {(t.level, t.index): row for t, row in running.add(tiles[0, index])}
    upper |= {(t.level, t.index): row for t, row in running.edges()}
    assert upper == {place: row for place, row in tiles.items() if place[0]}
    assert running.root(tiles[0, 273]) == tree_over(tiles).root(70_000)
    assert prove_inclusion(69_999, 70_000, tree_over(tiles).complete)


def test_paths_of_tiles() -> None:
    assert Tile(0, 1_234_067).path() == "tile/0/x001/x234/067"
    assert Tile(1, 0, 17).path() == "tile/1/000.p/17"
    assert bundle_path(273, 112) == "tile/entries/273.p/112"


def test_an_edge_that_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="the head says 5"):
        append_leaves(5, hash_leaf(b"x"), lambda level, index: b"\0" * 96)
    with pytest.raises(ValueError, match="too short"):
        TiledTree(lambda level, index: b"\0" * 96).root(5)
    with pytest.raises(ValueError, match="full tiles"):
        RunningTree().add(b"\0" * (TILE_BYTES - 32))


def test_nothing_outside_the_tree_is_proven() -> None:
    complete = known_tree().complete
    for index, size in ((3, 3), (-1, 3), (0, 0)):
        with pytest.raises(ValueError, match="is not in a tree"):
            prove_inclusion(index, size, complete)
    with pytest.raises(ValueError, match="no prefix"):
        prove_consistency(4, 3, complete)
    root = bytes.fromhex(ROOTS[2])
    assert not is_included(hash_leaf(LEAVES[0]), 3, 3, [], root)
    short = prove_inclusion(0, 4, complete)  # the proof of a smaller tree is none of a larger one
    assert is_included(hash_leaf(LEAVES[0]), 0, 4, short, bytes.fromhex(ROOTS[3]))
    assert not is_included(hash_leaf(LEAVES[0]), 0, 8, short, bytes.fromhex(ROOTS[3]))
    assert not is_included(b"short", 0, 3, [root, root], root)
    assert not is_included(hash_leaf(LEAVES[0]), 0, 3, [b"short"], root)
    assert not is_consistent(4, root, 3, root, [])
    assert not is_consistent(2, root, 3, root, [])
    assert not is_consistent(3, root, 4, root, [])
    assert not is_consistent(2, root, 3, root, [b"short"])
    assert is_consistent(0, EMPTY_ROOT, 3, root, []) and not is_consistent(0, root, 3, root, [])
    assert is_consistent(3, root, 3, root, []) and not is_consistent(3, root, 3, root, [root])
