"""Checking 预检: structure, description and list of a package, without taking anything in."""

from __future__ import annotations

from pathlib import Path

from archive.kernel.clock import SystemClock, legal_date
from archive.kernel.refusals import Refusal
from archive.kernel.settings import Settings
from ingest.packages.opening import open_package
from ingest.rules.plausible import check_sip
from ingest.service.description import read_sip
from ingest.service.take_in import against_list, structure, to_refusal
from ingest.terms import Problem, Sip


def check_package(settings: Settings, path: Path) -> Sip:
    """The submission, or one Refusal with everything that is wrong; no file but the description is opened."""
    package = open_package(path, settings.ingest)
    entries = package.entries()
    problems = structure(settings.ingest, package, entries)
    sip, found = read_sip(package, entries) if not problems else (None, [])
    problems += found
    if sip is not None:
        problems += against_list(sip, entries)
        problems += check_sip(sip, legal_date(SystemClock().now()), secrets_allowed=settings.grade != "ordinary")
    if sip is None and not problems:
        problems = [Problem("ingest.description-missing")]
    if refusal := Refusal.join(to_refusal(problem) for problem in problems):
        raise refusal
    assert sip is not None
    return sip
