"""Searching while key tiers are locked, as after each start: what is open is found; the question leaves no words."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.keys.passphrase_roots import PassphraseRoots
from archive.keys.roots import RootProvider
from archive.terms import Tier
from search.ports import SearchPorts
from search.service.find import find
from tests.support.cases import Paper, seal_example
from tests.support.house import House, make_house, person
from tests.support.webapp import index


@pytest.fixture
def house(tmp_path: Path) -> House:
    return make_house(tmp_path / "home")


def _asked(house: House, words: str) -> int:
    with house.works.work(person(house, "archivist")) as work:
        return find(work, house.ports.get(SearchPorts), words).total


def test_a_cleared_reader_still_searches_and_the_record_holds_a_digest_alone(house: House) -> None:
    case = seal_example(house, (Paper("蔷薇路占道经营笔录"),)).case_id
    index(house, case)
    assert _asked(house, "蔷薇路") == 1
    roots = house.ports.get(RootProvider)  # type: ignore[type-abstract]
    assert isinstance(roots, PassphraseRoots)
    for tier in Tier:
        if tier is not Tier.GENERAL:
            roots.lock(tier)
    assert _asked(house, "占道经营") == 1
    locked, opened = house.holdings.checkpoints.entries("search.query", "")
    assert locked.tier == Tier.GENERAL and locked.body is not None
    assert "query" not in locked.body["facts"] and len(locked.body["facts"]["query_digest"]) == 64
    assert opened.tier != Tier.GENERAL, "the reader of this test is cleared for guarded kinds"
