"""Sizes: 500 lines a file and 60 a function are ceilings, the porch stays under 150; medians are printed (``-s``)."""

from __future__ import annotations

import statistics

from tests.house.sources import ROOT, Source, functions, sources

FILE, FUNCTION, PORCH = 500, 60, 150
HISTORY = "archive/migrations/versions/"  # written once by the tool that compares tables, never edited, never read


def _read_by_people() -> list[Source]:
    return [source for source in sources() if not source.place.startswith(HISTORY)]


def _ninety_fifth(sizes: list[int]) -> int:
    return sorted(sizes)[int(len(sizes) * 0.95)]


def test_no_file_is_longer_than_a_person_reads() -> None:
    sizes = {source.place: source.text.count("\n") for source in _read_by_people() if source.text.strip()}
    lines = list(sizes.values())
    print(f"\nfiles: {len(lines)}, median {statistics.median(lines):.0f}, p95 {_ninety_fifth(lines)} lines")
    assert {place: size for place, size in sizes.items() if size > FILE} == {}
    assert statistics.median(lines) <= 110
    assert _ninety_fifth(lines) <= 350


def test_no_function_is_longer_than_a_screen() -> None:
    sizes = {
        f"{source.place}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for source in _read_by_people()
        for node in functions(source)
    }
    lines = list(sizes.values())
    print(f"\nfunctions: {len(lines)}, median {statistics.median(lines):.0f}, p95 {_ninety_fifth(lines)} lines")
    assert {place: size for place, size in sizes.items() if size > FUNCTION} == {}
    assert statistics.median(lines) <= 9
    assert _ninety_fifth(lines) <= 35


def test_the_porch_stays_small() -> None:
    assert (ROOT / "wsgi.py").read_text("utf-8").count("\n") < PORCH
