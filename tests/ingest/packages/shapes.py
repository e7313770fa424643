"""Packages of every shape for tests: one small good case as files, and how files become a folder, zip, tar or bag."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.archive.renditions.samples import pdf_with_text

SHAPES = ("folder", "zip", "tar", "tar.gz")
PAPERS = ("正卷/01-现场检查笔录.pdf", "正卷/02-说明.txt")
Files = dict[str, bytes]


def description(*paths: str, **more: Any) -> dict[str, Any]:
    """A description with one item for each path."""
    items = [{"title": f"第{number}件", "files": [path]} for number, path in enumerate(paths, 1)]
    case = {"title": "某店占道经营案", "closed_on": "2026-10-30"}
    return {"anjuan_sip": 1, "unit": "zd1", "case": case, "items": items, **more}


def described(files: Mapping[str, bytes], **more: Any) -> Files:
    """The files with a ``case.json`` that names each of them."""
    text = json.dumps(description(*files, **more), ensure_ascii=False).encode()
    return {"case.json": text, **files}


def good_files(salt: str = "") -> Files:
    """A small case that is taken in: a PDF and a text."""
    return described({PAPERS[0]: pdf_with_text("现场检查笔录"), PAPERS[1]: f"说明 {salt}\n".encode()})


def pack(files: Mapping[str, bytes], shape: str, target: Path) -> Path:
    """The files as a package of a shape at ``target``; names are written as they are, however bad, into archives."""
    if shape == "folder":
        for name, data in files.items():
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return target
    target.write_bytes(zipped(files) if shape == "zip" else tarred(files, packed=shape == "tar.gz"))
    return target


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip by the standard library."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files: Mapping[str, bytes], *, packed: bool = False, special: tuple[tarfile.TarInfo, ...] = ()) -> bytes:
    """A tar, perhaps gzipped, with further members that are no files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        for member in special:
            archive.addfile(member)
    return gzip.compress(out.getvalue(), 6, mtime=0) if packed else out.getvalue()


def bagged(payload: Mapping[str, bytes], algorithms: tuple[str, ...] = ("sha512", "sha256", "md5")) -> Files:
    """A bag (RFC 8493) of the files, with manifests, tag manifests and Payload-Oxum."""
    files: Files = {f"data/{name}": data for name, data in payload.items()}
    tags: Files = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": f"Payload-Oxum: {sum(map(len, payload.values()))}.{len(payload)}\n".encode(),
    }
    for algorithm in algorithms:
        tags[f"manifest-{algorithm}.txt"] = manifest(files, algorithm)
    return {**files, **tags, **{f"tagmanifest-{a}.txt": manifest(tags, a) for a in algorithms}}


def manifest(files: Mapping[str, bytes], algorithm: str) -> bytes:
    """A manifest of the files."""
    rows = (f"{hashlib.new(algorithm, data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    return "".join(rows).encode()


def retagged(bag: Files, algorithms: tuple[str, ...] = ("sha512", "sha256", "md5")) -> Files:
    """The bag with tag manifests that fit its tag files again: a lie told consistently."""
    tags = {name: data for name, data in bag.items() if not name.startswith(("data/", "tagmanifest-"))}
    return {**bag, **{f"tagmanifest-{a}.txt": manifest(tags, a) for a in algorithms}}


@dataclass
class RawMember:
    """One member of a zip as its bytes are written; what is stated may be a lie."""

    name: bytes
    data: bytes
    method: int = 8
    flags: int = 0x0800
    mode: int = 0o100644
    size: int | None = None
    crc: int | None = None
    packed: bytes | None = None
    local_name: bytes | None = None
    at: int | None = None
    extra: bytes = b""

    def body(self) -> bytes:
        if self.packed is not None:
            return self.packed
        if self.method != 8:
            return self.data
        engine = zlib.compressobj(6, zlib.DEFLATED, -15)
        return engine.compress(self.data) + engine.flush()

    def stated(self) -> tuple[int, int, int]:
        crc = zlib.crc32(self.data) if self.crc is None else self.crc
        return crc, len(self.body()), len(self.data) if self.size is None else self.size


def raw_zip(
    members: list[RawMember], *, before: bytes = b"", gap: bytes = b"", count: int | None = None, disk: int = 0,
    after: bytes = b"", comment: bytes = b"",
) -> bytes:  # fmt: skip
    """A zip written byte by byte; offsets count from behind ``before``."""
    out, offsets = bytearray(), []
    for member in members:
        offsets.append(len(out) if member.at is None else member.at)
        if member.at is None:
            name = member.name if member.local_name is None else member.local_name
            head = (b"PK\x03\x04", 20, member.flags, member.method, 0, 0x21, *member.stated(), len(name), 0)
            out += struct.pack("<4s5H3I2H", *head) + name + member.body() + gap
    begin = len(out)
    for member, offset in zip(members, offsets, strict=True):
        row = (b"PK\x01\x02", 20 | 3 << 8, 20, member.flags, member.method, 0, 0x21, *member.stated())
        tail = (len(member.name), len(member.extra), 0, disk, 0, member.mode << 16, offset)
        out += struct.pack("<4s6H3I", *row) + struct.pack("<5H2I", *tail) + member.name + member.extra
    number = len(members) if count is None else count
    end = (b"PK\x05\x06", disk, disk, number, number, len(out) - begin, begin, len(comment))
    return before + bytes(out) + struct.pack("<4s4H2IH", *end) + comment + after


def raw_members(files: Mapping[str, bytes]) -> list[RawMember]:
    """The files as members that tell the truth."""
    return [RawMember(name.encode("utf-8", "surrogatepass"), data) for name, data in files.items()]
