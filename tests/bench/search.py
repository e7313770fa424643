"""Search beside Whoosh on the same generated pages: building and phrases; and twelve index keys beside one index.

Both engines get the same tokens, so the ratio is that of the engines; no dictionary runs on either side. Ours encrypts
every byte and commits durably, Whoosh does neither.
"""

from __future__ import annotations

import hashlib
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from statistics import median
from typing import Any

from whoosh.analysis import tokenizers as untyped_tokenizers
from whoosh.fields import ID, TEXT, Schema
from whoosh.filedb.filestore import FileStorage as UntypedStorage
from whoosh.query import positional

from archive.kernel.ids import CaseId, ItemId, UnitCode
from search.engines.fts5 import Fts5Engine
from search.rules.tokens import tokens
from search.rules.tree import Phrase, phrase
from search.terms import IndexKey, IndexName, PageDocument, Place
from tests.bench.report import Report

PAGES = 1_500
SIGNS_A_PAGE = 500
QUESTIONS = 150
KEYS = 12
ROUNDS = 3
SPLIT_PAGES = 6_000
KEY = IndexKey(UnitCode("3702"), "INTERNAL/NONE/-")
ONE = Place(IndexName("one"), KEY)


def measure(report: Report, pages: int = PAGES, split_pages: int = SPLIT_PAGES) -> None:
    """Adds the ratios of search; about half a minute at the default sizes."""
    with tempfile.TemporaryDirectory(prefix="bench-search-") as folder:
        _beside_whoosh(report, Path(folder), _texts(pages))
    with tempfile.TemporaryDirectory(prefix="bench-search-") as folder:
        _split_beside_one(report, Path(folder), _texts(split_pages))


def _beside_whoosh(report: Report, folder: Path, texts: Sequence[str]) -> None:
    make_storage: Any = UntypedStorage
    engine, storage = _engine(folder / "ours"), make_storage(folder)
    ours = _cpu(lambda: _build(engine, [ONE], _documents(texts)))
    theirs = _cpu(lambda: _build_whoosh(storage, texts))
    report.ratio(f"search: index {len(texts)} pages, CPU", ours, theirs, 1 / 8, "lower", "Whoosh with the same tokens")
    asked, handles = _phrases(texts), [engine.open(ONE)]
    mine = _times(lambda tree: engine.search(handles, tree, 20), asked)
    with storage.open_index().searcher() as searcher:
        other = _times(lambda p: searcher.search(positional.Phrase("text", list(p.tokens)), limit=20), asked)
    note = f"{len(asked)} phrases, median {median(mine) * 1000:.2f} ms beside {median(other) * 1000:.2f} ms"
    report.ratio(f"search: phrase p99, {len(texts)} pages", _p99(mine), _p99(other), 1 / 20, "lower", note)
    engine.close()


def _split_beside_one(report: Report, folder: Path, texts: Sequence[str]) -> None:
    engine, asked = _engine(folder), _phrases(texts)
    split = [Place(IndexName(f"part{n}"), KEY) for n in range(KEYS)]
    _build(engine, [ONE], _documents(texts))
    _build(engine, split, _documents(texts))
    whole, parts = [engine.open(ONE)], [engine.open(place) for place in split]
    for tree in asked:
        if engine.search(whole, tree, 20) != engine.search(parts, tree, 20):
            raise AssertionError(f"the split ranks otherwise: {tree}")
    one = sum(_times(lambda tree: engine.search(whole, tree, 20), asked))
    many = sum(_times(lambda tree: engine.search(parts, tree, 20), asked))
    note = f"{len(texts)} pages, identical ranking of {len(asked)} phrases"
    report.ratio(f"search: {KEYS} index keys beside one", many, one, 2.5, "lower", note)
    engine.close()


def _engine(folder: Path) -> Fts5Engine:
    return Fts5Engine(folder, lambda key: hashlib.sha256(repr(key).encode()).digest())


def _documents(texts: Sequence[str]) -> list[PageDocument]:
    case = CaseId("case_b")
    return [PageDocument(case, ItemId(f"item_{n:06}"), 1, KEY.unit, KEY.marking_set, t) for n, t in enumerate(texts)]


def _texts(pages: int) -> list[str]:
    """Pages of words whose frequencies fall as those of a language do."""
    draw = random.Random(20)
    signs = [chr(0x4E00 + 7 * n) for n in range(2500)]
    weights = list(accumulate(1 / (n + 10) for n in range(len(signs))))
    lengths = draw.choices((1, 2, 2, 2, 3, 4), k=20_000)
    words = ["".join(draw.choices(signs, cum_weights=weights, k=length)) for length in lengths]
    words[50:60] = ["，", "。", "；", "、", "2024", "第12条", "A123", "：", "（", "）"]
    falling = list(accumulate(1 / (n + 5) for n in range(len(words))))
    return ["".join(draw.choices(words, cum_weights=falling, k=SIGNS_A_PAGE // 2)) for _ in range(pages)]


def _phrases(texts: Sequence[str]) -> list[Phrase]:
    draw = random.Random(21)
    found: list[Phrase] = []
    while len(found) < QUESTIONS:
        text = draw.choice(texts)
        start = draw.randrange(len(text) - 8)
        asked = phrase(text[start : start + draw.randrange(3, 8)])
        if asked is not None and not asked.prefix and len(asked.tokens) > 1:
            found.append(asked)
    return found


def _build(engine: Fts5Engine, places: Sequence[Place], documents: Sequence[PageDocument]) -> None:
    for number, place in enumerate(places):
        mine = documents[number :: len(places)]
        for start in range(0, len(mine), 500):
            engine.write(place, mine[start : start + 500])


def _build_whoosh(storage: Any, texts: Sequence[str]) -> None:
    make: Any = untyped_tokenizers
    schema: Any = Schema(item=ID(stored=True), text=TEXT(analyzer=make.SpaceSeparatedTokenizer(), phrase=True))
    writer = storage.create_index(schema).writer(limitmb=256)
    for number, text in enumerate(texts):
        writer.add_document(item=f"item_{number:06}", text=" ".join(tokens(text)))
    writer.commit()


def _times(search: Callable[[Any], object], asked: Sequence[Phrase]) -> list[float]:
    """Seconds for each question, the quickest of some rounds: other work on the machine is not what is measured."""
    best = [float("inf")] * len(asked)
    for _ in range(ROUNDS):
        for number, tree in enumerate(asked):
            start = time.perf_counter()
            search(tree)
            best[number] = min(best[number], time.perf_counter() - start)
    return best


def _p99(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.99) - 1]


def _cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
