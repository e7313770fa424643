"""Destroying: nothing made of a case outlives it, no seal comes after it, a key place that is away only delays it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from access.tables import ClearanceRow
from archive.doors.service_cli import run_once
from archive.installation import Ledgers
from archive.kernel.ids import CaseId, FileId
from archive.kernel.orders import DisposalOrder
from archive.kernel.outbox import OutboxRow, drain
from archive.kernel.refusals import Refusal
from archive.keys.store import KeyStore
from archive.ports import object_id
from archive.rules.four_properties import Checkpoint
from archive.service.comparing import compare_store
from archive.service.destroying import TOPIC, destroy_case
from archive.service.page_texts import items_after
from archive.service.property_runs import check_kept
from archive.service.reading import get_item_targets, open_file
from archive.service.sealing import seal_case
from archive.tables import FileRow, IntentRow, PropertyReportRow
from archive.terms import Claim, Compartment, Marking, Role, Tier
from search.ports import SearchPorts
from search.service.find import find
from search.tables import IndexedItemRow
from tests.support.cases import PRIVATE, Paper, describe_example, outside_anchors, seal_example
from tests.support.house import House, person
from wsgi import handlers

INFORMER = Marking(claims=(Claim(Compartment.INFORMANT),))


def _order(house: House, case_id: CaseId) -> DisposalOrder:
    return DisposalOrder(case_id, "期满", date(2021, 1, 1), house.clock.now(), ())


def _destroy(house: House, case_id: CaseId) -> None:
    with house.works.work(person(house, "deputy")) as work:
        destroy_case(work, house.holdings, _order(house, case_id))


def _refused(deed: Callable[[], object]) -> list[str]:
    with pytest.raises(Refusal) as refused:
        deed()
    return [reason.code for reason in refused.value.all()]


def _found(house: House, text: str) -> int:
    with house.works.work(person(house, "archivist")) as work:
        return find(work, house.ports.get(SearchPorts), text).total


def _outbox(house: House) -> str:
    with house.works.sessions() as session:
        return session.scalars(select(OutboxRow.state).where(OutboxRow.topic == TOPIC)).one()


def test_what_was_destroyed_is_found_no_more_and_leaves_every_index(fresh: House) -> None:
    gone = seal_example(fresh, (Paper("蔷薇路占道经营笔录"),)).case_id
    seal_example(fresh, (Paper("蔷薇路现场照片"),))
    run_once(fresh.ports, handlers)
    assert _found(fresh, "蔷薇路") == 2
    _destroy(fresh, gone)
    assert _found(fresh, "蔷薇路") == 1
    for _ in range(3):
        run_once(fresh.ports, handlers)
        fresh.clock.advance(timedelta(minutes=11))
    with fresh.works.work(person(fresh, "archivist")) as work:
        items = get_item_targets(work, gone)
        held = select(IndexedItemRow.item_id).where(IndexedItemRow.item_id.in_(items))
        assert items and not work.session.scalars(held).all()
        assert not {row.id for row in items_after(work, "", 50)} & set(items)  # a rebuild steps over the tombstone
    assert _found(fresh, "占道经营") == 0
    assert _outbox(fresh) == "done"


def test_the_evidence_of_later_checks_goes_with_its_case(fresh: House) -> None:
    sealed = seal_example(fresh, (Paper("立案审批表"),))
    run = check_kept(
        fresh.holdings, person(fresh, "archivist"), sealed.case_id, Checkpoint.KEEPING, outside_anchors(fresh)
    )
    evidence = object_id(CaseId(run.evidence_id))
    assert fresh.holdings.keys.file_ids(evidence) and fresh.holdings.store.object_folder(evidence) is not None
    _destroy(fresh, sealed.case_id)
    for _ in range(2):  # the ledger places the decision first
        run_once(fresh.ports, handlers)
        fresh.clock.advance(timedelta(minutes=11))
    assert not fresh.holdings.keys.list_records(evidence) and fresh.holdings.store.object_folder(evidence) is None
    with fresh.works.sessions() as session:
        assert session.scalars(select(PropertyReportRow)).all() == []
    assert compare_store(fresh.holdings).ok


def test_a_key_place_that_is_away_delays_a_destruction_and_does_not_end_it(fresh: House) -> None:
    gone = seal_example(fresh).case_id
    _destroy(fresh, gone)
    fresh.ports.get(Ledgers).sequence()
    ready = handlers(fresh.ports)
    place = fresh.ports.get(KeyStore).vault.places[-1].path
    away = place.with_name("unplugged")
    place.rename(away)
    drain(fresh.works.sessions, fresh.clock, ready)
    assert _outbox(fresh) == "waiting"
    away.rename(place)
    fresh.clock.advance(timedelta(minutes=11))
    drain(fresh.works.sessions, fresh.clock, ready)
    assert _outbox(fresh) == "done"
    assert not fresh.holdings.keys.file_ids(object_id(gone))
    assert fresh.holdings.store.object_folder(object_id(gone)) is None


def test_a_case_whose_seal_is_under_way_is_not_destroyed(fresh: House) -> None:
    case_id = seal_example(fresh).case_id
    with fresh.works.work(person(fresh, "archivist")) as work:
        work.session.add(
            IntentRow(case_id=case_id, version=2, inventory_sha512="0" * 128, plan={}, created_at=work.now)
        )
    assert _refused(lambda: _destroy(fresh, case_id)) == ["archive.version-pending"]


def test_a_generated_file_needs_every_kind_of_its_tier(house: House) -> None:
    with house.works.work(person(house, "confidentiality")) as work:
        work.session.add(
            ClearanceRow(
                person_id=person(house, "archivist2").id,
                compartments="PRIVACY",
                until=work.now + timedelta(days=1),
                ground="tests",
                granted_by=work.actor.id,
                granted_at=work.now,
            )
        )
    papers = (Paper("身份证明", PRIVATE), Paper("举报人笔录", INFORMER))
    case_id = describe_example(house, papers, marking=PRIVATE)
    seal_case(house.holdings, person(house, "archivist"), case_id)
    with house.works.sessions() as session:
        wanted = select(FileRow).where(FileRow.case_id == case_id, FileRow.tier == Tier.PERSONAL)
        rows = session.scalars(wanted.where(FileRow.item_id.is_(None))).all()
    assert Role.INNER_MANIFEST in {row.role for row in rows}

    def read(login: str, file_id: str) -> bool:
        with house.works.work(person(house, login)) as work:
            open_file(work, house.holdings, FileId(file_id)).close()
        return True

    for row in rows:
        assert read("archivist", row.id)
        assert _refused(lambda: read("archivist2", row.id)) == ["access.compartment-lacking"]  # noqa: B023
