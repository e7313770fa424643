"""``python -m tests.prove [NAME…] [--count N] [--seed S]``: counted safety figures, one line for each program.

A program is a module of this package with ``prove(count, seed, out) -> (tried, failed)``. Without names every program
runs with a small count of its own (``DEFAULT`` in the module, else 40). The exit code is 0 only when nothing failed.
"""

from __future__ import annotations

import argparse
import pkgutil
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import TextIO

import tests.prove

FEW = 40
SEED = 20261124


def programs() -> dict[str, ModuleType]:
    """Every program by its name as typed: underscores become hyphens."""
    names = sorted(found.name for found in pkgutil.iter_modules(tests.prove.__path__) if found.name[0] != "_")
    modules = {name.replace("_", "-"): import_module(f"tests.prove.{name}") for name in names}
    return {name: module for name, module in modules.items() if hasattr(module, "prove")}


def run(name: str, module: ModuleType, count: int | None, seed: int, out: TextIO) -> int:
    """Runs one program and writes its line; how many cases failed. A program that tried nothing has failed."""
    started = time.monotonic()
    tried, failed = module.prove(count if count is not None else getattr(module, "DEFAULT", FEW), seed, out)
    failed = failed if tried else 1
    out.write(f"{name}: tried {tried}, failed {failed}  ({time.monotonic() - started:.0f} s, seed {seed})\n")
    out.flush()
    return int(failed)


def main(words: Sequence[str], out: TextIO) -> int:
    """Exit code 0 when nothing failed, 1 when something did, 2 for an unknown name."""
    parser = argparse.ArgumentParser(prog="prove", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--count", type=int)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args(words)
    known = programs()
    names = [name.replace("_", "-") for name in asked.names] or list(known)
    unknown = [name for name in names if name not in known]
    if unknown:
        out.write(f"no such program: {', '.join(unknown)}; there are: {', '.join(known)}\n")
        return 2
    failed = [run(name, known[name], asked.count, asked.seed, out) for name in names]
    return int(any(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdout))
