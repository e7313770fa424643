"""Signatures 原有签名: what a limited child says of the signatures that a received PDF carries."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from archive.facts import SignatureFacts
from archive.renditions.limits import MIB, Limits
from archive.renditions.sandbox import Outcome, run_child
from archive.renditions.sources import PlainSource
from ingest.adapters.unpacking import ROOM

LARGEST = 128 * MIB
_FOUND: TypeAdapter[tuple[SignatureFacts, ...]] = TypeAdapter(tuple[SignatureFacts, ...])


def check_signatures(source: PlainSource) -> tuple[SignatureFacts, ...]:
    """Verdicts, kept with the item. A PDF that the check cannot get through says so; the original is kept anyway."""
    if source.size > LARGEST:
        return (SignatureFacts(indication="not-checked", detail="too large"),)
    result = run_child("signatures.verify", source, Limits(output=MIB).for_size(source.size), room=ROOM)
    if result.outcome is not Outcome.OK:
        return (SignatureFacts(indication="not-checked", detail=result.reason or str(result.outcome)),)
    try:
        return _FOUND.validate_python(result.value)
    except ValidationError:
        return (SignatureFacts(indication="not-checked", detail="protocol"),)
