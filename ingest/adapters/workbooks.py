"""Workbooks 电子表格: the cells of a foreign spreadsheet, read by a limited child."""

from __future__ import annotations

import json

from archive.renditions.limits import MIB, Limits
from archive.renditions.reasons import reason_refusal
from archive.renditions.sandbox import run_child
from archive.renditions.sources import BytesSource
from ingest.adapters.unpacking import ROOM

Sheets = dict[str, list[list[str]]]
_LIMITS = Limits(output=48 * MIB)


def read_workbook(data: bytes) -> Sheets:
    """Sheets by title, each as rows of text. Refuses what is no ordinary workbook, with the reason."""
    result = run_child("workbook.read", BytesSource(data), _LIMITS, room=ROOM).require()
    try:
        sheets = json.loads(result.blobs[0])
        for rows in sheets.values():
            if not all(isinstance(cell, str) for row in rows for cell in row):
                raise TypeError
    except (ValueError, TypeError, AttributeError, IndexError, RecursionError):
        raise reason_refusal("protocol") from None
    found: Sheets = sheets
    return found
