"""History check 历史检查: whether the inventories of earlier versions tell the same story as the newest one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from archive.ocfl.inventory_check import InventoryFacts
from archive.ocfl.terms import OcflFinding


def check_history(root: InventoryFacts, prior: Sequence[InventoryFacts]) -> Iterator[OcflFinding]:
    """Findings about ``prior``, the inventories of earlier versions (oldest first), against the object's own."""
    spec = "1.0"
    for facts in [*prior, root]:
        if facts.spec < spec:
            yield OcflFinding("E103", facts.where, f"version {facts.spec} of the specification after {spec}")
        spec = max(spec, facts.spec)
    for facts in prior:
        yield from _check_sameness(root, facts)
        if not set(facts.versions) < set(root.versions):
            yield OcflFinding("E066", facts.where, "has versions that the object does not have")
            continue
        for version in facts.versions:
            yield from _check_version(root, facts, version)


def _check_sameness(root: InventoryFacts, facts: InventoryFacts) -> Iterator[OcflFinding]:
    if facts.object_id != root.object_id:
        yield OcflFinding("E037" if root.spec == "1.0" else "E110", facts.where, f"id is {facts.object_id}")
    if root.sets_content_directory and not facts.sets_content_directory:
        yield OcflFinding("E019", facts.where, "contentDirectory is not set, but later")
    if facts.content_directory != root.content_directory:
        yield OcflFinding("E020", facts.where, f"contentDirectory is {facts.content_directory}")
    for path in sorted(facts.manifest.keys() - root.manifest.keys()):
        yield OcflFinding("E023", path, f"listed in {facts.where}, no longer listed")


def _check_version(root: InventoryFacts, facts: InventoryFacts, version: str) -> Iterator[OcflFinding]:
    own, old = root.states.get(version, {}), facts.states.get(version, {})
    if own.keys() != old.keys():
        yield OcflFinding("E066", facts.where, f"{version} has other logical paths: {sorted(own.keys() ^ old.keys())}")
        return
    if root.algorithm == facts.algorithm:
        differing = sorted(path for path in own if own[path] != old[path])
    else:
        ours, theirs = _places(root), _places(facts)
        differing = sorted(path for path in own if not theirs[old[path]] <= ours[own[path]])
    if differing:
        yield OcflFinding("E066", facts.where, f"{version} has other content: {differing}")
    for key in ("created", "message", "user"):
        if root.blocks.get(version, {}).get(key) != facts.blocks.get(version, {}).get(key):
            yield OcflFinding("W011", facts.where, f"{version} {key} differs from the object's inventory")


def _places(facts: InventoryFacts) -> defaultdict[str, set[str]]:
    """digest -> content paths, by which states are compared when the digest algorithms differ."""
    places: defaultdict[str, set[str]] = defaultdict(set)
    for path, digest in facts.manifest.items():
        places[digest].add(path)
    return places
