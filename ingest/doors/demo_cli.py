"""Command ``demo`` 演示: founds a trial installation, tells the whole story, and leaves a browsable archive."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import click

from access.doors.init_cli import found, read_passphrases, write_anchors
from access.identity.passwords import one_time_password
from archive.doors.console import Console, pass_console
from archive.founding import Plan
from archive.kernel.actor import Actor
from archive.kernel.clock import SystemClock
from archive.kernel.ports import Ports
from archive.kernel.settings import FILE
from archive.kernel.work import Works
from ingest.demo.cases import BUREAU
from ingest.demo.story import PEOPLE, Story, Teller
from search.ports import SearchPorts
from search.service.find import find

DEMO_HOME = "anjuan-demo"

OpenPorts = Callable[[Path, Path], Ports]


def make_demo(
    open_ports: OpenPorts,
    make_tables: Callable[[Ports], None],
    run_worker: Callable[[Ports], object],
    serve: Callable[[Ports, str, int], None],
) -> click.Command:
    """The command, given how an installation is opened, worked and served."""

    @click.command("demo", help="演示全过程（虚构案件，试用安装）· the whole story on invented cases")
    @click.option("--no-serve", is_flag=True, help="讲完即止 · stop after the story")
    @click.option("--reset", is_flag=True, help="清除演示数据后重来 · clean first")
    @click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
    @click.option("--folder", default=DEMO_HOME, show_default=True, type=click.Path(path_type=Path))
    @pass_console
    def demo(console: Console, no_serve: bool, reset: bool, port: int, folder: Path) -> None:
        """Everything in it is invented; every seal says TRIAL 试用."""
        if reset and folder.exists():
            _clean(folder)
        if (folder / "home" / FILE).exists():
            raise click.UsageError(console.say(f"{folder} 已有演示；用 --reset 重来", f"{folder} exists; use --reset"))
        begun = time.monotonic()
        teller = Teller(click.echo)
        click.echo("案卷 Anjuan 演示 — 虚构案件，试用安装，TRIAL 试用")
        with teller.step("建库：试用级，密钥两处，恢复份额每层五份，三员，见证文件夹") as line:
            secrets = folder / "carry-away"
            passphrases = read_passphrases(folder / "passphrases", generate=True)
            plan = Plan(
                folder / "home", "trial", passphrases, BUREAU, str(folder / "second-place"), str(folder / "witness")
            )
            founded = found(
                plan, SystemClock(), lambda path: open_ports(path, folder / "passphrases"), make_tables, secrets
            )
            line(f"锚、份额、一次性口令写在 {secrets}（真实安装须带离本机）")
        ports = founded.ports
        passwords = {login: one_time_password() for login in PEOPLE}
        story = Story(ports, folder / "packages", passwords, teller, lambda: run_worker(ports))
        story.search = lambda actor, query: _count(ports, actor, query)
        story.tell()
        write_anchors(ports, folder / "carry-away")
        click.echo(f"\n全程 {time.monotonic() - begun:.1f} s")
        _passwords(passwords)
        if not no_serve:
            click.echo(f"\n浏览 http://127.0.0.1:{port} （Ctrl+C 结束）")
            serve(ports, "127.0.0.1", port)

    return demo


def _passwords(passwords: dict[str, str]) -> None:
    click.echo("\n一次性口令（首次登录须修改）：")
    for login, (name, duty, unit) in PEOPLE.items():
        click.echo(f"  {login:12} {passwords[login]:26} {name} {duty} {unit}")


def _count(ports: Ports, actor: Actor, query: str) -> int:
    with ports.get(Works).work(actor) as work:
        return find(work, ports.get(SearchPorts), query).total


def _clean(folder: Path) -> None:
    """Removes a demonstration and nothing else."""
    known = {"home", "carry-away", "passphrases", "second-place", "witness", "packages"}
    strangers = {path.name for path in folder.iterdir()} - known
    if strangers:
        raise click.UsageError(f"{folder}: {sorted(strangers)}")
    shutil.rmtree(folder)
