"""Spreadsheet 案卷目录.xlsx as description."""

from __future__ import annotations

from pathlib import Path

from ingest.terms import Problem, Sip

SPREADSHEET = "案卷目录.xlsx"


def read_spreadsheet(data: bytes) -> tuple[Sip | None, list[Problem]]:
    """Not read yet."""
    return None, [Problem("ingest.description-unreadable", SPREADSHEET, facts={"why": "xlsx"})]


def write_template(folder: Path) -> list[Path]:
    """Not written yet."""
    raise NotImplementedError
