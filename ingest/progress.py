"""Progress 进度: what a take-in tells while it works."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


class Progress(Protocol):
    """Hears where a take-in stands 进度接收者."""

    def tell(self, stage: str, name: str, done: int, total: int) -> None:
        """The case: ``stage`` is receive, normalise, accession or seal; ``done`` of ``total`` bytes or items."""
        ...


@runtime_checkable
class FileProgress(Progress, Protocol):
    """Wants to hear of each file as well 文件进度接收者."""

    def tell_file(self, name: str, done: int, total: int) -> None:
        """The file that is being received: ``done`` of ``total`` bytes."""
        ...


class Silent:
    """Hears nothing 不显示进度."""

    def tell(self, stage: str, name: str, done: int, total: int) -> None:
        """Does nothing."""
