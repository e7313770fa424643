"""Terms of renditions 版本形式用语: formats, findings, pages of text, provenance; plain values without behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a file is good for 文件种类."""

    DOCUMENT = "document"
    IMAGE = "image"
    AV = "av"
    OFFICE = "office"
    PACKAGE = "package"
    PROGRAM = "program"
    TEXT = "text"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Format:
    """A file format 文件格式, told by content. ``pronom`` is empty where the registry has no id for it."""

    name: str
    pronom: str
    media_type: str
    kind: Kind
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something worth telling about a file 发现: a stable code, the page (0 = whole file), a few plain words."""

    code: str
    page: int = 0
    detail: str = ""


class Reliability(StrEnum):
    """How far the text of a page can be trusted 文本可靠性: measured, not guessed from its presence."""

    RELIABLE = "reliable"
    UNRELIABLE = "unreliable"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Line:
    """A run of text on one line 行: box in points, origin at the top left of the page as displayed, y downwards."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class PageText:
    """The text of one page 页文本. ``width`` and ``height`` are points as displayed, ``rotation`` is 0, 90, 180, 270.

    ``mapped`` is the share of characters with a trustworthy code (1.0 when there are none); ``image_share`` the part
    of the page that its largest picture covers.
    """

    number: int
    width: float
    height: float
    rotation: int
    text: str
    lines: tuple[Line, ...]
    reliability: Reliability
    mapped: float
    image_share: float


@dataclass(frozen=True, slots=True)
class ExifFacts:
    """What a camera wrote into a photo 照片元数据: local time as written, offset, place (WGS 84 degrees), device."""

    taken_at: str = ""
    offset: str = ""
    make: str = ""
    model: str = ""
    serial: str = ""
    software: str = ""
    latitude: float | None = None
    longitude: float | None = None
    altitude: float | None = None
    orientation: int = 1


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """One stream of a recording 音像流. ``decoded_ms`` is the end of the last frame that was really decoded."""

    index: int
    kind: str
    codec: str
    profile: str = ""
    width: int = 0
    height: int = 0
    frame_rate: float = 0.0
    sample_rate: int = 0
    channels: int = 0
    bit_rate: int = 0
    declared_ms: int | None = None
    decoded_ms: int | None = None
    frames: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which nothing was decoded 断档, milliseconds from the start of the recording."""

    stream: int
    start_ms: int
    end_ms: int


class StretchKind(StrEnum):
    """What a stretch of a recording is like 片段性质: seen and heard, or told by its own time stamps."""

    BLACK = "black"
    FROZEN = "frozen"
    SILENT = "silent"
    CLOCK_STOPPED = "clock-stopped"
    CLOCK_BACK = "clock-back"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of one stream that looks or sounds wrong 异常片段, milliseconds from the start of the recording."""

    kind: StretchKind
    stream: int
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of a recording 章节: its own title, or none; milliseconds from the start."""

    start_ms: int
    end_ms: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What a recording is 音像技术信息: declared length against decoded length, errors and where, device and time.

    ``deep`` tells whether everything was decoded; when the time limit stopped it, ``checked_ms`` tells how far it got.
    ``cut_short`` means that bytes are missing which the file itself counts on; ``wave`` is the lowest and highest
    sound (-100 to 100) of each of about a thousand equal steps of ``wave_ms``.
    """

    container: str
    declared_ms: int | None
    decoded_ms: int | None
    checked_ms: int
    deep: bool
    streams: tuple[StreamFacts, ...]
    decode_errors: int
    error_at_ms: tuple[int, ...]
    gaps: tuple[Gap, ...]
    created_at: str = ""
    make: str = ""
    model: str = ""
    software: str = ""
    timecode: str = ""
    place: str = ""
    cut_short: bool = False
    stretches: tuple[Stretch, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    wave: tuple[tuple[int, int], ...] = ()
    wave_ms: int = 0


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a file is and holds 检视结果. ``signatures`` > 0 means: signed, never to be rewritten."""

    format: Format
    pages: int = 0
    encrypted: bool = False
    signatures: int = 0
    active_content: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    exif: ExifFacts | None = None

    @property
    def signed(self) -> bool:
        """True where the file carries an electronic signature: its bytes stay the record as they are."""
        return self.signatures > 0


class Rung(StrEnum):
    """How a PDF/A was made 转换梯级: rewritten as it was, touched up, or built from page images; of what is no PDF:
    printed by an office program, typeset from its text, drawn from its pages.
    """

    REWRITTEN = "rewritten"
    TOUCHED_UP = "touched-up"
    PAGE_IMAGES = "page-images"
    IMAGE_EMBEDDED = "image-embedded"
    IMAGE_CONVERTED = "image-converted"
    PRINTED = "printed"
    TYPESET = "typeset"
    DRAWN = "drawn"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a rendition comes from 来源记录: rung, tools with versions, characters before and after, findings."""

    rung: Rung
    tools: tuple[tuple[str, str], ...]
    text_before: int
    text_after: int
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class PdfARendition:
    """A PDF/A made of a file PDF/A 版本: bytes, ``2u`` or ``2b``, the text of each page, where it comes from."""

    pdf: bytes
    conformance: str
    pages: tuple[PageText, ...]
    provenance: Provenance


class Verdict(StrEnum):
    """What the malware scan said 查毒结论. ``not-scanned`` 未查毒 is shown on every record that has it."""

    CLEAN = "clean"
    INFECTED = "infected"
    NOT_SCANNED = "not-scanned"


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The result of one scan 查毒结果: verdict, name of what was found, engine and signature version."""

    verdict: Verdict
    threat: str = ""
    engine: str = ""
