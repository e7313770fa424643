"""The manuals say what there is: their pictures, commands, pages and words of the screen, both languages alike."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

import run
import wsgi
from access.terms import Duty
from archive.doors.web.manual import BY_DUTY, FOLDER, MANUALS
from tests.browser.scenes import SCENES
from tests.house.sources import ROOT
from tests.support.webapp import Site, shared_site

HOME = ROOT / "docs" / "manual"
FILES = sorted(HOME.glob("*/*.md"))
LARGEST = 120 * 1024
BASIS = {"zh": ("谁", "何时", "依据"), "en": ("Who", "When", "Article")}
AFTER = {"zh": ["看到什么", "出错时怎么办"], "en": ["What you see", "When it goes wrong"]}
ANCHOR = re.compile(r'<a id="([\w.-]+)"></a>')
NO_PAGE = {"access.sign_in", "static"}
"""Whoever has not signed in gets the list of all manuals."""
each = pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The shared site."""
    return shared_site(tmp_path_factory)


def _parts(file: Path) -> list[str]:
    return re.split(r"^## ", file.read_text("utf-8"), flags=re.MULTILINE)[1:]


def _spans(file: Path) -> list[str]:
    text = file.read_text("utf-8")
    blocks = re.findall(r"^```\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [*(block.replace("\\\n", " ").strip() for block in blocks), *re.findall(r"`([^`\n]+)`", text)]


def test_there_is_a_manual_for_each_duty_in_both_languages() -> None:
    assert FOLDER.resolve() == HOME
    assert {str(duty) for duty in Duty if duty is not Duty.MACHINE} == set(BY_DUTY) and set(BY_DUTY.values()) == set(
        MANUALS
    )
    assert [(file.parent.name, file.stem) for file in FILES] == [
        (lang, name) for lang in ("en", "zh") for name in sorted(MANUALS)
    ]


@pytest.mark.parametrize("name", MANUALS)
def test_both_languages_have_the_same_parts_steps_and_pictures(name: str) -> None:
    def shape(language: str) -> list[object]:
        text = (HOME / language / f"{name}.md").read_text("utf-8")
        kinds = re.findall(r"^(#+ |\d+\. |- |!\[)", text, re.MULTILINE)
        return [kinds, ANCHOR.findall(text), re.findall(rf"pictures/{language}/([\w-]+)\.png", text)]

    assert shape("zh") == shape("en")


@each
def test_each_task_tells_who_when_by_which_article_and_what_then(file: Path) -> None:
    language = file.parent.name
    for part in _parts(file):
        assert re.findall(r"^- \*\*(.+?)\*\* \S", part.partition("\n1. ")[0], re.MULTILINE) == [*BASIS[language]], part[
            :60
        ]
        assert re.search(r"^1\. \S.*\n(2\. |\n)", part, re.MULTILINE), part[:60]
        assert re.findall(r"^### (.+)$", part, re.MULTILINE) == AFTER[language], part[:60]
        assert ANCHOR.match(part), part[:60]


@each
def test_pages_that_are_named_are_there(file: Path, site: Site) -> None:
    routes = site.app.url_map.bind("")
    for path in _spans(file):
        if path.startswith("/"):
            assert routes.match(path, "GET"), path
    for anchor in ANCHOR.findall(file.read_text("utf-8")):
        assert "." not in anchor or anchor in site.app.view_functions, anchor


def _wrong(line: str) -> str:
    """What is wrong with a command line of the manual; empty when nothing is."""
    command: click.Command = wsgi.cli
    known = {name: option for option in command.params for name in option.opts}
    given, value_of = 0, None
    for word in shlex.split(line):
        if value_of is not None:
            if isinstance(value_of.type, click.Choice) and word not in value_of.type.choices:
                return f"{value_of.name} {word}"
            value_of = None
        elif word.startswith("-"):
            if word not in known:
                return word
            option = known[word]
            value_of = None if getattr(option, "is_flag", False) else option
        elif isinstance(command, click.Group):
            if word not in command.commands:
                return word
            command = command.commands[word]
            known |= {name: option for option in command.params for name in option.opts}
        else:
            given += 1
    wanted = [one for one in command.params if isinstance(one, click.Argument) and one.required]
    return "" if isinstance(command, click.Group) or not given or given >= len(wanted) else f"{len(wanted)} arguments"


@each
def test_commands_that_are_named_are_there(file: Path) -> None:
    for span in _spans(file):
        first, _, rest = span.partition(" ")
        if span.startswith("python3 run.py "):
            assert span.split()[2] in run.COMMANDS, span
        elif first == "anjuan":
            assert _wrong(rest.replace("--help", "")) == "", span
        elif first in wsgi.cli.commands:
            assert _wrong(span) == "", span


def test_a_command_that_is_not_there_would_be_found() -> None:
    assert _wrong("user add LOGIN NAME --password secret") == "--password"
    assert _wrong("keys unlok") == "unlok" and _wrong("keys unlock --tier none") == "tier none"
    assert _wrong("ledger prove ENTRY") == "2 arguments" and _wrong("--as LOGIN due") == ""


def _screens() -> str:
    texts = [*ROOT.glob("*/templates/**/*.html"), *ROOT.glob("*/doors/**/*.py"), *ROOT.glob("*/refusals.toml")]
    texts += [ROOT / "access" / "terms.py"]
    return "\n".join(path.read_text("utf-8") for path in texts)


@each
def test_words_that_are_quoted_stand_on_a_screen(file: Path) -> None:
    screens = _screens()
    quoted = set(re.findall(r"“([^”]+)”", file.read_text("utf-8")))
    assert [words for words in sorted(quoted) if words not in screens] == []


def test_pictures_are_there_small_used_and_made_by_the_program() -> None:
    named = {
        f"{language}/{name}"
        for file in FILES
        for language, name in re.findall(r"\]\(\.\./pictures/(\w+)/([\w-]+)\.png\)", file.read_text("utf-8"))
    }
    there = {path.relative_to(HOME / "pictures").with_suffix("").as_posix(): path for path in HOME.rglob("*.png")}
    assert named == set(there)
    assert {f"{language}/{scene.name}" for scene in SCENES if scene.name for language in ("zh", "en")} == named
    assert {name: path.stat().st_size for name, path in there.items() if path.stat().st_size > LARGEST} == {}
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in there.values())


def test_each_picture_says_what_it_shows_in_the_language_of_the_manual() -> None:
    for file in FILES:
        for told, address in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", file.read_text("utf-8")):
            assert len(told) > 8 and f"/{file.parent.name}/" in address, address
