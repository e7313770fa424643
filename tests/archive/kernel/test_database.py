"""The database lets go of what failed: an error that somebody keeps does not keep the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from archive.kernel.database import Sessions, make_engine, make_sessions


def _fail_half_read(sessions: Sessions) -> None:
    with sessions() as session, session.begin():
        rows = session.execute(text("SELECT number FROM lines ORDER BY number"))
        raise OSError(f"broken at {rows.fetchone()}")


def test_an_error_that_is_kept_keeps_no_lock(tmp_path: Path) -> None:
    sessions = make_sessions(make_engine(f"sqlite:///{tmp_path}/lines.sqlite"))
    with sessions() as session, session.begin():
        session.execute(text("CREATE TABLE lines (number INTEGER)"))
        session.execute(text("INSERT INTO lines VALUES (1), (2), (3)"))

    with pytest.raises(OSError, match="broken at") as kept:
        _fail_half_read(sessions)

    with sessions() as session, session.begin():  # waits 30 s and fails while the first still reads
        session.execute(text("INSERT INTO lines VALUES (4)"))
    assert kept.value.__traceback__ is not None
