"""Four properties 四性检测 (DA/T 70-2018): the check list, what a check may answer, and which answers stop a seal.

The list is the one that public programs carry (READ or REMEMBERED, said of each): the standard's own text was not at
hand. Its numbers are known for filing (GD-); hand-over (YJ-) and keeping (CQ-) take the same numbers by analogy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

STANDARD = "DA/T 70-2018"


class Property(IntEnum):
    """One of the four 四性."""

    AUTHENTICITY = 1
    INTEGRITY = 2
    USABILITY = 3
    SECURITY = 4


class Checkpoint(StrEnum):
    """When it is looked at 检测环节: at filing, at hand-over, while kept."""

    FILING = "GD"
    HANDOVER = "YJ"
    KEEPING = "CQ"


class Mode(StrEnum):
    """Who answers 检测方式: this program, a person, or nobody here (and why)."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"
    NOT_AUTOMATIC = "not-automatic"


class Result(StrEnum):
    """The answer 检测结果. ``pending``: nobody knows yet; it is never a pass."""

    PASS = "pass"
    FAIL = "fail"
    NA = "na"
    PENDING = "pending"


class Severity(StrEnum):
    """What a failure does at filing 严重程度: stops the seal, or is told."""

    BLOCKING = "blocking"
    TOLD = "told"


class Source(StrEnum):
    """How sure the number and the wording are 来源."""

    READ = "read"
    BY_SEQUENCE = "read, number by sequence"
    AT_HANDOVER = "read as YJ-1-6, number by analogy"
    ONE_PROJECT = "read, number by one project"
    REMEMBERED = "remembered, not confirmed"
    UNKNOWN = "not confirmed"
    ANALOGY = "number by analogy with GD"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list 检测项; ``why`` says of what is not automatic why it is not."""

    of: Property
    number: int
    zh: str
    en: str
    mode: Mode = Mode.AUTOMATIC
    severity: Severity = Severity.BLOCKING
    source: Source = Source.READ
    why_zh: str = ""
    why_en: str = ""

    @property
    def key(self) -> str:
        """The number without its checkpoint: ``1-7``."""
        return f"{int(self.of)}-{self.number}"

    def id(self, checkpoint: Checkpoint) -> str:
        """The number as the standard writes it: ``GD-1-7``."""
        return f"{checkpoint}-{self.key}"

    def source_at(self, checkpoint: Checkpoint) -> Source:
        """How sure the number is at that checkpoint."""
        if checkpoint is Checkpoint.FILING:
            return self.source
        if checkpoint is Checkpoint.HANDOVER and self.source is Source.AT_HANDOVER:
            return Source.READ
        return self.source if self.source in (Source.REMEMBERED, Source.UNKNOWN) else Source.ANALOGY


_A, _I, _U, _S = Property
_TOLD = Severity.TOLD
_CARRIER = "在线接收，没有载体；用载体移交的由人工记录"
_CARRIER_EN = "received on line, without a carrier; of a carrier a person records it"

CHECKS: tuple[Check, ...] = (
    Check(_A, 1, "固化信息有效性", "fixity information is valid"),
    Check(_A, 2, "元数据项数据长度", "length of metadata values", source=Source.BY_SEQUENCE),
    Check(_A, 3, "元数据项数据类型、格式", "type and format of metadata values"),
    Check(_A, 4, "元数据项值域", "value domain of metadata", source=Source.BY_SEQUENCE),
    Check(_A, 5, "元数据项数据值合理性", "plausibility of metadata values"),
    Check(_A, 6, "元数据项含特殊字符", "special characters in metadata", source=Source.AT_HANDOVER),
    Check(_A, 7, "档号规范性", "archival numbers follow the scheme"),
    Check(_A, 8, "元数据项数据重复性", "duplicates in chosen elements"),
    Check(
        _A,
        9,
        "（未确认的检测项）",
        "(item not confirmed)",
        Mode.NOT_AUTOMATIC,
        _TOLD,
        Source.UNKNOWN,
        "没有读到标准对该项的表述，不作检测",
        "the standard's wording of it was not at hand; nothing is checked",
    ),
    Check(_A, 10, "电子属性一致性", "captured file properties equal the recorded ones"),
    Check(_A, 11, "元数据与内容关联", "metadata are linked to their content"),
    Check(_A, 12, "说明文件和目录文件规范性", "description and directory files conform"),
    Check(_A, 13, "信息包目录结构规范性", "folder structure of the package conforms"),
    Check(_A, 14, "信息包一致性", "package unchanged since it was sent"),
    Check(_I, 1, "总件数相符", "number of items as received"),
    Check(_I, 2, "总字节数相符", "total of bytes as received"),
    Check(_I, 3, "元数据项完整性", "no metadata element missing"),
    Check(_I, 4, "元数据必填著录项", "required elements filled"),
    Check(_I, 5, "过程信息完整性", "process information complete"),
    Check(_I, 6, "连续性元数据项", "running numbers without gap, from the right start"),
    Check(_I, 7, "内容数据完整性", "content data complete"),
    Check(_I, 8, "附件数据完整性", "attachments complete", source=Source.REMEMBERED),
    Check(
        _I,
        9,
        "归档范围",
        "content within the filing scope",
        Mode.MANUAL,
        _TOLD,
        Source.READ,
        "由档案员对照归档范围判断；接收时的完整性规则另行提示",
        "the archivist judges it by the filing scope; the completeness rules of take-in warn apart from it",
    ),
    Check(_I, 10, "信息包内元数据完整性", "metadata inside the package complete"),
    Check(_I, 11, "信息包内文件数相符", "number of files in the package as recorded"),
    Check(_U, 1, "元数据可正常解析", "metadata can be parsed"),
    Check(_U, 2, "目标数据库中元数据可访问", "metadata can be reached in the target database"),
    Check(_U, 3, "内容数据格式", "content format is an allowed one", severity=_TOLD),
    Check(_U, 4, "内容数据可读性", "content can be opened", source=Source.ONE_PROJECT),
    Check(
        _U,
        5,
        "软件环境",
        "software environment",
        Mode.NOT_AUTOMATIC,
        _TOLD,
        Source.REMEMBERED,
        "保存格式公开，没有专用软件；只记录生成工具",
        "kept formats are public and need no software of their own; only the making tools are recorded",
    ),
    Check(
        _U,
        6,
        "硬件环境",
        "hardware environment",
        Mode.NOT_AUTOMATIC,
        _TOLD,
        Source.REMEMBERED,
        "不依赖专用硬件，没有可以检测的对象",
        "no hardware of its own is needed; there is nothing to look at",
    ),
    Check(_U, 7, "信息包可读", "package can be read", source=Source.REMEMBERED),
    Check(_U, 8, "包内格式规范，无加密、无非公开压缩", "formats conform, no encryption, no non-public compression"),
    Check(_S, 1, "防病毒软件在用且为最新", "anti-malware present and current", severity=_TOLD),
    Check(_S, 2, "信息包无病毒", "package free of malware"),
    Check(_S, 3, "载体无多余文件", "no surplus files"),
    Check(
        _S,
        4,
        "载体读取速度",
        "reading speed of the carrier",
        Mode.MANUAL,
        _TOLD,
        Source.REMEMBERED,
        _CARRIER,
        _CARRIER_EN,
    ),
    Check(_S, 5, "载体外观", "appearance of the carrier", Mode.MANUAL, _TOLD, Source.REMEMBERED, _CARRIER, _CARRIER_EN),
    Check(_S, 6, "光盘合格", "quality of the disc", Mode.MANUAL, _TOLD, Source.REMEMBERED, _CARRIER, _CARRIER_EN),
    Check(_S, 7, "过程安全可控", "process secure and controlled"),
)
BY_KEY: Mapping[str, Check] = {check.key: check for check in CHECKS}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing a check found 检测发现: stable code, where, more of it. ``blocks`` False: told, stops nothing."""

    code: str
    where: str = ""
    detail: str = ""
    blocks: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What one check came to 单项结论: faults, what could not be known, or that there was nothing to look at."""

    faults: tuple[Fault, ...] = ()
    unknown: tuple[Fault, ...] = ()
    absent: bool = False

    @property
    def result(self) -> Result:
        """A fault counts before what is not known, and that before a pass."""
        if self.faults:
            return Result.FAIL
        if self.unknown:
            return Result.PENDING
        return Result.NA if self.absent else Result.PASS


NOTHING_HERE = Answer(absent=True)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person found of one item 人工判断: the result and the words it rests on."""

    result: Result
    words: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One line of a report 检测结果: by which tool, in which version, when, at whose deed."""

    check: Check
    checkpoint: Checkpoint
    result: Result
    faults: tuple[Fault, ...]
    words: str
    tool: str
    version: str
    at: datetime
    actor: str

    @property
    def id(self) -> str:
        """The number with its checkpoint."""
        return self.check.id(self.checkpoint)


def results_of(
    checkpoint: Checkpoint,
    answers: Mapping[str, Answer],
    judged: Mapping[str, Judgement],
    agent: str,
    at: datetime,
    actor: str,
) -> tuple[CheckResult, ...]:
    """A line for every id of the list. An automatic check without an answer is pending, never a pass; ``judged`` speaks
    for what people judge alone, and of nothing else.
    """
    tool, _, version = agent.rpartition(" ")
    lines = []
    for check in CHECKS:
        result, words = Result.PENDING, ""
        faults: tuple[Fault, ...] = ()
        by = (tool or version, version if tool else "")
        if check.mode is Mode.NOT_AUTOMATIC:
            result, words = Result.NA, check.why_zh
        elif check.mode is Mode.MANUAL:
            judgement = judged.get(check.key)
            by = ("人工", "")
            result, words = (judgement.result, judgement.words) if judgement else (Result.PENDING, "")
        elif (answer := answers.get(check.key)) is not None:
            result, faults = answer.result, (*answer.faults, *answer.unknown)
        lines.append(CheckResult(check, checkpoint, result, faults, words, *by, at, actor))
    return tuple(lines)


def blocking(results: Iterable[CheckResult]) -> tuple[tuple[CheckResult, Fault], ...]:
    """The faults that stop a seal, each with its line: of a blocking check, and not only to be told."""
    return tuple(
        (line, fault)
        for line in results
        if line.result is Result.FAIL and line.check.severity is Severity.BLOCKING
        for fault in line.faults
        if fault.blocks
    )


def counted(results: Iterable[tuple[Property, Result]]) -> dict[Property, dict[Result, int]]:
    """How many lines of each property came to what."""
    table = {each: dict.fromkeys(Result, 0) for each in Property}
    for of, result in results:
        table[of][result] += 1
    return table
