"""Packages that attack by names, lists and descriptions, in every shape. Each must be refused."""

from __future__ import annotations

import io
import json
import os
import random
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl

from tests.archive.renditions.samples import pdf_with_text
from tests.ingest.packages.attacks_archives import Attack
from tests.ingest.packages.shapes import (
    PAPERS,
    SHAPES,
    Files,
    bagged,
    described,
    description,
    good_files,
    manifest,
    pack,
    retagged,
    zipped,
)

ARCHIVES = SHAPES[1:]
SPREADSHEET = "案卷目录.xlsx"
ESCAPES = (
    "../evil.txt", "../../../../etc/cron.d/evil", "/etc/evil.txt", "a/../../evil.txt", "C:\\evil.txt", "..\\evil.txt",
    "a/./b.txt", "a//b.txt", "\\\\server\\share.txt", "~/../evil.txt", "正卷/..", "./../evil.txt",
)  # fmt: skip
DECEPTIONS = (
    "正卷/\u202egpj.exe", "正卷/a\u200b.txt", "正卷/\u2066a\u2069.txt", "正卷/a\x07.txt", "正卷/a\nb.txt",
    "\ufeffa.txt", "正卷/a\u00ad.txt", "CON.txt", "正卷/aux", "com1.pdf", "lpt9",
    "a.txt.", "a .txt ", " a.txt", "a:b.txt", "a*b.txt",
    "正卷/" + "长" * 100 + ".txt", "/".join("深" for _ in range(200)) + ".txt", "a\u2028b.txt", "\U000e0041.txt",
)  # fmt: skip


def _any(change: Callable[[random.Random], Files], shapes: tuple[str, ...] = SHAPES) -> Attack:
    def attack(rng: random.Random, folder: Path) -> Path:
        shape = rng.choice(shapes)
        return pack(change(rng), shape, folder / f"案卷{'' if shape == 'folder' else '.' + shape}")

    return attack


def escaping(rng: random.Random) -> Files:
    return described({PAPERS[0]: pdf_with_text("现场检查笔录"), rng.choice(ESCAPES): b"x"})


def escaping_unlisted(rng: random.Random) -> Files:
    return {**good_files(), rng.choice(ESCAPES): b"x"}


def escaping_together(rng: random.Random) -> Files:
    """Everything below a top folder that leads out."""
    top = rng.choice(["..", "/tmp", "\u202e", "CON"])
    return {f"{top}/{name}": data for name, data in good_files().items()}


def deceiving(rng: random.Random) -> Files:
    return described({PAPERS[0]: pdf_with_text("现场检查笔录"), rng.choice(DECEPTIONS): b"x"})


def colliding(rng: random.Random) -> Files:
    """Names that are one to another file system: case, Unicode form, width, file and folder."""
    composed = "正卷/é.txt"
    pairs = [
        ("正卷/a.txt", "正卷/A.TXT"),
        (composed, unicodedata.normalize("NFD", composed)),
        ("正卷/1.txt", "正卷/１.txt"),
        ("正卷/ß.txt", "正卷/ss.txt"),
        ("a/b.txt", "A/B.txt"),
        ("x", "x/y.txt"),
    ]
    one, two = rng.choice(pairs)
    return described({one: b"1", two: b"2"})


def unlisted(rng: random.Random) -> Files:
    return {**good_files(), rng.choice(["正卷/多余.txt", "Thumbs.db", ".DS_Store", "__MACOSX/._x", "a.zip"]): b"x"}


def missing(rng: random.Random) -> Files:
    files = good_files()
    del files[rng.choice(PAPERS)]
    return files


def undescribed(_: random.Random) -> Files:
    files = good_files()
    del files["case.json"]
    return files


def described_twice(_: random.Random) -> Files:
    return {**good_files(), SPREADSHEET: _workbook()}


def json_broken(rng: random.Random) -> Files:
    """Cut, deep, huge, repeated, of another encoding, or no JSON at all."""
    good = good_files()["case.json"]
    text = good.decode()
    broken: list[bytes] = [
        good[: rng.randrange(0, len(good) - 1)],
        b"[" * 200_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        text.replace('"unit"', '"unit": "zd2", "unit"', 1).encode(),
        text.replace('"title"', '"title": "x", "title"', 1).encode(),
        text.encode("utf-16"),
        text.encode("gb18030"),
        good + b" " * (16 * 1024 * 1024),
        text.replace('"anjuan_sip": 1', '"anjuan_sip": ' + "9" * 100_000).encode(),
        text.replace('"anjuan_sip": 1', '"anjuan_sip": NaN').encode(),
        text.replace("某店占道经营案", "\\ud800").encode(),
        rng.randbytes(2000),
        b"",
        b"null",
        b"[]",
        text.replace('"items"', '"others"').encode(),
    ]
    return {**good_files(), "case.json": rng.choice(broken)}


def json_wrong(rng: random.Random) -> Files:
    """Values that a description may not have."""
    wrong = description(*PAPERS)
    case, item, day = wrong["case"], wrong["items"][0], "2026-09-03"
    changes: list[Callable[[], object]] = [
        lambda: case.update(closed_on=rng.choice(["2026-13-45", "", None, 20261030, "yesterday", "2031-01-01"])),
        lambda: case.update(opened_on="2026-11-01"),
        lambda: case.update(unknown="x"),
        lambda: case.update(title=rng.choice(["", "长" * 5000, None, 1, ["x"]])),
        lambda: wrong.update(unit=rng.choice(["", "a b", "../..", "x" * 500, None])),
        lambda: wrong.update(anjuan_sip=rng.choice([0, 2, "1", True, None])),
        lambda: wrong.update(more=1),
        lambda: wrong.update(items=[]),
        lambda: item.update(files=[]),
        lambda: item.update(files=[PAPERS[0], PAPERS[0]]),
        lambda: item.update(files=[PAPERS[1]]),
        lambda: item.update(files=["../../../etc/passwd"]),
        lambda: item.update(files=[{"path": PAPERS[0], "sha256": "0" * 64}]),
        lambda: item.update(files=[{"path": PAPERS[0], "size": 1}]),
        lambda: item.update(doc_type="NO_SUCH"),
        lambda: item.update(part="third"),
        lambda: item.update(doc_date="2026-02-30"),
        lambda: item.update(marking={"level": "SUPER"}),
        lambda: item.update(marking={"claims": [{"kind": "NOTHING"}]}),
        lambda: item.update(marking={"claims": rng.choice(["x", 1, [1], [{}], {"a": 1}])}),
        lambda: item.update(marking={"handling": "OPEN", "claims": [{"kind": "PRIVACY"}]}),
        lambda: item.update(recording={"started_at": f"{day}T11:00:00+08:00", "ended_at": f"{day}T10:00:00+08:00"}),
    ]
    rng.choice(changes)()
    return {**good_files(), "case.json": json.dumps(wrong, ensure_ascii=False).encode()}


def secret_stated(rng: random.Random) -> Files:
    """Marked as a state secret by its sender."""
    marking = {"level": rng.choice(["SECRET", "CONFIDENTIAL", "TOP_SECRET"]), "until": "2036-01-01", "basis": "规定"}
    wrong = description(*PAPERS)
    (wrong if rng.random() < 0.5 else wrong["items"][1])["marking"] = marking
    return {**good_files(), "case.json": json.dumps(wrong, ensure_ascii=False).encode()}


def secret_printed(rng: random.Random) -> Files:
    """Not marked, but a page carries the mark."""
    mark = rng.choice(["机密★20年", "秘密★10年", "绝密★", "秘 密 ★ 5年"])
    return described({PAPERS[0]: pdf_with_text("现场检查笔录", mark), PAPERS[1]: b"x"})


def program(rng: random.Random) -> Files:
    """A program with the name of a paper."""
    head = rng.choice([b"\x7fELF\x02\x01\x01" + bytes(200), b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0" + bytes(300)])
    return described({PAPERS[0]: head, PAPERS[1]: b"x"})


def paper_broken(rng: random.Random) -> Files:
    """A paper that ends before its end."""
    whole = pdf_with_text("现场检查笔录")
    return described({PAPERS[0]: whole[: rng.randrange(20, len(whole) // 3)], PAPERS[1]: b"x"})


def _workbook(**sheets: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _repacked(change: Callable[[str, bytes], bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(_workbook(案卷=[["案卷题名", "x"]]))) as book:
        return zipped({name: change(name, book.read(name)) for name in book.namelist()})


def spreadsheet(rng: random.Random) -> Files:
    """External entities, laughing entities, packed zeros, cut, or none at all."""
    evil = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
    laugh = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY l0 "ha">' + laughs + b"]>"
    whole = _workbook(案卷=[["案卷题名", "x"]])

    def before(head: bytes, name: str) -> bytes:
        return _repacked(lambda part, data: head + data.partition(b"?>")[2] if part.endswith(name) else data)

    books = [
        before(evil, "workbook.xml"),
        before(laugh, "sheet2.xml"),
        before(evil, "styles.xml"),
        before(evil.replace(b"?>", b"?><!--" + b" " * 100_000 + b"-->"), "sheet2.xml"),
        _repacked(lambda part, data: data + b" " * 200_000_000 if part.endswith("sheet2.xml") else data),
        whole[: rng.randrange(10, len(whole) - 1)],
        b"PK\x03\x04" + rng.randbytes(3000),
        rng.randbytes(500),
        _workbook(没有这张表=[["x"]]),
        whole,
    ]
    return {SPREADSHEET: rng.choice(books), PAPERS[1]: b"x"}


def bag_lies(rng: random.Random) -> Files:
    """One digest is another file's, told consistently or not."""
    bag = bagged(good_files())
    algorithm = rng.choice(("sha512", "sha256", "md5"))
    name = rng.choice(sorted(n for n in bag if n.startswith("data/")))
    payload = {n: (b"other" if n == name else d) for n, d in bag.items() if n.startswith("data/")}
    bag[f"manifest-{algorithm}.txt"] = manifest(payload, algorithm)
    return retagged(bag) if rng.random() < 0.8 else bag


def bag_incomplete(rng: random.Random) -> Files:
    bag = bagged(good_files())
    way = rng.randrange(4)
    if way == 0:
        del bag[f"data/{rng.choice(PAPERS)}"]
    elif way == 1:
        bag["data/多余.txt"] = b"x"
    elif way == 2:
        short = {n: d for n, d in bag.items() if n.startswith("data/") and PAPERS[1] not in n}
        bag["manifest-md5.txt"] = manifest(short, "md5")
        bag = retagged(bag)
    else:
        for name in [n for n in bag if n.startswith("manifest-")]:
            del bag[name]
        bag = retagged(bag)
    return bag


def bag_broken(rng: random.Random) -> Files:
    """Tag files that break the standard, or reach for something."""
    bag = bagged(good_files())
    ways: list[tuple[str, bytes]] = [
        ("fetch.txt", b"http://192.0.2.1/x 10 data/x.txt\n"),
        ("fetch.txt", b"file:///etc/passwd - data/x.txt\n"),
        ("bag-info.txt", b"Payload-Oxum: 1.1\n"),
        ("bag-info.txt", b"Payload-Oxum: many\n"),
        ("bagit.txt", b"BagIt-Version: 9.9\nTag-File-Character-Encoding: UTF-8\n"),
        ("bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: unicode_escape\n"),
        ("bagit.txt", rng.randbytes(60)),
        ("manifest-sha256.txt", b"0" * 64 + b"  data/../../../etc/passwd\n"),
        ("manifest-sha256.txt", b"0" * 64 + b"  /etc/passwd\n"),
        ("manifest-sha256.txt", bag["manifest-sha256.txt"] * 2),
        ("manifest-sha256.txt", b"\n" * 5_000_000),
        ("manifest-sha256.txt", b"a b\n" * 1_900_000),
        ("manifest-whirl9.txt", b"00  data/case.json\n"),
        ("tagmanifest-md5.txt", b"0" * 32 + b"  bagit.txt\n"),
        ("notes/extra.txt", b"x"),
    ]
    name, data = rng.choice(ways)
    bag[name] = data
    return bag if name.startswith(("tagmanifest", "notes")) else retagged(bag)


def bag_heavy(rng: random.Random) -> Files:
    """Tag files without number, each as large as one may be."""
    heavy = rng.randbytes(7 * 1024 * 1024)
    return {**bagged(good_files()), **{f"manifest-x{number}.txt": heavy for number in range(20)}}


def special_in_folder(rng: random.Random, folder: Path) -> Path:
    """Links and pipes; nothing outside may be opened, nothing may wait for ever."""
    path = pack(good_files(), "folder", folder / "案卷")
    at = path / "正卷" / "链接"
    way = rng.randrange(4)
    if way == 0:
        at.symlink_to("/etc/passwd")
    elif way == 1:
        at.symlink_to("/", target_is_directory=True)
    elif way == 2:
        os.mkfifo(at)
    else:
        (path / PAPERS[1]).unlink()
        (path / PAPERS[1]).symlink_to("/dev/zero")
    return path


def path_special(rng: random.Random, folder: Path) -> Path:
    """The package itself is a link or a pipe."""
    path = folder / "案卷.zip"
    if rng.random() < 0.5:
        os.mkfifo(path)
    else:
        path.symlink_to(pack(good_files(), rng.choice(["zip", "folder"]), folder / "里面"))
    return path


ANYWHERE = (
    unlisted, missing, undescribed, described_twice, json_broken, json_wrong, secret_stated, secret_printed, program,
    paper_broken, spreadsheet, bag_lies, bag_incomplete, bag_broken,
    bag_heavy,
)  # fmt: skip
IN_ARCHIVES = (escaping, escaping_unlisted, escaping_together, deceiving, colliding)


def attacks() -> Iterator[tuple[str, Attack]]:
    """Every attack by contents, by name."""
    yield from ((made.__name__, _any(made)) for made in ANYWHERE)
    yield from ((made.__name__, _any(made, ARCHIVES)) for made in IN_ARCHIVES)
    yield from ((made.__name__, made) for made in (special_in_folder, path_special))
