"""Backups of the key store 密钥库备份: short-lived copies that know their epoch.

A backup holds the records, the store key wrapped under the root of ``general``, and the root files; never a root in
clear. Each destruction shreds the backups before it that can be reached; restoring asks the ledger for every
destruction since the backup's epoch, so neither today's keys are lost nor destroyed ones revived.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive.kernel.canonical import canonical, parse
from archive.kernel.clock import to_rfc3339
from archive.kernel.refusals import Refusal
from archive.keys import places as rows
from archive.keys.files import Files, LocalFiles
from archive.keys.places import Place, Pointer
from archive.keys.roots import RootProvider
from archive.keys.terms import Tier
from archive.keys.vault import Vault, reseal_row
from archive.keys.wraps import new_key


def back_up(vault: Vault, target: Path, now: datetime, files: Files | None = None) -> int:
    """Writes a backup into the new folder ``target`` 备份 and gives its epoch; complete only with ``backup.json``."""
    files = files or LocalFiles()
    if target.exists():
        raise Refusal("archive.key-backup-exists", place=str(target))
    files.folder(target)
    with vault.snapshot() as (head, place):
        files.create(target / "store.key", place.wrapped_store_key())
        files.create(target / "keys.sqlite", place.current().serialize())
        roots = place.path / "roots"
        if roots.is_dir():
            files.folder(target / "roots")
            for found in sorted(roots.glob("*.json")):
                files.create(target / "roots" / found.name, files.read(found))
        told = {
            "epoch": head.pointer.epoch,
            "made": to_rfc3339(now),
            "sequence": head.sequence,
            "store": head.pointer.store_id,
        }
        # noted before it is complete: a crash between the two leaves no usable backup that no destruction knows of
        vault.remember_backup(target, head.pointer.epoch)
        files.create(target / "backup.json", canonical(told))
    return head.pointer.epoch


def restore_roots(backup: Path, places: Sequence[Path], files: Files | None = None) -> None:
    """Puts the backup's root files into every place that has none: the step before opening ``general``."""
    files = files or LocalFiles()
    for found in sorted((backup / "roots").glob("*.json")):
        for place in places:
            if not (place / "roots" / found.name).exists():
                files.folder(place / "roots")
                files.create(place / "roots" / found.name, files.read(found))


def restore(
    backup: Path,
    places: Sequence[Path],
    roots: RootProvider,
    destroyed: Mapping[int, Sequence[str]],
    files: Files | None = None,
) -> Vault:
    """Makes the key store anew from a backup 恢复, under a new store key, without what was destroyed since.

    ``destroyed`` comes from the ledger: ids by the epoch that their destruction made, complete from epoch 2 on.
    Refuses a backup without its epoch, an epoch that the ledger does not know, and places that hold a store.
    """
    files = files or LocalFiles()
    told = _told(files, backup)
    epoch = int(told["epoch"])
    known = {1, *destroyed}
    last = max(epoch, *known)
    missing = [str(number) for number in range(1, last + 1) if number not in known]
    if missing:
        raise Refusal("archive.key-backup-epoch-missing", place=str(backup), epochs=", ".join(missing))
    targets = [Place(path, files) for path in places]
    for target in targets:
        if target.pointer() is not None:
            raise Refusal("archive.key-store-exists", place=str(target.path))
    gone = {record: number for number in sorted(destroyed) for record in destroyed[number]}
    pointer = Pointer(str(told["store"]), last, secrets.token_hex(8))
    _write(backup, targets, roots, gone, pointer, files)
    return Vault(places, roots, files)


def _told(files: Files, backup: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = parse(files.read(backup / "backup.json"))
    except FileNotFoundError:
        raise Refusal("archive.key-backup-epoch-missing", place=str(backup), epochs="?") from None
    if not isinstance(told.get("epoch"), int) or not (backup / "keys.sqlite").exists():
        raise Refusal("archive.key-backup-epoch-missing", place=str(backup), epochs="?")
    return told


def _write(
    backup: Path,
    targets: Sequence[Place],
    roots: RootProvider,
    gone: Mapping[str, int],
    pointer: Pointer,
    files: Files,
) -> None:
    key, mark = new_key(), secrets.token_hex(8)
    old = AESGCM(roots.unwrap(Tier.GENERAL, files.read(backup / "store.key")))
    wrapped, fresh = roots.wrap(Tier.GENERAL, key), AESGCM(key)
    source = files.connect(backup / "keys.sqlite")
    prepared = [(target, target.prepare(pointer.stem, wrapped)) for target in targets]
    try:
        sequence = 1 + int(source.execute("SELECT max(sequence) FROM history").fetchone()[0])
        for piece in rows.chunks(source):
            sealed = [reseal_row(old, fresh, row) for row in piece if row[0] not in gone]
            for _, database in prepared:
                rows.put(database, sealed)
        for target, database in prepared:
            rows.copy_tables(source, database)
            database.executemany("INSERT OR IGNORE INTO destroyed VALUES (?, ?)", gone.items())
            target.note(database, sequence, mark)
            target.complete(database)
    finally:
        for _, database in prepared:
            database.close()
        source.close()
    for target in targets:
        target.switch(pointer)
