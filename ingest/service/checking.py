"""Checking 预检: structure, description and list of a package, before anything is taken in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from archive.kernel.clock import Clock, legal_date
from archive.kernel.refusals import Refusal
from archive.kernel.settings import IngestPart, Settings
from ingest.adapters.workbooks import read_workbook
from ingest.packages.opening import open_package
from ingest.packages.package import Package
from ingest.profile.reading import DESCRIPTION, DESCRIPTIONS, LARGEST, SPREADSHEET, read_description
from ingest.profile.workbook import read_sheets
from ingest.rules.contents import against_list, check_structure
from ingest.rules.plausible import check_sip, texts_of
from ingest.service.glyphs import missing_glyphs
from ingest.service.intakes import to_problems, to_refusal
from ingest.terms import Entry, Problem, Sip


@dataclass(frozen=True, slots=True)
class Opened:
    """An opened package and what is known of it without touching its files 已打开的提交包."""

    package: Package
    entries: tuple[Entry, ...]
    sip: Sip | None
    description: bytes
    problems: tuple[Problem, ...]


class Nothing:
    """A package that could not even be opened 无法打开的提交包."""

    def __init__(self, name: str) -> None:
        self.name = name

    def entries(self) -> tuple[Entry, ...]:
        """None."""
        return ()

    def problems(self) -> list[Problem]:
        """Told when it was opened."""
        return []

    def read(self, names: tuple[str, ...]) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Nothing."""
        return iter(())

    def close(self) -> None:
        """Nothing is held."""


@contextmanager
def open_checked(limits: IngestPart, path: Path, today: date, *, secrets_allowed: bool) -> Iterator[Opened]:
    """The package with everything that is wrong with it so far; closed at the end.

    What is no package at all (broken archives, bombs, paths that lead nowhere) comes as a problem too.
    """
    try:
        package, entries = open_package(path, limits)
    except Refusal as refusal:
        yield Opened(Nothing(path.name), (), None, b"", tuple(to_problems(refusal)))
        return
    with closing(package):
        problems = [*package.problems(), *check_structure(limits, entries)]
        sip, description = None, b""
        if not problems:
            sip, description, problems = _describe(package, entries)
        if sip is not None:
            problems += judge_sip(sip, entries, today, secrets_allowed=secrets_allowed)
        yield Opened(package, entries, sip if not problems else None, description, tuple(problems))


def judge_sip(sip: Sip, entries: Sequence[Entry], today: date, *, secrets_allowed: bool) -> list[Problem]:
    """Everything wrong with a description beside the list of the files that are there; no file is opened."""
    found = against_list(sip, entries)
    found += check_sip(sip, today, secrets_allowed=secrets_allowed)
    return found + _check_glyphs(sip)


def check_package(settings: Settings, clock: Clock, path: Path) -> Sip:
    """The submission, or one Refusal with everything that is wrong; no file but the description is opened."""
    today = legal_date(clock.now())
    with open_checked(settings.ingest, path, today, secrets_allowed=settings.grade != "ordinary") as opened:
        if refusal := Refusal.join(to_refusal(problem) for problem in opened.problems):
            raise refusal
        assert opened.sip is not None
        return opened.sip


def _check_glyphs(sip: Sip) -> list[Problem]:
    """Every sign of the description, and of the file names, can be printed on cover, contents list and certificate."""
    described = [("", texts_of(sip.facts))]
    for item in sip.items:
        names = [file.path for file in item.files]
        described.append((names[0] if names else "", [*texts_of(item.facts), *names]))
    return missing_glyphs(described)


def _describe(package: Package, entries: tuple[Entry, ...]) -> tuple[Sip | None, bytes, list[Problem]]:
    found = [entry for entry in entries if entry.name in DESCRIPTIONS]
    if len(found) != 1:
        return None, b"", [Problem("ingest.description-missing" if not found else "ingest.description-twice")]
    name = found[0].name
    if found[0].size > LARGEST:
        return None, b"", [Problem("ingest.description-too-large", name, facts={"size": found[0].size})]
    try:
        data = b"".join(_whole(package, found[0]))
    except Refusal as refusal:
        return None, b"", to_problems(refusal, name)
    if problems := package.problems():
        return None, b"", problems
    sip, problems = _read(name, data)
    return sip, data, problems


def _whole(package: Package, entry: Entry) -> Iterator[bytes]:
    """The description's bytes, never more than were listed."""
    size = 0
    for _, pieces in package.read((entry.name,)):
        for piece in pieces:
            size += len(piece)
            if size > entry.size:
                raise Refusal("ingest.entry-changed", file=entry.name)
            yield piece
    if size != entry.size:
        raise Refusal("ingest.entry-changed", file=entry.name)


def _read(name: str, data: bytes) -> tuple[Sip | None, list[Problem]]:
    if name == DESCRIPTION:
        return read_description(data)
    try:
        return read_sheets(read_workbook(data))
    except Refusal as refusal:
        why = {"why": " ".join(str(refusal.facts.get(word, "")) for word in ("reason_zh", "detail")).strip()}
        return None, [Problem("ingest.description-unreadable", SPREADSHEET, facts=why or {"why": refusal.code})]
