"""Reasons 原因: why a file was not taken, in words for a person; the codes that children give are mapped here."""

from __future__ import annotations

from archive.kernel.refusals import Refusal

REASONS: dict[str, tuple[str, str]] = {
    # what a child says of a file
    "damaged": ("文件损坏或不完整", "the file is damaged or incomplete"),
    "not-this-format": ("内容与识别的格式不符", "the content is not what its first bytes claim"),
    "password": ("文件设有打开口令", "the file wants a password"),
    "signed": ("文件带有电子签名，不得改写", "the file is signed and must not be rewritten"),
    "no-pages": ("没有任何页面", "the file has no page"),
    "truncated": ("文件被截断", "the file is cut short"),
    "pages": ("页数超过上限", "too many pages"),
    "pixels": ("图像像素超过上限", "too many pixels"),
    "members": ("成员过多", "too many members"),
    "bytes": ("文件超过可处理的大小", "the file is larger than what is opened"),
    "stream": ("内部数据流展开后过大", "a stream inside grows too large when decoded"),
    "page-size": ("页面尺寸超出 PDF/A 允许范围", "the page size is outside what PDF/A allows"),
    "no-stream": ("没有可解码的音视频流", "no stream that can be decoded"),
    "not-convertible": ("此格式目前不能转换", "this format cannot be converted yet"),
    "text-lost": ("转换会丢失文字", "the conversion would lose text"),
    "not-valid": ("转换结果不符合 PDF/A", "the result is not valid PDF/A"),
    "look-lost": ("转换会改变页面外观", "the conversion would change what the page looks like"),
    "no-office": (
        "本机未安装 LibreOffice，请系统管理员安装 libreoffice-writer-nogui、libreoffice-calc-nogui、"
        "libreoffice-impress-nogui，或另交 PDF",
        "LibreOffice is not installed here: install libreoffice-writer-nogui, libreoffice-calc-nogui and "
        "libreoffice-impress-nogui, or hand in a PDF",
    ),
    "no-scratch": ("本机没有可用的内存暂存区", "this machine gives no scratch folder in memory"),
    "office-failed": ("LibreOffice 无法打开或打印该文件", "LibreOffice could not open or print it"),
    "glyph-missing": ("有文字在字体中没有字形", "a character has no glyph in any typeface"),
    "doctype": ("XML 含有文档类型声明，不予解析", "its XML declares a document type, which is not read"),
    "twice": ("压缩包内有重名成员", "two members of the package have the same name"),
    # what the parent sees of a child
    "crashed": ("解析程序异常终止", "the reader broke on it"),
    "fault": ("解析程序无法读取", "the reader could not read it"),
    "time": ("处理超过时限", "it took longer than allowed"),
    "memory": ("处理超过内存上限", "it wanted more memory than allowed"),
    "output": ("处理结果超过上限", "it produced more than allowed"),
    "protocol": ("解析程序的答复无效", "the reader gave an invalid answer"),
}

HEAVY = frozenset({"pages", "pixels", "members", "bytes", "stream", "time", "memory", "output"})
UNFAITHFUL = frozenset({"text-lost", "not-valid", "look-lost", "glyph-missing", "office-failed"})
_OTHERS = {
    "password": "archive.file-locked",
    "signed": "archive.pdf-signed",
    "not-convertible": "archive.format-unconvertible",
    "no-office": "archive.format-unconvertible",
    "no-scratch": "archive.format-unconvertible",
}


def reason_refusal(reason: str, page: int = 0, detail: str = "") -> Refusal:
    """The refusal that a reason leads to: with the page (0 = whole file) and its words in Chinese and English."""
    zh, en = REASONS[reason]
    code = _OTHERS.get(reason, "archive.file-unreadable")
    if reason in HEAVY:
        code = "archive.file-too-heavy"
    if reason in UNFAITHFUL:
        code = "archive.rendition-unfaithful"
    where_zh, where_en = (f"第{page}页，", f"page {page}, ") if page else ("", "")
    return Refusal(code, reason=reason, page=page, detail=detail, reason_zh=where_zh + zh, reason_en=where_en + en)
