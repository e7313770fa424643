"""Normalise 转换: PDF/A and page text of papers and pictures, probe and poster of recordings; the original stays.

Every foreign byte is opened only in a limited child. What cannot be rendered yet is kept as original and says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass

from archive.drafts import DraftItem
from archive.facts import ProvenanceFacts, SignatureFacts
from archive.kernel.ids import ItemId, new_id
from archive.kernel.refusals import Refusal
from archive.renditions.catalogue import EML, OFD
from archive.renditions.media_times import photo_findings
from archive.renditions.routes import route_of
from archive.renditions.terms import Finding, Inspection, Kind, PageText, PdfARendition, Reliability
from archive.renditions.workshop import extract_text, inspect, make_pdfa
from archive.service.staging import SealedSource, Staging
from archive.terms import Role
from ingest.adapters.signatures import check_signatures
from ingest.ports import TakeIn
from ingest.rules.marks import highest_mark
from ingest.rules.names import printable
from ingest.service.intakes import to_problems
from ingest.service.making import Made, draft, finding_facts, stage
from ingest.service.receive import Received
from ingest.service.recordings import render_recording
from ingest.terms import Problem, SipItem


@dataclass(frozen=True, slots=True)
class Normalised:
    """One item ready for accession 已转换件, or what is wrong with it."""

    item: DraftItem | None
    problems: tuple[Problem, ...] = ()


def normalise_item(ports: TakeIn, staging: Staging, item: SipItem, received: Mapping[str, Received]) -> Normalised:
    """The item with all its files. A file that cannot be opened is a problem with file, page and reason."""
    first = item.files[0].path
    facts = item.facts.model_copy(update={"original_name": first, "malware": received[first].malware})
    made = Made(item, [], facts)
    problems: list[Problem] = []
    for number, listed in enumerate(item.files):
        got = received[listed.path]
        with closing(staging.open(got.staged.id, got.staged.size)) as source:
            try:
                seen = inspect(source, listed.path)
            except Refusal as refusal:
                problems += to_problems(refusal, listed.path)
                continue
            made.files.append(draft(ports, got.staged, Role.ORIGINAL, listed.path, seen.format.media_type))
            problems += _admissible(seen, listed.path)
            if not problems:
                take = _render if number == 0 else _attach
                problems += take(ports, staging, made, source, seen, listed.path)
                _tell_enclosed(made, seen, listed.path)
    if problems:
        return Normalised(None, tuple(problems))
    ready = DraftItem(
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
    return Normalised(ready)


def _admissible(seen: Inspection, name: str) -> list[Problem]:
    if seen.format.kind is Kind.PROGRAM:
        return [Problem("ingest.program-refused", name, facts={"format": seen.format.name})]
    if seen.encrypted:
        return [Problem("ingest.file-encrypted", name, facts={"format": seen.format.name})]
    return []


def _tell_enclosed(made: Made, seen: Inspection, name: str) -> None:
    """What a letter has attached stays in the original unread: nobody has looked for marks of secrecy in it."""
    if seen.format == EML and seen.members:
        made.find(Finding("marks-unchecked", detail=f"{printable(name)}: {printable('、'.join(seen.members))}"))


def _render(
    ports: TakeIn, staging: Staging, made: Made, source: SealedSource, seen: Inspection, name: str
) -> list[Problem]:
    exif = {k: str(v) for k, v in asdict(seen.exif).items() if v not in ("", None)} if seen.exif else {}
    made.describe(
        format_name=seen.format.name,
        pronom=seen.format.pronom,
        media_type=seen.format.media_type,
        findings=finding_facts((*seen.findings, *photo_findings(seen.exif, made.facts.doc_date))),
        photo=exif,
    )
    if seen.format.kind is Kind.AV:
        return render_recording(ports, staging, made, source, seen.format.media_type, name)
    made.kind = _KINDS.get(seen.format.kind, "other")
    if route_of(seen.format) is not None:
        return _judge_marks(ports, made, name, _plain_text(source, seen)) or _render_pages(
            ports, staging, made, source, seen, name
        )
    made.note(f"不能转换为 PDF/A：{seen.format.name}，仅封存原件")
    return _judge_marks(ports, made, name, _plain_text(source, seen))


def _attach(
    ports: TakeIn, staging: Staging, made: Made, source: SealedSource, seen: Inspection, name: str
) -> list[Problem]:
    """Further files of an item are kept as originals; what they say of secrecy counts all the same."""
    made.note(f"附件 {printable(name)} 仅封存原件")
    return _judge_marks(ports, made, name, _read_pages(made, source, seen, name) or _plain_text(source, seen))


_KINDS = {Kind.IMAGE: "photo", Kind.DOCUMENT: "paper", Kind.OFFICE: "paper", Kind.TEXT: "paper"}
_LARGEST_TEXT = 16 * 1024 * 1024
_KEPT_UNCONVERTED = {"archive.rendition-unfaithful", "archive.format-unconvertible"}
_KEPT_HEAVY = {"pages", "pixels", "bytes", "time", "memory", "output"}


def _render_pages(
    ports: TakeIn, staging: Staging, made: Made, source: SealedSource, seen: Inspection, name: str
) -> list[Problem]:
    _tell_signatures(made, source, seen)
    try:
        rendered = make_pdfa(source, seen, viewing=seen.signed)
    except Refusal as refusal:
        if refusal.code not in _KEPT_UNCONVERTED and refusal.facts.get("reason") not in _KEPT_HEAVY:
            return to_problems(refusal, name)
        return _keep_unconverted(ports, made, source, seen, name, refusal)
    problems = _judge_marks(ports, made, name, [(page.number, page.text) for page in rendered.pages])
    if problems:
        return problems
    made.files.append(stage(ports, staging, Role.PDFA, f"{name}.pdfa.pdf", "application/pdf", rendered.pdf))
    if any(page.text for page in rendered.pages):
        text = json.dumps({"pages": [_plain(page) for page in rendered.pages]}, ensure_ascii=False).encode()
        made.files.append(stage(ports, staging, Role.TEXT, f"{name}.text.json", "application/json", text))
    made.pages, made.rendition = len(rendered.pages), "pdfa"
    made.describe(
        text_reliable=all(page.reliability is Reliability.RELIABLE for page in rendered.pages),
        provenance=_provenance(rendered),
    )
    made.find(*rendered.provenance.findings)
    return []


def _tell_signatures(made: Made, source: SealedSource, seen: Inspection) -> None:
    """What is known of the original's own signatures; those of an OFD are named and never called verified."""
    if seen.format == OFD:
        made.note("OFD 原件为准，PDF/A 仅供浏览")
        if seen.signed:
            made.describe(signatures=(SignatureFacts(indication="not-checked", detail=f"OFD {seen.signatures}"),))
            made.note("原件有电子签章，未经验证")
    elif seen.signed:
        made.describe(signatures=check_signatures(source))
        made.note("原件有电子签名，PDF/A 仅供浏览，原件为准")


def _keep_unconverted(
    ports: TakeIn, made: Made, source: SealedSource, seen: Inspection, name: str, refusal: Refusal
) -> list[Problem]:
    """A readable file that no faithful PDF/A can be made of is kept as it came, and waits for a person."""
    page = refusal.facts.get("page")
    made.note(f"未能转换为 PDF/A：{refusal.facts.get('reason_zh', refusal.code)}，仅封存原件")
    detail = str(refusal.facts.get("reason", ""))
    made.find(Finding("not-converted", page if isinstance(page, int) else 0, detail))
    made.pages = seen.pages
    return _judge_marks(ports, made, name, _read_pages(made, source, seen, name))


def _judge_marks(ports: TakeIn, made: Made, name: str, pages: list[tuple[int, str]]) -> list[Problem]:
    """State-secret marks in the text: none in an ordinary installation, none above the item's own marking elsewhere."""
    page, level, mark = highest_mark(pages)
    if level and not ports.secrets_allowed:
        return [Problem("ingest.secret-found", name, page, {"mark": mark})]
    if level > made.item.marking.level:
        return [Problem("ingest.mark-above-marking", name, page, {"mark": mark})]
    return []


def _read_pages(made: Made, source: SealedSource, seen: Inspection, name: str) -> list[tuple[int, str]]:
    """The text of a PDF, or of what is drawn as one: hypertext and letters too, whose bytes may be coded in many ways.
    Where it cannot be read nobody has looked for marks of secrecy, and the item says so.
    """
    route = route_of(seen.format)
    is_pdf = seen.format.media_type == "application/pdf"
    if not is_pdf and (route is None or route.rung is None or not route.inspect):
        return []
    try:
        pages = extract_text(source) if is_pdf else make_pdfa(source, seen, viewing=True).pages
        return [(page.number, page.text) for page in pages]
    except Refusal as refusal:
        why = str(refusal.facts.get("reason", refusal.code))
        made.find(Finding("marks-unchecked", detail=f"{printable(name)}: {why}"))
        return []


def _plain_text(source: SealedSource, seen: Inspection) -> list[tuple[int, str]]:
    """The text of a plain text file; its encoding was told by the identification."""
    if seen.format.kind is not Kind.TEXT:
        return []
    data = source.read_at(0, min(source.size, _LARGEST_TEXT))
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    text = data.decode(encoding, "replace")
    return [(1, text), (1, data.decode("gb18030", "replace"))] if "\ufffd" in text else [(1, text)]


def _provenance(rendered: PdfARendition) -> ProvenanceFacts:
    provenance = rendered.provenance
    return ProvenanceFacts(
        rung=str(provenance.rung),
        conformance=f"PDF/A-{rendered.conformance}",
        tools=tuple(f"{tool} {version}" for tool, version in provenance.tools),
        text_before=provenance.text_before,
        text_after=provenance.text_after,
    )


def _plain(page: PageText) -> dict[str, object]:
    return {**asdict(page), "reliability": str(page.reliability)}
