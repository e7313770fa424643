"""bagit.py and ocfl-py: the other makers' validators, in an environment of their own."""

import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from run_tasks import environment


@dataclass(frozen=True)
class Judgement:
    """Whether the judge accepted it, and what it said."""

    valid: bool
    said: str

    def __bool__(self) -> bool:
        return self.valid


@cache
def available() -> str | None:
    """None when the judges' environment stands (made at the first call, 6 s), else the reason."""
    try:
        environment.judges()
    except environment.SetupFailed as reason:
        return str(reason)
    return None


def bagit_validate(bag: Path) -> Judgement:
    """``bagit.py --validate``: every manifest, every file, nothing extra."""
    return _ask("bagit.py", "--validate", str(bag))


def ocfl_validate(*objects: Path) -> Judgement:
    """``ocfl-validate.py`` over object folders or a storage root, digests included."""
    return _ask("ocfl-validate.py", *(str(path) for path in objects))


def judge_python() -> Path:
    """The interpreter that can ``import bagit, ocfl``, for benches that run them side by side."""
    return environment.judges().python


def _ask(program: str, *words: str) -> Judgement:
    place = environment.judges()
    script = place.home / "bin" / program
    done = subprocess.run([place.python, script, *words], capture_output=True, text=True, timeout=600)
    said = (done.stdout + done.stderr).strip()
    return Judgement(done.returncode == 0 and "INVALID" not in said, said)
