"""Rules on recordings 音像记录规则: what the facts of a probe mean. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from archive.renditions.terms import Finding, MediaFacts

_SLACK_MS = 1_000


def media_findings(facts: MediaFacts) -> tuple[Finding, ...]:
    """What is wrong with a recording 音像发现: cut, damaged, gaps, not checked to the end; places in milliseconds."""
    return tuple(_findings(facts))


def _findings(facts: MediaFacts) -> Iterator[Finding]:
    if facts.declared_ms is not None and facts.decoded_ms is not None:
        missing = facts.declared_ms - facts.decoded_ms
        if missing > max(_SLACK_MS, facts.declared_ms // 50):
            yield Finding("media-cut", detail=f"declared {facts.declared_ms} ms, decoded {facts.decoded_ms} ms")
    if facts.declared_ms is None:
        yield Finding("media-length-unknown")
    if facts.decode_errors:
        places = ", ".join(str(place) for place in facts.error_at_ms[:10])
        yield Finding("media-damaged", detail=f"{facts.decode_errors} errors at {places} ms")
    for gap in facts.gaps[:10]:
        yield Finding("media-gap", detail=f"stream {gap.stream}: {gap.start_ms} to {gap.end_ms} ms")
    if not facts.deep:
        yield Finding("media-not-checked-whole", detail=f"decoded up to {facts.checked_ms} ms")
