"""Dangerous values are built in one place each, and parts under strong copyleft stay inside one child program."""

from __future__ import annotations

import ast

from tests.house.sources import imports, sources


def _builders(name: str) -> set[str]:
    return {
        source.place
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id == name)
            or (isinstance(node.func, ast.Attribute) and node.func.attr == name)
        )
    }


def test_only_one_rule_orders_a_destruction() -> None:
    assert _builders("DisposalOrder") == {"retention/rules/disposal.py"}


def test_only_one_rule_approves_a_release() -> None:
    assert _builders("ApprovedRelease") == {"access/rules/release.py"}


def test_dangerous_values_are_not_copied_with_changes() -> None:
    """``dataclasses.replace`` would be a second way to make one: no file that knows these values uses it."""
    knowing = {s.place for s in sources() if "DisposalOrder" in s.text or "ApprovedRelease" in s.text}
    copying = {
        source.place
        for source in sources()
        for _, name in imports(source.tree, source.module)
        if name in ("dataclasses.replace", "copy.replace")
    }
    assert knowing & copying == set()


def test_the_media_library_is_imported_by_the_media_children_alone() -> None:
    importers = {
        source.place
        for source in sources()
        for _, name in imports(source.tree, source.module)
        if name.partition(".")[0] == "av"
    }
    room, demo = "archive/renditions/children/media", "ingest/demo/film.py"
    assert f"{room}.py" in importers and all(place.startswith(room) for place in importers - {demo})
    named = {name for source in sources() for _, name in imports(source.tree, source.module)}
    assert not any("demo.film" in name for name in named), "the film of the demonstration is a program, never imported"


def test_child_programs_are_started_and_never_imported() -> None:
    """What opens foreign bytes runs in a process of its own; only its words (terms) are shared."""
    wrong = [
        f"{source.place}: {name}"
        for source in sources()
        if ".children" not in source.module
        for _, name in imports(source.tree, source.module)
        if ".children." in f"{name}." and name.startswith(("archive.", "ingest."))
    ]
    assert wrong == []
