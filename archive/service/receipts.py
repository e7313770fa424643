"""Receipts 接收合计: what is recorded of the files of a package, for every later comparison."""

from __future__ import annotations

from collections.abc import Iterable

from archive.drafts import DraftItem
from archive.kernel.canonical import canonical
from archive.ports import Holdings
from archive.terms import Role


def received_sums(items: Iterable[DraftItem]) -> dict[str, int]:
    """How many files were received, and how many bytes 接收合计: what every later count is compared with."""
    received = [file for item in items for file in item.files if file.role is Role.ORIGINAL]
    return {"files": len(received), "bytes": sum(file.size for file in received)}


def package_digest(holdings: Holdings, files: Iterable[tuple[str, str]]) -> str:
    """Keyed digest of the (name, SHA-256) of received files 信息包摘要: tells the same package again, to us alone."""
    return holdings.keys.keyed_digest("packages", canonical(sorted([name, sha256] for name, sha256 in files)))
