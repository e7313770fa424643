"""What generated pages say 生成页的内容: frozen plain values, one class for each kind of page.

Strings are shown as they are and never read as markup. Instants are UTC-aware and shown in Asia/Shanghai; dates are
Asia/Shanghai dates; sizes are bytes; digests are lower-case hex. An empty string or None is drawn as an empty cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """A case handler 承办人 with the number of the enforcement certificate 执法证号."""

    name: str
    certificate_no: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverFacts:
    """The case cover 案卷封面. ``secrecy_mark`` only for a state secret, for example ``机密★10年``."""

    bureau_name: str
    case_title: str
    file_kind: str = "行政处罚案卷"
    reference_code: str = ""
    internal_file_no: str = ""
    party: str = ""
    cause: str = ""
    decision_no: str = ""
    handling_unit: str = ""
    officers: tuple[Officer, ...] = ()
    outcome: str = ""
    opened_on: date | None = None
    closed_on: date | None = None
    archived_on: date | None = None
    retention: str = ""
    item_count: int | None = None
    page_count: int | None = None
    recording_count: int | None = None
    part: str = ""
    volume_no: int = 1
    volume_count: int = 1
    fonds_no: str = ""
    catalogue_no: str = ""
    file_no: str = ""
    secrecy_mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentsRow:
    """One row of the contents list 卷内文件目录: one document, however many pages."""

    seq: int
    title: str
    doc_no: str = ""
    author: str = ""
    dated_on: date | None = None
    pages: str = ""
    secrecy_mark: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentsFacts:
    """The contents list 卷内文件目录 of one volume."""

    bureau_name: str
    case_title: str
    reference_code: str = ""
    volume_no: int = 1
    volume_count: int = 1
    rows: tuple[ContentsRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteEntry:
    """One dated entry of the note form 备考表条目: a change to a sealed file is a new entry, never an edit."""

    entered_on: date
    kind: str
    statement: str
    version: int | None = None
    compiled_by: str = ""
    compiled_on: date | None = None
    checked_by: str = ""
    checked_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteFacts:
    """The note-for-reference form 卷内备考表, oldest entry first."""

    bureau_name: str
    case_title: str
    reference_code: str = ""
    item_count: int | None = None
    page_count: int | None = None
    recording_count: int | None = None
    entries: tuple[NoteEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """One stored file 存储文件 on the certificate: SHA-256 of its content, SHA-512 of its ciphertext."""

    file: str
    title: str
    size: int
    role: str = ""
    sha256: str = ""
    sha512: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyMark:
    """A key that can be recognised 密钥标记: what it is for, whose it is, SHA-256 of its certificate or public key."""

    use: str
    holder: str
    fingerprint: str
    valid_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointMark:
    """The newest ledger checkpoint known at sealing 存证账本检查点."""

    origin: str
    size: int
    root: str
    noted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """The seal certificate 封存证明. With ``annex_tier`` it is the annex of that key tier and of nothing else."""

    certificate_no: str
    object_id: str
    version: int
    cover: CoverFacts
    sealed_at: datetime
    sealed_by: str
    checked_by: str = ""
    approved_by: str = ""
    suite: str = "Cobblestone-256"
    contents: tuple[ContentsRow, ...] = ()
    files: tuple[StoredFile, ...] = ()
    notes: tuple[NoteEntry, ...] = ()
    keys: tuple[KeyMark, ...] = ()
    checkpoint: CheckpointMark | None = None
    witness: str = ""
    annex_tier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyPart:
    """One document of a released copy 复制件的组成: where it stands in the file and what was masked."""

    title: str
    page_count: int
    reference_code: str = ""
    source_pages: str = ""
    redaction: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyStatementFacts:
    """The statement in front of a certified copy 复制件出具说明 (细则第26条; 档案法实施条例第32条)."""

    release_no: str
    bureau_name: str
    case_title: str
    reference_code: str
    recipient: str
    purpose: str
    approved_by: str
    approved_on: date
    made_by: str
    made_at: datetime
    capacity: str = ""
    request_no: str = ""
    requested_on: date | None = None
    checked_by: str = ""
    decision_no: str = ""
    parts: tuple[CopyPart, ...] = ()
    withheld: tuple[str, ...] = ()
    use_limits: str = ""
    verify_address: str = ""
    verify_code: str = ""
    ledger_leaf: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedFile:
    """One file as it was received 接收文件: its name, size and SHA-256."""

    name: str
    size: int
    sha256: str
    media_type: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingLine:
    """One finding of the take-in 检查发现: file, page, rule, what was found, what to do."""

    severity: str
    what: str
    todo: str
    file: str = ""
    page: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyResult:
    """The result of one of the four properties 四性检测结果 (DA/T 70)."""

    name: str
    checked: int
    failed: int
    not_checked: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeInReportFacts:
    """The receipt 接收回执 (``accepted``) or the refusal report 退回报告 of one submission."""

    report_no: str
    bureau_name: str
    accepted: bool
    package_name: str
    sender_unit: str
    received_at: datetime
    received_by: str
    sender: str = ""
    case_title: str = ""
    reference_code: str = ""
    decided_at: datetime | None = None
    state: str = ""
    resubmit_until: date | None = None
    malware: str = "未查毒"
    properties: tuple[PropertyResult, ...] = ()
    findings: tuple[FindingLine, ...] = ()
    files: tuple[ReceivedFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One line of the four-property report 检测项: its number, what it asks, who answers, the answer, and why."""

    number: str
    name: str
    mode: str
    result: str
    failed: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultLine:
    """One thing that a check found 检测发现: the number, where, what, and whether it was only told."""

    number: str
    where: str
    what: str
    told: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyReportFacts:
    """The four-property report 四性检测报告 (DA/T 70) of one case at one checkpoint, without guarded items."""

    bureau_name: str
    case_title: str
    reference_code: str
    checkpoint: str
    version: int
    made_at: datetime
    made_by: str
    tool: str
    properties: tuple[PropertyResult, ...] = ()
    lines: tuple[CheckLine, ...] = ()
    faults: tuple[FaultLine, ...] = ()
    unseen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet in the place of an item 代页: which item, why it is not here, and whatever of it may be said."""

    number: str
    reason: str
    reason_en: str
    title: str = ""
    ground: str = ""
    pages: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetsFacts:
    """Sheets in the place of items of a bound volume 合订本代页, one on each page."""

    bureau_name: str
    reference_code: str
    sheets: tuple[Sheet, ...]


PageFacts = (
    CoverFacts
    | ContentsFacts
    | NoteFacts
    | CertificateFacts
    | CopyStatementFacts
    | TakeInReportFacts
    | SheetsFacts
    | PropertyReportFacts
)
"""All facts that a page can be made from 生成页内容的全部类型."""
