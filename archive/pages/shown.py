"""Facts as the templates read them 模板数据: JSON values with local times, and all text that will be printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

Plain = str | int | bool | None | list["Plain"] | dict[str, "Plain"]


def plain(value: object) -> Plain:
    """``value`` as JSON 模板数据; instants become Asia/Shanghai local times. ValueError for a naive instant."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("an instant without time zone cannot be printed")
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, Sequence):
        return [plain(each) for each in value]
    raise TypeError(f"{type(value).__name__} is not a plain value of a page")


def printed_text(value: Plain) -> Iterator[str]:
    """Every string inside ``value`` 全部待印文字, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from printed_text(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from printed_text(each)


def first_missing(texts: Iterator[str], available: frozenset[int]) -> tuple[str, str] | None:
    """The first character that no font can draw and the text it stands in 缺字; None when all can be drawn.

    A line feed is a line break. Other control, direction and surrogate characters count as missing: they would be
    swallowed or would turn the line around.
    """
    for text in texts:
        for sign in text:
            if sign != "\n" and ord(sign) not in available:
                return sign, text
    return None
