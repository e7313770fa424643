"""Command line of ingest 接收命令: ``sip`` and ``ingest``; progress for each case and file, one report for each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.progress import Progress as Bars

from archive.doors.console import Console, pass_console
from archive.installation import Ledgers
from archive.kernel.clock import SystemClock
from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.kernel.settings import FILE, Settings
from archive.terms import Part
from ingest.ports import TakeIn
from ingest.profile.template import write_template
from ingest.service.checking import check_package
from ingest.service.late import add_late_document
from ingest.service.reports import refusal_report
from ingest.service.take_in import take_in
from ingest.terms import Receipt

STAGES = {
    "receive": ("接收", "receive"),
    "normalise": ("转换", "normalise"),
    "accession": ("登记", "accession"),
    "seal": ("封存", "seal"),
}


@click.group("sip", help="提交信息包：模板、检查 · submission packages")
def sip_group() -> None:
    """Submission packages."""


@sip_group.command("template", help="写出空白著录模板 · write templates of the description")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@pass_console
def sip_template(console: Console, folder: Path) -> None:
    """``案卷目录.xlsx`` and ``case.json`` with an example."""
    written = [str(path) for path in write_template(folder)]
    console.answer({"written": written}, lambda: console.terminal.print("\n".join(written), markup=False))


@sip_group.command("check", help="检查一个提交包，不接收 · check a package without taking it in")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@pass_console
def sip_check(console: Console, path: Path) -> None:
    """Structure, description, list against files; opens no file of the package but the description."""
    settings = console.ports.get(TakeIn).settings if (console.home / FILE).is_file() else Settings()
    sip = check_package(settings, SystemClock(), path)
    said = console.say(f"可以提交：{sip.facts.title}，{len(sip.items)} 件", f"fit: {len(sip.items)} items")
    console.answer({"fit": True, "items": len(sip.items)}, lambda: console.terminal.print(said, markup=False))


@click.command("ingest", help="接收、检查、转换、封存案卷；可中断后续 · take in and seal packages")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--report-dir", type=click.Path(path_type=Path), help="每案一份报告（JSON、PDF/A）· a report for each case"
)
@pass_console
def ingest(console: Console, paths: Sequence[Path], report_dir: Path | None) -> None:
    """Many at once; one that is refused does not stop the others. Exit code 3 when any was refused."""
    ports, actor = console.ports.get(TakeIn), console.actor()
    done: list[dict[str, Any]] = []
    refused: list[Refusal] = []
    with _Bars(console) as bars:
        for path in paths:
            try:
                receipt = take_in(ports, actor, path, bars.of(path))
                done.append(_receipt_json(path, receipt))
                bars.print(_receipt_line(console, receipt))
                if report_dir is not None:
                    _write(report_dir, path, done[-1])
            except Refusal as refusal:
                refused.append(refusal)
                report = refusal_report(console.catalogue, refusal, path.name)
                done.append({"package": str(path), **report})
                bars.print(console.say(f"退回：{path.name}", f"refused: {path.name}"))
                if report_dir is not None:
                    _write(report_dir, path, done[-1])
    console.ports.get(Ledgers).sequence()
    if console.as_json:
        console.answer({"packages": done}, lambda: None)
    if joined := Refusal.join(refused):
        if console.as_json:
            raise SystemExit(3)
        raise joined


@click.command("add", help="向已封存案卷补充一份材料，成为新版本 · add a late document as a new version")
@click.argument("case")
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--title", required=True, help="题名 · title")
@click.option("--note", required=True, help="备考表记载 · entry of the note form")
@click.option("--type", "doc_type", default="", help="文种代码 · document type")
@click.option("--part", default="main", type=click.Choice(["main", "internal"]), help="正卷/副卷 · part")
@pass_console
def add(console: Console, case: str, path: Path, title: str, note: str, doc_type: str, part: str) -> None:
    """The sealed versions stay as they are."""
    ports, actor = console.ports.get(TakeIn), console.actor()
    receipt = add_late_document(
        ports, actor, CaseId(case), path, title=title, note=note, doc_type=doc_type, part=Part(part)
    )
    console.ports.get(Ledgers).sequence()
    said = f"{receipt.reference_code} v{receipt.version} {receipt.state}"
    console.answer(
        {"case": case, "version": receipt.version, "state": str(receipt.state)},
        lambda: console.terminal.print(said, markup=False),
    )


class _Bars:
    """Progress on a terminal; silent where there is none."""

    def __init__(self, console: Console) -> None:
        self._console = console
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
        )
        self._bars = Bars(*columns, console=console.terminal, disable=console.as_json, transient=True)

    def __enter__(self) -> _Bars:
        self._bars.__enter__()
        return self

    def __exit__(self, *why: Any) -> None:
        self._bars.__exit__(*why)

    def of(self, path: Path) -> _One:
        """The progress of one package."""
        return _One(self._console, self._bars, self._bars.add_task(path.name, total=None))

    def print(self, line: str) -> None:
        """A line above the bars."""
        if not self._console.as_json:
            self._bars.console.print(line, markup=False)


class _One:
    def __init__(self, console: Console, bars: Bars, task: Any) -> None:
        self._console, self._bars, self._task = console, bars, task

    def tell(self, stage: str, name: str, done: int, total: int) -> None:
        """Hears where the take-in stands."""
        word = self._console.say(*STAGES.get(stage, (stage, stage)))
        self._bars.update(self._task, description=f"{word} {name[-40:]}", completed=done, total=total or None)


def _receipt_line(console: Console, receipt: Receipt) -> str:
    if receipt.repeated:
        return console.say(f"已在馆：{receipt.reference_code}", f"already held: {receipt.reference_code}")
    trial = " TRIAL 试用" if receipt.trial else ""
    waits = (
        console.say(f"，待：{'、'.join(receipt.waits_for)}", f", waits for {', '.join(receipt.waits_for)}")
        if receipt.waits_for
        else ""
    )
    return f"{receipt.reference_code} {receipt.title} [{receipt.state}{waits}]{trial} {receipt.case_id}"


def _receipt_json(path: Path, receipt: Receipt) -> dict[str, Any]:
    return {"package": str(path), "refused": False, **json.loads(json.dumps(asdict(receipt), default=str))}


def _write(folder: Path, path: Path, report: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{path.name}.report.json"
    target.write_text(json.dumps(report, ensure_ascii=False, indent=1), "utf-8")


commands: tuple[click.Command, ...] = (sip_group, ingest, add)
