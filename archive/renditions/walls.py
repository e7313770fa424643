"""Walls of a child 子程序隔离: the command that starts it, inside bubblewrap where this machine allows it."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from archive.renditions.limits import Limits

ENVIRONMENT = {"LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2"}

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parent.parent
ROOM = "archive.renditions.children"
FONTS = _ROOT / "archive" / "fonts"
_MORE: dict[str, tuple[Path, ...]] = {
    "office": (FONTS, Path("/etc/libreoffice")),
    "typeset": (FONTS,),
    "ofd": (FONTS,),
}
"""What a few programs need to read besides: the vendored typefaces; where Debian keeps the settings of LibreOffice."""
_LAUNCH = "import runpy,sys;sys.path.insert(0,sys.argv[1]);runpy.run_module(sys.argv[2],run_name='__main__')"


@dataclass(frozen=True, slots=True)
class Capability:
    """What walls this machine gives 隔离能力: ``sandbox`` is ``bubblewrap`` or ``rlimits``; ``reason`` says why."""

    sandbox: str
    reason: str = ""


@functools.cache
def capability() -> Capability:
    """Tried once for each process: bubblewrap with all namespaces, or limits only and why."""
    program = shutil.which("bwrap")
    if program is None:
        return Capability("rlimits", "bubblewrap is not installed")
    command = [*_bubblewrap(program, Limits(), ROOM), "--", sys.executable, "-I", "-S", "-c", "pass"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=20, env=ENVIRONMENT, check=False)
    except (OSError, subprocess.TimeoutExpired) as reason:
        return Capability("rlimits", f"bubblewrap does not start: {type(reason).__name__}")
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()[:200]
        return Capability("rlimits", f"bubblewrap makes no namespace here: {said}")
    return Capability("bubblewrap")


def child_command(program: str, limits: Limits, room: str = ROOM, *words: str) -> list[str]:
    """The command line of a child program: a module of ``archive.renditions.children``, or of the ``room`` of child
    programs of another package of this house (``<package>.children``); ``words`` are its arguments.
    """
    module = f"{room}.{program}"
    python = [sys.executable, "-I", "-B", "-c", _LAUNCH, str(_ROOT), module, *words]
    bubblewrap = shutil.which("bwrap")
    if capability().sandbox != "bubblewrap" or bubblewrap is None:
        return python
    more = _MORE.get(program, ()) if room == ROOM else ()
    return [*_bubblewrap(bubblewrap, limits, room, more), "--", *python]


def _bubblewrap(program: str, limits: Limits, room: str, more: tuple[Path, ...] = ()) -> list[str]:
    """No network, no other process, no file but Python, its libraries and the room's own programs, all read-only."""
    words = [program, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    words += ["--uid", "65534", "--gid", "65534", "--proc", "/proc", "--dev", "/dev", "--ro-bind", "/usr", "/usr"]
    for name in ("bin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            words += ["--symlink", f"usr/{name}", str(path)]
        elif path.exists():
            words += ["--ro-bind", str(path), str(path)]
    words += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    if limits.scratch:  # before what is bound: an installation below /tmp must not vanish under it
        words += ["--size", str(limits.scratch), "--tmpfs", "/tmp"]
    for path in _needed(room):
        words += ["--ro-bind", str(path), str(path)]
    for path in more:
        words += ["--ro-bind-try", str(path), str(path)]
    if not limits.scratch:  # what binds left as folders, and the devices' folder, take no name from a child either
        words += ["--remount-ro", "/dev", "--remount-ro", "/"]
    return [*words, "--chdir", "/"]


def _needed(room: str) -> tuple[Path, ...]:
    """Other rooms of children may use the holdings' code; nothing but programs lies in these folders."""
    package = _ROOT / room.partition(".")[0]
    ours = (package / "__init__.py", _HERE) if room == ROOM else (_ROOT / "archive", package)
    wanted = (Path(sys.prefix), Path(sys.base_prefix), *ours)
    return tuple(dict.fromkeys(path for path in wanted if not path.is_relative_to("/usr")))
