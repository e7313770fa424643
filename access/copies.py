"""Copies 复制件 on this machine: made by the holdings, kept under the release key until collected."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from access.ports import CopyWords, Counter
from archive.facts import CaseFacts
from archive.kernel.guard import Purpose
from archive.kernel.ids import ItemId
from archive.kernel.orders import ApprovedRelease
from archive.kernel.refusals import Refusal
from archive.kernel.work import Work
from archive.keys.files import LocalFiles
from archive.keys.store import KeyStore
from archive.keys.terms import Tier
from archive.pages.assemble import CopyDocument, assemble_copy
from archive.pages.render import render
from archive.pages.terms import CopyPart, CopyStatementFacts
from archive.ports import Holdings
from archive.service.columns import Columns
from archive.service.dossier import get_case_row
from archive.service.reading import ItemLine, find_file, get_case, open_file
from archive.service.staging import SealedSource
from archive.terms import Level, Role, SealState

_NONCE = 12
COPIES = "urn:anjuan:releases"  # the object under which the key store lists the keys of copies
_CAPACITIES = {"party": "当事人", "agent": "代理人"}


@dataclass(frozen=True, slots=True)
class _Paper:
    """One approved paper: its words, and its sealed PDF/A opened for reading."""

    line: ItemLine
    title: str
    source: SealedSource


@dataclass(frozen=True, slots=True)
class HoldingsCopyMaker:
    """Makes the copy from the holdings 复制件制作: the statement, then the approved papers; sealed by the archive."""

    holdings: Holdings

    def gather(self, work: Work, approved: ApprovedRelease, words: CopyWords) -> Callable[[], bytes]:
        """Opens exactly the items in ``approved``, each by the guard for this purpose, each read in the ledger.

        Refuses what has no PDF/A yet (``archive.copy-unrendered``): an original is not handed out in a form that
        cannot carry a seal.
        """
        case = get_case_row(work, approved.case_id)
        if case.state != SealState.SEALED:
            raise Refusal("archive.case-not-sealed", reference=case.reference_code)
        columns = Columns(self.holdings, approved.case_id, sealed=True)
        facts = columns.read(CaseFacts, case.id, Tier(case.tier), case.facts_enc)
        volumes = get_case(work, self.holdings, approved.case_id).volumes
        lines = {line.item_id: line for volume in volumes for line in volume.items}
        with ExitStack() as opened:
            papers = [self._open(work, lines.get(item), opened) for item in approved.items]
            closing = opened.pop_all()
        withheld = tuple(_left_out(lines.get(item), words.left_out_reason) for item in words.left_out)
        statement = _statement(self.holdings, case.reference_code, facts, approved, words, papers, withheld)

        def build() -> bytes:
            with closing:
                return self._build(statement, words, papers)

        return build

    def _open(self, work: Work, line: ItemLine | None, opened: ExitStack) -> _Paper:
        if line is None:
            raise Refusal("archive.case-unknown")
        if line.rendition != "pdfa":
            raise Refusal("archive.copy-unrendered", title=line.facts.title if line.facts is not None else "")
        file_id = find_file(work, ItemId(line.item_id), Role.PDFA)
        source = open_file(work, self.holdings, file_id, Purpose.COPY_REQUEST)
        opened.callback(source.close)
        if line.facts is None:  # withheld or locked: the file above is refused first, in its own words
            raise Refusal("archive.case-unknown")
        return _Paper(line, line.facts.title, source)

    def _build(self, statement: CopyStatementFacts, words: CopyWords, papers: Sequence[_Paper]) -> bytes:
        trial = self.holdings.trial
        documents = [CopyDocument(paper.title, paper.source.whole(), paper.line.page_count) for paper in papers]
        front = render(statement, timestamp=words.made_at, trial=trial)
        footer = f"{words.release_no} 复制件"
        whole = assemble_copy(front, documents, footer, timestamp=words.made_at, trial=trial)
        return self.holdings.sealing.pdf_sealer.seal(whole, "出具复制件", {})


def _statement(
    holdings: Holdings,
    reference_code: str,
    facts: CaseFacts,
    approved: ApprovedRelease,
    words: CopyWords,
    papers: Sequence[_Paper],
    withheld: tuple[str, ...],
) -> CopyStatementFacts:
    return CopyStatementFacts(
        release_no=words.release_no,
        bureau_name=holdings.bureau.name,
        case_title=facts.title,
        reference_code=reference_code,
        recipient=words.recipient,
        purpose=approved.purpose,
        approved_by=words.approved_by,
        approved_on=words.approved_on,
        made_by=words.made_by,
        made_at=words.made_at,
        capacity=_CAPACITIES.get(words.capacity, words.capacity),
        request_no=words.request_no,
        requested_on=words.requested_on,
        decision_no=facts.decision_no,
        parts=tuple(
            CopyPart(
                title=paper.title,
                page_count=paper.line.page_count,
                reference_code=paper.line.reference_code,
                source_pages=_pages(paper.line),
            )
            for paper in papers
        ),
        withheld=withheld,
    )


def _left_out(line: ItemLine | None, reason: str) -> str:
    """A paper that is not given, as its party knows it: guarded titles stay out of what leaves the house."""
    if line is None:
        return f"一件材料：{reason}"
    title = line.facts.title if line.facts is not None and not line.kinds and line.level is Level.NONE else ""
    return f"第{line.sequence}件{title and f'《{title}》'}：{reason}"


def _pages(line: ItemLine) -> str:
    return f"{line.first_page}-{line.first_page + line.page_count - 1}" if line.page_count else ""


class LocalCopyStore:
    """Released copies in a folder 复制件存放: AES-256-GCM, each under a key of its own that ends with it."""

    def __init__(self, folder: Path, keys: KeyStore) -> None:
        self._folder = folder
        self._keys = keys
        self._files = LocalFiles()

    def put(self, release_id: str, pdf: bytes) -> None:
        """Keeps a copy, durable before it returns."""
        self._files.folder(self._folder)
        cipher, nonce = AESGCM(self._keys.new_file_key(release_id, COPIES)), os.urandom(_NONCE)
        self._files.create(self._folder / release_id, nonce + cipher.encrypt(nonce, pdf, release_id.encode()))

    def get(self, release_id: str) -> bytes:
        """The copy; FileNotFoundError when it is gone."""
        stored = self._files.read(self._folder / release_id)
        cipher = AESGCM(self._keys.open_key(release_id))
        return cipher.decrypt(stored[:_NONCE], stored[_NONCE:], release_id.encode())

    def names(self) -> tuple[str, ...]:
        """The ids of every copy that lies here, and of each key whose copy could not be written (disk full)."""
        lying = os.listdir(self._folder) if self._folder.is_dir() else ()
        return tuple(sorted({*lying, *self._keys.file_ids(COPIES)}))

    def remove(self, release_id: str) -> None:
        """Overwrites and removes the copy, then its key."""
        self._files.shred(self._folder / release_id)
        self._keys.discard_files([release_id])

    def destroy(self, release_id: str) -> None:
        """Shreds the copy's key in every place, so that no backup opens it, then its bytes."""
        self._keys.destroy_files([release_id])
        self._files.shred(self._folder / release_id)


class RequestTexts:
    """Encrypts what people write in requests 申请文本加密; the field is bound to the text."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def encrypt(self, field: str, text: str) -> bytes:
        """Ciphertext of ``text``."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, text.encode(), field.encode())

    def decrypt(self, field: str, stored: bytes) -> str:
        """The text; InvalidTag when it was changed or moved."""
        return self._cipher.decrypt(stored[:_NONCE], stored[_NONCE:], field.encode()).decode()


def open_counter(holdings: Holdings, keys: KeyStore, folder: Path) -> Counter:
    """The counter of an installation; released copies lie in ``folder``."""
    copies = LocalCopyStore(folder, keys)
    texts = RequestTexts(keys.derive("requests", Tier.GENERAL))
    return Counter(holdings.works, holdings, HoldingsCopyMaker(holdings), copies, texts)
