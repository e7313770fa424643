"""The durable records of the key store 密钥库: the same rows in every place before anything is acknowledged.

Every write has a number and a mark in each place's history. A place that is behind is brought up from the newest; one
that is missing, damaged or has gone its own way is named, and nothing is written until somebody has had it resynced or
taken it out of the settings. One writer at a time over all processes (a lock file), readers beside each other.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive.kernel.refusals import Refusal
from archive.keys import places as rows
from archive.keys.files import PRIVATE_FILE, Files, LocalFiles
from archive.keys.places import Head, Place, Pointer, SealedRow
from archive.keys.roots import RootProvider
from archive.keys.terms import Destruction, KeyKind, KeyRow, PlaceCondition, PlaceState, StoreHealth, Tier
from archive.keys.wraps import new_key, seal, unseal

_KINDS = {kind.value: kind for kind in KeyKind}
_TIERS = {tier.value: tier for tier in Tier}


class Opened:
    """The records as one deed sees them 已打开的密钥库: reads the newest place, writes into all. Inside one lock."""

    def __init__(self, places: Sequence[Place], newest: Place, cipher: AESGCM) -> None:
        self._places = places
        self._cipher = cipher
        self._reading = newest.current()
        self.written = False

    def get(self, record: str) -> KeyRow | None:
        """The record of that id."""
        found = rows.fetch(self._reading, record)
        return None if found is None else self._unseal(found)

    def of_object(self, object_id: str, kind: KeyKind | None = None) -> list[KeyRow]:
        """All records of one object."""
        return self.of_objects([object_id], kind)

    def of_objects(self, object_ids: Sequence[str], kind: KeyKind | None = None) -> list[KeyRow]:
        """All records of some objects (a few hundred at most)."""
        return [self._unseal(found) for found in rows.fetch_objects(self._reading, object_ids, kind)]

    def is_destroyed(self, record: str) -> bool:
        """Whether that id was destroyed."""
        return rows.is_destroyed(self._reading, record)

    def below_year(self, year: str) -> list[str]:
        """Ids of case and file keys under a year key."""
        return rows.below_year(self._reading, year)

    def put(self, *changed: KeyRow) -> None:
        """Writes records in every place; durable when the deed's context ends."""
        sealed = [seal_row(self._cipher, row) for row in changed]
        self._begin()
        for place in self._places:
            rows.put(place.current(), sealed)

    def drop(self, *ids: str) -> None:
        """Removes records in every place; their cells are zeroed."""
        self._begin()
        for place in self._places:
            rows.drop(place.current(), ids)

    def _begin(self) -> None:
        if not self.written:
            self.written = True
            for place in self._places:
                place.current().execute("BEGIN IMMEDIATE")

    def _unseal(self, row: SealedRow) -> KeyRow:
        return unseal_row(self._cipher, row)


class Vault:
    """The records in all places 密钥库."""

    def __init__(self, places: Sequence[Path], roots: RootProvider, files: Files | None = None) -> None:
        if not places:
            raise ValueError("a key store has at least one place")
        self._files = files or LocalFiles()
        self.places = tuple(Place(path, self._files) for path in places)
        self.roots = roots
        self._mutex = threading.Lock()
        self._busy = 0
        self._store_key: tuple[Pointer, AESGCM] | None = None

    @classmethod
    def create(cls, places: Sequence[Path], roots: RootProvider, files: Files | None = None) -> Self:
        """Makes an empty key store in every place; refuses when one of them has one. Needs ``general`` unlocked."""
        vault = cls(places, roots, files)
        for place in vault.places:
            if place.pointer() is not None:
                raise Refusal("archive.key-store-exists", place=str(place.path))
        pointer, mark = Pointer(secrets.token_hex(16), 1, secrets.token_hex(8)), secrets.token_hex(8)
        wrapped = roots.wrap(Tier.GENERAL, new_key())
        for place in vault.places:
            with _closing(place.prepare(pointer.stem, wrapped)) as database:
                place.note(database, 1, mark)
                place.complete(database)
        for place in vault.places:
            place.switch(pointer)
        return vault

    def close(self) -> None:
        """Closes files and forgets the store key."""
        with self._mutex:
            self._forget()

    @contextmanager
    def reading(self) -> Iterator[Opened]:
        """The records as they are, beside other readers."""
        with self._locked(fcntl.LOCK_SH):
            newest = self._newest()
            yield Opened((), newest, self._cipher(newest))

    @contextmanager
    def writing(self) -> Iterator[Opened]:
        """One batch of changes: durable in every place when the context ends, in none of them when it raises.

        A write that fails in some place raises OSError or sqlite3.Error: nothing is acknowledged. What another place
        may have kept of it is brought into line before the next write.
        """
        with self._locked(fcntl.LOCK_EX):
            try:
                newest = self._settled()
                opened = Opened(self.places, newest, self._cipher(newest))
                yield opened
                if opened.written:
                    self._commit()
            except BaseException:
                self._forget()
                raise

    def destroy(self, select: Callable[[Opened], Collection[str]]) -> Destruction:
        """Shreds records: the store is written anew without them under a new store key, the old one overwritten."""
        with self._locked(fcntl.LOCK_EX):
            try:
                newest = self._settled()
                ids = tuple(sorted(set(select(Opened((), newest, self._cipher(newest))))))
                epoch = self._rewrite(newest, ids)
                return Destruction(epoch, ids, self._shred_backups(epoch))
            except BaseException:
                self._forget()
                raise

    def destructions(self) -> dict[int, tuple[str, ...]]:
        """What was ever destroyed 历次销毁: ids by the epoch that their destruction made, from epoch 2 on."""
        with self._locked(fcntl.LOCK_SH):
            place = self._newest()
            head = place.head()
            found: dict[int, list[str]] = {epoch: [] for epoch in range(2, (head.pointer.epoch if head else 1) + 1)}
            for record, epoch in rows.destroyed(place.current()):
                found.setdefault(epoch, []).append(record)
        return {epoch: tuple(sorted(ids)) for epoch, ids in sorted(found.items())}

    def unreachable_backups(self) -> tuple[str, ...]:
        """Backups older than the newest destruction that could not be reached and still hold destroyed keys."""
        with self._locked(fcntl.LOCK_SH):
            place = self._newest()
            head = place.head()
            return rows.backups_before(place.current(), head.pointer.epoch) if head else ()

    def settle(self) -> StoreHealth:
        """Finishes what a crash or a failed write left, as far as it goes, and tells how the places stand."""
        with self._locked(fcntl.LOCK_EX):
            try:
                newest, states = self._states()
                if newest is not None and newest.pointer() is not None:
                    for place, state in zip(self.places, states, strict=True):
                        if state.condition is PlaceCondition.OLDER:
                            self._copy(newest, place)
                        elif state.condition is PlaceCondition.GOOD:
                            place.sweep()
                    self._shred_backups(states[self.places.index(newest)].epoch)
            except (OSError, sqlite3.Error):
                self._forget()
            return self._health()

    def health(self) -> StoreHealth:
        """How the places stand; changes nothing."""
        with self._locked(fcntl.LOCK_SH):
            return self._health()

    def resync(self, path: Path) -> None:
        """Writes one place anew from the newest other one 补齐存放处; what it held is overwritten."""
        with self._locked(fcntl.LOCK_EX):
            target = next(place for place in self.places if place.path == path)
            others = [place for place in self.places if place is not target]
            newest, _ = self._states(others)
            if newest is None:
                raise Refusal("archive.key-place-missing", place=str(path))
            target.close()
            self._copy(newest, target)
            roots = newest.path / "roots"
            for found in sorted(roots.iterdir()) if roots.is_dir() else ():
                self._files.folder(path / "roots")
                self._files.replace(path / "roots" / found.name, self._files.read(found))

    @contextmanager
    def snapshot(self) -> Iterator[tuple[Head, Place]]:
        """The newest place, held still for a copy (backup)."""
        with self._locked(fcntl.LOCK_EX):
            newest = self._settled()
            head = newest.head()
            assert head is not None
            yield head, newest

    def remember_backup(self, path: Path, epoch: int) -> None:
        """Notes a backup, so that the next destruction shreds it. Inside ``snapshot``."""
        for place in self.places:
            database = place.current()
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT OR REPLACE INTO backups VALUES (?, ?)", (str(path.resolve()), epoch))
        self._commit()

    def _commit(self) -> None:
        mark = secrets.token_hex(8)
        heads = [place.head() for place in self.places]
        sequence = 1 + max(head.sequence for head in heads if head is not None)
        for place in self.places:
            place.note(place.current(), sequence, mark)
        for place in self.places:
            place.current().execute("COMMIT")

    def _rewrite(self, newest: Place, ids: Sequence[str]) -> int:
        head = newest.head()
        assert head is not None
        pointer = Pointer(head.pointer.store_id, head.pointer.epoch + 1, secrets.token_hex(8))
        key = new_key()
        wrapped, old, fresh = self.roots.wrap(Tier.GENERAL, key), self._cipher(newest), AESGCM(key)
        gone, mark = set(ids), secrets.token_hex(8)
        targets = [(place, place.prepare(pointer.stem, wrapped)) for place in self.places]
        try:
            for piece in rows.chunks(newest.current()):
                sealed = [reseal_row(old, fresh, row) for row in piece if row[0] not in gone]
                for _, database in targets:
                    rows.put(database, sealed)
            for place, database in targets:
                rows.copy_tables(newest.current(), database)
                database.executemany("INSERT OR IGNORE INTO destroyed VALUES (?, ?)", ((i, pointer.epoch) for i in ids))
                place.note(database, head.sequence + 1, mark)
                place.complete(database)
        finally:
            for _, database in targets:
                database.close()
        self._store_key = None
        for place in self.places:
            place.switch(pointer)
        for place in self.places:
            place.sweep()
        return pointer.epoch

    def _copy(self, source: Place, target: Place) -> None:
        """Makes ``target`` what ``source`` is."""
        head = source.head()
        assert head is not None
        pointer = Pointer(head.pointer.store_id, head.pointer.epoch, secrets.token_hex(8))
        with _closing(target.prepare(pointer.stem, source.wrapped_store_key())) as database:
            for piece in rows.chunks(source.current()):
                rows.put(database, piece)
            rows.copy_tables(source.current(), database)
            target.complete(database)
        target.switch(pointer)
        target.sweep()

    def _shred_backups(self, epoch: int) -> tuple[str, ...]:
        """Shreds the files of backups older than ``epoch``; names those that cannot be reached."""
        unreachable: list[str] = []
        found = self._newest().current().execute("SELECT path FROM backups WHERE epoch < ?", (epoch,)).fetchall()
        for (text,) in found:
            path = Path(text)
            if not (path / "backup.json").exists():
                unreachable.append(text)
                continue
            for name in ("keys.sqlite", "store.key"):
                self._files.shred(path / name)
        return tuple(unreachable)

    def _cipher(self, place: Place) -> AESGCM:
        pointer = place.pointer()
        assert pointer is not None
        if self._store_key is None or self._store_key[0] != pointer:
            wrapped = place.wrapped_store_key()
            self._store_key = (pointer, AESGCM(self.roots.unwrap(Tier.GENERAL, wrapped)))
        elif not self.roots.is_unlocked(Tier.GENERAL):
            self._store_key = None
            return self._cipher(place)
        return self._store_key[1]

    def _newest(self) -> Place:
        newest, states = self._states()
        if newest is None:
            raise Refusal("archive.key-place-missing", place=states[0].path)
        return newest

    def _settled(self) -> Place:
        """The newest place, after bringing the others up; refuses when one of them cannot be."""
        newest, states = self._states()
        for place, state in zip(self.places, states, strict=True):
            if state.condition is PlaceCondition.OLDER and newest is not None:
                self._copy(newest, place)
            elif state.condition is not PlaceCondition.GOOD:
                raise Refusal("archive.key-place-missing", place=state.path, condition=str(state.condition))
        assert newest is not None
        return newest

    def _states(self, places: Sequence[Place] | None = None) -> tuple[Place | None, list[PlaceState]]:
        places = self.places if places is None else places
        heads: list[Head | None] = []
        damaged: set[int] = set()
        for number, place in enumerate(places):
            try:
                heads.append(place.head())
            except (OSError, sqlite3.Error, ValueError, TypeError, KeyError):
                place.close()
                heads.append(None)
                damaged.add(number)
        known = [(h.pointer.epoch, h.sequence, -n) for n, h in enumerate(heads) if h is not None]
        if not known:
            conditions = [_condition(n in damaged) for n in range(len(heads))]
            return None, [PlaceState(str(p.path), c, 0, 0) for p, c in zip(places, conditions, strict=True)]
        top = -max(known)[2]
        newest, lead = places[top], heads[top]
        assert lead is not None
        states = []
        for number, (place, head) in enumerate(zip(places, heads, strict=True)):
            if head is None:
                states.append(PlaceState(str(place.path), _condition(number in damaged), 0, 0))
                continue
            condition = PlaceCondition.GOOD
            if head != lead:
                is_past = head.pointer.store_id == lead.pointer.store_id and newest.has_been_at(
                    head.sequence, head.mark
                )
                condition = PlaceCondition.OLDER if is_past else PlaceCondition.FORKED
            states.append(PlaceState(str(place.path), condition, head.pointer.epoch, head.sequence))
        return newest, states

    def _health(self) -> StoreHealth:
        _, states = self._states()
        return StoreHealth(tuple(states), max((state.epoch for state in states), default=0))

    def _forget(self) -> None:
        for place in self.places:
            place.close()
        self._store_key = None

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """One process writes, or several read; threads of this process take turns."""
        if self._busy == threading.get_ident():
            raise RuntimeError("deeds on the key store are not nested")
        home = next((place.path for place in self.places if place.path.is_dir()), None)
        with self._mutex:
            self._busy = threading.get_ident()
            fd = -1
            try:
                if home is not None:
                    fd = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
                    fcntl.flock(fd, how)
                yield
            finally:
                self._busy = 0
                if fd >= 0:
                    os.close(fd)


def seal_row(cipher: AESGCM, row: KeyRow) -> SealedRow:
    """A record as it lies in a place: its wrapped key under the store key, bound to the rest."""
    clear = (row.id, row.kind.value, row.object_id, row.parent, row.tier.value)
    return (*clear, seal(cipher, row.wrapped, "|".join(clear).encode()))


def unseal_row(cipher: AESGCM, row: SealedRow) -> KeyRow:
    """The record back; raises KeyDamaged when anything in it was changed."""
    wrapped = unseal(cipher, row[5], "|".join(row[:5]).encode())
    return KeyRow(row[0], _KINDS[row[1]], row[2], row[3], _TIERS[row[4]], wrapped)


def reseal_row(old: AESGCM, fresh: AESGCM, row: SealedRow) -> SealedRow:
    """The same record under another store key."""
    bound_to = "|".join(row[:5]).encode()
    return (*row[:5], seal(fresh, unseal(old, row[5], bound_to), bound_to))


def _condition(is_damaged: bool) -> PlaceCondition:
    return PlaceCondition.DAMAGED if is_damaged else PlaceCondition.MISSING


@contextmanager
def _closing(database: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    try:
        yield database
    finally:
        database.close()
