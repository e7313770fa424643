"""Asked 接口取件: what the doors of drafts share: ports whose guard remembers what it was asked, bodies, answers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TypeVar

from flask import Response, request
from pydantic import BaseModel, ValidationError

from archive.doors.web.asking import holdings, ports, works
from archive.kernel.refusals import Refusal
from ingest.ports import TakeIn
from ingest.rules.names import printable

M = TypeVar("M", bound=BaseModel)


def take_in_ports() -> TakeIn:
    """The take-in of this installation, working for this request."""
    return replace(ports().get(TakeIn), works=works(), holdings=holdings())


def body(most: int) -> bytes:
    """The body of this request, at most ``most`` bytes; nothing of it touches a disk."""
    request.max_content_length = most
    return request.get_data(cache=False)


def parse_body(model: type[M], most: int) -> M:
    """The body as a value; what does not fit is refused with its place."""
    try:
        return model.model_validate_json(body(most))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "-"
        raise Refusal("ingest.description-invalid", file="-", where=printable(where), why=first["msg"][:160]) from error


def answer(value: BaseModel, status: int = 200) -> Response:
    """A value as JSON."""
    text = json.dumps(value.model_dump(mode="json"), ensure_ascii=False)
    return Response(text, status=status, content_type="application/json")


def nothing() -> Response:
    """Done, and nothing to say."""
    return Response(status=204)
