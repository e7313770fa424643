"""Reading packs 规则包读取: from files to values; what is wrong is told with file, line and reason."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path

from ingest.rules.merging import MergeFault, merge_faults
from ingest.rules.pack_terms import DocType, Pack, PackFault
from ingest.rules.packs import read_pack
from ingest.terms import Problem

LARGEST = 1024 * 1024
BASE = ("types", "national")
"""The packs that stand above every district's."""
SHIPPED = (*BASE, "zhuhui")


def shipped_text(name: str) -> str:
    """The text of a pack that comes with the archive; KeyError for one that does not."""
    if name not in SHIPPED:
        raise KeyError(name)
    return resources.files("ingest.packs").joinpath(f"{name}.toml").read_text("utf-8")


def read_text(text: str, file: str, above: Sequence[Pack] = ()) -> tuple[Pack | None, list[Problem]]:
    """The pack in ``text``, below the packs ``above``; or None with everything wrong, each with its line."""
    types: dict[str, DocType] = {}
    for higher in above:
        types |= higher.types
    if len(text) > LARGEST:
        return None, [_problem(file, 1, "规则包过大", "the pack is too large")]
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        at = int(line[1]) if line else text.count("\n") + 1
        return None, [_problem(file, at, f"不是有效的 TOML：{error}", f"no valid TOML: {error}")]
    try:
        pack, faults = read_pack(raw, types)
    except (ValueError, RecursionError) as error:
        return None, [_problem(file, 1, f"含有规则包不用的值：{error}", f"holds a value that no pack has: {error}")]
    if pack is None:
        places = _Places(text)
        return None, [_problem(file, places.line(fault), fault.zh, fault.en) for fault in faults]
    places = _Places(text)
    clashes = [fault for fault in merge_faults([*above, pack]) if fault.pack == pack.id]
    found = [_problem(file, places.of_rule(fault), fault.zh, fault.en) for fault in clashes]
    return (None, found) if found else (pack, [])


def read_file(path: Path, above: Sequence[Pack] = ()) -> tuple[Pack | None, list[Problem]]:
    """The pack in a file; a file that is no UTF-8 text or too large is a fault like any other."""
    if path.stat().st_size > LARGEST:
        return None, [_problem(path.name, 1, "规则包过大", "the pack is too large")]
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return None, [_problem(path.name, 1, "不是 UTF-8 文本", "is no UTF-8 text")]
    return read_text(text, path.name, above)


@lru_cache(maxsize=8)
def shipped_packs(names: tuple[str, ...] = SHIPPED) -> tuple[Pack, ...]:
    """Packs that come with the archive, in order. A fault in one of them is a fault of the archive."""
    packs: list[Pack] = []
    for name in names:
        pack, problems = read_text(shipped_text(name), f"{name}.toml", packs)
        if pack is None:
            raise ValueError(f"{name}.toml: {problems}")
        packs.append(pack)
    return tuple(packs)


def _problem(file: str, line: int, zh: str, en: str) -> Problem:
    return Problem("ingest.pack-wrong", file, facts={"line": line, "why_zh": zh[:300], "why_en": en[:300]})


class _Places:
    """Where sections, entries and keys stand in the text of a pack."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    def line(self, fault: PackFault) -> int:
        """The line of a fault, from 1; of its entry where the key does not stand for itself."""
        start = self._entry(fault.section, fault.entry)
        if fault.key:
            for number in range(start, len(self._lines)):
                if number > start and self._lines[number].startswith("["):
                    break
                if re.match(rf"\s*{re.escape(fault.key)}\s*=", self._lines[number]):
                    return number + 1
        return start + 1

    def of_rule(self, fault: MergeFault) -> int:
        """The line on which a rule begins."""
        wanted = re.compile(rf'\s*id\s*=\s*"{re.escape(fault.rule)}"')
        return next((n for n, line in enumerate(self._lines, 1) if fault.rule and wanted.match(line)), 1)

    def _entry(self, section: str, entry: int | str) -> int:
        if isinstance(entry, int):
            heads = [n for n, line in enumerate(self._lines) if re.match(rf"\s*\[+\s*{re.escape(section)}\s*\]+", line)]
            return heads[min(entry, len(heads) - 1)] if heads else 0
        wanted = re.compile(
            rf"\s*(\[\s*{re.escape(section)}\s*\.\s*\"?{re.escape(str(entry))}\"?\s*\]|{re.escape(str(entry))}\s*=)"
        )
        plain = re.compile(rf"\s*(\[+\s*{re.escape(section)}\s*\]+|{re.escape(section)}\s*=)")
        for pattern in (wanted, plain):
            for number, line in enumerate(self._lines):
                if pattern.match(line):
                    return number
        return 0
