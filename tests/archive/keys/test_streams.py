"""Encrypted streams 加密流: published vectors, any range, every flipped bit, wrong key and context, faulty sinks."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zlib
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.cobblestone import Cobblestone256Encryptor
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.keys import layout
from archive.keys.layout import CHUNK, content_context, padded_size, payload_size, stored_size
from archive.keys.ranges import RangeReader
from archive.keys.streams import BLOCK, DecryptingReader, EncryptingWriter
from archive.keys.terms import Bytes, ContentDamaged, Sealed

VECTORS = Path(os.environ.get("ANJUAN_VECTORS", Path(__file__).parents[4] / "shared" / "data" / "vectors"))
VECTOR_FILE = VECTORS / "c2sp_chunked_encryption_aes_256_gcm_test.json"
KEY = bytes(range(32))
CONTEXT = content_context("arch", "case_a", 1, "oa")


class MemorySink(io.BytesIO):
    """A sink in memory that counts its fsyncs."""

    synced = 0

    def fsync(self) -> None:
        self.synced += 1


def sealed(plain: bytes, step: int = 16, piece: int = 100_000) -> tuple[bytes, Sealed]:
    sink = MemorySink()
    with EncryptingWriter(sink, KEY, CONTEXT, step) as writer:
        for start in range(0, len(plain), piece):
            writer.write(plain[start : start + piece])
        told = writer.finish()
    assert sink.synced == 1
    return sink.getvalue(), told


def read_all(stored: bytes, plain_size: int, key: bytes = KEY, context: bytes = CONTEXT) -> bytes:
    return io.BufferedReader(DecryptingReader(io.BytesIO(stored).read, key, context, plain_size)).read()


def vectors() -> list[Any]:
    if not VECTOR_FILE.exists():
        return []
    return [test for group in json.loads(VECTOR_FILE.read_text("utf-8"))["testGroups"] for test in group["tests"]]


@pytest.mark.skipif(not VECTOR_FILE.exists(), reason="the published vectors are not on this machine")
def test_published_vectors_both_readers() -> None:
    seen = 0
    for test in vectors():
        key, context = bytes.fromhex(test["key"]), bytes.fromhex(test["ctx"])
        stored, size = zlib.decompress(bytes.fromhex(test["ct"])), test.get("msgLength", 0)
        seen += 1
        if test["result"] == "valid":
            ranged = RangeReader(io.BytesIO(stored), key, context, size).read(0, size)
            for plain in (ranged, read_all(stored, size, key, context)):
                assert hashlib.sha512(plain).hexdigest() == test["msgSha512"], test["tcId"]
            continue
        with pytest.raises(ContentDamaged):
            reader = RangeReader(io.BytesIO(stored), key, context, 0)
            reader.read(0, payload_size(len(stored)))
            reader.plain_size = payload_size(len(stored))
            reader.read(0, reader.plain_size)
        with pytest.raises((ContentDamaged, ValueError)):
            read_all(stored, 0, key, context)
    assert seen == 35


@given(st.integers(0, 3 * CHUNK), st.sampled_from([16, 64]), st.integers(1, 50_000))
@settings(max_examples=30, deadline=None)
def test_round_trip_and_digests(size: int, step: int, piece: int) -> None:
    plain = os.urandom(size)
    stored, told = sealed(plain, step, piece)
    assert told.plain_size == size and told.padded_size == padded_size(size, step)
    assert told.stored_size == len(stored) == stored_size(told.padded_size)
    assert payload_size(len(stored)) == told.padded_size
    assert told.plain_sha256 == hashlib.sha256(plain).hexdigest()
    assert told.stored_sha512 == hashlib.sha512(stored).hexdigest()
    assert read_all(stored, size) == plain


@pytest.mark.parametrize("size", [BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK, 7 * BLOCK + 12_345, 40 * BLOCK + 1])
def test_large_streams_use_the_threads(size: int) -> None:
    plain = os.urandom(size)
    stored, told = sealed(plain, 16, 777_777)
    assert told.plain_sha256 == hashlib.sha256(plain).hexdigest()
    assert told.stored_sha512 == hashlib.sha512(stored).hexdigest()
    assert read_all(stored, size) == plain
    reader = RangeReader(io.BytesIO(stored), KEY, CONTEXT, size)
    assert b"".join(reader.blocks()) == plain
    assert b"".join(reader.blocks(CHUNK - 3, 2 * BLOCK)) == plain[CHUNK - 3 :][: 2 * BLOCK]


@pytest.mark.parametrize(
    "pieces", [(BLOCK,) * 6, (3, BLOCK, 2 * BLOCK + 7, BLOCK, 5), (4 * BLOCK + 1, BLOCK - 1, BLOCK)]
)
def test_a_buffer_may_be_reused_at_once_and_whole_blocks_are_not_copied(pieces: tuple[int, ...]) -> None:
    plain = os.urandom(sum(pieces))
    sink, reused = MemorySink(), bytearray(max(pieces))
    with EncryptingWriter(sink, KEY, CONTEXT, 16) as writer:
        at = 0
        for size in pieces:
            reused[:size] = plain[at : at + size]
            writer.write(memoryview(reused)[:size])
            reused[:] = bytes(len(reused))
            at += size
        told = writer.finish()
    assert told.plain_sha256 == hashlib.sha256(plain).hexdigest()
    assert told.stored_sha512 == hashlib.sha512(sink.getvalue()).hexdigest()
    assert read_all(sink.getvalue(), len(plain)) == plain
    stored, told = sealed(plain, 16, BLOCK)  # bytes, which nobody can change
    assert told.plain_sha256 == hashlib.sha256(plain).hexdigest() and read_all(stored, len(plain)) == plain
    stored, told = sealed(plain, 16, len(plain))
    assert told.stored_sha512 == hashlib.sha512(stored).hexdigest() and read_all(stored, len(plain)) == plain


PLAIN = os.urandom(5 * CHUNK + 777)
STORED, TOLD = sealed(PLAIN)


@given(st.integers(0, 6 * CHUNK), st.integers(0, 6 * CHUNK))
@settings(max_examples=200, deadline=None)
def test_any_range_equals_the_slice(offset: int, length: int) -> None:
    reader = RangeReader(io.BytesIO(STORED), KEY, CONTEXT, len(PLAIN))
    assert reader.read(offset, length) == PLAIN[offset : offset + length]
    assert b"".join(reader.blocks(offset, length, window=2 * CHUNK)) == PLAIN[offset : offset + length]


@given(st.integers(0, len(STORED) * 8 - 1))
@settings(max_examples=200, deadline=None)
def test_each_flipped_bit_is_refused(bit: int) -> None:
    broken = bytearray(STORED)
    broken[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ContentDamaged):
        reader = RangeReader(io.BytesIO(broken), KEY, CONTEXT, len(PLAIN))
        reader.plain_size = TOLD.padded_size
        reader.read(0, TOLD.padded_size)
    with pytest.raises(ContentDamaged):
        read_all(bytes(broken), len(PLAIN))


@given(st.integers(0, len(STORED) - 1))
@settings(max_examples=60, deadline=None)
def test_cut_and_extended_are_refused_at_opening(size: int) -> None:
    for wrong in (STORED[:size], STORED + STORED[-(size % 40_000 + 1) :]):
        with pytest.raises(ContentDamaged):
            RangeReader(io.BytesIO(wrong), KEY, CONTEXT, 0)
        with pytest.raises(ContentDamaged):
            read_all(wrong, len(PLAIN))
        with pytest.raises(ContentDamaged):
            read_all(wrong, 0)


def test_reordered_chunks_are_refused() -> None:
    one, two = (STORED[layout.HEAD + i * layout.STORED_CHUNK :][: layout.STORED_CHUNK] for i in (0, 1))
    swapped = STORED[: layout.HEAD] + two + one + STORED[layout.HEAD + 2 * layout.STORED_CHUNK :]
    reader = RangeReader(io.BytesIO(swapped), KEY, CONTEXT, len(PLAIN))
    with pytest.raises(ContentDamaged):
        reader.read(0, 10)
    with pytest.raises(ContentDamaged):
        read_all(swapped, len(PLAIN))


def _little(source: io.BytesIO, _: int) -> bytes:
    return source.read(20_000)


def test_the_last_byte_waits_for_the_end_of_the_ciphertext() -> None:
    plain = os.urandom(65 * CHUNK + 5)
    stored, _ = sealed(plain)
    assert payload_size(len(stored)) > len(plain) + CHUNK
    for wrong in (stored[:-1], stored[: -layout.STORED_CHUNK], stored[:-1] + bytes([stored[-1] ^ 1])):
        reader = DecryptingReader(partial(_little, io.BytesIO(wrong)), KEY, CONTEXT, len(plain))
        given = 0
        with pytest.raises(ContentDamaged):
            while given < len(plain):
                given += len(reader.read(4096) or b"")
        assert given < len(plain)


def test_a_buffer_keeps_nothing_of_a_damaged_range() -> None:
    broken = bytearray(STORED)
    broken[layout.HEAD + 2 * layout.STORED_CHUNK + 5] ^= 1
    reader = RangeReader(io.BytesIO(broken), KEY, CONTEXT, len(PLAIN))
    target = bytearray(b"x" * (4 * CHUNK))
    with pytest.raises(ContentDamaged):
        reader.readinto(7, memoryview(target))
    assert target == bytes(len(target))


def test_damage_stays_damage() -> None:
    reader = DecryptingReader(io.BytesIO(STORED[:-1]).read, KEY, CONTEXT, len(PLAIN))
    for _ in range(3):
        with pytest.raises(ContentDamaged):
            reader.read()


@pytest.mark.parametrize(
    ("key", "context"),
    [
        (bytes(32), CONTEXT),
        (KEY[:31], CONTEXT),
        *((KEY, content_context(*other)) for other in [("arc", "hcase_a", 1, "oa"), ("arch", "case_a", 2, "oa")]),
    ],
)
def test_wrong_key_or_context_is_refused(key: bytes, context: bytes) -> None:
    with pytest.raises(ContentDamaged):
        RangeReader(io.BytesIO(STORED), key, context, len(PLAIN))
    if len(key) == 32:
        with pytest.raises(ContentDamaged):
            read_all(STORED, len(PLAIN), key, context)


def test_a_size_beyond_the_ciphertext_is_refused() -> None:
    with pytest.raises(ContentDamaged):
        RangeReader(io.BytesIO(STORED), KEY, CONTEXT, TOLD.padded_size + 1)
    with pytest.raises(ContentDamaged):
        read_all(STORED, TOLD.padded_size + 1)


def test_a_foreign_writer_is_read() -> None:
    encryptor = Cobblestone256Encryptor(KEY, CONTEXT)
    stored = encryptor.update(PLAIN) + encryptor.finalize()
    assert RangeReader(io.BytesIO(stored), KEY, CONTEXT, len(PLAIN)).read(CHUNK, 9) == PLAIN[CHUNK : CHUNK + 9]


@given(st.integers(0, 1 << 45), st.sampled_from([16, 64]))
def test_padding_rule(size: int, denominator: int) -> None:
    padded = padded_size(size, denominator)
    assert size <= padded <= max(4096, size + max(4096, size // denominator + 1))
    assert padded % 4096 == 0
    assert padded_size(padded, denominator) == padded


def test_padding_is_fixed_for_ever() -> None:
    assert [padded_size(n, 16) for n in (0, 1, 4096, 4097, 65_536, 131_073, 1_000_000)] == [
        4096,
        4096,
        4096,
        8192,
        65_536,
        139_264,
        1_015_808,
    ]
    assert padded_size(1 << 32 | 1, 64) == (1 << 32) + (1 << 26)


def test_context_is_fixed_for_ever() -> None:
    assert CONTEXT == b'{"archive":"arch","file":"oa","first_version":1,"object":"case_a","suite":"cobblestone-256"}'


class FaultySink(MemorySink):
    """Fails, or takes too little, at one write or at the fsync."""

    def __init__(self, at: int, how: str) -> None:
        super().__init__()
        self.at, self.how = at, how

    def write(self, data: Bytes, /) -> int:  # type: ignore[override]
        self.at -= 1
        if self.at == 0 and self.how == "enospc":
            raise OSError(28, "no space left")
        if self.at == 0 and self.how == "short":
            return super().write(memoryview(data)[: len(data) // 2])
        return 0 if self.at == 0 and self.how == "zero" else super().write(data)

    def fsync(self) -> None:
        if self.how == "fsync":
            raise OSError(5, "input/output error")
        super().fsync()


@pytest.mark.parametrize("how", ["enospc", "zero", "fsync"])
@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_a_failing_sink_is_an_error(how: str, at: int) -> None:
    with EncryptingWriter(FaultySink(at, how), KEY, CONTEXT, 16) as writer, pytest.raises(OSError):
        writer.write(bytes(3 * BLOCK + 5))
        writer.finish()
    with pytest.raises(ValueError):
        writer.write(b"more")


def test_a_short_write_is_continued() -> None:
    sink = FaultySink(2, "short")
    with EncryptingWriter(sink, KEY, CONTEXT, 16) as writer:
        writer.write(bytes(3 * BLOCK + 5))
        told = writer.finish()
    assert hashlib.sha512(sink.getvalue()).hexdigest() == told.stored_sha512
    assert read_all(sink.getvalue(), told.plain_size) == bytes(3 * BLOCK + 5)


def test_no_plaintext_in_the_sink_and_no_two_alike() -> None:
    one, two = sealed(b"A" * 5000)[0], sealed(b"A" * 5000)[0]
    assert b"AAAA" not in one and one != two
