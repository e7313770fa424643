#!/usr/bin/env python3
"""Anjuan 案卷 from a fresh checkout: ``python3 run.py COMMAND``, without root and without anything installed before.

The first call makes ``.venv`` beside this file from the hash-pinned lock; later calls start at once.
Give ``ANJUAN_VENV`` to keep that environment elsewhere, ``PIP_INDEX_URL`` and its kin to use a mirror.
"""

import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(
        "Anjuan needs Python 3.11, 3.12 or 3.13; this is %d.%d. Please start it with one of those, "
        "for example: python3.12 run.py demo\n"
        "案卷需要 Python 3.11、3.12 或 3.13。" % sys.version_info[:2]
    )

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from run_tasks import environment, steps
from run_tasks.environment import RUNTIME, TESTING, Environment, SetupFailed


@dataclass(frozen=True)
class Command:
    """One word after ``run.py``: what it needs installed and what it then does with the words that follow."""

    needs: tuple[str, ...]
    deed: Callable[[Environment, list[str]], int]
    help: str


COMMANDS = {
    "demo": Command(RUNTIME, steps.anjuan("demo"), "the whole story on invented cases [--no-serve] [--reset]"),
    "serve": Command(RUNTIME, steps.anjuan("serve"), "the web pages on http://127.0.0.1:8000"),
    "anjuan": Command(RUNTIME, steps.anjuan(), "the command line, for example: run.py anjuan ingest FOLDER"),
    "test": Command(TESTING, steps.module("pytest"), "install what the tests need and run them [pytest arguments]"),
    "check": Command(TESTING, steps.check, "lint, types, contracts between packages, dependencies"),
    "prove": Command(TESTING, steps.module("tests.prove"), "counted safety figures [NAME] [--count N] [--seed S]"),
    "bench": Command(TESTING, steps.module("tests.bench"), "speed as ratios measured side by side [NAME]"),
    "pictures": Command(TESTING, steps.module("tests.browser.pictures"), "make the pictures of the manuals [NAME …]"),
    "setup": Command(TESTING, steps.describe, "install everything and stop"),
    "lock": Command(TESTING, steps.lock, "resolve pyproject.toml into the locks anew [uv arguments]"),
}


def main(words: list[str]) -> int:
    """Exit code of the command named by the first word; 2 for an unknown one, 1 when setting up failed."""
    if not words or words[0] not in COMMANDS:
        print(__doc__)
        for name, command in COMMANDS.items():
            print(f"  {name:8} {command.help}")
        return 0 if words and words[0] in ("-h", "--help", "help") else 2
    command = COMMANDS[words[0]]
    try:
        ready = environment.ensure(command.needs)
    except SetupFailed as failed:
        print(f"run.py: {failed}", file=sys.stderr)
        return 1
    return command.deed(ready, words[1:])


def _start() -> NoReturn:
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    _start()
