"""Child program for what has no pages 文本排版子程序: plain text, hypertext and letters become a PDF by typst."""

from __future__ import annotations

from dataclasses import asdict
from importlib import metadata

from archive.renditions import catalogue
from archive.renditions.children import runtime
from archive.renditions.children.encodings import decoded
from archive.renditions.children.flow import Flow, typeset
from archive.renditions.children.hypertext import declared_charset, read_hypertext
from archive.renditions.children.letters import Letter
from archive.renditions.children.runtime import Answer, Request, Unfit
from archive.renditions.limits import MIB
from archive.renditions.terms import Finding, Format, Inspection

_FORMATS: dict[str, Format] = {"html": catalogue.HTML, "mail": catalogue.EML}
_TEXT_CAP = 16 * MIB
_MAIL_CAP = 64 * MIB


class _Read:
    """A file read into a flow, with what acts in it and what is told."""

    def __init__(self, kind: str, data: bytes) -> None:
        self.active: set[str] = set()
        self.attached: tuple[str, ...] = ()
        pictures = 0
        if len(data) > (_MAIL_CAP if kind == "mail" else _TEXT_CAP):
            raise Unfit("bytes")
        if kind == "mail":
            letter = Letter(data)
            self.flow, self.active, pictures = letter.flow, letter.active, letter.pictures
            self.attached = tuple(name for name, *_ in letter.attached)
        elif kind == "html":
            self.flow = Flow()
            reader = read_hypertext(decoded(data, declared_charset(data)), self.flow)
            self.active, pictures = reader.active, reader.pictures
        else:
            self.flow = Flow()
            self.flow.lines(decoded(data))
        self.findings = [Finding("pictures-not-shown", detail=str(pictures))] if pictures else []
        if self.attached:
            self.findings.append(Finding("attachments-in-original", detail=str(len(self.attached))))


def inspect(request: Request) -> Answer:
    """What acts in a hypertext or a letter, and the names of what is attached."""
    kind = str(request["kind"])
    read = _Read(kind, runtime.read_source(request))
    found = Inspection(
        format=_FORMATS[kind],
        active_content=tuple(sorted(read.active)),
        members=tuple(name[:200] for name in read.attached[:1_000]),
        findings=tuple(read.findings),
    )
    return Answer(found)


def convert(request: Request) -> Answer:
    """The PDF and the text that it must show."""
    read = _Read(str(request["kind"]), runtime.read_source(request))
    if not read.flow.blocks:
        raise Unfit("no-pages")
    pdf = typeset(read.flow)
    findings = [*read.findings, *(Finding("active-content-removed", detail=name) for name in sorted(read.active))]
    value = {"tool": ["typst", metadata.version("typst")], "findings": [asdict(each) for each in findings]}
    held = [[each.place, each.text, each.shown] for each in read.flow.held()]
    return Answer(value, (pdf, runtime.as_json(held)))


if __name__ == "__main__":
    runtime.run({"typeset.inspect": inspect, "typeset.convert": convert})
