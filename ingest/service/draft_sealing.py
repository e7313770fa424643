"""Sealing a draft 组卷封存: the way of a package from the received files on; refused, the draft stays as it is.

Only a state secret at the door of an installation that may hold none leaves nothing, as with a package.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import select

from access.service.signing_in import find_actor
from archive.kernel import jobs
from archive.kernel.actor import Actor, machine_actor
from archive.kernel.faults import name_fault
from archive.kernel.ids import CaseId, IntakeId, JobId, PersonId
from archive.kernel.jobs import JobRow
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import object_id
from ingest.ports import TakeIn
from ingest.progress import Progress, Silent
from ingest.service.draft_report import judge_draft
from ingest.service.draft_rows import drop_unkept, open_draft_row, own_intake
from ingest.service.filing import Rejected, file_case, finish_seal
from ingest.service.intakes import Intake, keep_report, refuse, to_problems, to_refusal
from ingest.service.leases import hold_lease
from ingest.service.receipts import receipt_of_case
from ingest.tables import DraftRow, IntakeRow
from ingest.terms import Problem, Receipt, TakeInState

JOB = "draft.seal"
_ACTOR = machine_actor("receiver", "drafts are sealed for those who asked for it")


def ask_seal(ports: TakeIn, actor: Actor, intake_id: IntakeId) -> JobId:
    """Asks for the seal of a draft 申请封存; from here to its end nothing of the draft changes. The worker seals it."""

    def ask(work: Work) -> JobId:
        intake, draft = open_draft_row(work, intake_id)
        job = jobs.enqueue(work.session, JOB, {"intake_id": intake.id, "person_id": actor.id}, work.now)
        draft.seal_job = job
        row = work.session.get_one(IntakeRow, intake.id)
        row.report = []
        work.journal.record("draft.seal-asked", intake.id, {"version": draft.version}, unit=row.unit)
        return job

    return ports.works.perform(actor, ask)


def seal_draft(ports: TakeIn, actor: Actor, intake_id: IntakeId, progress: Progress | None = None) -> Receipt:
    """Files and seals a draft 组卷封存 (article 24); once sealed, gives the receipt again.

    Raises one Refusal with every reason found, keeps it as the draft's report, and leaves the draft to be mended.
    """
    with ports.works.work(actor) as work:
        row = own_intake(work, intake_id)
    intake = Intake(IntakeId(row.id), CaseId(row.case_id))
    with ports.holdings.store.growing(object_id(intake.case_id), wait=False) as held:
        if not held:
            raise Refusal("ingest.draft-busy")
        with ports.works.work(actor) as work:
            state = own_intake(work, intake_id).state
        if state == TakeInState.ARRANGING:
            return _file(ports, actor, intake, progress or Silent())
        if state == TakeInState.ACCEPTED:
            finish_seal(ports, actor, intake)
        elif state != TakeInState.SEALED:
            raise Refusal("ingest.draft-closed", state=state)
        return receipt_of_case(ports, actor, intake.case_id)


def _file(ports: TakeIn, actor: Actor, intake: Intake, told: Progress) -> Receipt:
    drop_unkept(ports, actor, intake)
    try:
        judged = judge_draft(ports, actor, intake.id)
        if judged.sip is None or judged.problems:
            raise Rejected(list(judged.problems))
        return file_case(ports, actor, intake, judged.sip, judged.received, told)
    except Rejected as rejected:
        raise _send_back(ports, actor, intake, rejected.problems) from None
    except Refusal as refusal:
        raise _send_back(ports, actor, intake, to_problems(refusal)) from refusal


def _send_back(ports: TakeIn, actor: Actor, intake: Intake, problems: Sequence[Problem]) -> Refusal:
    """The report of a draft that cannot be sealed yet; of a state secret that may not be here nothing else is left."""
    if not ports.secrets_allowed and any(problem.code.startswith("ingest.secret-") for problem in problems):
        return refuse(ports, actor, intake, problems)

    def keep(work: Work) -> None:
        row = work.session.get_one(IntakeRow, intake.id)
        if row.state != TakeInState.ARRANGING:  # in custody already: what was refused came after that
            return
        keep_report(ports, row, problems, with_words=True)
        codes = sorted({problem.code for problem in problems})
        work.journal.record("draft.refused", row.id, {"codes": codes}, unit=row.unit)

    ports.works.perform(actor, keep)
    with ports.works.work(actor) as work:
        arranging = work.session.get_one(IntakeRow, intake.id).state == TakeInState.ARRANGING
    if arranging:
        drop_unkept(ports, actor, intake)
    return Refusal.join(to_refusal(problem, intake.id) for problem in problems) or Refusal("ingest.items-missing")


def seal_next(ports: TakeIn, owner: str, after: Callable[[], object] = lambda: None) -> bool:
    """Seals the next draft for whoever asked for it, as that person stands now; False when none waits.

    ``after`` is called once a case was sealed (the order of the ledger). What breaks is tried again.
    """
    with ports.works.work(_ACTOR) as work:
        job = jobs.lease(work.session, [JOB], owner, work.now)
        if job is None:
            return False
        job_id, intake_id = job.id, IntakeId(str(job.payload["intake_id"]))
        actor = find_actor(work.session, PersonId(str(job.payload["person_id"])))
    error, retry = "", False
    try:
        with hold_lease(ports, _ACTOR, job_id, owner) as held:
            seal_draft(ports, actor, intake_id, held)
        after()
    except Refusal as refusal:
        error = name_fault(refusal)
    except Exception as fault:  # noqa: BLE001  whatever breaks one draft must not keep the others waiting
        error, retry = name_fault(fault), True

    def end(work: Work) -> None:
        if not error:
            jobs.finish(work.session, job_id, owner, work.now, {})
        else:
            jobs.fail(work.session, job_id, owner, work.now, error, retry=retry)
            free_drafts(work)

    ports.works.perform(_ACTOR, end)
    return not retry


def free_drafts(work: Work) -> None:
    """Drafts whose job has ended without a seal can be changed again."""
    live = select(JobRow.id).where(JobRow.state.in_(("queued", "leased")))
    wanted = select(DraftRow).where(DraftRow.seal_job != "", DraftRow.seal_job.not_in(live))
    for draft in work.session.scalars(wanted):
        draft.seal_job = ""
