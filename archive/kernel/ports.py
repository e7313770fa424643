"""Ports 端口: everything the doors may reach, made once from settings and only when first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

T = TypeVar("T")


class Ports:
    """Finds a port by its type 端口表. ``wsgi`` gives one factory a type; a door asks ``ports.get(Holdings)``."""

    def __init__(self, factories: Mapping[type[Any], Callable[[], Any]]) -> None:
        self._factories = dict(factories)
        self._made: dict[type[Any], Any] = {}
        self._lock = threading.RLock()
        self._kept: list[object] = []

    def keep(self, thing: object) -> None:
        """Keeps ``thing`` alive as long as these ports (an agent that listens in the background)."""
        self._kept.append(thing)

    def get(self, kind: type[T]) -> T:
        """The port of ``kind``, the same one every time; KeyError for what this process does not offer."""
        with self._lock:
            if kind not in self._made:
                self._made[kind] = self._factories[kind]()
            return cast(T, self._made[kind])
