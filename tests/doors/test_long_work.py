"""Long work beside the pages."""

from __future__ import annotations

from sqlalchemy import select

from archive.doors.page_reading import check_all
from archive.tables import ItemWorkRow
from tests.support.webapp import Site


def test_every_recording_is_looked_at_once(site: Site) -> None:
    check_all(site.house.ports)
    with site.house.works.sessions() as session:
        states = session.scalars(select(ItemWorkRow.state).where(ItemWorkRow.kind == "recording")).all()
    assert states and set(states) <= {"needless", "done"}
    assert check_all(site.house.ports) == 0
