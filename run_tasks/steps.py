"""What the commands of ``run.py`` do once their environment stands."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable

from run_tasks.environment import ROOT, Environment, uv_settings

Deed = Callable[[Environment, list[str]], int]

CHECKS = {
    "lint": ["-m", "ruff", "check", "."],
    "types": ["-m", "mypy"],
    "contracts": ["-c", "from importlinter.cli import lint_imports_command as c; c()"],
    "dependencies": ["-m", "deptry", "."],
}

LOCKS = {
    "requirements.lock": ["pyproject.toml"],
    "requirements-test.lock": ["pyproject.toml", "--group", "dev", "--constraints", "requirements.lock"],
    "requirements-judges.lock": ["--group", "judges"],
}


def module(name: str) -> Deed:
    """Run ``python -m name`` in the checkout with the words that follow."""

    def deed(place: Environment, words: list[str]) -> int:
        os.chdir(ROOT)
        return _become(place, ["-m", name, *words])

    return deed


def anjuan(*first: str) -> Deed:
    """Run the command line in the caller's folder, so that relative paths mean what they say."""

    def deed(place: Environment, words: list[str]) -> int:
        # -P: a folder that happens to hold a wsgi.py or archive/ of its own must not be taken for ours
        start = "from wsgi import cli; cli(prog_name='anjuan')"
        return _become(place, ["-P", "-c", start, *first, *words])

    return deed


def check(place: Environment, words: list[str]) -> int:
    """Run every check, or those named, and say which failed; exit code 1 if any did."""
    unknown = [word for word in words if word not in CHECKS]
    if unknown:
        print(f"no such check: {', '.join(unknown)}; there are: {', '.join(CHECKS)}")
        return 2
    verdicts = {}
    for name in words or CHECKS:
        print(f"== {name}", flush=True)
        started = time.monotonic()
        done = subprocess.run([place.python, *CHECKS[name]], cwd=ROOT)
        verdicts[name] = (done.returncode, time.monotonic() - started)
    for name, (code, seconds) in verdicts.items():
        print(f"{name}: {'ok' if code == 0 else 'FAILED'} ({seconds:.1f} s)")
    return int(any(code for code, _ in verdicts.values()))


def describe(place: Environment, words: list[str]) -> int:
    """Say where the environment is."""
    print(place.home)
    return 0


def lock(place: Environment, words: list[str]) -> int:
    """Resolve ``pyproject.toml`` into the locks: one set of versions for every Python and platform, no addresses."""
    how = ["--quiet", "--universal", "--generate-hashes", "--no-header", "--no-annotate", "--python-version", "3.11"]
    how += ["--override", "requirements-overrides.txt"]
    surroundings = {**os.environ, **uv_settings(place)}
    for name, source in LOCKS.items():
        command = [str(place.uv), "pip", "compile", *how, "--fork-strategy", "fewest", *source, "-o", name, *words]
        done = subprocess.run(command, cwd=ROOT, env=surroundings, stdout=subprocess.DEVNULL)
        if done.returncode != 0:
            return done.returncode
    return 0


def _become(place: Environment, words: list[str]) -> int:
    os.execv(place.python, [str(place.python), *words])
