"""Papers of the demonstration 演示文书: typeset as the offices' forms look, as PDF or as pictures of its pages."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Literal

import typst

from archive.pages.fonts import load_faces
from ingest.demo.stamp import draw_stamp


@dataclass(frozen=True, slots=True)
class Paper:
    """What one invented paper says 虚构文书.

    ``layout`` is one of decision, letter, record, table, list. ``cells`` are opinions (label, text, signer, day);
    ``rows`` the lines of a list below ``columns``; ``signers`` (label, name), written as if by hand.
    """

    title: str
    number: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    paragraphs: tuple[str, ...] = ()
    signers: tuple[tuple[str, str], ...] = ()
    layout: str = "record"
    cells: tuple[tuple[str, str, str, str], ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    addressee: str = ""
    day: str = ""
    copies: str = ""
    stamped: bool = False
    office: str = field(default="")


def typeset(paper: Paper, bureau: str) -> bytes:
    """The paper as a plain PDF, as an office would hand it over."""
    made = _compile(paper, bureau, "pdf", None)
    if not isinstance(made, bytes):
        raise TypeError("typst gave no single document")
    return made


def draw_pages(paper: Paper, bureau: str, dpi: int) -> tuple[bytes, ...]:
    """Each page of the paper as a PNG of ``dpi`` dots an inch."""
    made = _compile(paper, bureau, "png", float(dpi))
    return (made,) if isinstance(made, bytes) else tuple(made)


def _compile(paper: Paper, bureau: str, kind: Literal["pdf", "png"], dpi: float | None) -> bytes | list[bytes]:
    compiler, folder = _compiler()
    inputs = {"data": json.dumps(_data(paper, bureau), ensure_ascii=False), "stamp": draw_stamp(bureau)}
    made = compiler.compile(input=f"{folder}/form.typ", format=kind, ppi=dpi, sys_inputs=inputs)
    if made is None:
        raise TypeError("typst wrote nothing")
    return made


def _data(paper: Paper, bureau: str) -> dict[str, object]:
    widest = [max(len(cell) for cell in column) for column in zip(paper.columns, *paper.rows, strict=True)]
    return {
        "faces": list(load_faces(()).families),
        "office": paper.office or bureau,
        "title": paper.title,
        "number": paper.number,
        "fields": paper.fields,
        "body": paper.paragraphs,
        "signers": paper.signers,
        "layout": paper.layout,
        "cells": paper.cells,
        "columns": paper.columns,
        "rows": paper.rows,
        "widths": [min(14, max(3, width)) for width in widest],
        "addressee": paper.addressee,
        "day": paper.day,
        "copies": paper.copies,
        "stamped": paper.stamped,
    }


@lru_cache(maxsize=1)
def _compiler() -> tuple[typst.Compiler, str]:
    """One compiler for a process: the fonts are read once."""
    with resources.as_file(resources.files("ingest.demo")) as folder:
        fonts = load_faces(()).loaded
        return typst.Compiler(root=str(folder), font_paths=fonts, ignore_system_fonts=True), str(folder)
