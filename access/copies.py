"""Copies 复制件 on this machine: made by the holdings, kept under the release key until collected."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from access.ports import CopyWords, Counter
from archive.kernel.orders import ApprovedRelease
from archive.kernel.work import Work
from archive.keys.files import LocalFiles
from archive.keys.store import KeyStore
from archive.keys.terms import Tier
from archive.ports import Holdings
from archive.service.copying import CopyOrder, make_copy

_NONCE = 12


@dataclass(frozen=True, slots=True)
class HoldingsCopyMaker:
    """Asks the holdings for the copy 复制件制作."""

    holdings: Holdings

    def make(self, work: Work, approved: ApprovedRelease, words: CopyWords) -> bytes:
        """One sealed PDF/A of statement and papers."""
        return make_copy(work, self.holdings, approved, CopyOrder(**asdict(words)))


class LocalCopyStore:
    """Released copies in a folder 复制件存放: AES-256-GCM under the release key, which opens nothing else."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._cipher = AESGCM(key)
        self._files = LocalFiles()

    def put(self, release_id: str, pdf: bytes) -> None:
        """Keeps a copy, durable before it returns."""
        self._files.folder(self._folder)
        nonce = os.urandom(_NONCE)
        self._files.create(self._folder / release_id, nonce + self._cipher.encrypt(nonce, pdf, release_id.encode()))

    def get(self, release_id: str) -> bytes:
        """The copy; FileNotFoundError when it is gone."""
        stored = self._files.read(self._folder / release_id)
        return self._cipher.decrypt(stored[:_NONCE], stored[_NONCE:], release_id.encode())

    def names(self) -> tuple[str, ...]:
        """The ids of every copy that lies here."""
        return tuple(sorted(os.listdir(self._folder))) if self._folder.is_dir() else ()

    def remove(self, release_id: str) -> None:
        """Overwrites and removes the copy."""
        self._files.shred(self._folder / release_id)


class RequestTexts:
    """Encrypts what people write in requests 申请文本加密; the field is bound to the text."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def encrypt(self, field: str, text: str) -> bytes:
        """Ciphertext of ``text``."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, text.encode(), field.encode())

    def decrypt(self, field: str, stored: bytes) -> str:
        """The text; InvalidTag when it was changed or moved."""
        return self._cipher.decrypt(stored[:_NONCE], stored[_NONCE:], field.encode()).decode()


def open_counter(holdings: Holdings, keys: KeyStore, folder: Path) -> Counter:
    """The counter of an installation; released copies lie in ``folder``."""
    copies = LocalCopyStore(folder, keys.derive("releases", Tier.GENERAL))
    texts = RequestTexts(keys.derive("requests", Tier.GENERAL))
    return Counter(holdings.works, holdings, HoldingsCopyMaker(holdings), copies, texts)
