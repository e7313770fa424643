"""One open index file, and ranking over several 索引文件句柄: counts are read file by file, then summed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import nlargest
from pathlib import Path
from typing import Any

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
        connection.register_fts5_function("times", _times)
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


def _times(api: apsw.FTS5ExtensionApi, *_none: apsw.SQLiteValue) -> int:
    return min(api.inst_count, MOST)


def _times_each(api: apsw.FTS5ExtensionApi, *numbers: apsw.SQLiteValue) -> bytes:
    return bytes(min(MOST, sum(map(len, api.phrase_locations(int(str(number)))))) for number in numbers)


@dataclass(frozen=True, slots=True)
class Read:
    """A steady view of one file 一致视图: how many pages and tokens it holds, and questions to it."""

    connection: apsw.Connection
    pages: int
    tokens: int

    def matches(self, expression: Expression) -> list[tuple[int, int, bytes]]:
        """(row, length, how often each ranking phrase stands there) of every page that answers."""
        numbers: tuple[int, ...] = ()
        if expression.numbers == (0,) and len(expression.phrases) == 1 and expression.text.count('"') == 2:
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
        if times == "times(words)":
            return [(row, length, _SINGLE[count]) for row, length, count in rows]
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


_SINGLE = [bytes((count,)) for count in range(MOST + 1)]
_Scored = tuple[float, int, int]


def best(reads: Sequence[Read], expression: Expression, limit: int, after: Ranked | None) -> Found:
    """The best pages over all ``reads``, scored by the sums of their counts."""
    matches = [read.matches(expression) for read in reads]
    holding = [read.holding(expression) for read in reads]
    sums = tuple(sum(column) for column in zip(*holding, strict=True)) if reads else ()
    world = World(sum(r.pages for r in reads), sum(r.tokens for r in reads), sums)
    scored = _score(matches, Scorer(world))
    return Found(tuple(_first(reads, scored, limit, after)), len(scored))


def _score(matches: Sequence[list[tuple[int, int, bytes]]], scorer: Scorer) -> list[_Scored]:
    known: dict[tuple[bytes, int], float] = {}
    scored: list[_Scored] = []
    for number, rows in enumerate(matches):
        for row, length, counts in rows:
            score = known.get((counts, length))
            if score is None:
                score = known[counts, length] = scorer.score(counts, length)
            scored.append((score, number, row))
    return scored


def _first(reads: Sequence[Read], scored: list[_Scored], limit: int, after: Ranked | None) -> list[Ranked]:
    """Ids are looked up only for pages that can be among the first: above the last score, and all that equal it."""
    ties: list[Ranked] = []
    if after is not None:
        ties = [_page(reads, one) for one in scored if one[0] == after.score]
        ties = [page for page in ties if page.order > after.order]
        scored = [one for one in scored if one[0] < after.score]
    missing = limit - len(ties)
    if missing > 0 and scored:
        least = nlargest(missing, (one[0] for one in scored))[-1]
        ties += [_page(reads, one) for one in scored if one[0] >= least]
    return sorted(ties, key=lambda page: page.order)[:limit]


def _page(reads: Sequence[Read], one: _Scored) -> Ranked:
    return reads[one[1]].page(one[2], one[0])
