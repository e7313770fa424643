"""Terms 术语 of retention: schedule, rule, trigger, hold, disposal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from archive.kernel.articles import basis_said
from archive.kernel.ids import CaseId, HoldId


class Trigger(StrEnum):
    """From when a period counts 起算."""

    CLOSED_NEXT_YEAR = "closed-next-year"  # 1 January of the year after closing


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How long 保管期限规则: years (None = permanent 永久), from which trigger, by which article."""

    code: str
    years: int | None
    trigger: Trigger
    basis: str


@dataclass(frozen=True, slots=True)
class Derivation:
    """How an end date came about 期限推导, for a person to read."""

    rule: RetentionRule
    closed_on: date
    starts_on: date
    last_day: date | None
    earliest_disposal: date | None

    def sentence(self, language: str = "zh") -> str:
        """The derivation in one sentence."""
        basis = basis_said(self.rule.basis, language)
        if self.last_day is None:
            return f"永久保存（{basis}）" if language == "zh" else f"kept permanently ({basis})"
        if language == "zh":
            return (
                f"{self.closed_on}结案，自次年{self.starts_on}起算{self.rule.years}年，"
                f"保管至{self.last_day}（{basis}）；期满只进入鉴定，不自动销毁"
            )
        return (
            f"closed on {self.closed_on}, {self.rule.years} years counted from {self.starts_on}, kept until "
            f"{self.last_day} ({basis}); its end leads to appraisal, never to deletion by itself"
        )


class HoldKind(StrEnum):
    """Why disposition stops 冻结事由."""

    LITIGATION = "litigation"
    RECONSIDERATION = "reconsideration"
    AUDIT = "audit"
    SUPERVISION = "supervision"
    OTHER = "other"


HOLD_WORDS = {
    HoldKind.LITIGATION: ("行政诉讼", "litigation"),
    HoldKind.RECONSIDERATION: ("行政复议", "reconsideration"),
    HoldKind.AUDIT: ("审计", "audit"),
    HoldKind.SUPERVISION: ("监察", "supervision"),
    HoldKind.OTHER: ("其他", "other"),
}


@dataclass(frozen=True, slots=True)
class Hold:
    """A stop of disposition 冻结: no destruction and no expunging of the case while it lasts."""

    id: HoldId
    case_id: CaseId
    kind: HoldKind
    reason: str
    placed_at: datetime
    placed_by: str
    lifted_at: datetime | None = None
