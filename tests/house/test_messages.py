"""What is sent is handled: every outbox topic has a handler, every kind of job is leased by someone."""

from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path

import pytest

import wsgi
from archive.kernel import house
from tests.house.sources import sources
from tests.support.house import make_house


def _constants() -> dict[str, str]:
    """Module-level names that are strings, by ``module.NAME``."""
    return {
        f"{source.module}.{target.id}": str(node.value.value)
        for source in sources()
        for node in source.tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _first_arguments(attribute: str, position: int = 0) -> set[str]:
    """Strings that calls of ``….attribute(…)`` or ``attribute(…)`` have at ``position``, or in a list there, constants
    resolved.
    """
    known, found = _constants(), set()
    for source in sources():
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Call) or len(node.args) <= position:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name != attribute:
                continue
            given = node.args[position]
            for value in given.elts if isinstance(given, ast.List | ast.Tuple) else [given]:
                if isinstance(value, ast.Constant):
                    found.add(str(value.value))
                elif isinstance(value, ast.Name):
                    found.add(known.get(f"{source.module}.{value.id}", value.id))
    return found


def test_every_topic_of_the_outbox_has_a_handler(tmp_path: Path) -> None:
    topics = {topic for topic in _first_arguments("send") if "." in topic}
    assert "case.sealed" in topics
    assert topics - set(wsgi.handlers(make_house(tmp_path).ports)) == set()


def test_every_kind_of_job_is_taken_by_someone() -> None:
    kinds = _first_arguments("enqueue", 1)
    assert "item.read-pages" in kinds
    assert kinds - _first_arguments("lease", 1) == set()


def test_the_six_names_are_ours() -> None:
    house.require_own_names()


def test_a_stranger_in_front_of_ours_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "search.py").write_text("")
    stranger = find_spec("json")
    assert stranger is not None
    with pytest.raises(RuntimeError, match="search"):
        house.require_own_names(lambda name: stranger if name == "search" else find_spec(name))
    with pytest.raises(RuntimeError, match="wsgi"):
        house.require_own_names(lambda name: None if name == "wsgi" else find_spec(name))
