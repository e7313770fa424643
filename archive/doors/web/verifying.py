"""Verify page 验封页: every layer in front of the reader, what it proves, against whom, and how to check outside."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from queue import SimpleQueue

from flask import Blueprint, Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from archive.doors.anchors import read_anchors
from archive.doors.web.asking import ask_duty, asks, holdings, open_work, ports, reader
from archive.doors.web.frame import at
from archive.doors.web.words import language
from archive.kernel.actor import Actor
from archive.kernel.guard import Action
from archive.kernel.ids import CaseId
from archive.ports import Holdings
from archive.service.reading import get_case_target
from archive.service.verify_words import WORDS
from archive.service.verifying import Anchors, verify_case
from archive.terms import LayerResult

pages = Blueprint("verifying", __name__)
SEPARATOR = "\x1e"


@pages.get("/cases/<case_id>/verify")
@asks(Action.VERIFY)
def ask(case_id: str) -> ResponseReturnValue:
    """What verification will do, before it runs."""
    at("cases.list_page")
    with open_work() as work:
        ask_duty(work, Action.VERIFY)
        target = get_case_target(work, CaseId(case_id))
        work.require(Action.VERIFY, target)
    return render_template("archive/verify.html", case_id=case_id, layers=None, words=WORDS, deep=False)


@pages.post("/cases/<case_id>/verify")
@asks(Action.VERIFY)
def run(case_id: str) -> ResponseReturnValue:
    """Runs every layer now and shows what was found."""
    at("cases.list_page")
    deep = request.form.get("deep") == "yes"
    started = time.monotonic()
    with open_work() as work:
        ask_duty(work, Action.VERIFY)
    anchors = read_anchors(ports(), (), (), None)
    layers = verify_case(holdings(), reader(), CaseId(case_id), anchors, deep=deep)
    return render_template(
        "archive/verify.html",
        case_id=case_id,
        layers=layers,
        words=WORDS,
        deep=deep,
        seconds=time.monotonic() - started,
        anchors=anchors.source,
        counts=count_layers(layers),
        detail_said=detail_said,
    )


@pages.post("/cases/<case_id>/verify/live")
@asks(Action.VERIFY)
def run_live(case_id: str) -> ResponseReturnValue:
    """The same layer by layer as each has its answer: pieces of the page, each ended by a record separator.

    The last piece is the verdict. What the guard says is known before the first byte; a fault cuts the answer short.
    """
    deep = request.form.get("deep") == "yes"
    with open_work() as work:
        ask_duty(work, Action.VERIFY)
        work.require(Action.VERIFY, get_case_target(work, CaseId(case_id)))
    anchors = read_anchors(ports(), (), (), None)
    pieces = stream_with_context(_pieces(holdings(), reader(), CaseId(case_id), anchors, deep=deep))
    answer = Response(pieces, mimetype="text/html")
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def _pieces(kept: Holdings, actor: Actor, case_id: CaseId, anchors: Anchors, *, deep: bool) -> Iterator[str]:
    """Rendered layers while another thread verifies; the queue carries each, then the whole or what went wrong."""
    heard: SimpleQueue[LayerResult | Sequence[LayerResult] | Exception] = SimpleQueue()

    def verify() -> None:
        try:
            heard.put(verify_case(kept, actor, case_id, anchors, deep=deep, each=heard.put))
        except Exception as error:  # noqa: BLE001 - whatever it is belongs to the thread that answers
            heard.put(error)

    started = time.monotonic()
    threading.Thread(target=verify, daemon=True).start()
    while isinstance(told := heard.get(), LayerResult):
        yield render_template("archive/verify-layer.html", layer=told, words=WORDS, detail_said=detail_said) + SEPARATOR
    if isinstance(told, Exception):
        raise told
    yield render_template(
        "archive/verify-verdict.html",
        counts=count_layers(told),
        seconds=time.monotonic() - started,
        anchors=anchors.source,
        case_id=case_id,
    )


@dataclass(frozen=True, slots=True)
class Counts:
    """How many layers came to what 各层结果计数; a trial layer and one not fully proven never count as success."""

    good: int
    trial: int
    unproven: int
    broken: int


def count_layers(layers: Sequence[LayerResult]) -> Counts:
    """Every layer in exactly one of the four."""
    broken = sum(not layer.ok for layer in layers)
    trial = sum(layer.ok and layer.trial for layer in layers)
    unproven = sum(layer.ok and not layer.trial and bool(layer.findings) for layer in layers)
    return Counts(len(layers) - broken - trial - unproven, trial, unproven, broken)


_UNITS = (("files", "个文件"), ("keys", "把密钥"), ("seals", "次封存"), ("entries", "条"))
_SOURCES = (("锚取自本机", "anchors of this machine"), ("锚自外部给出", "anchors from outside"))
_ZH = (
    (re.compile(r"\bv(\d+)–v\1\b"), r"第 \1 版"),
    (re.compile(r"\bv(\d+)–v(\d+)\b"), r"第 \1 至 \2 版"),
    (re.compile(r"\bv(\d+): (\d+)\b"), r"第 \1 版 \2 份"),
    (re.compile(r" \[(.*)\]$"), r"；\1"),
    (re.compile(r"(版|份), "), r"\1，"),
)


def detail_said(detail: str) -> str:
    """The measure of a layer in the language of this answer."""
    if language() != "zh":
        for zh, en in _SOURCES:
            detail = detail.replace(zh, en)
        return detail
    for en, zh in _UNITS:
        detail = detail.replace(f" {en}", f" {zh}")
    for pattern, zh in _ZH:
        detail = pattern.sub(zh, detail)
    for en, zh in ((": none opened", "：均未打开"), ("opened none", "没有可打开的"), ("opened ", "已打开")):
        detail = detail.replace(en, zh)
    return detail.replace("锚取自本机", "核对所用的锚取自本机").replace("locked: ", "未解锁：")
