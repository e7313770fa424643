"""The two-world property in small, and that the proof sees a leak when there is one."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from search.engines.fts5 import Fts5Engine
from search.engines.sheets import Sheet
from search.rules.tree import Tree
from search.terms import Found, Place, Ranked
from tests.prove import two_world


def test_nothing_above_a_reader_changes_an_answer() -> None:
    assert two_world.prove(240, seed=1) == (240, 0)


@dataclass
class OneForAll(Fts5Engine):
    """The wrong engine: it counts over every open index, whoever asks."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.places: dict[str, Place] = {}

    def write(self, place: Place, documents: Any) -> None:
        self.places[place.name] = place
        super().write(place, documents)

    def search(self, handles: Sequence[Sheet], tree: Tree, limit: int, after: Ranked | None = None) -> Found:
        known = [place for name, place in self.places.items() if name in self.names()]
        return super().search([self.open(place) for place in known] if handles else [], tree, limit, after)


def test_one_shared_index_with_a_filter_behind_it_is_caught() -> None:
    tried, failed = two_world.prove(60, seed=1, out=io.StringIO(), engine_type=OneForAll)
    assert tried == 60
    assert failed > 5
