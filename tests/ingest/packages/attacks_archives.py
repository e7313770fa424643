"""Archives that attack: bombs, lies, links, broken and encrypted ones. Each must be refused."""

from __future__ import annotations

import functools
import gzip
import random
import struct
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.ingest.packages.shapes import (
    PAPERS,
    RawMember,
    described,
    good_files,
    raw_members,
    raw_zip,
    tarred,
    zipped,
)

Attack = Callable[[random.Random, Path], Path]
BOMB = 300 * 1024 * 1024


def _file(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def _zip(change: Callable[[random.Random, list[RawMember]], bytes]) -> Attack:
    """An attack by a zip made from the members of the good case."""

    def attack(rng: random.Random, folder: Path) -> Path:
        return _file(folder, "案卷.zip", change(rng, raw_members(good_files())))

    return attack


def _tar(change: Callable[[random.Random], bytes]) -> Attack:
    def attack(rng: random.Random, folder: Path) -> Path:
        data = change(rng)
        return _file(folder, "案卷.tar", gzip.compress(data, 1) if rng.random() < 0.5 else data)

    return attack


@functools.cache
def _zeros(size: int) -> tuple[bytes, int]:
    """Deflated zeros, and their checksum."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    block, crc, out = bytes(1024 * 1024), 0, bytearray()
    for _ in range(size // len(block)):
        out += engine.compress(block)
        crc = zlib.crc32(block, crc)
    return bytes(out + engine.flush()), crc


def _bomb(size: int) -> RawMember:
    packed, crc = _zeros(size)
    return RawMember("正卷/大.txt".encode(), b"", packed=packed, size=size, crc=crc)


def bomb(_: random.Random, members: list[RawMember]) -> bytes:
    """Honest about its size, a thousand times what is packed."""
    return raw_zip([raw_members(described({"正卷/大.txt": b""}))[0], _bomb(BOMB)])


def bomb_denied(rng: random.Random, members: list[RawMember]) -> bytes:
    """A bomb that says it is small."""
    grown = _bomb(BOMB)
    grown.size = rng.randrange(1, 100_000)
    return raw_zip([raw_members(described({"正卷/大.txt": b""}))[0], grown])


def bomb_overlapping(_: random.Random, members: list[RawMember]) -> bytes:
    """Many members that share one body."""
    body = _bomb(64 * 1024 * 1024)
    names = [f"正卷/{number}.txt" for number in range(300)]
    listed = raw_members(described(dict.fromkeys(names, b"")))[0]
    body.name = body.local_name = names[0].encode()
    first = len(raw_zip([listed])) - len(raw_zip([])) - 46 - len(listed.name)
    others = [RawMember(n.encode(), b"", packed=body.packed, size=body.size, crc=body.crc, at=first) for n in names[1:]]
    return raw_zip([listed, body, *others])


def too_many(_: random.Random, members: list[RawMember]) -> bytes:
    return raw_zip([*members, *(RawMember(f"{number}.txt".encode(), b"", 0) for number in range(20_001))])


def count_lies(rng: random.Random, members: list[RawMember]) -> bytes:
    return raw_zip(members, count=rng.choice([0, 1, len(members) + 1, 65_534]))


def encrypted(rng: random.Random, members: list[RawMember]) -> bytes:
    rng.choice(members).flags |= 1
    return raw_zip(members)


def encrypted_by_aes(rng: random.Random, members: list[RawMember]) -> bytes:
    member = rng.choice(members)
    member.flags, member.method, member.extra = 1, 99, struct.pack("<2HH2sBH", 0x9901, 7, 2, b"AE", 3, 8)
    return raw_zip(members)


def unknown_method(rng: random.Random, members: list[RawMember]) -> bytes:
    rng.choice(members).method = rng.choice([1, 6, 9, 14, 19, 93, 95, 96, 97, 98])
    return raw_zip(members)


def links_in_zip(rng: random.Random, members: list[RawMember]) -> bytes:
    """A link, pipe or device by its Unix mode."""
    mode = rng.choice([0o120777, 0o010644, 0o020644, 0o060644, 0o140644])
    target = RawMember(PAPERS[1].encode(), b"../../etc/passwd", mode=mode)
    return raw_zip([members[0], members[1], target])


def size_lies(rng: random.Random, members: list[RawMember]) -> bytes:
    member = rng.choice(members)
    member.size = max(0, len(member.data) + rng.choice([-1, 1, 100, 2**31]))
    return raw_zip(members)


def crc_lies(rng: random.Random, members: list[RawMember]) -> bytes:
    member = rng.choice(members)
    member.crc = zlib.crc32(member.data) ^ (1 << rng.randrange(32))
    return raw_zip(members)


def data_flipped(rng: random.Random, members: list[RawMember]) -> bytes:
    member = rng.choice(members)
    body = bytearray(member.body())
    body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
    member.packed = bytes(body)
    if _same(member):  # a bit that means nothing
        member.crc = zlib.crc32(member.data) ^ 1
    return raw_zip(members)


def _same(member: RawMember) -> bool:
    try:
        return zlib.decompress(member.body(), -15) == member.data
    except zlib.error:
        return False


def truncated(rng: random.Random, members: list[RawMember]) -> bytes:
    whole = raw_zip(members)
    return whole[: rng.randrange(4, len(whole))]


def repeated(rng: random.Random, members: list[RawMember]) -> bytes:
    twice = rng.choice(members)
    return raw_zip([*members, RawMember(twice.name, b"another")])


def names_differ(rng: random.Random, members: list[RawMember]) -> bytes:
    """What the list calls so is called otherwise where it lies."""
    member = rng.choice(members)
    member.local_name = member.name[:-1] + b"x"
    return raw_zip(members)


def prefixed(rng: random.Random, members: list[RawMember]) -> bytes:
    """Another zip, or a program, before the zip."""
    other = rng.choice([zipped({"case.json": b"{}"}), b"MZ" + rng.randbytes(500), b"PK\x03\x04" + rng.randbytes(99)])
    return raw_zip(members, before=other)


def hidden_between(rng: random.Random, members: list[RawMember]) -> bytes:
    return raw_zip(members, gap=rng.randbytes(rng.randrange(100, 5000)))


def suffixed(rng: random.Random, members: list[RawMember]) -> bytes:
    return raw_zip(members, after=rng.randbytes(rng.randrange(1, 500)))


def two_ends(_: random.Random, members: list[RawMember]) -> bytes:
    """The comment holds another end, with another list before it."""
    return raw_zip(members, comment=b"PK\x05\x06" + bytes(18))


def several_disks(_: random.Random, members: list[RawMember]) -> bytes:
    return raw_zip(members, disk=3)


def broken_name(rng: random.Random, members: list[RawMember]) -> bytes:
    members[2].name = members[2].local_name = b"\xff\xfe\x80" + members[2].name
    return raw_zip(members)


def garbage_zip(rng: random.Random, members: list[RawMember]) -> bytes:
    return b"PK\x03\x04" + rng.randbytes(rng.randrange(10, 100_000))


def special_in_tar(rng: random.Random) -> bytes:
    member = tarfile.TarInfo(rng.choice(["正卷/链接", "x"]))
    member.type = rng.choice([tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
    member.linkname = rng.choice(["../../../etc/passwd", "/etc/shadow", "case.json"])
    return tarred(good_files(), special=(member,))


def link_then_file(_: random.Random) -> bytes:
    """A link that leads out, and a file through it."""
    link = tarfile.TarInfo("正卷")
    link.type, link.linkname = tarfile.SYMTYPE, "/tmp"
    return tarred(good_files(), special=(link,))


def sparse_in_tar(_: random.Random) -> bytes:
    """Terabytes of nothing, in the pax way of saying so."""
    member = tarfile.TarInfo("正卷/疏.bin")
    member.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(2**42)}
    return tarred(good_files(), special=(member,))


def tar_cut(rng: random.Random) -> bytes:
    whole = tarred(good_files())
    return whole[: rng.randrange(600, len(whole.rstrip(b"\0")))]


def tar_header_broken(rng: random.Random) -> bytes:
    whole = bytearray(tarred(good_files()))
    at = whole.find(b"ustar", 512) - 257
    whole[at + rng.randrange(100, 155)] ^= 0x15
    return bytes(whole)


def tar_size_lies(rng: random.Random) -> bytes:
    member = tarfile.TarInfo("正卷/大.bin")
    member.size = rng.choice([2**33 - 1, 2**40, 2**62])
    return tarred(good_files(), special=(member,))


def tar_followed(rng: random.Random) -> bytes:
    """Something behind the end: another archive, or anything."""
    return tarred(good_files()) + rng.choice([tarred({"x.txt": b"x"}), rng.randbytes(5000)])


def tar_pax_escape(rng: random.Random) -> bytes:
    member = tarfile.TarInfo("ok.txt")
    member.pax_headers = {"path": rng.choice(["../../escape.txt", "/etc/cron.d/x", "a/\u202e.txt"])}
    return tarred(good_files(), special=(member,))


def tar_repeated(_: random.Random) -> bytes:
    return tarred(good_files(), special=(tarfile.TarInfo(PAPERS[1]),))


def tar_many(_: random.Random) -> bytes:
    head = tarfile.TarInfo("x").tobuf()
    return tarred(good_files())[:512] + head * 40_200 + bytes(1024)


def gzip_bomb(_: random.Random, folder: Path) -> Path:
    """A tar of zeros, packed a thousandfold."""
    member = tarfile.TarInfo("正卷/大.txt")
    member.size = 4 * 1024**3
    head = gzip.compress(tarred(described({"正卷/大.txt": b""}))[:-10240], 1) + gzip.compress(member.tobuf(), 1)
    packed, crc = _zeros(256 * 1024 * 1024)
    block = b"\x1f\x8b\x08" + bytes(6) + b"\xff" + packed + struct.pack("<2I", crc, 256 * 1024 * 1024)
    return _file(folder, "案卷.tgz", head + block * 16)


def gzip_broken(rng: random.Random, folder: Path) -> Path:
    """Cut, flipped, or with a wrong checksum at its end."""
    whole = bytearray(gzip.compress(tarred(good_files()), 6))
    way = rng.randrange(3)
    if way == 0:
        del whole[rng.randrange(20, len(whole) - 1) :]
    elif way == 1:
        whole[rng.randrange(20, len(whole) - 8)] ^= 1 << rng.randrange(8)
    else:
        whole[-rng.randrange(1, 9)] ^= 1 << rng.randrange(8)
    return _file(folder, "案卷.tar.gz", bytes(whole))


def gzip_of_something(rng: random.Random, folder: Path) -> Path:
    return _file(folder, "案卷.tar.gz", gzip.compress(rng.randbytes(rng.randrange(0, 9000)), 1))


def foreign_format(rng: random.Random, folder: Path) -> Path:
    magic = rng.choice([b"Rar!\x1a\x07\x01\0", b"7z\xbc\xaf\x27\x1c", b"BZh9", b"\xfd7zXZ\0", b"", b"%PDF-1.7\n"])
    return _file(folder, rng.choice(["案卷.zip", "案卷.tar.gz", "案卷"]), magic + rng.randbytes(rng.randrange(2000)))


ZIPS: tuple[Callable[[random.Random, list[RawMember]], bytes], ...] = (
    bomb, bomb_denied, bomb_overlapping, too_many, count_lies, encrypted, encrypted_by_aes, unknown_method,
    links_in_zip, size_lies, crc_lies, data_flipped, truncated, repeated, names_differ, prefixed, hidden_between,
    suffixed, two_ends, several_disks, broken_name, garbage_zip,
)  # fmt: skip
TARS: tuple[Callable[[random.Random], bytes], ...] = (
    special_in_tar, link_then_file, sparse_in_tar, tar_cut, tar_header_broken, tar_size_lies, tar_followed,
    tar_pax_escape, tar_repeated, tar_many,
)  # fmt: skip
OTHERS: tuple[Attack, ...] = (gzip_bomb, gzip_broken, gzip_of_something, foreign_format)


def attacks() -> Iterator[tuple[str, Attack]]:
    """Every attack by an archive, by name."""
    yield from ((f"zip {made.__name__}", _zip(made)) for made in ZIPS)
    yield from ((f"tar {made.__name__}", _tar(made)) for made in TARS)
    yield from ((made.__name__, made) for made in OTHERS)
