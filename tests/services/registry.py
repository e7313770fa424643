"""One list of the real services, and the one place that decides between skipping a test and failing it."""

from collections.abc import Callable

import pytest

from tests.services import chromium, clamd, dss, judges, libreoffice, openssl, postgres, sandbox, softhsm, verapdf
from tests.services.places import is_required

SERVICES: dict[str, Callable[[], str | None]] = {
    "bubblewrap": sandbox.available,
    "chromium": chromium.available,
    "clamd": clamd.available,
    "dss": dss.available,
    "judges": judges.available,
    "libreoffice": libreoffice.available,
    "openssl": openssl.available,
    "postgres": postgres.available,
    "softhsm": softhsm.available,
    "verapdf": verapdf.available,
}


def need(*names: str) -> None:
    """Go on when every named service can be had; else skip the test with the reason, or fail it where CI demands it."""
    for name in names:
        reason = SERVICES[name]()
        if reason is None:
            continue
        if is_required():
            pytest.fail(f"{name} is required here: {reason}", pytrace=False)
        pytest.skip(f"{name}: {reason}")
