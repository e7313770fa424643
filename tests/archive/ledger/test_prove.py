"""The counted program runs, and counts what is not found."""

from __future__ import annotations

import io

from tests.prove import ledger


def test_every_random_edit_is_found() -> None:
    out = io.StringIO()
    assert ledger.prove(40, 20260301, out) == (40, 0), out.getvalue()
