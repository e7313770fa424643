"""Staging 暂存: files of an object that is not sealed yet, encrypted at first touch under their final keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.kernel.ids import CaseId, FileId, new_stored_name
from archive.keys.files import FileSink, sync_folder
from archive.keys.layout import PAPER_STEP, RECORDING_STEP, content_context
from archive.keys.ranges import RangeReader
from archive.keys.streams import EncryptingWriter
from archive.ports import Holdings, object_id
from archive.service.unfinished import drop_keys


@dataclass(frozen=True, slots=True)
class StagedFile:
    """One encrypted file in staging 暂存文件, with both digests from the pass that wrote it."""

    id: FileId
    size: int
    sha256: str
    stored_size: int
    stored_sha512: str


class SealedSource:
    """Plaintext of one stored file 明文来源, by range, for children and readers; nothing clear touches a disk."""

    def __init__(self, reader: RangeReader) -> None:
        self._reader = reader
        self.size = reader.plain_size

    def chunks(self) -> Iterator[bytes]:
        """The whole content in pieces."""
        return self._reader.blocks()

    def read_at(self, offset: int, length: int) -> bytes:
        """``length`` bytes from ``offset``; fewer at the end."""
        return self._reader.read(offset, length)

    def whole(self) -> bytes:
        """All of it; for small files only."""
        return b"".join(self.chunks())

    def close(self) -> None:
        """Lets go of the stored file."""
        self._reader.close()


@dataclass(frozen=True, slots=True)
class Staging:
    """The growing next version of one object 暂存区."""

    holdings: Holdings
    case_id: CaseId
    version: int

    @property
    def content(self) -> Path:
        """The content folder of the version that grows."""
        return self.holdings.store.staging_folder(object_id(self.case_id)) / f"v{self.version}" / "content"

    @property
    def data(self) -> Path:
        """The payload folder."""
        folder = self.content / "data"
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            for above in (self.content, self.content.parent, self.content.parent.parent, self._shelf):
                sync_folder(above)
        return folder

    @property
    def _shelf(self) -> Path:
        """Where the staging folders of all objects stand."""
        return self.content.parent.parent.parent

    def context(self, file_id: str, first_version: int | None = None) -> bytes:
        """What the file's ciphertext is bound to."""
        return content_context(
            self.holdings.archive_id, object_id(self.case_id), first_version or self.version, file_id
        )

    def add(
        self, chunks: Iterable[bytes], *, recording: bool = False, tap: Callable[[bytes], None] | None = None
    ) -> StagedFile:
        """Encrypts ``chunks`` into a new stored file; the key is durable before the first byte is written.

        ``tap`` sees every chunk in the same pass (a malware scanner). When anything raises, file and key are gone.
        """
        file_id = new_stored_name()
        key = self.holdings.keys.new_file_key(file_id, object_id(self.case_id))
        path = self.data / file_id
        step = RECORDING_STEP if recording else PAPER_STEP
        try:
            with FileSink(path) as sink, EncryptingWriter(sink, key, self.context(file_id), step) as writer:
                for chunk in chunks:
                    if tap is not None:
                        tap(chunk)
                    writer.write(chunk)
                sealed = writer.finish()
            sync_folder(path.parent)  # a power cut must not take the name of a file that custody was acknowledged for
        except BaseException:
            self.discard((file_id,))
            raise
        return StagedFile(file_id, sealed.plain_size, sealed.plain_sha256, sealed.stored_size, sealed.stored_sha512)

    def add_bytes(self, data: bytes) -> StagedFile:
        """``add`` for a small file made here."""
        return self.add((data,))

    def open(self, file_id: str, size: int) -> SealedSource:
        """Reads a staged file back."""
        key = self.holdings.keys.open_key(file_id)
        stored = (self.data / file_id).open("rb")
        try:
            return SealedSource(RangeReader(stored, key, self.context(file_id), size))
        except BaseException:
            stored.close()
            raise

    def discard(self, file_ids: Iterable[str]) -> None:
        """Removes staged files and shreds their keys; what is not there is no error."""
        names = list(file_ids)
        for name in names:
            (self.data / name).unlink(missing_ok=True)
        drop_keys(self.holdings, names)

    def names(self) -> frozenset[str]:
        """The stored names that lie in staging now."""
        return frozenset(path.name for path in self.data.iterdir())
