"""The other judge 旁证: what bagit.py says of many bags, asked once in its own environment."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.services import judges

_SCRIPT = """
import json, logging, sys
import bagit
logging.disable(logging.CRITICAL)
told = {}
for path in sys.argv[1:]:
    try:
        bagit.Bag(path).validate()
        told[path] = ""
    except Exception as error:
        told[path] = type(error).__name__ + ": " + str(error)
print(json.dumps(told))
"""


def ask(paths: Sequence[Path]) -> dict[Path, str]:
    """Why bagit.py refuses each bag, or "" when it is valid; skips with the reason where it cannot be had."""
    if (reason := judges.available()) is not None:
        pytest.skip(reason)
    words = [str(judges.judge_python()), "-c", _SCRIPT, *(str(path) for path in paths)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    return {Path(path): why for path, why in told.items()}
