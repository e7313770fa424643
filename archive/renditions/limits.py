"""Limits of a child 子程序限额: pure numbers; which file gets which."""

from __future__ import annotations

from dataclasses import dataclass, replace

MIB = 1024 * 1024

DOCUMENT_CAP = 512 * MIB
"""The largest document (not recording) that a child opens, bytes."""

PAGE_CAP = 5_000
PIXEL_CAP = 300_000_000
DECODE_PIXEL_CAP = 60_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child may use 限额: CPU and wall-clock seconds, address space, output and scratch, in bytes.

    ``scratch`` is 0: a child cannot write a single byte to any file. ``processes`` holds only inside the sandbox.
    """

    wall_s: float = 30.0
    cpu_s: int = 30
    memory: int = 512 * MIB
    output: int = 256 * MIB
    scratch: int = 0
    open_files: int = 64
    processes: int = 16

    def for_size(self, size: int) -> Limits:
        """More time for a large file: one second for each MiB above 8, at most 15 minutes; memory stays the same."""
        extra = min(870, max(0, size // MIB - 8))
        return replace(self, wall_s=self.wall_s + extra, cpu_s=self.cpu_s + extra)
