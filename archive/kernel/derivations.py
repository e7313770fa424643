"""Derivations 推导: how a limit came to its last day, in sentences that a person can follow with a wall calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from archive.kernel.articles import basis_said
from archive.kernel.clock import SHANGHAI, legal_date
from archive.kernel.deadlines import Reckoning, Skip, TimeLimit, Unit

_WEEK_ZH = "一二三四五六日"
_WEEK_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_UNITS = {
    Unit.HOURS: ("%d小时", "%d hours"),
    Unit.NATURAL_DAYS: ("%d日（自然日）", "%d natural days"),
    Unit.WORKING_DAYS: ("%d个工作日", "%d working days"),
    Unit.MONTHS: ("%d个月", "%d months"),
}


@dataclass(frozen=True, slots=True)
class Derivation:
    """The sentences of one reckoning 推导文字, Chinese and English line by line."""

    zh: tuple[str, ...]
    en: tuple[str, ...]

    def lines(self, language: str) -> tuple[str, ...]:
        """The sentences in ``language``."""
        return self.zh if language.startswith("zh") else self.en


def length_said(limit: TimeLimit) -> tuple[str, str]:
    """Length and unit of a limit in Chinese and English."""
    zh, en = _UNITS[limit.unit]
    return zh % limit.length, en % limit.length


def derive_words(found: Reckoning) -> Derivation:
    """From where the limit runs, what does not count, what does though it is a weekend, the end, the calendar used."""
    lines = [_begin(found)]
    if found.limit.unit is Unit.HOURS:
        lines.append(("不间断计算，休息日、节假日照常计入。", "It runs without a pause, through weekends and breaks."))
    lines += _counted(found)
    lines.append(_end(found))
    lines += _calendar(found)
    return Derivation(tuple(zh for zh, _ in lines), tuple(en for _, en in lines))


def _begin(found: Reckoning) -> tuple[str, str]:
    limit, (zh, en) = found.limit, length_said(found.limit)
    articles = [limit.basis, *([limit.unit_basis] if limit.unit_basis else [])]
    basis_zh = "；".join(basis_said(each, "zh") for each in articles)
    basis_en = "; ".join(basis_said(each, "en") for each in articles)
    if limit.unit is Unit.HOURS:
        at = _minute(found.start)
        return (
            f"{limit.zh}：自{at}（北京时间）{limit.from_zh}起{zh}（{basis_zh}）。",
            f"{limit.en}: {en} from {at} Beijing time, {limit.from_en} ({basis_en}).",
        )
    day = legal_date(found.start)
    return (
        f"{limit.zh}：自{_day_zh(day)}{limit.from_zh}起{zh}，当日不计入（{basis_zh}）。",
        f"{limit.en}: {en} from {_day_en(day)}, {limit.from_en}; that day does not count ({basis_en}).",
    )


def _counted(found: Reckoning) -> list[tuple[str, str]]:
    if found.limit.unit is not Unit.WORKING_DAYS:
        return []
    lines = [(f"{_run_zh(one)}，不计入。", f"{_run_en(one)}: not counted.") for one in found.skipped]
    lines += [
        (f"{_day_zh(day)}补班，计入。", f"{_day_en(day)} is worked in exchange: counted.") for day in found.worked
    ]
    return lines


def _end(found: Reckoning) -> tuple[str, str]:
    if found.limit.unit is Unit.HOURS:
        at = _minute(found.due_at)
        return f"至{at}（北京时间）届满。", f"It ends at {at} Beijing time."
    end = (
        f"最后一日为{_day_zh(found.last_day)}，当日24时届满。",
        f"The last day is {_day_en(found.last_day)}, to midnight.",
    )
    if found.moved_from is None:
        return end
    basis = found.limit.moves_basis
    runs_zh = "、".join(_run_zh(one) for one in found.skipped)
    runs_en = ", ".join(_run_en(one) for one in found.skipped)
    return (
        f"第末日{_day_zh(found.moved_from)}逢休（{runs_zh}），顺延（{basis_said(basis, 'zh')}）。{end[0]}",
        f"The end, {_day_en(found.moved_from)}, is free ({runs_en}) and moves ({basis_said(basis, 'en')}). {end[1]}",
    )


def _calendar(found: Reckoning) -> list[tuple[str, str]]:
    lines = []
    if found.years:
        zh = "、".join(f"{one.year}年第{one.version}版（{one.basis}）" for one in found.years)
        en = ", ".join(f"{one.year} version {one.version} ({one.basis})" for one in found.years)
        lines.append((f"所据放假安排：{zh}。", f"Calendar: {en}."))
    if found.unknown:
        zh, en = "、".join(f"{year}年" for year in found.unknown), ", ".join(map(str, found.unknown))
        lines.append(
            (
                f"暂定：{zh}的放假安排尚未录入，只按周末休息暂算；录入后重新推算。",
                f"Provisional: no notice for {en} is entered yet, only weekends are left out; to be counted again.",
            )
        )
    return lines


def _run_zh(run: Skip) -> str:
    return f"{_span(run)}{f'{run.festival.zh}放假' if run.festival else '周末'}"


def _run_en(run: Skip) -> str:
    last = "" if run.last == run.first else f" to {run.last.isoformat()}"
    return f"{run.first.isoformat()}{last} {f'{run.festival.en} break' if run.festival else 'weekend'}"


def _span(run: Skip) -> str:
    first, last = run.first, run.last
    begin = f"{first.year}年{first.month}月{first.day}日"
    if first == last:
        return f"{begin}（星期{_WEEK_ZH[first.weekday()]}）"
    end = f"{last.day}日" if (first.year, first.month) == (last.year, last.month) else f"{last.month}月{last.day}日"
    return f"{begin}至{end}"


def _day_zh(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日（星期{_WEEK_ZH[day.weekday()]}）"


def _day_en(day: date) -> str:
    return f"{_WEEK_EN[day.weekday()]} {day.isoformat()}"


def _minute(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
