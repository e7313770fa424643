"""Places 翻页位置 in a list of requests as they travel in an address: instant and id of the last line seen."""

from __future__ import annotations

from datetime import datetime


def place_of(created_at: datetime, request_id: str) -> str:
    """A place in a list as it travels in an address."""
    return f"{created_at.isoformat()}~{request_id}"


def read_place(after: str) -> tuple[datetime, str] | None:
    """The place, or None for the beginning; what is no place is the beginning."""
    at, mark, request_id = after.partition("~")
    try:
        instant = datetime.fromisoformat(at.replace(" ", "+"))
    except ValueError:
        return None
    return (instant, request_id) if mark and instant.tzinfo is not None else None
