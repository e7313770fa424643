"""Cursors 翻页标记: the last page shown, bound to its query; nothing in them but what was shown already."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass

from archive.kernel.canonical import canonical
from archive.kernel.ids import CaseId, ItemId
from archive.kernel.refusals import Refusal
from search.terms import Ranked


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where to go on 翻页位置; ``relaxed`` says which of the two trees of the query was asked."""

    last: Ranked
    relaxed: bool


def write_cursor(query: str, cursor: Cursor) -> str:
    """``cursor`` as text for a link."""
    last = cursor.last
    value = [_bound(query), cursor.relaxed, last.score.hex(), last.case_id, last.item_id, last.page]
    return base64.urlsafe_b64encode(canonical(value)).decode("ascii").rstrip("=")


def read_cursor(query: str, text: str) -> Cursor:
    """The cursor in ``text``; raises Refusal ``search.cursor-invalid`` for one that we did not write for this query."""
    try:
        bound, relaxed, score, case_id, item_id, page = json.loads(
            base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        )
        last = Ranked(CaseId(str(case_id)), ItemId(str(item_id)), int(page), float.fromhex(score))
    except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError):
        raise Refusal("search.cursor-invalid") from None
    if bound != _bound(query):
        raise Refusal("search.cursor-invalid")
    return Cursor(last, relaxed is True)


def _bound(query: str) -> str:
    return hashlib.sha256(query.encode("utf-8", "surrogatepass")).hexdigest()[:16]
