"""Forms 文书格式: the printed wording of each document type, filled in with the facts of one invented case."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

from ingest.demo.papers import Paper
from ingest.document_types import DOCUMENT_TYPES


@dataclass(frozen=True, slots=True)
class Entry:
    """What a case writes into a form 填写内容: further fields and paragraphs, rows of a list, its own number and day.

    ``first`` paragraphs replace the printed ones instead of following them; ``facts`` overrule those of the case.
    """

    code: str
    day: str
    more: tuple[str, ...] = ()
    number: str = ""
    title: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    instead: bool = False
    facts: tuple[tuple[str, str], ...] = ()


def fill_in(entry: Entry, facts: Mapping[str, str], bureau: str) -> Paper:
    """The paper of a document type with these facts. A missing fact is an error, never a blank."""
    form = _forms()[entry.code]
    known = {**facts, **dict(entry.facts), "bureau": bureau, "day": chinese_day(entry.day)}
    told = tuple(str(line).format_map(known) for line in form.get("body", ()))
    return Paper(
        title=entry.title or title_of(entry.code),
        number=entry.number,
        fields=(*_filled(form.get("fields", ()), known), *entry.fields),
        paragraphs=entry.more if entry.instead else (*told, *entry.more),
        signers=_filled(form.get("signers", ()), known),
        layout=form["layout"],
        cells=_filled(form.get("cells", ()), known),
        columns=tuple(form.get("columns", ())),
        rows=entry.rows,
        addressee=bureau if form.get("from_party") else known["party"],
        day=known["day"],
        copies=form.get("copies", ""),
        stamped=bool(form.get("stamped")),
        office=known["party"] if form.get("from_party") else "",
    )


def title_of(code: str) -> str:
    """The name of a document type as it stands at the head of its paper."""
    return str(_forms()[code].get("title", DOCUMENT_TYPES[code][0]))


def chinese_day(day: str) -> str:
    """A day as papers write it."""
    there = date.fromisoformat(day)
    return f"{there.year}年{there.month}月{there.day}日"


def _filled(lines: Any, known: Mapping[str, str]) -> tuple[Any, ...]:
    return tuple(tuple(str(word).format_map(known) for word in line) for line in lines)


@lru_cache(maxsize=1)
def _forms() -> dict[str, dict[str, Any]]:
    return tomllib.loads(resources.files("ingest.demo").joinpath("forms.toml").read_text("utf-8"))
