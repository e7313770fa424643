"""Normalise 转换: PDF/A and page text of papers and pictures, probe and poster of recordings; the original stays.

Every foreign byte is opened only in a limited child. What cannot be rendered yet is kept as original and says so.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict, dataclass

from archive.drafts import DraftFile, DraftItem
from archive.facts import FindingFacts, ItemFacts, MediaFacts, ProvenanceFacts
from archive.kernel.ids import ItemId, new_id
from archive.kernel.refusals import Refusal
from archive.renditions.recordings import media_findings
from archive.renditions.terms import Finding, Inspection, Kind, PageText, PdfARendition, Reliability
from archive.renditions.workshop import extract_text, inspect, make_pdfa, probe_media
from archive.service.staging import SealedSource, StagedFile, Staging
from archive.terms import Role
from ingest.adapters.signatures import check_signatures
from ingest.ports import TakeIn
from ingest.rules.marks import highest_mark
from ingest.rules.names import printable
from ingest.service.intakes import to_problems
from ingest.service.receive import Received
from ingest.terms import Problem, SipItem


@dataclass(frozen=True, slots=True)
class Normalised:
    """One item ready for accession 已转换件, or what is wrong with it."""

    item: DraftItem | None
    problems: tuple[Problem, ...] = ()


@dataclass
class _Made:
    """What has been made of one item so far."""

    item: SipItem
    files: list[DraftFile]
    facts: ItemFacts
    pages: int = 0
    rendition: str = "original-only"
    kind: str = "other"

    def note(self, words: str) -> None:
        """Says in the description why there is no rendition."""
        told = "；".join(text for text in (self.facts.rendition_note, words) if text)
        self.facts = self.facts.model_copy(update={"rendition_note": told})

    def find(self, *findings: FindingFacts) -> None:
        """Keeps findings with the item."""
        self.facts = self.facts.model_copy(update={"findings": (*self.facts.findings, *findings)})


def normalise_item(ports: TakeIn, staging: Staging, item: SipItem, received: dict[str, Received]) -> Normalised:
    """The item with all its files. A file that cannot be opened is a problem with file, page and reason."""
    first = item.files[0].path
    facts = item.facts.model_copy(update={"original_name": first, "malware": received[first].malware})
    made = _Made(item, [], facts)
    problems: list[Problem] = []
    for number, listed in enumerate(item.files):
        got = received[listed.path]
        with closing(staging.open(got.staged.id, got.staged.size)) as source:
            try:
                seen = inspect(source, listed.path)
            except Refusal as refusal:
                problems += to_problems(refusal, listed.path)
                continue
            made.files.append(_draft(ports, got.staged, Role.ORIGINAL, listed.path, seen.format.media_type))
            problems += _admissible(seen, listed.path)
            if not problems:
                take = _render if number == 0 else _attach
                problems += take(ports, staging, made, source, seen, listed.path)
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
        item.volume,
    )
    return Normalised(draft)


def _admissible(seen: Inspection, name: str) -> list[Problem]:
    if seen.format.kind is Kind.PROGRAM:
        return [Problem("ingest.program-refused", name, facts={"format": seen.format.name})]
    if seen.encrypted:
        return [Problem("ingest.file-encrypted", name, facts={"format": seen.format.name})]
    return []


def _render(
    ports: TakeIn, staging: Staging, made: _Made, source: SealedSource, seen: Inspection, name: str
) -> list[Problem]:
    made.facts = made.facts.model_copy(
        update={
            "format_name": seen.format.name,
            "pronom": seen.format.pronom,
            "media_type": seen.format.media_type,
            "findings": _facts(seen.findings),
            "photo": {k: str(v) for k, v in asdict(seen.exif).items() if v not in ("", None)} if seen.exif else {},
        }
    )
    if seen.format.kind is Kind.AV:
        return _render_media(ports, staging, made, source, name)
    if seen.format.media_type in _CONVERTIBLE:
        return _render_pages(ports, staging, made, source, seen, name)
    made.kind = "paper" if seen.format.kind in (Kind.OFFICE, Kind.DOCUMENT, Kind.TEXT) else "other"
    made.note(f"尚不能转换为 PDF/A：{seen.format.name}，仅封存原件")
    return _judge_marks(ports, made, name, _plain_text(source, seen))


def _attach(
    ports: TakeIn, staging: Staging, made: _Made, source: SealedSource, seen: Inspection, name: str
) -> list[Problem]:
    """Further files of an item are kept as originals; what they say of secrecy counts all the same."""
    made.note(f"附件 {printable(name)} 仅封存原件")
    return _judge_marks(ports, made, name, _read_pages(made, source, seen, name) or _plain_text(source, seen))


_CONVERTIBLE = frozenset({"application/pdf", "image/jpeg", "image/png", "image/tiff"})
_LARGEST_TEXT = 16 * 1024 * 1024
_KEPT_UNCONVERTED = {"archive.rendition-unfaithful", "archive.format-unconvertible"}
_KEPT_HEAVY = {"pages", "pixels", "bytes", "time", "memory", "output"}


def _render_pages(
    ports: TakeIn, staging: Staging, made: _Made, source: SealedSource, seen: Inspection, name: str
) -> list[Problem]:
    made.kind = "photo" if seen.format.kind is Kind.IMAGE else "paper"
    if seen.signed:
        made.facts = made.facts.model_copy(update={"signatures": check_signatures(source)})
        made.note("原件有电子签名，PDF/A 仅供浏览，原件为准")
    try:
        rendered = make_pdfa(source, seen, viewing=seen.signed)
    except Refusal as refusal:
        if refusal.code not in _KEPT_UNCONVERTED and refusal.facts.get("reason") not in _KEPT_HEAVY:
            return to_problems(refusal, name)
        return _keep_unconverted(ports, made, source, seen, name, refusal)
    problems = _judge_marks(ports, made, name, [(page.number, page.text) for page in rendered.pages])
    if problems:
        return problems
    made.files.append(_stage(ports, staging, Role.PDFA, f"{name}.pdfa.pdf", "application/pdf", rendered.pdf))
    if any(page.text for page in rendered.pages):
        text = json.dumps({"pages": [_plain(page) for page in rendered.pages]}, ensure_ascii=False).encode()
        made.files.append(_stage(ports, staging, Role.TEXT, f"{name}.text.json", "application/json", text))
    made.pages, made.rendition = len(rendered.pages), "pdfa"
    made.facts = made.facts.model_copy(
        update={
            "text_reliable": all(page.reliability is Reliability.RELIABLE for page in rendered.pages),
            "provenance": _provenance(rendered),
        }
    )
    made.find(*_facts(rendered.provenance.findings))
    return []


def _keep_unconverted(
    ports: TakeIn, made: _Made, source: SealedSource, seen: Inspection, name: str, refusal: Refusal
) -> list[Problem]:
    """A readable file that no faithful PDF/A can be made of is kept as it came, and waits for a person."""
    page = refusal.facts.get("page")
    made.note(f"未能转换为 PDF/A：{refusal.facts.get('reason_zh', refusal.code)}，仅封存原件")
    detail = str(refusal.facts.get("reason", ""))
    made.find(FindingFacts(code="not-converted", detail=detail, page=page if isinstance(page, int) and page else None))
    made.pages = seen.pages
    return _judge_marks(ports, made, name, _read_pages(made, source, seen, name))


def _judge_marks(ports: TakeIn, made: _Made, name: str, pages: list[tuple[int, str]]) -> list[Problem]:
    """State-secret marks in the text: none in an ordinary installation, none above the item's own marking elsewhere."""
    page, level, mark = highest_mark(pages)
    if level and not ports.secrets_allowed:
        return [Problem("ingest.secret-found", name, page, {"mark": mark})]
    if level > made.item.marking.level:
        return [Problem("ingest.mark-above-marking", name, page, {"mark": mark})]
    return []


def _read_pages(made: _Made, source: SealedSource, seen: Inspection, name: str) -> list[tuple[int, str]]:
    """The text of a PDF. Where it cannot be read nobody has looked for marks of secrecy, and the item says so."""
    if seen.format.media_type != "application/pdf":
        return []
    try:
        return [(page.number, page.text) for page in extract_text(source)]
    except Refusal as refusal:
        why = str(refusal.facts.get("reason", refusal.code))
        made.find(FindingFacts(code="marks-unchecked", detail=f"{printable(name)}: {why}"[:300]))
        return []


def _plain_text(source: SealedSource, seen: Inspection) -> list[tuple[int, str]]:
    """The text of a plain text file; its encoding was told by the identification."""
    if seen.format.kind is not Kind.TEXT:
        return []
    data = source.read_at(0, min(source.size, _LARGEST_TEXT))
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    text = data.decode(encoding, "replace")
    return [(1, text), (1, data.decode("gb18030", "replace"))] if "\ufffd" in text else [(1, text)]


def _render_media(ports: TakeIn, staging: Staging, made: _Made, source: SealedSource, name: str) -> list[Problem]:
    made.kind, made.rendition = "recording", "media"
    try:
        facts, poster = probe_media(source)
    except Refusal as refusal:
        return to_problems(refusal, name)
    found = media_findings(facts)
    made.facts = made.facts.model_copy(
        update={
            "media": MediaFacts(
                container=facts.container,
                declared_ms=facts.declared_ms,
                decoded_ms=facts.decoded_ms,
                streams=tuple(asdict(stream) for stream in facts.streams),
                created=facts.created_at,
                device=" ".join(word for word in (facts.make, facts.model) if word),
                decode_errors=facts.decode_errors,
                complete=facts.deep and not found,
            )
        }
    )
    made.find(*_facts(found))
    if poster:
        made.files.append(_stage(ports, staging, Role.POSTER, f"{name}.poster.jpg", "image/jpeg", poster))
    return []


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
