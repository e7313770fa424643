"""``python -m tests.services [NAME…]``: fetch what can be fetched, then say of each service whether it is there.

``python -m tests.services pin`` fetches the Java judges anew and writes down the digests of their jars.
"""

import sys

from tests.services import dss, maven, verapdf
from tests.services.registry import SERVICES


def main(words: list[str]) -> int:
    """Exit code 1 when a named service (all, without names) cannot be had."""
    if words == ["pin"]:
        maven.pin("verapdf", verapdf.ARTEFACTS)
        maven.pin("dss", dss.MODULES, dss.BOM)
        return 0
    missing = 0
    for name in words or SERVICES:
        reason = SERVICES[name]()
        missing += reason is not None
        print(f"{name:12} {reason or 'available'}", flush=True)
    return int(missing > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
