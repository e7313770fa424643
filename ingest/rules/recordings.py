"""Recordings against papers 音像记录与文书: at the same time, without a gap, stored in time, by a clock to be trusted.

Times are the device's, set right by the difference to the storage's clock where both were read at storing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.kernel.clock import SHANGHAI, legal_date
from archive.kernel.deadlines import hours_after
from ingest.rules.case_view import CaseView, Span, ViewItem
from ingest.rules.pack_terms import Need

RECORDING_TYPE = "AV_MEDIA"
MEDIA_WORDS = {
    "device": ("设备", "device"),
    "officer": ("记录人", "officer"),
    "started_at": ("开始时间", "start"),
    "ended_at": ("结束时间", "end"),
    "place": ("地点", "place"),
}


@dataclass(frozen=True, slots=True)
class Hit:
    """Something wrong 不符: its kind, the item, what to say of it; ``doubt`` when a clock cannot be trusted."""

    kind: str
    item: ViewItem | None = None
    zh: str = ""
    en: str = ""
    doubt: bool = False


@dataclass(frozen=True, slots=True)
class Open:
    """Something that cannot be said 未知, and why."""

    zh: str
    en: str


Found = Iterator[Hit | Open]


def is_of(recording: ViewItem, paper: ViewItem) -> bool:
    """Whether the recording says that it records the act of this paper."""
    made = recording.recording
    return made is not None and bool(made.records_item) and made.records_item in (paper.title, paper.doc_no)


def check_recorded(view: CaseView, need: Need) -> Found:
    """Each paper of these types has a recording of its time; one that names no paper counts by its time."""
    papers = view.of(need.of)
    if not papers:
        return
    recordings = view.recordings()
    if not view.is_whole or any(item.recording is None for item in view.of((RECORDING_TYPE,))):
        unseen = Open(
            "有的件没有写明是不是音像记录、何时录制", "some items do not say whether they are recordings, and of when"
        )
    else:
        unseen = None
    for paper in papers:
        own = [each for each in recordings if is_of(each, paper)]
        near = [each for each in recordings if each not in own and _may_record(view, each, papers)]
        answers = [_meets(each, paper) for each in own] + [_meets(each, paper) is True for each in near]
        if True in answers:
            continue
        if None in answers:
            yield Open("音像记录或文书没有写明时间", "recording or paper does not say its time")
        elif unseen is not None:
            yield unseen
        elif own:
            yield Hit("no-overlap", paper, *_told(own[0], paper))
        else:
            yield Hit("no-recording", paper)


def check_uninterrupted(view: CaseView, need: Need) -> Found:
    """The recordings of each paper leave no gap: not inside a file, not between files, not at the ends of the act."""
    slack = timedelta(seconds=need.seconds)
    for paper in view.of(need.of):
        own = [each for each in view.recordings() if is_of(each, paper)]
        for each in own:
            if each.broken:
                yield Hit("gap", each, each.broken, each.broken)
            elif _is_short(each, slack):
                yield Hit("gap", each, "文件时长短于起止时间", "the file is shorter than its start and end say")
        spans = sorted((each.recorded for each in own if each.recorded is not None), key=lambda span: span.start)
        if len(spans) < len(own):
            yield Open("音像记录没有写明起止时间", "a recording does not say its start and end")
        elif spans:
            yield from (Hit("gap", paper, text, text) for text in _gaps(spans, paper.span, slack))


def check_storage(view: CaseView, need: Need) -> Found:
    """Each recording was stored within so many hours of its end, counted in hours."""
    for each in view.recordings():
        made, span = each.recording, each.recorded
        if made is None or made.stored_at is None or span is None:
            yield Open("音像记录没有写明结束时间或存储时间", "a recording does not say when it ended or was stored")
        elif made.stored_at > hours_after(span.end, need.length):
            doubt = bool(made.clock_doubt)
            yield Hit("stored-late", each, f"{need.length} 小时", f"{need.length} hours", doubt=doubt)


def check_clock(view: CaseView, need: Need) -> Found:
    """The device's clock agreed with the storage's within so many seconds; a doubt that people state is one."""
    for each in view.recordings():
        drift, stated = each.drift, each.recording.clock_doubt if each.recording is not None else ""
        if stated:
            yield Hit("clock", each, stated, stated, doubt=True)
        elif drift is None:
            yield Open("没有同时记下设备时钟和存储时钟", "the clocks of device and storage were not read together")
        elif abs(drift) > timedelta(seconds=need.seconds):
            apart = int(drift.total_seconds())
            yield Hit("clock", each, f"与存储时钟相差 {apart} 秒", f"{apart} s from the storage's clock", doubt=True)


def check_bound(view: CaseView, *, papers_missing: bool) -> Found:
    """No recording without its paper. Where a paper is missing that is told already, and its recordings are not."""
    for each in view.recordings():
        named = each.recording.records_item if each.recording is not None else ""
        if not named:
            yield Hit("orphan", each, "未写明", "nothing named")
        elif not papers_missing and view.complete and not any(is_of(each, paper) for paper in view.items):
            yield Hit("orphan", each, f"卷内没有“{named}”", f"there is no {named!r} in the file")


def check_described(view: CaseView, need: Need) -> Found:
    """Each recording says device, officer, start, end and place."""
    for each in view.items:
        if each.recording is None and each.code != RECORDING_TYPE:
            continue
        lacking = [word for word in need.words if not getattr(each.recording, word, None)]
        if lacking:
            zh, en = ("、".join(MEDIA_WORDS[word][at] for word in lacking) for at in (0, 1))
            yield Hit("undescribed", each, zh, en.replace("、", ", "))


def _may_record(view: CaseView, recording: ViewItem, papers: Sequence[ViewItem]) -> bool:
    """Whether it is bound to a paper of the same kind of act, or to none that lies in the file."""
    return any(is_of(recording, paper) for paper in papers) or not any(is_of(recording, each) for each in view.items)


def _meets(recording: ViewItem, paper: ViewItem) -> bool | None:
    """Whether the two overlap in time; by day where the paper says no more; None when one says nothing."""
    span = recording.recorded
    if span is None:
        return None
    if paper.span is not None:
        return max(span.start, paper.span.start) < min(span.end, paper.span.end)
    if paper.day is None:
        return None
    return legal_date(span.start) <= paper.day <= legal_date(span.end)


def _told(recording: ViewItem, paper: ViewItem) -> tuple[str, str]:
    span = recording.recorded
    one = f"{_minute(span.start)}–{_minute(span.end)}" if span is not None else "—"
    held = paper.span
    other = f"{_minute(held.start)}–{_minute(held.end)}" if held is not None else str(paper.day)
    return f"录像 {one}，文书 {other}", f"recording {one}, paper {other}"


def _is_short(item: ViewItem, slack: timedelta) -> bool:
    span = item.recorded
    return (
        span is not None
        and item.played_ms is not None
        and timedelta(milliseconds=item.played_ms) + slack < span.end - span.start
    )


def _gaps(spans: Sequence[Span], whole: Span | None, slack: timedelta) -> Iterator[str]:
    """Stretches longer than ``slack`` in which no recording ran."""
    at = whole.start if whole is not None else spans[0].start
    for span in spans:
        if span.start - at > slack:
            yield f"{_minute(at)}–{_minute(span.start)}"
        at = max(at, span.end)
    if whole is not None and whole.end - at > slack:
        yield f"{_minute(at)}–{_minute(whole.end)}"


def _minute(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).strftime("%m-%d %H:%M:%S")
