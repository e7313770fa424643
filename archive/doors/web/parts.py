"""Parts 组成 of the web application: what each package's door gives to the one frame all pages stand in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Blueprint, Flask

from archive.kernel.guard import Action
from archive.kernel.ids import CaseId
from archive.kernel.ports import Ports
from archive.kernel.work import Work
from archive.service.page_texts import SealedPage
from archive.terms import Level


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation 导航项: shown to whose duty permits ``action``, in the group ``group``.

    ``group`` is "duty" (the reader's own work), "all" (for every member of staff) or "room" (the reading room).
    The permitted entry with the highest ``home`` is the reader's first page; ``order`` is the place in its group.
    """

    endpoint: str
    action: Action
    zh: str
    en: str
    group: str = "duty"
    home: int = 0
    order: int = 50


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


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing that waits for the reader 待办: how many, of what, the list behind it; ``css``: late, soon or empty."""

    count: int
    zh: str
    en: str
    url: str
    css: str = ""


@dataclass(frozen=True, slots=True)
class DeskPart:
    """One section of the first screen 工作台栏目: a template with its facts, the order, and what it puts at the top.

    ``half``: stands beside the next half section on a wide page. ``act``: address and words of the primary button; of
    all sections the first one that has one gives it. ``marked``: level and compartments of every record it names.
    """

    template: str
    facts: Mapping[str, Any]
    order: int
    half: bool = False
    marked: tuple[tuple[Level, frozenset[str]], ...] = ()
    todos: tuple[Todo, ...] = ()
    act: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class TimeMark:
    """Something on the line of time of a case 时间线: an event on ``start``, or a lane from ``start`` to ``end``.

    ``lane`` empty: an event. A lane without ``end`` has none. ``css``: band, band-soft or band-hold; for an event,
    "seal" draws the seal.
    """

    start: date
    zh: str
    en: str
    lane: tuple[str, str] | None = None
    end: date | None = None
    css: str = "band-soft"


PanelFor = Callable[[Work, Ports, CaseId], Panel | None]
DeskPartLater = Callable[[], DeskPart]
"""A section that opens transactions of its own: made when the page's own one has ended."""
DeskFor = Callable[[Work, Ports], Iterable[DeskPart | DeskPartLater]]
TimesFor = Callable[[Work, Ports, CaseId], Iterable[TimeMark]]
Highlighter = Callable[[str, SealedPage], Sequence[HitBox]]


@dataclass(frozen=True, slots=True)
class WebDoor:
    """A package's pages 网页门: its blueprints, its navigation, what it adds to the case page, how it is set up.

    ``api``: blueprints below ``/api``, which no form of a page posts to: they ask for a token or a header instead.
    ``forms``: the most bytes of a form, by endpoint, where files come along.
    """

    blueprints: tuple[Blueprint, ...]
    entries: tuple[Entry, ...] = ()
    panel: PanelFor | None = None
    highlighter: Highlighter | None = None
    desk: DeskFor | None = None
    times: TimesFor | None = None
    install: Callable[[Flask, Ports], None] | None = field(default=None)
    api: tuple[Blueprint, ...] = ()
    forms: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class House:
    """All doors of one application 门户, kept with it."""

    ports: Ports
    doors: tuple[WebDoor, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every navigation entry in its order, then in that of the doors."""
        return tuple(sorted((entry for door in self.doors for entry in door.entries), key=lambda entry: entry.order))

    def panels(self, work: Work, case_id: CaseId) -> tuple[Panel, ...]:
        """What the other packages show on the page of a case."""
        made = (door.panel(work, self.ports, case_id) for door in self.doors if door.panel is not None)
        return tuple(panel for panel in made if panel is not None)

    def desk(self, work: Work) -> tuple[DeskPart | DeskPartLater, ...]:
        """The sections of the reader's first screen; each was asked for at the guard by its package."""
        return tuple(part for door in self.doors if door.desk is not None for part in door.desk(work, self.ports))

    def times(self, work: Work, case_id: CaseId) -> tuple[TimeMark, ...]:
        """What the packages know of a case's time."""
        found = (door.times(work, self.ports, case_id) for door in self.doors if door.times is not None)
        return tuple(mark for marks in found for mark in marks)

    def boxes(self, query: str, page: SealedPage) -> tuple[HitBox, ...]:
        """Where the words of ``query`` stand on ``page``."""
        found = (door.highlighter(query, page) for door in self.doors if door.highlighter is not None)
        return tuple(box for boxes in found for box in boxes)
