"""Inner manifests 内层清单: what a key tier's readers may know of an object, as RFC 8785 JSON inside the ciphertext."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive.terms import StoredFile, Tier

FORMAT = "anjuan-inner-manifest/1"


@dataclass(frozen=True, slots=True)
class InnerCase:
    """What the manifest says of the case itself 内层清单案卷部分; ``facts`` is None for tiers that may not know it."""

    reference_code: str
    unit: str
    procedure: str
    facts: Mapping[str, Any] | None
    marking: Mapping[str, Any] | None


def inner_manifest(
    *,
    object_id: str,
    version: int,
    tier: Tier,
    case: InnerCase,
    files: Iterable[StoredFile],
    items: Sequence[Mapping[str, Any]],
    findings: Sequence[Mapping[str, Any]],
    history: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The manifest of one tier: files and items of that tier and no other."""
    return {
        "format": FORMAT,
        "object": object_id,
        "version": version,
        "tier": str(tier),
        "case": {
            "reference_code": case.reference_code,
            "unit": case.unit,
            "procedure": case.procedure,
            "facts": case.facts,
            "marking": case.marking,
        },
        "files": [_file(file) for file in files if file.tier is tier],
        "items": list(items),
        "findings": list(findings),
        "history": list(history),
    }


def _file(file: StoredFile) -> dict[str, Any]:
    return {
        "file": file.id,
        "role": str(file.role),
        "item": file.item_id,
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "sha256": file.sha256,
        "stored_sha512": file.stored_sha512,
        "first_version": file.first_version,
    }
