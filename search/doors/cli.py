"""Command line of search 检索命令."""

from __future__ import annotations

from typing import Any

import click

from archive.doors.console import Console, pass_console
from archive.kernel.actor import machine_actor
from archive.kernel.guard import SYSTEM, Action
from archive.kernel.work import Works
from archive.ports import Holdings
from archive.service.reading import ItemLine
from search.doors.hits import HitCase, group
from search.holdings import HoldingsForSearch
from search.ports import SearchPorts
from search.service.find import find
from search.service.rebuild import rebuild
from search.terms import Hit


@click.command("search", help="全文检索，只在本人可读范围内 · full text, only what you may read")
@click.argument("query")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 100))
@click.option("--cursor", default=None)
@pass_console
def search(console: Console, query: str, limit: int, cursor: str | None) -> None:
    """Pages that answer, best first, with the titles you may know; words read by machine say so."""
    ports = console.ports.get(SearchPorts)
    with console.ports.get(Works).work(console.actor()) as work:
        results = find(work, ports, query, limit, cursor)
        cases = {case.case_id: case for case in group(work, console.ports.get(Holdings), results.hits)}
    named = {(hit.item_id, hit.page): (case, item) for case in cases.values() for hit, item in case.pages}
    hits = [_told(hit, *named.get((hit.item_id, hit.page), (None, None))) for hit in results.hits]
    layers = {"machine": console.say("机读", "machine-read"), "person": console.say("已校正", "corrected")}
    rows = [
        (h["reference"], h["title"] or "—", str(h["page"]), layers.get(h["layer"], ""), h["snippet"], h["item"])
        for h in hits
    ]
    columns = tuple(console.say("档号 题名 页 文字 摘要 标识", "reference title page words snippet id").split())
    title = console.say(f"{results.total} 页", f"{results.total} pages")
    console.answer(
        {"total": results.total, "hits": hits, "cursor": results.cursor, "relaxed": results.relaxed},
        lambda: console.table(title, columns, rows),
    )


def _told(hit: Hit, case: HitCase | None, item: ItemLine | None) -> dict[str, Any]:
    return {
        "case": hit.case_id,
        "reference": case.line.reference_code if case is not None else "",
        "item": hit.item_id,
        "title": item.facts.title if item is not None and item.facts is not None else "",
        "page": hit.page,
        "layer": hit.layer,
        "snippet": _snippet(hit),
    }


def _snippet(hit: Hit) -> str:
    """The place on one line, what was found in brackets."""
    return " ".join("".join(f"【{p.text}】" if p.hit else p.text for p in hit.snippet).split())


@click.command("reindex", help="由封存对象重建全部索引 · rebuild every index from the sealed objects")
@pass_console
def reindex(console: Console) -> None:
    """Into a new generation, switched at the end; resumable."""
    ports, works = console.ports.get(SearchPorts), console.ports.get(Works)
    source = ports.catalogue
    if not isinstance(source, HoldingsForSearch):
        raise click.ClickException("no source of pages")
    with works.work(console.actor()) as work:
        work.require(Action.OPERATE, SYSTEM)
        work.journal.record("search.rebuild-asked", "", {})
    rebuilt = rebuild(works, machine_actor("indexer", "reindex"), ports, source)
    console.answer({"rebuilt": str(rebuilt)}, lambda: console.terminal.print(str(rebuilt), markup=False))


commands: tuple[click.Command, ...] = (search, reindex)
