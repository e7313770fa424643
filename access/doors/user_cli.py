"""Command line of people 人员命令: accounts, duties, clearances, ties to cases, and how each is taken back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import click

from access.identity.passwords import one_time_password
from access.service.clearances import ClearanceLine, list_clearances
from access.service.people import (
    assign_duty,
    assign_matter,
    countersign_clearance,
    create_person,
    disable_person,
    enable_person,
    find_person,
    grant_clearance,
    link_party,
    list_people,
    name_in_circle,
    reset_password,
    revoke_clearance,
    withdraw_duty,
)
from access.service.signing_in import change_password, sign_in
from access.service.withdrawals import leave_circle, unlink_party, withdraw_matter
from access.terms import DUTY_WORDS, Duty
from archive.doors.console import Console, pass_console
from archive.doors.references import find_case
from archive.kernel.ids import UnitCode
from archive.kernel.work import Works
from archive.ports import Holdings
from archive.rules.markings import KIND_WORDS, LEVEL_WORDS
from archive.service.reading import get_case_target
from archive.terms import Compartment, Level

DUTIES = click.Choice([str(duty) for duty in Duty if duty is not Duty.MACHINE])
KINDS = click.Choice([str(kind) for kind in Compartment])


@click.group("user", help="人员、岗位、涉密权限 · people, duties, clearances")
def user_group() -> None:
    """People."""


@user_group.command("add", help="建立账户（系统管理员），不含任何权限 · create an account without any right")
@click.argument("login")
@click.argument("name")
@click.option("--unit", required=True, help="单位代码 · unit code")
@click.option(
    "--one-time-file", type=click.Path(path_type=Path), required=True, help="一次性口令写入此文件 · written there"
)
@pass_console
def user_add(console: Console, login: str, name: str, unit: str, one_time_file: Path) -> None:
    """An account; its one-time password goes to a file (0600) and must be changed at first sign-in."""
    password = one_time_password()
    must_be_new(console, one_time_file)
    with console.ports.get(Works).work(console.actor()) as work:
        person = create_person(work, login, name, UnitCode(unit), password)
        write_secret(one_time_file, password)
    console.answer({"person": person}, lambda: console.terminal.print(str(one_time_file), markup=False))


@user_group.command("duty", help="授予岗位（安全保密管理员）· assign a duty")
@click.argument("login")
@click.argument("duty", type=DUTIES)
@click.option("--unit", required=True, help="单位代码；* 为全部单位 · unit code; * is every unit")
@pass_console
def user_duty(console: Console, login: str, duty: str, unit: str) -> None:
    """Refuses a pair of duties that one account may not hold."""
    with console.ports.get(Works).work(console.actor()) as work:
        assign_duty(work, find_person(work, login), Duty(duty), UnitCode(unit))
    console.answer({"login": login, "duty": duty}, lambda: say_done(console))


@user_group.command("withdraw", help="撤销岗位（安全保密管理员）· take a duty away")
@click.argument("login")
@click.argument("duty", type=DUTIES)
@click.option("--unit", required=True, help="单位代码 · unit code")
@pass_console
def user_withdraw(console: Console, login: str, duty: str, unit: str) -> None:
    """Counts from the next question to the guard."""
    with console.ports.get(Works).work(console.actor()) as work:
        withdraw_duty(work, find_person(work, login), Duty(duty), UnitCode(unit))
    console.answer({"login": login, "duty": duty}, lambda: say_done(console))


@user_group.command("clear", help="授予涉密权限（保密员）· grant a clearance")
@click.argument("login")
@click.option("--level", default="NONE", type=click.Choice(list(Level.__members__)))
@click.option("--kind", "kinds", multiple=True, type=KINDS)
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, 3660))
@click.option("--ground", required=True, help="依据 · ground")
@pass_console
def user_clear(console: Console, login: str, level: str, kinds: Sequence[str], days: int, ground: str) -> None:
    """A clearance with an end and a ground; 机密 and above waits for a second officer."""
    with console.ports.get(Works).work(console.actor()) as work:
        until = work.now + timedelta(days=days)
        kept = [Compartment(kind) for kind in kinds]
        number = grant_clearance(work, find_person(work, login), Level[level], kept, until, ground)
    console.answer({"clearance": number}, lambda: console.terminal.print(str(number)))


@user_group.command("countersign", help="复签涉密权限（第二名保密员）· countersign a clearance")
@click.argument("clearance", type=int)
@pass_console
def user_countersign(console: Console, clearance: int) -> None:
    """The second officer's signature."""
    with console.ports.get(Works).work(console.actor()) as work:
        countersign_clearance(work, clearance)
    console.answer({"clearance": clearance}, lambda: say_done(console))


@user_group.command("clearances", help="列出一人的涉密权限（保密员）· list a person's clearances")
@click.argument("login")
@pass_console
def user_clearances(console: Console, login: str) -> None:
    """Every clearance that was not revoked, with the number that ``countersign`` and ``revoke`` ask for."""
    with console.ports.get(Works).work(console.actor()) as work:
        found = list_clearances(work, find_person(work, login))
    names = ("id", "level", "kinds", "until", "ground", "counts")
    told = [
        (str(c.id), c.level.name, "、".join(c.kinds), f"{c.until:%Y-%m-%d}", c.ground, str(c.counts)) for c in found
    ]
    columns = tuple(console.say("编号 密级 类别 截止 依据 有效", "no level kinds until ground counts").split())
    console.answer(
        {"clearances": [dict(zip(names, one, strict=True)) for one in told]},
        lambda: console.table(
            console.say("涉密权限", "Clearances"), columns, [_clearance_row(console, one) for one in found]
        ),
    )


def _clearance_row(console: Console, one: ClearanceLine) -> tuple[str, ...]:
    kinds = console.say("、", ", ").join(console.say(*KIND_WORDS[Compartment(kind)]) for kind in one.kinds)
    level = console.say(LEVEL_WORDS[one.level] or "—", one.level.name.lower().replace("_", " "))
    counts = console.say("是", "yes") if one.counts else console.say("否", "no")
    return (str(one.id), level, kinds, console.minute(one.until), one.ground, counts)


@user_group.command("revoke", help="撤销涉密权限（保密员）· revoke a clearance")
@click.argument("clearance", type=int)
@pass_console
def user_revoke(console: Console, clearance: int) -> None:
    """Counts from the next question to the guard."""
    with console.ports.get(Works).work(console.actor()) as work:
        revoke_clearance(work, clearance)
    console.answer({"clearance": clearance}, lambda: say_done(console))


@user_group.command("circle", help="列入知悉范围（保密员）· name a person in a circle")
@click.argument("case")
@click.argument("login")
@pass_console
def user_circle(console: Console, case: str, login: str) -> None:
    """Names a person in the circle of a case with state secrets."""
    case_id = find_case(console, case)
    with console.ports.get(Works).work(console.actor()) as work:
        name_in_circle(work, get_case_target(work, case_id), find_person(work, login))
    console.answer({"case": case, "login": login}, lambda: say_done(console))


@user_group.command("leave", help="移出知悉范围（保密员）· take a person out of a circle")
@click.argument("case")
@click.argument("login")
@pass_console
def user_leave(console: Console, case: str, login: str) -> None:
    """Counts from the next question to the guard."""
    case_id = find_case(console, case)
    with console.ports.get(Works).work(console.actor()) as work:
        leave_circle(work, get_case_target(work, case_id), find_person(work, login))
    console.answer({"case": case, "login": login}, lambda: say_done(console))


@user_group.command("assign", help="指派承办一个案卷，到期为止 · assign the matter of a case until a day")
@click.argument("case")
@click.argument("login")
@click.option("--reason", required=True, help="理由 · reason")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 366), help="天数 · days")
@pass_console
def user_assign(console: Console, case: str, login: str, reason: str, days: int) -> None:
    """Lets somebody of another unit work on this one case; duty and clearance stay what they are."""
    case_id = find_case(console, case)
    with console.ports.get(Works).work(console.actor()) as work:
        until = work.now + timedelta(days=days)
        assign_matter(work, get_case_target(work, case_id), find_person(work, login), reason, until)
    console.answer({"case": case, "login": login, "until": until.isoformat()}, lambda: say_done(console))


@user_group.command("unassign", help="收回指派 · take an assignment back")
@click.argument("case")
@click.argument("login")
@pass_console
def user_unassign(console: Console, case: str, login: str) -> None:
    """Before its end."""
    case_id = find_case(console, case)
    with console.ports.get(Works).work(console.actor()) as work:
        withdraw_matter(work, get_case_target(work, case_id), find_person(work, login))
    console.answer({"case": case, "login": login}, lambda: say_done(console))


@user_group.command("party", help="确认当事人或代理人身份（档案员）· confirm a party or agent of a case")
@click.argument("case")
@click.argument("login")
@click.option("--capacity", default="party", type=click.Choice(["party", "agent"]))
@click.option("--checked", required=True, help="身份核验方式 · how identity was checked")
@pass_console
def user_party(console: Console, case: str, login: str, capacity: str, checked: str) -> None:
    """Links a person to a case."""
    case_id = find_case(console, case)
    with console.ports.get(Works).work(console.actor()) as work:
        link_party(work, get_case_target(work, case_id), find_person(work, login), Duty(capacity), checked)
    console.answer({"case": case, "login": login}, lambda: say_done(console))


@user_group.command("unlink", help="解除当事人或代理人关系（档案员）· end that a person is party or agent")
@click.argument("case")
@click.argument("login")
@pass_console
def user_unlink(console: Console, case: str, login: str) -> None:
    """Closes the person's open requests and withdraws copies that were not collected."""
    case_id = find_case(console, case)
    with console.ports.get(Works).work(console.actor()) as work:
        target = get_case_target(work, case_id)
        unlink_party(work, target, find_person(work, login))
    console.answer({"case": case, "login": login}, lambda: say_done(console))


@user_group.command("disable", help="停用账户（系统管理员）· disable an account")
@click.argument("login")
@pass_console
def user_disable(console: Console, login: str) -> None:
    """Ends an account at once."""
    with console.ports.get(Works).work(console.actor()) as work:
        disable_person(work, find_person(work, login))
    console.answer({"login": login}, lambda: say_done(console))


@user_group.command("enable", help="重新启用账户（安全保密管理员；其本人账户由审计员）· open an account again")
@click.argument("login")
@pass_console
def user_enable(console: Console, login: str) -> None:
    """With the duties it has; after who it is was made sure of."""
    with console.ports.get(Works).work(console.actor()) as work:
        enable_person(work, find_person(work, login))
    console.answer({"login": login}, lambda: say_done(console))


@user_group.command(
    "reset", help="重置口令并停用，待另一人启用（系统管理员）· new one-time password; closed until enabled"
)
@click.argument("login")
@click.option(
    "--one-time-file", type=click.Path(path_type=Path), required=True, help="一次性口令写入此文件 · written there"
)
@pass_console
def user_reset(console: Console, login: str, one_time_file: Path) -> None:
    """The account is closed until ``user enable`` by another administrator."""
    password = one_time_password()
    must_be_new(console, one_time_file)
    with console.ports.get(Works).work(console.actor()) as work:
        reset_password(work, find_person(work, login), password)
        write_secret(one_time_file, password)
    console.answer({"login": login}, lambda: console.terminal.print(str(one_time_file), markup=False))


@user_group.command("list", help="列出账户与岗位 · list accounts and duties")
@pass_console
def user_list(console: Console) -> None:
    """Accounts; never content."""
    with console.ports.get(Works).work(console.actor()) as work:
        people = list_people(work)
    language = 0 if console.language.startswith("zh") else 1
    rows = [
        (
            p.login,
            p.name,
            p.unit,
            console.say("、", ", ").join(f"{DUTY_WORDS[d][language]}({u})" for d, u in p.duties),
            console.say("是", "yes") if p.active else console.say("否", "no"),
        )
        for p in people
    ]
    columns = ("login", "name", "unit", "duties", "active")
    if language == 0:
        columns = ("账号", "姓名", "单位", "岗位", "启用")
    told = [
        {
            "login": p.login,
            "name": p.name,
            "unit": p.unit,
            "duties": [{"duty": str(d), "unit": u} for d, u in p.duties],
            "active": p.active,
        }
        for p in people
    ]
    console.answer(
        {"people": told},
        lambda: console.table(console.say("人员", "People"), columns, rows),
    )


@user_group.command("password", help="修改本人口令 · change one's own password")
@click.option("--new-password-file", default="", type=click.Path())
@pass_console
def user_password(console: Console, new_password_file: str) -> None:
    """The old one by --password-file or prompt, the new one by file or prompt."""
    old = console.secret(console.password_file, console.say("原口令", "Old password"))
    new = console.secret(new_password_file, console.say("新口令", "New password"))
    works = console.ports.get(Works)
    change_password(works, sign_in(works, console.login, old, console.ports.get(Holdings).keys.keyed_digest), old, new)
    console.answer({"changed": True}, lambda: say_done(console))


def write_secret(path: Path, text: str) -> None:
    """Writes a secret to a new file that only its owner reads."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text + "\n")


def must_be_new(console: Console, path: Path) -> None:
    """Ends before anything is done when ``path`` is taken: nothing is written over."""
    if path.exists():
        raise click.UsageError(console.say(f"{path} 已存在，不覆盖", f"{path} exists and is not written over"))


def say_done(console: Console) -> None:
    """The word for a deed that gives nothing else."""
    console.terminal.print(console.say("已办理", "done"))
