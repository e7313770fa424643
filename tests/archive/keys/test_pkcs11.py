"""Roots in tokens 令牌根密钥, on SoftHSM: skipped with the reason where it is not installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_PROGRAM = Path(__file__).with_name("softhsm_life.py")
_MODULES = [
    Path(folder) / "softhsm" / "libsofthsm2.so"
    for folder in ("/usr/lib", "/usr/lib64", "/usr/local/lib", *map(str, Path("/usr/lib").glob("*-linux-gnu")))
]
_MODULE = next((path for path in _MODULES if path.exists()), None)


@pytest.mark.skipif(
    _MODULE is None or shutil.which("softhsm2-util") is None, reason="SoftHSM2 is not installed (Debian: softhsm2)"
)
def test_a_key_store_on_real_tokens(tmp_path: Path) -> None:
    (tmp_path / "tokens").mkdir()
    config = tmp_path / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {tmp_path}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
    env = {**os.environ, "SOFTHSM2_CONF": str(config)}
    for label in ("t-general", "t-personal", "spare-personal"):
        pins = ["--so-pin", "00000000", "--pin", f"pin-{label}"]
        subprocess.run(
            ["softhsm2-util", "--init-token", "--free", "--label", label, *pins],
            env=env,
            check=True,
            capture_output=True,
        )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", f"{__package__}.{_PROGRAM.stem}", str(_MODULE), str(tmp_path)],
        env=env,
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip() == "the whole life passed"
