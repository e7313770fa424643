"""Builds sealed objects with the archive's own writers, for a reader that shares no code with them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from archive.bagit.writer import write_tags
from archive.kernel.canonical import canonical
from archive.kernel.clock import FixedClock
from archive.keys.files import FileSink
from archive.keys.layout import content_context
from archive.keys.streams import EncryptingWriter
from archive.ledger.rules.notes import ED25519, ML_DSA_44, Note, NoteSignature, VerifierKey, cosigned_message
from archive.ledger.terms import Checkpoint
from archive.ocfl.files import DiskFiles, write_file
from archive.ocfl.inventory import Inventory
from archive.ocfl.root import init_root, object_path
from archive.ocfl.terms import Content, VersionNote
from archive.ocfl.writer import ObjectStaging
from archive.seals.material import validation_material
from archive.seals.trial import TrialAuthority, create_trial_authority, load_trial_authority

ARCHIVE = "archive_aaaaaaaaaaaaaaaaaaaaaaaaaa"
OBJECT = "urn:anjuan:case_abcdefghijklmnopqrstuvwxyz"
ORIGIN = "archive.example/activity"
START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
PAPERS = {
    "行政处罚决定书.pdf": b"%PDF-1.7 " + "行政处罚决定书".encode() * 900,
    "../询问笔录 1/2.txt": "询问笔录：我知道了。\n".encode(),
    "空.txt": b"",
}
RECORDING = {"现场录像.mp4": bytes(range(256)) * 200}


@dataclass
class Built:
    """A root with one sealed object, and what a checker holds outside of it."""

    root: Path
    authority: TrialAuthority
    clock: FixedClock
    versions: list[Inventory] = field(default_factory=list)
    state: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    files: list[dict[str, Any]] = field(default_factory=list)
    keys: list[dict[str, Any]] = field(default_factory=list)
    inner: str = ""

    @property
    def object(self) -> Path:
        return self.root / object_path(OBJECT)

    def anchor_pem(self) -> bytes:
        return x509.load_der_x509_certificate(self.authority.anchor).public_bytes(Encoding.PEM)

    def export(self) -> dict[str, Any]:
        return {
            "archive": ARCHIVE,
            "files": self.keys,
            "format": "anjuan-keys/1",
            "inner_manifest": self.inner,
            "object": OBJECT,
            "suite": "cobblestone-256",
            "tier": "general",
        }


class LedgerKeys:
    """Two keys of a ledger, and checkpoints signed by both."""

    def __init__(self, seed: bytes = bytes(32)) -> None:
        self._fast = Ed25519PrivateKey.from_private_bytes(seed)
        self._slow = MLDSA44PrivateKey.from_seed_bytes(seed)
        self.fast = VerifierKey(ORIGIN, ED25519, self._fast.public_key().public_bytes_raw())
        self.slow = VerifierKey(ORIGIN, ML_DSA_44, self._slow.public_key().public_bytes_raw())

    def vkeys(self) -> str:
        return f"{self.fast.text()}\n{self.slow.text()}\n"

    def checkpoint(self, size: int, root: bytes | None = None, origin: str = ORIGIN) -> bytes:
        head = Checkpoint(origin, size, root or hashlib.sha256(str(size).encode()).digest())
        text = f"{head.origin}\n{head.size}\n{base64.b64encode(head.root).decode()}\n"
        seconds = 1_795_000_000
        slow = seconds.to_bytes(8, "big") + self._slow.sign(cosigned_message(ORIGIN, seconds, head))
        signatures = (
            NoteSignature(ORIGIN, self.fast.key_id, self._fast.sign(text.encode())),
            NoteSignature(ORIGIN, self.slow.key_id, slow),
        )
        return Note(text, signatures).dump()


def build_root(folder: Path, spec: Mapping[str, bytes] | None = None) -> Built:
    """An empty root with the specification in it, and a trial authority beside it."""
    clock = FixedClock(START)
    create_trial_authority(folder / "authority", "青山区城市管理执法局", START - timedelta(days=1), bytes(32))
    root = folder / "root"
    init_root(root, spec or {})
    return Built(root, load_trial_authority(folder / "authority", bytes(32), clock), clock)


def add_version(built: Built, papers: Mapping[str, bytes], checkpoint: bytes, *, recording: bool = False) -> None:
    """Seals one more version with ``papers``, a new inner manifest, signature, time stamp and checkpoint."""
    previous = built.versions[-1] if built.versions else None
    number = len(built.versions) + 1
    grown = built.root.parent / f"staging-{number}"
    grown.mkdir()
    staging = ObjectStaging(DiskFiles(), grown, OBJECT, previous)
    (staging.content / "data").mkdir(parents=True)
    new = {
        _store(built, staging.content, number, name, data, 64 if recording else 16): data
        for name, data in papers.items()
    }
    for file_id, (name, data) in zip(new, papers.items(), strict=True):
        built.files.append(_row(file_id, number, name, data, "original"))
    inner = canonical({"case": {}, "files": built.files, "format": "anjuan-inner-manifest/1", "object": OBJECT,
                       "tier": "general", "version": number})  # fmt: skip
    built.inner = _store(built, staging.content, number, "inner.json", inner, 16)
    _seal(built, staging, number, checkpoint)


def _seal(built: Built, staging: ObjectStaging, number: int, checkpoint: bytes) -> None:
    payload = {name: (digest, built.sizes[name]) for name, digest in built.state.items() if name.startswith("data/")}
    earlier = {name: digest for name, digest in built.state.items() if name.startswith("evidence/")}
    now = built.clock.now()
    tags = write_tags(DiskFiles(), staging.content, payload, now.date(), "Anjuan test", earlier)
    seal = built.authority.signer.sign_cms(tags.tagmanifest_bytes, now)
    folder = f"evidence/v{number}"
    material = validation_material(built.authority.signer, built.authority.stamper)
    evidence = {
        f"{folder}/seal.p7s": seal,
        f"{folder}/seal.p7s.tsr": built.authority.stamper.stamp(seal),
        f"{folder}/checkpoint": checkpoint,
        **{f"{folder}/validation/{name}": data for name, data in material.items()},
    }
    for name, data in evidence.items():
        (staging.content / name).parent.mkdir(parents=True, exist_ok=True)
        write_file(DiskFiles(), staging.content / name, data)
    built.state |= {**tags.digests} | {name: hashlib.sha512(data).hexdigest() for name, data in evidence.items()}
    held = set(built.versions[-1].manifest) if built.versions else set()
    for name in tags.written:
        if tags.digests[name] in held:
            (staging.content / name).unlink()
    state = {
        name: Content(digest, f"v{number}/content/{name}" if (staging.content / name).exists() else None)
        for name, digest in built.state.items()
    }
    built.versions.append(staging.prepare(state, VersionNote(now, f"seal v{number}", "Anjuan", "urn:anjuan:test")))
    staging.publish(built.root, object_path(OBJECT))


def _store(built: Built, content: Path, version: int, name: str, data: bytes, step: int) -> str:
    file_id = "o" + hashlib.sha256(f"{version}{name}".encode()).hexdigest()[:26]
    key = hashlib.sha256(f"key {version} {name}".encode()).digest()
    with FileSink(content / "data" / file_id) as sink:
        writer = EncryptingWriter(sink, key, content_context(ARCHIVE, OBJECT, version, file_id), step)
        writer.write(data)
        sealed = writer.finish()
    built.state[f"data/{file_id}"] = sealed.stored_sha512
    built.sizes[f"data/{file_id}"] = sealed.stored_size
    built.keys.append({"file": file_id, "first_version": version, "key": key.hex(), "plain_size": len(data)})
    return file_id


def _row(file_id: str, version: int, name: str, data: bytes, role: str) -> dict[str, Any]:
    return {"file": file_id, "first_version": version, "name": name, "role": role, "size": len(data),
            "sha256": hashlib.sha256(data).hexdigest()}  # fmt: skip


def write_outside(built: Built, folder: Path, ledger: LedgerKeys, pinned: bytes) -> dict[str, Path]:
    """What a checker holds outside the store, as files: anchor, keys, pinned checkpoint, verifier keys."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        "anchor.pem": built.anchor_pem(),
        "keys.json": json.dumps(built.export(), ensure_ascii=False, indent=1).encode(),
        "checkpoint": pinned,
        "vkeys.txt": ledger.vkeys().encode(),
    }
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return {name.partition(".")[0]: folder / name for name in contents}
