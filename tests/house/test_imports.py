"""Imports stand at the top, run downwards and never in a circle; tables are private; the contracts hold."""

from __future__ import annotations

import ast
import os
import subprocess
import sys

import pytest

from tests.house.sources import ROOT, circles, functions, graph, imports, sources

FLOORS = {"archive": 0, "access": 1, "retention": 1, "search": 1, "ingest": 2, "wsgi": 3}


def test_nothing_is_imported_inside_a_function() -> None:
    inside = [
        f"{source.place}:{node.lineno}"
        for source in sources()
        for function in functions(source)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inside == []


def test_nothing_is_loaded_by_name_but_adapters_in_one_place() -> None:
    """``importlib.import_module`` and ``__import__`` would be imports in disguise."""
    found = [
        source.place
        for source in sources()
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.Name) and node.id in ("__import__", "import_module"))
        or (isinstance(node, ast.Attribute) and node.attr == "import_module")
    ]
    assert set(found) <= {"archive/kernel/adapters.py"}


def test_no_modules_import_one_another_in_a_circle() -> None:
    assert circles(graph({source.module: source.tree for source in sources()})) == []


def test_a_circle_would_be_seen() -> None:
    trees = {"a": "import b.c", "b": "", "b.c": "from d import x", "d": "from a import y", "e": "import a"}
    assert circles(graph({name: ast.parse(text) for name, text in trees.items()})) == [["a", "b.c", "d"]]


def test_floors_are_imported_downwards_only() -> None:
    wrong = [
        f"{source.place}: {name}"
        for source in sources()
        for _, name in imports(source.tree, source.module)
        if (other := name.partition(".")[0]) in FLOORS
        and other != source.package
        and FLOORS[other] >= FLOORS[source.package]
    ]
    assert wrong == []


def test_tables_are_private_to_their_package() -> None:
    wrong = [
        f"{source.place}: {name}"
        for source in sources()
        for _, name in imports(source.tree, source.module)
        if ".tables" in f"{name}."
        and any(part == "tables" for part in name.split(".")[1:])
        and name.partition(".")[0] in FLOORS
        and name.partition(".")[0] != source.package
        and source.module != "wsgi"
    ]
    assert wrong == []


def test_relative_imports_do_not_exist() -> None:
    found = [
        f"{source.place}:{node.lineno}"
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert found == []


@pytest.mark.slow
def test_the_contracts_hold() -> None:
    start = "from importlinter.cli import lint_imports_command as c; c()"
    command = [sys.executable, "-c", start, "--no-cache"]
    path = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_a_command_that_seals_nothing_loads_nothing_that_seals_typesets_cases_or_upgrades() -> None:
    """The command line starts with what most commands need; the rest is loaded when it is used (kernel.adapters)."""
    heavy = ("pyhanko", "aiohttp", "alembic", "openpyxl", "numpy", "av", "onnxruntime")
    words = [sys.executable, "-c", f"import sys, wsgi; print([name for name in {heavy!r} if name in sys.modules])"]
    assert subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT).stdout.strip() == "[]"
