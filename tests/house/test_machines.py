"""Machines act under names that the guard knows, and only the places named here make such an actor."""

from __future__ import annotations

import ast

from access.terms import MACHINES, MAINTAINERS
from tests.house.sources import sources

PLACES = {
    "access/doors/init_cli.py": {"founding"},
    "access/service/gone_cases.py": {"counter"},
    "archive/doors/cli.py": {"verify"},
    "archive/doors/property_cli.py": {"verify"},
    "archive/doors/reading_cli.py": {"reading-status"},
    "archive/doors/references.py": {"verify"},
    "archive/service/comparing.py": {"comparison"},
    "archive/service/deadlines.py": {"calendar"},
    "archive/service/destroying.py": {"key-store"},
    "archive/service/machine_reading.py": {"page-reader"},
    "archive/service/media_check.py": {"recording-checker"},
    "ingest/service/accepting.py": {"receiver"},
    "ingest/service/draft_sealing.py": {"receiver"},
    "ingest/service/drop_folder.py": {"drop-folder"},
    "ingest/service/recovery.py": {"recovery"},
    "search/doors/cli.py": {"indexer"},
    "search/doors/tasks.py": {"indexer"},
}
DEMO = "ingest/demo/"
BY_NAME = {"access/guard.py", "access/rules/policy.py"}
"""They make the id that belongs to a name, to compare it; nobody acts as it."""


def _made() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for source in sources():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "machine_actor":
                name = node.args[0]
                said = str(name.value) if isinstance(name, ast.Constant) else ""
                found.setdefault(source.place, set()).add(said)
    return found


def test_only_these_places_make_a_machine() -> None:
    made = {place: names for place, names in _made().items() if place not in BY_NAME}
    assert {place: names for place, names in made.items() if not place.startswith(DEMO)} == PLACES
    assert set().union(*(names for place, names in made.items() if place.startswith(DEMO))) <= {"demo"}


def test_the_guard_knows_exactly_the_machines_there_are() -> None:
    made = set().union(*(names for place, names in _made().items() if place not in BY_NAME))
    assert made == set(MACHINES) and set(MACHINES) > MAINTAINERS


def test_nobody_else_makes_an_actor_that_is_a_machine() -> None:
    """The kind is written in one place; an actor of a person is made from its row."""
    wrong = [
        source.place
        for source in sources()
        if source.place != "archive/kernel/actor.py"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Actor"
        if any(isinstance(part, ast.Constant) and part.value == "machine" for part in ast.walk(node))
    ]
    assert wrong == []
