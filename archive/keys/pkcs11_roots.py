"""Roots in tokens 令牌根密钥 (PKCS#11): an AES key in one token for each tier, keys wrapped by RFC 3394.

The token of a tier is labelled ``<label>-<tier>`` and made by the operator with a PIN of its own, which is the tier's
secret. The root is put into the token when it is made, sensitive and not extractable; only the recovery shares hold it
outside. A lost connection is a locked tier.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass

from archive.kernel.clock import Clock
from archive.kernel.refusals import Refusal
from archive.keys import shares
from archive.keys.files import Files, LocalFiles
from archive.keys.roots import locked
from archive.keys.terms import Tier
from archive.keys.wraps import KeyDamaged, new_key

_ROOT = "anjuan-root"
_COMMITMENT = "anjuan-root-commitment"


class Pkcs11Roots:
    """Root provider on PKCS#11 tokens 令牌根密钥提供者."""

    def __init__(self, module: Path, label: str, clock: Clock, files: Files | None = None) -> None:
        self._library = pkcs11.lib(str(module))
        self._label = label
        self._clock = clock
        self._files = files or LocalFiles()
        self._sessions: dict[Tier, tuple[Any, datetime | None]] = {}
        self._mutex = threading.RLock()

    def create(self, tier: Tier, secret: str) -> list[str]:
        """Puts a new root into the tier's token and gives its five recovery shares, which are stored nowhere."""
        with self._mutex, self._session(tier, secret, writing=True) as session:
            if _find(session) is not None:
                raise Refusal("archive.tier-root-exists", tier=str(tier))
            root = new_key()
            _put(session, tier, root)
        return shares.split(root)

    def open_general(self, pin_file: Path) -> None:
        """Opens ``general`` by the PIN in a file, without an end: what a process does at its start."""
        pin = self._files.read(pin_file).decode().strip()
        with self._mutex:
            self._hold(Tier.GENERAL, pin, None)

    def credential(self, tier: Tier, secret: str) -> bytes:
        """The PIN, for ``admit`` in the serving process; it is checked there."""
        return secret.encode()

    def admit(self, tier: Tier, credential: bytes, until: datetime) -> None:
        """Logs in to the tier's token until an instant; refuses a wrong PIN."""
        if until.tzinfo is None:
            raise ValueError("an instant must carry its time zone")
        with self._mutex:
            self._hold(tier, credential.decode(), until)

    def is_unlocked(self, tier: Tier) -> bool:
        """Whether the tier is open at this instant; a session whose time is over is closed."""
        with self._mutex:
            found = self._sessions.get(tier)
            if found is not None and found[1] is not None and self._clock.now() >= found[1]:
                self.lock(tier)
                return False
            return found is not None

    def lock(self, tier: Tier) -> None:
        """Logs out of the tier's token."""
        with self._mutex:
            found = self._sessions.pop(tier, None)
            if found is not None:
                found[0].close()

    def wrap(self, tier: Tier, key: bytes) -> bytes:
        """``key`` under the tier's root, RFC 3394."""
        with self._mutex:
            root, session = self._root(tier)
            inner = session.create_object(
                {
                    Attribute.CLASS: ObjectClass.SECRET_KEY,
                    Attribute.KEY_TYPE: KeyType.AES,
                    Attribute.VALUE: key,
                    Attribute.TOKEN: False,
                    Attribute.SENSITIVE: False,
                    Attribute.EXTRACTABLE: True,
                }
            )
            try:
                return bytes(root.wrap_key(inner, mechanism=Mechanism.AES_KEY_WRAP))
            finally:
                inner.destroy()

    def unwrap(self, tier: Tier, wrapped: bytes) -> bytes:
        """The key back; raises KeyDamaged when it was not wrapped under this root."""
        with self._mutex:
            root, _ = self._root(tier)
            try:
                inner = root.unwrap_key(
                    ObjectClass.SECRET_KEY,
                    KeyType.AES,
                    wrapped,
                    mechanism=Mechanism.AES_KEY_WRAP,
                    template={Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True, Attribute.TOKEN: False},
                )
            except pkcs11.PKCS11Error as failure:
                raise KeyDamaged(f"a key under the root of {tier}: {type(failure).__name__}") from None
            try:
                return bytes(inner[Attribute.VALUE])
            finally:
                inner.destroy()

    def drill(self, tier: Tier, secret: str, words: Iterable[str]) -> bool:
        """Whether these shares give the tier's root back 恢复演练; changes nothing in the token."""
        try:
            root = shares.combine(tier, words)
        except Refusal:
            return False
        with self._mutex, self._session(tier, secret, writing=False) as session:
            return shares.matches(tier, root, _committed(session))

    def recover(self, tier: Tier, words: Iterable[str], secret: str) -> None:
        """Puts the tier's root into a new, empty token by its shares 恢复."""
        root = shares.combine(tier, words)
        with self._mutex, self._session(tier, secret, writing=True) as session:
            if _find(session) is not None:
                raise Refusal("archive.tier-root-exists", tier=str(tier))
            _put(session, tier, root)

    def _hold(self, tier: Tier, pin: str, until: datetime | None) -> None:
        self.lock(tier)
        session = self._session(tier, pin, writing=True)
        if _find(session) is None:
            session.close()
            raise Refusal("archive.tier-root-missing", tier=str(tier))
        self._sessions[tier] = (session, until)

    def _session(self, tier: Tier, pin: str, writing: bool) -> Any:
        try:
            token = self._library.get_token(token_label=f"{self._label}-{tier}")
        except pkcs11.NoSuchToken:
            raise Refusal("archive.tier-root-missing", tier=str(tier)) from None
        self.lock(tier)
        try:
            return token.open(rw=writing, user_pin=pin)
        except (pkcs11.PinIncorrect, pkcs11.PinLocked, pkcs11.PinLenRange, pkcs11.ArgumentsBad):
            raise Refusal("archive.tier-secret-wrong", tier=str(tier)) from None

    def _root(self, tier: Tier) -> tuple[Any, Any]:
        if not self.is_unlocked(tier):
            raise locked(tier)
        session = self._sessions[tier][0]
        root = _find(session)
        if root is None:
            raise Refusal("archive.tier-root-missing", tier=str(tier))
        return root, session


def _find(session: Any) -> Any | None:
    try:
        return session.get_key(object_class=ObjectClass.SECRET_KEY, key_type=KeyType.AES, label=_ROOT)
    except pkcs11.NoSuchKey:
        return None


def _put(session: Any, tier: Tier, root: bytes) -> None:
    """The root as a key that never leaves the token, and its commitment beside it."""
    session.create_object(
        {
            Attribute.CLASS: ObjectClass.DATA,
            Attribute.TOKEN: True,
            Attribute.PRIVATE: True,
            Attribute.LABEL: _COMMITMENT,
            Attribute.VALUE: shares.commitment(tier, root).encode(),
        }
    )
    session.create_object(
        {
            Attribute.CLASS: ObjectClass.SECRET_KEY,
            Attribute.KEY_TYPE: KeyType.AES,
            Attribute.VALUE: root,
            Attribute.TOKEN: True,
            Attribute.PRIVATE: True,
            Attribute.LABEL: _ROOT,
            Attribute.SENSITIVE: True,
            Attribute.EXTRACTABLE: False,
            Attribute.WRAP: True,
            Attribute.UNWRAP: True,
            Attribute.ENCRYPT: False,
            Attribute.DECRYPT: False,
        }
    )


def _committed(session: Any) -> str:
    found = [*session.get_objects({Attribute.CLASS: ObjectClass.DATA, Attribute.LABEL: _COMMITMENT})]
    return bytes(found[0][Attribute.VALUE]).decode() if found else ""


def open_pkcs11_roots(module: Path, label: str, pin_file: Path, clock: Clock) -> Pkcs11Roots:
    """The roots of an installation whose keys lie in tokens, with ``general`` opened by the PIN in a file."""
    roots = Pkcs11Roots(module, label, clock)
    roots.open_general(pin_file)
    return roots
