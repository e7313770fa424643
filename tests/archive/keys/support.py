"""Builders for tests of keys 密钥测试支架: a store in two places, cheap passphrases, files that fail on command."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from archive.kernel.clock import FixedClock
from archive.keys.files import Files, LocalFiles
from archive.keys.passphrase_roots import PassphraseRoots
from archive.keys.roots import unlock
from archive.keys.store import KeyStore
from archive.keys.terms import Bytes, Tier
from archive.keys.vault import Vault

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
OBJECT = "urn:anjuan:case_a"


def secret(tier: Tier) -> str:
    return f"{tier} passphrase 口令"


@dataclass
class Bench:
    """A key store with what it stands on."""

    home: Path
    clock: FixedClock
    roots: PassphraseRoots
    store: KeyStore

    @property
    def places(self) -> list[Path]:
        return [self.home / "one", self.home / "two"]

    def unlock(self, *tiers: Tier, hours: int = 8) -> None:
        for tier in tiers:
            unlock(self.roots, tier, secret(tier), self.clock.now() + timedelta(hours=hours))

    def again(self, files: Files | None = None) -> KeyStore:
        """The store as another process opens it."""
        return KeyStore(Vault(self.places, self.roots, files), "arch")

    def contents(self) -> bytes:
        """Every byte of every file below the places."""
        found = [path for place in self.places for path in sorted(place.rglob("*")) if path.is_file()]
        return b"".join(path.read_bytes() for path in found)


def make(home: Path, *tiers: Tier) -> Bench:
    clock = FixedClock(NOW)
    places = [home / "one", home / "two"]
    roots = PassphraseRoots(places, home / "run" / "general.key", clock, memory_kib=8)
    roots.create(Tier.GENERAL)
    roots.open_general()
    for tier in tiers:
        roots.create(tier, secret(tier))
    Vault.create(places, roots).close()
    bench = Bench(home, clock, roots, KeyStore(Vault(places, roots), "arch"))
    bench.unlock(*tiers)
    return bench


@dataclass
class Fault:
    """Fails operation number ``at``: before it happens, or after it happened."""

    at: int
    how: str
    count: int = 0
    fired: str = ""

    def step(self, name: str, deed: Callable[[], Any]) -> Any:
        self.count += 1
        if self.count != self.at:
            return deed()
        self.fired = name
        if self.how.endswith("after"):
            deed()
        if self.how.startswith("kill"):
            os._exit(9)
        if name.startswith("sql"):
            why = "disk I/O error" if self.how.startswith("eio") else "database or disk is full"
            raise sqlite3.OperationalError(why)
        raise OSError(5 if self.how.startswith("eio") else 28, name)


class FaultyFiles(LocalFiles):
    """The real file system, with one fault; counts SQLite's statements too."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault

    def create(self, path: Path, data: Bytes) -> None:
        self.fault.step(f"create {path.name}", lambda: LocalFiles.create(self, path, data))

    def replace(self, path: Path, data: Bytes) -> None:
        self.fault.step(f"replace {path.name}", lambda: LocalFiles.replace(self, path, data))

    def shred(self, path: Path) -> None:
        self.fault.step(f"shred {path.name}", lambda: LocalFiles.shred(self, path))

    def connect(self, path: Path) -> sqlite3.Connection:
        fault = self.fault

        class Connection(sqlite3.Connection):
            def __del__(self) -> None:
                with contextlib.suppress(sqlite3.Error):
                    self.close()  # a process that is "killed" closes nothing; its rest must not warn

            def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
                if sql.startswith(("SELECT", "PRAGMA")):
                    return sqlite3.Connection.execute(self, sql, *values)
                found: sqlite3.Cursor = fault.step(
                    f"sql {sql[:40]}", lambda: sqlite3.Connection.execute(self, sql, *values)
                )
                return found

            def executemany(self, sql: str, rows: Any) -> sqlite3.Cursor:
                found: sqlite3.Cursor = fault.step(
                    f"sql {sql[:40]}", lambda: sqlite3.Connection.executemany(self, sql, rows)
                )
                return found

        address = f"{path.resolve().as_uri()}?mode=rw"
        return sqlite3.connect(
            address, uri=True, isolation_level=None, check_same_thread=False, factory=Connection, timeout=5
        )


def mode(path: Path) -> int:
    return os.stat(path).st_mode & 0o777
