"""Bars 进度条: how far each case and its current file are, on a terminal; silent where there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import TransferSpeedColumn as SpeedColumn

from archive.doors.console import Console

STAGES = {
    "receive": ("接收", "receive"),
    "normalise": ("转换", "normalise"),
    "accession": ("登记", "accession"),
    "seal": ("封存", "seal"),
}


class Bars:
    """The bars of one run 进度显示: one for the case, one for the file that is being received."""

    def __init__(self, console: Console) -> None:
        self._console = console
        words, speed = TextColumn("{task.description}"), SpeedColumn()
        columns = (words, BarColumn(), DownloadColumn(), speed, TimeRemainingColumn())
        silent = console.as_json or not console.terminal.is_terminal
        self._bars = Progress(*columns, console=console.terminal, disable=silent, transient=True)
        self._tasks: list[TaskID] = []

    def __enter__(self) -> Bars:
        self._bars.__enter__()
        return self

    def __exit__(self, *why: Any) -> None:
        self._bars.__exit__(*why)

    def of(self, path: Path) -> CaseBars:
        """The bars of one package."""
        case = self._bars.add_task(path.name, total=None)
        file = self._bars.add_task("", total=None, visible=False)
        self._tasks = [case, file]
        return CaseBars(self._console, self._bars, case, file)

    def finish(self) -> None:
        """The package is done; its bars go."""
        for task in self._tasks:
            self._bars.remove_task(task)
        self._tasks = []

    def print(self, *lines: str) -> None:
        """Lines above the bars."""
        if not self._console.as_json:
            for line in lines:
                self._bars.console.print(line, markup=False)


class CaseBars:
    """Hears of one take-in and draws it 案卷进度."""

    def __init__(self, console: Console, bars: Progress, case: TaskID, file: TaskID) -> None:
        self._console, self._bars, self._case, self._file = console, bars, case, file

    def tell(self, stage: str, name: str, done: int, total: int) -> None:
        """The case bar; the file bar is shown only while files are received."""
        word = self._console.say(*STAGES.get(stage, (stage, stage)))
        self._bars.update(self._case, description=f"{word} {name[-40:]}", completed=done, total=total or None)
        if stage != "receive":
            self._bars.update(self._file, visible=False)

    def tell_file(self, name: str, done: int, total: int) -> None:
        """The file bar."""
        short = name.rpartition("/")[2][-40:]
        self._bars.update(self._file, description=f"  {short}", completed=done, total=total or None, visible=True)
