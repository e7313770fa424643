"""A whole installation in a temporary folder, with people of every duty, as tests need it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import wsgi
from access.identity.passwords import hash_password
from access.service.people import add_duty
from access.tables import ClearanceRow, PersonRow
from access.terms import ALL_UNITS, Duty
from archive.founding import Plan, found_archive
from archive.installation import passphrase_roots, unlock_for
from archive.kernel.actor import Actor, machine_actor
from archive.kernel.clock import FixedClock
from archive.kernel.database import Base, Sessions
from archive.kernel.ids import PersonId, UnitCode, new_id
from archive.kernel.ports import Ports
from archive.kernel.settings import Home, read_home
from archive.kernel.work import Works
from archive.keys.passphrase_roots import PassphraseRoots
from archive.keys.terms import Tier
from archive.ports import Holdings
from archive.terms import Compartment

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
UNIT = UnitCode("zd1")
OTHER = UnitCode("zd2")
PASSPHRASES: dict[Tier, str] = {tier: f"passphrase of {tier}" for tier in Tier if tier is not Tier.GENERAL}
PASSWORD = "bakudo-cidefu-demo"
CHEAP = 64


@dataclass(frozen=True)
class House:
    """An installation with its clock, ports, roots and people."""

    path: Path
    clock: FixedClock
    ports: Ports
    roots: PassphraseRoots
    people: dict[str, Actor]

    @property
    def holdings(self) -> Holdings:
        return self.ports.get(Holdings)

    @property
    def works(self) -> Works:
        return self.ports.get(Works)

    def unlock(self, *tiers: Tier) -> None:
        chosen = {tier: PASSPHRASES[tier] for tier in tiers or tuple(PASSPHRASES)}
        unlock_for(self.roots, chosen, self.clock, hours=9)


def make_house(path: Path, *, grade: str = "trial", unlocked: bool = True) -> House:
    """Founds an installation in ``path`` and opens it; Argon2id is cheap here, everything else is real."""
    clock = FixedClock(START)
    foundation = found_archive(Plan(path, grade, PASSPHRASES, memory_kib=CHEAP), clock)
    return open_house(path, clock, unlocked=unlocked, create=True, home=foundation.home)


def open_house(
    path: Path, clock: FixedClock, *, unlocked: bool = True, create: bool = False, home: Home | None = None
) -> House:
    """Opens an installation again, as another process would."""
    home = home or read_home(path)
    roots = passphrase_roots(home, clock, memory_kib=CHEAP)
    roots.open_general()
    ports = wsgi.make_ports(path, clock=clock, roots=roots)
    sessions = ports.get(Sessions)
    if create:
        Base.metadata.create_all(sessions.kw["bind"])
    house = House(path, clock, ports, roots, {})
    if create:
        _people(house)
    if unlocked:
        house.unlock()
    return house


DUTIES = {
    "archivist": (Duty.ARCHIVIST, UNIT),
    "archivist2": (Duty.ARCHIVIST, UNIT),
    "foreign": (Duty.ARCHIVIST, OTHER),
    "confidentiality": (Duty.CONFIDENTIALITY_OFFICER, ALL_UNITS),
    "deputy": (Duty.DEPUTY_HEAD, UNIT),
    "legal": (Duty.LEGAL_REVIEWER, UNIT),
    "supervisor": (Duty.SUPERVISOR, ALL_UNITS),
    "party": (Duty.PARTY, UNIT),
    "stranger": (Duty.PARTY, UNIT),
    "sysadmin": (Duty.SYSADMIN, ALL_UNITS),
    "security": (Duty.SECURITY_ADMIN, ALL_UNITS),
    "auditor": (Duty.AUDITOR, ALL_UNITS),
}


def _people(house: House) -> None:
    founder = machine_actor("founding", "tests")
    hashed = hash_password(PASSWORD)  # one hash for all: Argon2id is meant to be slow
    with house.works.work(founder) as work:
        for login, (duty, unit) in DUTIES.items():
            person = PersonId(new_id("person"))
            work.session.add(
                PersonRow(id=person, login=login, name=login, unit=UNIT, password=hashed, created_at=work.now)
            )
            work.session.flush()
            add_duty(work, person, duty, unit)
            house.people[login] = Actor(person, login, frozenset({duty}), unit=UNIT)
        kinds = "+".join(sorted(str(kind) for kind in Compartment))
        for login in ("archivist", "deputy", "legal"):
            work.session.add(
                ClearanceRow(
                    person_id=house.people[login].id,
                    level=0,
                    compartments=kinds,
                    until=work.now + timedelta(days=365),
                    ground="tests",
                    granted_by=house.people["confidentiality"].id,
                    granted_at=work.now,
                )
            )


def person(house: House, login: str) -> Actor:
    """The actor of a login."""
    return house.people[login]


__all__ = ["OTHER", "START", "UNIT", "House", "PersonId", "make_house", "open_house", "person"]
