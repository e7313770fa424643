"""Stating 办案事实: what an invented case says of its process and its papers, so that rules can judge it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from ingest.packs.reading import shipped_packs

WAYS = {"直接送达": "direct", "留置送达": "left"}
FORM = "演示格式 2025"
FILED_AFTER = timedelta(days=18)
_PROCEDURES = {"ordinary": "G", "summary": "S", "inspection": "I"}


def process_of(case: Mapping[str, Any], codes: Iterable[str], ways: Iterable[str], more: Mapping[str, Any]) -> Any:
    """What happened, as the papers that lie there show it, and what ``more`` says; filed some days after closing."""
    types = shipped_packs()[0].types
    acts = {act for code in codes for act in types[code].shows} | set(more.get("acts", ()))
    if case.get("outcome", "penalty") in ("penalty", "no_penalty"):
        acts.add(case.get("outcome", "penalty"))
    return {
        "procedures": [_PROCEDURES.get(case.get("procedure", "ordinary"), "E")],
        "source": "patrol",
        "service": sorted({WAYS[way] for way in ways}),
        "filed_on": (date.fromisoformat(case["closed_on"]) + FILED_AFTER).isoformat(),
        **more,
        "acts": sorted(acts),
    }


def paper_of(code: str) -> dict[str, Any]:
    """What somebody confirmed of a paper: everything that rules ask of its type, by everyone who has to sign."""
    states, signed = _asked()
    found: dict[str, Any] = {"form": FORM}
    if code in states:
        found["states"] = sorted(states[code])
    if code in signed:
        found["signed"] = sorted(signed[code].elements())
    return found


@lru_cache(maxsize=1)
def _asked() -> tuple[dict[str, set[str]], dict[str, Counter[str]]]:
    states: dict[str, set[str]] = {}
    signed: dict[str, Counter[str]] = {}
    for need in (rule.need for pack in shipped_packs() for rule in pack.rules):
        for code in need.of:
            if need.kind == "states":
                states.setdefault(code, set()).update(need.words)
            elif need.kind == "signed":
                roles = Counter({role: int(least or 1) for role, _, least in (w.partition(":") for w in need.words)})
                signed[code] = signed.get(code, Counter()) | roles
    return states, signed
