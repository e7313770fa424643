"""Packs 规则包 read: from parsed data to a frozen ``Pack``, strictly, with every fault and its place. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from archive.terms import Compartment
from ingest.rules.contradictions import contradictions
from ingest.rules.expressions import ExpressionFault, parse
from ingest.rules.pack_terms import LEVELS, SERVED, DocType, Elsewhere, Need, Pack, PackFault, Rule, Severity
from ingest.rules.vocabulary import ACTS, EVENTS, PROCEDURES, ROLES, SERVICES, STAGES, STATED

RULE_ID = r"^[A-Z]{2,4}-\d{2,3}[a-z]?$"
CODE = r"^[A-Z][A-Z_]{1,19}$"
MOST_RULES = 400
MOST_TYPES = 300
MOST_FAULTS = 60
MEDIA = ("device", "officer", "started_at", "ended_at", "place")
LAWS = ("penalty", "coercion", "reconsideration", "information", "other")
UNITS = ("hours", "natural-days", "working-days")
_KINDS = frozenset(
    {
        *("paper", "receipt", "recording", "uninterrupted", "states", "signed", "order", "deadline", "claim", "part"),
        *("holds", "media", "storage", "clock", "bound", "cited", "form", "stage"),
    }
)
_SEVERITIES = {"finding": Severity.FINDING, "reason": Severity.REASON, "refuse": Severity.REFUSE}
_ABOUT_PAPERS = ("paper", "recording", "uninterrupted", "states", "signed", "order", "claim", "form")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Head(_Strict):
    id: str = Field(pattern="^[a-z][a-z0-9-]{1,30}$")
    version: str = Field(pattern=r"^\d{4}\.\d{1,3}$")
    level: Literal["vocabulary", "national", "province", "city", "district"]
    zh: str = Field(min_length=2, max_length=100)
    en: str = Field(min_length=2, max_length=160)
    since: date | None = None
    certain_from: date | None = None
    until: date | None = None


class _Type(_Strict):
    zh: str = Field(min_length=1, max_length=60)
    en: str = Field(min_length=1, max_length=80)
    aliases: tuple[str, ...] = ()
    stages: tuple[str, ...] = Field(min_length=1)
    procedures: tuple[str, ...] = Field(min_length=1)
    part: Literal["main", "internal"]
    shows: tuple[str, ...] = ()
    way: str = ""
    served: bool = False
    made: bool = False


class _Need(_Strict):
    kind: str
    of: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    condition: str = ""
    seconds: int = Field(0, ge=0, le=86_400)
    length: int = Field(0, ge=0, le=10_000)
    unit: str = ""
    law: str = ""
    deadline: str = Field("", pattern=r"^(D\d{2})?$")
    start: str = ""
    end: str = ""
    least: bool = False


class _Rule(_Strict):
    id: str = Field(pattern=RULE_ID)
    article: str = Field(min_length=3, max_length=120)
    zh: str = Field(min_length=4, max_length=200)
    en: str = Field(min_length=4, max_length=300)
    when: str = ""
    needs: _Need
    severity: Literal["finding", "reason", "refuse"]
    since: date | None = None
    until: date | None = None


class _Elsewhere(_Strict):
    id: str = Field(pattern=RULE_ID)
    article: str = Field(min_length=3, max_length=120)
    zh: str = Field(min_length=4, max_length=200)
    en: str = Field(min_length=4, max_length=300)


class _Pack(_Strict):
    pack: _Head
    types: dict[str, _Type] = Field(default_factory=dict, max_length=MOST_TYPES)
    rules: tuple[_Rule, ...] = Field((), max_length=MOST_RULES)
    elsewhere: tuple[_Elsewhere, ...] = Field((), max_length=MOST_RULES)


def read_pack(raw: Mapping[str, Any], above: Mapping[str, DocType]) -> tuple[Pack | None, list[PackFault]]:
    """The pack in parsed data, over the document types ``above`` it; or None with everything that is wrong with it."""
    try:
        model = _Pack.model_validate_json(json.dumps(raw, default=_plain), strict=True)
    except ValidationError as error:
        return None, [_schema_fault(each["loc"], each["msg"]) for each in error.errors()][:MOST_FAULTS]
    types = {code: _type(code, each) for code, each in model.types.items()}
    known = frozenset(types) | frozenset(above)
    faults = [*_head_faults(model.pack), *_type_faults(model, above)]
    rules: list[Rule] = []
    seen: set[str] = set()
    for position, row in enumerate(model.rules):
        if row.id in seen:
            faults.append(PackFault("rules", position, "id", f"规则 {row.id} 出现两次", f"rule {row.id} stands twice"))
        seen.add(row.id)
        rule, wrong = _rule(row, position, known, seen | {each.id for each in model.rules})
        faults += wrong
        if rule is not None:
            rules.append(rule)
    for position, each in enumerate(model.elsewhere):
        if each.id in seen:
            zh, en = f"{each.id} 出现两次", f"{each.id} stands twice"
            faults.append(PackFault("elsewhere", position, "id", zh, en))
        seen.add(each.id)
    if not faults:
        faults += [_at(model, id_, key, zh, en) for id_, key, zh, en in contradictions(rules, {**above, **types})]
    if faults:
        return None, faults[:MOST_FAULTS]
    head = model.pack
    kept = tuple(Elsewhere(each.id, each.article, each.zh, each.en) for each in model.elsewhere)
    dates = (head.since, head.certain_from, head.until)
    return Pack(head.id, head.version, head.level, head.zh, head.en, *dates, types, tuple(rules), kept), []


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise ValueError("no value of a pack")


def _type(code: str, row: _Type) -> DocType:
    return DocType(code, **row.model_dump())


def _schema_fault(place: tuple[int | str, ...], why: str) -> PackFault:
    section, entry, *rest = (*place, "", "")
    at: int | str = entry
    key = next((str(each) for each in rest if isinstance(each, str) and each), "")
    if section == "pack":
        at, key = 0, str(entry)
    return PackFault(str(section), at, key, f"不合格式：{why}", why)


def _at(model: _Pack, id_: str, key: str, zh: str, en: str) -> PackFault:
    position = next(number for number, row in enumerate(model.rules) if row.id == id_)
    return PackFault("rules", position, key, zh, en)


def _head_faults(head: _Head) -> Iterator[PackFault]:
    days = [("since", head.since), ("certain_from", head.certain_from), ("until", head.until)]
    known = [(name, day) for name, day in days if day is not None]
    for (before, first), (after, second) in pairwise(known):
        if first > second:
            yield PackFault("pack", 0, after, f"{after} 早于 {before}", f"{after} lies before {before}")
    if head.level != LEVELS[0] and head.since is None:
        yield PackFault("pack", 0, "id", "缺少 since（施行日期）", "since is missing: from when does it hold")


def _type_faults(model: _Pack, above: Mapping[str, DocType]) -> Iterator[PackFault]:
    names: dict[str, str] = {name: code for code, each in above.items() for name in (each.zh, *each.aliases)}
    for code, row in model.types.items():
        ways = (row.way,) if row.way else ()
        lists = ((row.stages, STAGES), (row.procedures, PROCEDURES), (row.shows, ACTS), (ways, SERVICES))
        for words, known in lists:
            for word in words:
                if word not in known:
                    yield PackFault("types", code, "", f"不认识的词 {word!r}", f"unknown word {word!r}")
        for name in (row.zh, *row.aliases):
            if names.setdefault(name, code) != code:
                zh, en = f"名称“{name}”已属于 {names[name]}", f"{name} is already the name of {names[name]}"
                yield PackFault("types", code, "", zh, en)


def _rule(row: _Rule, position: int, codes: frozenset[str], ids: set[str]) -> tuple[Rule | None, list[PackFault]]:
    faults: list[PackFault] = []

    def wrong(key: str, zh: str, en: str, column: int = 0) -> None:
        faults.append(PackFault("rules", position, key, f"{row.id}：{zh}", f"{row.id}: {en}", column))

    parsed = {}
    for key, text in (("when", row.when), ("needs", row.needs.condition)):
        try:
            parsed[key] = parse(text, codes)
        except ExpressionFault as fault:
            wrong(key, f"第 {fault.column} 列：{fault.zh}", f"column {fault.column}: {fault.en}", fault.column)
    for zh, en in _need_faults(row.needs, codes, ids):
        wrong("needs", zh, en)
    if row.since and row.until and row.since > row.until:
        wrong("until", "until 早于 since", "until lies before since")
    if faults:
        return None, faults
    need = Need(**{**row.needs.model_dump(), "condition": parsed["needs"]})
    told = (row.zh, row.en, parsed["when"], row.when)
    return Rule(row.id, (row.article,), *told, need, _SEVERITIES[row.severity], row.since, row.until), []


def _need_faults(need: _Need, codes: frozenset[str], ids: set[str]) -> Iterator[tuple[str, str]]:
    if need.kind not in _KINDS:
        yield f"不认识的要求 {need.kind!r}", f"unknown kind of need {need.kind!r}"
        return
    for code in need.of:
        if code not in codes:
            yield f"不认识的文种 {code!r}", f"unknown document type {code!r}"
    if need.kind in _ABOUT_PAPERS and not need.of:
        yield "缺少 of（哪些文种）", "of is missing: which document types"
    if need.kind == "order" and len(need.of) != 2:
        yield "order 须有前后两个文种", "an order is of two document types"
    if need.kind == "holds" and not need.condition.strip():
        yield "缺少 condition", "condition is missing"
    if need.kind in ("storage",) and need.length < 1:
        yield "length 须大于零", "length must be above zero"
    if need.kind == "deadline":
        yield from _deadline_faults(need, codes)
    yield from _word_faults(need, ids)


def _word_faults(need: _Need, ids: set[str]) -> Iterator[tuple[str, str]]:
    allowed = {
        "states": set(STATED), "media": set(MEDIA), "claim": {str(kind) for kind in Compartment},
        "part": {"main", "internal"}, "cited": ids, "stage": set(STAGES),
    }  # fmt: skip
    if need.kind == "signed":
        allowed["signed"] = set(ROLES)
    words = [word.partition(":")[0] if need.kind == "signed" else word for word in need.words]
    if need.kind in allowed and not words:
        yield "缺少 words", "words is missing"
    for word in words:
        if need.kind in allowed and word not in allowed[need.kind]:
            yield f"不认识的词 {word!r}", f"unknown word {word!r}"
    for word in need.words if need.kind == "signed" else ():
        if ":" in word and not word.partition(":")[2].isdecimal():
            yield f"人数有误 {word!r}", f"no number of persons: {word!r}"


def _deadline_faults(need: _Need, codes: frozenset[str]) -> Iterator[tuple[str, str]]:
    if need.unit not in UNITS:
        yield f"期限单位须是 {'、'.join(UNITS)}", f"the unit is one of {', '.join(UNITS)}"
    if need.unit == "working-days" and need.law not in LAWS:
        yield "工作日须指明依哪部法律", "working days are those of a law, which must be named"
    if need.length < 1:
        yield "length 须大于零", "length must be above zero"
    for name, event in (("start", need.start), ("end", need.end)):
        if event not in EVENTS and event.removeprefix(SERVED) not in codes:
            yield f"{name} 不是已知的时点 {event!r}", f"{name} is no known event: {event!r}"
    if need.start == need.end:
        yield "起止是同一时点", "start and end are the same event"
