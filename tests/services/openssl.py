"""The ``openssl`` command: the outside check of CMS signatures and RFC 3161 time stamps."""

import subprocess

from tests.services.places import find_program


def available() -> str | None:
    """None when an OpenSSL of version 3 is on PATH, else the reason."""
    program = find_program("openssl")
    if program is None:
        return "no openssl on this machine (Debian: openssl)"
    said = subprocess.run([program, "version"], capture_output=True, text=True, timeout=30).stdout
    return None if said.startswith("OpenSSL 3") else f"openssl is {said.strip()!r}, version 3 is needed"


def openssl(*words: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run one command of it; the caller looks at the return code and the words."""
    return subprocess.run(["openssl", *words], input=data, capture_output=True, timeout=60)
