"""Streams beside their floors 加密流对照: take-in against the bare digests and cipher, ranges against a whole read."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive.keys.files import FileSink
from archive.keys.ranges import RangeReader
from archive.keys.streams import BLOCK, DecryptingReader, EncryptingWriter
from archive.keys.terms import Sealed
from tests.bench.report import Report

KEY = bytes(range(32))
CONTEXT = b"bench"
PIECE = 4 * BLOCK
ROUNDS = 5


def measure(report: Report) -> None:
    """Adds the ratios of take-in, of sequential against ranged reads, and of the first byte."""
    size = int(os.environ.get("ANJUAN_BENCH_BYTES", 256 * BLOCK))
    with tempfile.TemporaryDirectory(dir=os.environ.get("ANJUAN_BENCH_DIR")) as folder:
        source, target = Path(folder, "source"), Path(folder, "target")
        _fill(source, size)
        ours, floor, copy = _side_by_side(
            lambda: _seal(source, target), lambda: do_the_least(source, target), lambda: copy_plainly(source, target)
        )
        note = f"{size >> 20} MiB, median of {ROUNDS}"
        report.ratio("streams: take in", ours, floor, 0.85, "higher", f"copy+fsync+digests+AES-GCM in threads; {note}")
        report.ratio("streams: take in / plain copy", ours, copy, None, "higher", f"copy+fsync alone; {note}")
        sealed = _seal(source, target)
        ranged, whole, library = _side_by_side(
            lambda: _ranges(target, sealed), lambda: _whole(target, sealed), lambda: _library(target, sealed)
        )
        report.ratio("streams: range read", ranged, whole, 0.5, "higher", f"4 MiB windows / sequential; {note}")
        report.ratio("streams: sequential read", whole, library, None, "higher", f"bare library decryptor; {note}")
        first, chunk = _side_by_side(lambda: _first_byte(target, sealed), lambda: _bare_chunks(10), lambda: None)[:2]
        report.ratio("streams: first byte", first, chunk, 1.0, "higher", "first byte of a seek / 10 bare chunks")


def _side_by_side(*jobs: Callable[[], object]) -> list[float]:
    """The median seconds of each job, run in turns so that noise meets all of them."""
    taken: list[list[float]] = [[] for _ in jobs]
    for _ in range(ROUNDS):
        for job, found in zip(jobs, taken, strict=True):
            start = time.perf_counter()
            job()
            found.append(time.perf_counter() - start)
    return [sorted(found)[ROUNDS // 2] for found in taken]


def _fill(path: Path, size: int) -> None:
    block = os.urandom(BLOCK)
    with path.open("wb") as out:
        for start in range(0, size, BLOCK):
            out.write(block[: min(BLOCK, size - start)])


def _seal(source: Path, target: Path) -> Sealed:
    target.unlink(missing_ok=True)
    buffer = memoryview(bytearray(BLOCK))
    with (
        source.open("rb", buffering=0) as reader,
        FileSink(target) as sink,
        EncryptingWriter(sink, KEY, CONTEXT, 64) as writer,
    ):
        while count := reader.readinto(buffer):
            writer.write(buffer[:count])
        return writer.finish()


def copy_plainly(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    buffer = memoryview(bytearray(BLOCK))
    with source.open("rb", buffering=0) as reader, target.open("xb", buffering=0) as writer:
        while count := reader.readinto(buffer):
            writer.write(buffer[:count])
        os.fsync(writer.fileno())


def do_the_least(source: Path, target: Path) -> None:
    """The least work: copy and fsync, with the digests and AES-256-GCM of whole blocks in threads."""
    target.unlink(missing_ok=True)
    aead, nonce = AESGCM(KEY), bytes(12)
    plain, cipher = hashlib.sha256(), hashlib.sha512()
    slots = [(memoryview(bytearray(BLOCK)), memoryview(bytearray(BLOCK + 16))) for _ in range(3)]
    with source.open("rb", buffering=0) as reader, target.open("xb", buffering=0) as writer:
        with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as two:
            waiting: list[list[Future[None]]] = [[] for _ in slots]
            turn = 0
            while count := reader.readinto(slots[turn][0]):
                data, out = slots[turn]
                waiting[turn].append(one.submit(plain.update, data[:count]))
                size = aead.encrypt_into(nonce, data[:count], None, out[: count + 16])
                waiting[turn].append(two.submit(cipher.update, out[:size]))
                writer.write(out[:size])
                turn = (turn + 1) % len(slots)
                for future in waiting[turn]:
                    future.result()
                waiting[turn].clear()
        os.fsync(writer.fileno())


def _whole(path: Path, sealed: Sealed) -> None:
    buffer = bytearray(BLOCK)
    with path.open("rb", buffering=0) as source:
        reader = DecryptingReader(source.read, KEY, CONTEXT, sealed.plain_size)
        while reader.readinto(buffer):
            pass


def _library(path: Path, sealed: Sealed) -> None:
    decryptor = Cobblestone256Decryptor(KEY, CONTEXT)
    out = bytearray(2 * BLOCK)
    with path.open("rb", buffering=0) as source:
        while data := source.read(BLOCK):
            decryptor.update_into(data, out)
    decryptor.finalize()


def _ranges(path: Path, sealed: Sealed) -> None:
    with path.open("rb", buffering=0) as source:
        reader = RangeReader(source, KEY, CONTEXT, sealed.plain_size)
        window = memoryview(bytearray(PIECE))
        for offset in range(0, sealed.plain_size, PIECE):
            reader.readinto(offset, window)


def _first_byte(path: Path, sealed: Sealed) -> None:
    for _ in range(100):
        with path.open("rb", buffering=0) as source:
            reader = RangeReader(source, KEY, CONTEXT, sealed.plain_size)
            next(reader.blocks(sealed.plain_size // 2))


def _bare_chunks(count: int) -> None:
    data, out = bytes(16 * 1024), bytearray(16 * 1024 + 16)
    for _ in range(100):
        aead = AESGCM(KEY)
        for _ in range(count):
            aead.encrypt_into(bytes(12), data, None, out)
            io.BytesIO(out).read()
