"""What leaves the house: exported tiles, witnesses, paper."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archive.kernel.refusals import Refusal
from archive.ledger.keys import LedgerKeys, generate_key_bytes
from archive.ledger.rules.merkle import hash_leaf
from archive.ledger.rules.notes import NoteError, verify_checkpoint
from archive.ledger.rules.tiles import TiledTree
from archive.ledger.service import export_tiles
from archive.ledger.terms import Checkpoint
from archive.ledger.witness import FolderWitness, append_pin, paper_form, parse_paper_form, read_pins
from tests.archive.ledger.support import ORIGIN, LedgerHouse


def export(house: LedgerHouse, folder: Path) -> int:
    with house.sessions() as session:
        return export_tiles(session, house.ledger, folder)


def test_exported_files_hold_the_tree_and_its_entries(house: LedgerHouse, tmp_path: Path) -> None:
    house.grow(300)
    house.record(9)
    house.sequence()
    folder = tmp_path / "out"
    assert export(house, folder) == 6
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files == {
        "checkpoint", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/44",
    }  # fmt: skip
    said = verify_checkpoint((folder / "checkpoint").read_bytes(), house.vkeys, ORIGIN)
    hashes = (folder / "tile/0/000").read_bytes() + (folder / "tile/0/001.p/44").read_bytes()
    tree = TiledTree(
        lambda level, index: hashes[index * 8192 :][:8192] if level == 0 else (folder / "tile/1/000.p/1").read_bytes()
    )
    assert said.size == 300 and tree.root(300) == said.root
    bundle = (folder / "tile/entries/000").read_bytes() + (folder / "tile/entries/001.p/44").read_bytes()
    found = b""
    while bundle:
        size = int.from_bytes(bundle[:2], "big")
        found += hash_leaf(bundle[2 : 2 + size])
        bundle = bundle[2 + size :]
    assert found == hashes


def test_an_export_is_resumed(house: LedgerHouse, tmp_path: Path) -> None:
    house.grow(300)
    export(house, tmp_path)
    (tmp_path / "tile/entries/000").unlink()
    assert export(house, tmp_path) == 2
    house.grow(300)
    assert export(house, tmp_path) == 6
    assert not [*tmp_path.rglob("*.part")]
    house.edit("DELETE FROM ledger_entry WHERE seq = 6")
    (tmp_path / "tile/entries/000").unlink()
    with pytest.raises(ValueError, match="entries are missing between leaf 0 and 256"):
        export(house, tmp_path)


def test_nothing_is_exported_before_the_first_checkpoint(house: LedgerHouse, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="size-unknown"):
        export(house, tmp_path)


def test_a_pin_file_only_grows(house: LedgerHouse, tmp_path: Path) -> None:
    path = tmp_path / "stick" / "a.pins"
    notes = []
    for _ in range(3):
        house.grow(2)
        notes.append(house.checkpoint())
        append_pin(path, notes[-1])
        append_pin(path, notes[-1])
    pins = read_pins(path)
    assert [pin.note for pin in pins] == notes
    assert [(pin.checkpoint.size, pin.source) for pin in pins] == [(2, "a.pins#1"), (4, "a.pins#2"), (6, "a.pins#3")]
    assert house.codes(pins) == set()


def test_a_contradicting_checkpoint_is_not_pinned(house: LedgerHouse, tmp_path: Path) -> None:
    path = tmp_path / "a.pins"
    house.grow(2)
    small = house.checkpoint()
    house.grow(2)
    append_pin(path, house.checkpoint())
    for note in (small, house.keys.sign(Checkpoint(ORIGIN, 4, bytes(32)), 1)):
        with pytest.raises(Refusal, match="witness-contradicts"):
            append_pin(path, note)
    other = LedgerKeys.from_bytes("another/log", generate_key_bytes())
    append_pin(path, other.sign(Checkpoint("another/log", 1, bytes(32)), 1))
    assert len(read_pins(path)) == 2
    with pytest.raises(NoteError):
        append_pin(path, b"junk")


def test_a_torn_record_is_passed_over(house: LedgerHouse, tmp_path: Path) -> None:
    path = tmp_path / "a.pins"
    house.grow(2)
    append_pin(path, house.checkpoint())
    whole = path.read_bytes()
    house.grow(2)
    append_pin(path, house.checkpoint())
    grown = path.read_bytes()
    house.grow(2)
    for cut in range(len(whole), len(grown), 97):
        path.write_bytes(grown[:cut])
        assert [pin.checkpoint.size for pin in read_pins(path)] == [2]
        append_pin(path, house.checkpoint())
        assert [pin.checkpoint.size for pin in read_pins(path)] == [2, 6]
    path.write_bytes(b"something else")
    with pytest.raises(NoteError, match="no pin file"):
        read_pins(path)


def test_a_folder_keeps_every_checkpoint(house: LedgerHouse, tmp_path: Path) -> None:
    witness = FolderWitness(tmp_path / "stick")
    house.grow(2)
    with pytest.raises(FileNotFoundError, match="is not there"):
        witness.tell(house.checkpoint())
    witness.folder.mkdir()
    assert witness.pins() == []
    witness.tell(house.checkpoint())
    house.grow(2)
    witness.tell(house.checkpoint())
    names = sorted(os.listdir(witness.folder))
    assert names[0].endswith("activity-000000000002.checkpoint") and len(names) == 3
    assert len(witness.pins()) == 2
    witness.pin_file.unlink()
    assert [pin.checkpoint.size for pin in witness.pins()] == [2, 4]
    assert house.codes(witness.pins()) == set()


def test_paper_carries_a_checkpoint(house: LedgerHouse) -> None:
    house.grow(5)
    pin = house.pin()
    text = paper_form(pin.checkpoint)
    assert parse_paper_form(text.upper().replace(ORIGIN.upper(), ORIGIN)).checkpoint == pin.checkpoint
    assert house.codes([parse_paper_form(text)]) == set()
    lines = text.splitlines()
    for wrong in (text.replace("\n5\n", "\n6\n"), "\n".join(lines[:-1]), text.replace("anjuan", "anjuam"), ""):
        with pytest.raises(NoteError):
            parse_paper_form(wrong)
