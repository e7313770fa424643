"""Child program 子程序 for a spreadsheet: the cells of its sheets as text; no formula is computed, no link followed."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time
from typing import IO, Any

import openpyxl

from archive.renditions.children import runtime
from archive.renditions.children.runtime import Answer, Request, Unfit

MOST_PARTS = 400
MOST_BYTES = 64 * 1024 * 1024
MOST_SHEETS = 20
MOST_ROWS = 25_000
MOST_COLUMNS = 40
LONGEST_CELL = 4_000
_STEP = 256 * 1024


def read(request: Request) -> Answer:
    """Sheets by title, each as rows of text."""
    data = runtime.read_source(request)
    _judge(data)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  a foreign workbook may break its reader in any way
        raise Unfit("damaged") from None
    if len(book.sheetnames) > MOST_SHEETS:
        raise Unfit("members")
    sheets = {sheet.title: _rows(sheet) for sheet in book.worksheets}
    return Answer(len(sheets), (runtime.as_json(sheets),))


def _judge(data: bytes) -> None:
    """Before any XML is parsed: a zip of a few parts, no bomb, no document type that could name other files."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            infos = parts.infolist()
            if len(infos) > MOST_PARTS:
                raise Unfit("members")
            if sum(info.file_size for info in infos) > MOST_BYTES:
                raise Unfit("stream")
            for info in infos:
                if info.flag_bits & 0x1:
                    raise Unfit("password")
                with parts.open(info) as part:
                    _judge_part(part)
            if "[Content_Types].xml" not in parts.namelist():
                raise Unfit("not-this-format")
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, OSError, RuntimeError):
        raise Unfit("damaged") from None


def _judge_part(part: IO[bytes]) -> None:
    """No document type and no entity anywhere: a comment of any length may stand before it. NULs are dropped, so that
    UTF-16 is seen through.
    """
    before = b""
    while piece := part.read(_STEP):
        seen = before + piece.replace(b"\0", b"")
        if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
            raise Unfit("not-this-format", detail="document type")
        before = seen[-16:]


def _rows(sheet: Any) -> list[list[str]]:
    found: list[list[str]] = []
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)):
        if number >= MOST_ROWS:
            raise Unfit("bytes", detail="rows")
        found.append([_text(cell) for cell in row])
    while found and not any(found[-1]):
        found.pop()
    return found


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(timespec="seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = str(cell).strip()
    if len(text) > LONGEST_CELL:
        raise Unfit("bytes", detail="cell")
    return text


if __name__ == "__main__":
    runtime.run({"workbook.read": read})
