"""The four-property check as rules: every id has one mode, and every automatic one fails when its thing is broken."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.facts import CaseFacts, FindingFacts, ItemFacts, MediaFacts, RecordingFacts, SignatureFacts
from archive.kernel.ids import FileId, ItemId
from archive.rules.four_properties import (
    BY_KEY,
    CHECKS,
    Answer,
    Checkpoint,
    Judgement,
    Mode,
    Result,
    Severity,
    Source,
    blocking,
    results_of,
)
from archive.rules.property_checks import description_answers
from archive.rules.property_content import (
    attachment_answer,
    content_answers,
    joined,
    package_answers,
    receipt_answers,
    staged_answers,
)
from archive.rules.property_layers import layer_answers
from archive.rules.property_subject import Held, Lying, Place, Receipt, Staged, Subject, SubjectItem, SubjectVolume
from archive.rules.property_words import FAULTS, fault_words
from archive.terms import Finding, LayerResult, Role, StoredFile, Tier

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
CODE = "J019-ZY·CF·2026·D30-0001"
MARKING = {"handling": "INTERNAL"}
FILE = StoredFile(
    FileId("o" + "a" * 26), Role.ORIGINAL, ItemId("item_1"), "01.pdf", "application/pdf", 900, "a" * 64, 4168,
    "b" * 128, Tier.GENERAL, 1,
)  # fmt: skip
PDFA = replace(FILE, id=FileId("o" + "c" * 26), role=Role.PDFA, name="01.pdf.pdfa.pdf", sha256="c" * 64)
ITEM = SubjectItem(
    f"{CODE}-001", CODE, 1, 1, 2, "paper", "pdfa", Tier.GENERAL,
    ItemFacts(
        title="立案审批表", author="示例局", doc_date=date(2026, 6, 1), original_name="01.pdf", format_name="PDF 1.7",
        media_type="application/pdf", malware="未发现病毒 · ClamAV 1.4", marking=MARKING,
        signatures=(SignatureFacts(indication="TOTAL-PASSED"),),
    ),
    (FILE, PDFA),
)  # fmt: skip
CASE = CaseFacts(
    title="某某公司擅自设置户外广告案", party="某某公司", opened_on=date(2026, 6, 1), decided_on=date(2026, 9, 1),
    closed_on=date(2026, 11, 1), marking=MARKING,
)  # fmt: skip
SERIES = CODE.rpartition("-")[0]
GOOD = Subject(
    CODE, SERIES, SERIES, 1, False, "ordinary", "D30", CASE, (SubjectVolume(CODE, False, (Place(1, 1, 2),)),), (ITEM,),
    date(2026, 11, 24), date(2026, 11, 24),
)  # fmt: skip
LYING = Staged({file.id: Lying(file.stored_size, file.stored_sha512, True) for file in ITEM.files})
KNOWN = frozenset(str(file.id) for file in ITEM.files)
HELD, RECEIPT = Held(1, 1, 900), Receipt(True, True, True, 1, 1, 900, True)


def _manifest() -> dict[str, Any]:
    names = ("file", "role", "item", "name", "media_type", "size", "sha256", "stored_sha512", "first_version")
    files = [
        {name: getattr(f, {"file": "id", "item": "item_id"}.get(name, name)) for name in names} for f in ITEM.files
    ]
    item = {
        "item": "item_1", "volume": CODE, "part": "main", "reference_code": ITEM.reference_code, "sequence": 1,
        "kind": "paper", "pages": "1-2", "page_count": 2, "rendition": "pdfa", "marking": MARKING,
        "facts": ITEM.facts.plain(),
    }  # fmt: skip
    case = {"reference_code": CODE, "unit": "zd1", "procedure": "ordinary", "facts": CASE.plain(), "marking": MARKING}
    head = {"format": "anjuan-inner-manifest/1", "object": "urn:anjuan:case_1", "version": 1, "tier": "general"}
    return {**head, "case": case, "files": files, "items": [item], "findings": [], "history": []}


def _answers(**changed: Any) -> dict[str, Answer]:
    """Every automatic answer of a case in which nothing is wrong but what ``changed`` names."""
    look: dict[str, Any] = {
        "subject": GOOD, "manifest": _manifest(), "again": _manifest(), "odd": frozenset(), "staged": LYING,
        "held": HELD, "receipt": RECEIPT, **changed,
    }  # fmt: skip
    subject = look["subject"]
    return joined(
        description_answers(subject, look["manifest"], look["again"]),
        content_answers(subject, look["odd"]),
        staged_answers(subject, look["staged"]),
        package_answers(look["staged"], KNOWN, look["held"], look["receipt"]),
        {"2-8": attachment_answer(subject)},
    )


def _item(**changed: Any) -> Subject:
    names = {name: changed.pop(name) for name in list(changed) if name in SubjectItem.__dataclass_fields__}
    facts = ITEM.facts.model_copy(update=changed)
    return replace(GOOD, items=(replace(ITEM, **{"facts": facts, **names}),))


def _case(**changed: Any) -> Subject:
    return replace(GOOD, facts=CASE.model_copy(update=changed))


def _cut(part: str, name: str) -> dict[str, Any]:
    manifest = _manifest()
    for each in manifest[part]:
        del each[name]
    return manifest


def _lying(**changed: Any) -> Staged:
    return Staged({**LYING.files, FILE.id: replace(LYING.files[FILE.id], **changed)})


MOVED = {**LYING.files, "o" + "d" * 26: Lying(1, "")}
TWICE = (ITEM, replace(ITEM, sequence=2))
DOUBLED = replace(GOOD, items=TWICE)
PLANTS: list[tuple[str, str, Callable[[], Mapping[str, Any]]]] = [
    ("1-1", "digest-differs", lambda: {"staged": _lying(sha512="d" * 128)}),
    ("1-1", "signature-broken", lambda: {"subject": _item(signatures=(SignatureFacts(indication="TOTAL-FAILED"),))}),
    ("1-2", "too-long", lambda: {"subject": _item(title="长" * 401)}),
    ("1-2", "too-long", lambda: {"subject": _item(reference_code="J" * 141)}),
    ("1-3", "wrong-type", lambda: {"subject": _item(doc_date="六月一日")}),
    ("1-4", "outside-domain", lambda: {"subject": _case(outcome="forgiven")}),
    ("1-4", "outside-domain", lambda: {"subject": _item(marking={"level": "ULTRA"})}),
    ("1-5", "dates-out-of-order", lambda: {"subject": _case(opened_on=date(2026, 10, 1))}),
    ("1-5", "dates-out-of-order", lambda: {"subject": _item(doc_date=date(2027, 1, 1))}),
    (
        "1-5",
        "dates-out-of-order",
        lambda: {"subject": _item(recording=RecordingFacts(started_at=AT, ended_at=AT.replace(hour=1)))},
    ),
    ("1-6", "control-sign", lambda: {"subject": _item(title="立案\u202e表")}),
    ("1-6", "control-sign", lambda: {"subject": _case(party="某\ud800")}),
    ("1-7", "code-differs", lambda: {"subject": replace(GOOD, file_no=2)}),
    ("1-7", "code-differs", lambda: {"subject": replace(GOOD, expected_series=SERIES.replace("D30", "D10"))}),
    ("1-7", "code-differs", lambda: {"subject": _item(sequence=2)}),
    ("1-8", "code-twice", lambda: {"subject": DOUBLED}),
    ("1-10", "size-differs", lambda: {"odd": frozenset({FILE.id})}),
    ("1-10", "format-differs", lambda: {"subject": _item(media_type="image/jpeg")}),
    ("1-10", "name-differs", lambda: {"subject": _item(original_name="02.pdf")}),
    ("1-11", "item-without-file", lambda: {"subject": _item(files=())}),
    ("1-11", "file-wrong-tier", lambda: {"subject": _item(files=(replace(FILE, tier=Tier.TRADE),))}),
    ("1-12", "manifest-unfit", lambda: {"manifest": _cut("files", "sha256")}),
    ("1-13", "structure-unfit", lambda: {"staged": replace(LYING, strays=("Thumbs.db",))}),
    ("1-14", "package-differs", lambda: {"receipt": replace(RECEIPT, same_package=False)}),
    ("2-1", "count-differs", lambda: {"held": replace(HELD, items=2)}),
    ("2-2", "bytes-differ", lambda: {"held": replace(HELD, bytes=899)}),
    ("2-3", "element-missing", lambda: {"subject": _item(marking={})}),
    ("2-4", "element-empty", lambda: {"subject": _item(title=" ")}),
    ("2-5", "process-missing", lambda: {"receipt": replace(RECEIPT, known=False)}),
    ("2-6", "number-gap", lambda: {"subject": replace(GOOD, volumes=(SubjectVolume(CODE, False, (Place(2, 1, 2),)),))}),
    ("2-6", "number-gap", lambda: {"subject": replace(GOOD, volumes=(SubjectVolume(CODE, False, (Place(1, 3, 2),)),))}),
    ("2-7", "content-missing", lambda: {"staged": Staged({PDFA.id: LYING.files[PDFA.id]})}),
    ("2-7", "recording-cut", lambda: {"subject": _item(media=MediaFacts(complete=False))}),
    ("2-8", "files-differ", lambda: {"held": replace(HELD, files=2)}),
    ("2-10", "manifest-lacks", lambda: {"manifest": {**_manifest(), "items": []}}),
    ("2-11", "surplus-file", lambda: {"staged": Staged(MOVED)}),
    ("3-1", "unparsable", lambda: {"manifest": {**_manifest(), "object": "\ud800"}}),
    ("3-2", "unreachable", lambda: {"again": {**_manifest(), "items": []}}),
    (
        "3-3",
        "format-unlisted",
        lambda: {"subject": _item(files=(replace(FILE, media_type="application/msword"),), media_type="")},
    ),
    ("3-7", "unreadable", lambda: {"staged": _lying(opens=False)}),
    (
        "3-8",
        "compressed-privately",
        lambda: {"subject": _item(files=(replace(FILE, media_type="application/vnd.rar"),))},
    ),
    ("4-1", "no-scanner", lambda: {"subject": _item(malware="未查毒")}),
    ("4-2", "infected", lambda: {"subject": _item(malware="发现 Eicar")}),
    ("4-3", "surplus-file", lambda: {"staged": Staged(MOVED)}),
]
UNKNOWN: list[tuple[str, str, Callable[[], Mapping[str, Any]]]] = [
    ("1-1", "signature-unchecked", lambda: {"subject": _item(signatures=(SignatureFacts(indication="not-checked"),))}),
    ("2-2", "not-recorded", lambda: {"receipt": replace(RECEIPT, bytes=None)}),
    ("2-7", "recording-unread", lambda: {"subject": _item(kind="recording")}),
    ("2-8", "attachments-inside", lambda: {"subject": _item(findings=(FindingFacts(code="attachments-in-original"),))}),
    ("3-4", "unopened", lambda: {"subject": _item(files=(FILE,))}),
    ("4-2", "not-scanned", lambda: {"subject": _item(malware="未查毒")}),
    ("4-7", "ledger-waits", lambda: {"receipt": replace(RECEIPT, placed=False)}),
]


def test_a_case_in_order_passes_every_automatic_check() -> None:
    answers = _answers()
    automatic = {check.key for check in CHECKS if check.mode is Mode.AUTOMATIC}
    assert {key: answer for key, answer in answers.items() if answer.result is not Result.PASS} == {}
    assert set(answers) == automatic


@pytest.mark.parametrize(("key", "code", "plant"), PLANTS, ids=[f"{key} {code}" for key, code, _ in PLANTS])
def test_what_is_broken_fails_its_own_check(key: str, code: str, plant: Callable[[], Mapping[str, Any]]) -> None:
    answer = _answers(**plant())[key]
    assert answer.result is Result.FAIL and code in {fault.code for fault in answer.faults}


@pytest.mark.parametrize(("key", "code", "plant"), UNKNOWN, ids=[f"{key} {code}" for key, code, _ in UNKNOWN])
def test_what_nobody_knows_is_pending_and_never_a_pass(
    key: str, code: str, plant: Callable[[], Mapping[str, Any]]
) -> None:
    answer = _answers(**plant())[key]
    assert answer.result is Result.PENDING and code in {fault.code for fault in answer.unknown}


def test_every_automatic_check_has_a_plant() -> None:
    automatic = {check.key for check in CHECKS if check.mode is Mode.AUTOMATIC}
    assert automatic - {key for key, _, _ in (*PLANTS, *UNKNOWN)} == set()


def test_every_id_of_the_table_has_exactly_one_mode_and_says_why_where_it_is_not_automatic() -> None:
    wanted = {f"{of}-{number}" for of, last in ((1, 14), (2, 11), (3, 8), (4, 7)) for number in range(1, last + 1)}
    assert set(BY_KEY) == wanted and len(CHECKS) == len(wanted)
    for check in CHECKS:
        assert bool(check.why_zh and check.why_en) is (check.mode is not Mode.AUTOMATIC), check.key
    assert BY_KEY["1-9"].source is Source.UNKNOWN
    assert BY_KEY["1-6"].source_at(Checkpoint.HANDOVER) is Source.READ
    assert BY_KEY["1-7"].source_at(Checkpoint.KEEPING) is Source.ANALOGY


def test_a_forgotten_check_is_pending_and_a_person_judges_only_what_people_judge() -> None:
    judged = {"4-5": Judgement(Result.PASS, "外观完好"), "1-1": Judgement(Result.PASS, "看过")}
    lines = results_of(Checkpoint.KEEPING, {}, judged, "Anjuan 案卷 0.1.0", AT, "甲")
    assert [line.id for line in lines] == [check.id(Checkpoint.KEEPING) for check in CHECKS]
    by_key = {line.check.key: line for line in lines}
    assert (by_key["1-1"].result, by_key["4-5"].result, by_key["2-9"].result) == ("pending", "pass", "pending")
    assert not any(line.result is Result.PASS for line in lines if line.check.mode is Mode.AUTOMATIC)
    assert (by_key["1-1"].tool, by_key["1-1"].version, by_key["4-5"].tool) == ("Anjuan 案卷", "0.1.0", "人工")


def test_only_blocking_faults_of_what_is_new_stop_a_seal() -> None:
    def stopped(**changed: Any) -> set[str]:
        lines = results_of(Checkpoint.FILING, _answers(**changed), {}, "Anjuan 0", AT, "甲")
        return {line.check.key for line, _ in blocking(lines)}

    assert stopped() == set()
    assert stopped(staged=_lying(sha512="d" * 128)) == {"1-1"}
    assert stopped(subject=_item(signatures=(SignatureFacts(indication="TOTAL-FAILED"),))) == set()
    assert stopped(subject=_item(malware="未查毒")) == set() and BY_KEY["4-1"].severity is Severity.TOLD
    early = _item(doc_date=date(2027, 1, 1))
    assert stopped(subject=early) == {"1-5"}
    old = replace(early, version=2, items=(replace(early.items[0], new=False),))
    assert stopped(subject=old) == set()


def test_a_layer_that_gave_no_answer_leaves_its_items_unknown() -> None:
    def layer(name: str, *found: Finding) -> LayerResult:
        return LayerResult(name, not found, False, "", "", "", "", "", found)

    names = ("fixity", "bag", "signature", "stamp", "database", "keys", "content", "certificate", "ledger")
    whole = layer_answers([layer(name) for name in names])
    assert {answer.result for answer in whole.values()} == {Result.PASS}
    assert {answer.result for answer in layer_answers([]).values()} == {Result.PENDING}
    for name, code, key in (
        ("fixity", "x", "1-1"), ("stamp", "x", "1-1"), ("bag", "x", "1-13"), ("database", "x", "1-14"),
        ("keys", "key-missing", "3-7"), ("ledger", "x", "4-7"), ("content", "row-differs", "1-11"),
        ("content", "inner-manifest", "1-12"), ("content", "content-differs", "2-7"),
        ("database", "file-unknown", "4-3"),
    ):  # fmt: skip
        broken = layer(name, Finding(name, code, "data/o", ""))
        assert layer_answers([layer(n) if n != name else broken for n in names])[key].result is Result.FAIL, (name, key)


def test_every_fault_has_its_words() -> None:
    sources = [*Path("archive/rules").glob("property_*.py"), Path("archive/service/property_runs.py")]
    said = "\n".join(path.read_text("utf-8") for path in sources if path.name != "property_words.py")
    assert [code for code in FAULTS if json.dumps(code) not in said] == []
    for answers in (_answers(**plant()) for _, _, plant in (*PLANTS, *UNKNOWN)):
        for answer in answers.values():
            assert all(len(fault_words(fault)) == 2 for fault in (*answer.faults, *answer.unknown))


def test_without_a_record_nothing_is_said_of_counts() -> None:
    closed = receipt_answers(HELD, Receipt(True, False, True))
    assert {key: closed[key].result for key in ("2-1", "2-2", "2-8", "2-5")} == dict.fromkeys(
        ("2-1", "2-2", "2-8", "2-5"), Result.PENDING
    )
