"""Root of the command line 命令行入口: the options that every command shares, and how a refusal ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from archive.doors.console import Console
from archive.kernel.actor import Actor
from archive.kernel.ports import Ports
from archive.kernel.refusals import Catalogue, Refusal
from archive.opening import VERSION

FOLDER = click.Path(path_type=Path)


class _Lines(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        """Runs a command; a refusal becomes its text and exit code 3."""
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            console: Console = ctx.obj
            console.refuse(refusal)


def make_cli(
    open_ports: Callable[[Path, Path | None], Ports],
    sign_in: Callable[[Ports, str, str], Actor],
    packages: tuple[str, ...],
    commands: Iterable[click.Command],
) -> click.Group:
    """The command ``anjuan`` with all ``commands`` below it."""

    @click.group(cls=_Lines, help="案卷 Anjuan: an archive for closed administrative enforcement cases")
    @click.version_option(VERSION, prog_name="anjuan", message="%(prog)s %(version)s")
    @click.option("--home", default="anjuan-home", envvar="ANJUAN_HOME", show_default=True, type=FOLDER)
    @click.option("--json", "as_json", is_flag=True, help="JSON on standard output")
    @click.option("--as", "login", default="", envvar="ANJUAN_AS", help="以谁的身份 · who acts")
    @click.option("--password-file", default="", envvar="ANJUAN_PASSWORD_FILE", help="口令文件 · file")
    @click.option("--unlock-dir", default=None, envvar="ANJUAN_UNLOCK_DIR", type=FOLDER, help="<tier>.txt")
    @click.option("--lang", default="zh", envvar="ANJUAN_LANG", type=click.Choice(["zh", "en"]))
    @click.pass_context
    def cli(ctx: click.Context, /, home: Path, unlock_dir: Path | None, **words: Any) -> None:
        """The command line."""
        ctx.obj = Console(
            home,
            words["as_json"],
            words["lang"],
            lambda path: open_ports(path, unlock_dir),
            sign_in,
            Catalogue.load(packages),
            words["login"],
            words["password_file"],
        )

    for command in commands:
        cli.add_command(command)
    return cli
