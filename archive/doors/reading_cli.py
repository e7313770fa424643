"""Command line of machine reading 机器识读命令: how far it is, reading now, setting a page right."""

from __future__ import annotations

from pathlib import Path

import click
from rich.progress import Progress

from archive.doors.console import Console, pass_console
from archive.doors.page_reading import read_all
from archive.kernel.actor import machine_actor
from archive.kernel.ids import ItemId
from archive.kernel.refusals import Refusal
from archive.ports import Holdings
from archive.renditions.ocr import missing_engine
from archive.service.correcting import correct_page
from archive.service.machine_reading import queue_waiting, reading_state


@click.group("reading", help="机器识读 · pages without reliable text are read by machine, as a search aid")
def reading() -> None:
    """Machine reading of pages."""


@reading.command("status", help="识读进度 · how far it is")
@pass_console
def status(console: Console) -> None:
    """Items and pages that wait, pages read, pages refused; numbers only."""
    holdings = console.ports.get(Holdings)
    while queue_waiting(holdings):
        pass
    with holdings.works.work(machine_actor("reading-status", "command")) as work:
        state = reading_state(work)
    value = {
        "engine_missing": missing_engine(),
        "items_waiting": state.items_waiting,
        "pages_waiting": state.pages_waiting,
        "pages_read": state.pages_read,
        "pages_refused": state.pages_refused,
    }
    words = console.say(
        f"待识读 {state.items_waiting} 件 {state.pages_waiting} 页；已识读 {state.pages_read} 页；"
        f"不能识读 {state.pages_refused} 页",
        f"{state.items_waiting} items with {state.pages_waiting} pages wait; {state.pages_read} pages read, "
        f"{state.pages_refused} refused",
    )
    console.answer(value, lambda: console.terminal.print(words, markup=False))


@reading.command("run", help="现在识读 · read what waits, until nothing does")
@pass_console
def run(console: Console) -> None:
    """Reads page after page; may be stopped and started again at any page."""
    lacking = missing_engine()
    if lacking:
        raise Refusal("archive.reader-missing", lacking=lacking)
    with Progress(console=console.terminal, disable=console.as_json, transient=True) as bars:
        bar = bars.add_task(console.say("识读", "reading"))
        items = read_all(console.ports, lambda _item, done, total: bars.update(bar, completed=done, total=total))
    console.answer({"items": items}, lambda: console.terminal.print(console.say(f"{items} 件", f"{items} items")))


@reading.command("correct", help="校正一页 · set the words of a page right; the sealed file stays")
@click.argument("item")
@click.argument("page", type=click.IntRange(1))
@click.option("--text-file", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reason", required=True, help="校正理由 · what it rests on")
@pass_console
def correct(console: Console, item: str, page: int, text_file: Path, reason: str) -> None:
    """The whole text of the page, UTF-8, one line of the page a line."""
    holdings = console.ports.get(Holdings)
    with holdings.works.work(console.actor()) as work:
        correct_page(work, holdings, ItemId(item), page, text_file.read_text("utf-8"), reason)
    answer = {"item": item, "page": page}
    console.answer(answer, lambda: console.terminal.print(console.say("已校正", "corrected"), markup=False))
