"""The background's first pass finishes what a dead process left: an accepted case is sealed without anybody asking."""

from __future__ import annotations

from pathlib import Path

from archive.doors.service_cli import Passes
from archive.tables import CaseRow
from archive.terms import SealState
from tests.support.cases import Paper, describe_example
from tests.support.house import make_house
from wsgi import handlers, recover_ports


def test_the_first_pass_seals_what_waits(tmp_path: Path) -> None:
    house = make_house(tmp_path / "home")
    case_id = describe_example(house, (Paper("立案审批表"),))
    one_pass = Passes(house.ports, handlers, recover_ports)
    assert one_pass()["stuck"] == 0
    with house.works.sessions() as session:
        assert session.get_one(CaseRow, case_id).state == SealState.SEALED
