"""Tampering with a sealed case, as somebody with the disk and the database can do it, and putting it right again."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.installation import Ledgers
from archive.kernel.database import Sessions
from archive.service.verifying import Anchors, verify_case
from archive.terms import Finding
from tests.support.cases import PRIVATE, TRADE, Paper, SealedExample, add_version, outside_anchors, seal_example
from tests.support.house import House, make_house, person

PAPERS = (
    Paper("立案审批表"),
    Paper("身份证明", PRIVATE, b"an identity card\n"),
    Paper("成本核算表", TRADE, b"what it costs\n"),
)


@dataclass
class Target:
    """A sealed case of two versions and three tiers, pinned outside, that may be spoilt and is restored each time."""

    house: House
    example: SealedExample
    other: SealedExample
    anchors: Anchors
    earlier: Mapping[str, bytes]
    earlier_database: bytes
    earlier_checkpoint: bytes
    files: Mapping[str, bytes] = field(init=False)
    database: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.files = read_all(self.folder)
        self.close()
        self.database = self.database_path.read_bytes()

    @property
    def folder(self) -> Path:
        return self.example.folder

    @property
    def database_path(self) -> Path:
        return self.house.path / "db" / "anjuan.sqlite"

    def close(self) -> None:
        """Closes every connection, so that the database file can be read and replaced as a whole."""
        self.house.ports.get(Sessions).kw["bind"].dispose()

    def put_database(self, data: bytes) -> None:
        """The database file as it was at another time."""
        self.close()
        self.database_path.write_bytes(data)

    def edit(self, statement: str, *values: object) -> int:
        """One statement past the application; how many rows it touched."""
        with closing(sqlite3.connect(self.database_path)) as connection:
            touched = connection.execute(statement, values).rowcount
            connection.commit()
            return touched

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows past the application."""
        with closing(sqlite3.connect(self.database_path)) as connection:
            return connection.execute(statement, values).fetchall()

    def verify(self, anchors: Anchors | None = None, *, deep: bool = False) -> list[Finding]:
        """Everything that verification says of the case."""
        chosen = self.anchors if anchors is None else anchors
        auditor = person(self.house, "auditor")
        layers = verify_case(self.house.holdings, auditor, self.example.case_id, chosen, deep=deep)
        return [finding for layer in layers for finding in layer.findings]

    @contextmanager
    def restored(self, *, database: bool = True) -> Iterator[None]:
        """Whatever is done inside is undone at the end."""
        folder = self.folder
        try:
            yield
        finally:
            write_all(folder, self.files)
            if database:
                self.put_database(self.database)


def make_target(path: Path) -> Target:
    """A house with the case under attack and a second one of the same archive."""
    house = make_house(path)
    other = seal_example(house, PAPERS[:1], title="另一案")
    example = seal_example(house, PAPERS)
    earlier_checkpoint = house.ports.get(Ledgers).newest()
    house.ports.get(Sessions).kw["bind"].dispose()
    earlier = read_all(example.folder)
    earlier_database = (house.path / "db" / "anjuan.sqlite").read_bytes()
    add_version(house, example.case_id, Paper("补充材料"))
    anchors = outside_anchors(house, [earlier_checkpoint, house.ports.get(Ledgers).newest()])
    return Target(house, example, other, anchors, earlier, earlier_database, earlier_checkpoint)


def broken(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that say that something is wrong; the rest says what cannot be proved."""
    return [finding for finding in findings if finding.severity == "broken"]


def read_all(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its relative path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    """Makes the folder hold exactly these files."""
    for name in read_all(folder).keys() - files.keys():
        (folder / name).unlink()
    for name, data in files.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    for path in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()


def flip(data: bytes, rng: random.Random) -> bytes:
    """``data`` with one random bit turned over."""
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def names(findings: Iterable[Finding], path: str) -> bool:
    """Whether a finding says which file it was. Of an inventory, its copy and their sidecars each speaks for all: they
    are compared with one another, and nothing says which of them was changed.
    """
    family = _family(path)
    return any(found.where in family or (found.where and path.endswith(f"/{found.where}")) for found in findings)


def _family(path: str) -> set[str]:
    folder, _, name = path.rpartition("/")
    if not name.startswith("inventory.json"):
        return {path}
    pairs = {f"{folder}/{each}".lstrip("/") for each in ("inventory.json", "inventory.json.sha512")}
    return pairs | ({"inventory.json", "v2/inventory.json"} if folder in ("", "v2") else set())


def rewrite(folder: Path, edits: Mapping[str, bytes]) -> None:
    """Changes content files and then everything that speaks about them, as somebody does who knows the format:
    manifests, tag manifests, the inventories of every version, and their sidecars. Only the seals are beyond reach.
    """
    root = json.loads((folder / "inventory.json").read_bytes())
    place = {digest: paths[0] for digest, paths in root["manifest"].items()}
    for path, data in edits.items():
        (folder / path).write_bytes(data)
    for version in sorted(root["versions"]):
        state = root["versions"][version]["state"]
        lies = {name: place[digest] for digest, held in state.items() for name in held}
        for manifest in ("manifest-sha512.txt", "tagmanifest-sha512.txt"):
            path = folder / lies[manifest]
            lines = (line.split("  ", 1)[1] for line in path.read_text("utf-8").splitlines())
            path.write_text("".join(f"{_sha512(folder / lies[name])}  {name}\n" for name in lines), "utf-8")
    now = {digest: _sha512(folder / path) for digest, path in place.items()}
    for version in sorted(root["versions"]):
        write_inventory(folder / version, _renewed(json.loads((folder / version / "inventory.json").read_bytes()), now))
    write_inventory(folder, _renewed(root, now))


def _renewed(inventory: dict[str, Any], now: Mapping[str, str]) -> dict[str, Any]:
    inventory["manifest"] = {now[digest]: paths for digest, paths in inventory["manifest"].items()}
    for version in inventory["versions"].values():
        version["state"] = {now[digest]: held for digest, held in version["state"].items()}
    return inventory


def write_inventory(folder: Path, inventory: Mapping[str, Any]) -> None:
    """An inventory with the sidecar that states its digest."""
    data = json.dumps(inventory, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    (folder / "inventory.json").write_bytes(data)
    (folder / "inventory.json.sha512").write_text(f"{hashlib.sha512(data).hexdigest()} inventory.json\n", "ascii")


def follow_in_database(target: Target) -> None:
    """Edits the rows of the case so that they agree with the object as it lies now."""
    folder, case_id = target.folder, target.example.case_id
    for version in (1, 2):
        if not (folder / f"v{version}").is_dir():
            continue
        target.edit(
            "UPDATE archive_seal SET inventory_sha512 = ?, tagmanifest_sha512 = ? WHERE case_id = ? AND version = ?",
            _sha512(folder / f"v{version}" / "inventory.json"),
            _sha512(folder / f"v{version}" / "content" / "tagmanifest-sha512.txt"),
            case_id,
            version,
        )
    for file_id, version in target.ask("SELECT id, first_version FROM archive_file WHERE case_id = ?", case_id):
        path = folder / f"v{version}" / "content" / "data" / file_id
        if path.exists():
            target.edit(
                "UPDATE archive_file SET stored_sha512 = ?, stored_size = ? WHERE id = ?",
                _sha512(path),
                path.stat().st_size,
                file_id,
            )


def replace_object(target: Target, source: Path) -> None:
    """Another object of the same archive put in the place of this one."""
    folder = target.folder
    shutil.rmtree(folder)
    shutil.copytree(source, folder)


def _sha512(path: Path) -> str:
    return hashlib.sha512(path.read_bytes()).hexdigest()


Wanted = set[tuple[str, str]]
Attack = Callable[[Target, random.Random], Wanted]
"""Spoils the case; gives (layer or layers, part of "code where") of every finding that must come."""
