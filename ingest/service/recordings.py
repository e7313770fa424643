"""Recordings at take-in 音像接收: probe, findings with the minute, pictures, a viewing copy where browsers want one.

The original stays byte for byte. What a recording of hours wants is done later, part by part (``media_check``).
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict, replace

from pydantic import TypeAdapter

from archive.drafts import DraftFile
from archive.facts import MediaFacts, RecordingFacts
from archive.kernel.refusals import Refusal
from archive.renditions import terms
from archive.renditions.media import picture_strip
from archive.renditions.media_copying import CopyMaking, copy_limits, corrected
from archive.renditions.media_playing import is_playable
from archive.renditions.media_terms import PROBE, Probe, ViewingCopy
from archive.renditions.media_times import recording_time_findings
from archive.renditions.recordings import is_whole, media_findings
from archive.renditions.terms import Finding
from archive.renditions.workshop import probe_media
from archive.service.staging import SealedSource, Staging
from archive.terms import Role
from ingest.ports import TakeIn
from ingest.service.intakes import to_problems
from ingest.service.making import Made, draft, stage
from ingest.terms import Problem

COPIED_MOST_MS = 60 * 60 * 1000
"""Recordings up to an hour get their viewing copy at take-in; decoding a longer one would hold up its case."""
COPYING_MOST_S = 60 * 60
"""No copy holds up its case for longer than this: one that is not made in the time is told as not made."""
_PROBE: TypeAdapter[Probe] = TypeAdapter(Probe)


def render_recording(
    ports: TakeIn, staging: Staging, made: Made, source: SealedSource, media_type: str, name: str
) -> list[Problem]:
    """Describes a recording and stages what is shown of it; a problem when it cannot be opened at all."""
    made.kind, made.rendition = "recording", "media"
    try:
        facts, poster = probe_media(source)
    except Refusal as refusal:
        return to_problems(refusal, name)
    found = media_findings(facts)
    claimed = made.facts.recording or RecordingFacts()
    made.describe(media=_media_facts(facts, found))
    made.find(*found, *recording_time_findings(facts, claimed.started_at, claimed.ended_at))
    if poster:
        made.files.append(stage(ports, staging, Role.POSTER, f"{name}.poster.jpg", "image/jpeg", poster))
    made.files += _pictures(ports, staging, made, source, facts, name)
    if not is_playable(facts, media_type):
        made.files += _viewing_copy(ports, staging, made, source, facts, name)
    return []


def _media_facts(facts: terms.MediaFacts, found: tuple[Finding, ...]) -> MediaFacts:
    return MediaFacts(
        container=facts.container,
        declared_ms=facts.declared_ms,
        decoded_ms=facts.decoded_ms,
        streams=tuple(asdict(stream) for stream in facts.streams),
        created=facts.created_at,
        device=" ".join(word for word in (facts.make, facts.model) if word),
        decode_errors=facts.decode_errors,
        complete=facts.deep and is_whole(found),
    )


def _pictures(
    ports: TakeIn, staging: Staging, made: Made, source: SealedSource, facts: terms.MediaFacts, name: str
) -> list[DraftFile]:
    """The strip of pictures, and what the probe found, as sealed files of their own."""
    try:
        strip = picture_strip(source, facts)
    except Refusal as refusal:
        strip = None
        made.find(Finding("media-without-strip", detail=str(refusal.facts.get("reason", refusal.code))))
    probe = Probe(facts, strip.tile_width, strip.tile_height, strip.at_ms) if strip else Probe(facts)
    data = _PROBE.dump_json(probe)
    files = [stage(ports, staging, Role.METADATA, f"{name}{PROBE}", "application/json", data)]
    if strip is not None:
        files.append(stage(ports, staging, Role.STRIP, f"{name}.strip.jpg", "image/jpeg", strip.jpeg))
    return files


def _viewing_copy(
    ports: TakeIn, staging: Staging, made: Made, source: SealedSource, facts: terms.MediaFacts, name: str
) -> list[DraftFile]:
    """A copy that browsers play; where none can be made the item says so, and the original is there as before."""
    length = max(facts.declared_ms or 0, facts.decoded_ms or 0)
    if length > COPIED_MOST_MS:
        made.note("浏览器不能直接播放，时长超过一小时，未制作浏览副本；请下载原件播放")
        made.find(Finding("media-without-copy", detail="long"))
        return []
    limits = copy_limits(facts)
    making = CopyMaking(source, facts, replace(limits, wall_s=min(limits.wall_s, COPYING_MOST_S)))
    try:
        with closing(making.pieces()) as pieces:  # whatever ends the staging ends the child with it
            first = staging.add(pieces, recording=True)
    except Refusal as refusal:
        made.note("浏览器不能直接播放，浏览副本未能制成；请下载原件播放")
        made.find(Finding("media-without-copy", detail=str(refusal.facts.get("reason", refusal.code))))
        return []
    copy: ViewingCopy = making.made
    try:
        with closing(staging.open(first.id, first.size)) as rough:
            staged = staging.add(corrected(rough.chunks(), copy.corrections), recording=True)
    finally:
        staging.discard((first.id,))
    made.note("浏览器不能直接播放原件，另制浏览副本；以原件为准")
    return [draft(ports, staged, Role.VIEWING, f"{name}.viewing.webm", copy.media_type)]
