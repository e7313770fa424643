"""Words of requests 申请用语: states and steps as people read them, days to the limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from access.service.matter import CLOSING
from access.service.releasing import DELIVERY
from access.service.requests import RequestView
from access.terms import DUTY_WORDS, Duty, RequestState
from archive.doors.web.words import day, said, say
from archive.kernel.deadlines import Mark, mark_of
from archive.kernel.derivations import Derivation

STATES = {
    RequestState.SUBMITTED: ("wait", "等档案员核定范围", "waits for the archivist"),
    RequestState.AWAITING_APPROVAL: ("wait", "等批准", "waits for approval"),
    RequestState.APPROVED: ("wait", "已批准，待制作", "approved, copy to be made"),
    RequestState.RETURNED: ("fail", "已退回", "returned"),
    RequestState.RELEASED: ("done", "已制作，待领取", "made, to be collected"),
    RequestState.COLLECTED: ("done", "已领取", "collected"),
    RequestState.CLOSED: ("fail", "已终止", "closed"),
}
STEP_WORDS = {
    "review": ("档案员核定范围", "the archivist proposes the scope"),
    "legal": ("法制审核", "legal opinion"),
    "approve": ("分管负责人批准", "the deputy head decides"),
    DELIVERY: ("领取", "collected"),
    CLOSING: ("终止", "closed"),
}
_PARTY_HEADS = {
    RequestState.SUBMITTED: ("正在等档案员核定范围", "The archivist looks at your request"),
    RequestState.APPROVED: ("已经批准，正在制作副本", "Approved; the copy is being made"),
    RequestState.RETURNED: ("这次申请没有同意", "The request was returned"),
    RequestState.RELEASED: ("副本做好了，可以领取", "Your copy is ready"),
    RequestState.COLLECTED: ("副本已经领取", "Your copy was collected"),
    RequestState.CLOSED: ("这次申请已经终止", "The request was closed"),
}
_ENDED = (
    RequestState.RETURNED,
    RequestState.RELEASED,
    RequestState.COLLECTED,
    RequestState.CLOSED,
)


@dataclass(frozen=True, slots=True)
class Limit:
    """The day by which an answer is due 答复期限, how far it is, and why it is that day.

    ``before`` is how it was counted before the calendar changed; ``doubt`` says that it may change yet.
    """

    on: str
    days: int
    css: str
    text: str
    why: tuple[str, ...]
    before: tuple[str, ...]
    doubt: bool


def state_said(view: RequestView) -> tuple[str, str]:
    """(shape, words) of a request's state, with who has it."""
    kind, zh, en = STATES[view.state]
    if view.state is RequestState.AWAITING_APPROVAL and view.waits_for:
        who = said(DUTY_WORDS[Duty(view.waits_for)])
        return kind, say(f"等{who}", f"waits for the {who}")
    return kind, say(zh, en)


def party_head(view: RequestView) -> str:
    """The state in a party's words."""
    if view.state is RequestState.AWAITING_APPROVAL:
        if view.waits_for == Duty.LEGAL_REVIEWER:
            return say("正在等法制审核员的意见", "Waiting for the legal opinion")
        return say("正在等分管负责人同意", "Waiting for the deputy head")
    return said(_PARTY_HEADS[view.state])


def limit_said(view: RequestView, now: datetime) -> Limit | None:
    """How long there is to the limit and how it was counted; None when the request has ended or has none."""
    found = view.deadline
    if found is None or view.state in _ENDED:
        return None
    days = found.days_left(now)
    css, text = _left(days)
    before = tuple(line for each in found.before for line in _lines(each.words))
    return Limit(day(found.due_at, "long"), days, css, text, _lines(found.words), before, found.provisional)


def _left(days: int) -> tuple[str, str]:
    mark = mark_of(days)
    if mark is Mark.OVER:
        return "late", say(f"已过 {-days} 天", f"{-days} days over")
    if mark is Mark.TODAY:
        return "late", say("今日到期", "ends today")
    return "" if mark is Mark.LATER else "soon", say(f"{days} 天", f"{days} days")


def _lines(words: Derivation) -> tuple[str, ...]:
    return tuple(say(zh, en) for zh, en in zip(words.zh, words.en, strict=True))


Row = tuple[str, str, str]


def steps_said(view: RequestView) -> list[Row]:
    """Every step as (done, now or todo; what; when and who)."""
    rows: list[Row] = [("done", say("已收到", "received"), day(view.created_at))]
    signed = {step.step: step for step in view.steps}
    legal = "legal" in signed or view.waits_for == Duty.LEGAL_REVIEWER
    order = [name for name in ("review", "legal", "approve") if name != "legal" or legal]
    returned = view.state in (RequestState.RETURNED, RequestState.CLOSED)
    open_found = False
    for name in order:
        step = signed.get(name)
        what = said(STEP_WORDS[name])
        if step is not None:
            note = f"{day(step.at)} · {step.person}"
            rows.append(
                ("done", what, note if step.approves else f"{note} · {say('退回：', 'returned: ')}{step.reason}")
            )
        elif not returned:
            rows.append(("todo" if open_found else "now", what, "" if open_found else say("现在在这一步", "here now")))
            open_found = True
    if step := signed.get(CLOSING):
        rows.append(("done", said(STEP_WORDS[CLOSING]), f"{day(step.at)} · {step.reason}"))
    if returned:
        return rows
    made = view.state in (RequestState.RELEASED, RequestState.COLLECTED)
    waiting = view.state is RequestState.APPROVED
    rows.append(
        ("done" if made else "now" if waiting else "todo", say("制作副本", "the copy is made"), view.release_no)
    )
    collected = view.state is RequestState.COLLECTED
    ready = view.state is RequestState.RELEASED
    note = say("只能下载一次", "can be downloaded once") if ready else ""
    rows.append(("done" if collected else "now" if ready else "todo", say("领取", "collected"), note))
    return rows
