"""EU DSS 6.4: the independent judge of PAdES signatures and of evidence records (RFC 4998)."""

import hashlib
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.services import maven
from tests.services.places import cache_folder, find_program

BOM = "eu.europa.ec.joinup.sd-dss:dss-bom:6.4"
MODULES = tuple(
    f"eu.europa.ec.joinup.sd-dss:dss-{name}"
    for name in (
        "pades-pdfbox",
        "evidence-record-asn1",
        "evidence-record-xml",
        "asic-cades",
        "validation",
        "utils-apache-commons",
        "crl-parser-stream",
        "policy-jaxb",  # the validation policy itself, found at run time
        "cms-object",  # needed at run time, found by no compiler
    )
)
_SOURCE = Path(__file__).parent / "java" / "DssCheck.java"


@dataclass(frozen=True)
class Finding:
    """One signature (its format is ``PAdES-BASELINE-LTA`` or the like), time stamp or evidence record."""

    kind: str
    format: str
    indication: str
    sub_indication: str = ""
    errors: tuple[str, ...] = ()


@dataclass
class DssVerdict:
    """What DSS says of one document."""

    findings: list[Finding] = field(default_factory=list)

    def of(self, kind: str) -> list[Finding]:
        """The findings of one kind: ``signature``, ``timestamp`` or ``evidence-record``."""
        return [finding for finding in self.findings if finding.kind == kind]


def available() -> str | None:
    """None when DSS can be run (60 jars are fetched and the judge compiled at the first call), else the reason."""
    if find_program("javac") is None:
        return "no javac on this machine (Debian: default-jdk-headless)"
    try:
        _classes()
    except maven.CannotFetch as reason:
        return str(reason)
    return None


def judge(
    documents: Sequence[Path],
    trusted: Sequence[Path],
    crls: Sequence[Path] = (),
    detached: Mapping[Path, Path] | None = None,
) -> dict[Path, DssVerdict]:
    """Verdict of each document, offline, trusting the DER certificates ``trusted`` alone.

    ``detached`` names the data that an evidence record or detached signature covers. An indication of
    ``TOTAL_PASSED`` or ``PASSED`` counts; "intact" in DSS's own report does not (it says so even for a wrong file).
    """
    words: list[str] = []
    for certificate in trusted:
        words += ["--trust", str(certificate)]
    for crl in crls:
        words += ["--crl", str(crl)]
    for document in documents:
        words.append(str(document))
        if detached and document in detached:
            words += ["--covers", str(detached[document])]
    folder, classes = _classes()
    done = maven.java("-cp", f"{classes}{os.pathsep}{folder}/*", "DssCheck", *words)
    if done.returncode != 0:
        raise RuntimeError(f"DSS gave no verdict: {done.stderr[-2000:]}")
    return _verdicts(documents, done.stdout)


def _verdicts(documents: Sequence[Path], output: str) -> dict[Path, DssVerdict]:
    verdicts = {str(document): DssVerdict() for document in documents}
    for line in output.splitlines():
        document, kind, form, indication, sub_indication, *errors = line.split("\t")
        verdicts[document].findings.append(Finding(kind, form, indication, sub_indication, tuple(errors)))
    return {document: verdicts[str(document)] for document in documents}


@cache
def _classes() -> tuple[Path, Path]:
    folder = maven.libraries("dss", MODULES, BOM)
    digest = hashlib.sha256(_SOURCE.read_bytes()).hexdigest()[:16]
    classes = cache_folder() / "java" / f"DssCheck-{digest}"
    if not (classes / "DssCheck.class").exists():
        classes.mkdir(parents=True, exist_ok=True)
        command = ["javac", "-cp", f"{folder}/*", "-d", str(classes), str(_SOURCE)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"DssCheck.java does not compile:\n{done.stderr}")
    return folder, classes
