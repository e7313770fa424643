"""A site with something on every page: requests at every step, a refused package, a hold, several papers seen."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from access.ports import Counter
from access.service.releasing import begin_delivery, finish_delivery, make_release
from access.service.requests import get_request, review_request, sign_request, submit_request
from archive.installation import Ledgers
from archive.kernel.actor import machine_actor
from archive.kernel.ids import IntakeId, ItemId, RequestId
from archive.kernel.refusals import Refusal
from archive.service.columns import Columns
from archive.service.layers import Layer, LayerLine, PageLayer, keep_layer
from archive.service.property_view import property_reports
from archive.service.reading import ItemLine, get_case, get_case_target
from archive.tables import FileRow, ItemRow, ReadingRow
from archive.terms import Role
from ingest.ports import TakeIn
from ingest.service.accepting import accept_next
from ingest.service.draft_sealing import ask_seal, seal_next
from ingest.service.drafts import begin_draft, save_description
from ingest.service.intake_list import list_intakes
from ingest.service.take_in import take_in
from ingest.service.uploads import append_upload, create_upload
from ingest.terms import UploadId
from retention.service import place_hold
from retention.terms import HoldKind
from tests.support.house import UNIT
from tests.support.recordings import recordings
from tests.support.webapp import Site, make_package

PURPOSE = "提起行政诉讼"
READ = (LayerLine("占道经营现场", 0.99, 0.1, 0.1, 0.6, 0.2), LayerLine("示例太道 88 号", 0.6, 0.1, 0.7, 0.6, 0.8))


@dataclass(frozen=True)
class Furnished:
    """A site and what stands in it, for the arguments of its routes."""

    site: Site
    items: tuple[ItemId, ...]
    files: tuple[str, ...]
    requests: tuple[RequestId, ...]
    intakes: tuple[IntakeId, ...]
    reports: tuple[str, ...]
    films: tuple[str, ...]
    drafts: tuple[IntakeId, ...]
    uploads: tuple[UploadId, ...]


_FURNISHED: list[Furnished] = []


def furnished(site: Site, folder: Path) -> Furnished:
    """``site`` in a state in which each page has rows to show; done once for the site of this process."""
    if not _FURNISHED:
        _FURNISHED.append(_furnish(site, folder))
    return _FURNISHED[0]


def _furnish(site: Site, folder: Path) -> Furnished:
    house = site.house
    _refuse_a_package(site, folder / "broken")
    with house.works.work(house.people["legal"]) as work:
        place_hold(work, get_case_target(work, site.case_id), HoldKind.LITIGATION, "行政诉讼期间")
    items = _items(site)
    plain, guarded = [items[0].item_id, items[1].item_id], [items[0].item_id, items[2].item_id]
    requests = [_request(site, plain, steps) for steps in range(5)]
    requests += [_request(site, guarded, steps) for steps in (1, 2)]
    requests.append(_returned(site, plain))
    with house.works.work(house.people["archivist"]) as work:
        intakes = tuple(line.id for line in list_intakes(work))
        reports = tuple(one.id for one in property_reports(work, house.holdings, site.case_id))
    files = tuple(file.id for item in items for file in item.files)
    read_photo(site)
    folder.mkdir(exist_ok=True)
    films = tuple(recordings(site, folder).values())
    drafts, uploads = _put_together(site)
    made = tuple(item.item_id for item in items), files, tuple(requests), intakes, reports, films
    return Furnished(site, *made, drafts, uploads)


def _put_together(site: Site) -> tuple[tuple[IntakeId, ...], tuple[UploadId, ...]]:
    """A new draft, one with a file of every state and a refused seal, and one that is being sealed."""
    ports, archivist = site.house.ports.get(TakeIn), site.house.people["archivist"]
    empty, full, sealing = (begin_draft(ports, archivist, UNIT) for _ in range(3))
    uploads = []
    for name, data, sha256 in (("甲.txt", b"a", ""), ("乙.txt", b"b", "0" * 64)):
        uploads.append(create_upload(ports, archivist, full, name, len(data), sha256))
        append_upload(ports, archivist, uploads[-1], 0, iter([data]))
    while accept_next(ports, "tests"):
        pass
    uploads.append(create_upload(ports, archivist, full, "丙.txt", 9))
    append_upload(ports, archivist, uploads[-1], 0, iter([b"half"]))
    save_description(ports, archivist, full, json.dumps({"case": {"title": "正在组卷的案卷"}}).encode())
    ask_seal(ports, archivist, full)
    seal_next(ports, "tests")
    ask_seal(ports, archivist, sealing)
    return (empty, full, sealing), tuple(uploads)


def read_photo(site: Site) -> str:
    """The page of the photo of the case, read by a machine just now with one doubtful line."""
    with site.house.works.work(machine_actor("tests", "tests")) as work:
        texts = select(FileRow.item_id).where(FileRow.role == Role.TEXT)
        wanted = select(ItemRow).where(ItemRow.case_id == site.case_id, ItemRow.rendition == "pdfa")
        row = work.session.scalars(wanted.where(ItemRow.id.not_in(texts))).one()
        for old in work.session.scalars(select(ReadingRow).where(ReadingRow.item_id == row.id)):
            work.session.delete(old)
        work.session.flush()
        columns = Columns(site.house.holdings, site.case_id, sealed=True)
        keep_layer(work, columns, row, PageLayer(1, Layer.MACHINE, "engine 1", READ))
        return f"/cases/{site.case_id}/items/{ItemId(row.id)}"


def _items(site: Site) -> list[ItemLine]:
    with site.house.works.work(site.house.people["archivist"]) as work:
        view = get_case(work, site.house.holdings, site.case_id)
    return [item for volume in view.volumes for item in volume.items]


def _refuse_a_package(site: Site, folder: Path) -> None:
    """Takes in what must be refused: a file is missing, another is not listed."""
    package = make_package(folder, title="不合格的提交包", recording=False)
    told = json.loads((package / "case.json").read_text("utf-8"))
    told["items"][0]["files"] = ["不存在.pdf"]
    (package / "case.json").write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    try:
        take_in(site.house.ports.get(TakeIn), site.house.people["archivist"], package)
    except Refusal:
        return
    raise AssertionError("a broken package was accepted")


def _request(site: Site, items: list[ItemId], steps: int) -> RequestId:
    """A request after ``steps`` hands: 0 sent, 1 reviewed, 2 signed, 3 made, 4 collected."""
    house, counter = site.house, site.house.ports.get(Counter)
    people, works = house.people, house.works
    with works.work(people["party"]) as work:
        request = submit_request(work, counter, site.case_id, items, PURPOSE)
    if steps > 0:
        with works.work(people["archivist"]) as work:
            review_request(work, counter, request, items, "均为正卷文书")
    if steps > 1:
        with works.work(people["archivist"]) as work:
            waits = get_request(work, counter, request).waits_for
        _sign(site, request, "legal" if waits == "legal_reviewer" else "deputy", approves=True)
    if steps > 2:
        release = make_release(works, counter, people["archivist"], request)
        house.ports.get(Ledgers).sequence()
        if steps > 3:
            with works.work(people["party"]) as work:
                begin_delivery(work, counter, release)
            finish_delivery(works, counter, people["party"], release)
    return request


def _returned(site: Site, items: list[ItemId]) -> RequestId:
    request = _request(site, items, 1)
    _sign(site, request, "deputy", approves=False)
    return request


def _sign(site: Site, request: RequestId, login: str, *, approves: bool) -> None:
    house, counter = site.house, site.house.ports.get(Counter)
    with house.works.work(house.people[login]) as work:
        seen = get_request(work, counter, request).scope_digest
        sign_request(work, counter, request, approves=approves, reason="" if approves else "用途不明", seen=seen)
