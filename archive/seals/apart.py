"""Running apart 独立运行: a coroutine finished in a thread of its own, whatever loop the caller lives in."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """The result of ``work``; its exceptions are raised here."""
    with ThreadPoolExecutor(1, "seals") as apart:
        return apart.submit(asyncio.run, work).result()
