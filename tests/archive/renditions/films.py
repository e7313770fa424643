"""Films of the tests and how they are spoilt: each function damages a whole film in one way and nothing else."""

import json
import os
import random
import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def film(folder: Path, seconds: float, kind: str = "mp4", **script: object) -> bytes:
    """A film of ``tests.support.film``, made in a process of its own."""
    path = folder / f"film-{random.randrange(10**9)}.{kind}"
    words = [sys.executable, "-m", "tests.support.film", str(path), str(seconds), json.dumps(script)]
    done = subprocess.run(words, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return path.read_bytes()


def cut(data: bytes, share: float = 0.4) -> bytes:
    """What a camera leaves whose battery ran out."""
    return data[: int(len(data) * share)]


def overwritten(data: bytes, length: int = 20_000) -> bytes:
    """``length`` bytes in the middle are something else."""
    middle = len(data) // 2
    return data[:middle] + os.urandom(length) + data[middle + length :]


def declaring(data: bytes, seconds: float) -> bytes:
    """An MP4, AVI or Matroska file that says it lasts ``seconds``; everything else stays."""
    if data.startswith(b"RIFF"):
        at = data.index(b"avih") + 8
        (each,) = struct.unpack_from("<I", data, at)
        return _patched(data, at + 16, struct.pack("<I", round(seconds * 1_000_000 / each)))
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return _patched(data, data.index(b"\x44\x89\x88") + 3, struct.pack(">d", seconds * 1000))
    at = data.index(b"mvhd") + 4
    (scale,) = struct.unpack_from(">I", data, at + 12)
    return _patched(data, at + 16, struct.pack(">I", round(seconds * scale)))


def with_stopped_clock(data: bytes, first: int, frames: int) -> bytes:
    """An MP4 of pictures alone: the time of ``frames`` frames from ``first`` on does not go on."""
    at = data.index(b"stts")
    (entries, count, delta) = struct.unpack_from(">III", data, at + 8)
    assert entries == 1, "a film with one frame rate"
    table = [(first, delta), (frames, 0), (count - first - frames, delta)]
    body = struct.pack(">II", 0, 3) + b"".join(struct.pack(">II", *entry) for entry in table)
    longer = len(body) + 8 - struct.unpack_from(">I", data, at - 4)[0]
    made = data[: at + 4] + body + data[at + 20 :]
    return _grown(made, longer)


def _grown(data: bytes, longer: int) -> bytes:
    """The boxes around the table and the places of the pictures behind it, moved by ``longer`` bytes."""
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts"):
        at = data.index(name) - 4
        data = _patched(data, at, struct.pack(">I", struct.unpack_from(">I", data, at)[0] + longer))
    at = data.index(b"stco") + 8
    (count,) = struct.unpack_from(">I", data, at)
    for number in range(count):
        place = at + 4 + 4 * number
        data = _patched(data, place, struct.pack(">I", struct.unpack_from(">I", data, place)[0] + longer))
    return data


def _patched(data: bytes, at: int, piece: bytes) -> bytes:
    return data[:at] + piece + data[at + len(piece) :]
