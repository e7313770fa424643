"""bubblewrap: the outer wall of the child programs that open foreign files."""

import subprocess

from tests.services.places import find_program


def available() -> str | None:
    """None when ``bwrap`` is installed and this machine lets it make a namespace, else the reason."""
    program = find_program("bwrap")
    if program is None:
        return "no bwrap on this machine (Debian: bubblewrap)"
    done = subprocess.run(
        [program, "--unshare-all", "--ro-bind", "/", "/", "true"], capture_output=True, text=True, timeout=30
    )
    return None if done.returncode == 0 else f"bwrap makes no namespace here: {done.stderr.strip()[:200]}"
