"""find 检索: a reader's question answered from the reader's own world alone."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from archive.kernel.guard import Action
from archive.kernel.refusals import Refusal
from archive.kernel.visibility import Visibility
from archive.kernel.work import Work
from archive.terms import Tier
from search.guard import query_tier, readable_places
from search.ports import SearchPorts
from search.rules.cursors import Cursor, read_cursor, write_cursor
from search.rules.parsing import parse
from search.rules.snippets import cut, find_ranges, locate
from search.rules.tree import Phrase, Query, Tree, ranking
from search.terms import Hit, Place, Ranked, Results

MAX_LIMIT = 100
_ROUNDS = 5


def find(work: Work, ports: SearchPorts, text: str, limit: int = 20, cursor: str | None = None) -> Results:
    """The best pages for the query ``text``, at most ``limit`` (1 to 100), from ``cursor`` on.

    Only indexes in the reader's range are opened, and counts, scores and order come from nothing else; every hit is
    then asked about one by one, and its snippet is cut from the sealed text after a second question. The query is
    recorded before anything is returned, under the tier of the reader's highest marking. Refuses what ``parse``
    refuses, a cursor of another query, and an index that is missing or damaged.
    """
    limit = max(1, min(limit, MAX_LIMIT))
    query = parse(text)
    start = read_cursor(text, cursor) if cursor else None
    visibility = work.guard.visibility(work.actor, Action.SEARCH)
    handles, locked = _open(ports, readable_places(work.session, visibility))
    answer = _answer(_Asked(work, ports, handles), query, start, limit)
    hits = tuple(_hit(work, ports, page, ranking(answer.tree)) for page in answer.pages[:limit])
    _record(work, ports, text, {"total": answer.total, "shown": [[hit.item_id, hit.page] for hit in hits]}, visibility)
    follows = None
    if len(answer.pages) > limit:
        follows = write_cursor(text, Cursor(answer.pages[limit - 1], answer.relaxed))
    return Results(hits, answer.total, follows, answer.relaxed, locked)


def _record(work: Work, ports: SearchPorts, text: str, facts: dict[str, Any], visibility: Visibility) -> None:
    """Records the query under the tier of the reader's highest marking. While that tier is locked, as after each start,
    the words are left out and a keyed digest stands for them: nobody's search ends because a tier is locked.
    """
    tier = query_tier(visibility)
    if ports.is_open(tier):
        asked = {"query": text}
    else:
        tier, asked = Tier.GENERAL, {"query_digest": hmac.digest(ports.naming_secret, text.encode(), "sha256").hex()}
    work.journal.record("search.query", "", {**asked, **facts}, tier=tier, unit=work.actor.unit)


@dataclass(frozen=True, slots=True)
class _Asked:
    work: Work
    ports: SearchPorts
    handles: list[Any]


@dataclass(frozen=True, slots=True)
class _Answer:
    pages: list[Ranked]
    total: int
    tree: Tree
    relaxed: bool


def _open(ports: SearchPorts, places: list[Place]) -> tuple[list[Any], int]:
    """Handles of ``places``; how many of them stay closed because their tier is locked."""
    handles: list[Any] = []
    for place in places:
        try:
            handles.append(ports.engine.open(place))
        except Refusal as refusal:
            if refusal.code != "archive.tier-locked":
                raise
    return handles, len(places) - len(handles)


def _answer(asked: _Asked, query: Query, start: Cursor | None, limit: int) -> _Answer:
    if start is not None:
        tree = query.near if start.relaxed else query.tree
        if tree is None:
            raise Refusal("search.cursor-invalid")
        return _ask(asked, tree, start.last, limit, relaxed=start.relaxed)
    exact = _ask(asked, query.tree, None, limit, relaxed=False)
    if exact.total or query.near is None:
        return exact
    return _ask(asked, query.near, None, limit, relaxed=True)


def _ask(asked: _Asked, tree: Tree, after: Ranked | None, limit: int, *, relaxed: bool) -> _Answer:
    """One page more than ``limit`` where there is one. A hit that the guard denies counts as not there."""
    kept: list[Ranked] = []
    total = denied = 0
    for _ in range(_ROUNDS):
        found = asked.ports.engine.search(asked.handles, tree, limit + 1, after)
        total = found.total
        allowed = list(_allowed(asked, found.hits, Action.SEARCH))
        denied += len(found.hits) - len(allowed)
        kept += allowed
        if len(kept) > limit or len(found.hits) <= limit:
            break
        after = found.hits[-1]
    return _Answer(kept[: limit + 1], total - denied, tree, relaxed)


def _allowed(asked: _Asked, pages: tuple[Ranked, ...], action: Action) -> Iterator[Ranked]:
    for page in pages:
        if _may(asked.work, asked.ports, page, action):
            yield page


def _may(work: Work, ports: SearchPorts, page: Ranked, action: Action) -> bool:
    target = ports.catalogue.page_target(work, page.item_id, page.page)
    return target is not None and work.guard.decide(work.actor, action, target).allowed


def _hit(work: Work, ports: SearchPorts, page: Ranked, phrases: tuple[Phrase, ...]) -> Hit:
    """The hit with its snippet; without one where the reader may find the page and not read it."""
    sealed = ports.texts.page_text(work, page.item_id, page.page) if _may(work, ports, page, Action.READ) else None
    if sealed is None:
        return Hit(page.case_id, page.item_id, page.page, page.score, (), ())
    ranges = find_ranges(sealed.text, phrases)
    snippet, boxes = cut(sealed.text, ranges), locate(sealed, ranges)
    return Hit(page.case_id, page.item_id, page.page, page.score, snippet, boxes, sealed.layer)
