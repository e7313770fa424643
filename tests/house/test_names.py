"""Names: one idea, one word; rows end in Row; files are named for what they hold; settings and public things explain
themselves.
"""

from __future__ import annotations

import ast
import re

from archive.kernel.settings import Settings, walk
from tests.house.sources import functions, sources, tracked

EMPTY_WORDS = re.compile(r"(^|_)(utils?|helpers?|common|managers?|misc|stuff)(_|$)", re.IGNORECASE)


def test_no_file_is_named_for_nothing() -> None:
    ours = [path for path in tracked() if path.suffix in (".py", ".html", ".css", ".md") and "vendor" not in path.parts]
    assert [path.name for path in ours if EMPTY_WORDS.search(path.stem.replace("-", "_"))] == []


def test_no_class_or_function_is_named_for_nothing() -> None:
    found = [
        f"{source.place}: {node.name}"
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name != "common_name"  # of a certificate's subject: X.520's own word
        and EMPTY_WORDS.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", node.name))
    ]
    assert found == []


def _is_table(node: ast.ClassDef) -> bool:
    return any(
        isinstance(each, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__tablename__" for t in each.targets)
        for each in node.body
    )


def test_tables_end_in_row() -> None:
    wrong = []
    for source in sources():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef) and _is_table(node) and not node.name.endswith("Row"):
                wrong.append(f"{source.place}: {node.name}")
    assert wrong == []


def test_tables_are_named_with_their_package() -> None:
    wrong = []
    for source in sources():
        owner = "kernel" if source.module.startswith("archive.kernel") else source.package
        if source.module.startswith("archive.ledger"):
            owner = "ledger"
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Assign) and any(
                isinstance(t, ast.Name) and t.id == "__tablename__" for t in node.targets
            ):
                name = ast.literal_eval(node.value)
                if not name.startswith(f"{owner}_"):
                    wrong.append(f"{source.place}: {name}")
    assert wrong == []


def test_every_setting_says_what_it_is_for() -> None:
    names = list(walk(Settings()))
    assert len(names) > 20
    assert [name for name, _, description in names if len(description) < 10] == []


def test_public_things_say_what_they_are() -> None:
    """Modules, classes and functions that others may call have a docstring; so has every package of the house."""
    silent = []
    for source in sources():
        if source.place.startswith(("archive/migrations/versions/", "archive/spec/anjuan_verify.py")):
            continue
        if source.text.strip() and not ast.get_docstring(source.tree):
            silent.append(source.place)
        for node in source.tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name[0] != "_" and not ast.get_docstring(node):
                silent.append(f"{source.place}: {node.name}")
    assert silent == []


def test_rules_take_no_clock_and_no_chance() -> None:
    """What the import contracts cannot see: attributes that ask the clock or roll dice."""
    asking = {"now", "utcnow", "today", "urandom", "getenv", "environ"}
    wrong = [
        f"{source.place}:{node.lineno}"
        for source in sources()
        if ".rules" in source.module or source.module.endswith(".terms")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute)
        and node.attr in asking
        and isinstance(node.value, ast.Name)
        and node.value.id in ("datetime", "date", "time", "os", "random")
    ]
    assert wrong == []


def test_nobody_prints() -> None:
    """Services and doors answer through their door; only programs that are run may write to standard output."""
    found = [
        f"{source.place}:{node.lineno}"
        for source in sources()
        if not source.place.startswith("archive/spec/") and ".children" not in source.module
        for function in functions(source)
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert found == []
