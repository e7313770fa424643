"""An upload whose process is killed in the middle: what was acknowledged stays, the half part and its key are gone."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import wsgi
from archive.kernel.jobs import LEASE
from archive.ports import object_id
from archive.service.staging import Staging
from ingest.service.accepting import accept_next
from ingest.service.draft_sealing import ask_seal, seal_next
from ingest.service.drafts import begin_draft, get_draft
from ingest.service.recovery import recover
from ingest.service.uploads import PART, append_upload, create_upload, open_upload
from ingest.terms import UploadState
from tests.ingest.drafting import lines, make_draft, pieces, upload
from tests.ingest.support import Desk
from tests.support.house import UNIT

SIZE = PART + 30 * 2**20
_CHILD = """
import os, sys
from pathlib import Path
from archive.kernel.actor import Actor
from archive.kernel.clock import FixedClock
from ingest.ports import TakeIn
from tests.support.house import START, open_house

home, person, deed, subject = sys.argv[1:]
house = open_house(Path(home), FixedClock(START))
ports, actor = house.ports.get(TakeIn), Actor(person, "archivist")
kill = lambda: os.kill(os.getpid(), 9)

def pieces():
    for number in range(94):
        if number == 80:
            kill()
        yield bytes([number]) * 2**20

class Scanner:
    def scan(self, chunks):
        kill()

class Worker:
    def tell(self, stage, name, done, total):
        if stage == "normalise":
            kill()

if deed == "append":
    from ingest.service.uploads import append_upload
    append_upload(ports, actor, subject, 0, pieces())
elif deed == "accept":
    from dataclasses import replace
    from ingest.service.accepting import accept_next
    accept_next(replace(ports, scanner=Scanner()), "child")
else:
    from ingest.service.draft_sealing import seal_draft
    seal_draft(ports, actor, subject, Worker())
"""


def _killed(desk: Desk, deed: str, subject: str) -> None:
    words = [str(desk.house.path), desk.actor.id, deed, subject]
    done = subprocess.run([sys.executable, "-c", _CHILD, *words], cwd=Path(wsgi.__file__).parent, check=False)
    assert done.returncode == -9


def _whole() -> bytes:
    return b"".join(bytes([number]) * 2**20 for number in range(94))


def test_killed_in_the_middle_of_a_part(desk: Desk) -> None:
    draft = begin_draft(desk.ports, desk.actor, UNIT)
    made = create_upload(desk.ports, desk.actor, draft, "film.mp4", SIZE)
    _killed(desk, "append", made)
    stands = open_upload(desk.ports, desk.actor, made)
    assert stands.offset == PART, "the part that was acknowledged counts, the half one does not"
    keys, staging = desk.ports.holdings.keys, Staging(desk.ports.holdings, stands.intake.case_id, 1)
    assert len(staging.names()) == 2
    report = recover(desk.ports)
    assert report.alarms == [] and report.quarantined == [] and stands.intake.case_id in report.resumable
    assert len(staging.names()) == 1 and keys.file_ids(object_id(stands.intake.case_id)) == staging.names()
    append_upload(desk.ports, desk.actor, made, stands.offset, pieces(_whole()[stands.offset :]))
    assert accept_next(desk.ports, "tests")
    assert lines(desk, draft)["film.mp4"].sha256 == hashlib.sha256(_whole()).hexdigest()


def test_killed_while_accepting_it_is_done_again_from_the_parts(desk: Desk) -> None:
    draft = begin_draft(desk.ports, desk.actor, UNIT)
    made = upload(desk, draft, "a.txt", b"a" * 100_000)
    _killed(desk, "accept", made)
    with desk.ports.works.work(desk.actor) as work:
        case = get_draft(desk.ports, work, draft).case_id
    recover(desk.ports)
    assert len(desk.ports.holdings.keys.file_ids(object_id(case))) == 1, (
        "the file without a row is gone, the part stays"
    )
    assert not accept_next(desk.ports, "tests"), "the lease of the dead worker still runs"
    desk.house.clock.advance(LEASE * 2)
    assert accept_next(desk.ports, "tests")
    assert lines(desk, draft)["a.txt"].state is UploadState.ACCEPTED


def test_killed_while_sealing_the_draft_can_be_sealed_again(desk: Desk) -> None:
    draft = make_draft(desk, {"a.txt": b"killed", "b.txt": b"while sealing"})
    _killed(desk, "seal", draft)
    recover(desk.ports)
    assert {line.state for line in lines(desk, draft).values()} == {UploadState.ACCEPTED}
    ask_seal(desk.ports, desk.actor, draft)
    assert seal_next(desk.ports, "tests")
    with desk.ports.works.work(desk.actor) as work:
        assert get_draft(desk.ports, work, draft).state == "sealed"


def test_a_part_that_the_medium_lost_is_sent_again(desk: Desk) -> None:
    draft = begin_draft(desk.ports, desk.actor, UNIT)
    made = create_upload(desk.ports, desk.actor, draft, "a.bin", 3000)
    for start in (0, 1000):
        append_upload(desk.ports, desk.actor, made, start, iter([b"x" * 1000]))
    stands = open_upload(desk.ports, desk.actor, made)
    staging = Staging(desk.ports.holdings, stands.intake.case_id, 1)
    victims = sorted(staging.names(), key=lambda name: (staging.data / name).stat().st_mtime_ns)
    (staging.data / victims[1]).unlink()
    recover(desk.ports)
    assert open_upload(desk.ports, desk.actor, made).offset == 1000
