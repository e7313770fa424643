"""Example cases for tests: described and sealed by the real deeds, of several key tiers and versions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from archive.drafts import CaseDraft, DraftFile, DraftItem
from archive.facts import CaseFacts, ItemFacts
from archive.installation import Ledgers
from archive.kernel.ids import CaseId, IntakeId, ItemId, UnitCode, new_id
from archive.ledger.rules.notes import parse_checkpoint, parse_note, parse_verifier_keys
from archive.ledger.terms import Pin
from archive.ports import object_id
from archive.rules.markings import join, to_json
from archive.sealing_parts import anchors_of
from archive.service.annotating import annotate_case, next_version
from archive.service.describing import describe_case
from archive.service.receipts import package_digest
from archive.service.sealing import SealReceipt, seal_case
from archive.service.staging import StagedFile, Staging
from archive.service.verifying import Anchors
from archive.terms import Claim, Compartment, Level, Marking, Part, Role
from retention.rules.periods import default_rule, derive, disposal_year
from retention.service import assign_rule
from tests.support.house import UNIT, House, person

OPEN = Marking()
PRIVATE = Marking(claims=(Claim(Compartment.PRIVACY, "某某"),))
TRADE = Marking(claims=(Claim(Compartment.TRADE_SECRET, "某公司"),))
PROCESS = Marking(claims=(Claim(Compartment.PROCESS_PAPER),))
SECRET = Marking(level=Level.SECRET, until=date(2036, 1, 1), basis="保密事项范围")
CLOSED = date(2026, 11, 1)


@dataclass(frozen=True)
class Paper:
    """One item of an example case: its title, marking and bytes; those of a recording lie in the file ``path``."""

    title: str
    marking: Marking = OPEN
    content: bytes = b"%PDF-1.4 example\n"
    part: Part = Part.MAIN
    name: str = ""  # one of its own, so that no two examples are the same package
    role: Role = Role.ORIGINAL
    pages: int = 1
    path: Path | None = None


PAPERS = (Paper("立案审批表"), Paper("身份证明", PRIVATE, b"an identity card\n"))


@dataclass(frozen=True)
class SealedExample:
    """A sealed case, where its object lies, and the last receipt."""

    house: House
    case_id: CaseId
    receipt: SealReceipt

    @property
    def folder(self) -> Path:
        found = self.house.holdings.store.object_folder(object_id(self.case_id))
        assert found is not None
        return found


def describe_example(
    house: House,
    papers: Sequence[Paper] = PAPERS,
    *,
    login: str = "archivist",
    title: str = "某某公司擅自设置户外广告案",
    marking: Marking | None = None,
    unit: UnitCode = UNIT,
    package: str = "",
    closed: date = CLOSED,
) -> CaseId:
    """Takes a case into custody as take-in does, with its retention rule, and does not seal it."""
    holdings = house.holdings
    case_id = CaseId(new_id("case"))
    staging = Staging(holdings, case_id, 1)
    items = tuple(_item(house, staging, paper) for paper in papers)
    whole = join([OPEN]) if marking is None else marking
    facts = CaseFacts(title=title, closed_on=closed, marking=to_json(whole))
    received = {(file.name, file.sha256) for item in items for file in item.files if file.role is Role.ORIGINAL}
    digest = package or (package_digest(holdings, received) if received else new_id("package"))
    draft = CaseDraft(case_id, unit, facts, whole, items, IntakeId(new_id("intake")), digest)
    rule = default_rule(30)
    with holdings.works.work(person(house, login)) as work:
        describe_case(work, holdings, draft, rule.code, disposal_year(derive(rule, closed)))
        assign_rule(work, case_id, rule, closed)
    return case_id


def seal_example(
    house: House,
    papers: Sequence[Paper] = PAPERS,
    *,
    versions: int = 1,
    login: str = "archivist",
    title: str = "某某公司擅自设置户外广告案",
) -> SealedExample:
    """A sealed case of ``versions`` versions, each later one with a late document, an hour apart."""
    case_id = describe_example(house, papers, login=login, title=title)
    receipt = seal_case(house.holdings, person(house, login), case_id)
    for version in range(2, versions + 1):
        receipt = add_version(house, case_id, Paper(f"补充材料{version}"))
    return SealedExample(house, case_id, receipt)


def add_version(house: House, case_id: CaseId, paper: Paper | None = None) -> SealReceipt:
    """One more version of a sealed case: an entry of the note form, and a late document where one is given."""
    holdings, actor = house.holdings, person(house, "archivist")
    house.clock.advance(timedelta(hours=1))
    with holdings.works.work(actor) as work:
        version = next_version(work, case_id)
    items = [] if paper is None else [_item(house, Staging(holdings, case_id, version), paper)]
    return annotate_case(holdings, actor, case_id, items, f"第{version}版：补充说明。")


def outside_anchors(house: House, checkpoints: Iterable[bytes] = ()) -> Anchors:
    """What a checker has outside: root certificates, ledger keys, and ``checkpoints`` as signed notes."""
    pins = tuple(Pin(parse_checkpoint(parse_note(note).text), note, "tests") for note in checkpoints)
    keys = tuple(parse_verifier_keys(house.ports.get(Ledgers).verifier_keys()))
    return Anchors(anchors_of(house.holdings.sealing), keys, pins, "outside")


def _item(house: House, staging: Staging, paper: Paper) -> DraftItem:
    staged = _recorded(staging, paper.path) if paper.path else staging.add_bytes(paper.content)
    name = paper.name or f"{staged.id}.txt"
    keyed = house.holdings.keys.keyed_digest("files", bytes.fromhex(staged.sha256))
    file = DraftFile(
        staged.id,
        paper.role,
        name,
        {".pdf": "application/pdf", ".mp4": "video/mp4"}.get(Path(name).suffix, "text/plain"),
        staged.size,
        staged.sha256,
        staged.stored_size,
        staged.stored_sha512,
        keyed,
    )
    facts = ItemFacts(title=paper.title, marking=to_json(paper.marking))
    rendition = "media" if paper.path else "pdfa" if paper.role is Role.PDFA else "original-only"
    kind, pages = ("recording", 0) if paper.path else ("paper", paper.pages)
    return DraftItem(
        ItemId(new_id("item")), paper.part, kind, paper.marking, facts, (file,), pages, rendition
    )  # fmt: skip


def _recorded(staging: Staging, path: Path) -> StagedFile:
    with path.open("rb", buffering=0) as source:
        return staging.add(iter(lambda: source.read(1 << 20), b""), recording=True)
