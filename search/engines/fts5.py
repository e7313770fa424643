"""The default engine 默认检索引擎: one encrypted SQLite file an index, with FTS5 inside.

Every page of the file, its write-ahead log and its rollback data are ChaCha20-Poly1305 under the index's own key;
sorting happens in memory. FTS5 keeps tokens and positions only, no text. Scores are our own: whole numbers of all
opened files are summed first, so twelve files rank as one.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

import apsw

from archive.kernel.ids import ItemId
from archive.kernel.refusals import Refusal
from search.engines.engine import KeyFor
from search.engines.expressions import compile_tree
from search.engines.sheets import Sheet, best
from search.rules.dates import date_tokens
from search.rules.tokens import tokens
from search.rules.tree import Tree
from search.terms import FIELDS, Found, IndexName, PageDocument, Place, Ranked

SUFFIX = ".idx"
_CLEAR = b"SQLite format 3"
_COLUMNS = ("text", *FIELDS)
_SCHEMA = f"""
CREATE TABLE page(id INTEGER PRIMARY KEY, case_id TEXT, item_id TEXT, page INTEGER, length INTEGER);
CREATE INDEX page_item ON page(item_id);
CREATE TABLE world(pages INTEGER, tokens INTEGER);
INSERT INTO world VALUES(0, 0);
CREATE TRIGGER page_in AFTER INSERT ON page BEGIN UPDATE world SET pages=pages+1, tokens=tokens+new.length; END;
CREATE TRIGGER page_out AFTER DELETE ON page BEGIN UPDATE world SET pages=pages-1, tokens=tokens-old.length; END;
CREATE VIRTUAL TABLE words USING fts5({", ".join(_COLUMNS)},
    tokenize='ascii', content='', contentless_delete=1, prefix='1');
"""
_INSERT = f"INSERT INTO words(rowid, {', '.join(_COLUMNS)}) VALUES({', '.join('?' * (len(_COLUMNS) + 1))})"


class Fts5Engine:
    """Index files in ``folder`` 默认检索引擎; at most ``most_open`` stay open. Safe for threads, not across a fork."""

    def __init__(self, folder: Path, key_for: KeyFor, most_open: int = 128) -> None:
        self._folder = folder
        self._key_for = key_for
        self._most_open = most_open
        self._open: OrderedDict[IndexName, Sheet] = OrderedDict()
        self._lock = threading.Lock()
        self._process = 0

    def open(self, place: Place) -> Sheet:
        """A handle for searching. The key is asked for each time, so a tier that was locked again closes at once."""
        return self._sheet(place, create=False)

    def write(self, place: Place, documents: Sequence[PageDocument]) -> None:
        """Puts pages in, in one transaction; earlier pages of the same items are gone. Creates the index."""
        with self._sheet(place, create=True).writing() as connection:
            _take_out(connection, {document.item_id for document in documents})
            for document in documents:
                _put_in(connection, document)

    def remove(self, place: Place, items: Iterable[ItemId]) -> int:
        """Takes all pages of ``items`` out. Tokens leave the file too: FTS5 is merged and the log is emptied."""
        sheet = self._sheet(place, create=False)
        with sheet.writing() as connection:
            taken = _take_out(connection, set(items))
            if taken:
                connection.execute("INSERT INTO words(words) VALUES('optimize')").fetchall()
        if taken:
            sheet.empty_log()
        return taken

    def search(self, handles: Sequence[Sheet], tree: Tree, limit: int, after: Ranked | None = None) -> Found:
        """The best ``limit`` pages behind ``after``, ranked as if all ``handles`` were one index."""
        expression = compile_tree(tree)
        with ExitStack() as stack:
            reads = [stack.enter_context(sheet.reading()) for sheet in sorted(set(handles), key=lambda s: s.name)]
            return best(reads, expression, limit, after)

    def count(self, place: Place) -> int:
        """How many pages the index holds."""
        with self._sheet(place, create=False).reading() as read:
            return read.pages

    def drop(self, name: IndexName) -> None:
        """Deletes an index with its log; nothing happens when it is not there."""
        self._forget(name)
        for ending in ("", "-wal", "-shm", "-journal"):
            Path(f"{self._path(name)}{ending}").unlink(missing_ok=True)

    def names(self) -> frozenset[IndexName]:
        """Every index file in the folder."""
        return frozenset(IndexName(path.name.removesuffix(SUFFIX)) for path in self._folder.glob(f"*{SUFFIX}"))

    def close(self) -> None:
        """Closes every open file."""
        with self._lock:
            for sheet in self._open.values():
                sheet.close()
            self._open.clear()

    def _sheet(self, place: Place, *, create: bool) -> Sheet:
        try:
            key = self._key_for(place.key)
        except Refusal:
            self._forget(place.name)
            raise
        with self._lock:
            if self._open and self._process != os.getpid():
                raise RuntimeError("an index handle does not cross a fork: open the engine after forking")
            self._process = os.getpid()
            sheet = self._open.get(place.name)
            if sheet is None or not sheet.is_at(self._path(place.name)):
                sheet = self._open[place.name] = self._connect(place, key, create=create)
            self._open.move_to_end(place.name)
            if len(self._open) > self._most_open:
                self._open.popitem(last=False)  # closes when its last search is done
            return sheet

    def _path(self, name: IndexName) -> Path:
        return self._folder / f"{name}{SUFFIX}"

    def _forget(self, name: IndexName) -> None:
        with self._lock:
            self._open.pop(name, None)

    def _connect(self, place: Place, key: bytes, *, create: bool) -> Sheet:
        if len(key) != 32:
            raise ValueError("an index key has 32 bytes")
        path = self._path(place.name)
        if not create and not path.exists():
            raise Refusal("search.index-missing", index=place.name)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            return Sheet(place.name, _connection(path, key), path)
        except apsw.NotADBError:
            raise Refusal("search.index-damaged", index=place.name) from None


def _connection(path: Path, key: bytes) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(30_000)
    # a statement that gives rows stops until they are fetched, and the key behind it would never be set
    connection.execute(f"PRAGMA cipher='chacha20'; PRAGMA key='raw:{key.hex()}'").fetchall()
    connection.execute(
        "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
        "PRAGMA secure_delete=ON; PRAGMA cache_size=-4096"
    ).fetchall()
    with path.open("rb") as file:
        if file.read(len(_CLEAR)) == _CLEAR:
            raise RuntimeError(f"the index file {path.name} is not encrypted")
    connection.execute("BEGIN IMMEDIATE").fetchall()
    if not connection.table_exists("main", "world"):
        connection.execute(_SCHEMA).fetchall()
    connection.execute("COMMIT").fetchall()
    os.chmod(path, 0o600)
    return connection


def _take_out(connection: apsw.Connection, items: set[ItemId]) -> int:
    rows = [
        row[0]
        for item in sorted(items)
        for row in connection.execute("SELECT id FROM page WHERE item_id=?", (item,)).fetchall()
    ]
    connection.executemany("DELETE FROM words WHERE rowid=?", [(row,) for row in rows])
    connection.executemany("DELETE FROM page WHERE id=?", [(row,) for row in rows])
    return len(rows)


def _put_in(connection: apsw.Connection, document: PageDocument) -> None:
    text, title = tokens(document.text), tokens(document.title)
    connection.execute(
        "INSERT INTO page(case_id, item_id, page, length) VALUES(?, ?, ?, ?)",
        (document.case_id, document.item_id, document.page, len(text) + len(title)),
    )
    named = [title, *(_field_tokens(name, document.fields.get(name, "")) for name in FIELDS[1:])]
    connection.execute(_INSERT, (connection.last_insert_rowid(), *map(" ".join, (text, *named))))


def _field_tokens(name: str, value: str) -> list[str]:
    return date_tokens(value) if name == "date" else tokens(value)
