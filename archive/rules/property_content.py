"""Checks of content and package 内容与信息包检测: bytes, files, formats, counts, scans. Values in, answers out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.rules.four_properties import Answer, Fault
from archive.rules.property_subject import Held, Receipt, Staged, Subject, SubjectItem
from archive.terms import Role

_NAME = re.compile(r"^o[a-z2-7]{26}$")
_LISTED = frozenset(
    {
        "application/pdf", "application/ofd", "application/xml", "image/tiff", "image/jpeg", "audio/x-wav",
        "audio/mpeg", "video/mpeg", "video/mp4", "video/x-msvideo", "video/x-flv", "text/plain",
    }
)  # fmt: skip
"""GB/T 18894-2016 and GB/T 33190, as remembered; whatever else has a PDF/A or a viewing copy beside it."""
_PRIVATE = frozenset({"application/vnd.rar", "application/x-rar-compressed"})
_INSIDE = frozenset({"attachments-in-original", "marks-unchecked"})
_UNREAD = frozenset({"not-converted"})
_SCANNED, _UNSCANNED = "未发现病毒", "未查毒"


def content_answers(subject: Subject, odd_sizes: frozenset[str]) -> dict[str, Answer]:
    """What take-in found out about the files and wrote into their descriptions; nothing is opened for it.

    ``odd_sizes``: files whose ciphertext is not as long as content of the recorded size would be.
    """
    items = subject.items
    empty = not items
    signed = [item for item in items if item.facts.signatures]
    found = {
        "1-10": Answer(tuple(_properties(items, odd_sizes)), absent=empty),
        "1-11": Answer(tuple(_links(items)), absent=empty),
        "2-7": _whole(items),
        "3-3": _formats(items),
        "3-4": _opened(items),
        "3-8": _plain(items),
        "4-1": _scanner(items),
        "4-2": _scanned(items),
    }
    faults = [fault for item in signed for fault in _signatures(item)]
    unknown = tuple(fault for fault in faults if fault.code == "signature-unchecked")
    return found | {"1-1": Answer(tuple(f for f in faults if f not in unknown), unknown)}


def _signatures(item: SubjectItem) -> Iterator[Fault]:
    """A paper with a broken signature may be the evidence itself: it is told, kept, and stops nothing."""
    for one in item.facts.signatures:
        if one.indication == "TOTAL-FAILED":
            yield Fault("signature-broken", item.where, one.detail, blocks=False)
        elif one.indication != "TOTAL-PASSED":
            yield Fault("signature-unchecked", item.where, one.detail, blocks=False)


def _properties(items: tuple[SubjectItem, ...], odd_sizes: frozenset[str]) -> Iterator[Fault]:
    for item in items:
        yield from (Fault("size-differs", item.where, file.name) for file in item.files if file.id in odd_sizes)
        own = item.originals[:1]
        if own and item.facts.media_type and own[0].media_type != item.facts.media_type:
            yield Fault("format-differs", item.where, own[0].media_type)
        if own and item.facts.original_name and own[0].name != item.facts.original_name:
            yield Fault("name-differs", item.where, own[0].name)
        if any(one.code == "extension-differs" for one in item.facts.findings):
            yield Fault("format-differs", item.where, item.facts.format_name, blocks=False)


def _links(items: tuple[SubjectItem, ...]) -> Iterator[Fault]:
    for item in items:
        if not item.originals:
            # what is a rendition alone was sealed so before: only a new item without content stops the seal
            yield Fault("item-without-file", item.where, blocks=item.new and not item.files)
        yield from (
            Fault("file-wrong-tier", item.where, file.name) for file in item.files if file.tier is not item.tier
        )


def _whole(items: tuple[SubjectItem, ...]) -> Answer:
    """A recording that the camera cut is kept and told; one nobody has decoded to its end yet is not known whole."""
    faults, unknown = [], []
    for item in items:
        faults += [Fault("content-empty", item.where, blocks=False) for file in item.originals if not file.size]
        media = item.facts.media
        if media is not None and (media.complete is False or media.decode_errors):
            faults.append(Fault("recording-cut", item.where, blocks=False))
        elif item.kind == "recording" and (media is None or media.complete is None):
            unknown.append(Fault("recording-unread", item.where, blocks=False))
    return Answer(tuple(faults), tuple(unknown), absent=not items)


def _formats(items: tuple[SubjectItem, ...]) -> Answer:
    faults, unknown = [], []
    for item in items:
        converted = any(file.role in (Role.PDFA, Role.VIEWING) for file in item.files)
        for file in item.originals:
            if converted and file is item.originals[0]:
                continue
            if file.media_type not in _LISTED:
                faults.append(Fault("format-unlisted", item.where, file.media_type, blocks=False))
        if not item.facts.format_name:
            unknown.append(Fault("format-unknown", item.where, blocks=False))
    return Answer(tuple(faults), tuple(unknown), absent=not items)


def _opened(items: tuple[SubjectItem, ...]) -> Answer:
    """Opened means: pages were drawn from it, or its streams were decoded. Whatever was not is not known."""
    unknown = []
    for item in items:
        drawn = any(file.role is Role.PDFA for file in item.files) and item.page_count > 0
        decoded = item.facts.media is not None and bool(item.facts.media.streams)
        if not (drawn or decoded) or any(one.code in _UNREAD for one in item.facts.findings):
            unknown.append(Fault("unopened", item.where, blocks=False))
    return Answer((), tuple(unknown), absent=not items)


def _plain(items: tuple[SubjectItem, ...]) -> Answer:
    """Take-in refuses whatever is encrypted in itself; what it could not look into is not known."""
    faults, unknown = [], []
    for item in items:
        faults += [
            Fault("compressed-privately", item.where, file.media_type, blocks=False)
            for file in item.originals
            if file.media_type in _PRIVATE
        ]
        if not item.facts.format_name:
            unknown.append(Fault("format-unknown", item.where, blocks=False))
    return Answer(tuple(faults), tuple(unknown), absent=not items)


def _scanner(items: tuple[SubjectItem, ...]) -> Answer:
    verdicts = {item.facts.malware for item in items}
    lacking = not items or any(not verdict or verdict.startswith(_UNSCANNED) for verdict in verdicts)
    return Answer((Fault("no-scanner", blocks=False),) if lacking and items else (), absent=not items)


def _scanned(items: tuple[SubjectItem, ...]) -> Answer:
    faults, unknown = [], []
    for item in items:
        verdict = item.facts.malware
        if not verdict or verdict.startswith(_UNSCANNED):
            unknown.append(Fault("not-scanned", item.where, blocks=False))
        elif not verdict.startswith(_SCANNED):
            faults.append(Fault("infected", item.where, verdict, item.new))
    return Answer(tuple(faults), tuple(unknown), absent=not items)


def staged_answers(subject: Subject, staged: Staged) -> dict[str, Answer]:
    """The stored files of this tier as they lie before the seal: there, of the recorded bytes, opened by its key."""
    digests, missing, shut = [], [], []
    waiting = [(item, file) for item in subject.items if item.new for file in item.files]
    for item, file in waiting:
        lying = staged.files.get(file.id)
        if lying is None:
            missing.append(Fault("content-missing", item.where, file.name))
            continue
        if (lying.size, lying.sha512) != (file.stored_size, file.stored_sha512):
            digests.append(Fault("digest-differs", item.where, file.name))
        if not lying.opens:
            shut.append(Fault("unreadable", item.where, file.name))
    nothing = not waiting
    return {
        "1-1": Answer(tuple(digests), absent=nothing),
        "2-7": Answer(tuple(missing), absent=nothing),
        "3-7": Answer(tuple(shut), absent=nothing),
    }


def package_answers(staged: Staged, known: frozenset[str], held: Held, receipt: Receipt) -> dict[str, Answer]:
    """The package as a whole, whoever may read its parts: no word here names an item or tells how many there are."""
    names = frozenset(staged.files)
    unfit = [Fault("structure-unfit", name) for name in sorted(names) if not _NAME.match(name)]
    unfit += [Fault("structure-unfit", name) for name in staged.strays]
    surplus = tuple(Fault("surplus-file", name) for name in (*sorted(names - known), *staged.strays))
    absent = tuple(Fault("content-missing", name) for name in sorted(known - names))
    return {
        "1-13": Answer(tuple(unfit)),
        "2-11": Answer((*absent, *surplus)),
        "4-3": Answer(surplus),
        **receipt_answers(held, receipt),
    }


def receipt_answers(held: Held, receipt: Receipt) -> dict[str, Answer]:
    """What is held against what the ledger recorded when it came."""
    if not receipt.known:
        process = Answer((Fault("process-missing", "", "case.accepted"),))
    else:
        process = Answer((), () if receipt.opened else (Fault("record-closed"),))
    waits = () if receipt.placed else (Fault("ledger-waits"),)
    same = receipt.same_package
    return {
        "1-14": Answer((Fault("package-differs"),) if same is False else (), (Fault("not-recorded"),) * (same is None)),
        "2-1": _against(receipt, held.items, receipt.items, "count-differs"),
        "2-2": _against(receipt, held.bytes, receipt.bytes, "bytes-differ"),
        "2-5": process,
        "2-8": _against(receipt, held.files, receipt.files, "files-differ"),
        "4-7": Answer((), waits if receipt.known else (Fault("process-missing", "", "case.accepted"),)),
    }


def _against(receipt: Receipt, held: int, recorded: int | None, code: str) -> Answer:
    if recorded is None:
        return Answer((), (Fault("not-recorded" if receipt.opened else "record-closed"),))
    return Answer((Fault(code),) if held != recorded else ())


def attachment_answer(subject: Subject) -> Answer:
    """Attachments that lie inside a letter are in its original alone, and nobody has looked at each."""
    inside = [item for item in subject.items if any(one.code in _INSIDE for one in item.facts.findings)]
    return Answer((), tuple(Fault("attachments-inside", item.where, blocks=False) for item in inside))


def both(first: Answer, second: Answer) -> Answer:
    """Two looks at the same item of the list as one answer."""
    return Answer(
        (*first.faults, *second.faults), (*first.unknown, *second.unknown), first.absent and second.absent
    )  # fmt: skip


def joined(*parts: dict[str, Answer]) -> dict[str, Answer]:
    """Several looks as one, item by item."""
    whole: dict[str, Answer] = {}
    for part in parts:
        for key, answer in part.items():
            whole[key] = both(whole[key], answer) if key in whole else answer
    return whole
