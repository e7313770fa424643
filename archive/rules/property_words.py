"""Words of the four-property check 四性检测用语: properties, checkpoints, results, and what every fault says."""

from __future__ import annotations

from archive.rules.four_properties import Checkpoint, Fault, Mode, Property, Result

PROPERTIES = {
    Property.AUTHENTICITY: ("真实性", "authenticity"),
    Property.INTEGRITY: ("完整性", "completeness"),
    Property.USABILITY: ("可用性", "usability"),
    Property.SECURITY: ("安全性", "security"),
}
CHECKPOINTS = {
    Checkpoint.FILING: ("归档", "filing"),
    Checkpoint.HANDOVER: ("移交与接收", "hand-over"),
    Checkpoint.KEEPING: ("长期保存", "keeping"),
}
MODES = {
    Mode.AUTOMATIC: ("自动", "automatic"),
    Mode.MANUAL: ("人工", "by a person"),
    Mode.NOT_AUTOMATIC: ("不自动检测", "not automatic"),
}
RESULTS = {
    Result.PASS: ("合格", "passed"),
    Result.FAIL: ("不合格", "failed"),
    Result.NA: ("不适用", "not applicable"),
    Result.PENDING: ("待定", "pending"),
}
FAULTS = {
    "digest-differs": ("密文与登记的摘要不符", "the stored bytes have not the recorded digest"),
    "signature-broken": ("原件自带的电子签名无效", "the original's own signature does not hold"),
    "signature-unchecked": ("原件自带的电子签名未能验证", "the original's own signature could not be verified"),
    "too-long": ("数据超过规定长度", "longer than the element allows"),
    "wrong-type": ("数据类型或格式不符", "not of the element's type or format"),
    "outside-domain": ("数据不在值域内", "outside the element's domain"),
    "dates-out-of-order": ("日期先后不合理", "dates are out of order"),
    "control-sign": ("含控制、双向或非法字符", "holds control, bidirectional or invalid signs"),
    "special-sign": ("含不可见或专用区字符", "holds invisible or private-use signs"),
    "code-differs": ("档号与编号规则不符", "the archival number does not follow the scheme"),
    "code-twice": ("档号重复", "the archival number occurs twice"),
    "document-twice": ("题名、文号、日期相同的件不止一件", "more than one item with this title, number and date"),
    "content-twice": ("内容相同的文件不止一个", "more than one file with this content"),
    "size-differs": ("字节数与登记不符", "another size than recorded"),
    "format-differs": ("格式与登记不符", "another format than recorded"),
    "name-differs": ("文件名与登记不符", "another name than recorded"),
    "item-without-file": ("件没有内容文件", "the item has no content file"),
    "file-wrong-tier": ("文件与所属件不在同一密钥层", "the file lies in another key class than its item"),
    "manifest-unfit": ("目录文件（内层清单）不规范", "the directory file (inner manifest) does not conform"),
    "manifest-lacks": ("目录文件（内层清单）缺项", "the directory file (inner manifest) lacks something"),
    "structure-unfit": ("包内目录结构不规范", "the folder structure does not conform"),
    "package-differs": ("文件与接收时的信息包不符", "the files are not those of the package that was received"),
    "count-differs": ("件数与接收登记不符", "another number of items than recorded at receipt"),
    "bytes-differ": ("字节数合计与接收登记不符", "another total of bytes than recorded at receipt"),
    "files-differ": ("内容文件数与接收登记不符", "another number of content files than recorded at receipt"),
    "not-recorded": ("当时没有记录，无从比较", "not recorded at the time; nothing to compare with"),
    "record-closed": ("存证账本的记录未能打开", "the ledger's record could not be opened"),
    "element-missing": ("缺少元数据项", "a metadata element is missing"),
    "element-empty": ("必填项为空", "a required element is empty"),
    "process-missing": ("缺少过程记录", "a record of the process is missing"),
    "number-gap": ("顺序号或页号不连续", "running or page numbers are not continuous"),
    "content-missing": ("内容文件缺失", "the content file is missing"),
    "content-empty": ("内容文件为空", "the content file is empty"),
    "recording-cut": ("音像记录不完整", "the recording is cut"),
    "recording-unread": ("音像记录尚未解码到底", "the recording was not decoded to its end yet"),
    "attachments-inside": (
        "附件只在原件之内，未逐一检查",
        "attachments lie inside the original, not looked at one by one",
    ),
    "unparsable": ("元数据不能解析", "the metadata cannot be parsed"),
    "unreachable": ("数据库中的著录与封存的不一致", "the database gives another description than is sealed"),
    "format-unlisted": (
        "格式不在可接收的归档格式之列，也没有可用的转换件",
        "not an allowed format, without a conversion",
    ),
    "format-unknown": ("没有识别格式的记录", "no record of the format"),
    "unopened": ("没有打开过的记录", "no record that it was opened"),
    "unreadable": ("存储文件不能用其密钥打开", "the stored file does not open with its key"),
    "compressed-privately": ("使用非公开的压缩格式", "a compression that is not public"),
    "no-scanner": ("接收时没有查毒", "nothing scanned for malware at receipt"),
    "not-scanned": ("未查毒", "not scanned for malware"),
    "infected": ("发现病毒", "malware was found"),
    "scanned-before": ("沿用接收时的查毒结论，未重新查毒", "the verdict of receipt stands; not scanned again"),
    "surplus-file": ("有未登记的多余文件", "a surplus file that nothing names"),
    "ledger-waits": ("接收记录尚未排入存证账本", "the record of receipt has no place in the ledger yet"),
    "tier-locked": ("密钥层未解锁，未检测", "the key tier is locked; not looked at"),
    "unproven": ("未能全部证明", "not fully proven"),
    "layer-broken": ("验封不符", "verification found it broken"),
}


def fault_words(fault: Fault) -> tuple[str, str]:
    """What a fault says in Chinese and English, with its detail."""
    zh, en = FAULTS[fault.code]
    return (f"{zh}：{fault.detail}", f"{en}: {fault.detail}") if fault.detail else (zh, en)
