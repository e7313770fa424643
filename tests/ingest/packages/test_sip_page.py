"""The page on submissions names every element, word, sheet and column that a description may have, and no others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archive.kernel.settings import IngestPart
from ingest.packages.bag import LARGEST_TAG, LARGEST_TAGS
from ingest.profile.model import make_schema
from ingest.profile.reading import LARGEST
from ingest.profile.workbook import CASE_LABELS, CASES_COLUMNS, ITEM_COLUMNS, KNOWN_SHEETS, RECORDING_COLUMNS
from ingest.rules.names import LONGEST, LONGEST_PART

PAGE = (Path(__file__).parents[3] / "docs" / "sip.md").read_text("utf-8")


def _walk(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _walk(each)
    elif isinstance(value, list):
        for each in value:
            yield from _walk(each)


def test_every_element_and_word_of_the_schema_is_explained() -> None:
    elements = {name for part in _walk(make_schema()) for name in part.get("properties", {})}
    words = {word for part in _walk(make_schema()) for word in part.get("enum", []) if word}
    spoken = set(re.findall(r"[A-Za-z_0-9]+", " ".join(re.findall(r"`([^`\n]+)`", PAGE))))
    assert elements - spoken == set()
    assert words - spoken == set()


def test_required_elements_are_marked() -> None:
    schema = make_schema()
    parts = {"4.1": schema, "4.2": schema["$defs"]["CaseFacts"], "4.3": schema["$defs"]["ItemModel"]}
    for section, part in parts.items():
        text = re.split(r"^### ", PAGE.split(f"### {section}", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
        rows = re.findall(r"^\| (`.+?`) \| (●?) ?\|", text, flags=re.MULTILINE)
        marked = {name for names, mark in rows if mark for name in re.findall(r"`(\w+)`", names)}
        assert marked == set(part["required"]), section


def test_every_sheet_label_and_column_is_named() -> None:
    section = PAGE.split("### 4.6", 1)[1].split("\n## ", 1)[0]
    for sheet in KNOWN_SHEETS:
        assert f"`{sheet}`" in section
    for word in (*CASE_LABELS, *RECORDING_COLUMNS, *CASES_COLUMNS, *ITEM_COLUMNS):
        assert word in section, word


def test_the_limits_are_those_of_the_program() -> None:
    limits, mib = IngestPart(), 2**20
    stated = (
        f"{limits.max_files:,}".replace(",", " "),
        f"{limits.max_package_bytes // 2**30} GiB",
        f"`ingest.max_ratio` | {limits.max_ratio} |",
        f"| {LARGEST // mib} MiB | 著录文件",
        f"{LARGEST_TAG // mib} MiB 一个，{LARGEST_TAGS // mib} MiB 合计",
        f"{LONGEST} 字符，一段超过 {LONGEST_PART} 字节",
    )
    for words in stated:
        assert words in PAGE, words
