"""The key tree 密钥树: one key a stored file, under its case key, under the key of (tier, disposal year), under a root.

Before sealing a file's key lies under the intake key of its object, which lies under the root of ``general``. Every
deed is durable in every place when it returns, and leaves nothing when it raises.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive.kernel.refusals import Refusal
from archive.keys import wraps
from archive.keys.backups import back_up
from archive.keys.roots import RootProvider, locked
from archive.keys.terms import SUITE, Destruction, KeyKind, KeyRecord, KeyRow, StoreHealth, Tier
from archive.keys.vault import Opened, Vault
from archive.keys.wraps import TextCipher

EXPORT_FORMAT = "anjuan-keys/1"
_MANY = 500
_UNDER_ROOT = frozenset({KeyKind.YEAR, KeyKind.INTAKE, KeyKind.PURPOSE})


class KeyStore:
    """The key tree on a vault 密钥库. ``archive_id`` is named in key exports and binds every ciphertext."""

    def __init__(self, vault: Vault, archive_id: str) -> None:
        self._vault = vault
        self._archive_id = archive_id

    @property
    def vault(self) -> Vault:
        """The records below: health, resync, backup."""
        return self._vault

    @property
    def _roots(self) -> RootProvider:
        return self._vault.roots

    def is_unlocked(self, tier: Tier) -> bool:
        """Whether the tier can be used in this process now."""
        return self._roots.is_unlocked(tier)

    def doctor(self) -> StoreHealth:
        """How the places of the store stand; red when a single loss can end the archive."""
        return self._vault.health()

    def new_file_key(self, file_id: str, object_id: str) -> bytes:
        """A new key for one stored file 新文件密钥, under the object's intake key. Refuses an id that was used."""
        return self.new_file_keys([file_id], object_id)[file_id]

    def new_file_keys(self, file_ids: Iterable[str], object_id: str) -> dict[str, bytes]:
        """New keys for several stored files in one durable write."""
        made = {file_id: wraps.new_key() for file_id in file_ids}
        with self._vault.writing() as opened:
            for file_id in made:
                if opened.get(file_id) is not None or opened.is_destroyed(file_id):
                    raise Refusal("archive.key-assigned", file=file_id)
            intake = _last(opened.of_object(object_id, KeyKind.INTAKE))
            if intake is None:
                intake_key = wraps.new_key()
                intake = self._new_intake(object_id, intake_key)
                opened.put(intake)
            else:
                intake_key = self._open(opened, intake)
            opened.put(*(_file_row(file_id, object_id, intake, intake_key, key) for file_id, key in made.items()))
        return made

    def open_key(self, file_id: str) -> bytes:
        """The key of a stored file 开启密钥.

        Refuses ``archive.tier-locked`` (naming the tier), ``archive.key-destroyed`` or ``archive.key-unknown``.
        """
        with self._vault.reading() as opened:
            return self._open(opened, self._needed(opened, file_id))

    def assign(self, object_id: str, tiers: Mapping[str, Tier], disposal_year: int) -> None:
        """Moves file keys from intake to the case keys of their tiers 定层: all or nothing, and repeatable.

        Needs every tier named unlocked; refuses once for each that is locked. The intake wraps of these files are gone
        afterwards; the intake key itself stays for ``text_cipher`` until ``close_intake``.
        """
        self._need_unlocked({*tiers.values(), Tier.GENERAL})
        with self._vault.writing() as opened:
            changed = []
            for file_id, tier in tiers.items():
                row = self._needed(opened, file_id, object_id)
                case = wraps.case_id(object_id, tier)
                if row.parent == case:
                    continue
                if not row.parent.startswith("intake:"):
                    raise Refusal("archive.key-assigned", file=file_id, tier=str(row.tier))
                changed.append((row, tier))
            self._rehang(opened, object_id, changed, disposal_year)

    def close_intake(self, object_id: str) -> None:
        """Removes the object's intake keys 关闭接收密钥; refuses while a file's key still lies under one."""
        with self._vault.writing() as opened:
            found = opened.of_object(object_id)
            waiting = [row.id for row in found if row.kind is KeyKind.FILE and row.parent.startswith("intake:")]
            if waiting:
                raise Refusal("archive.intake-open", object=object_id, count=len(waiting))
            intakes = [row.id for row in found if row.kind is KeyKind.INTAKE]
            if intakes:
                opened.drop(*intakes)

    def back_up(self, folder: Path, now: datetime) -> int:
        """Writes a backup of the wrapped keys into a new folder 备份; gives its epoch."""
        return back_up(self._vault, folder, now)

    def discard_files(self, file_ids: Iterable[str]) -> None:
        """Removes keys of staged files that were never sealed 弃置; their cells are zeroed, no new epoch is made.

        Unknown ids are no error; a sealed file's key is refused: that one is destroyed, on an order.
        """
        with self._vault.writing() as opened:
            for file_id in file_ids:
                row = opened.get(file_id)
                if row is None:
                    continue
                if row.kind is not KeyKind.FILE or not row.parent.startswith("intake:"):
                    raise Refusal("archive.key-assigned", file=file_id, tier=str(row.tier))
                opened.drop(file_id)

    def discard_unpublished(self, file_ids: Iterable[str]) -> None:
        """Removes keys of files that never became part of a published object 弃置未发布; unknown ids are no error.

        Nothing sealed is destroyed by it, so no new epoch is made and backups stay: the caller knows that no published
        inventory names these files (an interrupted seal leaves such keys under their tiers).
        """
        with self._vault.writing() as opened:
            for file_id in file_ids:
                row = opened.get(file_id)
                if row is not None and row.kind is KeyKind.FILE:
                    opened.drop(file_id)

    def settle(self) -> StoreHealth:
        """Finishes what a crash or a failed write left, as far as it goes 整理, and tells how the places stand."""
        return self._vault.settle()

    def destructions(self) -> dict[int, tuple[str, ...]]:
        """What was ever destroyed 历次销毁: ids by the epoch of their destruction, for the ledger."""
        return self._vault.destructions()

    def unreachable_backups(self) -> tuple[str, ...]:
        """Backups that could not be reached at a destruction and may still hold destroyed keys."""
        return self._vault.unreachable_backups()

    def move(self, object_id: str, file_ids: Iterable[str], tier: Tier) -> None:
        """Puts sealed files' keys under another tier of the same object 移层 (a new marking), in the same year."""
        with self._vault.writing() as opened:
            rows = [self._needed(opened, file_id, object_id) for file_id in file_ids]
            self._need_unlocked({tier, *(row.tier for row in rows)})
            cases = opened.of_object(object_id, KeyKind.CASE)
            if any(row.parent.startswith("intake:") for row in rows) or not cases:
                raise Refusal("archive.intake-open", object=object_id, count=len(rows))
            year = int(cases[0].parent.rsplit(":", 1)[1])
            target = wraps.case_id(object_id, tier)
            self._rehang(opened, object_id, [(row, tier) for row in rows if row.parent != target], year)

    def rewrap_year(self, object_id: str, new_year: int) -> None:
        """Puts the object's case keys under another disposal year 改处置年; files and content are untouched."""
        self.rewrap_years([object_id], new_year)

    def rewrap_years(self, object_ids: Iterable[str], new_year: int) -> None:
        """The same for many objects in one durable write."""
        asked = iter(sorted(set(object_ids)))  # in the order of the records: neighbours lie on one page
        with self._vault.writing() as opened:
            years: dict[str, AESGCM] = {}
            parents: dict[Tier, str] = {}
            while some := list(islice(asked, _MANY)):
                cases = opened.of_objects(some, KeyKind.CASE)
                for tier in {case.tier for case in cases} - parents.keys():
                    parents[tier] = wraps.year_id(tier, new_year)
                    years[parents[tier]] = self._year_cipher(opened, tier, new_year)
                opened.put(*(self._to_year(opened, years, case, parents[case.tier]) for case in cases))

    def destroy_files(self, file_ids: Iterable[str]) -> Destruction:
        """Shreds the keys of these files 销毁密钥; unknown ids become tombstones too, so it can be repeated."""
        ids = tuple(file_ids)
        return self._vault.destroy(lambda opened: ids)

    def destroy_object(self, object_id: str) -> Destruction:
        """Shreds every key of the object: files, case keys, intake."""
        return self._vault.destroy(lambda opened: [row.id for row in opened.of_object(object_id)])

    def destroy_year(self, tier: Tier, year: int) -> Destruction:
        """Shreds a class: the key of (tier, disposal year) and every key under it."""
        record = wraps.year_id(tier, year)
        return self._vault.destroy(lambda opened: [record, *opened.below_year(record)])

    def destroy_purpose(self, purpose: str, tier: Tier) -> Destruction:
        """Shreds the key of one purpose (an index, a year's ledger bodies)."""
        return self._vault.destroy(lambda opened: [wraps.purpose_id(tier, purpose)])

    def list_records(self, object_id: str) -> list[KeyRecord]:
        """What is held for the object, without any key."""
        with self._vault.reading() as opened:
            return [KeyRecord(row.id, row.kind, row.parent, row.tier) for row in opened.of_object(object_id)]

    def file_ids(self, object_id: str) -> frozenset[str]:
        """Every stored file of the object for which a key is held."""
        return frozenset(row.id for row in self.list_records(object_id) if row.kind is KeyKind.FILE)

    def export_tier(self, object_id: str, tier: Tier, sizes: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
        """The keys of an object's files of one tier 密钥导出, for the reference decryptor.

        ``sizes`` gives (true size in bytes, first version) by file id; files of other tiers are left out.
        """
        files = []
        with self._vault.reading() as opened:
            case = opened.get(wraps.case_id(object_id, tier))
            cipher = AESGCM(self._open(opened, case)) if case is not None else None
            for row in opened.of_object(object_id, KeyKind.FILE):
                if case is None or cipher is None or row.parent != case.id or row.id not in sizes:
                    continue
                size, version = sizes[row.id]
                key = wraps.unseal(cipher, row.wrapped, wraps.binding(row.kind, row.id, row.parent))
                files.append({"file": row.id, "first_version": version, "key": key.hex(), "plain_size": size})
        return {
            "archive": self._archive_id,
            "files": files,
            "format": EXPORT_FORMAT,
            "object": object_id,
            "suite": SUITE,
            "tier": str(tier),
        }

    def intake_cipher(self, object_id: str) -> TextCipher:
        """Encrypts the columns of an object that is not sealed yet; makes its intake key when there is none."""
        with self._vault.writing() as opened:
            intake = _last(opened.of_object(object_id, KeyKind.INTAKE))
            if intake is None:
                key = wraps.new_key()
                opened.put(self._new_intake(object_id, key))
            else:
                key = self._open(opened, intake)
        return TextCipher(object_id, Tier.GENERAL, None, key)

    def text_cipher(self, object_id: str, tier: Tier) -> TextCipher:
        """Encrypts the columns of one tier of a sealed object 字段加密器.

        Reads what ``intake_cipher`` wrote too while the intake is open. Refuses when the tier is locked, or the object
        has no key there.
        """
        with self._vault.reading() as opened:
            record = wraps.case_id(object_id, tier)
            case_key = self._open(opened, self._needed(opened, record, object_id))
            intake = _last(opened.of_object(object_id, KeyKind.INTAKE))
            intake_key = None if intake is None else self._open(opened, intake)
        return TextCipher(object_id, tier, case_key, intake_key)

    def derive(self, purpose: str, tier: Tier) -> bytes:
        """The key of one purpose 用途密钥 (index, ledger bodies, keyed digests): random, made at its first use.

        It lies under the tier's root, so it can be shredded alone (``destroy_purpose``).
        """
        if "|" in purpose:
            raise ValueError("a purpose has no vertical bar")
        record = wraps.purpose_id(tier, purpose)
        self._need_unlocked({tier})
        with self._vault.reading() as opened:
            row = opened.get(record)
            if row is not None:
                return self._open(opened, row)
        with self._vault.writing() as opened:
            row = opened.get(record)
            if row is not None:
                return self._open(opened, row)
            if opened.is_destroyed(record):
                raise Refusal("archive.key-destroyed", record=record)
            key = wraps.new_key()
            opened.put(self._under_root(KeyKind.PURPOSE, record, "", tier, key))
        return key

    def keyed_digest(self, purpose: str, data: bytes) -> str:
        """HMAC-SHA-256 of ``data`` under this installation's key for ``purpose`` 键控摘要, lower-case hex."""
        return hmac.new(self.derive(f"digest/{purpose}", Tier.GENERAL), data, sha256).hexdigest()

    def _rehang(
        self, opened: Opened, object_id: str, changed: Collection[tuple[KeyRow, Tier]], disposal_year: int
    ) -> None:
        """Wraps files' keys under the case keys of their new tiers, making those and the year keys where missing."""
        cases: dict[Tier, AESGCM] = {}
        parents: dict[str, AESGCM] = {}
        put = []
        for row, tier in changed:
            if tier not in cases:
                cases[tier] = self._case_cipher(opened, object_id, tier, disposal_year)
            if row.parent not in parents:
                parents[row.parent] = AESGCM(self._open(opened, self._needed(opened, row.parent)))
            key = wraps.unseal(parents[row.parent], row.wrapped, wraps.binding(row.kind, row.id, row.parent))
            case = wraps.case_id(object_id, tier)
            wrapped = wraps.seal(cases[tier], key, wraps.binding(KeyKind.FILE, row.id, case))
            put.append(KeyRow(row.id, KeyKind.FILE, object_id, case, tier, wrapped))
        if put:
            opened.put(*put)

    def _case_cipher(self, opened: Opened, object_id: str, tier: Tier, year: int) -> AESGCM:
        record = wraps.case_id(object_id, tier)
        found = opened.get(record)
        if found is not None:
            return AESGCM(self._open(opened, found))
        if opened.is_destroyed(record):
            raise Refusal("archive.key-destroyed", record=record)
        key, parent = wraps.new_key(), wraps.year_id(tier, year)
        wrapped = wraps.seal(self._year_cipher(opened, tier, year), key, wraps.binding(KeyKind.CASE, record, parent))
        opened.put(KeyRow(record, KeyKind.CASE, object_id, parent, tier, wrapped))
        return AESGCM(key)

    def _year_cipher(self, opened: Opened, tier: Tier, year: int) -> AESGCM:
        record = wraps.year_id(tier, year)
        found = opened.get(record)
        if found is not None:
            return AESGCM(self._open(opened, found))
        if opened.is_destroyed(record):
            raise Refusal("archive.key-destroyed", record=record)
        key = wraps.new_key()
        opened.put(self._under_root(KeyKind.YEAR, record, "", tier, key))
        return AESGCM(key)

    def _to_year(self, opened: Opened, years: dict[str, AESGCM], case: KeyRow, parent: str) -> KeyRow:
        old = years.get(case.parent)
        if old is None:
            old = years[case.parent] = AESGCM(self._open(opened, self._needed(opened, case.parent)))
        key = wraps.unseal(old, case.wrapped, wraps.binding(KeyKind.CASE, case.id, case.parent))
        wrapped = wraps.seal(years[parent], key, wraps.binding(KeyKind.CASE, case.id, parent))
        return KeyRow(case.id, KeyKind.CASE, case.object_id, parent, case.tier, wrapped)

    def _open(self, opened: Opened, row: KeyRow) -> bytes:
        """The key of a record, from the root down; refuses when the root is locked."""
        if row.kind in _UNDER_ROOT:
            return self._roots.unwrap(row.tier, row.wrapped)
        parent = AESGCM(self._open(opened, self._needed(opened, row.parent)))
        return wraps.unseal(parent, row.wrapped, wraps.binding(row.kind, row.id, row.parent))

    def _new_intake(self, object_id: str, key: bytes) -> KeyRow:
        return self._under_root(KeyKind.INTAKE, wraps.intake_id(object_id), object_id, Tier.GENERAL, key)

    def _under_root(self, kind: KeyKind, record: str, object_id: str, tier: Tier, key: bytes) -> KeyRow:
        return KeyRow(record, kind, object_id, wraps.root_name(tier), tier, self._roots.wrap(tier, key))

    def _needed(self, opened: Opened, record: str, object_id: str | None = None) -> KeyRow:
        row = opened.get(record)
        if row is None:
            state = "archive.key-destroyed" if opened.is_destroyed(record) else "archive.key-unknown"
            raise Refusal(state, record=record)
        if object_id is not None and row.object_id != object_id:
            raise Refusal("archive.key-unknown", record=record)
        return row

    def _need_unlocked(self, tiers: Iterable[Tier]) -> None:
        refusal = Refusal.join(locked(tier) for tier in Tier if tier in set(tiers) and not self.is_unlocked(tier))
        if refusal is not None:
            raise refusal


def _file_row(file_id: str, object_id: str, intake: KeyRow, intake_key: bytes, key: bytes) -> KeyRow:
    wrapped = wraps.seal(AESGCM(intake_key), key, wraps.binding(KeyKind.FILE, file_id, intake.id))
    return KeyRow(file_id, KeyKind.FILE, object_id, intake.id, Tier.GENERAL, wrapped)


def _last(rows: list[KeyRow]) -> KeyRow | None:
    return rows[-1] if rows else None
