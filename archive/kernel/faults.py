"""Faults 故障 told without their words: a message may hold a title or a name, a class and a place never do."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path

from archive.kernel.refusals import Refusal

_FRAMES = 12
_HOME = Path(__file__).resolve().parents[2]


def name_fault(fault: BaseException) -> str:
    """What broke and where 故障定位: ``OSError archive.keys.files:88``; of a refusal its codes alone."""
    if isinstance(fault, Refusal):
        return " ".join(reason.code for reason in fault.all())
    places = list(_places(fault))
    return " ".join([type(fault).__name__, *places[-1:]])


def trace_fault(fault: BaseException) -> str:
    """The way a fault came 故障轨迹, outermost first, and what it followed from; classes and places, no message."""
    told, seen = [], set[int]()
    one: BaseException | None = fault
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        told.append(" > ".join([*list(_places(one))[-_FRAMES:], name_fault(one)]))
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return " | from: ".join(told)


def _places(fault: BaseException) -> Iterator[str]:
    for frame, line in traceback.walk_tb(fault.__traceback__):
        path = Path(frame.f_code.co_filename)
        inside = path.is_relative_to(_HOME)
        name = ".".join(path.relative_to(_HOME).with_suffix("").parts) if inside else path.stem
        yield f"{name}:{line}"
