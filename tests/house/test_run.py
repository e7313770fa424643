"""``run.py`` makes an environment on machines that lack the usual parts, and refuses what it cannot trust."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from run_tasks import environment
from run_tasks.environment import Environment, SetupFailed

ROOT = Path(__file__).parents[2]


def test_an_environment_made_by_hand_is_one_in_pythons_eyes(tmp_path: Path) -> None:
    place = Environment(tmp_path / "environment")
    environment._make_by_hand(place)
    (place.packages / "only_here.py").write_text("")
    ask = "import sys, only_here; print(sys.prefix)"
    answer = subprocess.run([place.python, "-c", ask], capture_output=True, text=True, timeout=60, check=True)
    assert Path(answer.stdout.strip()) == place.home


def test_a_stamp_of_other_locks_is_not_ready(tmp_path: Path) -> None:
    place = Environment(tmp_path)
    place.python.parent.mkdir()
    place.python.touch()
    assert not environment._is_ready(place, {"requirements.lock": "aa"})
    environment._write_stamp(place, {"requirements.lock": "aa", "requirements-test.lock": "bb"})
    assert environment._is_ready(place, {"requirements.lock": "aa"})
    assert not environment._is_ready(place, {"requirements.lock": "cc"})
    assert not environment._is_ready(place, {"requirements-judges.lock": "aa"})


def test_a_changed_pip_wheel_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "pip-1-py3-none-any.whl").write_bytes(b"changed")
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  pip-1-py3-none-any.whl\n")
    with pytest.raises(SetupFailed, match="SHA-256"):
        environment.checked_pip(tmp_path)
    assert environment.checked_pip().suffix == ".whl"


def test_locks_name_no_address_and_pin_every_package_by_digest() -> None:
    for name in (*environment.TESTING, "requirements-judges.lock", "vendor/uv-requirements.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        entries = [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]
        assert entries
        assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_unknown_words_are_answered_with_the_list_of_commands() -> None:
    answer = subprocess.run([sys.executable, ROOT / "run.py", "nonsense"], capture_output=True, text=True, timeout=60)
    assert answer.returncode == 2
    assert "prove" in answer.stdout


def test_no_test_reaches_another_machine() -> None:
    with socket.socket() as line, pytest.raises(PermissionError):
        line.connect(("192.0.2.1", 9))
