"""The other judge 旁证: what ocfl-py says of many objects, asked once in its own environment."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.services import judges

_SCRIPT = """
import json, sys
from ocfl.validator import Validator
told = {}
for path in sys.argv[1:]:
    validator = Validator(log_warnings=True)
    try:
        valid = validator.validate_object(path)
    except Exception as error:
        told[path] = ["crash " + repr(error)]
        continue
    codes = sorted({code[:4] for code in validator.log.codes})
    told[path] = codes if not valid else [code for code in codes if code[0] == "W"]
print(json.dumps(told))
"""


def ask(paths: Sequence[Path]) -> dict[Path, list[str]]:
    """The codes ocfl-py gives for each object; skips the test with the reason where it cannot be had."""
    if (reason := judges.available()) is not None:
        pytest.skip(reason)
    words = [str(judges.judge_python()), "-c", _SCRIPT, *(str(path) for path in paths)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    return {Path(path): codes for path, codes in told.items()}
