"""Normalise 转换: PDF/A and page text of papers and pictures, probe and poster of recordings; the original stays.

Every foreign byte is opened only in a limited child. What cannot be rendered yet is kept as original and says so.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict, dataclass

from archive.drafts import DraftFile, DraftItem
from archive.facts import FindingFacts, ItemFacts, MediaFacts, ProvenanceFacts, SignatureFacts
from archive.kernel.ids import ItemId, new_id
from archive.kernel.refusals import Refusal
from archive.renditions.recordings import media_findings
from archive.renditions.terms import Finding, Inspection, Kind, PageText, PdfARendition, Reliability
from archive.renditions.workshop import inspect, make_pdfa, probe_media
from archive.seals.pdf_checks import verify_pdf
from archive.service.staging import SealedSource, StagedFile, Staging
from archive.terms import Role
from ingest.ports import TakeIn
from ingest.rules.plausible import find_secret_mark
from ingest.service.receive import Received
from ingest.terms import Problem, SipItem

LARGEST_SIGNED = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Normalised:
    """One item ready for accession 已转换件, or what is wrong with it."""

    item: DraftItem | None
    problems: tuple[Problem, ...] = ()


@dataclass
class _Made:
    """What has been made of one item so far."""

    files: list[DraftFile]
    facts: ItemFacts
    pages: int = 0
    rendition: str = "original-only"
    kind: str = "other"


def normalise_item(ports: TakeIn, staging: Staging, item: SipItem, received: dict[str, Received]) -> Normalised:
    """The item with all its files. A file that cannot be opened is a problem with file, page and reason."""
    first = item.files[0].path
    made = _Made([], item.facts.model_copy(update={"original_name": first, "malware": received[first].malware}))
    problems: list[Problem] = []
    for number, listed in enumerate(item.files):
        got = received[listed.path]
        with closing(staging.open(got.staged.id, got.staged.size)) as source:
            try:
                seen = inspect(source, listed.path)
            except Refusal as refusal:
                problems.append(_problem(refusal, listed.path))
                continue
            made.files.append(_draft(ports, got.staged, Role.ORIGINAL, listed.path, seen.format.media_type))
            if number == 0:
                problems += _render(ports, staging, made, source, seen, listed.path)
            elif seen.format.kind is Kind.PROGRAM:
                problems.append(Problem("ingest.program-refused", listed.path, facts={"format": seen.format.name}))
    if problems:
        return Normalised(None, tuple(problems))
    draft = DraftItem(
        ItemId(new_id("item")),
        item.part,
        made.kind,
        item.marking,
        made.facts,
        tuple(made.files),
        made.pages,
        made.rendition,
    )
    return Normalised(draft)


def _render(
    ports: TakeIn, staging: Staging, made: _Made, source: SealedSource, seen: Inspection, name: str
) -> list[Problem]:
    found = [FindingFacts(code=f.code, detail=f.detail[:300], page=f.page or None) for f in seen.findings]
    made.facts = made.facts.model_copy(
        update={
            "format_name": seen.format.name,
            "pronom": seen.format.pronom,
            "media_type": seen.format.media_type,
            "findings": tuple(found),
            "photo": {k: str(v) for k, v in asdict(seen.exif).items() if v not in ("", None)} if seen.exif else {},
        }
    )
    if seen.format.kind is Kind.PROGRAM:
        return [Problem("ingest.program-refused", name, facts={"format": seen.format.name})]
    if seen.encrypted:
        return [Problem("ingest.file-encrypted", name, facts={"format": seen.format.name})]
    if seen.format.kind is Kind.AV:
        return _render_media(ports, staging, made, source, name)
    if seen.format.kind in (Kind.DOCUMENT, Kind.IMAGE) and seen.format.media_type in _CONVERTIBLE:
        return _render_pages(ports, staging, made, source, seen, name)
    made.kind = "paper" if seen.format.kind in (Kind.OFFICE, Kind.DOCUMENT, Kind.TEXT) else "other"
    made.facts = made.facts.model_copy(update={"rendition_note": f"尚不能转换为 PDF/A：{seen.format.name}，仅封存原件"})
    return []


_CONVERTIBLE = frozenset({"application/pdf", "image/jpeg", "image/png", "image/tiff"})


def _render_pages(
    ports: TakeIn, staging: Staging, made: _Made, source: SealedSource, seen: Inspection, name: str
) -> list[Problem]:
    made.kind = "photo" if seen.format.kind is Kind.IMAGE else "paper"
    if seen.signed:
        made.facts = made.facts.model_copy(update={"signatures": _signatures(source)})
    try:
        rendered = make_pdfa(source, seen, viewing=seen.signed)
    except Refusal as refusal:
        return [_problem(refusal, name)]
    mark = next(((p.number, m) for p in rendered.pages if (m := find_secret_mark(p.text))), None)
    if mark is not None and not ports.secrets_allowed:
        return [Problem("ingest.secret-found", name, mark[0], {"mark": mark[1]})]
    note = "原件有电子签名，PDF/A 仅供浏览，原件为准" if seen.signed else ""
    made.files.append(_stage(ports, staging, Role.PDFA, f"{name}.pdfa.pdf", "application/pdf", rendered.pdf))
    if any(page.text for page in rendered.pages):
        text = json.dumps({"pages": [_plain(page) for page in rendered.pages]}, ensure_ascii=False).encode()
        made.files.append(_stage(ports, staging, Role.TEXT, f"{name}.text.json", "application/json", text))
    made.pages, made.rendition = len(rendered.pages), "pdfa"
    made.facts = made.facts.model_copy(
        update={
            "rendition_note": note,
            "text_reliable": all(page.reliability is Reliability.RELIABLE for page in rendered.pages),
            "provenance": _provenance(rendered),
            "findings": (*made.facts.findings, *_facts(rendered.provenance.findings)),
        }
    )
    return []


def _render_media(ports: TakeIn, staging: Staging, made: _Made, source: SealedSource, name: str) -> list[Problem]:
    made.kind, made.rendition = "recording", "media"
    try:
        facts, poster = probe_media(source)
    except Refusal as refusal:
        return [_problem(refusal, name)]
    found = media_findings(facts)
    made.facts = made.facts.model_copy(
        update={
            "media": MediaFacts(
                container=facts.container,
                declared_ms=facts.declared_ms,
                decoded_ms=facts.decoded_ms,
                streams=tuple(asdict(stream) for stream in facts.streams),
                created=facts.created_at,
                decode_errors=facts.decode_errors,
                complete=facts.deep and not found,
            ),
            "findings": (*made.facts.findings, *_facts(found)),
        }
    )
    if poster:
        made.files.append(_stage(ports, staging, Role.POSTER, f"{name}.poster.jpg", "image/jpeg", poster))
    return []


def _signatures(source: SealedSource) -> tuple[SignatureFacts, ...]:
    """Verdicts on the signatures a PDF brought with it; without anchors a good one is only intact."""
    if source.size > LARGEST_SIGNED:
        return (SignatureFacts(indication="not-checked", detail="too large"),)
    verdict = verify_pdf(source.whole())
    return tuple(
        SignatureFacts(
            field=each.field,
            signer=each.signer,
            signed_at=each.time.isoformat() if each.time else "",
            indication=str(each.indication),
            detail=", ".join(each.reasons),
        )
        for each in verdict.signatures
    )


def _provenance(rendered: PdfARendition) -> ProvenanceFacts:
    provenance = rendered.provenance
    return ProvenanceFacts(
        rung=str(provenance.rung),
        conformance=f"PDF/A-{rendered.conformance}",
        tools=tuple(f"{tool} {version}" for tool, version in provenance.tools),
        text_before=provenance.text_before,
        text_after=provenance.text_after,
    )


def _facts(findings: tuple[Finding, ...]) -> tuple[FindingFacts, ...]:
    return tuple(FindingFacts(code=f.code, detail=f.detail[:300], page=f.page or None) for f in findings)


def _plain(page: PageText) -> dict[str, object]:
    return {**asdict(page), "reliability": str(page.reliability)}


def _stage(ports: TakeIn, staging: Staging, role: Role, name: str, media_type: str, data: bytes) -> DraftFile:
    return _draft(ports, staging.add_bytes(data), role, name, media_type)


def _draft(ports: TakeIn, staged: StagedFile, role: Role, name: str, media_type: str) -> DraftFile:
    digest = ports.holdings.keys.keyed_digest("files", bytes.fromhex(staged.sha256))
    return DraftFile(
        staged.id, role, name, media_type, staged.size, staged.sha256, staged.stored_size, staged.stored_sha512, digest
    )


def _problem(refusal: Refusal, name: str) -> Problem:
    facts = dict(refusal.facts)
    page = facts.pop("page", 0)
    return Problem(refusal.code, name, page if isinstance(page, int) else 0, facts)
