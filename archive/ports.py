"""Ports 端口 of the holdings: what its deeds need from outside, each behind a protocol, joined once in ``wsgi``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from archive.kernel.holds import HoldCheck
from archive.kernel.ids import CaseId
from archive.kernel.settings import Bureau
from archive.kernel.work import Works
from archive.keys.terms import Source
from archive.ledger.service.reading import LedgerEntry
from archive.ocfl.terms import Content, VersionNote
from archive.seals.protocols import PdfSealer, Signer, TimeStamper
from archive.terms import Tier


class TextCipher(Protocol):
    """Encrypts columns of the database 列加密器; the field's name is bound to the value."""

    def encrypt(self, field: str, text: str) -> bytes:
        """Ciphertext of ``text``."""
        ...

    def decrypt(self, field: str, stored: bytes) -> str:
        """The text; raises when the value was changed or moved."""
        ...


class Keys(Protocol):
    """The key tree as the holdings use it 密钥树."""

    def new_file_key(self, file_id: str, object_id: str) -> bytes:
        """A new key for one stored file, durable in every place, under the intake key."""
        ...

    def open_key(self, file_id: str) -> bytes:
        """The file's key; refuses when its tier is locked or the key is gone."""
        ...

    def intake_cipher(self, object_id: str) -> TextCipher:
        """Cipher for descriptions of a case that is not sealed yet."""
        ...

    def text_cipher(self, object_id: str, tier: Tier) -> TextCipher:
        """Cipher for descriptions of a sealed case; refuses when ``tier`` is locked."""
        ...

    def assign(self, object_id: str, tiers: Mapping[str, Tier], disposal_year: int) -> None:
        """Moves the keys of files from intake to their tiers; all or nothing, repeatable, durable everywhere."""
        ...

    def close_intake(self, object_id: str) -> None:
        """Shreds the intake cipher of a sealed object; its descriptions lie under their tiers now."""
        ...

    def file_ids(self, object_id: str) -> frozenset[str]:
        """Every stored file of the object for which a key is held."""
        ...

    def discard_files(self, file_ids: Iterable[str]) -> None:
        """Removes keys of staged files that were never sealed; unknown ids are no error."""
        ...

    def discard_unpublished(self, file_ids: Iterable[str]) -> None:
        """Removes keys of files that no published object names; unknown ids are no error."""
        ...

    def settle(self) -> object:
        """Finishes what a crash left in the places: old stores are swept, places brought up."""
        ...

    def list_records(self, object_id: str) -> Sequence[object]:
        """What is held for the object, without any key; empty once it is destroyed."""
        ...

    def destructions(self) -> Mapping[int, Sequence[str]]:
        """Ids of destroyed keys by the epoch of their destruction, from 2 on."""
        ...

    def unreachable_backups(self) -> Sequence[str]:
        """Backups of the keys that may still hold destroyed ones."""
        ...

    def destroy_object(self, object_id: str) -> object:
        """Shreds every key of the object."""
        ...

    def is_unlocked(self, tier: Tier) -> bool:
        """Whether the tier can be used in this process now."""
        ...

    def keyed_digest(self, purpose: str, data: bytes) -> str:
        """HMAC-SHA-256 of ``data`` under a key of this installation: tells equal from different to us alone."""
        ...

    def export_tier(self, object_id: str, tier: Tier, sizes: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
        """The tier's key export for the reference decryptor; ``sizes`` gives (true size, first version) by file."""
        ...


class Store(Protocol):
    """Where sealed objects lie 存储."""

    def staging_folder(self, object_id: str) -> Path:
        """The folder in which the object's next version grows; made when missing, on the object's file system."""
        ...

    def growing(self, object_id: str, *, wait: bool = True, shared: bool = False) -> AbstractContextManager[bool]:
        """Holds the object for one hand over all processes; yields whether it is held. ``shared``: for those who only
        add files, side by side.
        """
        ...

    def staged(self) -> Sequence[str]:
        """The names of everything in staging; an object's is the end of its id."""
        ...

    def quarantine(self, name: str) -> Path:
        """Moves something out of staging for a person to look at; gives its new place."""
        ...

    def object_folder(self, object_id: str) -> Path | None:
        """The object's folder; None when there is none."""
        ...

    def published(self) -> Iterator[str]:
        """The names of all objects in the store, as ``name_of`` gives them."""
        ...

    def name_of(self, object_id: str) -> str:
        """The name under which an object lies in the store."""
        ...

    def prepare(self, object_id: str, state: Mapping[str, Content], note: VersionNote) -> str:
        """Writes declaration and inventory of the staged version; gives the inventory's SHA-512."""
        ...

    def publish(self, object_id: str) -> Path:
        """Moves the staged version into its final place without overwriting, durable; gives the object's folder."""
        ...

    def inventory_sha512(self, object_id: str) -> str | None:
        """SHA-512 of the published inventory; None when there is no object."""
        ...

    def open(self, object_id: str, content_path: str) -> Source:
        """One stored file of the object, seekable."""
        ...

    def recover(self, object_id: str) -> None:
        """Finishes or rolls back what a crash left of a publishing."""
        ...

    def clear_staging(self, object_id: str) -> None:
        """Removes what is left of the staging folder."""
        ...

    def remove_object(self, object_id: str) -> None:
        """Removes the object's bytes (destruction)."""
        ...


class Checkpoints(Protocol):
    """The activity ledger as sealing uses it 存证检查点来源."""

    def newest(self) -> bytes:
        """The newest checkpoint as a signed note; made now when there is none yet."""
        ...

    def entries(self, kind: str, subject: str) -> Sequence[LedgerEntry]:
        """What the ledger recorded of that kind about that subject, newest first, with every body that opens."""
        ...


@dataclass(frozen=True, slots=True)
class Sealing:
    """Who signs, who stamps, who seals a page 签章组合; ``anchors`` are the certificates to pin outside."""

    signer: Signer
    stamper: TimeStamper
    pdf_sealer: PdfSealer

    @property
    def trial(self) -> bool:
        """True when one of them is a trial authority 试用."""
        return self.signer.trial or self.stamper.trial


@dataclass(frozen=True, slots=True)
class Holdings:
    """Everything the deeds of ``archive`` work with 馆藏端口."""

    archive_id: str
    bureau: Bureau
    trial: bool
    works: Works
    store: Store
    keys: Keys
    sealing: Sealing
    checkpoints: Checkpoints
    holds: HoldCheck
    agent: str
    witness: str = ""


def object_id(case_id: CaseId) -> str:
    """The OCFL identifier of a case file's object."""
    return f"urn:anjuan:{case_id}"
