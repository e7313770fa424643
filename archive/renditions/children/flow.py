"""Running text 流式文本: blocks of a text without pages, and the PDF that typst sets of them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typst
from fontTools.ttLib import TTFont

from archive.renditions.children.runtime import Unfit
from archive.renditions.comparison import Held, folded

FONTS = Path(__file__).resolve().parents[2] / "fonts"
_FACE = "Noto Serif SC"
_CHARACTERS_CAP = 2_000_000
_BLOCKS_CAP = 100_000
_COLUMNS_CAP = 24
_LONG = re.compile(r"[^\s\u2e80-\uffff]{40,}")
_STEP = 30
_BREAK = "\u200b"
_BLANKS = re.compile(r"^[ \u3000]+| {2,}")


@dataclass
class Flow:
    """A text in blocks 文本块序列, in reading order, and what the file holds besides without showing it."""

    title: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    unseen: list[Held] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)

    def lines(self, text: str) -> None:
        """Text whose lines stand as they are."""
        self._add({"kind": "lines", "lines": [set_line(line.expandtabs(8)) for line in text.splitlines()]})

    def seen(self, text: str) -> None:
        """Text as it stood in the file, before it was sorted into blocks."""
        self.raw.append(text)

    def heading(self, level: int, text: str) -> None:
        """A heading of level 1 to 6."""
        self._add({"kind": "heading", "level": level, "text": set_line(text)})

    def paragraph(self, text: str) -> None:
        """A paragraph that may be broken anew."""
        self._add({"kind": "paragraph", "text": set_line(text)})

    def item(self, depth: int, mark: str, text: str) -> None:
        """An item of a list."""
        self._add({"kind": "item", "depth": min(depth, 8), "mark": mark, "text": set_line(text)})

    def table(self, rows: list[list[str]]) -> None:
        """A table; short rows are filled up."""
        columns = min(_COLUMNS_CAP, max((len(row) for row in rows), default=0))
        if columns:
            wide = [[*row[: columns - 1], " ".join(row[columns - 1 :])] for row in rows]
            cells = [set_line(cell) for row in wide for cell in [*row, *[""] * (columns - len(row))]]
            self._add({"kind": "table", "columns": columns, "cells": cells})

    def fields(self, rows: list[tuple[str, str]]) -> None:
        """A table of names and values."""
        self._add({"kind": "fields", "cells": [set_line(cell) for row in rows for cell in row]})

    def rule(self) -> None:
        """A line across."""
        self._add({"kind": "rule"})

    def _add(self, block: dict[str, Any]) -> None:
        if len(self.blocks) >= _BLOCKS_CAP:
            raise Unfit("pages", detail="blocks")
        self.blocks.append(block)

    def held(self) -> list[Held]:
        """What must stand in the PDF, block by block, then what the file does not show."""
        shown = [Held(f"block {number}", text) for number, text in self._texts()]
        # what came in must come out, even where a block was sorted wrongly: the larger of the two counts
        raw = folded("".join(self.raw))
        lacking = Counter(raw) - Counter(folded("".join(piece.text for piece in shown)))
        return [*shown, Held("source", "".join(lacking.elements())), *self.unseen]

    def _texts(self) -> Iterator[tuple[int, str]]:
        for number, block in enumerate(self.blocks, 1):
            for key in ("lines", "cells"):
                if key in block:
                    yield number, "".join(block[key])
            if "text" in block:
                yield number, block["text"]


def set_line(text: str) -> str:
    """A line that keeps its blanks, without controls, and can be broken where it has no blank for long."""
    plain = "".join(
        " " if c in "\t\r\n\v\f" else c for c in text if c in "\t\r\n\v\f" or unicodedata.category(c) != "Cc"
    )
    plain = plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    kept = _BLANKS.sub(lambda match: match[0].replace(" ", "\u00a0"), plain)
    return _LONG.sub(lambda match: _BREAK.join(_pieces(match[0])), kept)


def _pieces(text: str) -> Iterator[str]:
    return (text[at : at + _STEP] for at in range(0, len(text), _STEP))


def typeset(flow: Flow) -> bytes:
    """The PDF of the blocks. Unfit for a sign that no typeface has, and for more text than a volume takes."""
    signs = {sign for _, text in flow._texts() for sign in text}
    if sum(len(text) for _, text in flow._texts()) > _CHARACTERS_CAP:
        raise Unfit("pages", detail="characters")
    missing = sorted(sign for sign in signs - _drawable() if unicodedata.category(sign) != "Cf" and not sign.isspace())
    if missing:
        raise Unfit("glyph-missing", detail=" ".join(f"U+{ord(sign):04X}" for sign in missing[:8]))
    data = {"title": set_line(flow.title)[:200], "faces": [_FACE], "blocks": flow.blocks}
    template = Path(__file__).with_name("flow.typ").read_bytes()
    compiler: Any = typst.Compiler(  # type: ignore[misc]  # its stub leaves the kind of input open
        template,
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    made = compiler.compile(format="pdf")
    return bytes(made)


def _drawable() -> frozenset[str]:
    with TTFont(FONTS / "NotoSerifSC-Regular.ttf", lazy=True) as font:
        return frozenset(chr(code) for code in font.getBestCmap())
