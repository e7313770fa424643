"""Re-wrapping keys 密钥重包: a new disposal year for many case keys, durable in two places, beside its limit."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive.kernel.clock import FixedClock
from archive.keys import wraps
from archive.keys.passphrase_roots import PassphraseRoots
from archive.keys.store import KeyStore
from archive.keys.terms import KeyKind, KeyRow, Tier
from archive.keys.vault import Vault
from tests.bench.report import Report

LIMIT = 30.0 / 1_000_000
BATCH = 10_000


def measure(report: Report) -> None:
    """Adds the cost of re-wrapping and of a destruction (the whole store anew), against 30 s for a million keys."""
    count = int(os.environ.get("ANJUAN_BENCH_KEYS", 100_000))
    with tempfile.TemporaryDirectory(dir=os.environ.get("ANJUAN_BENCH_DIR")) as folder:
        places = [Path(folder, "one"), Path(folder, "two")]
        roots = PassphraseRoots(places, Path(folder, "general.key"), FixedClock(datetime(2026, 1, 1, tzinfo=UTC)))
        roots.create(Tier.GENERAL)
        roots.open_general()
        Vault.create(places, roots).close()
        store = KeyStore(Vault(places, roots), "bench")
        _fill(store.vault, count)
        objects = [f"urn:anjuan:case_{n:08d}" for n in range(count)]
        _timed(report, "keys: re-wrap", count, lambda: store.rewrap_years(objects, 2066))
        _timed(report, "keys: destroy one of many", count, lambda: store.destroy_object(objects[7]))


def _timed(report: Report, name: str, count: int, deed: Callable[[], object]) -> None:
    start, worked = time.perf_counter(), time.process_time()
    deed()
    taken, worked = time.perf_counter() - start, time.process_time() - worked
    note = f"{count} case keys in two places, on disk; {worked:.1f} s of it on the processor"
    report.ratio(name, taken, LIMIT * count, 1.0, "lower", note)


def _fill(vault: Vault, count: int) -> None:
    year, parent = wraps.new_key(), wraps.year_id(Tier.GENERAL, 2056)
    cipher = AESGCM(year)
    with vault.writing() as opened:
        wrapped = vault.roots.wrap(Tier.GENERAL, year)
        opened.put(KeyRow(parent, KeyKind.YEAR, "", wraps.root_name(Tier.GENERAL), Tier.GENERAL, wrapped))
        for first in range(0, count, BATCH):
            opened.put(*(_case(cipher, parent, n) for n in range(first, min(first + BATCH, count))))


def _case(cipher: AESGCM, parent: str, number: int) -> KeyRow:
    object_id = f"urn:anjuan:case_{number:08d}"
    record = wraps.case_id(object_id, Tier.GENERAL)
    wrapped = wraps.seal(cipher, wraps.new_key(), wraps.binding(KeyKind.CASE, record, parent))
    return KeyRow(record, KeyKind.CASE, object_id, parent, Tier.GENERAL, wrapped)
