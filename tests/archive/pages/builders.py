"""Builders of page facts for tests: one full and plausible value of each kind."""

from __future__ import annotations

from datetime import UTC, date, datetime
from hashlib import sha256, sha512

from archive.pages.terms import (
    CertificateFacts,
    CheckpointMark,
    ContentsFacts,
    ContentsRow,
    CopyPart,
    CopyStatementFacts,
    CoverFacts,
    FindingLine,
    KeyMark,
    NoteEntry,
    NoteFacts,
    Officer,
    PropertyResult,
    ReceivedFile,
    StoredFile,
    TakeInReportFacts,
)

BUREAU = "青禾市青山区城市管理和综合执法局"
TITLE = "青山区某某建筑装饰工程有限公司未取得建设工程规划许可证擅自搭建钢结构建筑物案"
CODE = "J019-ZY·CF·2026·D30-0001"
STAMP = datetime(2026, 11, 24, 16, 30, 5, tzinfo=UTC)
LONG_NAME = "IMG_20260312_093015_body_camera_unit_0042_segment_0001_original_recording.final.v2.mp4"


def cover_facts(**changes: object) -> CoverFacts:
    facts: dict[str, object] = dict(
        bureau_name=BUREAU,
        case_title=TITLE,
        reference_code=CODE,
        internal_file_no="20260001",
        party="青山区某某建筑装饰工程有限公司（法定代表人：王某某）",
        cause="未取得建设工程规划许可证进行建设",
        decision_no="青城管罚决字〔2026〕第12号",
        handling_unit="青山区城市管理综合执法大队一中队",
        officers=(
            Officer(name="张伟", certificate_no="4201070123"),
            Officer(name="欧阳雪梅", certificate_no="4201070456"),
        ),
        outcome="责令限期拆除，并处罚款人民币23,400元",
        opened_on=date(2026, 3, 12),
        closed_on=date(2026, 6, 30),
        archived_on=date(2026, 7, 20),
        retention="30年",
        item_count=42,
        page_count=186,
        recording_count=5,
        part="正卷",
        volume_no=1,
        volume_count=2,
        fonds_no="J019",
        catalogue_no="3",
        file_no="0001",
    )
    return CoverFacts(**{**facts, **changes})  # type: ignore[arg-type]


def contents_rows(number: int) -> tuple[ContentsRow, ...]:
    titles = (
        "立案审批表",
        "行政处罚决定书",
        "行政处罚决定书送达回证（直接送达，由法定代表人王某某签收）",
        "现场检查（勘验）笔录及现场照片、示意图，附：" + LONG_NAME,
        "询问笔录",
        "行政处罚事先（听证）告知书",
    )
    return tuple(
        ContentsRow(
            seq=number_,
            title=titles[number_ % 6],
            doc_no="青城管罚决字〔2026〕第12号" if number_ % 6 == 1 else "",
            author="青山区城管执法局" if number_ % 2 else "张伟、欧阳雪梅",
            dated_on=date(2026, 3, 1 + number_ % 28) if number_ % 5 else None,
            pages=f"{number_ * 3 - 2}-{number_ * 3}",
            note="复印件" if number_ % 7 == 0 else "",
        )
        for number_ in range(1, number + 1)
    )


def contents_facts(number: int = 12, **changes: object) -> ContentsFacts:
    facts: dict[str, object] = dict(
        bureau_name=BUREAU, case_title=TITLE, reference_code=CODE, volume_count=2, rows=contents_rows(number)
    )
    return ContentsFacts(**{**facts, **changes})  # type: ignore[arg-type]


def note_entries() -> tuple[NoteEntry, ...]:
    return (
        NoteEntry(
            entered_on=date(2026, 7, 20),
            kind="立卷",
            statement="本卷共42件186页，音像记录5件。第17件现场照片为彩色打印件，原始照片文件随卷保存。",
            version=1,
            compiled_by="李静",
            compiled_on=date(2026, 7, 20),
            checked_by="赵敏",
            checked_on=date(2026, 7, 21),
        ),
        NoteEntry(
            entered_on=date(2026, 12, 3),
            kind="补充",
            statement="补充青禾市青山区人民法院行政判决书（2026）鄂0107行初88号，共14页，编为第43件。",
            version=2,
            compiled_by="李静",
            compiled_on=date(2026, 12, 3),
        ),
    )


def note_facts(**changes: object) -> NoteFacts:
    facts: dict[str, object] = dict(
        bureau_name=BUREAU,
        case_title=TITLE,
        reference_code=CODE,
        item_count=43,
        page_count=200,
        recording_count=5,
        entries=note_entries(),
    )
    return NoteFacts(**{**facts, **changes})  # type: ignore[arg-type]


def stored_files(number: int) -> tuple[StoredFile, ...]:
    return tuple(
        StoredFile(
            file=f"o{sha256(str(n).encode()).hexdigest()[:26]}",
            title=LONG_NAME if n % 3 == 2 else "行政处罚决定书",
            size=1234567 * (n + 1),
            role="原件" if n % 2 else "PDF/A 版本",
            sha256=sha256(f"p{n}".encode()).hexdigest(),
            sha512=sha512(f"c{n}".encode()).hexdigest(),
        )
        for n in range(number)
    )


def certificate_facts(**changes: object) -> CertificateFacts:
    facts: dict[str, object] = dict(
        certificate_no="青山封存〔2026〕0001号",
        object_id="urn:anjuan:case_abcdefghijklmnopqrstuvwxyz",
        version=1,
        cover=cover_facts(),
        sealed_at=STAMP,
        sealed_by="李静（档案员）",
        checked_by="赵敏（专管员）",
        contents=contents_rows(8),
        files=stored_files(5),
        notes=note_entries()[:1],
        keys=(
            KeyMark(
                use="封存签名",
                holder="CN=青山区城管执法局档案签名",
                fingerprint=sha256(b"k").hexdigest(),
                valid_until=date(2029, 1, 1),
            ),
            KeyMark(use="时间戳", holder="CN=国家授时中心联合信任时间戳", fingerprint=sha256(b"t").hexdigest()),
        ),
        checkpoint=CheckpointMark(
            origin="archive.example/activity", size=12345, root=sha256(b"r").hexdigest(), noted_at=STAMP
        ),
    )
    return CertificateFacts(**{**facts, **changes})  # type: ignore[arg-type]


def copy_statement_facts(**changes: object) -> CopyStatementFacts:
    facts: dict[str, object] = dict(
        release_no="青山复〔2026〕0007号",
        bureau_name=BUREAU,
        case_title=TITLE,
        reference_code=CODE,
        recipient="王某某",
        capacity="当事人的法定代表人",
        purpose="向青禾市青山区人民法院提起行政诉讼",
        request_no="青山申〔2026〕0011号",
        requested_on=date(2026, 9, 1),
        decision_no="青城管罚决字〔2026〕第12号",
        approved_by="陈国强（分管负责人）",
        approved_on=date(2026, 9, 10),
        made_by="李静（档案员）",
        checked_by="赵敏（专管员）",
        made_at=STAMP,
        parts=(
            CopyPart(title="行政处罚决定书", page_count=3, reference_code=CODE + "-002", source_pages="4-6"),
            CopyPart(
                title="询问笔录（被询问人：刘某）",
                page_count=5,
                reference_code=CODE + "-005",
                source_pages="13-17",
                redaction="遮蔽2处：个人隐私",
            ),
        ),
        withheld=("第9件举报材料：涉及举报人信息，依照政府信息公开条例第十五条不予提供。",),
        use_limits="仅供上述用途使用",
        verify_address="https://archive.example.gov.cn/verify/k3v9q2p7m4x8",
        verify_code="k3v9-q2p7-m4x8",
        ledger_leaf="218",
    )
    return CopyStatementFacts(**{**facts, **changes})  # type: ignore[arg-type]


def take_in_facts(accepted: bool = False, **changes: object) -> TakeInReportFacts:
    findings = (
        FindingLine(
            severity="必须改正",
            file="05_询问笔录.pdf",
            page="3",
            rule="细则第9条",
            what="询问笔录第3页没有被询问人签名，也没有注明拒绝签名的情况。",
            todo="补充当事人签名，或者由两名执法人员注明拒签情况后重新移交。",
        ),
        FindingLine(
            severity="必须改正",
            file=LONG_NAME,
            rule="细则第24条; DA/T 70 GD-2-7",
            what="文件不完整：标称时长 00:12:40.000，实际只能读到 00:07:12.320。",
            todo="从执法记录仪或者指定存储器重新导出该文件。",
        ),
        FindingLine(
            severity="提醒",
            rule="行政处罚法第60条",
            what="立案到决定共97日，超过90日。",
            todo="如有延期批准，请一并移交。",
        ),
    )
    facts: dict[str, object] = dict(
        report_no="青山收〔2026〕0031号",
        bureau_name=BUREAU,
        accepted=accepted,
        package_name="sip-2026-0031.tar",
        sender_unit="青山区城市管理综合执法大队一中队",
        sender="张伟",
        received_at=STAMP,
        received_by="李静",
        decided_at=STAMP,
        case_title=TITLE,
        state="已接收，待封存" if accepted else "已退回",
        resubmit_until=None if accepted else date(2026, 12, 1),
        properties=(
            PropertyResult(name="真实性", checked=14, failed=0),
            PropertyResult(name="完整性", checked=11, failed=0 if accepted else 2),
            PropertyResult(name="可用性", checked=8, failed=0, not_checked=1, note="OFD 版式文件未能在本机打开"),
            PropertyResult(name="安全性", checked=7, failed=0, not_checked=1, note="未查毒"),
        ),
        findings=findings[2:] if accepted else findings,
        files=tuple(
            ReceivedFile(name=one.title, size=one.size, sha256=one.sha256, media_type="application/pdf", result="相符")
            for one in stored_files(4)
        ),
    )
    return TakeInReportFacts(**{**facts, **changes})  # type: ignore[arg-type]
