"""SoftHSM 2: a PKCS#11 module in software, its tokens in a temporary folder of this process."""

import atexit
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.services.places import find_program

_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)


@dataclass(frozen=True)
class Token:
    """One token: the module to load, its label, the PIN of its user, the folder where SoftHSM keeps the objects."""

    module: Path
    label: str
    pin: str
    folder: Path


def available() -> str | None:
    """None when the module and ``softhsm2-util`` are there, else the reason."""
    if find_program("softhsm2-util") is None or _module() is None:
        return "no SoftHSM on this machine (Debian: softhsm2)"
    return None


@cache
def token(label: str) -> Token:
    """The token ``label``, initialised at the first call.

    Sets ``SOFTHSM2_CONF`` for this process, since the module reads it when it is loaded. A module loaded before this
    token was made sees it after ``pkcs11.lib(...).reinitialize()``.
    """
    module = _module()
    if module is None:
        raise RuntimeError(available() or "SoftHSM vanished")
    folder = _configured()
    pin = "trial-user-pin"
    command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", "trial-so-pin"]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    return Token(module, label, pin, folder)


@cache
def _configured() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="anjuan-softhsm-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    tokens = folder / "tokens"
    tokens.mkdir(mode=0o700)
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(conf)
    return tokens


def _module() -> Path | None:
    return next((path for name in _MODULES if (path := Path(name)).exists()), None)
