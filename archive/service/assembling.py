"""Assembling 汇编: the generated pages and inner manifests of a version, staged under the keys of their tiers."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from archive.kernel.actor import Actor
from archive.kernel.canonical import canonical
from archive.kernel.clock import to_rfc3339
from archive.ledger.rules.notes import parse_checkpoint, parse_note
from archive.pages.render import render
from archive.pages.terms import CheckpointMark, KeyMark
from archive.ports import Holdings, object_id
from archive.rules.inner import InnerCase, inner_manifest
from archive.rules.markings import to_json
from archive.rules.numbering import retention_words
from archive.service.dossier import Dossier
from archive.service.papers import Paper, SealFacts, certificate_facts, description_papers
from archive.service.staging import StagedFile, Staging
from archive.terms import Role, StoredFile, Tier


def seal_facts(holdings: Holdings, actor: Actor, dossier: Dossier, version: int, at: datetime) -> SealFacts:
    """What the seal certificate says of a seal 封存事实; the checkpoint is not known yet and is put in later."""
    signer, stamper = holdings.sealing.signer, holdings.sealing.stamper
    keys = tuple(
        KeyMark(use=use, holder=part.name, fingerprint=hashlib.sha256(part.certificate_chain()[0]).hexdigest())
        for use, part in (("封存签名", signer), ("时间戳", stamper))
    )
    return SealFacts(
        object_id=object_id(dossier.case_id),
        version=version,
        sealed_at=at,
        sealed_by=actor.name,
        keys=keys,
        checkpoint=CheckpointMark(origin="", size=0, root=""),
        witness=holdings.witness,
        bureau_name=holdings.bureau.name,
        fonds_no=holdings.bureau.fonds_no,
        catalogue_no=holdings.bureau.catalogue,
        retention=retention_words(dossier.row.series.rpartition("·")[2]),
        trial=holdings.trial or holdings.sealing.trial,
    )


def checkpoint_mark(note: bytes) -> CheckpointMark:
    """A signed checkpoint as the certificate names it 检查点: origin, size, root in base64."""
    checkpoint = parse_checkpoint(parse_note(note).text)
    return CheckpointMark(
        origin=checkpoint.origin, size=checkpoint.size, root=base64.b64encode(checkpoint.root).decode("ascii")
    )


def make_papers(
    staging: Staging, dossier: Dossier, facts: SealFacts, reports: Sequence[StoredFile]
) -> list[StoredFile]:
    """Stages the generated pages 生成页: cover, contents list, note form, and the sealed certificate of each tier.

    ``reports`` are staged already: the certificates list them, and they are given back with the rest.
    """
    made = [stage_paper(staging, paper) for paper in description_papers(dossier, facts)]
    made += reports
    certified = [*dossier.files, *made]
    for tier in dossier.tiers:
        page = certificate_facts(dossier, facts, tier, certified)
        pdf = render(page, timestamp=facts.sealed_at, trial=facts.trial)
        sealed = staging.holdings.sealing.pdf_sealer.seal(pdf, "封存证明", {})
        made.append(stage_paper(staging, Paper(Role.CERTIFICATE, tier, "封存证明.pdf", sealed)))
    return made


def stage_paper(staging: Staging, paper: Paper, media_type: str = "application/pdf") -> StoredFile:
    """Encrypts one generated file into the growing version."""
    return _stored(staging, staging.add_bytes(paper.pdf), paper.role, paper.tier, paper.name, media_type)


def _stored(staging: Staging, staged: StagedFile, role: Role, tier: Tier, name: str, media_type: str) -> StoredFile:
    return StoredFile(
        staged.id,
        role,
        None,
        name,
        media_type,
        staged.size,
        staged.sha256,
        staged.stored_size,
        staged.stored_sha512,
        tier,
        staging.version,
    )


def make_manifests(
    staging: Staging, dossier: Dossier, facts: SealFacts, made: Sequence[StoredFile]
) -> list[StoredFile]:
    """Stages one inner manifest 内层清单 for each tier, over the received files and those in ``made``."""
    files = [*dossier.files, *made]
    manifests = []
    for tier in dossier.tiers:
        content = canonical(inner_of(dossier, facts, tier, files))
        paper = Paper(Role.INNER_MANIFEST, tier, f"inner-manifest-{tier}.json", content)
        manifests.append(stage_paper(staging, paper, "application/json"))
    return manifests


def inner_of(dossier: Dossier, facts: SealFacts, tier: Tier, files: Sequence[StoredFile]) -> dict[str, Any]:
    """The inner manifest 内层清单 of one tier over ``files``, as plain JSON."""
    own = tier is dossier.tier
    case = InnerCase(
        dossier.row.reference_code if own or dossier.row.level == 0 else "",
        dossier.row.unit,
        dossier.row.procedure,
        dossier.facts.plain() if own else None,
        dict(dossier.facts.marking) if own else None,
    )
    items = [
        {
            "item": item.row.id,
            "volume": volume.row.reference_code,
            "part": volume.row.part,
            "reference_code": item.row.reference_code,
            "sequence": item.row.sequence,
            "kind": item.row.kind,
            "pages": item.pages,
            "page_count": item.row.page_count,
            "rendition": item.row.rendition,
            "marking": to_json(item.marking),
            "facts": item.facts.plain(),
        }
        for volume in dossier.volumes
        for item in volume.items
        if item.tier is tier
    ]
    history = [
        {"version": note.version, "at": to_rfc3339(note.at), "by": note.made_by, "text": text}
        for note, text in dossier.notes
        if note.tier == tier
    ]
    return inner_manifest(
        object_id=facts.object_id,
        version=facts.version,
        tier=tier,
        case=case,
        files=files,
        items=items,
        findings=(),
        history=history,
    )
