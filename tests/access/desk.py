"""A desk 办理台 for tests: a house, a counter whose copies are made by a fake,
the steps of a request in one call."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from access.ports import CopyWords, Counter
from access.service.people import link_party
from access.service.requests import get_request, review_request, sign_request, submit_request
from access.terms import Duty
from archive.installation import Ledgers
from archive.kernel.ids import CaseId, ItemId, RequestId
from archive.kernel.orders import ApprovedRelease
from archive.kernel.work import Work
from archive.service.reading import get_case_target, get_item_targets
from tests.support.cases import Paper, seal_example
from tests.support.house import House, person

PDF = b"%PDF-1.7 a copy\n" * 9000


@dataclass
class Maker:
    """Makes the same copy of everything; ``during`` runs while it is built."""

    during: Callable[[], object] = lambda: None
    words: list[CopyWords] = field(default_factory=list)

    def gather(self, work: Work, approved: ApprovedRelease, words: CopyWords) -> Callable[[], bytes]:
        """Keeps the words."""
        self.words.append(words)

        def build() -> bytes:
            self.during()
            return PDF

        return build


@dataclass(frozen=True)
class Desk:
    """A house with a counter of its own."""

    house: House
    maker: Maker
    counter: Counter

    def case(self, *papers: Paper) -> CaseId:
        """A sealed case of which ``party`` is the party."""
        case_id = seal_example(self.house, papers or (Paper("处罚决定书"),)).case_id
        with self.house.works.work(person(self.house, "archivist")) as work:
            link_party(work, get_case_target(work, case_id), person(self.house, "party").id, Duty.PARTY, "身份证原件")
        return case_id

    def ask(self, case_id: CaseId, items: Sequence[ItemId] = ()) -> RequestId:
        """The party asks for ``items``, or for everything."""
        with self.house.works.work(person(self.house, "party")) as work:
            wanted = list(items) or list(get_item_targets(work, case_id))
            return submit_request(work, self.counter, case_id, wanted, "提起行政诉讼")

    def approved(self, case_id: CaseId) -> RequestId:
        """A request that every hand has signed."""
        request = self.ask(case_id)
        with self.house.works.work(person(self.house, "archivist")) as work:
            view = get_request(work, self.counter, request)
            review_request(work, self.counter, request, view.items, "")
            seen = get_request(work, self.counter, request).scope_digest
        with self.house.works.work(person(self.house, "deputy")) as work:
            sign_request(work, self.counter, request, approves=True, reason="同意", seen=seen)
        return request

    def sequence(self) -> None:
        """The ledger takes in what was recorded."""
        self.house.ports.get(Ledgers).sequence()

    def can_write(self) -> bool:
        """Whether somebody else could write into the database at this moment."""
        engine = self.house.works.sessions.kw["bind"]
        other = sqlite3.connect(engine.url.database, timeout=0, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return False
        finally:
            other.close()
        return True


def make_desk(house: House) -> Desk:
    """A desk in ``house``."""
    maker = Maker()
    return Desk(house, maker, replace(house.ports.get(Counter), maker=maker))
