"""``python -m tests.bench [NAME…]``: every speed figure as a ratio, measured side by side with its baseline in one run.

A bench is a module of this package with ``measure(report)``. Prints the machine, then a line for each ratio with its
target and its baseline. The exit code is 1 when a target is missed, so that a noisy machine says so; no test runs this.
"""

from __future__ import annotations

import argparse
import os
import pkgutil
import platform
import sqlite3
import ssl
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TextIO

import tests.bench
from tests.bench.report import Report


def benches() -> dict[str, ModuleType]:
    """Every bench by its name as typed: underscores become hyphens."""
    names = sorted(found.name for found in pkgutil.iter_modules(tests.bench.__path__) if found.name[0] != "_")
    modules = {name.replace("_", "-"): import_module(f"tests.bench.{name}") for name in names}
    return {name: module for name, module in modules.items() if hasattr(module, "measure")}


def machine() -> list[str]:
    """What the figures were measured on: processor, cores, memory, load, kernel, file system, versions."""
    cpu = [line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = [line.split()[1] for line in _lines("/proc/meminfo") if line.startswith("MemTotal")]
    folder = os.environ.get("ANJUAN_BENCH_DIR") or os.environ.get("TMPDIR") or "/tmp"
    mounts = [line.split() for line in _lines("/proc/mounts")]
    under = [m for m in mounts if Path(folder).resolve().is_relative_to(m[1])]
    system = max(under, key=lambda m: len(m[1]))[2] if under else "?"
    load = os.getloadavg()[0]
    return [
        f"machine: {cpu[0] if cpu else platform.processor()}, {os.cpu_count()} cores, "
        f"{int(memory[0]) >> 20 if memory else '?'} GiB, load {load:.1f}, {platform.system()} {platform.release()}",
        f"files in {folder} ({system}); Python {platform.python_version()}, {ssl.OPENSSL_VERSION}, "
        f"SQLite {sqlite3.sqlite_version}",
        *(["the machine is busy: its ratios say little"] if load > (os.cpu_count() or 1) else []),
    ]


def run(name: str, module: ModuleType, out: TextIO) -> bool:
    """Runs one bench and writes its ratios; whether every target is met."""
    started, report = time.monotonic(), Report()
    module.measure(report)
    out.write(f"{name}  ({time.monotonic() - started:.0f} s)\n" + "".join(f"  {line}\n" for line in report.lines()))
    out.flush()
    return all(ratio.met for ratio in report.ratios)


def main(words: Sequence[str], out: TextIO) -> int:
    """Exit code 0 when every target is met, 1 when one is missed, 2 for an unknown name."""
    known = benches()
    parser = argparse.ArgumentParser(prog="bench", description=__doc__, epilog="benches: " + ", ".join(known))
    parser.add_argument("names", nargs="*", metavar="NAME")
    asked = parser.parse_args(words)
    names = [name.replace("_", "-") for name in asked.names] or list(known)
    unknown = [name for name in names if name not in known]
    if unknown:
        out.write(f"no such bench: {', '.join(unknown)}; there are: {', '.join(known)}\n")
        return 2
    out.write("\n".join(machine()) + "\n")
    out.flush()
    met = [run(name, known[name], out) for name in names]
    return int(not all(met))


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text("utf-8").splitlines()
    except OSError:
        return []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdout))
