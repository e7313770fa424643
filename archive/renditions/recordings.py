"""Rules on recordings 音像记录规则: what the facts of a probe or of all parts mean, and how parts are summed. Pure.

Places are told as minutes and seconds (``mm:ss``, from an hour on ``h:mm:ss``), for people find them so in a player.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from archive.renditions.media_terms import PartFacts, TrackPart
from archive.renditions.terms import Chapter, Finding, Gap, MediaFacts, Stretch, StretchKind

_SLACK_MS = 1_000
_GAP_MS = 1_000
_JOIN_MS = 2_000
_EARLY_MS = 3_000
_TOLD = 10
_LISTED = 1_000
_WAVE_STEPS = 1_000

LASTING: dict[StretchKind, tuple[str, int]] = {
    StretchKind.CLOCK_STOPPED: ("media-clock-stopped", 1_000),
    StretchKind.CLOCK_BACK: ("media-clock-back", 0),
    StretchKind.FROZEN: ("media-picture-frozen", 10_000),
    StretchKind.BLACK: ("media-picture-black", 5_000),
    StretchKind.SILENT: ("media-sound-silent", 10_000),
}
"""From which length on (milliseconds) a stretch is worth telling, and its finding's code."""

DAMAGES = frozenset(
    {
        "media-cut",
        "media-length-wrong",
        "media-length-unknown",
        "media-damaged",
        "media-gap",
        "media-clock-stopped",
        "media-clock-back",
        "media-stream-short",
        "media-not-checked-whole",
    }
)
"""Findings that say that the recording is not whole; the others say what a person should look at."""


def media_findings(facts: MediaFacts) -> tuple[Finding, ...]:
    """What is wrong with a recording 音像发现 and where: cut, damaged, gaps, clock, frozen, black, silent."""
    return (*_length_findings(facts), *_place_findings(facts))


def is_whole(findings: Iterable[Finding]) -> bool:
    """Whether nothing of the recording is missing or broken 完整: a silent stretch does not make it less whole."""
    return not any(finding.code in DAMAGES for finding in findings)


def moment(ms: int) -> str:
    """A moment of a recording as people read it 时刻: ``12:05``, ``1:02:05``."""
    seconds = max(0, ms) // 1000
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes:02}:{seconds % 60:02}"


def _length_findings(facts: MediaFacts) -> Iterator[Finding]:
    declared, decoded = facts.declared_ms, facts.decoded_ms
    if declared is not None and decoded is not None:
        detail, slack = f"{moment(decoded)} / {moment(declared)}", max(_SLACK_MS, declared // 50)
        if facts.cut_short and declared - decoded > slack:
            yield Finding("media-cut", detail=detail)
        elif declared - decoded > slack or (facts.deep and decoded - declared > slack):
            yield Finding("media-length-wrong", detail=detail)
        elif facts.cut_short:
            yield Finding("media-cut", detail=detail)
    if declared is None:
        yield Finding("media-length-unknown")
    if not facts.deep:
        yield Finding("media-not-checked-whole", detail=moment(facts.checked_ms))


def _place_findings(facts: MediaFacts) -> Iterator[Finding]:
    if facts.decode_errors:
        yield Finding("media-damaged", detail=_places(moment(place) for place in facts.error_at_ms))
    for start, end in _merged(facts.gaps)[:_TOLD]:
        yield Finding("media-gap", detail=_span(start, end))
    for kind, (code, least) in LASTING.items():
        spans = [
            _span(stretch.start_ms, stretch.end_ms)
            for stretch in facts.stretches
            if stretch.kind is kind and stretch.end_ms - stretch.start_ms >= least and _counts(stretch, facts)
        ]
        if spans:
            yield Finding(code, detail=_places(dict.fromkeys(spans)))
    yield from _short_streams(facts)


def _counts(stretch: Stretch, facts: MediaFacts) -> bool:
    """A frozen picture is only worth telling while sound goes on: then the time went on, and the camera did not."""
    if stretch.kind is not StretchKind.FROZEN:
        return True
    for stream in facts.streams:
        if stream.kind == "audio" and (stream.decoded_ms or 0) > stretch.start_ms:
            silent = [one for one in facts.stretches if one.kind is StretchKind.SILENT and one.stream == stream.index]
            if not any(one.start_ms <= stretch.start_ms and one.end_ms >= stretch.end_ms for one in silent):
                return True
    return False


def _short_streams(facts: MediaFacts) -> Iterator[Finding]:
    if not facts.deep:
        return
    ends = [stream.decoded_ms or 0 for stream in facts.streams]
    for stream, end in zip(facts.streams, ends, strict=True):
        if max(ends) - end > max(_EARLY_MS, max(ends) // 50):
            yield Finding("media-stream-short", detail=f"{stream.kind} {moment(end)} / {moment(max(ends))}")


def _merged(gaps: Iterable[Gap]) -> list[tuple[int, int]]:
    """Gaps of picture and sound that overlap are one gap to a viewer."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted((gap.start_ms, gap.end_ms) for gap in gaps):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return spans


def _span(start: int, end: int) -> str:
    return f"{moment(start)}–{moment(end)}"


def _places(places: Iterable[str]) -> str:
    unlike = list(dict.fromkeys(places))
    more = f" (+{len(unlike) - _TOLD})" if len(unlike) > _TOLD else ""
    return ", ".join(unlike[:_TOLD]) + more


def chapters_of(facts: MediaFacts) -> tuple[Chapter, ...]:
    """The chapters of a recording 章节: its own; without any the parts between its gaps; none when it is one piece."""
    if facts.chapters:
        return facts.chapters
    end = max(facts.decoded_ms or 0, facts.checked_ms)
    video = {stream.index for stream in facts.streams if stream.kind == "video"}
    splits = _merged(gap for gap in facts.gaps if not video or gap.stream in video)
    if not splits:
        return ()
    starts = [0, *(after for _, after in splits)]
    ends = [*(before for before, _ in splits), end]
    return tuple(Chapter(start, until) for start, until in zip(starts, ends, strict=True) if until > start)


def join_parts(first: PartFacts, second: PartFacts) -> PartFacts:
    """Two parts that meet as one 合并分段; a gap or a stretch over their border becomes one. Any grouping is alike."""
    if second.from_ms != first.until_ms:
        raise ValueError(f"parts do not meet: {first.until_ms} ms and {second.from_ms} ms")
    before = {track.stream: track for track in first.tracks}
    between = [
        Gap(track.stream, end, track.first_ms)
        for track in second.tracks
        if track.first_ms is not None
        and track.stream in before
        and (end := before[track.stream].end_ms) is not None
        and track.first_ms - end > _GAP_MS
    ]
    after = {track.stream: track for track in second.tracks}
    streams = sorted(before.keys() | after.keys())
    return PartFacts(
        from_ms=first.from_ms,
        until_ms=second.until_ms,
        ended=second.ended,
        tracks=tuple(_join_tracks(before.get(stream), after.get(stream)) for stream in streams),
        decode_errors=first.decode_errors + second.decode_errors,
        error_at_ms=(*first.error_at_ms, *second.error_at_ms)[:_LISTED],
        gaps=tuple(sorted((*first.gaps, *between, *second.gaps), key=lambda gap: gap.start_ms))[:_LISTED],
        stretches=_join_stretches(first.stretches, second.stretches, first.until_ms),
        wave=_join_waves(first, second),
        wave_ms=first.wave_ms or second.wave_ms,
    )


def whole_facts(quick: MediaFacts, checked: PartFacts) -> MediaFacts:
    """The facts of a first look set right by all parts that were checked since 全程检查结果."""
    ends = {track.stream: track for track in checked.tracks}
    streams = tuple(
        replace(stream, decoded_ms=ends[stream.index].end_ms, frames=ends[stream.index].frames)
        if stream.index in ends
        else stream
        for stream in quick.streams
    )
    reached = max((track.end_ms or 0 for track in checked.tracks), default=0)
    return replace(
        quick,
        decoded_ms=reached if checked.ended else quick.decoded_ms,
        checked_ms=checked.until_ms,
        deep=checked.ended,
        streams=streams,
        decode_errors=checked.decode_errors,
        error_at_ms=checked.error_at_ms,
        gaps=checked.gaps,
        stretches=checked.stretches,
        wave=thin_wave(checked.wave),
        wave_ms=checked.wave_ms * wave_share(len(checked.wave)),
    )


def wave_step(declared_ms: int | None) -> int:
    """The step of a wave, milliseconds: about a thousand in all, between a tenth of a second and a minute."""
    return min(60_000, max(100, -(-declared_ms // 980))) if declared_ms else 1_000


def wave_share(pairs: int) -> int:
    """How many steps of a wave become one, so that about a thousand stay."""
    return max(1, -(-pairs // _WAVE_STEPS))


def thin_wave(wave: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """At most a thousand pairs 波形: each the lowest and highest of those it stands for."""
    share = wave_share(len(wave))
    groups = (wave[at : at + share] for at in range(0, len(wave), share))
    return tuple((min(low for low, _ in group), max(high for _, high in group)) for group in groups)


def _join_tracks(first: TrackPart | None, second: TrackPart | None) -> TrackPart:
    if first is None or second is None:
        one = first or second
        assert one is not None
        return one
    ends = [end for end in (first.end_ms, second.end_ms) if end is not None]
    start = first.first_ms if first.first_ms is not None else second.first_ms
    return TrackPart(first.stream, first.kind, start, max(ends, default=None), first.frames + second.frames)


def _join_stretches(first: tuple[Stretch, ...], second: tuple[Stretch, ...], border: int) -> tuple[Stretch, ...]:
    """Stretches that touch the border from both sides become one."""
    left, right = list(first), list(second)
    for one in list(right):
        if one.start_ms - border > _JOIN_MS or one.kind in (StretchKind.CLOCK_BACK, StretchKind.CLOCK_STOPPED):
            continue
        alike = [other for other in left if (other.kind, other.stream) == (one.kind, one.stream)]
        before = max(alike, key=lambda other: other.end_ms, default=None)
        if before is not None and one.start_ms - before.end_ms <= _JOIN_MS:
            left[left.index(before)] = replace(before, end_ms=max(before.end_ms, one.end_ms))
            right.remove(one)
    return tuple(sorted((*left, *right), key=lambda one: (one.start_ms, one.stream, one.kind)))[:_LISTED]


def _join_waves(first: PartFacts, second: PartFacts) -> tuple[tuple[int, int], ...]:
    """The second wave at its own place behind the first."""
    step = first.wave_ms or second.wave_ms
    if not step:
        return ()
    place = (second.from_ms - first.from_ms) // step
    wave = list(first.wave[:place])
    wave += [(0, 0)] * (place - len(wave))
    rest = first.wave[place:]
    other = list(second.wave) + [(0, 0)] * max(0, len(rest) - len(second.wave))
    for at, (low, high) in enumerate(rest):
        other[at] = (min(low, other[at][0]), max(high, other[at][1]))
    return (*wave, *other)
