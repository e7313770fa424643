"""Command line of search 检索命令."""

from __future__ import annotations

import click

from archive.doors.console import Console, pass_console
from archive.kernel.actor import machine_actor
from archive.kernel.work import Works
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
    """Pages that answer, best first."""
    ports = console.ports.get(SearchPorts)
    with console.ports.get(Works).work(console.actor()) as work:
        results = find(work, ports, query, limit, cursor)
    rows = [(hit.case_id, hit.item_id, str(hit.page), _snippet(hit)) for hit in results.hits]
    hits = [{"case": c, "item": i, "page": int(p), "snippet": s} for c, i, p, s in rows]
    title = console.say(f"{results.total} 页", f"{results.total} pages")
    console.answer(
        {"total": results.total, "hits": hits, "cursor": results.cursor, "relaxed": results.relaxed},
        lambda: console.table(title, ("case", "item", "page", ""), rows),
    )


def _snippet(hit: Hit) -> str:
    """The place on one line, what was found in brackets."""
    return " ".join("".join(f"【{p.text}】" if p.hit else p.text for p in hit.snippet).split())


@click.command("reindex", help="由封存对象重建全部索引 · rebuild every index from the sealed objects")
@pass_console
def reindex(console: Console) -> None:
    """Into a new generation, switched at the end; resumable."""
    ports = console.ports.get(SearchPorts)
    source = ports.catalogue
    if not isinstance(source, HoldingsForSearch):
        raise click.ClickException("no source of pages")
    rebuilt = rebuild(console.ports.get(Works), machine_actor("indexer", "reindex"), ports, source)
    console.answer({"rebuilt": str(rebuilt)}, lambda: console.terminal.print(str(rebuilt), markup=False))


commands: tuple[click.Command, ...] = (search, reindex)
