"""Active content of a PDF 活动内容: found and named, and taken out of renditions; the original keeps it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, sanitize

_ACTIONS = {
    "/JavaScript": "javascript",
    "/Launch": "launch",
    "/URI": "external-link",
    "/GoToR": "external-link",
    "/GoToE": "embedded-file",
    "/SubmitForm": "submit-form",
    "/ImportData": "import-data",
    "/Rendition": "multimedia",
    "/Movie": "multimedia",
    "/Sound": "multimedia",
    "/RichMediaExecute": "multimedia",
}
_ANNOTATIONS = {
    "/FileAttachment": "embedded-file",
    "/Movie": "multimedia",
    "/Sound": "multimedia",
    "/Screen": "multimedia",
    "/RichMedia": "multimedia",
    "/3D": "multimedia",
}
_FIELDS_CAP = 20_000


def find_active(pdf: pikepdf.Pdf) -> tuple[str, ...]:
    """The kinds of active content anywhere in the file, reachable or not: sorted names, each once."""
    found: set[str] = set()
    root = pdf.Root
    names = root.get(Name.Names, Dictionary())
    if isinstance(names, Dictionary):
        found |= {"javascript"} if Name.JavaScript in names else set()
        found |= {"embedded-file"} if Name.EmbeddedFiles in names else set()
    form = root.get(Name.AcroForm)
    if isinstance(form, Dictionary):
        found |= {"xfa"} if Name.XFA in form else set()
    for thing in pdf.objects:
        if isinstance(thing, (Dictionary, Stream)):
            found |= _of_object(thing)
    return tuple(sorted(found))


def _of_object(thing: Any, depth: int = 0) -> set[str]:
    found: set[str] = set()
    action = thing.get(Name.S)
    if isinstance(action, Name) and str(action) in _ACTIONS and _looks_like_action(thing):
        found.add(_ACTIONS[str(action)])
    subtype = thing.get(Name.Subtype)
    if isinstance(subtype, Name) and str(subtype) in _ANNOTATIONS and Name.Rect in thing:
        found.add(_ANNOTATIONS[str(subtype)])
    if Name.EF in thing:
        found.add("embedded-file")
    if depth < 6:
        for key in (Name.A, Name.AA, Name.OpenAction, Name.Next, Name.Annots, *_events(thing)):
            for child in _children(thing.get(key)):
                if not child.is_indirect:
                    found |= _of_object(child, depth + 1)
    return found


def _events(thing: Any) -> list[Any]:
    """Keys of an additional-actions dictionary: one or two letters each."""
    return [Name(key) for key in list(thing.keys())[:64] if len(key) <= 3]


def _looks_like_action(thing: Any) -> bool:
    keys = {Name.JS, Name.URI, Name.F, Name.Win, Name.D, Name.R, Name.T, Name.Next, Name.Sound, Name.TA}
    return thing.get(Name.Type) == Name.Action or any(key in thing for key in keys)


def _children(value: Any) -> Iterator[Any]:
    items = value if isinstance(value, Array) else (value,)
    for item in items:
        if isinstance(item, (Dictionary, Stream)):
            yield item


def count_signatures(pdf: pikepdf.Pdf) -> int:
    """How many signature fields carry a signature, wherever they hang; a document time stamp counts too."""
    form = pdf.Root.get(Name.AcroForm)
    fields = list(form.get(Name.Fields, Array())) if isinstance(form, Dictionary) else []
    found: set[Any] = set()
    direct, visited = 0, 0
    while fields and visited < _FIELDS_CAP:
        field, visited = fields.pop(), visited + 1
        if not isinstance(field, Dictionary):
            continue
        value = field.get(Name.V)
        if field.get(Name.FT) == Name.Sig and isinstance(value, Dictionary):
            if value.is_indirect:
                found.add(value.objgen)
            else:
                direct += 1
        kids = field.get(Name.Kids)
        if isinstance(kids, Array):
            fields.extend(kids)
    for thing in pdf.objects:
        if isinstance(thing, Dictionary) and Name.ByteRange in thing and Name.Contents in thing:
            found.add(thing.objgen)
    return len(found) + direct


def strip(pdf: pikepdf.Pdf) -> None:
    """Take out everything that acts, reaches outside, or is not page content; forms become page content first."""
    form = pdf.Root.get(Name.AcroForm)
    if isinstance(form, Dictionary):
        _flatten(pdf, form)
    cleaner = sanitize.Sanitizer().remove_javascript().remove_external_access().remove_attachments()
    cleaner = cleaner.remove_multimedia().remove_thumbnails().remove_search_index().remove_web_capture()
    cleaner.remove_private_app_data().remove_collection().apply(pdf)
    for key in (Name.OpenAction, Name.AA, Name.Collection, Name.NeedsRendering, Name.Requirements, Name.Perms):
        _drop(pdf.Root, key)
    for page in pdf.pages:
        for key in (Name.AA, Name.PresSteps, Name.Trans, Name.Dur):
            _drop(page.obj, key)
        _strip_annotations(page.obj)
        _drop_empty(page.obj.get(Name.Resources))
    _drop(pdf.trailer, Name.DocChecksum)
    _drop_glyph_lists(pdf)


def _drop_glyph_lists(pdf: pikepdf.Pdf) -> None:
    """CIDSet and CharSet may be left out in PDF/A-2, and where they stand they must be right: nobody needs them."""
    for thing in pdf.objects:
        if isinstance(thing, Dictionary) and thing.get(Name.Type) == Name.FontDescriptor:
            _drop(thing, Name.CIDSet)
            _drop(thing, Name.CharSet)


def _flatten(pdf: pikepdf.Pdf, form: Any) -> None:
    """Filled-in fields are burnt into the pages: what a reader saw stays visible, nothing stays fillable."""
    _drop(form, Name.XFA)
    with contextlib.suppress(pikepdf.PdfError, RuntimeError):
        if form.get(Name.NeedAppearances, False):
            pdf.generate_appearance_streams()
    pdf.flatten_annotations("all")
    _drop(pdf.Root, Name.AcroForm)


def _strip_annotations(page: Any) -> None:
    annotations = page.get(Name.Annots)
    if not isinstance(annotations, Array):
        return
    kept = Array()
    for annotation in annotations:
        if not isinstance(annotation, Dictionary):
            continue
        subtype = str(annotation.get(Name.Subtype, Name.Unknown))
        if subtype in _ANNOTATIONS or (subtype == "/Link" and Name.A not in annotation and Name.Dest not in annotation):
            continue
        _drop(annotation, Name.AA)
        kept.append(annotation)
    if len(kept):
        page[Name.Annots] = kept
    else:
        _drop(page, Name.Annots)


def _drop_empty(resources: Any) -> None:
    """Empty categories are harmless, but the gate does not judge them (WeasyPrint and typst write them)."""
    if not isinstance(resources, Dictionary):
        return
    for key in (Name.Pattern, Name.Shading):
        value = resources.get(key)
        if isinstance(value, Dictionary) and len(value) == 0:
            del resources[key]


def _drop(holder: Any, key: Any) -> None:
    if key in holder:
        del holder[key]
