"""Putting a draft together in tests: begin, upload, accept, describe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from archive.kernel.ids import IntakeId
from ingest.service.accepting import accept_next
from ingest.service.drafts import begin_draft, save_description
from ingest.service.upload_list import UploadLine, list_uploads
from ingest.service.uploads import append_upload, create_upload
from ingest.terms import UploadId
from tests.ingest.support import Desk
from tests.support.house import UNIT

CASE = {"title": "某某公司擅自占道案", "closed_on": "2026-10-30"}


def pieces(data: bytes, size: int = 1 << 20) -> Iterator[bytes]:
    """``data`` as it comes over a wire."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


def upload(desk: Desk, draft: IntakeId, name: str, data: bytes, sha256: str = "") -> UploadId:
    """A complete upload that is not accepted yet."""
    made = create_upload(desk.ports, desk.actor, draft, name, len(data), sha256)
    append_upload(desk.ports, desk.actor, made, 0, pieces(data))
    return made


def describe(desk: Desk, draft: IntakeId, items: list[dict[str, Any]], **case: Any) -> int:
    """Saves a description of ``items``."""
    text = json.dumps({"case": CASE | case, "items": items}, ensure_ascii=False)
    return save_description(desk.ports, desk.actor, draft, text.encode())


def make_draft(desk: Desk, files: dict[str, bytes]) -> IntakeId:
    """A draft with accepted files, one item each, ready to be sealed."""
    draft = begin_draft(desk.ports, desk.actor, UNIT)
    for name, data in files.items():
        upload(desk, draft, name, data)
    while accept_next(desk.ports, "tests"):
        pass
    describe(desk, draft, [{"title": name, "files": [name]} for name in files])
    return draft


def lines(desk: Desk, draft: IntakeId) -> dict[str, UploadLine]:
    """The files of a draft by name."""
    with desk.ports.works.work(desk.actor) as work:
        return {line.name: line for line in list_uploads(desk.ports, work, draft)}
