"""Progress 进度: what a take-in tells while it works."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears where a take-in stands 进度接收者."""

    def tell(self, stage: str, name: str, done: int, total: int) -> None:
        """``stage`` is receive, check, normalise, accession or seal; ``done`` and ``total`` are bytes or files."""
        ...


class Silent:
    """Hears nothing 不显示进度."""

    def tell(self, stage: str, name: str, done: int, total: int) -> None:
        """Does nothing."""
