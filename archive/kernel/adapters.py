"""Adapters by name 按名装载适配器: the sole exception to "imports stand at the top".

An adapter is named in settings (``module:factory``) and loaded here, so that keycloak, boto3 or pyHanko cost nothing
where they are not used.
"""

from __future__ import annotations

import importlib
from typing import Any

HOUSE = ("archive.", "access.", "retention.", "search.", "ingest.")


def load_adapter(name: str) -> Any:
    """The object behind ``package.module:attribute``; only this house's own packages may be named."""
    module, _, attribute = name.partition(":")
    if not attribute or not module.startswith(HOUSE):
        raise ValueError(f"not an adapter of this house: {name!r}")
    return getattr(importlib.import_module(module), attribute)
