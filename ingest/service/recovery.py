"""Recovery 恢复: after a crash, brings everything that was under way to its end or back to its beginning.

The worker runs it at its start and every ten minutes, and it may run as often as one likes; it destroys nothing that is
acknowledged, and what it does not know it moves into quarantine 隔离 for a person to look at.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select

from access.ports import Counter
from access.service.leftovers import drop_stray_copies
from archive.kernel.actor import Actor, machine_actor
from archive.kernel.ids import CaseId, IntakeId
from archive.kernel.refusals import Refusal
from archive.ports import object_id
from archive.service.destroying import record_destructions
from archive.service.sealing import seal_case
from archive.service.unfinished import let_go, state_of, unfinished_cases
from archive.terms import SealState
from ingest.ports import TakeIn
from ingest.service.accepting import requeue_acceptances
from ingest.service.draft_rows import drop_unkept
from ingest.service.draft_sealing import free_drafts
from ingest.service.intakes import Intake, end_intake
from ingest.tables import IntakeRow
from ingest.terms import TakeInState

_RUNNING = (TakeInState.ARRANGING, TakeInState.RECEIVING, TakeInState.RECEIVED, TakeInState.ACCEPTED)


@dataclass
class RecoveryReport:
    """What recovery did 恢复报告, by case: sealed now, waiting (and for what), resumable, cleared of leftovers, in the
    hands of another process; what went into quarantine; copies that no release names; alarms for a person.
    """

    sealed: list[CaseId] = field(default_factory=list)
    waiting: dict[CaseId, tuple[str, ...]] = field(default_factory=dict)
    resumable: list[CaseId] = field(default_factory=list)
    cleared: list[CaseId] = field(default_factory=list)
    busy: list[CaseId] = field(default_factory=list)
    quarantined: list[str] = field(default_factory=list)
    copies: tuple[str, ...] = ()
    alarms: list[str] = field(default_factory=list)


def recover(ports: TakeIn, counter: Counter | None = None) -> RecoveryReport:
    """Finishes published seals, seals what is accepted, clears leftovers with their keys, quarantines the unknown.

    One case that cannot be recovered does not stop the others; it is an alarm in the report. With ``counter`` copies
    that were made and never recorded are shredded too.
    """
    actor, report = machine_actor("recovery", "start"), RecoveryReport()
    with ports.works.work(actor) as work:
        unfinished = set(unfinished_cases(work))
        running = set(work.session.scalars(select(IntakeRow.case_id).where(IntakeRow.state.in_(_RUNNING))))
    store = ports.holdings.store
    for case_id in sorted({*unfinished, *map(CaseId, running), *map(CaseId, store.staged())}):
        with store.growing(object_id(case_id), wait=False) as held:
            if not held:
                report.busy.append(case_id)
                continue
            try:
                _recover_case(ports, actor, case_id, report)
            except Refusal as refusal:
                failed = [str(one.facts["item"]) for one in refusal.all() if one.code == "archive.property-failed"]
                if failed:  # staged files are not what was received: nothing that passes by waiting
                    report.alarms.append(f"{case_id}: {' '.join(failed)}")
                else:
                    report.waiting[case_id] = tuple(reason.code for reason in refusal.all())
            except Exception as fault:  # noqa: BLE001  whatever breaks one case must not keep the others from recovery
                report.alarms.append(f"{case_id}: {type(fault).__name__}")  # no words of it: they may name a file
    ports.works.perform(actor, free_drafts)
    requeue_acceptances(ports)
    try:
        record_destructions(ports.holdings)
    except Refusal as refusal:  # a place of the key store is away: the next recovery writes it
        report.alarms.append(f"keys: {refusal.code}")
    with ports.works.work(actor) as work:
        if counter is not None:
            report.copies = drop_stray_copies(work, counter)
        facts = {"sealed": report.sealed, "cleared": report.cleared, "quarantined": report.quarantined}
        if any((*facts.values(), report.copies, report.alarms)):
            work.journal.record("archive.recovered", "", {**facts, "alarms": len(report.alarms)})
    return report


def _recover_case(ports: TakeIn, actor: Actor, case_id: CaseId, report: RecoveryReport) -> None:
    with ports.works.work(actor) as work:
        state = state_of(work, case_id)
        unsealed = case_id in unfinished_cases(work)
        intake = work.session.scalars(select(IntakeRow).where(IntakeRow.case_id == case_id)).first()
    if unsealed:
        receipt = seal_case(ports.holdings, actor, case_id)
        if receipt.waits_for:
            report.waiting[case_id] = receipt.waits_for
            return
        report.sealed.append(case_id)
        state = receipt.state
    if state == SealState.DESTROYED:
        return  # the outbox carries it out, after the ledger holds the event
    if state == SealState.SEALED:
        if not unsealed:
            let_go(ports.holdings, actor, case_id)
            report.cleared.append(case_id)
        _end_intake(ports, actor, case_id)
    elif intake is None:
        report.quarantined.append(str(ports.holdings.store.quarantine(case_id)))
    elif intake.state in (TakeInState.REFUSED, TakeInState.DROPPED):
        let_go(ports.holdings, actor, case_id)
        report.cleared.append(case_id)
    else:
        drop_unkept(ports, actor, Intake(IntakeId(intake.id), case_id))
        report.resumable.append(case_id)


def _end_intake(ports: TakeIn, actor: Actor, case_id: CaseId) -> None:
    """The take-in of a case that recovery sealed ends as if its own process had gone on."""
    with ports.works.work(actor) as work:
        row = work.session.scalars(select(IntakeRow).where(IntakeRow.case_id == case_id)).first()
        if row is None or row.state == TakeInState.SEALED:
            return
        end_intake(work, row, TakeInState.SEALED)
