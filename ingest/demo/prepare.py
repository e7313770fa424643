"""Preparing 备件, as ``python -m ingest.demo.prepare FOLDER NAME…``: writes packages of cases, one after another.

A child program beside the story: typesetting, ageing scans and filming take time that the archive need not wait for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from ingest.demo.cases import advertising_case, broken_case, market_case, old_case, secret_case
from ingest.demo.dossier import Case, write_case
from ingest.demo.further import inspection_case, minor_case, removal_case, scanned_case, trade_secret_case
from ingest.demo.procedures import hearing_case, left_service_case, seizure_case, volumes_case

STORY: dict[str, Callable[[], Case]] = {
    "ad": advertising_case,
    "market": market_case,
    "secret": secret_case,
    "old": old_case,
    "broken": broken_case,
}
"""The cases that the story speaks of, by the name it knows them by; the last is refused."""
FURTHER: dict[str, Callable[[], Case]] = {
    "hearing": hearing_case,
    "seizure": seizure_case,
    "left": left_service_case,
    "inspection": inspection_case,
    "scanned": scanned_case,
    "removal": removal_case,
    "trade": trade_secret_case,
    "minor": minor_case,
    "volumes": volumes_case,
}
"""The cases that come in behind."""


def main() -> None:
    """Writes each case; a file ``NAME.ready`` beside them says that one stands whole, and how its folder is called."""
    parent = Path(sys.argv[1])
    for name in sys.argv[2:]:
        case = {**STORY, **FURTHER}[name]()
        path = write_case(case, parent)
        growing = parent / f".{name}.ready"
        growing.write_text(path.name, "utf-8")
        growing.rename(parent / f"{name}.ready")


if __name__ == "__main__":
    main()
