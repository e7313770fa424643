"""Export 导出 of a ledger as static files: C2SP tiles, entry bundles and the checkpoint, ready for any web server.

What is exported stays: full tiles are written once, so an export is resumed by running it again. The checkpoint comes
last, so that a reader never sees a size whose tiles are not there.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from archive.kernel.refusals import Refusal
from archive.ledger.files import write_whole
from archive.ledger.rules.leaf import leaf_data
from archive.ledger.rules.merkle import HASH_SIZE
from archive.ledger.rules.runs import Places
from archive.ledger.rules.tiles import WIDTH, bundle_path, tiles_of
from archive.ledger.service.checkpoints import newest_checkpoint_row
from archive.ledger.service.places import read_places
from archive.ledger.service.rows import read_rows
from archive.ledger.service.sequencer import tile_reader


def export_tiles(session: Session, ledger: str, folder: Path) -> int:
    """Writes the tree of the newest checkpoint below ``folder`` 导出树瓦; how many files were written.

    Refuses before the first checkpoint. Raises ValueError when entries of the tree are not there.
    """
    checkpoint = newest_checkpoint_row(session, ledger)
    if checkpoint is None:
        raise Refusal("archive.ledger-size-unknown", ledger=ledger, size=0)
    read, written = tile_reader(session, ledger), 0
    places = read_places(session, ledger, checkpoint.size)
    for tile in tiles_of(checkpoint.size):
        target = folder / tile.path()
        if not target.exists():
            write_whole(target, read(tile.level, tile.index)[: tile.width * HASH_SIZE])
            written += 1
        if tile.level == 0:
            target = folder / bundle_path(tile.index, tile.width)
            if not target.exists():
                write_whole(target, _bundle(session, ledger, places, tile.index * WIDTH, tile.width))
                written += 1
    write_whole(folder / "checkpoint", checkpoint.note)
    return written + 1


def _bundle(session: Session, ledger: str, places: Places, base: int, width: int) -> bytes:
    rows = read_rows(session, ledger, places.spans(base, base + width))
    if len(rows) != width:
        raise ValueError(f"entries are missing between leaf {base} and {base + width}")
    leaves = [leaf_data(ledger, *rows[leaf][1:6]) for leaf in range(base, base + width)]
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)
