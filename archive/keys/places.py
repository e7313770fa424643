"""One place of the key store 密钥存放处: a folder with a SQLite file of wrapped keys and the wrapped store key.

``current`` names the epoch in force and the stem of its two files, ``keys-<stem>.sqlite`` and ``store-<stem>.key``. A
destruction writes both anew for the next epoch, switches ``current``, and overwrites and removes the old ones. SQLite
runs with a rollback journal (TRUNCATE), ``synchronous=FULL`` and ``secure_delete=ON``.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from archive.kernel.canonical import canonical, parse
from archive.keys.files import Files
from archive.keys.terms import KeyKind

SealedRow = tuple[str, str, str, str, str, bytes]

_SCHEMA = """
CREATE TABLE records (id TEXT PRIMARY KEY, kind TEXT NOT NULL, object TEXT NOT NULL, parent TEXT NOT NULL,
    tier TEXT NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE destroyed (id TEXT PRIMARY KEY, epoch INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE history (sequence INTEGER PRIMARY KEY, mark TEXT NOT NULL);
CREATE TABLE backups (path TEXT PRIMARY KEY, epoch INTEGER NOT NULL) WITHOUT ROWID;
"""
_INDEX = "CREATE INDEX records_object ON records (object, kind)"
TABLES = ("destroyed", "history", "backups")
_HISTORY = 512
_COLUMNS = "id, kind, object, parent, tier, sealed"


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which store this is and which epoch is in force 当前纪元; the stem names this place's files of it."""

    store_id: str
    epoch: int
    stem: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Head:
    """Where a place stands 存放处进度: epoch, number of the last write, and the mark of that write."""

    pointer: Pointer
    sequence: int
    mark: str


class Place:
    """One folder of the key store 密钥存放处. Not for two threads at once."""

    def __init__(self, path: Path, files: Files) -> None:
        self.path = path
        self.files = files
        self._open: tuple[str, sqlite3.Connection] | None = None

    def __del__(self) -> None:
        """An open file is closed by us, not by chance."""
        with contextlib.suppress(sqlite3.Error):
            self.close()

    def pointer(self) -> Pointer | None:
        """The epoch in force; None when there is no store here."""
        try:
            found = parse(self.files.read(self.path / "current"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        return Pointer(str(found["store"]), int(found["epoch"]), str(found["stem"]))

    def head(self) -> Head | None:
        """Where this place stands; None when there is no store; sqlite3.Error or OSError when it is damaged."""
        pointer = self.pointer()
        if pointer is None:
            return None
        row = self.database(pointer.stem).execute("SELECT sequence, mark FROM history ORDER BY 1 DESC").fetchone()
        return Head(pointer, int(row[0]), str(row[1]))

    def has_been_at(self, sequence: int, mark: str) -> bool:
        """Whether the write ``sequence`` with ``mark`` is part of this place's past."""
        row = self.current().execute("SELECT mark FROM history WHERE sequence = ?", (sequence,)).fetchone()
        return row is not None and row[0] == mark

    def current(self) -> sqlite3.Connection:
        """The file of the epoch in force."""
        pointer = self.pointer()
        if pointer is None:
            raise FileNotFoundError(f"no key store in {self.path}")
        return self.database(pointer.stem)

    def database(self, stem: str) -> sqlite3.Connection:
        """The file of that stem, opened once."""
        if self._open is None or self._open[0] != stem:
            self.close()
            self._open = (stem, self._connect(self.database_path(stem)))
        return self._open[1]

    def close(self) -> None:
        """Forgets the open file; an unfinished transaction is rolled back."""
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def database_path(self, stem: str) -> Path:
        """Where the records lie."""
        return self.path / f"keys-{stem}.sqlite"

    def store_key_path(self, stem: str) -> Path:
        """Where the wrapped store key lies."""
        return self.path / f"store-{stem}.key"

    def wrapped_store_key(self) -> bytes:
        """The wrapped store key of the epoch in force."""
        pointer = self.pointer()
        if pointer is None:
            raise FileNotFoundError(f"no key store in {self.path}")
        return self.files.read(self.store_key_path(pointer.stem))

    def prepare(self, stem: str, wrapped_store_key: bytes) -> sqlite3.Connection:
        """Makes files that are not in force yet, with an open transaction."""
        self.files.folder(self.path)
        self.files.create(self.store_key_path(stem), wrapped_store_key)
        self.files.create(self.database_path(stem), b"")
        database = self._connect(self.database_path(stem))
        database.execute("BEGIN IMMEDIATE")
        for statement in filter(str.strip, _SCHEMA.split(";")):
            database.execute(statement)
        return database

    def switch(self, pointer: Pointer) -> None:
        """Puts prepared files in force: one durable rename."""
        self.close()
        value = {"epoch": pointer.epoch, "stem": pointer.stem, "store": pointer.store_id}
        self.files.replace(self.path / "current", canonical(value))

    def sweep(self) -> None:
        """Overwrites and removes every file that is not in force: old epochs, and what a crash left half made."""
        pointer = self.pointer()
        if pointer is None:
            return
        database = self.database_path(pointer.stem).name
        keep = {database, database + "-journal", self.store_key_path(pointer.stem).name}
        for found in sorted(self.path.iterdir()):
            if found.name.startswith(("keys-", "store-")) and found.name not in keep:
                self.files.shred(found)
        self.files.shred(self.path / "current.new")

    def complete(self, database: sqlite3.Connection) -> None:
        """Ends the transaction that ``prepare`` opened; the index is made last, which is quicker."""
        database.execute(_INDEX)
        database.execute("COMMIT")

    def note(self, database: sqlite3.Connection, sequence: int, mark: str) -> None:
        """Notes a write in the history of this place, inside its transaction."""
        database.execute("INSERT INTO history VALUES (?, ?)", (sequence, mark))
        database.execute("DELETE FROM history WHERE sequence <= ?", (sequence - _HISTORY,))

    def _connect(self, path: Path) -> sqlite3.Connection:
        database = self.files.connect(path)
        for pragma in ("journal_mode=TRUNCATE", "synchronous=FULL", "secure_delete=ON", "cache_size=-16000"):
            database.execute(f"PRAGMA {pragma}").fetchall()
        return database


def put(database: sqlite3.Connection, rows: Iterable[SealedRow]) -> None:
    """Writes records, over those of the same id (which stay with their object)."""
    database.executemany(
        "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
        " SET parent = excluded.parent, tier = excluded.tier, sealed = excluded.sealed",
        rows,
    )


def drop(database: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Removes records."""
    database.executemany("DELETE FROM records WHERE id = ?", ((record,) for record in ids))


def fetch(database: sqlite3.Connection, record: str) -> SealedRow | None:
    """The record of that id."""
    row: SealedRow | None = database.execute(f"SELECT {_COLUMNS} FROM records WHERE id = ?", (record,)).fetchone()
    return row


def fetch_objects(
    database: sqlite3.Connection, object_ids: Sequence[str], kind: KeyKind | None = None
) -> list[SealedRow]:
    """All records of some objects (a few hundred at most)."""
    where, values = f"object IN ({', '.join('?' * len(object_ids))})", list(object_ids)
    if kind is not None:
        where, values = where + " AND kind = ?", [*values, kind]
    return list(database.execute(f"SELECT {_COLUMNS} FROM records WHERE {where} ORDER BY object, id", values))


def below_year(database: sqlite3.Connection, year: str) -> list[str]:
    """Ids of the case keys under a year key and of the file keys under those."""
    found = database.execute(
        "SELECT id FROM records WHERE parent = ?1"
        " OR parent IN (SELECT id FROM records WHERE parent = ?1 AND kind = 'case')",
        (year,),
    )
    return [str(row[0]) for row in found]


def destroyed(database: sqlite3.Connection) -> list[tuple[str, int]]:
    """Every destroyed id with the epoch of its destruction."""
    return [(str(record), int(epoch)) for record, epoch in database.execute("SELECT id, epoch FROM destroyed")]


def backups_before(database: sqlite3.Connection, epoch: int) -> tuple[str, ...]:
    """Backups older than ``epoch`` whose folder cannot be found, or which still hold their records."""
    found = database.execute("SELECT path FROM backups WHERE epoch < ? ORDER BY path", (epoch,))
    known = [Path(path) for (path,) in found]
    return tuple(str(p) for p in known if not (p / "backup.json").exists() or (p / "keys.sqlite").exists())


def is_destroyed(database: sqlite3.Connection, record: str) -> bool:
    """Whether that id was destroyed."""
    return database.execute("SELECT 1 FROM destroyed WHERE id = ?", (record,)).fetchone() is not None


def chunks(database: sqlite3.Connection, size: int = 10_000) -> Iterator[Sequence[SealedRow]]:
    """All records in the order of their ids, in pieces: memory stays small."""
    last = ""
    while rows := database.execute(
        f"SELECT {_COLUMNS} FROM records WHERE id > ? ORDER BY id LIMIT ?", (last, size)
    ).fetchall():
        yield rows
        last = rows[-1][0]


def copy_tables(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Copies the small tables: tombstones, history, backups."""
    for table in TABLES:
        rows = source.execute(f"SELECT * FROM {table}").fetchall()
        target.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)
