"""Four-property checks of kept cases 长期保存与移交四性检测: every layer verified, every description read again.

The report is sealed in an evidence object of its own; the case's object does not change. Nothing is refused for what is
found: a fault in a kept case is an incident, and it is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from archive.kernel.actor import Actor
from archive.kernel.clock import legal_date
from archive.kernel.ids import CaseId
from archive.kernel.refusals import Refusal
from archive.keys.wraps import KeyDamaged
from archive.ports import Holdings, object_id
from archive.rules.four_properties import (
    Answer,
    Checkpoint,
    CheckResult,
    Fault,
    Judgement,
    Result,
    blocking,
    results_of,
)
from archive.rules.property_content import joined, receipt_answers
from archive.rules.property_layers import layer_answers
from archive.service.assembling import seal_facts
from archive.service.dossier import Dossier, get_case_row, load_dossier
from archive.service.evidence import seal_reports, settle_evidence
from archive.service.four_properties import Results, described, held_of, receipt_of, subject_of, whole_elsewhere
from archive.service.property_papers import PaperHead
from archive.service.sealing import head_of
from archive.service.verifying import Anchors, verify_case
from archive.tables import CaseRow
from archive.terms import LayerResult, SealState, Tier

_DAMAGED = (KeyDamaged, ValueError, KeyError, TypeError)


@dataclass(frozen=True, slots=True)
class PropertyRun:
    """What one check of a kept case came to 检测结论; ``results`` are those that every reader of the case may see."""

    case_id: CaseId
    reference_code: str
    checkpoint: Checkpoint
    at: datetime
    results: tuple[CheckResult, ...]
    evidence_id: str

    @property
    def failed(self) -> tuple[str, ...]:
        """The ids that failed."""
        return tuple(line.id for line in self.results if line.result is Result.FAIL)

    @property
    def grave(self) -> tuple[str, ...]:
        """Those of them that would stop a seal or an acceptance."""
        return tuple(dict.fromkeys(line.id for line, _ in blocking(self.results)))


def check_kept(
    holdings: Holdings,
    actor: Actor,
    case_id: CaseId,
    checkpoint: Checkpoint,
    anchors: Anchors,
    judged: Mapping[str, Judgement] | None = None,
) -> PropertyRun:
    """Checks a sealed case and keeps the report as sealed evidence, journaled 四性检测.

    Asks the guard for VERIFY, as verification does; shows no content. ``judged`` holds what a person found of the items
    that people judge. While a tier is locked its descriptions are pending. Refuses a case that is not sealed, and
    ``archive.evidence-unsealed`` while signer or time-stamp authority are away.
    """
    if checkpoint is Checkpoint.FILING:
        raise ValueError("the check at filing is part of sealing")
    settle_evidence(holdings, actor)
    layers = verify_case(holdings, actor, case_id, anchors, deep=True)
    with holdings.works.work(actor) as work:
        row, at = get_case_row(work, case_id), work.now
        if row.state != SealState.SEALED:
            raise Refusal("archive.case-not-sealed", reference=row.reference_code)
    dossier, why = _dossier(holdings, actor, case_id)
    answers = _answers(holdings, actor, dossier, why, layers, at)
    results: Results = {
        tier: results_of(checkpoint, found, judged or {}, holdings.agent, at, actor.name)
        for tier, found in answers.items()
    }
    evidence_id = seal_reports(holdings, actor, row, _head(holdings, actor, row, dossier, at), checkpoint, results, at)
    return PropertyRun(case_id, row.reference_code, checkpoint, at, results[Tier.GENERAL], evidence_id)


def _dossier(holdings: Holdings, actor: Actor, case_id: CaseId) -> tuple[Dossier | None, Fault]:
    """The descriptions, or why they cannot be read; damage is a finding here, not a fault of the house."""
    try:
        with holdings.works.work(actor) as work:
            return load_dossier(work, holdings, case_id), Fault("unreachable")
    except Refusal as refusal:
        if refusal.code != "archive.tier-locked":
            raise
        return None, Fault("tier-locked", "", str(refusal.facts.get("tier", "")))
    except _DAMAGED as error:
        return None, Fault("unreachable", "", type(error).__name__)


def _answers(
    holdings: Holdings, actor: Actor, dossier: Dossier | None, why: Fault, layers: tuple[LayerResult, ...], at: datetime
) -> dict[Tier, dict[str, Answer]]:
    whole = layer_answers(layers)
    if dossier is None:
        answer = Answer((why,)) if why.code == "unreachable" else Answer((), (why,))
        return {Tier.GENERAL: joined(whole, {"3-2": answer})}
    version, on = dossier.row.version, legal_date(at)
    facts = seal_facts(holdings, actor, dossier, version, at)
    found: dict[Tier, dict[str, Answer]] = {}
    for tier in dossier.tiers:
        subject = subject_of(holdings, dossier, tier, version, on)
        own = described(dossier, dossier, facts, tier, subject)
        # the verdict on malware is that of the day of receipt: nobody scanned again
        old = {"4-2": Answer((), (Fault("scanned-before"),), absent=not subject.items)} if subject.items else {}
        receipt = receipt_answers(held_of(dossier), receipt_of(holdings, dossier))
        found[tier] = joined(own, old, *((whole, receipt) if tier is Tier.GENERAL else (whole_elsewhere(),)))
    return found


def _head(holdings: Holdings, actor: Actor, row: CaseRow, dossier: Dossier | None, at: datetime) -> PaperHead:
    if dossier is not None:
        return head_of(dossier, seal_facts(holdings, actor, dossier, row.version, at))
    code = row.reference_code if row.level == 0 else ""
    trial = holdings.trial or holdings.sealing.trial
    title, tier = "（题名待解锁）", Tier(row.tier)
    return PaperHead(object_id(CaseId(row.id)), row.version, holdings.bureau.name, title, code, code, tier, trial)
