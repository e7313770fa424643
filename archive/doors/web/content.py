"""Content 内容: page images, files and recordings, every byte after the guard's yes, no transaction while it runs."""

from __future__ import annotations

from contextlib import closing

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from archive.doors.web.asking import ask_duty, asks, holdings, open_work, ports, reader
from archive.doors.web.headers import CONTENT_POLICY, disposition, served_type
from archive.doors.web.page_images import PageImages
from archive.doors.web.ranges import choose_span, running_answer, span_headers
from archive.doors.web.words import TIERS, said
from archive.kernel.guard import Action
from archive.kernel.ids import FileId, ItemId
from archive.kernel.work import Works
from archive.ports import Holdings
from archive.renditions.workshop import render_page
from archive.service.reading import may_still_read
from archive.service.serving import OpenedFile, open_stored, page_image_file

pages = Blueprint("content", __name__)
DPI = {"page": 130.0, "thumb": 24.0}


_images = PageImages()


@pages.get("/items/<item_id>/pages/<int:number>.png")
@asks(Action.READ)
def page_image(item_id: str, number: int) -> ResponseReturnValue:
    """Page ``number`` of an item's PDF/A, drawn in a limited child."""
    size = "thumb" if request.args.get("size") == "thumb" else "page"
    kept = holdings()
    with open_work() as work:
        ask_duty(work, Action.READ)
        opened = open_stored(work, kept, page_image_file(work, ItemId(item_id)))
    answer = Response(draw_page(kept, opened, number, size), mimetype="image/png")
    answer.headers["Content-Security-Policy"] = CONTENT_POLICY
    return answer


def draw_page(kept: Holdings, opened: OpenedFile, number: int, size: str = "page") -> bytes:
    """The image (PNG) of a page of an opened file, kept for the next who asks; closes the file."""
    with closing(opened.source) as source:
        png = _images.find(opened.file.id, number, size)
        if png is None:
            png = render_page(source, number, DPI[size])
            _images.keep(opened.file.id, number, size, png, opened.file.tier, kept.keys.is_unlocked)
    return png


@pages.get("/files/<file_id>")
@asks(Action.READ)
def stored(file_id: str) -> ResponseReturnValue:
    """A stored file by range (206, If-Range, HEAD), to be played or, with ``save``, to be saved."""
    kept = holdings()
    with open_work() as work:
        ask_duty(work, Action.READ)
        opened = open_stored(work, kept, FileId(file_id))
    size, etag = opened.source.size, f'"{opened.file.id}"'
    span = choose_span(size, request.headers.get("Range", ""), request.headers.get("If-Range", ""), etag)
    media_type, inline = served_type(opened.file.media_type)
    headers = span_headers(span, size, etag)
    inline = inline and "save" not in request.args
    headers["Content-Disposition"] = disposition("inline" if inline else "attachment", saved_name(opened))
    headers["Content-Security-Policy"] = CONTENT_POLICY
    if span.status == 416 or request.method == "HEAD":
        opened.source.close()
        return Response(status=span.status, headers=headers, mimetype=media_type)
    actor, units = reader(), ports().get(Works)

    def may_go_on() -> bool:
        with units.work(actor) as work:
            return may_still_read(work, FileId(file_id))

    body = running_answer(opened.source, span, may_go_on)
    return Response(body, status=span.status, headers=headers, mimetype=media_type, direct_passthrough=True)


def saved_name(opened: OpenedFile) -> str:
    """The name under which a file is saved: archival number, key tier where it is guarded, its own name."""
    tier = said(TIERS[opened.file.tier])
    return "_".join(part for part in (opened.reference_code, tier, opened.file.name) if part)
