"""Cursors: they come back as they went, and only for their own query."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.kernel.ids import CaseId, ItemId
from archive.kernel.refusals import Refusal
from search.rules.cursors import Cursor, read_cursor, write_cursor
from search.terms import Ranked

RANKED = st.builds(Ranked, st.just(CaseId("case_a")), st.just(ItemId("item_a")), st.integers(0, 9999), st.floats(0, 99))


@given(RANKED, st.booleans(), st.text(max_size=20))
@settings(max_examples=50, deadline=None)
def test_round_trip(last: Ranked, relaxed: bool, query: str) -> None:
    assert read_cursor(query, write_cursor(query, Cursor(last, relaxed))) == Cursor(last, relaxed)


@given(
    st.text(max_size=40)
    | st.lists(st.integers() | st.text(), max_size=6).map(
        lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode()
    )
)
@settings(max_examples=200, deadline=None)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_cursor("张三", text)
    assert refused.value.code == "search.cursor-invalid"


def test_the_cursor_of_another_query_is_refused() -> None:
    cursor = write_cursor("李四", Cursor(Ranked(CaseId("c"), ItemId("i"), 1, 1.0), False))
    with pytest.raises(Refusal):
        read_cursor("张三", cursor)
