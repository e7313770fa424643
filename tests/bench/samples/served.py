"""Serves a house by the real server: ``python -m tests.bench.samples.served FOLDER PORT`` in a process of its own.

The pages alone, without the background: what is measured is a page, not what else the machine does meanwhile.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from flask import Flask

import wsgi
from archive.doors.serving import serve
from archive.kernel.clock import FixedClock
from tests.support.house import START, open_house


def main(folder: Path, port: int) -> None:
    """Serves until stopped; every tier is open."""

    def open_app() -> tuple[Flask, Callable[[], object]]:
        return wsgi.make_app(open_house(folder, FixedClock(START)).ports), lambda: None

    serve("127.0.0.1", port, open_app, lambda: None)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
