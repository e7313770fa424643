"""The project's own Python environment, made from the hash-pinned locks.

Steps: an empty environment (by the ``venv`` module, or by hand where Debian left it out), uv by hash through the
vendored pip wheel, then the lock by uv. A stamp with the locks' digests makes a second start free.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "vendor"
RUNTIME = ("requirements.lock",)
TESTING = ("requirements.lock", "requirements-test.lock")


class SetupFailed(Exception):
    """Setting up cannot go on; the text tells a person what to do."""


@dataclass(frozen=True)
class Environment:
    """A place with its own interpreter and packages."""

    home: Path

    @property
    def python(self) -> Path:
        return self.home / "bin" / "python"

    @property
    def uv(self) -> Path:
        return self.home / "tools" / "bin" / "uv"

    @property
    def packages(self) -> Path:
        return self.home / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"

    @property
    def stamp(self) -> Path:
        return self.home / "anjuan-stamp.json"


def ensure(locks: Sequence[str]) -> Environment:
    """The environment holding at least ``locks`` (the last one includes those before it); made or renewed if needed.

    Raises :class:`SetupFailed` with a sentence when the packages cannot be had.
    """
    place = Environment(_home())
    wanted = {name: _digest(ROOT / name) for name in locks}
    if _is_ready(place, wanted):
        return place
    place.home.parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(place.home.with_name(place.home.name + ".lock")):
        if not _is_ready(place, wanted):
            _build(place, locks, wanted)
    return place


def judges() -> Environment:
    """A second environment with bagit and ocfl-py, whose versions of shared packages differ from ours."""
    place = Environment(_home().with_name(_home().name + "-judges"))
    wanted = {"requirements-judges.lock": _digest(ROOT / "requirements-judges.lock")}
    with _one_at_a_time(place.home.with_name(place.home.name + ".lock")):
        if not _is_ready(place, wanted):
            lock = str(ROOT / "requirements-judges.lock")
            # bagit, pairtree and dateutils are published as sources only; their build tool is pinned by the same lock
            sources = [word for name in ("bagit", "pairtree", "dateutils") for word in ("--no-binary", name)]
            _build(place, [lock], wanted, ["--only-binary", ":all:", *sources, "--build-constraints", lock])
    return place


def _home() -> Path:
    return Path(os.environ.get("ANJUAN_VENV") or ROOT / ".venv").absolute()


def _build(
    place: Environment, locks: Sequence[str], wanted: dict[str, str], how: Sequence[str] = ("--no-build",)
) -> None:
    started = time.monotonic()
    print(f"setting up {place.home} for Python {sys.version.split()[0]} …", file=sys.stderr, flush=True)
    place.stamp.unlink(missing_ok=True)
    if not _works(place):
        _make_empty(place)
    if not place.uv.exists():
        _install_uv(place)
    lock = ROOT / locks[-1]
    # compiled once here: the limited children write nothing, and would compile their libraries anew for every file
    sync = ["pip", "sync", "--quiet", "--compile-bytecode", "--require-hashes"]
    _run(
        [str(place.uv), *sync, "--python", str(place.python), *how, str(lock)],
        "the packages of " + lock.name,
        uv_settings(place),
    )
    (place.packages / "anjuan-checkout.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    _write_stamp(place, wanted)
    print(f"ready after {time.monotonic() - started:.1f} s", file=sys.stderr, flush=True)


def _write_stamp(place: Environment, locks: dict[str, str]) -> None:
    place.stamp.write_text(json.dumps({"python": sys.version, "root": str(ROOT), "locks": locks}), encoding="utf-8")


def _is_ready(place: Environment, wanted: dict[str, str]) -> bool:
    try:
        stamp = json.loads(place.stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if stamp["python"] != sys.version or stamp["root"] != str(ROOT) or not place.python.exists():
        return False
    held: dict[str, str] = stamp["locks"]
    return all(held.get(name) == digest for name, digest in wanted.items())


def _works(place: Environment) -> bool:
    """Whether an earlier environment answers and is of this interpreter's version."""
    ask = "import sys; print(sys.version)"
    try:
        answer = subprocess.run([place.python, "-c", ask], capture_output=True, text=True, timeout=60)
    except OSError:
        return False
    return answer.returncode == 0 and answer.stdout.strip() == sys.version.strip()


def _make_empty(place: Environment) -> None:
    if place.home.exists():
        if not (place.home / "pyvenv.cfg").exists() and any(place.home.iterdir()):
            raise SetupFailed(f"{place.home} exists and is no Python environment; set ANJUAN_VENV to another place")
        shutil.rmtree(place.home)
    if importlib.util.find_spec("venv") is not None:
        _run([sys.executable, "-m", "venv", "--without-pip", str(place.home)], "an empty environment", {})
    else:
        _make_by_hand(place)


def _make_by_hand(place: Environment) -> None:
    """What ``python -m venv --without-pip`` writes, for a Python whose venv module was left out."""
    place.packages.mkdir(parents=True)
    place.python.parent.mkdir()
    base = Path(sysconfig.get_config_var("BINDIR") or Path(sys.executable).parent)
    place.python.symlink_to(os.path.realpath(sys.executable))
    for name in ("python3", f"python{sys.version_info[0]}.{sys.version_info[1]}"):
        (place.python.parent / name).symlink_to("python")
    lines = [f"home = {base}", "include-system-site-packages = false", f"version = {sys.version.split()[0]}"]
    (place.home / "pyvenv.cfg").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _install_uv(place: Environment) -> None:
    pip = checked_pip()
    words = ["install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--require-hashes"]
    target = ["--only-binary", ":all:", "--target", str(place.home / "tools"), "--upgrade"]
    needs = str(VENDOR / "uv-requirements.txt")
    _run([str(place.python), str(pip / "pip"), *words, *target, "--requirement", needs], "uv", {})


def checked_pip(folder: Path = VENDOR) -> Path:
    """The pip wheel of ``folder``, after its digest was found to be the one written down beside it."""
    for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, name = line.split()
        if name.endswith(".whl"):
            if _digest(folder / name) != digest:
                raise SetupFailed(f"{folder / name} is not the file it should be (SHA-256 differs); check out again")
            return folder / name
    raise SetupFailed(f"{folder} holds no pip wheel; check out again")


def uv_settings(place: Environment) -> dict[str, str]:
    """What pip is told about index and certificates, in uv's words: uv does not read pip's configuration."""
    settings = {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1", "UV_SYSTEM_CERTS": "1"}
    answer = subprocess.run(
        [place.python, str(checked_pip() / "pip"), "config", "list"], capture_output=True, text=True, timeout=60
    )
    told = {}
    for line in answer.stdout.splitlines():
        name, _, value = line.partition("=")
        # ':env:' comes last in pip's list and outranks files, so a later line wins
        told[name.rpartition(".")[2]] = " ".join(value.strip("'\"").replace("\\n", " ").split())
    for theirs, ours in (
        ("index-url", "UV_DEFAULT_INDEX"),
        ("extra-index-url", "UV_INDEX"),
        ("find-links", "UV_FIND_LINKS"),
        ("trusted-host", "UV_INSECURE_HOST"),
        ("cert", "SSL_CERT_FILE"),
    ):
        if theirs in told and ours not in os.environ:
            settings[ours] = told[theirs]
    return settings


def _run(command: list[str], what: str, settings: dict[str, str]) -> None:
    surroundings = {**os.environ, **settings}
    surroundings.pop("PYTHONPATH", None)
    try:
        done = subprocess.run(command, env=surroundings, stdin=subprocess.DEVNULL)
    except OSError as fault:
        raise SetupFailed(f"could not start the step that installs {what}: {fault}") from fault
    if done.returncode != 0:
        raise SetupFailed(
            f"could not install {what} (exit code {done.returncode}; the reason stands above). "
            "A package index must be reachable: set PIP_INDEX_URL or PIP_FIND_LINKS for a mirror, then try again."
        )


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError as absent:
        raise SetupFailed(f"{path} is missing; check out again") from absent


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
