"""Packing 封装: from staged files to a signed, stamped bag in an inventory, ready to be put in place."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.bagit.writer import write_tags
from archive.kernel.clock import legal_date
from archive.ocfl.files import DiskFiles, write_file
from archive.ocfl.reading import read_object
from archive.ocfl.terms import Content, VersionNote
from archive.ports import Holdings, object_id
from archive.seals.material import validation_material
from archive.seals.stamps import token_time
from archive.service.staging import Staging
from archive.terms import StoredFile


@dataclass(frozen=True, slots=True)
class Packed:
    """A version that is signed, stamped and prepared 已封装版本."""

    inventory_sha512: str
    tagmanifest_sha512: str
    stamped_at: datetime


def pack_version(
    holdings: Holdings,
    staging: Staging,
    files: Mapping[str, StoredFile],
    earlier: Mapping[str, str],
    *,
    signed_at: datetime,
    checkpoint: bytes,
    message: str,
) -> Packed:
    """Writes bag, signature, time stamp, validation material and inventory of the staged version.

    ``files`` is the complete payload by stored name; ``earlier`` the evidence files of earlier versions with their
    SHA-512. Order: sign, stamp the signature, embed chains and revocation data. Raises StampUnavailableError or
    SignerUnavailableError; then the case stays "awaiting stamp" and is never called sealed.
    """
    disk = DiskFiles()
    payload = {f"data/{name}": (file.stored_sha512, file.stored_size) for name, file in files.items()}
    tags = write_tags(
        disk, staging.content, payload, legal_date(signed_at), holdings.agent, earlier, _held(holdings, staging)
    )
    signature = holdings.sealing.signer.sign_cms(tags.tagmanifest_bytes, signed_at)
    answer = holdings.sealing.stamper.stamp(signature)
    folder = f"evidence/v{staging.version}"
    evidence = {
        f"{folder}/seal.p7s": signature,
        f"{folder}/seal.p7s.tsr": answer,
        f"{folder}/checkpoint": checkpoint,
        **{
            f"{folder}/validation/{name}": data
            for name, data in validation_material(holdings.sealing.signer, holdings.sealing.stamper).items()
        },
    }
    written = {name: tags.digests[name] for name in tags.written} | _write(disk, staging.content, evidence)
    new = {f"data/{file.id}": file.stored_sha512 for file in files.values() if file.first_version == staging.version}
    state = _state(staging.version, {**written, **new}, {**tags.digests, **earlier, **_kept(files, staging.version)})
    note = VersionNote(signed_at, message, holdings.agent, f"urn:anjuan:archive:{holdings.archive_id}")
    inventory = holdings.store.prepare(object_id(staging.case_id), state, note)
    return Packed(inventory, hashlib.sha512(tags.tagmanifest_bytes).hexdigest(), token_time(answer))


def _held(holdings: Holdings, staging: Staging) -> frozenset[str]:
    folder = holdings.store.object_folder(object_id(staging.case_id))
    return read_object(folder).inventory.held if folder is not None else frozenset()


def _kept(files: Mapping[str, StoredFile], version: int) -> dict[str, str]:
    return {f"data/{file.id}": file.stored_sha512 for file in files.values() if file.first_version < version}


def _state(version: int, new: Mapping[str, str], held: Mapping[str, str]) -> dict[str, Content]:
    placed = {name: Content(digest, f"v{version}/content/{name}") for name, digest in new.items()}
    return {name: Content(digest) for name, digest in held.items()} | placed


def _write(disk: DiskFiles, content: Path, evidence: Mapping[str, bytes]) -> dict[str, str]:
    digests = {}
    for name, data in evidence.items():
        path = content / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(disk, path, data)
        digests[name] = hashlib.sha512(data).hexdigest()
    return digests
