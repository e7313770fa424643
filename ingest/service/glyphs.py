"""Glyphs 字形: what will be printed of a description is tried before custody; afterwards it would stop every seal."""

from __future__ import annotations

from collections.abc import Iterable

from archive.pages.glyphs import glyph_missing
from ingest.rules.names import printable
from ingest.terms import Problem


def missing_glyphs(described: Iterable[tuple[str, Iterable[str]]]) -> list[Problem]:
    """One problem for each file, or "" for the case, whose texts hold a sign that no typeface here draws 缺字."""
    found = []
    for file, texts in described:
        if refusal := glyph_missing(texts):
            facts = {name: printable(str(told)) for name, told in refusal.facts.items()}
            found.append(Problem(refusal.code, printable(file), facts=facts))
    return found
