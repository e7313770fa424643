"""Problems 接口拒绝 (RFC 9457): every expected no of the HTTP API with code, article, and words in both languages."""

from __future__ import annotations

import json

from flask import Response
from pydantic import BaseModel, Field

from archive.doors.web.asking import ports
from archive.kernel.refusals import Catalogue, Refusal

PROBLEM = "application/problem+json"


class Said(BaseModel):
    """What a reason says in one language."""

    what: str
    article: str = Field(description="the rule it rests on, as cited in this language")
    do: str = Field(description="what to do next")


class Reason(BaseModel):
    """One reason of a refusal 拒绝原因."""

    code: str = Field(description="stable code, <package>.<noun>-<state>")
    article: str = Field(description="the rule it rests on")
    file: str = ""
    page: int = 0
    zh: Said
    en: Said


class Problem(BaseModel):
    """A refusal 拒绝 with every reason found; the head repeats the first."""

    type: str = Field(description="urn:anjuan:refusal:<code>")
    title: str
    status: int
    code: str
    article: str
    zh: Said
    en: Said
    reasons: list[Reason]


def reasons_of(refusal: Refusal) -> list[Reason]:
    """Every reason of a refusal, each once."""
    found: list[Reason] = []
    for one in refusal.all():
        reason = _reason(one)
        if reason not in found:
            found.append(reason)
    return found


def problem_of(refusal: Refusal, status: int | None = None) -> Problem:
    """The refusal as programs read it; ``status`` overrides that of its first reason."""
    first, *_ = reasons = reasons_of(refusal)
    return Problem(
        type=f"urn:anjuan:refusal:{first.code}",
        title=first.zh.what,
        status=status or ports().get(Catalogue).tell(refusal).http,
        code=first.code,
        article=first.article,
        zh=first.zh,
        en=first.en,
        reasons=reasons,
    )


def answer_problem(refusal: Refusal, status: int | None = None) -> Response:
    """The answer that carries a refusal."""
    problem = problem_of(refusal, status)
    text = json.dumps(problem.model_dump(mode="json"), ensure_ascii=False)
    answer = Response(text, status=problem.status, content_type=PROBLEM)
    if problem.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="anjuan"'
    if problem.status == 503:
        answer.headers["Retry-After"] = "5"
    return answer


def _reason(refusal: Refusal) -> Reason:
    catalogue = ports().get(Catalogue)
    zh, en = catalogue.tell(refusal, "zh"), catalogue.tell(refusal, "en")
    page = refusal.facts.get("page")
    return Reason(
        code=refusal.code,
        article=zh.basis,
        file=str(refusal.facts.get("file", "") or ""),
        page=page if isinstance(page, int) else 0,
        zh=Said(what=zh.what, article=zh.basis, do=zh.todo),
        en=Said(what=en.what, article=en.basis, do=en.todo),
    )
