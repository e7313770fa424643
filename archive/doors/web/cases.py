"""Case pages 案卷页: the list of case files, and one case with its contents, the page that is read, and its facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from archive.doors.web import words
from archive.doors.web.asking import ask_duty, asks, holdings, house, may, open_work
from archive.doors.web.frame import at
from archive.doors.web.headers import served_type
from archive.doors.web.parts import HitBox
from archive.kernel.clock import legal_date, parse_instant, to_rfc3339
from archive.kernel.guard import Action, Purpose
from archive.kernel.ids import CaseId, ItemId
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.ports import Holdings
from archive.rules.markings import from_json
from archive.service.page_texts import SealedPage, read_pages
from archive.service.reading import CaseLine, CaseView, ItemLine, get_case, get_case_target, list_cases
from archive.terms import Handling, Level, Marking, Part, Role, StoredFile

pages = Blueprint("cases", __name__)
LINES = 40
_PLAYED = ("h264", "vp8", "vp9", "av1", "aac", "mp3", "opus", "vorbis", "flac", "pcm_")


@dataclass(frozen=True, slots=True)
class Viewed:
    """What the middle of the case page shows of one item 阅览内容.

    ``kind``: pages, video, audio, image, kept (original only), withheld, locked or nothing.
    """

    kind: str
    item: ItemLine | None = None
    file: StoredFile | None = None
    media_type: str = ""
    page: int = 1
    count: int = 1
    text: SealedPage | None = None
    boxes: tuple[HitBox, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """A place one page further or back 翻页."""

    item_id: ItemId
    page: int


@pages.get("/cases")
@asks(Action.LIST)
def list_page() -> ResponseReturnValue:
    """The case files the reader may know of, newest first."""
    after = read_after(request.args.get("after", ""))
    kept = holdings()
    with open_work() as work:
        lines = list(list_cases(work, kept, after=after, limit=LINES + 1))
    more = len(lines) > LINES
    lines = lines[:LINES]
    return render_template(
        "archive/cases.html",
        lines=lines,
        first=after is None,
        follows=write_after(lines[-1]) if more else "",
        top=words.top_marks((line.level, line.kinds if line.facts else ()) for line in lines),
        split=words.split_title,
    )


@pages.get("/cases/<case_id>")
@asks(Action.LIST)
def show(case_id: str) -> ResponseReturnValue:
    """One case with the first item that can be read."""
    return _page(case_id, None)


@pages.get("/cases/<case_id>/items/<item_id>")
@asks(Action.LIST)
def show_item(case_id: str, item_id: str) -> ResponseReturnValue:
    """One case with the item and page that were asked for."""
    return _page(case_id, ItemId(item_id))


def _page(case_id: str, item_id: ItemId | None) -> ResponseReturnValue:
    at("cases.list_page")
    kept, query = holdings(), request.args.get("q", "")[:200]
    number = request.args.get("page", 1, int) or 1
    with open_work() as work:
        ask_duty(work, Action.LIST)
        view = get_case(work, kept, CaseId(case_id))
        items = [item for volume in view.volumes for item in volume.items]
        item = choose_item(items, item_id)
        viewed = _viewed(work, kept, item, number, query)
        panels = house().panels(work, CaseId(case_id))
        may_verify = may(work, Action.VERIFY, get_case_target(work, CaseId(case_id)))
    title = view.line.facts.title if view.line.facts else ""
    party = view.line.facts.party if view.line.facts else ""
    return render_template(
        "archive/case.html",
        view=view,
        line=view.line,
        items=items,
        viewed=viewed,
        previous=turn(items, viewed, -1),
        following=turn(items, viewed, 1),
        panels=panels,
        query=query,
        may_verify=may_verify,
        title=title,
        parts=words.split_title(title, party),
        marking=case_marking(view),
        top=_top(view, items),
        total=sum(one.page_count for one in items),
        volume_pages=_pages_around(view, item),
        filed_after=(legal_date(view.line.accepted_at) - view.line.closed_on).days,
        recordings=sum(one.kind == "recording" for one in items),
        PARTS=words.PARTS,
        PROCEDURES=words.PROCEDURES,
        RENDITIONS=words.RENDITIONS,
        ROLES=words.ROLES,
        TIERS=words.TIERS,
        unplayable=unplayable(viewed),
        Role=Role,
        Part=Part,
        kinds_said=words.kinds_said,
        recorded=viewed.kind in ("pages", "video", "audio", "image"),
    )


def choose_item(items: Sequence[ItemLine], wanted: ItemId | None) -> ItemLine | None:
    """The item asked for, refused as unknown when the reader may not know of it; else the first that can be read."""
    if wanted is not None:
        found = next((item for item in items if item.item_id == wanted), None)
        if found is None:
            raise Refusal("archive.case-unknown")
        return found
    return next((item for item in items if drawn_file(item) is not None), items[0] if items else None)


def drawn_file(item: ItemLine) -> StoredFile | None:
    """The file whose pages are drawn for an item: its PDF/A, else an original that is a PDF."""
    pdfa = item.file(Role.PDFA)
    if pdfa is not None:
        return pdfa
    original = item.file(Role.ORIGINAL)
    return original if original is not None and original.media_type == "application/pdf" else None


def _viewed(work: Work, kept: Holdings, item: ItemLine | None, number: int, query: str) -> Viewed:
    if item is None:
        return Viewed("nothing")
    if item.withheld:
        return Viewed("withheld", item)
    if item.locked or not item.files:
        return Viewed("locked" if item.locked else "withheld", item)
    drawn, original = drawn_file(item), item.file(Role.ORIGINAL)
    if drawn is not None:
        count = max(1, item.page_count)
        number = min(max(1, number), count)
        sealed = read_pages(work, kept, item.item_id, Purpose.DUTY)
        text = next((page for page in sealed if page.number == number), None)
        boxes = house().boxes(query, text) if query and text is not None else ()
        return Viewed("pages", item, drawn, "", number, count, text, boxes)
    if original is None:
        return Viewed("kept", item)
    media_type, inline = served_type(original.media_type)
    kind = media_type.split("/")[0] if inline else "kept"
    return Viewed(kind if kind in ("video", "audio", "image") else "kept", item, original, media_type)


def unplayable(viewed: Viewed) -> str:
    """The coding of a recording that browsers do not play; empty when they do or when it is not known."""
    media = viewed.item.facts.media if viewed.item is not None and viewed.item.facts is not None else None
    if viewed.kind not in ("video", "audio") or media is None:
        return ""
    codecs = [str(stream.get("codec", "")) for stream in media.streams]
    return next((codec for codec in codecs if codec and not codec.startswith(_PLAYED)), "")


def turn(items: Sequence[ItemLine], viewed: Viewed, step: int) -> Turn | None:
    """One page on or back, over the end of an item into the next one that has something to read."""
    if viewed.item is None:
        return None
    page = viewed.page + step
    if viewed.kind == "pages" and 1 <= page <= viewed.count:
        return Turn(viewed.item.item_id, page)
    place = next(index for index, item in enumerate(items) if item.item_id == viewed.item.item_id)
    others = items[place + 1 :] if step > 0 else list(reversed(items[:place]))
    found = next((item for item in others if item.files), None)
    if found is None:
        return None
    return Turn(found.item_id, 1 if step > 0 else max(1, found.page_count))


def _pages_around(view: CaseView, item: ItemLine | None) -> int:
    """How many pages the volume of an item has; numbering starts anew in each volume."""
    volume = next((one for one in view.volumes if item in one.items), None)
    return max((one.first_page + one.page_count - 1 for one in volume.items), default=0) if volume is not None else 0


def case_marking(view: CaseView) -> Marking:
    """The marking of the case's own description, as far as this reader sees it."""
    facts = view.line.facts
    return from_json(facts.marking) if facts is not None and facts.marking else Marking(Handling.INTERNAL)


def _top(view: CaseView, items: Sequence[ItemLine]) -> list[words.Mark]:
    rows: list[tuple[Level, frozenset[str]]] = [(view.line.level, view.line.kinds if view.line.facts else frozenset())]
    rows += [(item.level, item.kinds) for item in items if item.facts is not None]
    return words.top_marks(rows)


def read_after(text: str) -> tuple[datetime, str] | None:
    """The place in the list where a page starts; None for the first page and for what is no such place."""
    instant, _, case_id = text.partition("~")
    if not case_id:
        return None
    try:
        return parse_instant(instant), case_id
    except ValueError:
        return None


def write_after(line: CaseLine) -> str:
    """The place behind ``line``, for the address of the next page."""
    return f"{to_rfc3339(line.accepted_at)}~{line.case_id}"
