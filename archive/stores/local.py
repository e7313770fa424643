"""Local store 本机存储: an OCFL 1.1 root on this machine, staging and quarantine beside it on its file system."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from archive.keys.terms import Source
from archive.ocfl.files import DiskFiles, Files
from archive.ocfl.inventory import INVENTORY, from_bytes, sidecar_name
from archive.ocfl.paths import object_path
from archive.ocfl.recovery import Recovery, recover, remove_empty_folders
from archive.ocfl.root import init_root
from archive.ocfl.terms import Content, VersionNote
from archive.ocfl.writer import ObjectStaging


class LocalStore:
    """Objects below ``root``; what grows or was left over lies beside it, never inside."""

    def __init__(self, root: Path, files: Files | None = None) -> None:
        self.root = root
        self._files = files or DiskFiles()
        self._staging = root.parent / f"{root.name}.staging"
        self._quarantine = root.parent / f"{root.name}.quarantine"
        self._locks = root.parent / f"{root.name}.locks"
        self._leaving = root.parent / f"{root.name}.leaving"
        self._growing: dict[str, ObjectStaging] = {}

    def init(self, spec_files: Mapping[str, bytes]) -> None:
        """Makes the root with the specifications in it; nothing to do when it is one already."""
        self.root.parent.mkdir(parents=True, exist_ok=True)
        init_root(self.root, spec_files, files=self._files)
        self._staging.mkdir(exist_ok=True, mode=0o700)
        self._quarantine.mkdir(exist_ok=True, mode=0o700)
        self._locks.mkdir(exist_ok=True, mode=0o700)

    @contextmanager
    def growing(self, object_id: str, *, wait: bool = True, shared: bool = False) -> Iterator[bool]:
        """Holds the object for one hand over all processes 独占: taking in, adding, recovering. Not nested.

        Yields whether it is held; without ``wait`` False at once when another hand has it. A dead process holds none.
        ``shared``: several hands add files side by side, and none of them may drop what it does not know.
        Objects share 4,096 lock files, so that these do not grow in number with the holdings.
        """
        path = self._locks / hashlib.sha256(object_id.encode()).hexdigest()[:3]
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
                fcntl.flock(descriptor, kind if wait else kind | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)

    def staged(self) -> list[str]:
        """The names of everything in staging, as ``quarantine`` takes them; an object's is the end of its id."""
        return sorted(os.listdir(self._staging))

    def quarantine(self, name: str) -> Path:
        """Moves something out of staging, never deleting it, for a person to look at 隔离; gives its new place."""
        number = 0
        while os.path.lexists(target := self._quarantine / f"{name}.{number}"):
            number += 1
        self._files.rename_new(self._staging / name, target)
        self._files.fsync_folder(self._quarantine)
        self._files.fsync_folder(self._staging)
        return target

    def staging_folder(self, object_id: str) -> Path:
        """The folder of the version that grows; made when missing."""
        folder = self._staging / object_id.rpartition(":")[2]
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def object_folder(self, object_id: str) -> Path | None:
        """The published object; None when there is none."""
        folder = self.root / object_path(object_id)
        return folder if (folder / INVENTORY).exists() else None

    def published(self) -> Iterator[str]:
        """The names of all objects in the store; what was never finished has no declaration and is left out."""
        for path in self.root.glob("[0-9a-f]*/*/*/*"):
            if (path / "0=ocfl_object_1.1").exists():
                yield path.name

    def name_of(self, object_id: str) -> str:
        """The name of an object's folder: the SHA-256 of its id."""
        return object_path(object_id).rpartition("/")[2]

    def prepare(self, object_id: str, state: Mapping[str, Content], note: VersionNote) -> str:
        """Writes the inventory of the staged version; gives its SHA-512."""
        published = self.object_folder(object_id)
        previous = from_bytes((published / INVENTORY).read_bytes()) if published else None
        growing = ObjectStaging(self._files, self.staging_folder(object_id), object_id, previous)
        growing.prepare(state, note)
        self._growing[object_id] = growing
        digest = (self.staging_folder(object_id) / sidecar_name("sha512")).read_text("ascii")
        return digest.split()[0]

    def publish(self, object_id: str) -> Path:
        """Moves the prepared version into place without overwriting, durable."""
        growing = self._growing.pop(object_id)
        growing.publish(self.root, object_path(object_id))
        return self.root / object_path(object_id)

    def recover(self, object_id: str) -> None:
        """Finishes or rolls back what a crash left of a publishing; an object that never came leaves no folders."""
        target = self.root / object_path(object_id)
        if not target.exists():
            remove_empty_folders(self._files, self.root, object_path(object_id))
        elif recover(self._files, target, self._quarantine) is Recovery.CLEAN:
            return

    def inventory_sha512(self, object_id: str) -> str | None:
        """SHA-512 of the published inventory, as its sidecar states it; None when there is no object."""
        folder = self.object_folder(object_id)
        return None if folder is None else (folder / sidecar_name("sha512")).read_text("ascii").split()[0]

    def open(self, object_id: str, content_path: str) -> Source:
        """One stored file, seekable, unbuffered; FileNotFoundError when it is gone."""
        return (self.root / object_path(object_id) / content_path).open("rb", buffering=0)

    def clear_staging(self, object_id: str) -> None:
        """Removes the staging folder; ciphertext whose keys are shredded or that lies sealed elsewhere."""
        shutil.rmtree(self._staging / object_id.rpartition(":")[2], ignore_errors=True)

    def remove_object(self, object_id: str) -> None:
        """Removes the object's bytes; its keys went before. May be repeated after a crash at any point.

        The whole object leaves the root by one rename first: no half of it is ever seen there, and what a crash leaves
        beside the root is found again by its name.
        """
        target = self.root / object_path(object_id)
        aside = self._leaving / object_id.rpartition(":")[2]
        self._leaving.mkdir(exist_ok=True, mode=0o700)
        if aside.exists():
            shutil.rmtree(aside)
        if target.exists():
            self._files.rename_new(target, aside)
            self._files.fsync_folder(target.parent)
            self._files.fsync_folder(self._leaving)
            shutil.rmtree(aside)
        self._files.fsync_folder(self._leaving)
        remove_empty_folders(self._files, self.root, object_path(object_id))
