"""Command line of API tokens 接口令牌命令: made by one's own hand, listed, revoked."""

from __future__ import annotations

from pathlib import Path

import click

from access.doors.user_cli import must_be_new, say_done, write_secret
from access.service.api_tokens import TokenLine, list_tokens, make_token, revoke_token
from access.service.people import find_person
from archive.doors.console import Console, pass_console
from archive.kernel.work import Works


@click.group("api-token", help="接口令牌 · tokens for the HTTP API")
def token_group() -> None:
    """Tokens for case-handling systems."""


@token_group.command("add", help="为本人账户发一枚令牌，只写入文件一次 · a token for one's own account, written once")
@click.option("--label", required=True, help="用途 · what it is for")
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, 1096), help="有效天数 · days it counts")
@click.option("--token-file", type=click.Path(path_type=Path), required=True, help="写入此文件 · written there, 0600")
@pass_console
def token_add(console: Console, label: str, days: int, token_file: Path) -> None:
    """The secret goes to a new file that only its owner reads, and is kept nowhere else."""
    must_be_new(console, token_file)
    with console.ports.get(Works).work(console.actor()) as work:
        token_id, secret = make_token(work, label, days)
        write_secret(token_file, secret)
    console.answer({"token": token_id, "file": str(token_file)}, lambda: console.terminal.print(token_id, markup=False))


@token_group.command("list", help="列出令牌，不含密文 · list tokens without their secrets")
@click.option("--of", "login", default="", help="他人的（系统管理员）· of somebody else, for the sysadmin")
@pass_console
def token_list(console: Console, login: str) -> None:
    """One's own; the system administrator sees anybody's."""
    actor = console.actor()
    with console.ports.get(Works).work(actor) as work:
        found = list_tokens(work, find_person(work, login) if login else actor.id)
    columns = tuple(console.say("编号 用途 截止 最近使用 有效", "token label until used counts").split())
    console.answer(
        {"tokens": [_plain(line) for line in found]},
        lambda: console.table(console.say("接口令牌", "API tokens"), columns, [_row(console, line) for line in found]),
    )


@token_group.command("revoke", help="撤销令牌 · end a token")
@click.argument("token")
@pass_console
def token_revoke(console: Console, token: str) -> None:
    """At once; by its person or the system administrator."""
    with console.ports.get(Works).work(console.actor()) as work:
        revoke_token(work, token)
    console.answer({"token": token}, lambda: say_done(console))


def _plain(line: TokenLine) -> dict[str, object]:
    return {
        "token": line.id,
        "label": line.label,
        "until": line.until,
        "used": line.used_at,
        "revoked": line.revoked_at,
        "counts": line.counts,
    }


def _row(console: Console, line: TokenLine) -> tuple[str, ...]:
    counts = console.say("是", "yes") if line.counts else console.say("否", "no")
    return (line.id, line.label, console.minute(line.until), console.minute(line.used_at), counts)
