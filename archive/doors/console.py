"""Console 命令行门面: what every command shares: home, language, ``--json``, who acts, how a refusal is shown.

Exit codes: 0 done, 3 refused with reasons, 1 fault. Secrets come from files or prompts, never from arguments.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console as Terminal
from rich.table import Table
from rich.text import Text

from archive.kernel.actor import Actor
from archive.kernel.clock import SHANGHAI
from archive.kernel.ports import Ports
from archive.kernel.refusals import Catalogue, Refusal
from archive.kernel.settings import FILE

REFUSED = 3
FAULT = 1
WIDE = 400


@dataclass
class Console:
    """One run of a command 一次命令."""

    home: Path
    as_json: bool
    language: str
    open_ports: Callable[[Path], Ports]
    sign_in: Callable[[Ports, str, str], Actor]
    catalogue: Catalogue
    login: str = ""
    password_file: str = ""
    _ports: Ports | None = field(default=None, repr=False)

    @property
    def ports(self) -> Ports:
        """The installation's ports, opened when first needed; refuses a folder without an installation."""
        if self._ports is None:
            if not (self.home / FILE).is_file():
                raise Refusal("archive.home-missing", home=self.home)
            self._ports = self.open_ports(self.home)
        return self._ports

    @property
    def terminal(self) -> Terminal:
        """Where people read: standard error while the answer is JSON, standard output otherwise.

        Into a file or a pipe a row stays one line, so that identifiers can be taken from it.
        """
        stream = sys.stderr if self.as_json else sys.stdout
        width = None if stream.isatty() else WIDE
        return Terminal(stderr=self.as_json, highlight=False, soft_wrap=True, width=width, markup=False)

    def actor(self) -> Actor:
        """Who acts: signs in as ``--as`` with the password of ``--password-file`` or of a prompt."""
        if not self.login:
            raise click.UsageError(self.say("用 --as 指明以谁的身份办理", "say who acts with --as LOGIN"))
        secret = self.secret(self.password_file, self.say("密码", "Password"))
        return self.sign_in(self.ports, self.login, secret)

    def secret(self, file: str, prompt: str) -> str:
        """A secret from a file's first line, or from a prompt on a terminal; refused without either."""
        if file:
            secret = Path(file).read_text("utf-8").partition("\n")[0].strip()
            if not secret:
                raise click.UsageError(self.say(f"密码文件是空的：{file}", f"the file of the secret is empty: {file}"))
            return secret
        if not sys.stdin.isatty():
            raise click.UsageError(self.say("无终端时须用文件给出密码", "without a terminal secrets come from files"))
        return str(click.prompt(prompt, hide_input=True))

    def say(self, zh: str, en: str) -> str:
        """The sentence in the reader's language."""
        return zh if self.language.startswith("zh") else en

    def answer(self, value: Mapping[str, Any], lines: Callable[[], None]) -> None:
        """The result: as JSON on standard output, or by ``lines`` for a person."""
        if self.as_json:
            click.echo(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str))
        else:
            lines()

    def minute(self, instant: datetime | None) -> str:
        """An instant as people here read a clock: Beijing time 北京时间 to the minute; empty for none."""
        return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if instant is not None else ""

    def table(self, title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
        """A table for a person; an empty one says so."""
        table = Table(title=title or None, title_justify="left", show_edge=False)
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))  # a title may hold brackets: they are not markup
        self.terminal.print(table)
        if not rows:
            self.terminal.print(self.say("（没有记录）", "(nothing)"))

    def refuse(self, refusal: Refusal) -> None:
        """Shows every reason of a refusal and ends with exit code 3."""
        told = [self.catalogue.tell(reason, self.language) for reason in refusal.all()]
        if self.as_json:
            reasons = [{"code": t.code, "what": t.what, "basis": t.basis, "do": t.todo} for t in told]
            click.echo(json.dumps({"refused": reasons}, ensure_ascii=False))
        for one in told:
            self.terminal.print(Text(self.say("拒绝", "Refused"), style="bold red"), one.what)
            self.terminal.print(f"    {one.basis}  [{one.code}]" if one.basis else f"    [{one.code}]", markup=False)
            self.terminal.print(f"    → {one.todo}", markup=False)
        raise SystemExit(REFUSED)


pass_console = click.make_pass_decorator(Console)
