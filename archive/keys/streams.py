"""Writing and reading a whole ciphertext in one pass 加密流: both digests beside the encryption, memory bounded."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

from archive.keys.layout import CHUNK, HEAD, STORED_CHUNK, padded_size
from archive.keys.terms import Bytes, ContentDamaged, Sealed, Sink

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 1024 * 1024
_SLOTS = 3
_STORED_BLOCK = HEAD + BLOCK // CHUNK * STORED_CHUNK
_ZEROS = memoryview(bytes(BLOCK))


class _Slot:
    """One pair of buffers, and the digests that still read them."""

    def __init__(self) -> None:
        self.stored = memoryview(bytearray(_STORED_BLOCK))
        self.reading: list[Future[None]] = []

    @cached_property
    def plain(self) -> memoryview:
        """Where pieces are gathered; whole blocks that nobody can change never need it."""
        return memoryview(bytearray(BLOCK))

    def settle(self) -> None:
        """Waits until no digest reads the buffers any more."""
        for reader in self.reading:
            reader.result()
        self.reading.clear()


class EncryptingWriter:
    """Encrypts what is written to it into ``sink`` 加密写入器; memory under 8 MiB, whatever the size.

    ``pad_step`` is the denominator of ``layout.padded_size`` (16, recordings 64). One instance makes one ciphertext;
    an interrupted one is never resumed. After an exception the instance is dead and the bytes in the sink are rubbish.
    """

    def __init__(self, sink: Sink, key: bytes, context: bytes, pad_step: int) -> None:
        self._sink = sink
        self._encryptor = Cobblestone256Encryptor(key, context)
        self._pad_step = pad_step
        self._plain_digest = hashlib.sha256()
        self._stored_digest = hashlib.sha512()
        self._threads: tuple[ThreadPoolExecutor, ThreadPoolExecutor] | None = None
        self._slots = [_Slot()]
        self._turn = 0
        self._filled = 0
        self._size = 0
        self._stored = 0
        self._open = True

    def write(self, data: Bytes) -> int:
        """Takes all of ``data``; the caller may reuse its buffer at once. Raises OSError when the sink does."""
        if not self._open:
            raise ValueError("this stream is finished or dead")
        view = memoryview(data).cast("B")
        taken = 0
        while isinstance(data, bytes) and not self._filled and len(view) - taken >= BLOCK:
            self._hand_on(view[taken : taken + BLOCK], BLOCK)
            taken += BLOCK
        while taken < len(view):
            slot = self._slots[self._turn]
            part = min(BLOCK - self._filled, len(view) - taken)
            slot.plain[self._filled : self._filled + part] = view[taken : taken + part]
            self._filled += part
            taken += part
            if self._filled == BLOCK:
                self._hand_on(slot.plain, BLOCK)
        self._size += taken
        return taken

    def finish(self) -> Sealed:
        """Pads, closes the ciphertext, waits for the medium (fsync), and tells sizes and digests."""
        if not self._open:
            raise ValueError("this stream is finished or dead")
        try:
            return self._finish()
        finally:
            self.close()

    def close(self) -> None:
        """Ends the threads; without ``finish`` what lies in the sink is worthless."""
        self._open = False
        if self._threads is not None:
            for thread in self._threads:
                thread.shutdown(wait=True)
            self._threads = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _hand_on(self, plain: memoryview, real: int) -> None:
        """Encrypts and writes the full block while its digests are taken in threads, then turns to the next pair.

        ``real`` bytes of it are plaintext, the rest is padding. Nobody may change ``plain`` before the pair settles.
        """
        try:
            slot = self._slots[self._turn]
            if self._threads is None:
                self._threads = (ThreadPoolExecutor(1), ThreadPoolExecutor(1))
                self._slots.extend(_Slot() for _ in range(_SLOTS - 1))
            plain_thread, stored_thread = self._threads
            slot.reading.append(plain_thread.submit(self._plain_digest.update, plain[:real]))
            size = self._encryptor.update_into(plain, slot.stored)
            slot.reading.append(stored_thread.submit(self._stored_digest.update, slot.stored[:size]))
            self._put(slot.stored[:size])
            self._turn = (self._turn + 1) % _SLOTS
            self._filled = 0
            self._slots[self._turn].settle()
        except BaseException:
            self.close()
            raise

    def _finish(self) -> Sealed:
        padded = padded_size(self._size, self._pad_step)
        real, left = self._filled, padded - self._size
        while self._filled + left >= BLOCK:
            part = BLOCK - self._filled
            self._slots[self._turn].plain[self._filled :] = _ZEROS[:part]
            self._hand_on(self._slots[self._turn].plain, real)
            real, left = 0, left - part
        for slot in self._slots:
            slot.settle()
        last = self._slots[self._turn]
        last.plain[self._filled : self._filled + left] = _ZEROS[:left]
        self._plain_digest.update(last.plain[:real])
        size = self._encryptor.update_into(last.plain[: self._filled + left], last.stored)
        for data in (last.stored[:size], memoryview(self._encryptor.finalize())):
            self._stored_digest.update(data)
            self._put(data)
        self._sink.fsync()
        return Sealed(self._size, padded, self._stored, self._plain_digest.hexdigest(), self._stored_digest.hexdigest())

    def _put(self, data: memoryview) -> None:
        """Writes all of ``data``; a sink that takes nothing is an error, not a wait."""
        done = 0
        while done < len(data):
            count = self._sink.write(data[done:])
            if not 0 < count <= len(data) - done:
                raise OSError(f"short write: {count} of {len(data) - done} bytes")
            done += count
        self._stored += done


class DecryptingReader(io.RawIOBase):
    """Reads one ciphertext from its start to its end 顺序解密: authenticated bytes only, never the padding.

    The last bytes are given only after the end of the ciphertext has authenticated, so whoever has read to the end has
    read everything. Raises ContentDamaged. ``source`` needs only ``read``.
    """

    def __init__(self, read: Callable[[int], bytes | None], key: bytes, context: bytes, plain_size: int) -> None:
        super().__init__()
        self._read = read
        self._decryptor = Cobblestone256Decryptor(key, context)
        self._buffer = memoryview(bytearray(BLOCK + STORED_CHUNK))
        self._ready = self._buffer[:0]
        self._left = plain_size
        self._done = False
        self._damaged = ""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, target: WriteableBuffer, /) -> int:
        """Fills ``target`` with up to its size of plaintext; 0 at the end."""
        wanted = memoryview(target).cast("B")
        while not len(self._ready) and not self._done:
            self._advance()
        if self._damaged:
            raise ContentDamaged(self._damaged)
        count = min(len(wanted), len(self._ready))
        wanted[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _advance(self) -> None:
        try:
            plain = self._next()
            if len(plain) >= self._left and not self._done:
                plain = memoryview(bytes(plain[: self._left]))
                while not self._done:
                    self._next()
        except InvalidTag:
            self._done, self._damaged = True, "a chunk does not authenticate, or the end is missing"
            return
        self._ready = plain[: self._left]
        self._left -= len(self._ready)
        if self._done and self._left:
            self._damaged = "the ciphertext is shorter than its record says"

    def _next(self) -> memoryview:
        """The next authenticated bytes, padding included; marks the end when it has authenticated."""
        data = self._read(BLOCK)
        if data:
            return self._buffer[: self._decryptor.update_into(data, self._buffer)]
        plain = memoryview(self._decryptor.finalize())
        self._done = True
        return plain
