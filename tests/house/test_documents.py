"""The documents name what there is: every command and setting, and no command, file or program that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import wsgi
from archive.kernel.settings import Settings, walk
from tests.house.sources import ROOT
from tests.prove.__main__ import programs

MANUAL = ROOT / "docs" / "operating.md"
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "README.zh-CN.md", *(ROOT / "docs").rglob("*.md")])


def _commands(group: click.Command, above: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from _commands(command, (*above, name))
    else:
        yield " ".join(above), group


def test_the_manual_names_every_command() -> None:
    text = MANUAL.read_text("utf-8")
    assert [name for name, _ in _commands(wsgi.cli) if f"`{name}`" not in text] == []


def test_the_manual_names_no_command_that_is_not_there() -> None:
    table = MANUAL.read_text("utf-8").partition("## 3.")[2].partition("## 4.")[0]
    named = {
        name
        for line in table.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`([^`]+)`", line.split("|")[1])
    }
    assert named - {name for name, _ in _commands(wsgi.cli)} == set()


def test_every_command_and_option_explains_itself_in_both_languages() -> None:
    for name, command in _commands(wsgi.cli):
        assert command.help and re.search("[一-鿿].*[·].*[a-z]", command.help), name


def test_no_option_takes_a_secret() -> None:
    """A secret in an argument stands in the process list and in the shell's history: it comes by file or prompt."""
    for name, command in _commands(wsgi.cli):
        for option in command.params:
            words = (option.name or "").split("_")
            if {"password", "passphrase", "secret", "pin", "share"} & set(words):
                assert words[-1] in ("file", "dir"), f"{name} {option.name}"


def test_settings_that_documents_name_are_there() -> None:
    known = {name for name, _, _ in walk(Settings())}
    parts = "|".join({name.partition(".")[0] for name in known if "." in name})
    for path in DOCUMENTS:
        named = set(re.findall(rf"`((?:{parts})\.[a-z][a-z0-9_]*)`", path.read_text("utf-8")))
        files = {name for name in named if name.endswith((".json", ".p7s", ".key"))}
        assert named - files - known == set(), path.name


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)\)", path.read_text("utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_programs_that_documents_name_are_there() -> None:
    for path in DOCUMENTS:
        named = set(re.findall(r"run\.py prove ([a-z][a-z_-]*)", path.read_text("utf-8")))
        assert {name.replace("_", "-") for name in named} - set(programs()) == set(), path.name


def test_both_readmes_say_the_same_commands() -> None:
    def said(name: str) -> set[str]:
        text = (ROOT / name).read_text("utf-8")
        return set(re.findall(r"run\.py ([a-z]+)", text)) | set(re.findall(r"^anjuan ([a-z]+)", text, re.MULTILINE))

    assert said("README.md") == said("README.zh-CN.md")
