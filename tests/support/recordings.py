"""A case of recordings that have something to tell: a gap and chapters, and a coding that no browser plays."""

from __future__ import annotations

import json
from pathlib import Path

from ingest.ports import TakeIn
from ingest.service.take_in import take_in
from tests.archive.renditions.films import film
from tests.support.house import UNIT
from tests.support.webapp import Site


def recordings(site: Site, folder: Path) -> dict[str, str]:
    """A case with a film of a gap and chapters, and one that no browser plays; the addresses of both."""
    made = folder / "recordings"
    made.mkdir()
    chapters = [("到场", 0, 10), ("检查", 10, 20)]
    whole = film(folder, 20, "webm", video="libvpx", audio="libopus", chapters=chapters, gap=(12, 16), size=(160, 120))
    (made / "gap.webm").write_bytes(whole)
    (made / "old.avi").write_bytes(film(folder, 4, "avi", video="mpeg4", rate=5, size=(160, 120)))
    items = [
        {"title": "有断档的录像", "files": ["gap.webm"], "recording": {"device": "记录仪"}},
        {"title": "旧相机录像", "files": ["old.avi"], "recording": {"device": "旧相机"}},
    ]
    case = {"title": "示例录像案", "outcome": "inspected", "closed_on": "2026-11-01"}
    said = {"anjuan_sip": 1, "unit": UNIT, "case": case, "items": items}
    (made / "case.json").write_text(json.dumps(said, ensure_ascii=False), "utf-8")
    receipt = take_in(site.house.ports.get(TakeIn), site.house.people["archivist"], made)
    page = site.client("archivist").get(f"/cases/{receipt.case_id}").get_data(as_text=True)
    hrefs = [part.split('"')[0] for part in page.split('<li><a href="')[1:]]
    rows = [href for href in hrefs if "/items/" in href and "?" not in href]
    return dict(zip(("gap", "old"), rows, strict=True))
