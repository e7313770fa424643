"""Hypertext HTML 文本结构: headings, paragraphs, lists, tables; scripts, forms, remote content stay out, told."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from archive.renditions.children.flow import Flow
from archive.renditions.comparison import Held

_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "div", "dl", "dt",
        "fieldset", "figcaption", "figure", "footer", "form", "header", "html", "legend", "main", "nav", "p", "section",
        "summary",
    }
)  # fmt: skip
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_HIDDEN = frozenset(
    {"script", "style", "template", "title", "head", "noscript", "select", "datalist", "textarea", "button"}
)
_ACTIVE = {
    "script": "javascript", "iframe": "external-link", "frame": "external-link", "object": "embedded-file",
    "embed": "embedded-file", "applet": "embedded-file", "form": "submit-form", "video": "multimedia",
    "audio": "multimedia", "base": "external-link",
}  # fmt: skip
_REMOTE = re.compile(r"^\s*(https?:|ftp:|file:|//|\\\\)", re.I)
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_BLANK = re.compile(r"\s+")
_DEPTH_CAP = 400
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.I)


class Reader(HTMLParser):
    """Reads one hypertext into a flow 超文本解析."""

    def __init__(self, flow: Flow) -> None:
        super().__init__(convert_charrefs=True)
        self.flow = flow
        self.active: set[str] = set()
        self.pictures = 0
        self._open: list[tuple[str, bool]] = []
        self._quiet = 0
        self._text: list[str] = []
        self._unseen: list[str] = []
        self._lists: list[int] = []
        self._tables: list[list[list[str]]] = []
        self._heading = 0
        self._pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens an element; what acts or reaches outside is noted."""
        values = {name: value or "" for name, value in attrs}
        self._note(tag, values)
        if tag in ("br", "hr", "img"):
            self._single(tag, values)
            return
        if tag in _VOID:
            return
        hidden = tag in _HIDDEN or "hidden" in values or bool(_UNSEEN.search(values.get("style", "")))
        if len(self._open) < _DEPTH_CAP:
            self._open.append((tag, hidden))
            self._quiet += hidden
        self._begin(tag)

    def _note(self, tag: str, values: dict[str, str]) -> None:
        if tag in _ACTIVE:
            self.active.add(_ACTIVE[tag])
        if any(name.startswith("on") for name in values):
            self.active.add("javascript")
        for name in ("src", "href", "background", "data", "action", "poster", "srcset"):
            value = values.get(name, "")
            if value.strip().lower().startswith("javascript:"):
                self.active.add("javascript")
            elif _REMOTE.match(value):
                self.active.add("external-link")

    def _single(self, tag: str, values: dict[str, str]) -> None:
        if tag == "br":
            self._text.append("\n")
        elif tag == "hr":
            self._flush()
            if not self._tables:
                self.flow.rule()
        else:
            self.pictures += 1
            if values.get("alt") and not self._quiet:
                self._text.append(f"〔图：{values['alt']}〕")

    def _begin(self, tag: str) -> None:
        if tag in ("ul", "ol", "dir", "menu"):
            self._flush()
            self._lists.append(0 if tag == "ol" else -1)
        elif tag == "li":
            self._flush()
            if self._lists and self._lists[-1] >= 0:
                self._lists[-1] += 1
        elif tag == "table":
            self._flush()
            self._tables.append([])
        elif tag == "tr" and self._tables:
            self._flush()
            self._tables[-1].append([])
        elif tag in ("td", "th") and self._tables:
            self._flush()
            if not self._tables[-1]:
                self._tables[-1].append([])
            self._tables[-1][-1].append("")
        elif re.fullmatch(r"h[1-6]", tag):
            self._flush()
            self._heading = int(tag[1])
        elif tag == "pre":
            self._flush()
            self._pre += 1
        elif tag in _BLOCKS:
            self._flush()

    def handle_endtag(self, tag: str) -> None:
        """Closes an element and whatever was left open in it."""
        if tag in ("p", "br") and not any(name == tag for name, _ in self._open):
            return
        if not any(name == tag for name, _ in self._open):
            return
        while self._open:
            name, hidden = self._open.pop()
            self._end(name)
            self._quiet -= hidden
            if name == tag:
                return

    def _end(self, tag: str) -> None:
        if tag in ("td", "th", "caption") or tag == "li" or tag in _BLOCKS or re.fullmatch(r"h[1-6]|pre", tag):
            self._flush()
        if re.fullmatch(r"h[1-6]", tag):
            self._heading = 0
        elif tag == "pre":
            self._pre = max(0, self._pre - 1)
        elif tag in ("ul", "ol", "dir", "menu") and self._lists:
            self._flush()
            self._lists.pop()
        elif tag == "table" and self._tables:
            self._flush()
            rows = [row for row in self._tables.pop() if row]
            if self._tables:
                self._into_cell("\n".join(" ".join(row) for row in rows))
            elif rows:
                self.flow.table(rows)

    def handle_data(self, data: str) -> None:
        """Text, seen or not."""
        if not self._quiet:
            self._text.append(data if self._pre else _BLANK.sub(" ", data))
            # what was seen is held against the pages apart from the blocks it was sorted into
            self.flow.seen(data)
        elif self._open and self._open[-1][0] not in ("script", "style"):
            self._unseen.append(data)

    def finish(self) -> None:
        """The end of the file closes everything."""
        self.close()
        while self._open:
            name, hidden = self._open.pop()
            self._end(name)
            self._quiet -= hidden
        self._flush()
        text = "".join(self._unseen).strip()
        if text:
            self.flow.unseen.append(Held("hidden element", text, shown=False))

    def _flush(self) -> None:
        text = "".join(self._text)
        self._text.clear()
        if not text.strip():
            return
        if self._tables and self._tables[-1]:
            self._into_cell(text.strip())
        elif self._heading:
            self.flow.heading(self._heading, text.strip())
        elif self._pre:
            self.flow.lines(text.strip("\n"))
        elif self._lists:
            count = self._lists[-1]
            self.flow.item(len(self._lists), f"{count}." if count > 0 else "•", text.strip())
        else:
            for line in text.split("\n"):
                if line.strip():
                    self.flow.paragraph(line.strip())

    def _into_cell(self, text: str) -> None:
        rows = self._tables[-1]
        if not rows:
            rows.append([])
        if not rows[-1]:
            rows[-1].append("")
        rows[-1][-1] = f"{rows[-1][-1]} {text}".strip()


def read_hypertext(text: str, flow: Flow) -> Reader:
    """The blocks of a hypertext into ``flow``; the reader knows what acts in it."""
    reader = Reader(flow)
    reader.feed(text)
    reader.finish()
    return reader


def declared_charset(data: bytes) -> str:
    """The charset that a hypertext names in its first part, empty for none."""
    match = _META.search(data[:4096])
    return match[1].decode("ascii") if match else ""
