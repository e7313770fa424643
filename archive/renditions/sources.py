"""Plain sources 明文来源: how plaintext reaches a child without ever being a clear file on a disk."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from archive.renditions.limits import DOCUMENT_CAP
from archive.renditions.reasons import reason_refusal

_STEP = 1024 * 1024


class PlainSource(Protocol):
    """Plaintext of one stored file 明文来源: its size in bytes, in order by chunks, or any part of it by offset."""

    @property
    def size(self) -> int: ...

    def chunks(self) -> Iterator[bytes]: ...

    def read_at(self, offset: int, length: int) -> bytes: ...


@dataclass(frozen=True, slots=True)
class BytesSource:
    """Plaintext that is in memory already 内存来源: generated pages, renditions just made."""

    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    def chunks(self) -> Iterator[bytes]:
        for start in range(0, len(self.data), _STEP):
            yield self.data[start : start + _STEP]

    def read_at(self, offset: int, length: int) -> bytes:
        return self.data[offset : offset + length]


@contextmanager
def sealed_memfd(source: PlainSource, cap: int = DOCUMENT_CAP) -> Iterator[int]:
    """The whole of ``source`` in a memfd that nobody can write any more; refused above ``cap`` bytes.

    A memfd can be swapped out: ``doctor`` asks for encrypted swap or none.
    """
    if source.size > cap:
        raise reason_refusal("bytes")
    memfd = os.memfd_create("plain", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        written = 0
        for chunk in source.chunks():
            view = memoryview(chunk)
            while view:
                count = os.write(memfd, view)
                view, written = view[count:], written + count
            if written > cap:
                raise reason_refusal("bytes")
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
        fcntl.fcntl(memfd, fcntl.F_ADD_SEALS, seals)
        os.lseek(memfd, 0, os.SEEK_SET)
        yield memfd
    finally:
        os.close(memfd)
