"""two_world: whatever is added, changed or removed above a reader changes no byte of any answer to that reader.

An archive is filled with pages of many markings and units; a reader asks, then only pages that lie above that reader
are added, rewritten, marked otherwise (still above) or removed, and the same reader asks the same again. One case is
one pair of answers: hits, order, scores bit by bit, snippets, boxes, counts, cursors, refusals.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from archive.kernel.actor import Actor
from archive.kernel.ids import CaseId, ItemId, PersonId, UnitCode
from archive.kernel.refusals import Refusal
from archive.kernel.visibility import Visibility
from search.engines.fts5 import Fts5Engine
from search.service.find import find
from search.service.index import index_items, remove_items
from search.service.rebuild import rebuild
from search.terms import PageDocument
from tests.search.holdings import OPERATOR, Archive, Keys, make_archive

WORDS = (
    "行政处罚",
    "听证",
    "罚款",
    "张三",
    "李四",
    "王五",
    "决定书",
    "豫A12345",
    "号",
    "线人",
    "毒品",
    "证据",
    "告知",
    "，",
    "。",
    "2024",
    "zebra",
)
ONLY_ABOVE = ("线人代号青松", "quartzcanary", "毒品来源丙")
MARKINGS = ("INTERNAL/NONE/-", "INTERNAL/NONE/PRIVACY", "INTERNAL/NONE/MINOR+PRIVACY", "INTERNAL/NONE/PROCESS_PAPER")
SECRETS = ("INTERNAL/SECRET/-", "INTERNAL/TOP_SECRET/INFORMANT")
UNITS = (UnitCode("3702"), UnitCode("3703"))
CASES = tuple(CaseId(f"case_{letter}") for letter in "abcdef")
READERS = {
    PersonId("person_unit"): Visibility(units=frozenset(UNITS[:1])),
    PersonId("person_private"): Visibility(units=frozenset(UNITS[:1]), compartments=frozenset({"PRIVACY"})),
    PersonId("person_assigned"): Visibility(cases=frozenset(CASES[:2])),
    PersonId("person_circle"): Visibility(units=frozenset(UNITS), circles=frozenset(CASES[:1]), max_level=3),
    PersonId("person_nobody"): Visibility(),
}
QUERIES_A_ROUND = 10
ROUNDS_AN_ARCHIVE = 100
EngineType = Callable[[Path, Keys], Fts5Engine]


def prove(count: int, seed: int, out: TextIO = sys.stdout, engine_type: EngineType = Fts5Engine) -> tuple[int, int]:
    """Compares ``count`` pairs of answers; how many were compared and how many differed."""
    draw = random.Random(seed)
    tried = failed = 0
    while tried < count:
        with tempfile.TemporaryDirectory(prefix="two-world-") as folder:
            for difference in _pairs(draw, Path(folder), engine_type):
                tried += 1
                failed += difference is not None
                if difference is not None:
                    out.write(f"two_world: seed {seed}, case {tried}: {difference}\n")
                if tried == count:
                    break
    return tried, failed


def _pairs(draw: random.Random, folder: Path, engine_type: EngineType) -> Iterator[str | None]:
    """None for each pair of equal answers, what differs for any other."""
    archive = make_archive(folder, READERS, engine_type)
    try:
        _put(archive, [page for n in range(30) for page in _item(draw, f"item_{n:03}", hidden=False)])
        for number in range(ROUNDS_AN_ARCHIVE):
            person = draw.choice(list(READERS))
            asked = [(_query(draw), draw.randrange(1, 8)) for _ in range(QUERIES_A_ROUND)]
            before = [_answer(archive, person, *question) for question in asked]
            what = _change_above(archive, draw, READERS[person], f"item_above_{number:03}")
            for question, answer in zip(asked, before, strict=True):
                after = _answer(archive, person, *question)
                yield (
                    None if after == answer else f"{person} asked {question} and {what} changed {answer!r} to {after!r}"
                )
    finally:
        archive.close()


def _item(draw: random.Random, item: str, *, hidden: bool) -> list[PageDocument]:
    case = draw.choice(CASES)
    unit = UNITS[CASES.index(case) % 2]
    own = draw.random() < 0.3
    pages = []
    for number in range(1, draw.randrange(2, 5)):
        words = draw.choices([*WORDS, *(ONLY_ABOVE if hidden else ())], k=draw.randrange(2, 60))
        marking_set = draw.choice(MARKINGS * 2 + SECRETS)
        facts = {"date": f"20{draw.randrange(20, 27)}-{draw.randrange(1, 13):02}-05", "cause": draw.choice(WORDS)}
        title = draw.choice(WORDS) if number == 1 else ""
        pages.append(PageDocument(case, ItemId(item), number, unit, marking_set, "".join(words), title, own, facts))
    return pages


def _query(draw: random.Random) -> str:
    word = draw.choice([*WORDS, *ONLY_ABOVE])
    other = draw.choice([*WORDS, *ONLY_ABOVE])
    shapes = (
        word,
        f"{word} {other}",
        f"{word} OR {other}",
        f"{word} NOT {other}",
        f'"{word}{other}"',
        f"{word}{other}",
    )
    return draw.choice(
        (*shapes, f"title:{word}", f"cause:{word} {other}", f"date:[2022 TO 2024-06] {word}", f"{word}*")
    )


def _answer(archive: Archive, person: PersonId, text: str, limit: int) -> bytes:
    """Everything that the reader is told for up to three pages of hits, as bytes."""
    told: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        try:
            with archive.works.work(Actor(person, "reader", unit=UNITS[0])) as work:
                results = find(work, archive.ports, text, limit, cursor)
        except Refusal as refusal:
            told.append(repr(refusal))
            break
        told.append(repr(results))  # of a score every bit
        cursor = results.cursor
        if cursor is None:
            break
    return "\n".join(told).encode()


def _differing(before: bytes, after: bytes) -> str:
    at = next((n for n, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), 0)
    return " became ".join(
        repr(answer[max(0, at - 40) : at + 40].decode("utf-8", "replace")) for answer in (before, after)
    )


def _above(document: PageDocument, reader: Visibility) -> bool:
    key = document.key
    return not reader.admits(unit=key.unit, case_id=key.case_id or "", level=key.level, compartments=key.kinds)


def _change_above(archive: Archive, draw: random.Random, reader: Visibility, fresh: str) -> str:
    """One change of pages that the reader may not see; the pages that the reader sees stay as they are."""
    items = sorted({item for item, _ in archive.holdings.pages})
    item = draw.choice(items)
    pages = [document for (of, _), document in sorted(archive.holdings.pages.items()) if of == item]
    hidden = [document for document in pages if _above(document, reader)]
    kind = draw.choice(("add", "rewrite", "remark", "remove", "rebuild" if draw.random() < 0.1 else "add"))
    if kind == "rebuild":
        rebuild(archive.works, OPERATOR, archive.ports, archive.holdings)
    elif kind == "remove" and hidden == pages:
        with archive.works.work(OPERATOR) as work:
            remove_items(work, archive.ports, [item])
        for document in pages:
            del archive.holdings.pages[item, document.page]
    elif kind in ("rewrite", "remark") and hidden:
        changed = [_changed(draw, document, reader, kind) if document in hidden else document for document in pages]
        _put(archive, changed)
    else:
        added = [document for document in _item(draw, fresh, hidden=True) if _above(document, reader)]
        _put(archive, added)
        return f"adding {len(added)} pages"
    return f"{kind} of {item}"


def _changed(draw: random.Random, document: PageDocument, reader: Visibility, kind: str) -> PageDocument:
    if kind == "rewrite":
        return replace(document, text="".join(draw.choices([*WORDS, *ONLY_ABOVE], k=draw.randrange(1, 80))))
    for marking_set in draw.sample(MARKINGS + SECRETS, len(MARKINGS + SECRETS)):
        other = replace(document, marking_set=marking_set)
        if _above(other, reader):
            return other
    return document


def _put(archive: Archive, pages: list[PageDocument]) -> None:
    archive.holdings.put(*pages)
    with archive.works.work(OPERATOR) as work:
        index_items(work, archive.ports, pages)
