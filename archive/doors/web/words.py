"""Words 界面用语: both languages of what pages say, and the filters that set them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from flask import g
from markupsafe import Markup, escape

from archive.kernel.clock import SHANGHAI
from archive.rules.markings import KIND_WORDS, LEVEL_WORDS, words
from archive.terms import Compartment, Handling, Level, Marking, Part, Role, SealState, Tier

STATES = {
    SealState.ACCEPTED: ("wait", "已接收，待封存", "received, not sealed yet"),
    SealState.AWAITING_UNLOCK: ("wait", "待解锁后封存", "waits for a key tier to be unlocked"),
    SealState.AWAITING_STAMP: ("wait", "待盖时间戳", "waits for its time stamp"),
    SealState.SEALED: ("done", "已封存", "sealed"),
    SealState.DESTROYED: ("fail", "已销毁", "destroyed"),
}
PARTS = {Part.MAIN: ("正卷", "main part"), Part.INTERNAL: ("副卷（内部）", "internal part")}
PROCEDURES = {
    "ordinary": ("普通程序", "ordinary procedure"),
    "summary": ("简易程序", "summary procedure"),
    "inspection": ("行政检查", "inspection"),
    "coercion": ("行政强制", "coercion"),
    "application": ("依申请办理", "on application"),
}
RENDITIONS = {
    "pdfa": ("PDF/A", "PDF/A"),
    "original-only": ("仅存原件", "original only"),
    "media": ("音像原件", "recording"),
}
ROLES = {
    Role.ORIGINAL: ("原件", "original"),
    Role.PDFA: ("PDF/A 版本", "PDF/A"),
    Role.TEXT: ("页文本", "text"),
    Role.POSTER: ("画面", "poster frame"),
    Role.STRIP: ("画面条", "picture strip"),
    Role.VIEWING: ("浏览副本（原件为准）", "viewing copy (the original is the record)"),
    Role.METADATA: ("元数据", "metadata"),
    Role.COVER: ("案卷封面", "cover"),
    Role.CONTENTS: ("卷内文件目录", "contents list"),
    Role.NOTE_FORM: ("卷内备考表", "note form"),
    Role.REPORT: ("四性检测报告", "four-property report"),
    Role.CERTIFICATE: ("封存证明", "seal certificate"),
    Role.INNER_MANIFEST: ("内层清单", "inner manifest"),
}
PHOTO = {
    "taken_at": ("拍摄时间", "Taken at"),
    "offset": ("时区", "Time zone"),
    "make": ("厂商", "Maker"),
    "model": ("型号", "Model"),
    "serial": ("机身号", "Serial number"),
    "software": ("机内软件", "Software"),
    "latitude": ("纬度", "Latitude"),
    "longitude": ("经度", "Longitude"),
    "altitude": ("海拔", "Altitude"),
    "orientation": ("方向", "Orientation"),
}
GRADES = {
    "ordinary": ("普通", "ordinary"),
    "classified": ("涉密", "classified"),
    "trial": ("试用 · 内容均为虚构", "trial · all content is invented"),
}
TIERS = {
    Tier.GENERAL: ("", ""),
    Tier.PROCESS: ("过程性文书层", "process tier"),
    Tier.TRADE: ("商业秘密层", "trade tier"),
    Tier.PERSONAL: ("个人信息层", "personal tier"),
    Tier.COMBINED: ("多类别层", "combined tier"),
    Tier.SECRET: ("秘密层", "secret tier"),
    Tier.CONFIDENTIAL: ("机密层", "confidential tier"),
    Tier.TOP_SECRET: ("绝密层", "top-secret tier"),
}
_LEVEL_CSS = {Level.SECRET: "secret", Level.CONFIDENTIAL: "confidential", Level.TOP_SECRET: "top-secret"}
_LEVEL_EN = {Level.SECRET: "secret 秘密", Level.CONFIDENTIAL: "confidential 机密", Level.TOP_SECRET: "top secret 绝密"}
_CUT = re.compile(r"(?<=[，；。：])")
_ONE = re.compile(r"(?<![\w.,-])1 (case|day|file|hit|item|package|page|paper|period|reason|request|thing|volume)s\b")
_SPACED = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
_TAG = re.compile(r"(<[^>]*>)")


def language() -> str:
    """The language of this answer: ``zh`` or ``en``."""
    return str(g.get("language", "zh"))


def say(zh: str, en: str) -> str:
    """The text in the language of this answer."""
    return zh if language() == "zh" else en


def formatted(sentence: str, *values: object) -> str:
    """``sentence % values``, where English has one of what it counts as one: 1 page, 2 pages."""
    made = sentence % values
    return made if language() == "zh" else _ONE.sub(r"1 \1", made)


def closed_up(found: str) -> str:
    """A word found in a page without the spaces that typesetting put between its Chinese characters."""
    return _SPACED.sub("", found)


def said(pair: tuple[str, str]) -> str:
    """The same for a pair."""
    return say(*pair)


def kinds_said(kinds: Iterable[str]) -> str:
    """Names of compartments in a fixed order."""
    held = set(kinds)
    return say("、", ", ").join(said(KIND_WORDS[kind]) for kind in Compartment if str(kind) in held)


Mark = tuple[str, str]


def marks_of(
    level: Level, kinds: Iterable[str], handling: Handling = Handling.INTERNAL, *, plain: bool = True
) -> list[Mark]:
    """The marks of a row as (css kind, word); ``plain``: say 内部 where there is nothing else to say."""
    held = set(kinds)
    found: list[Mark] = []
    if level:
        found.append((_LEVEL_CSS[level], say(LEVEL_WORDS[level] + "★", _LEVEL_EN[level] + "★")))
    for kind in Compartment:
        if str(kind) in held:
            found.append((str(kind).lower().replace("_", "-"), said(KIND_WORDS[kind])))
    if not found and plain and handling is Handling.INTERNAL:
        found.append(("internal", say("内部", "internal")))
    return found


def marking_said(marking: Marking) -> tuple[Mark, ...]:
    """The marks of a marking with whose they are and until when."""
    return words(marking, language())


def top_marks(rows: Iterable[tuple[Level, Iterable[str]]]) -> list[Mark]:
    """The highest marking of what a page shows 本页最高标记: the top level, or every compartment, or 内部."""
    shown = list(rows)
    top = max((level for level, _ in shown), default=Level.NONE)
    if top:
        return marks_of(top, ())
    kinds = {kind for _, held in shown for kind in held}
    return marks_of(Level.NONE, kinds) if shown else []


def clauses(text: Any) -> Markup:
    """Each clause of a Chinese sentence as an inline block, so that lines break at its stops; in English unchanged.

    Only what was escaped before is safe: plain text is escaped here, Markup is kept.
    """
    safe = escape(text)
    if language() != "zh":
        return safe
    pieces: list[str] = []
    for part in _TAG.split(str(safe)):
        pieces += [part] if part.startswith("<") else list(_CUT.split(part))
    return _wrap(pieces)


def _wrap(pieces: list[str]) -> Markup:
    whole, clause, depth = [], "", 0
    for piece in pieces:
        clause += piece
        if piece.startswith("</"):
            depth -= 1
        elif piece.startswith("<") and not piece.endswith("/>"):
            depth += 1
        if depth == 0 and piece.endswith(("，", "；", "。", "：")):
            whole.append(clause)
            clause = ""
    if clause:
        whole.append(clause)
    return Markup("").join(Markup('<span class="clause">{}</span>').format(Markup(part)) for part in whole if part)


def split_title(title: str, party: str) -> tuple[str, str]:
    """A case name as party and conduct, where it may break; the whole as conduct when the party does not lead it."""
    if party and title.startswith(party) and len(title) > len(party):
        return party, title[len(party) :]
    return "", title


def day(value: date | datetime | None, style: str = "iso") -> str:
    """A legal date; ``style`` "long" writes it out in Chinese."""
    if value is None:
        return "—"
    local = value.astimezone(SHANGHAI).date() if isinstance(value, datetime) else value
    if style == "long" and language() == "zh":
        return f"{local.year}年{local.month}月{local.day}日"
    return local.isoformat()


def minute(value: datetime | None) -> str:
    """An instant as people here read a clock: Shanghai time to the minute."""
    return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if value is not None else "—"


def duration(milliseconds: int | None) -> str:
    """A length of a recording in words."""
    if milliseconds is None:
        return say("时长不明", "length unknown")
    seconds = round(milliseconds / 1000)
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    if hours:
        return say(f"{hours} 时 {minutes:02} 分", f"{hours} h {minutes:02} min")
    if minutes:
        return say(f"{minutes} 分 {rest:02} 秒", f"{minutes} min {rest:02} s")
    return say(f"{rest} 秒", f"{rest} s")


def size_said(count: int) -> str:
    """A size in bytes for people."""
    value, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit in ("B", "kB") else f"{value:.1f} {unit}"
