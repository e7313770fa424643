"""Behind 随后到馆: the further cases come in one after another, beside the pages or before the story's end."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed

from access.service.people import find_person
from access.terms import Duty
from archive.kernel.actor import Actor, machine_actor
from archive.kernel.ids import UnitCode
from archive.kernel.ports import Ports
from archive.kernel.work import Works
from ingest.demo.names import UNIT_OF
from ingest.demo.packages import Packages
from ingest.demo.people import ARCHIVISTS, PEOPLE
from ingest.ports import TakeIn
from ingest.service.reports import NOTE_WORDS
from ingest.service.take_in import take_in
from ingest.terms import Receipt


def archivist_of(ports: Ports, name: str) -> Actor:
    """Who takes a further case in."""
    unit = UNIT_OF[name]
    login = ARCHIVISTS[unit]
    with ports.get(Works).work(machine_actor("demo", "演示")) as work:
        person = find_person(work, login)
    return Actor(person, PEOPLE[login][0], frozenset({Duty.ARCHIVIST}), unit=UnitCode(unit))


def take_in_further(ports: Ports, packages: Packages, say: Callable[[str], None], after: Callable[[], object]) -> None:
    """Takes every further case in as its package is ready; tells each with its seconds; after a break it goes on."""
    take_ins = ports.get(TakeIn)

    def take(name: str) -> tuple[Receipt, float]:
        path, begun = packages.path(name), time.monotonic()
        return take_in(take_ins, archivist_of(ports, name), path), time.monotonic() - begun

    # two lanes: while one waits for a limited child, the other works
    with ThreadPoolExecutor(2) as lanes:
        waiting = [lanes.submit(take, name) for name in packages.names]
        for number, lane in enumerate(as_completed(waiting), 1):
            receipt, seconds = lane.result()
            after()
            told = f"{receipt.reference_code}  {receipt.title}  {receipt.items} 件  {receipt.state}"
            say(f"[{number}/{len(packages.names)}] {told}  —— {seconds:.1f} s")
            for note in receipt.notes:
                if note.code.startswith("media-") and note.code in NOTE_WORDS:
                    words = NOTE_WORDS[note.code][0].format(code=note.code, detail=note.detail)
                    say(f"      发现：{note.file}：{words}")
