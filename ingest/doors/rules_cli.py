"""Command line of the rules 规则命令: what holds, whether a pack is right, how a case stands to them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from archive.doors.console import Console, pass_console
from archive.doors.references import find_case
from archive.kernel.articles import basis_said
from archive.kernel.clock import SystemClock, legal_date
from archive.kernel.refusals import Refusal
from archive.kernel.settings import FILE, Settings
from archive.ports import Holdings
from archive.service.reading import get_case
from ingest.ports import TakeIn
from ingest.rules.pack_terms import DocType, Effective, Elsewhere, Rule
from ingest.rules.vocabulary import PROCEDURES, STAGES
from ingest.service.checking import check_package
from ingest.service.judging import judge_described, judge_held, packs_of, read_own, rules_on
from ingest.terms import RuleFinding, RuleReport

SEVERITIES = {
    "REFUSE": ("退回", "sent back"),
    "REASON": ("须书面理由", "wants a written reason"),
    "FINDING": ("报监督", "to supervision"),
}
"""What follows where completeness is strict."""


@click.group("rules", help="规则包：查看、检查、解释 · rule packs")
def rules_group() -> None:
    """Rule packs."""


@rules_group.command("show", help="查看现行规则，或一条规则、一个文种 · the rules, one rule or one document type")
@click.argument("code", required=False)
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="在该日结案的案卷适用的规则 · for cases closed on")
@pass_console
def rules_show(console: Console, code: str | None, day: datetime | None) -> None:
    """Those for a case that is closed today, or on the day that is named."""
    rules = rules_on(packs_of(_settings(console)), day.date() if day else legal_date(SystemClock().now()))
    if code is None:
        rows = [_row(console, rule) for rule in rules.rules]
        columns = ("id", "severity", "article", "rule")
        told = [dict(zip(columns, row, strict=True)) for row in rows]
        shown = ("编号", "后果", "依据", "规则") if console.say("zh", "") else columns
        console.answer({"packs": rules.named, "rules": told}, lambda: console.table(rules.named or "—", shown, rows))
        return
    found = _find(rules, code.upper())
    if found is None:
        raise Refusal("ingest.rule-unknown", name=code)
    facts = _described(console, rules, found)
    lines = "\n".join(f"{name}: {text}" for name, text in facts)
    console.answer(dict(facts), lambda: console.terminal.print(lines, markup=False))


@rules_group.command("check", help="检查一个规则包文件 · check the file of a rule pack")
@click.argument("pack", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@pass_console
def rules_check(console: Console, pack: Path) -> None:
    """Below national law; every fault with its line. Nothing in a pack is run."""
    read = read_own(pack)
    rules, types = len(read.rules), len(read.types)
    said = console.say(
        f"规则包无误：{read.zh} {read.version}，{rules} 条规则，{types} 个文种",
        f"in order: {read.en} {read.version}, {rules} rules, {types} document types",
    )
    facts = {"pack": read.id, "version": read.version, "rules": rules, "types": types}
    console.answer(facts, lambda: console.terminal.print(said, markup=False))


@rules_group.command("explain", help="一个案卷或提交包对照规则的全部结论 · how a case or package stands to the rules")
@click.argument("case")
@pass_console
def rules_explain(console: Console, case: str) -> None:
    """A package is judged as it is described; a case in custody as this person may see it. Changes nothing."""
    path = Path(case)
    if path.exists():
        settings = _settings(console)
        clock = SystemClock()
        report = judge_described(settings, check_package(settings, clock, path), legal_date(clock.now()))
    else:
        ports, actor = console.ports.get(TakeIn), console.actor()
        holdings = console.ports.get(Holdings)
        case_id = find_case(console, case)
        with holdings.works.work(actor) as work:
            report = judge_held(work, ports.settings, get_case(work, holdings, case_id))
    console.answer(asdict(report), lambda: _print(console, report))


def _settings(console: Console) -> Settings:
    return console.ports.get(TakeIn).settings if (console.home / FILE).is_file() else Settings()


def _find(rules: Effective, code: str) -> Rule | DocType | Elsewhere | None:
    found: dict[str, Rule | DocType | Elsewhere] = dict(rules.types)
    found |= {each.id.upper(): each for pack in rules.packs for each in pack.elsewhere}
    found |= {rule.id.upper(): rule for rule in rules.rules}
    return found.get(code)


def _row(console: Console, rule: Rule) -> tuple[str, ...]:
    severity = console.say(*SEVERITIES[rule.severity.name])
    return rule.id, severity, basis_said("；".join(rule.articles), console.language), console.say(rule.zh, rule.en)


def _described(console: Console, rules: Effective, found: Rule | DocType | Elsewhere) -> list[tuple[str, str]]:
    if isinstance(found, DocType):
        asking = [rule.id for rule in rules.rules if found.code in rule.need.of]
        return [
            ("code", found.code),
            ("zh", "、".join((found.zh, *found.aliases))),
            ("en", found.en),
            ("stages", ", ".join(console.say(*STAGES[each]) for each in found.stages)),
            ("procedures", ", ".join(console.say(*PROCEDURES[each]) for each in found.procedures)),
            ("part", console.say(*{"main": ("正卷", "main"), "internal": ("副卷", "internal")}[found.part])),
            ("rules", ", ".join(asking)),
        ]
    if isinstance(found, Elsewhere):
        return [("id", found.id), ("article", found.article), ("zh", found.zh), ("en", found.en)]
    need = {name: value for name, value in asdict(found.need).items() if value and name != "condition"}
    told = ", ".join(f"{n} {' '.join(v) if isinstance(v, tuple | list) else v}" for n, v in need.items())
    return [
        ("id", found.id),
        ("article", "；".join(found.articles)),
        ("zh", found.zh),
        ("en", found.en),
        ("when", found.when_text or console.say("总是", "always")),
        ("needs", told),
        ("severity", console.say(*SEVERITIES[found.severity.name])),
    ]


def _print(console: Console, report: RuleReport) -> None:
    if not report.packs:
        console.terminal.print(console.say("结案之日没有规则包有效，未作判断", "no rule pack was in force on the day"))
        return
    for finding in report.findings:
        console.terminal.print(_line(console, finding), markup=False)
    for finding in report.excused:
        reason = console.say("已有书面理由", "excused by a written reason")
        console.terminal.print(f"（{reason}）{_line(console, finding)}", markup=False)
    whys: dict[str, list[str]] = {}
    for each in report.not_judged:
        whys.setdefault(console.say(each.zh, each.en), []).append(each.rule)
    for why, rules in whys.items():
        unknown = console.say("未能判断", "not judged")
        console.terminal.print(f"{unknown}：{'、'.join(rules)}：{why}", markup=False)
    said = console.say(
        f"{report.packs}：判断 {report.judged} 条，发现 {len(report.findings)} 项，已有理由 {len(report.excused)} 项",
        f"{report.packs}: {report.judged} applied, {len(report.findings)} findings, {len(report.excused)} excused",
    )
    console.terminal.print(said, markup=False)


def _line(console: Console, finding: RuleFinding) -> str:
    severity = console.say(*SEVERITIES[finding.severity.upper()])
    doubt = console.say("〔存疑〕", " [in doubt]") if finding.doubt else ""
    basis = basis_said(finding.basis, console.language)
    what, todo = console.say(finding.zh, finding.en), console.say(finding.do_zh, finding.do_en)
    return f"[{finding.rule} {severity}]{doubt} {what} ({basis}) → {todo}"


commands: tuple[click.Command, ...] = (rules_group,)
