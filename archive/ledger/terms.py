"""Terms of the ledger 存证术语: its two names, heads, pins, proofs and what an audit finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class LedgerName(StrEnum):
    """Which history 账本名称: ``activity`` for the auditor (everything), ``release`` for everybody."""

    ACTIVITY = "activity"
    RELEASE = "release"


class FindingCode(StrEnum):
    """What an audit can find 存证核查发现; the names are stable."""

    ENTRY_EDITED = "entry-edited"
    BODY_EDITED = "body-edited"
    ENTRY_MISSING = "entry-missing"
    ENTRY_INSERTED = "entry-inserted"
    ENTRY_MOVED = "entry-moved"
    ENTRY_STRAY = "entry-stray"
    QUEUE_BROKEN = "queue-broken"
    TAIL_CUT = "tail-cut"
    ROLLED_BACK = "rolled-back"
    REWRITTEN = "rewritten"
    NODE_EDITED = "node-edited"
    HEAD_EDITED = "head-edited"
    CHECKPOINT_BAD = "checkpoint-bad"
    PIN_BAD = "pin-bad"
    UNSEQUENCED = "entry-unsequenced"
    BODY_LOCKED = "body-locked"
    PINNED_UNTIL = "pinned-until"
    NOT_PROVABLE = "not-provable"
    UNSIGNED = "unsigned"


NOTES = frozenset({FindingCode.BODY_LOCKED, FindingCode.PINNED_UNTIL, FindingCode.NOT_PROVABLE, FindingCode.UNSIGNED})
"""What is said but is no sign of tampering."""


@dataclass(frozen=True, slots=True)
class LedgerFinding:
    """One thing an audit found 核查发现. ``index`` is the leaf, where one can be named; ``zh`` and ``en`` say it."""

    code: FindingCode
    ledger: str
    zh: str
    en: str
    index: int | None = None
    entry_id: str = ""

    @property
    def is_note(self) -> bool:
        """Whether this only says what was not or cannot be shown; everything else is an alarm."""
        return self.code in NOTES


@dataclass(frozen=True, slots=True)
class TreeHead:
    """Size and root of a tree 树头."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says 检查点: ``origin`` names the log, then size and root."""

    origin: str
    size: int
    root: bytes

    @property
    def head(self) -> TreeHead:
        """Size and root alone."""
        return TreeHead(self.size, self.root)


@dataclass(frozen=True, slots=True)
class Pin:
    """A checkpoint kept outside the machine 外部锚定. ``note`` is empty when it was typed in from paper.

    ``source`` says where it was kept (path, stick, paper).
    """

    checkpoint: Checkpoint
    note: bytes = b""
    source: str = ""


@dataclass(frozen=True, slots=True)
class ProvenLeaf:
    """What a proof file shows 已证明之条目: leaf data ``data`` is leaf ``index`` of the tree of ``checkpoint``."""

    checkpoint: Checkpoint
    index: int
    data: bytes
    signers: tuple[str, ...] = field(default=())
