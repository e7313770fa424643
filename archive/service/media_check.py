"""Checking recordings to the end 音像全程检查: what take-in only looked at is decoded later, part by part, resumable.

The sealed object does not change: what was found lies beside it under the key class of the item. A part is kept as
soon as it was decoded, so a killed worker loses two minutes of a recording, however long it is.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from pydantic import TypeAdapter
from sqlalchemy import select

from archive.facts import ItemFacts
from archive.kernel import jobs
from archive.kernel.actor import machine_actor
from archive.kernel.guard import Action, Purpose
from archive.kernel.ids import CaseId, ItemId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import Holdings
from archive.renditions.media import PART_S, check_part
from archive.renditions.media_terms import PartFacts
from archive.renditions.recordings import join_parts, media_findings, wave_step, whole_facts
from archive.renditions.terms import Finding, MediaFacts
from archive.renditions.workshop import probe_media
from archive.service.columns import Columns
from archive.service.reading import find_file, open_file
from archive.service.seeing import item_target
from archive.service.staging import SealedSource
from archive.tables import CaseRow, ItemRow, ItemWorkRow
from archive.terms import Role, SealState, Tier

KIND = "recording"
JOB = "item.check-recording"
CHECKED = "recording.checked"
_ACTOR = machine_actor("recording-checker", "recordings that take-in did not decode to the end")
_REFUSED_MOST = 20
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class CheckState:
    """How far one recording was checked 检查进度: what the first look said, and all parts since as one."""

    quick: MediaFacts
    checked: PartFacts | None = None

    @property
    def facts(self) -> MediaFacts:
        """The facts as known now."""
        return self.quick if self.checked is None else whole_facts(self.quick, self.checked)

    @property
    def done(self) -> bool:
        """Whether the end was reached."""
        return self.checked is not None and self.checked.ended


@dataclass(frozen=True, slots=True)
class CheckedRecording:
    """What the later check tells of a recording 后续检查结果; ``whole`` once its end was reached."""

    facts: MediaFacts
    findings: tuple[Finding, ...]
    whole: bool
    state: str


_STATE: TypeAdapter[CheckState] = TypeAdapter(CheckState)


def survey(work: Work, holdings: Holdings, most: int = 100) -> int:
    """Looks at sealed recordings that nobody looked at yet and queues a job for each that take-in did not decode to
    its end; how many looked at. Those of a locked tier wait until it is unlocked.
    """
    tiers = [str(tier) for tier in Tier if holdings.keys.is_unlocked(tier)]
    seen = select(ItemWorkRow.item_id).where(ItemWorkRow.kind == KIND)
    wanted = (
        select(ItemRow)
        .join(CaseRow, CaseRow.id == ItemRow.case_id)
        .where(CaseRow.state == SealState.SEALED, ItemRow.kind == "recording")
        .where(ItemRow.tier.in_(tiers), ItemRow.id.not_in(seen))
        .order_by(ItemRow.id)
        .limit(most)
    )
    rows = work.session.scalars(wanted).all()
    for row in rows:
        facts = Columns(holdings, CaseId(row.case_id), sealed=True).read(
            ItemFacts, row.id, Tier(row.tier), row.facts_enc
        )
        needed = any(finding.code == "media-not-checked-whole" for finding in facts.findings)
        length = facts.media.declared_ms or facts.media.decoded_ms if facts.media is not None else 0
        state = "waiting" if needed else "needless"
        work.session.add(
            ItemWorkRow(
                item_id=row.id, kind=KIND, case_id=row.case_id, state=state, total=length or 0, updated_at=work.now
            )
        )
        if needed:
            jobs.enqueue(work.session, JOB, {"item_id": row.id}, work.now)
    return len(rows)


def queue_waiting(holdings: Holdings) -> int:
    """``survey`` as the checker itself, in a transaction of its own."""
    with holdings.works.work(_ACTOR) as work:
        return survey(work, holdings)


def checked_recording(work: Work, holdings: Holdings, item_id: ItemId) -> CheckedRecording | None:
    """What the later check of a recording tells so far 后续检查; None where there was none or its tier is locked.

    Asks the guard.
    """
    item, row = work.session.get(ItemRow, item_id), work.session.get(ItemWorkRow, (item_id, KIND))
    if item is None or row is None or not row.facts_enc or not holdings.keys.is_unlocked(Tier(item.tier)):
        return None
    work.require(Action.READ, item_target(item))
    state = _read(holdings, item, row)
    return CheckedRecording(state.facts, media_findings(state.facts), state.done, row.state)


def check_next(holdings: Holdings, owner: str, tell: Progress | None = None, seconds: float = PART_S) -> bool:
    """Checks the next recording that waits, from where it was left to its end; False when none waits.

    A part that cannot be decoded counts as damaged and the next one is tried; a locked tier gives the job back; a
    lost lease stops the work.
    """
    with holdings.works.work(_ACTOR) as work:
        job = jobs.lease(work.session, [JOB], owner, work.now)
        if job is None:
            return False
        job_id, item_id = job.id, ItemId(job.payload["item_id"])
    error, finished = "", False
    try:
        finished = _Checking(holdings, job_id, owner, item_id, tell, seconds).go()
    except Refusal as refusal:
        error = refusal.code
    with holdings.works.work(_ACTOR) as work:
        if finished:
            _finish(work, holdings, job_id, owner, item_id)
        elif error:
            waits = error == "archive.tier-locked"
            jobs.fail(work.session, job_id, owner, work.now, error, retry=waits)
            if not waits:
                work.session.get_one(ItemWorkRow, (item_id, KIND)).state = "failed"
    return True


@dataclass
class _Checking:
    """One recording under way."""

    holdings: Holdings
    job_id: str
    owner: str
    item_id: ItemId
    tell: Progress | None
    seconds: float
    refused: int = 0

    def go(self) -> bool:
        """Whether the recording is checked to its end; False when the lease was lost or the case is gone."""
        with self.holdings.works.work(_ACTOR) as work:
            item = self._item(work)
            if item is None:
                jobs.finish(work.session, self.job_id, self.owner, work.now, {"gone": True})
                return False
            row = work.session.get_one(ItemWorkRow, (self.item_id, KIND))
            state = _read(self.holdings, item, row) if row.facts_enc else None
            file_id = find_file(work, self.item_id, Role.ORIGINAL)
            source = open_file(work, self.holdings, file_id, Purpose.MAINTENANCE)
        with closing(source):
            state = state or CheckState(probe_media(source, seconds=0)[0])
            while not state.done:
                state = self._next(source, state)
                if not self._keep(state):
                    return False
        return True

    def _next(self, source: SealedSource, state: CheckState) -> CheckState:
        start = state.checked.until_ms if state.checked is not None else 0
        try:
            part = check_part(source, start, self.seconds, step_ms=wave_step(state.quick.declared_ms))
        except Refusal as refusal:
            self.refused += 1
            if refusal.code == "archive.tier-locked" or self.refused > _REFUSED_MOST:
                raise
            part = _undecodable(state, start, start + round(self.seconds * 1000))
        return CheckState(state.quick, part if state.checked is None else join_parts(state.checked, part))

    def _keep(self, state: CheckState) -> bool:
        with self.holdings.works.work(_ACTOR) as work:
            item = self._item(work)
            if item is None or state.checked is None:
                return False
            row = work.session.get_one(ItemWorkRow, (self.item_id, KIND))
            row.done, row.refused, row.updated_at = state.checked.until_ms, self.refused, work.now
            row.total = max(row.total, row.done)
            columns = Columns(self.holdings, CaseId(item.case_id), sealed=True)
            row.facts_enc = columns.write_text(_binding(item), Tier(item.tier), _STATE.dump_json(state).decode())
            # a job counts in plain integers of its own table: seconds, of which a lifetime of film has few enough
            done, total = row.done // 1_000, row.total // 1_000
            held = jobs.renew(work.session, self.job_id, self.owner, work.now, done, total, f"second {done}")
        if held and self.tell is not None:
            self.tell(self.item_id, done, total)
        return held

    def _item(self, work: Work) -> ItemRow | None:
        item = work.session.get(ItemRow, self.item_id)
        if item is None or work.session.get_one(CaseRow, item.case_id).state != SealState.SEALED:
            return None
        return item


def _undecodable(state: CheckState, start: int, end: int) -> PartFacts:
    """A part whose reader broke: an error at its beginning; the last one where the recording ends with it."""
    length = state.quick.declared_ms or state.quick.decoded_ms or 0
    return PartFacts(start, end, ended=end >= length, tracks=(), decode_errors=1, error_at_ms=(start,))


def _finish(work: Work, holdings: Holdings, job_id: str, owner: str, item_id: ItemId) -> None:
    row, item = work.session.get_one(ItemWorkRow, (item_id, KIND)), work.session.get_one(ItemRow, item_id)
    codes = sorted({finding.code for finding in media_findings(_read(holdings, item, row).facts)})
    if not jobs.finish(work.session, job_id, owner, work.now, {"findings": len(codes)}):
        return
    row.state, row.updated_at = "done", work.now
    facts = {"item": item_id, "findings": codes, "refused": row.refused}
    work.journal.record(CHECKED, item.case_id, facts, tier=item.tier, unit=item.unit)


def _read(holdings: Holdings, item: ItemRow, row: ItemWorkRow) -> CheckState:
    columns = Columns(holdings, CaseId(item.case_id), sealed=True)
    return _STATE.validate_json(columns.read_text(_binding(item), Tier(item.tier), row.facts_enc))


def _binding(item: ItemRow) -> str:
    """What the ciphertext is bound to: the item and what was done with it."""
    return f"{item.id}/{KIND}"
