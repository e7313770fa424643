"""Running an installation 运行命令: the worker, which drains the outbox, gives ledger entries their leaves, and tells
the witness.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import click

from archive.doors.console import Console, pass_console
from archive.installation import Ledgers
from archive.kernel.clock import Clock
from archive.kernel.database import Sessions
from archive.kernel.outbox import Handler, drain
from archive.kernel.ports import Ports

Handlers = Callable[[Ports], Mapping[str, Handler]]


def run_once(ports: Ports, handlers: Handlers) -> dict[str, Any]:
    """One pass of the worker: outbox, sequencing. What it did, as counts."""
    clock: Clock = ports.get(Clock)  # type: ignore[type-abstract]
    drained = drain(ports.get(Sessions), clock, handlers(ports))
    sequenced = ports.get(Ledgers).sequence()
    return {"done": drained.done, "waiting": drained.waiting, "stuck": drained.stuck, "sequenced": sequenced}


def make_service_commands(handlers: Handlers) -> tuple[click.Command, ...]:
    """The command ``worker``, given the outbox handlers."""

    @click.command("worker", help="后台：索引、账本排序、见证 · index entries, ledger order, witness")
    @click.option("--once", is_flag=True, help="只跑一遍 · one pass")
    @click.option("--pause", default=1.0, show_default=True, help="秒 · seconds between passes")
    @pass_console
    def worker(console: Console, once: bool, pause: float) -> None:
        """Runs until it is stopped; every pass can be repeated."""
        while True:
            done = run_once(console.ports, handlers)
            if once:
                break
            time.sleep(pause)
        console.answer(done, lambda: console.terminal.print(str(done), markup=False))

    return (worker,)
