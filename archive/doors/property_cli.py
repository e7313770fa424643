"""Command line of the four-property check 四性检测命令: kept cases, while kept or when they are handed over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from archive.doors.anchors import read_anchors
from archive.doors.console import Console, pass_console
from archive.doors.references import find_case
from archive.kernel.actor import Actor, machine_actor
from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.ports import Holdings
from archive.rules.four_properties import BY_KEY, Checkpoint, Judgement, Mode, Result
from archive.rules.property_words import CHECKPOINTS, RESULTS, fault_words
from archive.service.property_runs import PropertyRun, check_kept
from archive.service.reading import verifiable_cases

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
WHEN = click.Choice([str(Checkpoint.KEEPING), str(Checkpoint.HANDOVER)])
_SHOWN = 5
"""Faults of one item that a person sees here; the report holds all."""


@click.command("four-properties", help="四性检测：长期保存 CQ 或移交 YJ · check kept cases by DA/T 70")
@click.argument("ref", required=False)
@click.option("--all", "everything", is_flag=True, help="全部案卷 · every case")
@click.option("--checkpoint", default="CQ", show_default=True, type=WHEN, help="检测环节 · at which point")
@click.option(
    "--judge",
    "judged",
    multiple=True,
    nargs=3,
    metavar="ID RESULT WORDS",
    help="人工检测项的判断，例如 CQ-4-5 pass 外观完好 · what a person found of an item that people judge",
)
@click.option("--anchor", "anchors", multiple=True, type=FILE, help="根证书 PEM · pinned roots")
@click.option("--pins", "pins", multiple=True, type=FILE, help="见证检查点 · pinned checkpoints")
@click.option("--vkeys", "vkeys", type=FILE, help="账本公钥 · ledger keys")
@pass_console
def four_properties(
    console: Console,
    ref: str | None,
    everything: bool,
    checkpoint: str,
    judged: Sequence[tuple[str, str, str]],
    anchors: Sequence[Path],
    pins: Sequence[Path],
    vkeys: Path | None,
) -> None:
    """Every answer, the report sealed as evidence; exit code 3 when something failed that would stop a seal."""
    if (ref is None) is not everything:
        raise click.UsageError(console.say("给出一个案卷，或用 --all", "name one case, or --all"))
    said = _judgements(console, Checkpoint(checkpoint), judged)
    if said and everything:
        raise click.UsageError(console.say("人工判断只对一个案卷作出", "a person judges one case at a time"))
    holdings = console.ports.get(Holdings)
    actor = console.actor() if console.login else machine_actor("verify", "command line")
    pinned = read_anchors(console.ports, anchors, pins, vkeys)
    runs = []
    for case_id in _cases(console, actor, ref):
        run = check_kept(holdings, actor, case_id, Checkpoint(checkpoint), pinned, said)
        runs.append(run)
        if not console.as_json:
            _print(console, run)
    if console.as_json:
        console.answer({"cases": [_json(run) for run in runs]}, lambda: None)
    grave = [run.reference_code for run in runs if run.grave]
    if grave:
        raise Refusal("archive.properties-unmet", cases="、".join(grave))


def _judgements(
    console: Console, checkpoint: Checkpoint, judged: Sequence[tuple[str, str, str]]
) -> dict[str, Judgement]:
    found = {}
    for number, result, words in judged:
        check = BY_KEY.get(number.removeprefix(f"{checkpoint}-"))
        if check is None or check.mode is not Mode.MANUAL:
            raise click.UsageError(console.say(f"{number} 不是人工检测项", f"{number} is no item that people judge"))
        if result not in set(Result) or not words.strip():
            raise click.UsageError(console.say(f"{number}：结果或说明不对", f"{number}: no such result, or no words"))
        found[check.key] = Judgement(Result(result), words.strip()[:400])
    return found


def _cases(console: Console, actor: Actor, ref: str | None) -> Sequence[CaseId]:
    if ref is not None:
        return [find_case(console, ref)]
    with console.ports.get(Holdings).works.work(actor) as work:
        return verifiable_cases(work)


def _print(console: Console, run: PropertyRun) -> None:
    said = console.say(*CHECKPOINTS[run.checkpoint])
    console.terminal.print(f"\n{run.reference_code}  {said}  {console.minute(run.at)}", markup=False)
    for result in (Result.FAIL, Result.PENDING):
        for line in (one for one in run.results if one.result is result):
            name = console.say(line.check.zh, line.check.en)
            console.terminal.print(f"  {console.say(*RESULTS[result])}  {line.id}  {name}", markup=False)
            for words in list(dict.fromkeys(fault_words(fault) for fault in line.faults))[:_SHOWN]:
                console.terminal.print(f"      {console.say(*words)}", markup=False)
    passed = sum(line.result is Result.PASS for line in run.results)
    of = console.say(f"合格 {passed} 项，证据 {run.evidence_id}", f"{passed} passed, evidence {run.evidence_id}")
    console.terminal.print(f"  {of}", markup=False)


def _json(run: PropertyRun) -> dict[str, object]:
    return {
        "case": run.case_id,
        "reference": run.reference_code,
        "checkpoint": str(run.checkpoint),
        "results": {line.id: str(line.result) for line in run.results},
        "failed": list(run.failed),
        "evidence": run.evidence_id,
    }
