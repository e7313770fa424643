"""A recording as its reader sees it 音像阅览: newest facts, findings with the minute, chapters, wave and pictures."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from archive.kernel.work import Work
from archive.keys.terms import ContentDamaged
from archive.ports import Holdings
from archive.renditions.media_terms import PROBE, Probe
from archive.renditions.media_words import finding_words
from archive.renditions.recordings import chapters_of
from archive.renditions.terms import Chapter, Finding, MediaFacts
from archive.service.media_check import checked_recording
from archive.service.reading import ItemLine, open_file
from archive.terms import Role, StoredFile

_PROBE: TypeAdapter[Probe] = TypeAdapter(Probe)


@dataclass(frozen=True, slots=True)
class RecordingView:
    """What is shown of a recording beside its picture 音像所见.

    ``facts`` is None where neither take-in nor a later check left any (a probe that failed, a locked tier). ``whole``
    tells that its end was reached. The strip's tiles lie side by side, one for each moment of ``at_ms``.
    """

    facts: MediaFacts | None
    findings: tuple[Finding, ...]
    whole: bool
    chapters: tuple[Chapter, ...] = ()
    strip: StoredFile | None = None
    tile_width: int = 0
    tile_height: int = 0
    at_ms: tuple[int, ...] = ()


def recording_view(work: Work, holdings: Holdings, item: ItemLine) -> RecordingView:
    """The facts that take-in sealed, set right by the later check as far as it got. Asks the guard for each.

    What take-in found of times and copies stays; what it found of the content gives way to what the check found.
    """
    sealed, checked = _sealed_probe(work, holdings, item), checked_recording(work, holdings, item.item_id)
    kept = tuple(Finding(f.code, f.page or 0, f.detail) for f in item.facts.findings) if item.facts else ()
    kept = tuple(finding for finding in kept if finding_words(finding.code) is not None)
    probe = sealed or Probe(_NONE)
    facts = checked.facts if checked is not None else sealed.facts if sealed is not None else None
    if checked is not None:
        kept = (*checked.findings, *(finding for finding in kept if finding.code in OF_TAKE_IN))
    return RecordingView(
        facts=facts,
        findings=kept,
        whole=checked.whole if checked is not None else facts is not None and facts.deep,
        chapters=chapters_of(facts) if facts is not None else (),
        strip=item.file(Role.STRIP) if probe.at_ms else None,
        tile_width=probe.tile_width,
        tile_height=probe.tile_height,
        at_ms=probe.at_ms,
    )


_NONE = MediaFacts("", None, None, 0, deep=False, streams=(), decode_errors=0, error_at_ms=(), gaps=())
OF_TAKE_IN = frozenset(
    {"media-time-differs", "media-shorter-than-claimed", "media-without-copy", "media-without-strip"}
)
"""Findings about the description and the renditions: no later check changes them, and they name no moment."""


def _sealed_probe(work: Work, holdings: Holdings, item: ItemLine) -> Probe | None:
    stored = next((file for file in item.files if file.role is Role.METADATA and file.name.endswith(PROBE)), None)
    if stored is None:
        return None
    try:
        with closing(open_file(work, holdings, stored.id)) as source:
            return _PROBE.validate_json(source.whole())
    except (ValidationError, ContentDamaged):  # of an edition to come, or broken, which verify tells: the rest is shown
        return None
