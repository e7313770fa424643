"""Command ``demo`` 演示: founds a trial installation, tells the whole story, and leaves a browsable archive."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from access.doors.init_cli import ADMINISTRATORS, found, read_passphrases, write_anchors
from access.identity.passwords import one_time_password
from archive.doors.console import Console, pass_console
from archive.founding import Plan
from archive.kernel.actor import Actor
from archive.kernel.clock import SystemClock
from archive.kernel.ports import Ports
from archive.kernel.settings import FILE
from archive.kernel.work import Works
from ingest.demo.behind import take_in_further
from ingest.demo.names import BUREAU, FURTHER_NAMES, STORY_NAMES
from ingest.demo.packages import Packages
from ingest.demo.people import PEOPLE
from ingest.demo.story import Story, Teller
from search.ports import SearchPorts
from search.service.find import find

DEMO_HOME = "anjuan-demo"
LIGHT = 16_384
"""Memory of Argon2id in KiB: the passphrases here are generated with 192 bits, which no stretching makes stronger."""

OpenPorts = Callable[[Path, Path], Ports]


def make_demo(
    open_ports: OpenPorts,
    make_tables: Callable[[Ports], None],
    run_worker: Callable[[Ports], object],
) -> click.Command:
    """The command, given how an installation is opened and worked."""

    @click.command("demo", help="演示全过程（虚构案件，试用安装）· the whole story on invented cases")
    @click.option("--no-serve", is_flag=True, help="讲完并收齐全部案卷即止 · stop when every case is in")
    @click.option("--reset", is_flag=True, help="清除演示数据后重来 · clean first")
    @click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
    @click.option("--folder", default=DEMO_HOME, show_default=True, type=click.Path(path_type=Path))
    @click.option("--behind", is_flag=True, hidden=True)
    @pass_console
    def demo(console: Console, no_serve: bool, reset: bool, port: int, folder: Path, behind: bool) -> None:
        """Everything in it is invented; every seal says TRIAL 试用."""
        if behind:
            return _further(open_ports(folder / "home", folder / "passphrases"), folder, lambda: None)
        if reset and folder.exists():
            _clean(folder)
        if not no_serve:
            _ask_for_port(console, port)
        if (folder / "home" / FILE).exists():
            return _show_again(console, folder, port, no_serve=no_serve)
        begun = time.monotonic()
        click.echo("案卷 Anjuan 演示 — 虚构案件，试用安装，TRIAL 试用")
        with Packages(folder / "packages", STORY_NAMES) as packages:
            ports, passwords = _tell(folder, packages)
        click.echo(f"\n故事讲完 {time.monotonic() - begun:.1f} s，此时即可浏览")
        _passwords(folder / "carry-away", passwords)
        if no_serve:
            click.echo(f"\n其余 {len(FURTHER_NAMES)} 个案卷：")
            _further(ports, folder, lambda: run_worker(ports))
            click.echo(f"\n全程 {time.monotonic() - begun:.1f} s")
            return
        click.echo(f"\n网页服务启动后在此给出地址；其余 {len(FURTHER_NAMES)} 个案卷随后陆续到馆：")
        with _coming_behind(folder):
            _serve(folder, port)

    def _tell(folder: Path, packages: Packages) -> tuple[Ports, dict[str, str]]:
        teller = Teller(click.echo)
        with teller.step("建库：试用级，密钥两处，恢复份额每层五份，三员，见证文件夹") as line:
            secrets = folder / "carry-away"
            passphrases = read_passphrases(folder / "passphrases", generate=True)
            places = (str(folder / "second-place"), str(folder / "witness"))
            plan = Plan(folder / "home", "trial", passphrases, BUREAU, *places, memory_kib=LIGHT)
            founded = found(
                plan, SystemClock(), lambda path: open_ports(path, folder / "passphrases"), make_tables, secrets
            )
            line(f"锚、份额、一次性口令写在 {secrets}（真实安装须带离本机）")
        ports = founded.ports
        passwords = {login: one_time_password() for login in PEOPLE}
        story = Story(ports, packages, passwords, teller, lambda: run_worker(ports))
        story.search = lambda actor, query: _count(ports, actor, query)
        story.tell()
        write_anchors(ports, folder / "carry-away")
        return ports, passwords

    return demo


def _further(ports: Ports, folder: Path, after: Callable[[], object]) -> None:
    with Packages(folder / "packages", FURTHER_NAMES) as packages:
        take_in_further(ports, packages, click.echo, after)


def _show_again(console: Console, folder: Path, port: int, *, no_serve: bool) -> None:
    """A finished demonstration is looked at again; only ``--reset`` begins anew."""
    if no_serve:
        raise click.UsageError(console.say(f"{folder} 已有演示；用 --reset 重来", f"{folder} exists; use --reset"))
    if not (folder / "carry-away" / "anchor.pem").exists():  # the last thing that is written before the passwords
        zh, en = (
            "的演示没有讲完，口令也没有给出；用 --reset 重来",
            "holds a story that broke off before its passwords; use --reset",
        )
        raise click.UsageError(console.say(f"{folder} {zh}", f"{folder} {en}"))
    click.echo(f"{folder} 已有演示，口令是首次登录后各人所设；--reset 重来")
    _serve(folder, port)


def _ask_for_port(console: Console, port: int) -> None:
    """Refused before the story, not after it: its listener would only say so in its own words, and end."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            zh, en = f"端口 {port} 已被占用；用 --port 换一个", f"port {port} is taken; choose another with --port"
            raise click.UsageError(console.say(zh, en)) from None


def _serve(folder: Path, port: int) -> None:
    """The pages by a process of their own: a process that has typeset already must not fork, for typst's threads do not
    come along and the first page to be made would wait for ever.
    """
    start = "from wsgi import cli; cli(prog_name='anjuan')"
    words = ["--home", str(folder / "home"), "--unlock-dir", str(folder / "passphrases"), "serve", "--port", str(port)]
    with contextlib.suppress(KeyboardInterrupt):
        subprocess.run([sys.executable, "-P", "-c", start, *words], check=False)


@contextmanager
def _coming_behind(folder: Path) -> Iterator[None]:
    """The further cases come in by a process of their own beside the pages; it ends with them."""
    # it stands back for the pages from its first instruction on
    start = "import os; os.nice(10); from wsgi import cli; cli(prog_name='anjuan')"
    child = subprocess.Popen([sys.executable, "-P", "-c", start, "demo", "--behind", "--folder", str(folder)])
    try:
        yield
    finally:
        child.terminate()
        child.wait()


def _passwords(carried: Path, passwords: dict[str, str]) -> None:
    click.echo("\n一次性口令（首次登录须修改）：")
    for login, (name, duty) in ADMINISTRATORS.items():
        secret = (carried / f"{login}.one-time-password").read_text("utf-8").strip()
        click.echo(f"  {login:12} {secret:26} {name} {duty} *")
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
