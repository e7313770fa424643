"""Workshop of renditions 版本工坊: what ``ingest`` asks of a foreign file; every answer comes out of a limited child.

A file that cannot be taken is a Refusal with the reason and the page. Nothing here keeps state; calls may run at the
same time in several threads, each has a child of its own.
"""

from __future__ import annotations

import json
from dataclasses import replace

from pydantic import TypeAdapter, ValidationError

from archive.renditions import comparison, formats
from archive.renditions.comparison import Held
from archive.renditions.limits import MIB, Limits
from archive.renditions.reasons import reason_refusal
from archive.renditions.routes import LIMITS, route_of
from archive.renditions.sandbox import ChildResult, run_child
from archive.renditions.sources import BytesSource, PlainSource
from archive.renditions.terms import Finding, Inspection, MediaFacts, PageText, PdfARendition, Provenance, Rung

_INSPECTION: TypeAdapter[Inspection] = TypeAdapter(Inspection)
_PROVENANCE: TypeAdapter[Provenance] = TypeAdapter(Provenance)
_PAGES: TypeAdapter[tuple[PageText, ...]] = TypeAdapter(tuple[PageText, ...])
_MEDIA: TypeAdapter[MediaFacts] = TypeAdapter(MediaFacts)
_HELD: TypeAdapter[list[tuple[str, str, bool]]] = TypeAdapter(list[tuple[str, str, bool]])
_FINDINGS: TypeAdapter[tuple[Finding, ...]] = TypeAdapter(tuple[Finding, ...])

MEDIA_LIMITS = Limits(wall_s=30.0, cpu_s=60, output=4 * MIB)
"""Limits of one probe: half a minute; a longer recording is checked in parts by later jobs."""
DECODED_WHOLE = 256 * MIB
"""A recording up to this size is decoded from end to end, as far as the time allows. Of a larger one the start is
decoded and its last place found; the rest waits for later jobs, for decoding takes many times what copying takes.
"""
LOOK_S = 0.5
_SAID_CAP = 64 * MIB
"""The largest text with its places that is taken from a child: about seven thousand dense pages."""


def identify(source: PlainSource, limits: Limits | None = None) -> Inspection:
    """What the file is by its content 识别, with the listing of a zip; nothing else is opened."""
    return _inspection(run_child("identify.identify", source, limits, served=True).require())


def inspect(source: PlainSource, name: str = "", limits: Limits | None = None) -> Inspection:
    """What the file is and holds 检视: pages, signatures, active content, camera facts; ``name`` only for a finding.

    A recording is only identified here: ``probe_media`` opens it.
    """
    facts = identify(source, limits)
    findings = (*facts.findings, *formats.name_findings(facts.format, name))
    route = route_of(facts.format)
    if route is not None and route.inspect and not facts.encrypted:
        bounds = limits.for_size(source.size) if limits else route.limits_for(source.size)
        seen = _inspection(run_child(route.inspect, source, bounds, **route.words).require())
        facts = replace(seen, members=seen.members or facts.members)
        findings = (*facts.findings, *formats.name_findings(facts.format, name))
    return replace(facts, findings=findings)


def make_pdfa(
    source: PlainSource, facts: Inspection, *, viewing: bool = False, limits: Limits | None = None
) -> PdfARendition:
    """The PDF/A of a paper or picture 制作 PDF/A-2u/2b, text compared, with provenance.

    A signed PDF is refused (``archive.pdf-signed``): the original stays the record. With ``viewing`` a copy from page
    images is made of it, to look at, never in its place. Of an office file, a text, a letter or an OFD a PDF is drawn
    first; refused where it lacks text that the file shows.
    """
    route = route_of(facts.format)
    if route is None:
        raise reason_refusal("not-convertible", detail=facts.format.name)
    if facts.signed and not viewing:
        raise reason_refusal("signed")
    bounds = limits.for_size(source.size * route.factor) if limits else route.limits_for(source.size)
    if route.rung is None:
        return _rendition(run_child(route.convert, source, bounds, viewing=viewing).require())
    drawn = run_child(route.convert, source, bounds, **route.words).require()
    return _drawn(drawn, route.rung, bounds, source.size)


def _bound(*said: bytes) -> None:
    """What a child says becomes many values here: their number must stay within the memory of a service."""
    if sum(len(each) for each in said) > _SAID_CAP:
        raise reason_refusal("output")


def _rendition(result: ChildResult) -> PdfARendition:
    try:
        pdf, pages = result.blobs
        _bound(pages)
        provenance = _PROVENANCE.validate_json(json.dumps(result.value["provenance"]), strict=True)
        text = _PAGES.validate_json(pages, strict=True)
        conformance = str(result.value["conformance"])
    except (ValidationError, ValueError, KeyError, TypeError):
        raise reason_refusal("protocol") from None
    if conformance not in ("2u", "2b") or not pdf.startswith(b"%PDF-1."):
        raise reason_refusal("protocol")
    return PdfARendition(pdf, conformance, text, provenance)


def _drawn(result: ChildResult, rung: Rung, limits: Limits, size: int) -> PdfARendition:
    """The PDF that a child has drawn, as PDF/A by the ladder, held against the text that the file holds.

    Both children together have the time of ``limits``; a large PDF has more, but only where the file was large too.
    """
    try:
        pdf, said = result.blobs
        _bound(said)
        held = [Held(*each) for each in _HELD.validate_json(said)]
        found = _FINDINGS.validate_python(result.value["findings"])
        tool = (str(result.value["tool"][0]), str(result.value["tool"][1]))
    except (ValidationError, ValueError, KeyError, TypeError, IndexError):
        raise reason_refusal("protocol") from None
    usual = Limits().for_size(min(len(pdf), size) * 4)
    bounds = replace(usual, wall_s=max(1.0, usual.wall_s - LIMITS.wall_s + limits.wall_s - result.seconds))
    made = _rendition(run_child("ladder.convert", BytesSource(pdf), bounds, drawn=True).require())
    pages = [page.text for page in made.pages]
    lost, unshown = comparison.lost_text(held, pages), comparison.unshown_text(held, pages)
    crowded = comparison.page_of_crowded_cell(held, pages)
    if lost.characters or crowded:
        words = f"{lost.characters} characters, {lost.place}" if lost.characters else "###"
        raise reason_refusal("text-lost", crowded, words)
    if unshown.characters:
        found = (*found, Finding("text-not-shown", detail=f"{unshown.characters} characters, {unshown.place}"))
    own = made.provenance
    provenance = replace(
        own,
        rung=rung,
        tools=(tool, *own.tools),
        text_before=sum(len(comparison.folded(each.text)) for each in held if each.shown),
        text_after=sum(len(comparison.folded(text)) for text in pages),
        findings=(*found, *(each for each in own.findings if not each.code.startswith(Rung.REWRITTEN))),
    )
    return replace(made, provenance=provenance)


def extract_text(pdf: PlainSource, limits: Limits | None = None) -> tuple[PageText, ...]:
    """The text of each page of a PDF with boxes 提取文本."""
    result = run_child("ladder.text", pdf, (limits or Limits()).for_size(pdf.size)).require()
    try:
        _bound(*result.blobs)
        return _PAGES.validate_json(result.blobs[0], strict=True)
    except (ValidationError, IndexError):
        raise reason_refusal("protocol") from None


def render_page(pdf: PlainSource, page: int, dpi: float = 150.0, limits: Limits | None = None) -> bytes:
    """Page ``page`` (from 1) of a PDF as PNG 页面图像; ``dpi`` about 20 gives a thumbnail.

    The child reads no more of the PDF than the page needs: of a large volume a page comes as fast as of a small one.
    """
    if not 8 <= dpi <= 600:
        raise ValueError(f"dpi out of range: {dpi}")
    bounds = (limits or Limits()).for_size(pdf.size)
    result = run_child("render.page", pdf, bounds, served=True, page=page, dpi=dpi).require()
    png = result.blobs[0] if len(result.blobs) == 1 else b""
    if not png.startswith(b"\x89PNG\r\n\x1a\n"):
        raise reason_refusal("protocol")
    return png


def probe_media(
    source: PlainSource, limits: Limits | None = None, *, seconds: float | None = None
) -> tuple[MediaFacts, bytes]:
    """Facts of a recording 探测音像 and a poster frame (JPEG, empty without picture).

    The child reads the recording piece by piece, so memory stays flat whatever its size. It decodes for
    ``seconds`` (unless given: three quarters of ``limits.wall_s``, a look above ``DECODED_WHOLE``); what was not
    reached is told (``deep`` is False) and the last decodable place is found by sampling.
    """
    bounds = limits or MEDIA_LIMITS
    usual = bounds.wall_s * 0.75 if source.size <= DECODED_WHOLE else LOOK_S
    budget = usual if seconds is None else seconds
    result = run_child("media.probe", source, bounds, served=True, seconds=budget).require()
    try:
        facts = _MEDIA.validate_json(json.dumps(result.value), strict=True)
        (poster,) = result.blobs
    except (ValidationError, ValueError):
        raise reason_refusal("protocol") from None
    return facts, poster if poster.startswith(b"\xff\xd8") else b""


def _inspection(result: ChildResult) -> Inspection:
    try:
        return _INSPECTION.validate_json(json.dumps(result.value), strict=True)
    except (ValidationError, ValueError):
        raise reason_refusal("protocol") from None
