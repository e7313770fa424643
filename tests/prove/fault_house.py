"""The installation that faults meet: prepared once, copied for each case; its deeds, and what must hold afterwards."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from access.copies import COPIES
from access.ports import Counter
from access.service.people import link_party
from access.service.releasing import make_release
from access.service.requests import get_request, review_request, sign_request, submit_request
from access.tables import ReleaseRow
from access.terms import Duty
from archive.installation import Ledgers
from archive.kernel.actor import Actor
from archive.kernel.clock import FixedClock
from archive.kernel.ids import CaseId, IntakeId, ReleaseId, RequestId
from archive.kernel.jobs import LEASE
from archive.kernel.outbox import OutboxRow, drain
from archive.kernel.settings import read_home
from archive.ports import object_id
from archive.service.destroying import TOPIC, destroy_case, destruction_handler
from archive.service.dossier import get_case_row
from archive.service.reading import get_case_target, get_item_targets
from archive.service.sealing import seal_case
from archive.service.verifying import verify_case
from archive.tables import CaseRow, FileRow, IntentRow, SealRow, SeriesRow
from archive.terms import SealState
from ingest.ports import TakeIn
from ingest.service.accepting import accept_next, requeue_acceptances
from ingest.service.draft_sealing import seal_draft
from ingest.service.drafts import begin_draft, save_description
from ingest.service.late import add_late_document
from ingest.service.recovery import recover
from ingest.service.take_in import take_in
from ingest.service.upload_list import list_uploads
from ingest.service.uploads import append_upload, create_upload, open_upload
from ingest.tables import IntakeFileRow, IntakeRow, UploadRow
from ingest.terms import TakeInState, UploadState
from retention.service import list_holds, make_disposal_order, place_hold, sign_disposal
from retention.terms import HoldKind
from tests.support.cases import Paper, describe_example, outside_anchors
from tests.support.house import START, UNIT, House, make_house, open_house, person
from tests.support.webapp import paper

Answer = dict[str, Any]
Tell = Callable[[Answer], None]
FILES = {name: f"示例文件 {name}\n".encode() * 3000 for name in ("a.txt", "b.txt", "c.txt")}
CLAIMS = {"claims": [{"kind": "PRIVACY", "whose": "某某", "ground": "个人信息"}]}
ITEMS: list[Answer] = [
    {"title": "立案审批表", "files": ["a.txt", "b.txt"]},
    {"title": "身份证明", "files": ["c.txt"], "marking": CLAIMS},
]


@dataclass(frozen=True)
class Base:
    """What was prepared: folder, people, the cases and the approved request in it, a checkpoint taken of it."""

    folder: Path
    people: Mapping[str, Actor]
    sealed: CaseId
    due: CaseId
    request: RequestId
    checkpoint: bytes

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def package(self) -> Path:
        return self.folder / "package"


def make_base(folder: Path) -> Base:
    """An installation with a sealed case, an approved request for a copy of it, and a case that is due."""
    house = make_house(folder / "home")
    first, decision = folder / "first", {"decision.pdf": paper("处罚决定书", "罚款。")}
    _write_package(first, "某某占道案", [{"title": "处罚决定书", "files": [*decision]}], decision)
    sealed = take_in(house.ports.get(TakeIn), person(house, "archivist"), first).case_id
    due = _seal_old(house)
    for login in ("archivist", "deputy"):
        with house.works.work(person(house, login)) as work:
            sign_disposal(work, get_case_target(work, due), "期满")
    request = _approve(house, sealed)
    _write_package(folder / "package", "某某公司擅自占道案", ITEMS, FILES)
    checkpoint = house.ports.get(Ledgers).newest()
    return Base(folder, house.people, sealed, due, request, checkpoint)


def _seal_old(house: House) -> CaseId:
    case_id = describe_example(house, (Paper("旧案"),), title="旧案", closed=date(1995, 6, 1))
    return seal_case(house.holdings, person(house, "archivist"), case_id).case_id


def _approve(house: House, case_id: CaseId) -> RequestId:
    counter = house.ports.get(Counter)
    with house.works.work(person(house, "archivist")) as work:
        link_party(work, get_case_target(work, case_id), person(house, "party").id, Duty.PARTY, "身份证原件")
        items = list(get_item_targets(work, case_id))
    with house.works.work(person(house, "party")) as work:
        request = submit_request(work, counter, case_id, items, "诉讼")
    with house.works.work(person(house, "archivist")) as work:
        review_request(work, counter, request, items, "")
    with house.works.work(person(house, "deputy")) as work:
        seen = get_request(work, counter, request).scope_digest
        sign_request(work, counter, request, approves=True, reason="同意", seen=seen)
    return request


def _write_package(folder: Path, title: str, items: list[Answer], files: Mapping[str, bytes]) -> None:
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    case = {"title": title, "closed_on": "2026-10-30"}
    description = {"anjuan_sip": 1, "unit": UNIT, "case": case, "items": items}
    (folder / "case.json").write_text(json.dumps(description, ensure_ascii=False), "utf-8")


def open_copy(base: Base, home: Path, hours: int) -> House:
    """The installation as it lies copied in ``home``, opened by a process of its own, ``hours`` after the start."""
    os.environ["ANJUAN_INGEST__SPARE_BYTES"] = "0"
    os.environ["ANJUAN_KEYS__PLACES"] = f"{home}/keys/a{os.pathsep}{home}/keys/b"
    house = open_house(home, FixedClock(START + timedelta(hours=hours)), home=read_home(home))
    house.people.update(base.people)
    return house


@dataclass(frozen=True)
class Scenario:
    """One thing people do. ``run`` does it, or finds it done, and tells each thing that is done; ``focus`` is the case
    that must verify afterwards.
    """

    name: str
    run: Callable[[House, Base, Tell], None]
    focus: Callable[[House, Base], CaseId | None]
    weight: int


def _take_in(house: House, base: Base, tell: Tell) -> None:
    receipt = take_in(house.ports.get(TakeIn), person(house, "archivist"), base.package)
    tell({"deed": "sealed", "case": receipt.case_id, "code": receipt.reference_code, "at": str(receipt.sealed_at)})


def _draft(house: House, base: Base, tell: Tell) -> None:
    """A case put together file by file: goes on with whatever is there."""
    ports, actor = house.ports.get(TakeIn), person(house, "archivist")
    with house.works.work(actor) as work:
        wanted = select(IntakeRow).where(IntakeRow.source_digest == "", IntakeRow.person_id == actor.id)
        begun = work.session.scalars(wanted).first()
    draft = IntakeId(begun.id) if begun is not None else begin_draft(ports, actor, UNIT)
    if begun is None or begun.state == TakeInState.ARRANGING:
        _upload(house, draft)
        case = {"title": "某某公司擅自占道案", "closed_on": "2026-10-30"}
        save_description(ports, actor, draft, json.dumps({"case": case, "items": ITEMS}).encode())
    receipt = seal_draft(ports, actor, draft)
    tell({"deed": "sealed", "case": receipt.case_id, "code": receipt.reference_code, "at": str(receipt.sealed_at)})


def _upload(house: House, draft: IntakeId) -> None:
    """Sends every file from where it stands, in two pieces each, and has them accepted."""
    ports, actor = house.ports.get(TakeIn), person(house, "archivist")
    with house.works.work(actor) as work:
        known = {line.name: line.id for line in list_uploads(ports, work, draft)}
    for name, data in FILES.items():
        upload = known.get(name) or create_upload(ports, actor, draft, name, len(data))
        while (stands := open_upload(ports, actor, upload)).state is UploadState.RECEIVING:
            append_upload(ports, actor, upload, stands.offset, iter([data[stands.offset :][: len(data) // 2 + 1]]))
    for _ in range(len(FILES) + 1):
        while accept_next(ports, "prove"):
            pass
        house.clock.advance(LEASE * 2)  # a worker that died holds its lease until then
        requeue_acceptances(ports)


def _late(house: House, base: Base, tell: Tell) -> None:
    with house.works.work(person(house, "archivist")) as work:
        seal = work.session.get(SealRow, (base.sealed, 2))
    if seal is None:
        note = "补充归档送达回证。"
        ports, actor = house.ports.get(TakeIn), person(house, "archivist")
        path = base.folder / "late.txt"
        receipt = add_late_document(ports, actor, base.sealed, path, title="送达回证", note=note)
        tell({"deed": "late", "version": receipt.version, "at": str(receipt.sealed_at)})
    else:
        tell({"deed": "late", "version": 2, "at": str(seal.sealed_at)})


def _release(house: House, base: Base, tell: Tell) -> None:
    counter = house.ports.get(Counter)
    archivist = person(house, "archivist")
    with house.works.work(archivist) as work:
        made = work.session.scalars(select(ReleaseRow.id).where(ReleaseRow.request_id == base.request)).first()
    release = ReleaseId(made) if made else make_release(house.works, counter, archivist, base.request)
    tell({"deed": "released", "release": release})


def _hold(house: House, base: Base, tell: Tell) -> None:
    with house.works.work(person(house, "legal")) as work:
        found = list_holds(work, base.due)
        target = get_case_target(work, base.due)
        hold = found[0].id if found else place_hold(work, target, HoldKind.LITIGATION, "行政诉讼")
    tell({"deed": "held", "hold": hold})


def _destroy(house: House, base: Base, tell: Tell) -> None:
    with house.works.work(person(house, "deputy")) as work:
        if get_case_row(work, base.due).state != SealState.DESTROYED:
            destroy_case(work, house.holdings, make_disposal_order(work, get_case_target(work, base.due)))
    tell({"deed": "decided"})
    handlers = {TOPIC: destruction_handler(house.holdings)}
    for _ in range(6):
        house.ports.get(Ledgers).sequence()
        drain(house.works.sessions, house.clock, handlers)
        with house.works.sessions() as session:
            state = session.scalars(select(OutboxRow.state).where(OutboxRow.topic == TOPIC)).one()
        if state == "done":
            tell({"deed": "destroyed"})
            return
        house.clock.advance(timedelta(minutes=11))
    raise RuntimeError(f"the destruction was decided and never carried out: {state}")


def _new_case(house: House, base: Base) -> CaseId | None:
    with house.works.sessions() as session:
        known = (base.sealed, base.due)
        return CaseId(session.scalars(select(CaseRow.id).where(CaseRow.id.not_in(known))).one())


SCENARIOS = (
    Scenario("take-in", _take_in, _new_case, 4),
    Scenario("draft", _draft, _new_case, 4),
    Scenario("late", _late, lambda house, base: base.sealed, 3),
    Scenario("release", _release, lambda house, base: base.sealed, 2),
    Scenario("hold", _hold, lambda house, base: base.due, 1),
    Scenario("destroy", _destroy, lambda house, base: None, 2),
)


def settle(house: House) -> list[str]:
    """Recovery as at a start; its alarms."""
    report = recover(house.ports.get(TakeIn), house.ports.get(Counter))
    return [f"alarm: {each}" for each in (*report.alarms, *report.quarantined, *report.busy)]


def check(house: House, base: Base, scenario: Scenario, pins: list[bytes]) -> Iterator[str]:
    """Everything that is wrong after recovery and a second run, in words."""
    yield from _rows(house)
    yield from _bytes(house)
    yield from _keys(house)
    anchors = outside_anchors(house, pins)
    ledgers = house.ports.get(Ledgers)
    ledgers.sequence()  # as the worker does every second
    yield from (f"ledger: {f.code} {f.en}" for f in ledgers.audit(anchors.pins, anchors.ledger_keys) if not f.is_note)
    focus = scenario.focus(house, base)
    if focus is not None:
        layers = verify_case(house.holdings, person(house, "archivist"), focus, anchors, deep=True)
        yield from (f"{layer.name}: {f.code} {f.where}" for layer in layers for f in layer.findings if not layer.ok)


def _rows(house: House) -> Iterator[str]:
    with house.works.sessions() as session:
        if found := session.scalars(select(IntentRow.case_id)).all():
            yield f"intents left: {found}"
        if found := session.scalars(select(IntakeFileRow.file_id)).all():
            yield f"rows of received files left: {found}"
        if found := session.scalars(select(UploadRow.id)).all():
            yield f"uploads left: {found}"
        if found := session.scalars(select(IntakeRow.state).where(IntakeRow.state.not_in(["sealed", "refused"]))).all():
            yield f"take-ins left open: {found}"
        cases = session.scalars(select(CaseRow)).all()
        if open_cases := [case.state for case in cases if case.state not in (SealState.SEALED, SealState.DESTROYED)]:
            yield f"cases left: {open_cases}"
        for series in session.scalars(select(SeriesRow).where(SeriesRow.series.in_([case.series for case in cases]))):
            given = sorted(case.file_no for case in cases if case.series == series.series)
            if given != list(range(1, series.last + 1)):
                yield f"numbers of {series.series}: {given}, last {series.last}"
        seals = session.scalars(select(SealRow.case_id)).all()
        if len(seals) != sum(case.version for case in cases):
            yield f"{len(seals)} seals"
        releases = sorted(session.scalars(select(ReleaseRow.id)))
    copies = house.ports.get(Counter).copies
    if releases != sorted(copies.names()):
        yield f"releases {releases}, copies {copies.names()}"
    for release in releases:
        if not copies.get(release).startswith(b"%PDF"):
            yield f"{release} is no PDF"


def _bytes(house: House) -> Iterator[str]:
    if staged := house.holdings.store.staged():
        yield f"left in staging: {staged}"
    with house.works.sessions() as session:
        sealed = session.scalars(select(CaseRow.id).where(CaseRow.state == SealState.SEALED)).all()
    objects = [path.parent.name for path in (house.path / "store").rglob("0=ocfl_object_1.1")]
    if len(objects) != len(sealed):
        yield f"{len(objects)} objects beside {len(sealed)} sealed cases"
    for case_id in sealed:
        if house.holdings.store.object_folder(object_id(CaseId(case_id))) is None:
            yield f"no object of {case_id}"


def _keys(house: House) -> Iterator[str]:
    """Every stored file and every copy that waits has its key, nothing else has; copies keep theirs under one key."""
    with house.works.sessions() as session:
        wanted = {*session.scalars(select(FileRow.id)), *session.scalars(select(ReleaseRow.id))}
    for place in ("a", "b"):
        (path,) = (house.path / "keys" / place).glob("keys-*.sqlite")
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            found = database.execute("SELECT kind, id FROM records").fetchall()
        database.close()
        files = {name for kind, name in found if kind == "file"}
        if files != wanted:
            yield f"keys in {place}: {len(files - wanted)} too many, {len(wanted - files)} missing"
        if intakes := [name for kind, name in found if kind == "intake" and COPIES not in name]:
            yield f"intake keys in {place}: {intakes}"
