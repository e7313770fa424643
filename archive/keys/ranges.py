"""Reading any part of a ciphertext 区间解密: plaintext offset to ciphertext offset by arithmetic."""

from __future__ import annotations

import io
from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive.keys.layout import CHUNK, HEAD, STORED_CHUNK, TAG, payload_size, stream_keys
from archive.keys.terms import ContentDamaged, Source

WINDOW = 1024 * 1024


class RangeReader:
    """Random access to one ciphertext 随机解密读取器: authenticated bytes only, never the padding.

    Opening checks the key commitment and the last chunk, and so the length: a cut, extended or reordered ciphertext
    raises ContentDamaged before a byte is given. Not for use by two threads at once.
    """

    def __init__(self, source: Source, key: bytes, context: bytes, plain_size: int) -> None:
        self._source = source
        self.plain_size = plain_size
        self._stored = source.seek(0, io.SEEK_END)
        payload = payload_size(self._stored)
        if not 0 <= plain_size <= payload:
            raise ContentDamaged("the ciphertext is shorter than its record says")
        self._scratch = memoryview(bytearray(2 * STORED_CHUNK))
        keys = stream_keys(key, context, self._load(0, HEAD))
        self._nonce = keys.nonce
        self._aead = AESGCM(keys.aead_key)
        last = payload // CHUNK
        self._open_chunks(last, memoryview(bytearray(payload % CHUNK)))

    def read(self, offset: int, length: int) -> bytes:
        """The ``length`` bytes of plaintext from ``offset``, fewer at the end, empty after it."""
        if offset < 0 or length < 0:
            raise ValueError("offset and length are not negative")
        target = bytearray(max(0, min(length, self.plain_size - offset)))
        self.readinto(offset, memoryview(target))
        return bytes(target)

    def readinto(self, offset: int, target: memoryview) -> int:
        """Fills ``target`` from ``offset`` and tells how many bytes; on ContentDamaged ``target`` is zeroed."""
        end = min(offset + len(target), self.plain_size)
        if offset < 0 or offset >= end:
            return 0
        target = target[: end - offset]
        done = 0
        try:
            while done < len(target):
                index, inside = divmod(offset + done, CHUNK)
                whole = (len(target) - done) // CHUNK * CHUNK
                if inside or not whole:
                    edge = self._edge(index)[inside : inside + len(target) - done]
                    target[done : done + len(edge)] = edge
                    done += len(edge)
                else:
                    part = target[done : done + min(whole, WINDOW)]
                    self._open_chunks(index, part)
                    done += len(part)
        except ContentDamaged:
            target[:] = bytes(len(target))
            raise
        return done

    def blocks(self, offset: int = 0, length: int | None = None, window: int = WINDOW) -> Iterator[bytes]:
        """The same bytes in pieces of at most ``window``, so that memory stays small; the first piece is short."""
        end = self.plain_size if length is None else min(offset + length, self.plain_size)
        step = min(CHUNK - offset % CHUNK, window)
        while offset < end:
            part = min(step, end - offset)
            yield self.read(offset, part)
            offset += part
            step = window

    def close(self) -> None:
        """Lets go of the ciphertext where it is an open file."""
        let_go = getattr(self._source, "close", None)
        if let_go is not None:
            let_go()

    def _edge(self, index: int) -> memoryview:
        """The plaintext of one chunk, whole or last."""
        plain = memoryview(bytearray(min(CHUNK, payload_size(self._stored) - index * CHUNK)))
        self._open_chunks(index, plain)
        return plain

    def _open_chunks(self, first: int, plain: memoryview) -> None:
        """Decrypts and authenticates the chunks from ``first`` that fill ``plain`` (at most WINDOW bytes)."""
        size = len(plain) + max(1, -(-len(plain) // CHUNK)) * TAG
        stored = self._load(HEAD + first * STORED_CHUNK, size)
        opened, nonce = self._aead.decrypt_into, self._nonce
        start, index = 0, first
        try:
            for offset in range(0, size, STORED_CHUNK):
                target = plain[start : start + CHUNK]
                opened(nonce(index), stored[offset : offset + STORED_CHUNK], None, target)
                start, index = start + CHUNK, index + 1
        except InvalidTag:
            raise ContentDamaged(f"chunk {index} does not authenticate") from None

    def _load(self, offset: int, size: int) -> memoryview:
        """The stored bytes there, valid until the next call."""
        if size > len(self._scratch):
            self._scratch = memoryview(bytearray(WINDOW // CHUNK * STORED_CHUNK))
        self._source.seek(offset)
        wanted = self._scratch[:size]
        done = 0
        while done < size:
            count = self._source.readinto(wanted[done:])
            if not count:
                raise ContentDamaged("the ciphertext became shorter while it was read")
            done += count
        return wanted
