"""Command line of access 利用命令: copy requests from asking to collecting; people stand in ``user_cli``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from access.doors.request_words import STATES, STEP_WORDS
from access.doors.token_cli import token_group
from access.doors.user_cli import must_be_new, say_done, user_group
from access.ports import Counter
from access.service.releasing import begin_delivery, finish_delivery, make_release
from access.service.request_lists import list_requests
from access.service.requests import (
    RequestView,
    get_request,
    review_request,
    sign_request,
    submit_request,
)
from access.service.signing_in import must_change, sign_in
from access.terms import DUTY_WORDS, Duty
from archive.doors.console import Console, pass_console
from archive.doors.references import find_case
from archive.installation import Ledgers
from archive.kernel.actor import Actor
from archive.kernel.ids import ItemId, PersonId, ReleaseId, RequestId
from archive.kernel.ports import Ports
from archive.kernel.refusals import Refusal
from archive.kernel.work import Works
from archive.ports import Holdings


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
    console.answer({"request": request}, lambda: say_done(console))


@request_group.command("list", help="可见的申请 · the requests you may see")
@click.option("--after", default="", help="上一页给出的位置 · where the page before ended")
@pass_console
def request_list(console: Console, after: str) -> None:
    """Newest first, page by page."""
    counter = console.ports.get(Counter)
    with counter.works.work(console.actor()) as work:
        found = list_requests(work, counter, after=after)
    rows = [(v.number, v.id, _state(console, v), _duty(console, v.waits_for), v.release_id or "") for v in found.views]
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


def _state(console: Console, view: RequestView) -> str:
    _, zh, en = STATES[view.state]
    return console.say(zh, en)


def _duty(console: Console, duty: str) -> str:
    """The word of a duty; empty where nobody is waited for."""
    return console.say(*DUTY_WORDS[Duty(duty)]) if duty else ""


def _step(console: Console, step: str) -> str:
    return console.say(*STEP_WORDS[step])


@request_group.command("show", help="一项申请：范围、环节、范围摘要 · one request: scope, steps, digest of the scope")
@click.argument("request")
@pass_console
def request_show(console: Console, request: str) -> None:
    """What a hand must have seen before it signs; the digest is what ``approve --seen`` asks for."""
    counter = console.ports.get(Counter)
    with counter.works.work(console.actor()) as work:
        view = get_request(work, counter, RequestId(request))
    lines = (
        f"{view.number}  {_state(console, view)}  {view.requester_name} ({_duty(console, view.capacity)})",
        f"{view.purpose}",
        *(f"  {item}" for item in view.scope or view.items),
        *(
            f"  {console.minute(s.at)} {_step(console, s.step)} {s.person} {_duty(console, s.duty)} {s.reason}"
            for s in view.steps
        ),
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
    must_be_new(console, out)
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
    console.answer({"request": request}, lambda: say_done(console))


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


commands: tuple[click.Command, ...] = (user_group, token_group, request_group, approve, release)
