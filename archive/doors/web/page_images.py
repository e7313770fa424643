"""Page images 页面图像缓存: the pages drawn last, in memory alone, and no longer than their key tier is open."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from archive.terms import Tier

KEPT_IMAGES = 48
PAUSE = 1.0
"""Seconds after which a tier that was locked leaves no clear page 清除间隔."""

Key = tuple[str, int, str]
IsOpen = Callable[[Tier], bool]


@dataclass(frozen=True, slots=True)
class _Image:
    png: bytes
    tier: Tier
    is_open: IsOpen


class PageImages:
    """Images by file, page and size; asked only after the file was opened by the guard.

    While there is an image a thread looks whether its tier is open still: a lock, or the end of the stated time, is
    told to nobody here.
    """

    def __init__(self, most: int = KEPT_IMAGES, pause: float = PAUSE) -> None:
        self._most, self._pause = most, pause
        self._kept: OrderedDict[Key, _Image] = OrderedDict()
        self._lock = threading.Lock()
        self._watched = False

    def __len__(self) -> int:
        with self._lock:
            return len(self._kept)

    def find(self, file_id: str, page: int, size: str) -> bytes | None:
        """The image; None when it must be drawn."""
        with self._lock:
            found = self._kept.get((file_id, page, size))
            if found is None:
                return None
            self._kept.move_to_end((file_id, page, size))
            return found.png

    def keep(self, file_id: str, page: int, size: str, png: bytes, tier: Tier, is_open: IsOpen) -> None:
        """Keeps an image while ``is_open`` says so of its tier, and lets the oldest go."""
        with self._lock:
            self._kept[(file_id, page, size)] = _Image(png, tier, is_open)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            if not self._watched:
                self._watched = True
                threading.Thread(target=self._watch, name="page-images", daemon=True).start()

    def drop_locked(self) -> None:
        """Lets every image go whose tier is locked now; what cannot be asked counts as locked."""
        with self._lock:
            kept = list(self._kept.items())
        gone = [key for key, image in kept if not _still(image)]
        with self._lock:
            for key in gone:
                self._kept.pop(key, None)

    def _watch(self) -> None:
        waiting = threading.Event()
        while not waiting.wait(self._pause):
            self.drop_locked()
            with self._lock:
                if not self._kept:
                    self._watched = False
                    return


def _still(image: _Image) -> bool:
    try:
        return image.is_open(image.tier)
    except Exception:  # noqa: BLE001  a key store that does not answer opens nothing
        return False
