"""Canonical JSON 规范化 JSON (RFC 8785): the only form in which JSON is hashed or signed."""

from __future__ import annotations

import json
from typing import Any

import rfc8785

type_json = dict[str, Any]


def canonical(value: Any) -> bytes:
    """``value`` as RFC 8785 bytes; raises ``rfc8785.CanonicalizationError`` for what JSON cannot say."""
    return rfc8785.dumps(value)


def parse(data: bytes) -> Any:
    """The value in JSON bytes (UTF-8); a repeated name in an object is an error, not the last one wins."""
    return json.loads(data.decode("utf-8"), object_pairs_hook=_no_repeats)


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"repeated name in JSON object: {name!r}")
        found[name] = value
    return found
