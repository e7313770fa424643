"""What lies in the repository speaks of Anjuan alone: no machine's paths, no registry, no strong copyleft beside it."""

from __future__ import annotations

import ast
import re
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

from tests.house.sources import ROOT, tracked

TEXT = {".py", ".md", ".toml", ".html", ".css", ".js", ".yml", ".json", ".txt", ".typ", ".lock", "", ".sh"}
# joined from halves, so that this file does not find itself
MACHINE_PATHS = re.compile("/ho" + "me/[a-z]|/ro" + "ot/|/Us" + "ers/[a-z]")
REGISTRIES = re.compile(
    r"py" + r"pi\.org|python" + r"hosted\.org|registry\." + r"npmjs|repo1?\.maven|proxy\.go" + r"lang"
)
STRONG = re.compile(r"(?<!L)(?<!Lesser )\b(A?GPL|GNU (Affero )?General Public)", re.IGNORECASE)


def _ours() -> list[Path]:
    vendored = ("static/vendor", "archive/fonts", "vendor/")
    names = [(path, path.relative_to(ROOT).as_posix()) for path in tracked()]
    return [path for path, name in names if path.suffix in TEXT and not any(part in name for part in vendored)]


def _lines(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in _ours():
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), start=1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    return found


def test_no_path_of_a_machine() -> None:
    assert _lines(MACHINE_PATHS) == []


def test_no_address_of_a_registry() -> None:
    assert _lines(REGISTRIES) == []


def _locked(name: str) -> list[str]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    asked = (Requirement(line.rstrip(" \\")) for line in lines if re.match(r"^[A-Za-z0-9._-]+==", line))
    return [one.name for one in asked if one.marker is None or one.marker.evaluate()]


def _licence(name: str) -> str:
    told = distribution(name).metadata
    classified = [text for text in told.get_all("Classifier") or [] if text.startswith("License")]
    written = [text.strip().splitlines()[0] for text in told.get_all("License") or [] if text.strip()]
    return " | ".join([*(told.get_all("License-Expression") or []), *written, *classified])


def test_no_runtime_dependency_is_under_strong_copyleft() -> None:
    """By what each installed package says of itself; ``av`` says BSD, and its wheel carries GPL codecs: it is the one
    that only the media child imports (test_single_places).
    """
    licences = {name: _licence(name) for name in _locked("requirements.lock")}
    assert len(licences) > 100
    assert [name for name, text in licences.items() if not text] == []
    strong = {name: text for name, text in licences.items() if STRONG.search(re.sub(r"LGPL\S*", "", text))}
    assert strong == {}


def test_the_notice_of_every_vendored_part_is_there() -> None:
    for folder in ("archive/static/vendor", "vendor"):
        assert any((ROOT / folder).rglob("*LICEN*")) or (ROOT / folder / "VENDOR.md").exists(), folder


def _is_empty(node: ast.FunctionDef) -> bool:
    """Whether the body does nothing but raise NotImplementedError without saying what its heirs owe."""
    last = node.body[-1]
    told = last.exc if isinstance(last, ast.Raise) else None
    name = told.func if isinstance(told, ast.Call) else told
    empty = isinstance(name, ast.Name) and name.id == "NotImplementedError"
    return empty and len(node.body) == 1


def test_nothing_is_left_unfinished_in_silence() -> None:
    """A stub called done is a body that only raises NotImplementedError; a method for heirs says so in a docstring."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in _ours()
        if path.suffix == ".py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and _is_empty(node)
    ]
    assert found == []
