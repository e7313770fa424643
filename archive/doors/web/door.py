"""Door 网页门 of the holdings: its blueprints and its lines of the navigation."""

from __future__ import annotations

from archive.doors.web import cases, content, desk, four_properties, ledger, manual, reading, status, verifying, volumes
from archive.doors.web.desk_parts import desk_parts
from archive.doors.web.parts import Entry, WebDoor
from archive.kernel.guard import Action

door = WebDoor(
    (
        desk.pages,
        manual.pages,
        cases.pages,
        content.pages,
        reading.pages,
        volumes.pages,
        verifying.pages,
        four_properties.pages,
        status.pages,
        ledger.pages,
    ),
    entries=(
        Entry("desk.home", Action.LIST, "工作台", "Desk", home=9, order=0),
        Entry("desk.home", Action.OPERATE, "工作台", "Desk", home=9, order=0),
        Entry("desk.home", Action.AUDIT, "工作台", "Desk", home=9, order=0),
        Entry("desk.home", Action.ASSIGN_DUTIES, "工作台", "Desk", home=9, order=0),
        Entry("cases.list_page", Action.LIST, "案卷目录", "Case files", home=1, order=20),
        Entry("ledger.show", Action.AUDIT, "存证账本", "Ledger", home=1, order=10),
        Entry("status.show", Action.OPERATE, "系统状态", "System status", home=1, order=10),
    ),
    desk=desk_parts,
    forms={"reading.save": reading.LONGEST_FORM},
)
