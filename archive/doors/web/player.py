"""Player 音像阅览: what stands around a recording: findings with the moment, chapters, wave and pictures. Pure but for
``player_of``, which asks the holdings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup, escape

from archive.doors.web.words import say
from archive.kernel.work import Work
from archive.ports import Holdings
from archive.renditions.media_playing import is_playable
from archive.renditions.media_words import finding_words
from archive.renditions.recordings import DAMAGES, moment
from archive.renditions.terms import Finding, MediaFacts, Stretch, StretchKind
from archive.service.reading import ItemLine
from archive.service.recording_view import OF_TAKE_IN, RecordingView, recording_view
from archive.terms import Role

_MOMENT = r"\d{1,3}:\d{2}(?::\d{2})?"
_PLACE = re.compile(rf"(?<![\d:-]){_MOMENT}(?:–{_MOMENT})?(?![\d:])")
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_ROWS, _TICKS = 60, 6
WIDTH, HALF = 1000, 50
STRETCHES = {
    StretchKind.BLACK: ("画面全黑", "black picture"),
    StretchKind.FROZEN: ("画面静止", "picture stands still"),
    StretchKind.SILENT: ("没有声音", "no sound"),
    StretchKind.CLOCK_STOPPED: ("时间戳停走", "clock stood still"),
    StretchKind.CLOCK_BACK: ("时间戳倒退", "clock jumps back"),
}
_GAP, _DAMAGED, _MISSING = ("断档", "gap"), ("数据受损", "damaged data"), ("缺失", "missing")
_TOLD_MS = 1_000
Seek = Callable[[int], str]
"""The address of this recording at a second of it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A finding in words 检查发现, its moments as links; ``damage``: the recording is not whole by it."""

    words: Markup
    damage: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A chapter 章节, or the part between two gaps."""

    start_ms: int
    end_ms: int
    title: str

    @property
    def second(self) -> int:
        """Where it begins, in whole seconds."""
        return self.start_ms // 1000


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch on the drawing 时段: place and width in shares of a thousand."""

    x: float
    width: float
    css: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table that says what the drawing shows 波形表."""

    start_ms: int
    loudest: int | None
    said: tuple[tuple[str, str], ...]

    @property
    def second(self) -> int:
        """Where it begins, in whole seconds."""
        return self.start_ms // 1000


@dataclass(frozen=True, slots=True)
class Wave:
    """The drawing of a recording along its time 波形图: sound as a path, gaps and stretches, marks of time."""

    path: str
    bands: tuple[Band, ...]
    ticks: tuple[tuple[float, str], ...]
    rows: tuple[Row, ...]
    length_ms: int


@dataclass(frozen=True, slots=True)
class Player:
    """Everything that is shown of a recording beside its picture 音像所见."""

    view: RecordingView
    found: tuple[Found, ...]
    parts: tuple[Part, ...]
    wave: Wave | None
    playable: bool

    @property
    def damaged(self) -> bool:
        """Whether something of it is missing or broken."""
        return any(one.damage for one in self.found)


def player_of(work: Work, kept: Holdings, item: ItemLine, seek: Seek) -> Player:
    """What the holdings know of a recording, for its page. Asks the guard."""
    view = recording_view(work, kept, item)
    facts = view.facts
    original = item.file(Role.ORIGINAL)
    return Player(
        view,
        tuple(found(view.findings, seek)),
        tuple(parts(view)),
        draw(facts) if facts is not None else None,
        facts is None or is_playable(facts, original.media_type if original is not None else ""),
    )


def found(findings: Iterable[Finding], seek: Seek) -> Iterator[Found]:
    """Findings in the language of this answer, those that say what is missing first."""
    for finding in sorted(findings, key=lambda one: one.code not in DAMAGES):
        pair = finding_words(finding.code, finding.detail)
        if pair is not None:
            places = frozenset() if finding.code in OF_TAKE_IN else _places(finding.detail.split(" / ")[0])
            yield Found(linked(say(*pair), places, seek), finding.code in DAMAGES)


def linked(text: str, places: frozenset[str], seek: Seek) -> Markup:
    """The sentence with its moments as links to the player."""
    made, at = Markup(""), 0
    for hit in _PLACE.finditer(text):
        if hit.group() not in places:
            continue
        second = second_of(hit.group())
        link = Markup('<a href="{}" data-seek="{}">{}</a>').format(seek(second), second, hit.group())
        made, at = made + escape(text[at : hit.start()]) + link, hit.end()
    return made + escape(text[at:])


def _places(detail: str) -> frozenset[str]:
    return frozenset(hit.group() for hit in _PLACE.finditer(detail))


def second_of(place: str) -> int:
    """The second at which ``12:05``, ``1:02:05`` or a span of such begins."""
    second = 0
    for piece in place.split("–")[0].split(":"):
        second = second * 60 + int(piece)
    return second


def parts(view: RecordingView) -> Iterator[Part]:
    """The chapters, numbered where they have no title."""
    for number, one in enumerate(view.chapters, start=1):
        yield Part(one.start_ms, one.end_ms, one.title or say(f"第 {number} 段", f"Part {number}"))


def draw(facts: MediaFacts) -> Wave | None:
    """The drawing and its table; None where the length is not known."""
    length = max(facts.declared_ms or 0, facts.decoded_ms or 0, facts.checked_ms)
    if length <= 0:
        return None
    step = _step(length, _ROWS)
    rows = tuple(_row(facts, at, min(length, at + step)) for at in range(0, length, step))
    apart = _step(length, _TICKS)
    ticks = tuple((at / length * 100, moment(at)) for at in range(0, length, apart) if at / length < 0.95)
    return Wave(_path(facts, length), tuple(_bands(facts, length)), ticks, rows, length)


def _step(length: int, most: int) -> int:
    return next((step * 1000 for step in _STEPS_S if step * 1000 * most >= length), -(-length // most))


def _path(facts: MediaFacts, length: int) -> str:
    """Sound as one closed outline: the highest forth, the lowest back."""
    if not facts.wave or not facts.wave_ms:
        return ""
    places = [min(WIDTH, number * facts.wave_ms / length * WIDTH) for number in range(len(facts.wave) + 1)]
    over, under = [], []
    for (low, high), (left, right) in zip(facts.wave, pairwise(places), strict=True):
        top, bottom = HALF - max(high, 1) * HALF / 100, HALF - min(low, -1) * HALF / 100
        over.append(f"{left:.1f} {top:.1f}L{right:.1f} {top:.1f}")
        under.append(f"{right:.1f} {bottom:.1f}L{left:.1f} {bottom:.1f}")
    return "M" + "L".join(over) + "L" + "L".join(reversed(under)) + "Z"


def _bands(facts: MediaFacts, length: int) -> Iterator[Band]:
    """What is not there, what looks or sounds wrong, what nobody has looked at yet."""
    spans = [(gap.start_ms, gap.end_ms, "gap") for gap in facts.gaps]
    spans += [(one.start_ms, one.end_ms, "band-hold") for one in facts.stretches if _is_told(one.start_ms, one.end_ms)]
    spans += [(at, at + length // 200, "gap") for at in facts.error_at_ms]
    end = max(facts.decoded_ms or 0, facts.checked_ms)
    if length - end > _TOLD_MS:
        spans.append((end, length, "gap"))
    if not facts.deep and end - facts.checked_ms > _TOLD_MS:
        spans.append((facts.checked_ms, end, "band-soft"))
    for start, stop, css in spans:
        x = min(WIDTH, start / length * WIDTH)
        yield Band(round(x, 1), round(max(2.0, min(WIDTH, stop / length * WIDTH) - x), 1), css)


def _is_told(start: int, end: int) -> bool:
    return end - start >= _TOLD_MS


def _row(facts: MediaFacts, start: int, end: int) -> Row:
    said = [_GAP] if any(gap.start_ms < end and gap.end_ms > start for gap in facts.gaps) else []
    said += [_DAMAGED] if any(start <= at < end for at in facts.error_at_ms) else []
    kinds = [one.kind for one in facts.stretches if _is_told(one.start_ms, one.end_ms) and _meets(one, start, end)]
    said += [STRETCHES[kind] for kind in dict.fromkeys(kinds)]
    said += [_MISSING] if start >= max(facts.decoded_ms or 0, facts.checked_ms) else []
    return Row(start, _loudest(facts, start, end), tuple(said))


def _meets(stretch: Stretch, start: int, end: int) -> bool:
    return stretch.start_ms < end and stretch.end_ms > start


def _loudest(facts: MediaFacts, start: int, end: int) -> int | None:
    if not facts.wave or not facts.wave_ms:
        return None
    pairs: Sequence[tuple[int, int]] = facts.wave[start // facts.wave_ms : max(1, -(-end // facts.wave_ms))]
    return max((max(-low, high) for low, high in pairs), default=None)
