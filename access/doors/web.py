"""Door 网页门 of access: signing in, the reading room, requests, decisions."""

from __future__ import annotations

from access.doors import signing_in_pages
from archive.doors.web.parts import WebDoor

door = WebDoor((signing_in_pages.pages,), install=signing_in_pages.set_up_sessions)
