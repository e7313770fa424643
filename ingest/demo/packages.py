"""Packages 备件: a child program writes the packages while cases are taken in; who needs one waits until it stands."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

PATIENCE = 600.0
ROOT = Path(__file__).resolve().parents[2]


class Packages:
    """The packages of named cases 备件: use as a context, so that no child outlives it.

    Those that stand already are not made again.
    """

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self.folder, self.names = folder, tuple(names)
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        if missing := [name for name in self.names if not self._sign(name).exists()]:
            words = [str(self.folder.resolve()), *missing]
            self._child = subprocess.Popen([sys.executable, "-m", "ingest.demo.prepare", *words], cwd=ROOT)
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        if self._child is not None:
            self._child.terminate()
            self._child.wait()

    def path(self, name: str) -> Path:
        """The package of a case, as soon as it stands whole."""
        until = time.monotonic() + PATIENCE
        while not self._sign(name).exists():
            ended = self._child is None or self._child.poll() is not None
            if ended and not self._sign(name).exists():
                raise RuntimeError(f"the package {name} was not made")
            if time.monotonic() > until:
                raise TimeoutError(f"the package {name} is not there after {PATIENCE:.0f} s")
            time.sleep(0.05)
        return self.folder / self._sign(name).read_text("utf-8")

    def _sign(self, name: str) -> Path:
        return self.folder / f"{name}.ready"
