"""Command line of retention 保管命令: holds, derivation, what is due."""

from __future__ import annotations

import click

from archive.doors.console import Console, pass_console
from archive.doors.references import find_case
from archive.kernel.clock import legal_date
from archive.kernel.guard import Action
from archive.kernel.ids import HoldId
from archive.kernel.work import Works
from archive.ports import Holdings
from archive.service.reading import get_case_target, get_line
from retention.service import get_derivation, lift_hold, list_due, list_holds, place_hold
from retention.terms import HOLD_WORDS, HoldKind


@click.group("hold", help="冻结与解除 · holds")
def hold_group() -> None:
    """Holds stop destruction and expunging."""


@hold_group.command("place", help="冻结（分管负责人、法制审核员）· place a hold")
@click.argument("case")
@click.option("--kind", required=True, type=click.Choice([str(kind) for kind in HoldKind]))
@click.option("--reason", required=True)
@pass_console
def hold_place(console: Console, case: str, kind: str, reason: str) -> None:
    """Counts at once."""
    case_id = find_case(console, case)
    hold = console.ports.get(Works).perform(
        console.actor(), lambda work: place_hold(work, get_case_target(work, case_id), HoldKind(kind), reason)
    )
    console.answer({"hold": hold}, lambda: console.terminal.print(hold))


@hold_group.command("lift", help="解除冻结（分管负责人，非冻结人）· lift a hold")
@click.argument("case")
@click.argument("hold")
@click.option("--reason", required=True)
@pass_console
def hold_lift(console: Console, case: str, hold: str, reason: str) -> None:
    """Needs a written reason and another hand than the one that placed it."""
    case_id = find_case(console, case)
    console.ports.get(Works).perform(
        console.actor(), lambda work: lift_hold(work, get_case_target(work, case_id), HoldId(hold), reason)
    )
    console.answer({"hold": hold}, lambda: console.terminal.print(console.say("已解除", "lifted")))


@hold_group.command("list", help="一个案卷的保管期限与冻结 · retention and holds of one case")
@click.argument("case")
@pass_console
def hold_list(console: Console, case: str) -> None:
    """Why the case is kept until when, and what stops its end."""
    case_id = find_case(console, case)
    with console.ports.get(Works).work(console.actor()) as work:
        work.require(Action.LIST, get_case_target(work, case_id))
        derivation, holds = get_derivation(work, case_id), list_holds(work, case_id)
    language = 0 if console.language.startswith("zh") else 1
    columns = tuple(console.say("标识 事由 说明 冻结于 解除于", "id ground reason placed lifted").split())
    rows = [
        (h.id, HOLD_WORDS[h.kind][language], h.reason, console.minute(h.placed_at), console.minute(h.lifted_at))
        for h in holds
    ]
    sentence = derivation.sentence(console.language)
    console.answer(
        {"retention": sentence, "holds": [dict(zip(("id", "kind", "reason"), row, strict=False)) for row in rows]},
        lambda: console.table(sentence, columns, rows),
    )


@click.command("due", help="期满待鉴定的案卷 · cases whose period has ended")
@pass_console
def due(console: Console) -> None:
    """The appraisal list; nothing is destroyed by a timer."""
    with console.ports.get(Works).work(console.actor()) as work:
        cases = [
            case
            for case in list_due(work, legal_date(work.now))
            if work.guard.decide(work.actor, Action.LIST, get_case_target(work, case)).allowed
        ]
        lines = [get_line(work, console.ports.get(Holdings), case) for case in cases]
    columns = tuple(console.say("档号 题名 结案 标识", "reference title closed id").split())
    rows = [
        (line.reference_code, line.facts.title if line.facts else "—", str(line.closed_on), line.case_id)
        for line in lines
    ]
    console.answer(
        {"due": list(cases)}, lambda: console.table(console.say("期满待鉴定", "Due for appraisal"), columns, rows)
    )


commands: tuple[click.Command, ...] = (hold_group, due)
