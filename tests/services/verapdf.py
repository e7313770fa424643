"""veraPDF 1.28.2: the independent judge of PDF/A."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.services import maven

ARTEFACTS = ("org.verapdf.apps:greenfield-apps:1.28.2",)
_FAILED = {2: "parameters refused", 4: "no files", 6: "out of memory"}


@dataclass(frozen=True)
class Verdict:
    """What veraPDF says of one file: valid for the flavour asked, else the clauses broken or why it was not read."""

    valid: bool
    broken: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.valid


def available() -> str | None:
    """None when veraPDF can be run (its 19 jars are fetched at the first call), else the reason."""
    try:
        maven.libraries("verapdf", ARTEFACTS)
    except maven.CannotFetch as reason:
        return str(reason)
    return None


def verapdf(paths: Sequence[Path], flavour: str = "2u") -> dict[Path, Verdict]:
    """Verdict of each file for ``flavour`` (``2b``, ``2u`` …); one start of Java, 2 s, serves them all, 0.2 s each."""
    folder = maven.libraries("verapdf", ARTEFACTS)
    names = [str(path.resolve()) for path in paths]
    words = ["org.verapdf.apps.GreenfieldCliWrapper", "-f", flavour, "--format", "json", *names]
    done = maven.java("-cp", f"{folder}/*", *words)
    if done.returncode in _FAILED or not done.stdout.strip():
        why = _FAILED.get(done.returncode, f"exit code {done.returncode}")
        raise RuntimeError(f"veraPDF gave no verdicts ({why}): {done.stderr[:500]}")
    verdicts = {}
    for job in json.loads(done.stdout)["report"]["jobs"]:
        verdicts[Path(job["itemDetails"]["name"])] = _verdict(job)
    return {path: verdicts[path.resolve()] for path in paths}


def _verdict(job: dict[str, object]) -> Verdict:
    results = job.get("validationResult")
    if not isinstance(results, list) or not results:
        return Verdict(valid=False, broken=(f"not read: {job.get('taskException', job)}"[:300],))
    result = results[0]
    rules = result["details"].get("ruleSummaries", [])
    broken = tuple(f"{rule['clause']}-{rule['testNumber']}: {rule['description']}"[:200] for rule in rules)
    return Verdict(valid=bool(result["compliant"]) and not broken, broken=broken)
