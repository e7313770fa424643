"""Roots behind passphrases 口令根密钥: one file for each tier in every place of the key store.

``roots/<tier>.json`` holds the root, encrypted under Argon2id (256 MiB, 3 passes) of the tier's passphrase; that of
``general`` under a key file that the service account can read. Unlocked roots are in memory only.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from archive.kernel.canonical import canonical, parse
from archive.kernel.clock import Clock
from archive.kernel.refusals import Refusal
from archive.keys import shares
from archive.keys.files import Files, LocalFiles
from archive.keys.roots import Unlocked, locked
from archive.keys.terms import KEY_SIZE, Tier
from archive.keys.wraps import KeyDamaged, new_key, root_name, seal, unseal

MEMORY_KIB = 256 * 1024
PASSES = 3
LEAST_PASSPHRASE = 12


class PassphraseRoots:
    """Root provider on passphrases 口令根密钥提供者. ``memory_kib`` is lowered by tests
    and the demonstration alone, whose passphrases are generated with 192 bits.
    """

    def __init__(
        self,
        places: Sequence[Path],
        key_file: Path,
        clock: Clock,
        files: Files | None = None,
        memory_kib: int = MEMORY_KIB,
    ) -> None:
        if not 8 <= memory_kib <= MEMORY_KIB:
            raise ValueError("the cost of Argon2id is fixed; tests may lower it")
        self._places = tuple(places)
        self._key_file = key_file
        self._clock = clock
        self._files = files or LocalFiles()
        self._memory_kib = memory_kib
        self._held: dict[Tier, Unlocked] = {}
        self._mutex = threading.Lock()

    def create(self, tier: Tier, secret: str = "") -> list[str]:
        """Makes a tier's root and gives its five recovery shares, which are stored nowhere.

        ``general`` takes no secret: its key file is made here. Refuses when the tier has a root.
        """
        if self._stored(tier) is not None:
            raise Refusal("archive.tier-root-exists", tier=str(tier))
        root = new_key()
        if tier is Tier.GENERAL:
            self._files.folder(self._key_file.parent)
            self._files.create(self._key_file, os.urandom(KEY_SIZE).hex().encode())
        self._store(tier, root, secret)
        return shares.split(root)

    def tiers(self) -> tuple[Tier, ...]:
        """The tiers that have a root here."""
        return tuple(tier for tier in Tier if self._stored(tier) is not None)

    def open_general(self) -> None:
        """Opens ``general`` by the key file, without an end: what a process does at its start."""
        root = self._open(Tier.GENERAL, "")
        with self._mutex:
            self._held[Tier.GENERAL] = Unlocked(root, None)

    def is_unlocked(self, tier: Tier) -> bool:
        """Whether the tier is open at this instant; a root whose time is over is forgotten."""
        with self._mutex:
            found = self._held.get(tier)
            if found is not None and not found.is_open(self._clock.now()):
                del self._held[tier]
                found = None
        return found is not None

    def credential(self, tier: Tier, secret: str) -> bytes:
        """The root, for ``admit`` here or in the serving process; refuses a wrong passphrase."""
        return self._open(tier, secret)

    def admit(self, tier: Tier, credential: bytes, until: datetime) -> None:
        """Holds the root until an instant; refuses what is not this tier's root."""
        stored = self._needed(tier)
        if len(credential) != KEY_SIZE or not shares.matches(tier, credential, stored["commitment"]):
            raise Refusal("archive.tier-secret-wrong", tier=str(tier))
        if until.tzinfo is None:
            raise ValueError("an instant must carry its time zone")
        with self._mutex:
            self._held[tier] = Unlocked(bytes(credential), until)

    def lock(self, tier: Tier) -> None:
        """Forgets the root."""
        with self._mutex:
            self._held.pop(tier, None)

    def wrap(self, tier: Tier, key: bytes) -> bytes:
        """``key`` under the tier's root."""
        return seal(self._cipher(tier), key, root_name(tier).encode())

    def unwrap(self, tier: Tier, wrapped: bytes) -> bytes:
        """The key back."""
        return unseal(self._cipher(tier), wrapped, root_name(tier).encode())

    def drill(self, tier: Tier, words: Iterable[str]) -> bool:
        """Whether these shares give the tier's root back 恢复演练; changes nothing."""
        try:
            root = shares.combine(tier, words)
        except Refusal:
            return False
        return shares.matches(tier, root, self._needed(tier)["commitment"])

    def recover(self, tier: Tier, words: Iterable[str], new_secret: str) -> None:
        """Puts the tier's root under a new passphrase by its shares 恢复; also when its file is lost everywhere.

        A lost commitment cannot be compared: then the first use shows whether the shares were the right ones.
        """
        root = shares.combine(tier, words)
        stored = self._stored(tier)
        if stored is not None and not shares.matches(tier, root, stored["commitment"]):
            raise Refusal("archive.shares-unusable", tier=str(tier), needed=shares.NEEDED)
        if tier is Tier.GENERAL:
            self._files.folder(self._key_file.parent)
            self._files.replace(self._key_file, os.urandom(KEY_SIZE).hex().encode())
        self._store(tier, root, new_secret)

    def change_secret(self, tier: Tier, old: str, new: str) -> None:
        """Puts the root under another passphrase 更换口令; the old file is overwritten."""
        self._store(tier, self._open(tier, old), new)

    def _cipher(self, tier: Tier) -> AESGCM:
        if not self.is_unlocked(tier):
            raise locked(tier)
        with self._mutex:
            found = self._held.get(tier)
        if found is None:
            raise locked(tier)
        return AESGCM(found.held)

    def _open(self, tier: Tier, secret: str) -> bytes:
        stored = self._needed(tier)
        key = self._wrapping_key(tier, secret, stored["kdf"])
        try:
            root = unseal(AESGCM(key), bytes.fromhex(stored["wrapped"]), _file_binding(tier))
        except KeyDamaged:
            raise Refusal("archive.tier-secret-wrong", tier=str(tier)) from None
        return root

    def _store(self, tier: Tier, root: bytes, secret: str) -> None:
        kdf: dict[str, Any] = {"name": "key-file"}
        if tier is not Tier.GENERAL:
            if len(secret) < LEAST_PASSPHRASE:
                raise Refusal("archive.passphrase-weak", tier=str(tier), least=LEAST_PASSPHRASE)
            kdf = {
                "name": "argon2id",
                "salt": os.urandom(16).hex(),
                "memory_kib": self._memory_kib,
                "passes": PASSES,
                "lanes": 1,
            }
        wrapped = seal(AESGCM(self._wrapping_key(tier, secret, kdf)), root, _file_binding(tier))
        data = canonical(
            {"commitment": shares.commitment(tier, root), "kdf": kdf, "tier": str(tier), "wrapped": wrapped.hex()}
        )
        for place in self._places:
            self._files.folder(place / "roots")
            self._files.replace(place / "roots" / f"{tier}.json", data)

    def _wrapping_key(self, tier: Tier, secret: str, kdf: dict[str, Any]) -> bytes:
        if kdf["name"] == "key-file" and tier is Tier.GENERAL:
            return bytes.fromhex(self._files.read(self._key_file).decode("ascii").strip())
        if kdf["name"] != "argon2id" or kdf["memory_kib"] > MEMORY_KIB or kdf["passes"] > 10:
            raise KeyDamaged(f"root file of {tier}: unknown key derivation")
        derive = Argon2id(
            salt=bytes.fromhex(kdf["salt"]),
            length=KEY_SIZE,
            iterations=kdf["passes"],
            lanes=kdf["lanes"],
            memory_cost=kdf["memory_kib"],
        )
        return derive.derive(secret.encode())

    def _needed(self, tier: Tier) -> dict[str, Any]:
        stored = self._stored(tier)
        if stored is None:
            raise Refusal("archive.tier-root-missing", tier=str(tier))
        return stored

    def _stored(self, tier: Tier) -> dict[str, Any] | None:
        """The root file from the first place that has it."""
        for place in self._places:
            try:
                found: dict[str, Any] = parse(self._files.read(place / "roots" / f"{tier}.json"))
            except (FileNotFoundError, NotADirectoryError):
                continue
            return found
        return None


def _file_binding(tier: Tier) -> bytes:
    return f"anjuan root file v1|{tier}".encode()
