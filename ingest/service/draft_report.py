"""Report of a draft 组卷检查: everything between it and the seal, as far as no file has to be opened for it.

The seal asks the same; what only the opened files can tell comes from the conversion on the way there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import select

from archive.kernel.actor import Actor
from archive.kernel.clock import legal_date
from archive.kernel.ids import CaseId, IntakeId
from archive.kernel.refusals import Refusal
from archive.service.describing import find_by_package
from ingest.ports import TakeIn
from ingest.profile.reading import read_description
from ingest.rules.contents import check_structure
from ingest.rules.names import printable
from ingest.service.checking import judge_sip
from ingest.service.draft_rows import cipher_of, own_intake
from ingest.service.drafts import described
from ingest.service.filing import against_digests, package_digest
from ingest.service.intakes import Intake
from ingest.service.judging import blocking, judge_described
from ingest.service.receive import Received, durable_files
from ingest.service.upload_rows import facts_of
from ingest.tables import DraftRow, UploadRow
from ingest.terms import Entry, Problem, RuleReport, Sip, UploadState


@dataclass(frozen=True, slots=True)
class Judged:
    """A draft as it stands 组卷检查结果: what was received, the submission when its description holds, all problems.

    ``rules``: how the case stands to the rules as it is described; None while it cannot be read.
    """

    intake: Intake
    received: dict[str, Received]
    sip: Sip | None
    problems: tuple[Problem, ...]
    rules: RuleReport | None = None


def judge_draft(ports: TakeIn, actor: Actor, intake_id: IntakeId) -> Judged:
    """Judges description, list of files, digests and unfinished uploads of a draft, all at once; changes nothing."""
    with ports.works.work(actor) as work:
        row = own_intake(work, intake_id)
        draft = work.session.get(DraftRow, row.id)
        if draft is None:
            raise Refusal("ingest.draft-closed", state=row.state)
        written = bool(draft.description_enc)
        data = json.dumps(described(ports, row, draft), ensure_ascii=False).encode()
        intake = Intake(IntakeId(row.id), CaseId(row.case_id))
        waiting = [
            facts_of(cipher_of(ports, intake.case_id), upload).name
            for upload in work.session.scalars(select(UploadRow).where(UploadRow.intake_id == row.id))
            if upload.state in (UploadState.RECEIVING, UploadState.UPLOADED)
        ]
    received = durable_files(ports, actor, intake)
    problems = [Problem("ingest.upload-unfinished", printable(name)) for name in sorted(waiting)]
    rules = None
    sip, found = read_description(data) if written else (None, [Problem("ingest.draft-undescribed")])
    problems += found
    if sip is not None:
        problems += _against_files(ports, sip, received)
        rules = judge_described(ports.settings, sip, legal_date(ports.works.clock.now()))
        problems += blocking(ports.settings, sip, rules)
        problems += _repeated(ports, actor, received) if received and not problems else []
    return Judged(intake, received, sip, tuple(problems), rules)


def _against_files(ports: TakeIn, sip: Sip, received: dict[str, Received]) -> list[Problem]:
    entries = tuple(Entry(name, got.staged.size) for name, got in sorted(received.items()))
    today = legal_date(ports.works.clock.now())
    found = check_structure(ports.settings.ingest, entries)
    found += judge_sip(sip, entries, today, secrets_allowed=ports.secrets_allowed)
    return found + against_digests(sip, received)


def _repeated(ports: TakeIn, actor: Actor, received: dict[str, Received]) -> list[Problem]:
    """The very same files in a case that exists; its number only to who may know of it."""
    with ports.works.work(actor) as work:
        known = find_by_package(work, ports.holdings, package_digest(ports, received))
    if known is None:
        return []
    return [Problem("archive.package-repeated", facts={"reference": known.reference_code})]
