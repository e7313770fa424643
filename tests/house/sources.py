"""The sources of the house as text and as trees, and what they import: what the tests of this folder look at."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("archive", "access", "retention", "search", "ingest")


@dataclass(frozen=True)
class Source:
    """One Python file of the house."""

    path: Path
    module: str
    text: str
    tree: ast.Module

    @property
    def place(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file of the five packages, and the porch."""
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    return tuple(read_source(file) for file in [*files, ROOT / "wsgi.py"])


def read_source(file: Path) -> Source:
    parts = list(file.relative_to(ROOT).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    text = file.read_text("utf-8")
    return Source(file, ".".join(parts), text, ast.parse(text, str(file)))


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method, nested ones too."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imports(tree: ast.AST, module: str) -> Iterator[tuple[ast.stmt, str]]:
    """Every imported name as an absolute dotted one, with its statement; those for the type checker too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = module.split(".")[: -node.level]
                base = ".".join([*above, base] if base else above)
            yield from ((node, f"{base}.{alias.name}") for alias in node.names)


def graph(found: dict[str, ast.Module]) -> dict[str, set[str]]:
    """Module -> the modules of ``found`` that it imports: ``from a import b`` is ``a.b`` when that is a module."""
    edges: dict[str, set[str]] = {module: set() for module in found}
    for module, tree in found.items():
        for _, name in imports(tree, module):
            target = name if name in found else name.rpartition(".")[0]
            if target in found and target != module:
                edges[module].add(target)
    return edges


def circles(edges: dict[str, set[str]]) -> list[list[str]]:
    """Every knot of modules that import one another (strongly connected parts of two or more), by Tarjan."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    knots: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for other in sorted(edges[module]):
            if other not in index:
                visit(other)
            if other in stack:
                low[module] = min(low[module], low[other])
        if low[module] == index[module]:
            at = stack.index(module)
            if len(knot := stack[at:]) > 1:
                knots.append(sorted(knot))
            del stack[at:]

    for module in sorted(edges):
        if module not in index:
            visit(module)
    return knots


@cache
def tracked() -> tuple[Path, ...]:
    """Every file under version control; in an unpacked archive without it, every file outside hidden folders."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, timeout=60)
    if listed.returncode == 0:
        names = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    else:
        names = [p for p in ROOT.rglob("*") if not any(x.startswith(".") for x in p.relative_to(ROOT).parts)]
    return tuple(path for path in names if path.is_file())
