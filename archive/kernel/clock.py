"""Clock 时钟: the one place that asks what time it is. Instants are UTC with microseconds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Something that tells the instant 时刻来源."""

    def now(self) -> datetime:
        """The instant, UTC, aware."""
        ...


class SystemClock:
    """The machine's clock 系统时钟."""

    def now(self) -> datetime:
        """The instant, UTC, aware."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands until it is told to move 固定时钟: for tests and the demonstration."""

    def __init__(self, instant: datetime) -> None:
        if instant.tzinfo is None:
            raise ValueError("an instant must carry its time zone")
        self._instant = instant.astimezone(UTC)

    def now(self) -> datetime:
        """The instant it stands at."""
        return self._instant

    def advance(self, by: timedelta) -> None:
        """Moves the instant by ``by`` (negative: a clock that jumps back)."""
        self._instant += by


def legal_date(instant: datetime) -> date:
    """The date in Asia/Shanghai on which ``instant`` falls 法定日期."""
    return instant.astimezone(SHANGHAI).date()


def to_rfc3339(instant: datetime) -> str:
    """``instant`` as text: UTC, microseconds, ``Z``."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_instant(text: str) -> datetime:
    """The instant in RFC 3339 text; ValueError when it carries no time zone."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"an instant without time zone: {text!r}")
    return instant.astimezone(UTC)
