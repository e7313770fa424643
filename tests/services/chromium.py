"""Debian's Chromium, driven by Playwright."""

import os
from pathlib import Path
from typing import TypedDict

from tests.services.places import find_program


class LaunchOptions(TypedDict):
    """Keyword arguments of ``playwright.chromium.launch``."""

    executable_path: str
    args: list[str]
    headless: bool


def available() -> str | None:
    """None when a Chromium is installed, else the reason."""
    return None if _executable() else "no chromium on this machine (Debian: chromium)"


def launch_options() -> LaunchOptions:
    """How to launch it: silent on the network, without its sandbox when we are root, since it refuses otherwise."""
    executable = _executable()
    if executable is None:
        raise RuntimeError(available())
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    quiet += ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
    if os.geteuid() == 0:
        quiet.append("--no-sandbox")
    return {"executable_path": str(executable), "args": quiet, "headless": True}


def _executable() -> Path | None:
    return find_program("chromium", "chromium-browser", "google-chrome")
