"""Terms 术语 of access: duties, clearances, standing of a person, copy requests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from archive.kernel.ids import CaseId, PersonId, UnitCode


class Duty(StrEnum):
    """What a person does 岗位职责."""

    ARCHIVIST = "archivist"
    CUSTODIAN = "custodian"
    CONFIDENTIALITY_OFFICER = "confidentiality_officer"
    DEPUTY_HEAD = "deputy_head"
    LEGAL_REVIEWER = "legal_reviewer"
    SUPERVISOR = "supervisor"
    PARTY = "party"
    AGENT = "agent"
    SYSADMIN = "sysadmin"
    SECURITY_ADMIN = "security_admin"
    AUDITOR = "auditor"
    MACHINE = "machine"


DUTY_WORDS = {
    Duty.ARCHIVIST: ("档案员", "archivist"),
    Duty.CUSTODIAN: ("专管员", "custodian"),
    Duty.CONFIDENTIALITY_OFFICER: ("保密员", "confidentiality officer"),
    Duty.DEPUTY_HEAD: ("分管负责人", "deputy head in charge"),
    Duty.LEGAL_REVIEWER: ("法制审核员", "legal reviewer"),
    Duty.SUPERVISOR: ("监督员", "supervisor"),
    Duty.PARTY: ("当事人", "party"),
    Duty.AGENT: ("代理人", "agent"),
    Duty.SYSADMIN: ("系统管理员", "system administrator"),
    Duty.SECURITY_ADMIN: ("安全保密管理员", "security administrator"),
    Duty.AUDITOR: ("审计员", "auditor"),
    Duty.MACHINE: ("系统", "machine"),
}
ADMINISTRATORS = frozenset({Duty.SYSADMIN, Duty.SECURITY_ADMIN, Duty.AUDITOR})
PUBLIC = frozenset({Duty.PARTY, Duty.AGENT})
ALL_UNITS = UnitCode("*")
COUNTERSIGNED_FROM = 2
"""From this level on (机密) a clearance needs a second officer's signature 须复签的最低密级."""
MACHINES: dict[str, str] = {
    "founding": "makes the three administrators when there is nobody to ask",
    "recovery": "finishes at the start what a crash interrupted",
    "receiver": "makes files of what was uploaded, and seals drafts for those who asked",
    "drop-folder": "takes in what case-handling systems put into the drop folder",
    "indexer": "fills the index from the sealed text files",
    "page-reader": "reads pages without reliable text",
    "recording-checker": "decodes recordings to their end that take-in did not",
    "reading-status": "counts how far the reading of pages is",
    "key-store": "destroys keys after an order, when the place of keys is there again",
    "comparison": "compares register and store",
    "calendar": "counts running limits again when the calendar has changed",
    "counter": "ends requests and copies of a case that was destroyed",
    "verify": "checks seals for whoever may read the home folder",
    "demo": "writes the invented people of the demonstration",
}
"""Machines that the guard knows by name and why each is there 机器行为人; any other machine may do nothing."""
MAINTAINERS = frozenset({"indexer", "page-reader", "recording-checker"})
"""Machines that open content, to make of it what its own readers find: index, read text, findings 维护用途."""

REGISTRARS = frozenset({"drop-folder"})
"""Machines that may know that a case is there, to write the receipt of what they took in 回执用途; no state secret."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """One duty in one unit 任职; unit ``*`` is every unit."""

    duty: Duty
    unit: UnitCode


@dataclass(frozen=True, slots=True)
class Clearance:
    """What a person may see 涉密权限: level, kinds of compartments, end, and the units whose records it speaks of.

    The units are those in which the person held a duty when it was granted: it reaches no duty that came later.
    """

    level: int = 0
    compartments: frozenset[str] = frozenset()
    until: datetime | None = None
    units: frozenset[UnitCode] = frozenset({ALL_UNITS})

    def in_force(self, now: datetime) -> bool:
        """Whether it has not ended."""
        return self.until is None or now < self.until

    def covers(self, unit: UnitCode) -> bool:
        """Whether it speaks of a duty in ``unit``; a duty in every unit needs a clearance for every unit."""
        return unit in self.units or ALL_UNITS in self.units


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything the policy knows of a person at one instant 人员状态."""

    person: PersonId
    active: bool = True
    appointments: tuple[Appointment, ...] = ()
    clearances: tuple[Clearance, ...] = ()
    circles: frozenset[CaseId] = frozenset()  # named in the circle of knowledge 知悉范围
    matters: frozenset[CaseId] = frozenset()  # cases whose matter is assigned: review, custody, counter
    own_cases: frozenset[CaseId] = frozenset()  # cases in which the person is a confirmed party or agent

    def duties(self) -> frozenset[Duty]:
        """All duties, in whatever unit."""
        return frozenset(appointment.duty for appointment in self.appointments)


class RequestState(StrEnum):
    """Where a copy request stands 复制申请状态."""

    SUBMITTED = "submitted"
    AWAITING_APPROVAL = "awaiting-approval"
    APPROVED = "approved"
    RETURNED = "returned"
    RELEASED = "released"
    COLLECTED = "collected"
    CLOSED = "closed"


UNFINISHED = (
    RequestState.SUBMITTED,
    RequestState.AWAITING_APPROVAL,
    RequestState.APPROVED,
    RequestState.RELEASED,
)
"""A request in one of these can still go on 未办结."""
