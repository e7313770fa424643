"""Door 网页门 of access: signing in, the reading room, requests and decisions."""

from __future__ import annotations

from access.doors import reading_room, request_pages, signing_in_pages
from access.doors.desk import desk_parts
from archive.doors.web.parts import Entry, WebDoor
from archive.kernel.guard import Action

door = WebDoor(
    (signing_in_pages.pages, reading_room.pages, request_pages.pages),
    entries=(
        Entry("requests.approvals", Action.APPROVE_REQUEST, "待批", "To decide", home=2, order=10),
        Entry("requests.waiting", Action.REVIEW_REQUEST, "复制申请", "Copy requests", order=30),
        Entry("room.home", Action.REQUEST_COPY, "我的案件与申请", "My cases and requests", "room", home=1),
    ),
    panel=request_pages.panel,
    desk=desk_parts,
    install=signing_in_pages.set_up_sessions,
)
