"""One open index file, and ranking over several 索引文件句柄: counts are read file by file, then summed."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, cast

import apsw

from search.engines.expressions import Expression, one_phrase
from search.rules.ranking import Scorer, World
from search.terms import Found, IndexName, Ranked

MOST = 255
"""A phrase counts at most so often on one page: beyond it BM25 hardly moves."""


class Sheet:
    """One open index file 索引文件; one thread at a time."""

    def __init__(self, name: IndexName, connection: apsw.Connection, path: Path) -> None:
        self.name = name
        self._inode = path.stat().st_ino
        self._connection = connection
        self._lock = threading.Lock()
        connection.register_fts5_function("times", cast(Any, attrgetter("inst_count")))
        connection.register_fts5_function("times_each", _times_each)

    def is_at(self, path: Path) -> bool:
        """Whether the file at ``path`` is still the one that was opened: another process may have dropped it."""
        try:
            return path.stat().st_ino == self._inode
        except FileNotFoundError:
            return False

    @contextmanager
    def reading(self) -> Iterator[Read]:
        """A steady view of the file while the block runs."""
        with self._lock:
            self._connection.execute("BEGIN")
            try:
                counted: list[Any] = self._connection.execute("SELECT pages, tokens FROM world").fetchall()
                yield Read(self._connection, *counted[0])
            finally:
                self._connection.execute("COMMIT")

    @contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """One transaction; the only writer of the file, in this process and any other."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def empty_log(self) -> None:
        """Brings the write-ahead log into the file and cuts it to nothing."""
        with self._lock:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Closes the file once nobody reads it."""
        with self._lock:
            self._connection.close()


def _times_each(api: apsw.FTS5ExtensionApi, *numbers: apsw.SQLiteValue) -> bytes:
    return bytes(min(MOST, sum(map(len, api.phrase_locations(int(str(number)))))) for number in numbers)


@dataclass(frozen=True, slots=True)
class Read:
    """A steady view of one file 一致视图: how many pages and tokens it holds, and questions to it."""

    connection: apsw.Connection
    pages: int
    tokens: int

    def matches(self, expression: Expression) -> list[_Match]:
        """(row, length, how often each ranking phrase stands there) of every page that answers."""
        numbers: tuple[int, ...] = ()
        if expression.lone:
            times = "times(words)"
        elif expression.numbers:
            marks = ", ?" * len(expression.numbers)
            times, numbers = f"times_each(words{marks})", expression.numbers
        else:
            times = "x''"
        rows: list[Any] = self.connection.execute(
            f"SELECT page.id, page.length, {times} FROM words JOIN page ON page.id = words.rowid WHERE words MATCH ?",
            (*numbers, expression.text),
        ).fetchall()
        return rows

    def holding(self, expression: Expression) -> list[int]:
        """How many pages hold each ranking phrase."""
        ask = "SELECT count(*) FROM words WHERE words MATCH ?"
        counted: list[list[Any]] = [
            self.connection.execute(ask, (one_phrase(p),)).fetchall() for p in expression.phrases
        ]
        return [rows[0][0] for rows in counted]

    def page(self, row: int, score: float) -> Ranked:
        """The page behind a row."""
        ask = "SELECT case_id, item_id, page FROM page WHERE id=?"
        rows: list[Any] = self.connection.execute(ask, (row,)).fetchall()
        case_id, item_id, page = rows[0]
        return Ranked(case_id, item_id, page, score)


_Match = tuple[int, int, int | bytes]


class _Scores(dict[tuple[int, int | bytes], float]):
    """Score by length and counts, worked out once: most pages share theirs with others."""

    def __init__(self, scorer: Scorer) -> None:
        super().__init__()
        self._scorer = scorer

    def __missing__(self, page: tuple[int, int | bytes]) -> float:
        length, counts = page
        each = (min(counts, MOST),) if isinstance(counts, int) else counts
        self[page] = score = self._scorer.score(each, length)
        return score


def best(reads: Sequence[Read], expression: Expression, limit: int, after: Ranked | None) -> Found:
    """The best pages over all ``reads``, scored by the sums of their counts."""
    matches = [read.matches(expression) for read in reads]
    holding = [[len(rows)] for rows in matches] if expression.lone else [read.holding(expression) for read in reads]
    sums = tuple(sum(column) for column in zip(*holding, strict=True)) if reads else ()
    known = _Scores(Scorer(World(sum(r.pages for r in reads), sum(r.tokens for r in reads), sums)))
    scores = [[known[row[1:]] for row in rows] for rows in matches]
    first = _first(reads, matches, scores, limit, after)
    return Found(tuple(first), sum(len(rows) for rows in matches))


def _first(
    reads: Sequence[Read],
    matches: Sequence[list[_Match]],
    scores: Sequence[list[float]],
    limit: int,
    after: Ranked | None,
) -> list[Ranked]:
    """Ids are looked up only for pages that can be among the first: above the last score, and all that equal it."""
    low, high = _bounds(scores, limit, after)
    found = [
        read.page(row[0], score)
        for read, rows, values in zip(reads, matches, scores, strict=True)
        for row, score in zip(rows, values, strict=True)
        if low <= score <= high
    ]
    return sorted((page for page in found if after is None or page.order > after.order), key=lambda p: p.order)[:limit]


def _bounds(scores: Sequence[list[float]], limit: int, after: Ranked | None) -> tuple[float, float]:
    """The scores between which the first ``limit`` pages behind ``after`` lie; those that equal its score are extra."""
    high = math.inf if after is None else after.score
    pages: Counter[float] = Counter()
    for values in scores:
        pages.update(values)
    wanted, low = limit, high
    for score in sorted((score for score in pages if score < high), reverse=True):
        if wanted <= 0:
            break
        wanted, low = wanted - pages[score], score
    return low, high
