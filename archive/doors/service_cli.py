"""Running an installation 运行命令: the worker, which finishes what was left over, drains the outbox, and gives ledger
entries their leaves.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from archive.doors.console import Console, pass_console
from archive.doors.page_reading import start_reader
from archive.doors.reading_cli import reading
from archive.installation import Ledgers
from archive.kernel.clock import Clock
from archive.kernel.database import Sessions
from archive.kernel.outbox import Handler, drain
from archive.kernel.ports import Ports
from archive.kernel.settings import Home
from archive.kernel.work import Works
from archive.service.deadlines import follow_calendar

Handlers = Callable[[Ports], Mapping[str, Handler]]
Recover = Callable[[Ports], Iterable[str]]
"""Brings to its end what was under way; gives what a person must look at, without names or titles."""
Listens = Callable[[str], None]
"""Told the address once the service answers there."""
log = logging.getLogger("anjuan.worker")
RETRY = 600.0
"""Seconds between two recoveries 恢复间隔."""


def run_once(ports: Ports, handlers: Handlers) -> dict[str, Any]:
    """One pass of the worker: outbox, sequencing. What it did, as counts."""
    clock: Clock = ports.get(Clock)  # type: ignore[type-abstract]
    drained = drain(ports.get(Sessions), clock, handlers(ports))
    sequenced = {str(ledger): count for ledger, count in ports.get(Ledgers).sequence().items()}
    return {"done": drained.done, "waiting": drained.waiting, "stuck": drained.stuck, "sequenced": sequenced}


class Passes:
    """The background's passes over one installation 后台: recovery at the first and every ten minutes, so that what a
    crash, a locked tier or an absent authority left is finished, and running limits follow the calendar; at each the
    outbox and the sequencing.
    """

    def __init__(self, ports: Ports, handlers: Handlers, recover: Recover) -> None:
        self._ports, self._handlers, self._recover = ports, handlers, recover
        self._due = 0.0

    def __call__(self) -> dict[str, Any]:
        """One pass; what it did, as counts."""
        if self._due <= time.monotonic():
            self._due = time.monotonic() + RETRY
            for alarm in self._recover(self._ports):
                log.error("recovery: %s", alarm)
            follow_calendar(self._ports.get(Works))
        return run_once(self._ports, self._handlers)


@dataclass(frozen=True, slots=True)
class LongWork:
    """What another package does in the background 后台工作: ``start`` it for good, or do ``once`` what waits now."""

    start: Callable[[Ports], object]
    once: Callable[[Ports], object]


def make_service_commands(
    handlers: Handlers, serve_pages: Callable[[Ports, str, int, Listens], None], recover: Recover, work: LongWork
) -> tuple[click.Command, ...]:
    """The commands ``worker``, ``serve`` and ``reading``, given outbox handlers, how pages are served, recovery, and
    what is done in the background beside them.
    """

    @click.command("worker", help="后台：恢复、索引、账本排序 · recovery, index entries, ledger order")
    @click.option("--once", is_flag=True, help="只跑一遍 · one pass")
    @click.option("--pause", default=1.0, show_default=True, help="秒 · seconds between passes")
    @pass_console
    def worker(console: Console, once: bool, pause: float) -> None:
        """Runs until it is stopped; every pass can be repeated."""
        one_pass = Passes(console.ports, handlers, recover)
        if once:
            work.once(console.ports)
        else:
            start_reader(console.ports)
            work.start(console.ports)
        while True:
            done = one_pass()
            if once:
                break
            time.sleep(pause)
        console.answer(done, lambda: console.terminal.print(_line(console, done), markup=False))

    @click.command("serve", help="网页服务（含后台）· serve the pages, with the worker beside them")
    @click.option("--host", default=None, help="默认取设置 web.host")
    @click.option("--port", default=None, type=click.IntRange(1, 65535), help="默认取设置 web.port")
    @pass_console
    def serve(console: Console, host: str | None, port: int | None) -> None:
        """Tier ``general`` is open at the start; the others by ``keys unlock``."""
        web = console.ports.get(Home).settings.web
        serve_pages(console.ports, host or web.host, port or web.port, _tell_address(console))

    return (worker, serve, reading)


def _tell_address(console: Console) -> Listens:
    return lambda address: click.echo(console.say(f"{address}　（Ctrl+C 结束）", f"{address} (Ctrl+C ends it)"))


def _line(console: Console, done: Mapping[str, Any]) -> str:
    leaves = sum(done["sequenced"].values())
    return console.say(
        f"已办 {done['done']}，待办 {done['waiting']}，受阻 {done['stuck']}，账本排序 {leaves}",
        f"done {done['done']}, waiting {done['waiting']}, stuck {done['stuck']}, ledger entries ordered {leaves}",
    )
