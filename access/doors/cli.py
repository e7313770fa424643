"""Command line of access 利用命令: people, duties, clearances; copy requests from asking to collecting."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import click

from access.identity.passwords import one_time_password
from access.ports import Counter
from access.service.people import (
    assign_duty,
    countersign_clearance,
    create_person,
    disable_person,
    find_person,
    grant_clearance,
    link_party,
    list_people,
    name_in_circle,
)
from access.service.releasing import begin_delivery, finish_delivery, make_release
from access.service.request_lists import list_requests
from access.service.requests import (
    RequestView,
    get_request,
    review_request,
    sign_request,
    submit_request,
)
from access.service.signing_in import change_password, must_change, sign_in
from access.terms import DUTY_WORDS, Duty
from archive.doors.console import Console, pass_console
from archive.doors.references import find_case
from archive.installation import Ledgers
from archive.kernel.actor import Actor
from archive.kernel.ids import ItemId, PersonId, ReleaseId, RequestId, UnitCode
from archive.kernel.ports import Ports
from archive.kernel.refusals import Refusal
from archive.kernel.work import Works
from archive.ports import Holdings
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
    _must_be_new(console, one_time_file)
    with console.ports.get(Works).work(console.actor()) as work:
        person = create_person(work, login, name, UnitCode(unit), password)
        write_secret(one_time_file, password)
    console.answer({"person": person}, lambda: console.terminal.print(str(one_time_file), markup=False))


@user_group.command("duty", help="授予岗位（安全保密管理员）· assign a duty")
@click.argument("login")
@click.argument("duty", type=DUTIES)
@click.option("--unit", default="*", show_default=True)
@pass_console
def user_duty(console: Console, login: str, duty: str, unit: str) -> None:
    """Refuses a pair of duties that one account may not hold."""
    with console.ports.get(Works).work(console.actor()) as work:
        assign_duty(work, find_person(work, login), Duty(duty), UnitCode(unit))
    console.answer({"login": login, "duty": duty}, lambda: _done(console))


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
    console.answer({"clearance": clearance}, lambda: _done(console))


@user_group.command("circle", help="列入知悉范围（保密员）· name a person in a circle")
@click.argument("case")
@click.argument("login")
@pass_console
def user_circle(console: Console, case: str, login: str) -> None:
    """Names a person in the circle of a case with state secrets."""
    case_id = find_case(console, case)
    with console.ports.get(Works).work(console.actor()) as work:
        name_in_circle(work, get_case_target(work, case_id), find_person(work, login))
    console.answer({"case": case, "login": login}, lambda: _done(console))


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
    console.answer({"case": case, "login": login}, lambda: _done(console))


@user_group.command("disable", help="停用账户（系统管理员）· disable an account")
@click.argument("login")
@pass_console
def user_disable(console: Console, login: str) -> None:
    """Ends an account at once."""
    with console.ports.get(Works).work(console.actor()) as work:
        disable_person(work, find_person(work, login))
    console.answer({"login": login}, lambda: _done(console))


@user_group.command("list", help="列出账户与岗位 · list accounts and duties")
@pass_console
def user_list(console: Console) -> None:
    """Accounts; never content."""
    with console.ports.get(Works).work(console.actor()) as work:
        people = list_people(work)
    language = 0 if console.language.startswith("zh") else 1
    rows = [
        (p.login, p.name, p.unit, "、".join(f"{DUTY_WORDS[d][language]}({u})" for d, u in p.duties), str(p.active))
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
    console.answer({"changed": True}, lambda: _done(console))


@click.group("request", help="复制申请 · copy requests")
def request_group() -> None:
    """Copy requests."""


@request_group.command("submit", help="当事人提出申请 · a party asks")
@click.argument("case")
@click.argument("items", nargs=-1, required=True)
@click.option("--purpose", required=True)
@pass_console
def request_submit(console: Console, case: str, items: Sequence[str], purpose: str) -> None:
    """Asks for copies of items of a case."""
    counter = console.ports.get(Counter)
    case_id = find_case(console, case)
    with counter.works.work(console.actor()) as work:
        request = submit_request(work, counter, case_id, [ItemId(item) for item in items], purpose)
    console.answer({"request": request}, lambda: console.terminal.print(request))


@request_group.command("review", help="档案员审核范围 · the archivist proposes the scope")
@click.argument("request")
@click.argument("items", nargs=-1)
@click.option("--reason", default="")
@pass_console
def request_review(console: Console, request: str, items: Sequence[str], reason: str) -> None:
    """Without items the whole request is proposed."""
    counter = console.ports.get(Counter)
    with counter.works.work(console.actor()) as work:
        view = get_request(work, counter, RequestId(request))
        scope = [ItemId(item) for item in items] or list(view.items)
        review_request(work, counter, RequestId(request), scope, reason)
    console.answer({"request": request}, lambda: _done(console))


@request_group.command("list", help="可见的申请 · the requests you may see")
@click.option("--after", default="", help="上一页给出的位置 · where the page before ended")
@pass_console
def request_list(console: Console, after: str) -> None:
    """Newest first, page by page."""
    counter = console.ports.get(Counter)
    with counter.works.work(console.actor()) as work:
        found = list_requests(work, counter, after=after)
    rows = [(v.number, v.id, str(v.state), v.waits_for, v.release_id or "") for v in found.views]
    columns = ("number", "id", "state", "waits for", "release")
    if console.say("zh", ""):
        columns = ("申请编号", "标识", "状态", "待谁办", "复制件")
    console.answer(
        {"requests": [_request_json(view) for view in found.views], "follows": found.follows},
        lambda: _print_page(console, columns, rows, found.follows),
    )


def _print_page(
    console: Console, columns: tuple[str, ...], rows: Sequence[tuple[str, str, str, str, str]], follows: str
) -> None:
    console.table(console.say("复制申请", "Copy requests"), columns, rows)
    if follows:
        console.terminal.print(f"--after {follows}", markup=False)


@request_group.command("show", help="一项申请：范围、环节、范围摘要 · one request: scope, steps, digest of the scope")
@click.argument("request")
@pass_console
def request_show(console: Console, request: str) -> None:
    """What a hand must have seen before it signs; the digest is what ``approve --seen`` asks for."""
    counter = console.ports.get(Counter)
    with counter.works.work(console.actor()) as work:
        view = get_request(work, counter, RequestId(request))
    lines = (
        f"{view.number}  {view.state}  {view.requester_name} ({view.capacity})",
        f"{view.purpose}",
        *(f"  {item}" for item in view.scope or view.items),
        *(f"  {s.at:%Y-%m-%d %H:%MZ} {s.step} {s.person} {s.duty} {s.reason}" for s in view.steps),
        f"seen {view.scope_digest}",
    )
    console.answer(_request_json(view), lambda: console.terminal.print("\n".join(lines), markup=False))


@request_group.command("collect", help="当事人领取复制件（一次）· the party collects the copy, once")
@click.argument("release")
@click.argument("out", type=click.Path(path_type=Path))
@pass_console
def request_collect(console: Console, release: str, out: Path) -> None:
    """Writes the sealed copy; refuses to write over a file."""
    counter = console.ports.get(Counter)
    _must_be_new(console, out)
    actor = console.actor()
    with counter.works.work(actor) as work:
        number, pdf = begin_delivery(work, counter, ReleaseId(release))
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(pdf)
            stream.flush()
            os.fsync(stream.fileno())
    finish_delivery(counter.works, counter, actor, ReleaseId(release))
    console.answer({"number": number, "file": str(out)}, lambda: console.terminal.print(number, markup=False))


@click.command("approve", help="批准或退回（分管负责人；法制审核员出具意见）· approve or return")
@click.argument("request")
@click.option("--seen", required=True, help="所见范围的摘要 · digest of the scope that was seen")
@click.option("--return", "returns", is_flag=True, help="退回 · return instead")
@click.option("--reason", default="")
@pass_console
def approve(console: Console, request: str, seen: str, returns: bool, reason: str) -> None:
    """The next hand under a request."""
    counter = console.ports.get(Counter)
    with counter.works.work(console.actor()) as work:
        sign_request(work, counter, RequestId(request), approves=not returns, reason=reason, seen=seen)
    console.answer({"request": request}, lambda: _done(console))


@click.command("release", help="出具获准的复制件（档案员）· make and register the approved copy")
@click.argument("request")
@pass_console
def release(console: Console, request: str) -> None:
    """The only way a copy comes to exist."""
    counter = console.ports.get(Counter)
    made = make_release(counter.works, counter, console.actor(), RequestId(request))
    console.ports.get(Ledgers).sequence()
    console.answer({"release": made}, lambda: console.terminal.print(made))


def sign_in_for_work(ports: Ports, login: str, secret: str) -> Actor:
    """Who signs in at a terminal; a one-time password opens nothing but ``user password``, as on the pages."""
    works = ports.get(Works)
    actor = sign_in(works, login, secret, ports.get(Holdings).keys.keyed_digest)
    with works.work(actor) as work:
        if must_change(work, PersonId(actor.id)):
            raise Refusal("access.password-one-time")
    return actor


def write_secret(path: Path, text: str) -> None:
    """Writes a secret to a new file that only its owner reads."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text + "\n")


def _must_be_new(console: Console, path: Path) -> None:
    """Ends before anything is done when ``path`` is taken: nothing is written over."""
    if path.exists():
        raise click.UsageError(console.say(f"{path} 已存在，不覆盖", f"{path} exists and is not written over"))


def _done(console: Console) -> None:
    console.terminal.print(console.say("已办理", "done"))


def _request_json(view: RequestView) -> dict[str, object]:
    return {
        "id": view.id,
        "number": view.number,
        "case": view.case_id,
        "state": str(view.state),
        "waits_for": view.waits_for,
        "scope": list(view.scope),
        "scope_digest": view.scope_digest,
        "release": view.release_id,
    }


commands: tuple[click.Command, ...] = (user_group, request_group, approve, release)
