"""Nothing readable in the index folder: not while writing, not after a kill, not after removal."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from archive.kernel.ids import ItemId
from search.engines.fts5 import Fts5Engine
from search.rules.parsing import parse
from search.rules.tokens import tokens
from search.terms import IndexKey, IndexName, Place
from tests.search.holdings import PLAIN, Keys, page

CANARIES = ("罂粟壳秘密线人赵钱孙", "canaryzebraquartz", "证人周吴郑王电话13907551234")
KEY = IndexKey(page("item_x", "").unit, PLAIN)
ONE = Place(IndexName("one"), KEY)
WRITER = """
import sys
from pathlib import Path
from search.engines.fts5 import Fts5Engine
from tests.search.engines.test_no_clear_bytes import CANARIES, ONE
from tests.search.holdings import Keys, page
engine = Fts5Engine(Path(sys.argv[1]), Keys())
for number in range(100000):
    engine.write(ONE, [page(f"item_{number:06}_{n}", " ".join(CANARIES) * 5, title=CANARIES[0]) for n in range(20)])
    print(number, flush=True)
"""


def forms(words: str) -> Iterator[bytes]:
    """The words as they could lie on a disk: whole and as tokens of at least two signs, in the usual encodings."""
    for text in {words, words.upper(), *(token for token in tokens(words) if len(token) > 1)}:
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
            data = text.encode(encoding)
            if len(data) >= 6:
                yield data


def clear_bytes(folder: Path) -> list[tuple[str, bytes]]:
    """What of the canaries lies readable in any file below ``folder``, names included."""
    found = []
    for path in folder.rglob("*"):
        data = path.name.encode() + b"\0" + (path.read_bytes() if path.is_file() else b"")
        found += [(path.name, form) for words in CANARIES for form in forms(words) if form in data]
    return found


def test_the_scan_finds_what_lies_in_clear(tmp_path: Path) -> None:
    (tmp_path / "x").write_text(CANARIES[0], "utf-16-le")
    assert clear_bytes(tmp_path)


def test_nothing_while_open_after_removal_and_after_closing(tmp_path: Path) -> None:
    engine = Fts5Engine(tmp_path, Keys())
    engine.write(ONE, [page(f"item_{n}", " ".join(CANARIES), title=CANARIES[1]) for n in range(50)])
    assert {path.name for path in tmp_path.iterdir()} >= {"one.idx", "one.idx-wal"}
    assert clear_bytes(tmp_path) == []
    assert not (tmp_path / "one.idx").read_bytes().startswith(b"SQLite")
    engine.remove(ONE, [ItemId(f"item_{n}") for n in range(50)])
    assert clear_bytes(tmp_path) == []
    engine.close()
    assert clear_bytes(tmp_path) == []


def test_nothing_after_kill_9_while_writing_and_what_was_told_is_there(tmp_path: Path) -> None:
    folder, temp = tmp_path / "index", tmp_path / "temp"
    temp.mkdir()
    for wait in (0.05, 0.15):
        environment = {**os.environ, "TMPDIR": str(temp), "SQLITE_TMPDIR": str(temp)}
        child = subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, env=environment)
        assert child.stdout is not None
        told = int(child.stdout.readline())
        time.sleep(wait)
        os.kill(child.pid, signal.SIGKILL)
        rest, _ = child.communicate()
        told = max([told, *map(int, rest.split())])
        assert clear_bytes(tmp_path) == []
        engine = Fts5Engine(folder, Keys())
        hits = engine.search([engine.open(ONE)], parse("canaryzebraquartz").tree, 1)
        assert hits.total >= (told + 1) * 20
        assert hits.total % 20 == 0
        engine.drop(ONE.name)
        engine.close()
