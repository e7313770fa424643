"""Tiling patterns 平铺图案: judged as the forms that they are.

The validator does not know pattern colours and denies them. Yet a coloured tiling pattern (ISO 32000-1, 8.7.3.2) is a
content stream with resources, under the same rules of ISO 19005-2 as a form. So where nothing but patterns was denied,
a shadow of the file is judged in which each is a form that is drawn wherever its colour is chosen. The shadow is never
handed on. What a shadow cannot stand for (patterns without colour, shadings as patterns, a pattern behind a named
colour space) stays in it, and is denied there too. Papers that come in and copies made of them are judged alike, so
that what could be taken in can also be handed out.
"""

from __future__ import annotations

import io
from typing import Any

import pikepdf
from pikepdf import ContentStreamInstruction, Dictionary, Name, Operator, Stream, pdfa
from pikepdf.pdfa import Report

_DENIED = frozenset({"pikepdf:colour-space", "pikepdf:pattern", "pikepdf:schema-Resources"})
_SPACES, _COLOURS = frozenset({"cs", "CS"}), frozenset({"scn", "SCN"})


def judge(written: bytes, settings: dict[str, Any]) -> Report:
    """What the validator says of the file as PDF/A-2b, with its tiling patterns judged as forms.

    ``settings`` are those with which the file was written. Nothing is raised: the verdict is the report's.
    """
    report = pdfa.validate_written(io.BytesIO(written), "2b", save_kwargs=settings)
    if report.verdict != "pass" and _only_patterns(report):
        report = pdfa.validate_written(_shadow(written, settings), "2b", save_kwargs=settings)
    return report


def _only_patterns(report: Report) -> bool:
    """True where every finding is that of the validator not knowing pattern colours."""
    return bool(report.findings) and all(
        finding.rule in _DENIED and "pattern" in finding.message for finding in report.findings
    )


def _shadow(written: bytes, settings: dict[str, Any]) -> io.BytesIO:
    """The file with its coloured tiling patterns as forms, written with the same settings."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(written)) as pdf:
        scopes = [scope for scope in pdf.content_scopes() if _patterns(scope.resources)]
        for scope in scopes:
            _draw_as_forms(pdf, scope.content, scope.resources)
        for scope in scopes:
            if scope.resources is not None and Name.Pattern in scope.resources:
                del scope.resources[Name.Pattern]
        pdf.save(out, **settings)
    out.seek(0)
    return out


def _patterns(resources: Any) -> dict[str, Any]:
    """The patterns of a scope by name; none unless all of them are coloured tilings."""
    found = resources.get(Name.Pattern) if isinstance(resources, Dictionary) else None
    if not isinstance(found, Dictionary):
        return {}
    tilings = {name: pattern for name, pattern in found.items() if _is_coloured_tiling(pattern)}
    return tilings if len(tilings) == len(found) else {}


def _is_coloured_tiling(pattern: Any) -> bool:
    return isinstance(pattern, Stream) and pattern.get(Name.PatternType) == 1 and pattern.get(Name.PaintType) == 1


def _draw_as_forms(pdf: pikepdf.Pdf, content: Any, resources: Any) -> None:
    forms = {}
    for name, pattern in _patterns(resources).items():
        forms[name] = Name(f"/AnjuanPattern{name[1:]}")
        if Name.XObject not in resources:
            resources[Name.XObject] = Dictionary()
        resources[Name.XObject][forms[name]] = _form(pdf, pattern)
    written: list[Any] = []
    for instruction in pikepdf.parse_content_stream(content):
        operator, operands = str(instruction.operator), instruction.operands
        named = isinstance(operands[-1], Name) if len(operands) else False
        if operator in _SPACES and named and operands[-1] == Name.Pattern:
            continue
        if operator in _COLOURS and len(operands) == 1 and named and str(operands[0]) in forms:
            written.append(ContentStreamInstruction([forms[str(operands[0])]], Operator("Do")))
            continue
        written.append(instruction)
    data = pikepdf.unparse_content_stream(written)
    if isinstance(content, Stream):
        content.write(data)
    else:
        content[Name.Contents] = pdf.make_stream(data)


def _form(pdf: pikepdf.Pdf, pattern: Any) -> Any:
    form = pdf.make_stream(pattern.read_bytes())
    form[Name.Type], form[Name.Subtype] = Name.XObject, Name.Form
    for key in (Name.BBox, Name.Matrix, Name.Resources):
        if key in pattern:
            form[key] = pattern[key]
    return form
