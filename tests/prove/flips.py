"""flips: whatever is changed in a sealed object, its rows or the ledger is found, and the finding says where.

A case of three key tiers and two versions is sealed and pinned outside. Each case of the count flips one random bit of
one random file of the object; besides, every attack below is made several times: files removed, added, swapped,
rewritten with everything that speaks about them, rows of the register and of the ledger edited, cut, rolled back. After
each the whole verification runs; what is restored must be whole again.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import TextIO

from archive.installation import Ledgers
from archive.kernel.clock import FixedClock
from archive.ledger.rules.notes import parse_checkpoint, parse_note
from archive.ledger.terms import Checkpoint
from archive.seals.trial import create_trial_authority, load_trial_authority
from archive.service.verifying import Anchors
from tests.support.tampering import (
    Attack,
    Target,
    Wanted,
    broken,
    flip,
    follow_in_database,
    make_target,
    names,
    replace_object,
    rewrite,
    write_all,
)

DEFAULT = 60
FLIPS_A_ROUND = 250
"""After so many flips every attack is made once more, and the database is put back."""


def _some(target: Target, rng: random.Random, part: str = "") -> str:
    return rng.choice(sorted(name for name in target.files if part in name))


def _data(target: Target, rng: random.Random, version: str = "v") -> str:
    return rng.choice(sorted(name for name in target.files if "/data/" in name and name.startswith(version)))


def remove_file(target: Target, rng: random.Random) -> Wanted:
    name = _some(target, rng, "/content/")
    (target.folder / name).unlink()
    return {("fixity", name)}


def remove_inventory(target: Target, rng: random.Random) -> Wanted:
    (target.folder / "inventory.json").unlink()
    return {("fixity", target.example.case_id)}


def add_file(target: Target, rng: random.Random) -> Wanted:
    place = rng.choice(("v1/content/data/", "v2/content/", "v1/content/evidence/v1/", "v1/", ""))
    (target.folder / f"{place}ostranger").write_bytes(rng.randbytes(rng.randrange(1, 99)))
    return {("fixity", f"{place}ostranger")}


def swap_files(target: Target, rng: random.Random) -> Wanted:
    one, two = rng.sample(sorted(name for name in target.files if "/data/" in name), 2)
    (target.folder / one).write_bytes(target.files[two])
    (target.folder / two).write_bytes(target.files[one])
    return {("fixity", one), ("fixity", two)}


def swap_consistently(target: Target, rng: random.Random) -> Wanted:
    one, two = rng.sample(sorted(name for name in target.files if name.startswith("v1/content/data/")), 2)
    rewrite(target.folder, {one: target.files[two], two: target.files[one]})
    return {("signature", "evidence/v1/seal.p7s"), *(("database", name[len("v1/content/") :]) for name in (one, two))}


def rewrite_data(target: Target, rng: random.Random) -> Wanted:
    name = _data(target, rng)
    rewrite(target.folder, {name: flip(target.files[name], rng)})
    version = name.partition("/")[0]
    return {("signature", f"evidence/{version}/seal.p7s"), ("database", name[len("v1/content/") :])}


def rewrite_data_and_rows(target: Target, rng: random.Random) -> Wanted:
    name = _data(target, rng)
    rewrite(target.folder, {name: flip(target.files[name], rng)})
    follow_in_database(target)
    version = name.partition("/")[0]
    wanted = {("signature", f"evidence/{version}/seal.p7s"), ("database", f"archive_seal {version}")}
    return wanted | {("content", name[len("v1/content/") :])}


def rewrite_evidence(target: Target, rng: random.Random) -> Wanted:
    name = rng.choice([name for name in target.files if "/evidence/v2/" in name])
    rewrite(target.folder, {name: flip(target.files[name], rng)})
    if rng.random() < 0.5:
        follow_in_database(target)
        return {("database", "archive_seal v2")}
    return {("database", "v2/inventory.json")}


def replace_checkpoint(target: Target, rng: random.Random) -> Wanted:
    """An older checkpoint of the same ledger: genuine, and so only the register and the ledger can tell."""
    rewrite(target.folder, {"v2/content/evidence/v2/checkpoint": target.earlier_checkpoint})
    follow_in_database(target)
    return {("database", "archive_seal v2")}


def forge_checkpoint(target: Target, rng: random.Random) -> Wanted:
    name = "v2/content/evidence/v2/checkpoint"
    lines = target.files[name].split(b"\n")
    lines[1] = b"%d" % (int(lines[1]) - 1)
    rewrite(target.folder, {name: b"\n".join(lines)})
    follow_in_database(target)
    return {("ledger", "evidence/v2/checkpoint")}


def fork_checkpoint(target: Target, rng: random.Random) -> Wanted:
    """The ledger's own keys sign a head that the ledger never had."""
    name = "v2/content/evidence/v2/checkpoint"
    said = parse_checkpoint(parse_note(target.files[name]).text)
    signing = target.house.ports.get(Ledgers).signing["activity"]
    forked = signing.sign(Checkpoint(said.origin, said.size, rng.randbytes(32)), 1795485600)
    rewrite(target.folder, {name: forked})
    follow_in_database(target)
    return {("ledger", "checkpoint-contradicts evidence/v2/checkpoint")}


def sign_anew(target: Target, rng: random.Random) -> Wanted:
    """Somebody with an authority of their own signs and stamps changed files."""
    with tempfile.TemporaryDirectory() as folder:
        made, now = Path(folder) / "authority", target.house.clock.now()
        create_trial_authority(made, target.house.holdings.bureau.name, now, bytes(32))
        own = load_trial_authority(made, bytes(32), FixedClock(now))
        name = _data(target, rng, "v2")
        rewrite(target.folder, {name: flip(target.files[name], rng)})
        manifest = (target.folder / "v2/content/tagmanifest-sha512.txt").read_bytes()
        signature = own.signer.sign_cms(manifest, now)
        seal = "v2/content/evidence/v2/seal.p7s"
        rewrite(target.folder, {seal: signature, f"{seal}.tsr": own.stamper.stamp(signature)})
    follow_in_database(target)
    return {("signature", "evidence/v2/seal.p7s"), ("stamp", "evidence/v2/seal.p7s.tsr")}


def put_other_object(target: Target, rng: random.Random) -> Wanted:
    replace_object(target, target.other.folder)
    return {("fixity", "inventory.json"), ("database", "data/o")}


def roll_back_object(target: Target, rng: random.Random) -> Wanted:
    write_all(target.folder, target.earlier)
    return {("database", "inventory.json"), ("database", "data/o")}


def roll_back_object_and_rows(target: Target, rng: random.Random) -> Wanted:
    """As if the second version had never been: object and register agree, the ledger does not."""
    write_all(target.folder, target.earlier)
    case_id = target.example.case_id
    for table, column in (("archive_seal", "version"), ("archive_file", "first_version"), ("archive_note", "version")):
        target.edit(f"DELETE FROM {table} WHERE case_id = ? AND {column} = 2", case_id)
    target.edit("DELETE FROM archive_item WHERE case_id = ? AND first_version = 2", case_id)
    target.edit("UPDATE archive_case SET version = 1 WHERE id = ?", case_id)
    return {("database", "entry_")}


def roll_back_database(target: Target, rng: random.Random) -> Wanted:
    target.put_database(target.earlier_database)
    return {("ledger", "rolled-back"), ("database", "inventory.json")}


def roll_back_everything(target: Target, rng: random.Random) -> Wanted:
    """Nothing on this machine disagrees with anything else; only the pin outside does."""
    target.put_database(target.earlier_database)
    write_all(target.folder, target.earlier)
    return {("ledger", "rolled-back")}


SEAL_COLUMNS = ("sealed_at", "stamped_at", "signer", "trial", "tagmanifest_sha512", "inventory_sha512", "entry_id")
FILE_COLUMNS = ("role", "tier", "media_type", "stored_size", "stored_sha512", "first_version", "item_id", "facts_enc")
CASE_COLUMNS = (
    "state", "version", "sealed_at", "series", "file_no", "reference_code", "unit", "procedure", "tier", "handling",
    "compartments", "facts_enc", "closed_on",
)  # fmt: skip
ITEM_COLUMNS = (
    "unit", "sequence", "reference_code", "kind", "doc_type", "tier", "handling", "level", "compartments", "facts_enc",
    "first_page", "page_count", "rendition",
)  # fmt: skip
NOTE_COLUMNS = ("version", "at", "made_by", "text_enc")
WORDS = {
    "state": "accepted", "role": "text", "tier": "process", "unit": "zd9", "procedure": "summary", "handling": "OPEN",
    "kind": "photo", "media_type": "image/png", "rendition": "media", "item_id": "item_of_another_case",
}  # fmt: skip


def _edit_row(target: Target, rng: random.Random, table: str, columns: tuple[str, ...]) -> str:
    """One column of one random row of the case gets another value of its kind; gives the row's key."""
    key, case = ("id", "id") if table == "archive_case" else ("rowid", "case_id")
    column = rng.choice(columns)
    rows = target.ask(f"SELECT {key}, {column} FROM {table} WHERE {case} = ?", target.example.case_id)
    row, value = rng.choice([found for found in rows if found[1] != WORDS.get(column)])
    target.edit(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", _other(column, value, rng), row)
    return str(row)


def _other(column: str, value: object, rng: random.Random) -> object:
    if column in WORDS:
        return WORDS[column]
    if column == "trial":
        return 1 - int(str(value))
    if isinstance(value, int):
        return value + (100 if column in ("sequence", "file_no") else 1)  # their numbers are unique
    if isinstance(value, bytes):
        return flip(value, rng)
    text = str(value)
    if column in ("sealed_at", "stamped_at", "at", "closed_on"):
        return text.replace("2026-1", "2025-1")
    return text[:-1] + ("0" if text[-1:] != "0" else "1")


def edit_seal_row(target: Target, rng: random.Random) -> Wanted:
    _edit_row(target, rng, "archive_seal", SEAL_COLUMNS)
    return {("database", "archive_seal v")}


def edit_file_row(target: Target, rng: random.Random) -> Wanted:
    row = _edit_row(target, rng, "archive_file", FILE_COLUMNS)
    return {("database|content", f"data/{target.ask('SELECT id FROM archive_file WHERE rowid = ?', row)[0][0]}")}


def edit_case_row(target: Target, rng: random.Random) -> Wanted:
    _edit_row(target, rng, "archive_case", CASE_COLUMNS)
    return {("database|content", "")}


def edit_item_row(target: Target, rng: random.Random) -> Wanted:
    row = _edit_row(target, rng, "archive_item", ITEM_COLUMNS)
    return {("content", str(target.ask("SELECT id FROM archive_item WHERE rowid = ?", row)[0][0]))}


def edit_note_row(target: Target, rng: random.Random) -> Wanted:
    _edit_row(target, rng, "archive_note", NOTE_COLUMNS)
    return {("content", "archive_note")}


def delete_row(target: Target, rng: random.Random) -> Wanted:
    table, layer = rng.choice((("archive_file", "database"), ("archive_seal", "database"), ("archive_item", "content")))
    rows = target.ask(f"SELECT rowid FROM {table} WHERE case_id = ?", target.example.case_id)
    target.edit(f"DELETE FROM {table} WHERE rowid = ?", rng.choice(rows)[0])
    return {(layer, "")}


def edit_ledger_row(target: Target, rng: random.Random) -> Wanted:
    column = rng.choice(("kind", "actor_id", "duty", "subject", "unit", "salt", "body_commitment", "row_commitment"))
    rows = target.ask("SELECT seq, entry_id FROM ledger_entry WHERE ledger = 'activity'")
    seq, entry = rng.choice(rows)
    target.edit(f"UPDATE ledger_entry SET {column} = {column} || 'x' WHERE seq = ?", seq)
    return {("ledger", entry)} if column in ("actor_id", "duty", "subject", "unit", "salt") else {("ledger", "")}


def cut_ledger_tail(target: Target, rng: random.Random) -> Wanted:
    target.put_database(target.database)  # as it was pinned: what was entered since, no pin knows
    (last,) = target.ask("SELECT max(seq) FROM ledger_entry WHERE ledger = 'activity'")[0]
    target.edit("DELETE FROM ledger_entry WHERE ledger = 'activity' AND seq > ?", rng.randrange(last - 3, last))
    return {("ledger", "tail-cut")}


def edit_stored_checkpoint(target: Target, rng: random.Random) -> Wanted:
    (size, note) = target.ask("SELECT size, note FROM ledger_checkpoint ORDER BY size DESC")[0]
    target.edit("UPDATE ledger_checkpoint SET note = ? WHERE size = ?", flip(note, rng), size)
    return {("ledger", "checkpoint-bad")}


ATTACKS: tuple[Attack, ...] = (
    remove_file, remove_inventory, add_file, swap_files, swap_consistently, rewrite_data, rewrite_data_and_rows,
    rewrite_evidence, replace_checkpoint, forge_checkpoint, fork_checkpoint, sign_anew, put_other_object,
    roll_back_object, roll_back_object_and_rows, roll_back_database, roll_back_everything, edit_seal_row, edit_file_row,
    edit_case_row, edit_item_row, edit_note_row, delete_row, edit_ledger_row, cut_ledger_tail, edit_stored_checkpoint,
)  # fmt: skip


def prove(count: int, seed: int, out: TextIO) -> tuple[int, int]:
    """Flips ``count`` bits and makes every attack for each 250; how many were tried, how many not named."""
    rng = random.Random(seed)
    tried = failed = 0
    with tempfile.TemporaryDirectory(prefix="anjuan-flips-") as folder:
        target = make_target(Path(folder) / "home")
        for flips in _rounds(count):
            for case in (_is_whole, _says_what_it_cannot_prove):
                tried, failed = tried + 1, failed + (not case(target, out))
            for _ in range(flips):
                tried, failed = tried + 1, failed + (not _flip(target, rng, out))
            target.put_database(target.database)
            for attack in ATTACKS:
                tried, failed = tried + 1, failed + (not _attack(target, attack, rng, out))
        target.close()
    return tried, failed


def _rounds(count: int) -> list[int]:
    whole, rest = divmod(count, FLIPS_A_ROUND)
    return [FLIPS_A_ROUND] * whole + ([rest] if rest or not whole else [])


def _flip(target: Target, rng: random.Random, out: TextIO) -> bool:
    name = _some(target, rng)
    with target.restored(database=False):
        (target.folder / name).write_bytes(flip(target.files[name], rng))
        found = broken(target.verify())
    if names(found, name):
        return True
    out.write(f"a flipped bit of {name}: {_said(found)}\n")
    return False


def _attack(target: Target, attack: Attack, rng: random.Random, out: TextIO) -> bool:
    with target.restored():
        wanted = attack(target, rng)
        found = broken(target.verify(deep=any("content" in layers for layers, _ in wanted)))
    missed = {
        (layers, where)
        for layers, where in wanted
        if not any(each.layer in layers.split("|") and where in f"{each.code} {each.where}" for each in found)
    }
    if not missed:
        return True
    out.write(f"{attack.__name__}: wanted {sorted(missed)}, found {_said(found)}\n")
    return False


def _is_whole(target: Target, out: TextIO) -> bool:
    found = broken(target.verify(deep=True))
    if found:
        out.write(f"the untouched case: {_said(found)}\n")
    return not found


def _says_what_it_cannot_prove(target: Target, out: TextIO) -> bool:
    """Without pins, keys and certificates everything agrees, and each layer says what that is not worth."""
    bare = {(each.layer, each.code) for each in target.verify(Anchors(), deep=True)}
    unpinned = Anchors(target.anchors.certificates, target.anchors.ledger_keys)
    alone = {(each.layer, each.code) for each in target.verify(unpinned)}
    wanted = {("signature", "no-anchor-given"), ("stamp", "no-anchor-given"), ("ledger", "unsigned")}
    wanted |= {("ledger", "not-provable"), ("certificate", "signer-not-trusted")}
    missed = (wanted - bare) | ({("ledger", "not-provable")} - alone)
    if missed:
        out.write(f"without anchors it does not say {sorted(missed)}\n")
    return not missed


def _said(found: object) -> str:
    return ", ".join(f"{each.layer}/{each.code} {each.where}" for each in found) if isinstance(found, list) else ""
