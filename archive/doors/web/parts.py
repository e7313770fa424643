"""Parts 组成 of the web application: what each package's door gives to the one frame all pages stand in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Flask

from archive.kernel.guard import Action
from archive.kernel.ids import CaseId
from archive.kernel.ports import Ports
from archive.kernel.work import Work
from archive.service.page_texts import SealedPage


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation 导航项: shown to whose duty permits ``action``, in the group ``group``.

    ``group`` is "duty" (the reader's own work), "all" (for every member of staff) or "room" (the reading room).
    The permitted entry with the highest ``home`` is the reader's first page.
    """

    endpoint: str
    action: Action
    zh: str
    en: str
    group: str = "duty"
    home: int = 0


@dataclass(frozen=True, slots=True)
class HitBox:
    """Where a word stands on a page image 命中框: shares of width and height."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Panel:
    """What another package shows on the case page 案卷页面板: a template and what it needs."""

    template: str
    facts: Mapping[str, Any]


PanelFor = Callable[[Work, Ports, CaseId], Panel | None]
Highlighter = Callable[[str, SealedPage], Sequence[HitBox]]


@dataclass(frozen=True, slots=True)
class WebDoor:
    """A package's pages 网页门: its blueprints, its navigation, what it adds to the case page, how it is set up."""

    blueprints: tuple[Blueprint, ...]
    entries: tuple[Entry, ...] = ()
    panel: PanelFor | None = None
    highlighter: Highlighter | None = None
    install: Callable[[Flask, Ports], None] | None = field(default=None)


@dataclass(frozen=True, slots=True)
class House:
    """All doors of one application 门户, kept with it."""

    ports: Ports
    doors: tuple[WebDoor, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every navigation entry, in the order of the doors."""
        return tuple(entry for door in self.doors for entry in door.entries)

    def panels(self, work: Work, case_id: CaseId) -> tuple[Panel, ...]:
        """What the other packages show on the page of a case."""
        made = (door.panel(work, self.ports, case_id) for door in self.doors if door.panel is not None)
        return tuple(panel for panel in made if panel is not None)

    def boxes(self, query: str, page: SealedPage) -> tuple[HitBox, ...]:
        """Where the words of ``query`` stand on ``page``."""
        found = (door.highlighter(query, page) for door in self.doors if door.highlighter is not None)
        return tuple(box for boxes in found for box in boxes)
