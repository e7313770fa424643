"""Manual 手册: one for each kind of work, written in Markdown (``docs/manual``), shown as pages of the house.

``archive/manual`` leads to that folder. A heading names the pages it belongs to by anchors with the name of their
endpoint, so ``?`` opens the manual of the reader's duty at the part that belongs to the page.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, g, render_template, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup

from archive.doors.web import words
from archive.doors.web.asking import open_to_all, reader

pages = Blueprint("manual", __name__)
FOLDER = Path(__file__).parents[2] / "manual"
PICTURES = FOLDER / "pictures"
MANUALS = {
    "archivist": ("档案员手册", "The archivist’s manual"),
    "party": ("当事人手册", "The party’s manual"),
    "deputy-head": ("分管负责人手册", "The deputy head’s manual"),
    "confidentiality-officer": ("保密员手册", "The confidentiality officer’s manual"),
    "operator": ("运行维护手册", "The operator’s manual"),
}
BY_DUTY = {
    "party": "party",
    "agent": "party",
    "archivist": "archivist",
    "custodian": "archivist",
    "supervisor": "archivist",
    "deputy_head": "deputy-head",
    "legal_reviewer": "deputy-head",
    "confidentiality_officer": "confidentiality-officer",
    "sysadmin": "operator",
    "security_admin": "operator",
    "auditor": "operator",
}
"""Which manual opens for which duty; of several duties the first in this order decides."""
REFUSED = "refused"
_HEADING = re.compile(r"^##+ .*$", re.MULTILINE)
_ANCHOR = re.compile(r'<a id="([\w.-]+)"></a>')


@dataclass(frozen=True, slots=True)
class Manual:
    """One manual in one language as HTML 手册: title, first sentence, parts as (anchor, heading), what follows."""

    title: str
    lede: str
    parts: tuple[tuple[str, str], ...]
    body: Markup
    anchors: frozenset[str]


@pages.get("/help/<name>")
@open_to_all
def show(name: str) -> ResponseReturnValue:
    """The manual of that name in the reader's language; shows no record."""
    if name not in MANUALS:
        abort(404)
    return render_template("archive/manual.html", manual=read_manual(name, words.language()), name=name)


@pages.get("/help/pictures/<language>/<name>.png")
@open_to_all
def picture(language: str, name: str) -> ResponseReturnValue:
    """A picture of a manual, taken of the demonstration: invented content alone."""
    if language not in ("zh", "en"):
        abort(404)
    return send_from_directory(PICTURES / language, f"{name}.png", max_age=3600)


def help_url() -> str:
    """Where ``?`` leads from here: into the manual of the reader's duty, at the part that belongs to this page."""
    name = next((manual for duty, manual in BY_DUTY.items() if duty in reader().duties), None)
    if name is None:
        return url_for("desk.help_page")
    part = REFUSED if g.get("refused") else request.endpoint or ""
    known = read_manual(name, words.language()).anchors
    return url_for("manual.show", name=name, _anchor=part if part in known else None)


@cache
def read_manual(name: str, language: str) -> Manual:
    """The manual ``name`` from its file, kept for the life of the process. OSError when it does not lie there."""
    text = (FOLDER / language / f"{name}.md").read_text("utf-8")
    tokens = _MARKDOWN.parse(text)
    return Manual(
        title=tokens[1].content,
        lede=tokens[4].content,
        parts=tuple(_parts(tokens)),
        body=Markup(_MARKDOWN.renderer.render(tokens[6:], _MARKDOWN.options, {})),  # our own text, reviewed like code
        anchors=frozenset(anchor for heading in _HEADING.findall(text) for anchor in _ANCHOR.findall(heading)),
    )


def _parts(tokens: Sequence[Token]) -> Iterable[tuple[str, str]]:
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open" and opening.tag == "h2":
            anchors = _ANCHOR.findall(inline.content)
            yield anchors[0], _ANCHOR.sub("", inline.content)


def _image(tokens: Sequence[Token], index: int, _: OptionsDict, __: Any) -> str:
    """A picture with its size, so that nothing moves when it comes."""
    token = tokens[index]
    language, name = Path(str(token.attrs["src"])).parts[-2:]
    width, height = _size(PICTURES / language / name)
    address = url_for("manual.picture", language=language, name=Path(name).stem)
    return str(
        Markup('<img src="{}" alt="{}" width="{}" height="{}" loading="lazy">').format(
            address, token.content, width, height
        )
    )


def _size(file: Path) -> tuple[int, int]:
    """Width and height of a PNG; 0 and 0 while it has not been made."""
    head = file.read_bytes()[:24] if file.is_file() else bytes(24)
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def _link(tokens: Sequence[Token], index: int, options: OptionsDict, environment: Any) -> str:
    """A link to another manual leads to its page."""
    token = tokens[index]
    name, _, part = str(token.attrs["href"]).partition("#")
    if name.endswith(".md"):
        token.attrs["href"] = url_for("manual.show", name=Path(name).stem, _anchor=part or None)
    return str(RendererHTML().renderToken(tokens, index, options, environment))


def _fence(tokens: Sequence[Token], index: int, *_: Any) -> str:
    return str(Markup('<pre class="commands" tabindex="0"><code>{}</code></pre>\n').format(tokens[index].content))


def _make_markdown() -> MarkdownIt:
    made = MarkdownIt("commonmark")
    made.renderer.rules.update({"image": _image, "link_open": _link, "fence": _fence})  # type: ignore[attr-defined]
    return made


_MARKDOWN = _make_markdown()
