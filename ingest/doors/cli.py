"""Command line of ingest 接收命令: ``sip`` and ``ingest``; progress for each case and file, one report for each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from archive.doors.console import REFUSED, Console, pass_console
from archive.installation import Ledgers
from archive.kernel.actor import Actor
from archive.kernel.adapters import load_adapter
from archive.kernel.clock import SystemClock, legal_date
from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.kernel.settings import FILE, Settings
from archive.terms import Part
from ingest.doors import rules_cli
from ingest.doors.bars import Bars
from ingest.ports import TakeIn
from ingest.service.checking import check_package
from ingest.service.intakes import to_refusal
from ingest.service.judging import blocking, judge_described
from ingest.service.late import add_late_document
from ingest.service.recovery import recover
from ingest.service.reports import Occasion, receipt_pdf, receipt_report, refusal_pdf, refusal_report
from ingest.service.take_in import take_in
from ingest.terms import Receipt

MOST_SHOWN = 40
_STOPPED_ZH = "已中断，未丢失任何文件；再运行同一命令即从中断处继续。"
_STOPPED_EN = "Stopped; nothing is lost. The same command goes on from here."


@click.group("sip", help="提交信息包：模板、检查 · submission packages")
def sip_group() -> None:
    """Submission packages."""


@sip_group.command("template", help="写出空白著录模板 · write templates of the description")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@pass_console
def sip_template(console: Console, folder: Path) -> None:
    """``案卷目录.xlsx`` and ``case.json`` with an example."""
    written = [str(path) for path in load_adapter("ingest.profile.template:write_template")(folder)]
    console.answer({"written": written}, lambda: console.terminal.print("\n".join(written), markup=False))


@sip_group.command("check", help="检查一个提交包，不接收 · check a package without taking it in")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@pass_console
def sip_check(console: Console, path: Path) -> None:
    """Structure, description, list against files; opens no file of the package but the description."""
    settings = console.ports.get(TakeIn).settings if (console.home / FILE).is_file() else Settings()
    sip = check_package(settings, SystemClock(), path)
    said = console.say(
        f"可以提交：{sip.facts.title}，{len(sip.items)} 件（摘要在接收时核对）",
        f"fit: {len(sip.items)} items (digests are compared at take-in)",
    )
    report = judge_described(settings, sip, legal_date(SystemClock().now()))
    if broken := Refusal.join(to_refusal(problem) for problem in blocking(settings, sip, report)):
        raise broken
    facts = {"fit": True, "items": len(sip.items), "findings": [each.rule for each in report.findings]}
    if report.findings:
        said += console.say(
            f"；规则发现 {len(report.findings)} 项，见 anjuan rules explain",
            f"; {len(report.findings)} findings by the rules, see: anjuan rules explain",
        )
    console.answer(facts, lambda: console.terminal.print(said, markup=False))


@click.command("ingest", help="接收、检查、转换、封存案卷；可中断后续 · take in and seal packages")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--report-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="每案一份报告（JSON、PDF/A）· a report for each case",
)
@pass_console
def ingest(console: Console, paths: Sequence[Path], report_dir: Path | None) -> None:
    """Many at once; one that is refused does not stop the others. Exit code 3 when any was refused."""
    ports, actor = console.ports.get(TakeIn), console.actor()
    recovered = recover(ports)
    for alarm in recovered.alarms:
        click.echo(alarm, err=True)
    done: list[dict[str, Any]] = []
    shelf = _Shelf(report_dir) if report_dir is not None else None
    with Bars(console) as bars:
        for path in paths:
            occasion = _occasion(ports, actor, path)
            try:
                if not path.exists():
                    raise Refusal("ingest.package-missing", package=path.name)
                receipt = take_in(ports, actor, path, bars.of(path))
            except KeyboardInterrupt:
                bars.print(console.say(_STOPPED_ZH, _STOPPED_EN))
                raise
            except Refusal as refusal:
                report = refusal_report(console.catalogue, refusal, path.name)
                bars.print(*_refused_lines(console, refusal, path))
                if shelf is not None:
                    shelf.put(path, report, refusal_pdf(console.catalogue, refusal, occasion))
            else:
                # what waited and was sealed just now is this person's news, not something held before
                receipt = replace(receipt, repeated=receipt.repeated and receipt.case_id not in recovered.sealed)
                report = receipt_report(receipt, occasion)
                bars.print(_receipt_line(console, receipt))
                if shelf is not None:
                    shelf.put(path, report, receipt_pdf(receipt, occasion))
            bars.finish()
            done.append({"package": str(path), **report})
    console.ports.get(Ledgers).sequence()
    console.answer({"packages": done}, lambda: None)
    if any(report["refused"] for report in done):
        raise SystemExit(REFUSED)


def _occasion(ports: TakeIn, actor: Actor, path: Path) -> Occasion:
    trial = ports.settings.grade == "trial"
    return Occasion(path.name, ports.settings.bureau.name, actor.unit, actor.name, ports.works.clock.now(), trial)


class _Shelf:
    """Where reports go 报告文件夹: two files for each package of this run, none over another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: Counter[str] = Counter()
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, path: Path, report: dict[str, Any], pdf: bytes) -> None:
        """Writes both forms of one report."""
        self._taken[path.name] += 1
        number = self._taken[path.name]
        stem = path.name if number == 1 else f"{path.name}.{number}"
        (self._folder / f"{stem}.report.json").write_text(json.dumps(report, ensure_ascii=False, indent=1), "utf-8")
        (self._folder / f"{stem}.report.pdf").write_bytes(pdf)


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


def _receipt_line(console: Console, receipt: Receipt) -> str:
    if receipt.repeated:
        return console.say(f"已在馆：{receipt.reference_code}", f"already held: {receipt.reference_code}")
    trial = " TRIAL 试用" if receipt.trial else ""
    waits = (
        console.say(f"，待：{'、'.join(receipt.waits_for)}", f", waits for {', '.join(receipt.waits_for)}")
        if receipt.waits_for
        else ""
    )
    found = len(receipt.rules.findings) if receipt.rules is not None else 0
    rules = console.say(f"，规则发现 {found} 项", f", {found} findings by the rules") if found else ""
    return f"{receipt.reference_code} {receipt.title} [{receipt.state}{waits}{rules}]{trial} {receipt.case_id}"


def _refused_lines(console: Console, refusal: Refusal, path: Path) -> list[str]:
    told = [console.catalogue.tell(reason, console.language) for reason in refusal.all()]
    shown = [f"  {one.line()}" for one in told[:MOST_SHOWN]]
    if len(told) > MOST_SHOWN:
        shown.append(console.say(f"  另有 {len(told) - MOST_SHOWN} 项", f"  and {len(told) - MOST_SHOWN} more"))
    return [console.say(f"退回：{path.name}", f"refused: {path.name}"), *shown]


commands: tuple[click.Command, ...] = (sip_group, ingest, add, *rules_cli.commands)
