"""Door 网页门 of the holdings: its blueprints and its lines of the navigation."""

from __future__ import annotations

from archive.doors.web import cases, content, status, verifying
from archive.doors.web.parts import Entry, WebDoor
from archive.kernel.guard import Action

door = WebDoor(
    (cases.pages, content.pages, verifying.pages, status.pages),
    entries=(
        Entry("cases.list_page", Action.LIST, "案卷目录", "Case files", home=1),
        Entry("status.show", Action.OPERATE, "系统状态", "System status", home=1),
    ),
)
