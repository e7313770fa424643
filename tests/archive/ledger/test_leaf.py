"""What an entry commits to."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.kernel.canonical import canonical
from archive.ledger.rules.leaf import (
    RowColumns,
    check_kind,
    commit_body,
    commit_row,
    hash_leaves,
    leaf_data,
    pack_body,
    plain_or_empty,
    unpack_body,
)
from archive.ledger.rules.merkle import hash_leaf

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def test_leaf_data_are_canonical_json() -> None:
    data = leaf_data("activity", "entry_x", "case.read", "2026-01-02T03:04:05.000006Z", "ab" * 32, "cd" * 32)
    assert canonical(json.loads(data)) == data
    assert json.loads(data)["v"] == 1


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(max_size=8), _JSON, max_size=4), st.binary(min_size=16, max_size=16))
def test_a_body_comes_back_and_hides_its_length(body: dict[str, object], salt: bytes) -> None:
    packed, commitment = pack_body(salt, body)
    assert len(packed) % 64 == 0
    assert unpack_body(packed) == (salt, body, commitment)
    assert commitment == commit_body(salt, canonical(body)) != commit_body(bytes(16), canonical(body) + b" ")


def test_many_leaves_hash_as_each_does() -> None:
    rows = [(at, f"entry_{at}", "case.read", "2026-01-02T03:04:05.000006Z", "ab" * 32, "cd" * 32) for at in range(3)]
    assert hash_leaves("release", rows) == [hash_leaf(leaf_data("release", *row[1:])) for row in rows]


def test_a_body_must_be_an_object() -> None:
    with pytest.raises(ValueError, match="no JSON object"):
        unpack_body(b"\0" * 16 + b"[]")


def test_no_text_moves_from_one_column_to_the_next() -> None:
    one = RowColumns("00", "a", "b", "c", "d", "e", "f")
    two = RowColumns("00", "a", "bc", "", "d", "e", "f")
    assert len({commit_row(one, b"x"), commit_row(two, b"x"), commit_row(one, b"y"), commit_row(one, b"fx")}) == 4


@pytest.mark.parametrize("kind", ["", "Case", "a b", 'a"', "a..b", "x" * 65, "a\n"])
def test_kinds_that_could_not_stand_in_a_leaf(kind: str) -> None:
    with pytest.raises(ValueError, match="not a kind"):
        check_kind("activity", kind)


def test_ledgers_are_two() -> None:
    check_kind("release", "release.issued")
    with pytest.raises(ValueError, match="gossip"):
        check_kind("gossip", "a.b")


def test_only_identifiers_stand_in_clear() -> None:
    assert plain_or_empty("case_abc234") == "case_abc234"
    assert [plain_or_empty(text) for text in ("张三", "two words", "a\nb", "x" * 129)] == ["", "", "", ""]
