"""Texts of what an audit finds 核查发现文本, in Chinese and English."""

from __future__ import annotations

from archive.ledger.terms import FindingCode, LedgerFinding

_TEXTS: dict[FindingCode, tuple[str, str]] = {
    FindingCode.ENTRY_EDITED: ("第 {first} 条起 {count} 条被改动。", "{count} entries from leaf {first} were edited."),
    FindingCode.BODY_EDITED: ("第 {first} 条的内容被改动。", "The body of leaf {first} was edited."),
    FindingCode.ENTRY_MISSING: (
        "第 {first} 条起 {count} 条被删除。",
        "{count} entries from leaf {first} were removed.",
    ),
    FindingCode.ENTRY_INSERTED: (
        "第 {first} 条起 {count} 条是插入的，不在账本树中。",
        "{count} entries from leaf {first} were inserted and are not of the tree.",
    ),
    FindingCode.ENTRY_MOVED: (
        "第 {first} 条起 {count} 条被换了位置。",
        "{count} entries from leaf {first} stand in another place than recorded.",
    ),
    FindingCode.ENTRY_STRAY: (
        "条目 {source} 既不在账本树中也不在待排序队列中：是插入的，或被从队列中抽走。",
        "Entry {source} is neither in the tree nor in the queue: it was inserted, or taken out of the queue.",
    ),
    FindingCode.QUEUE_BROKEN: (
        "待排序队列中的 {source} 没有对应条目：条目在入账前被删除。",
        "{source} of the queue has no entry: it was removed before it got its leaf.",
    ),
    FindingCode.TAIL_CUT: (
        "账本尾部被截去：应有 {size} 条，只有 {first} 条（依据：{source}）。",
        "The tail was cut: {size} entries are attested by {source}, {first} are here.",
    ),
    FindingCode.ROLLED_BACK: (
        "数据库被退回到旧状态：外部锚定（{source}）有 {size} 条，这里只有 {first} 条，且自身并无矛盾。",
        "The database was put back to an older state: the outside anchor {source} attests {size} entries, here are "
        "{first} that agree among themselves.",
    ),
    FindingCode.REWRITTEN: (
        "历史被整体改写：第 {first} 条至第 {size} 条之间与 {source} 不符。",
        "History was rewritten consistently: between leaf {first} and size {size} it is not what {source} attests.",
    ),
    FindingCode.NODE_EDITED: ("账本树的存储节点被改动：{source}。", "A stored node of the tree was edited: {source}."),
    FindingCode.HEAD_EDITED: ("树头被改动：{source}。", "The head of the tree was edited: {source}."),
    FindingCode.CHECKPOINT_BAD: (
        "本机保存的检查点（{size} 条）无效：{source}。",
        "The stored checkpoint of size {size} does not hold: {source}.",
    ),
    FindingCode.PIN_BAD: ("外部锚定无效：{source}。", "An outside anchor does not hold: {source}."),
    FindingCode.UNSEQUENCED: (
        "有 {count} 条记录超过 {size} 秒仍未入账，最早一条 {source}。",
        "{count} entries have waited for their leaf for more than {size} seconds, the oldest is {source}.",
    ),
    FindingCode.BODY_LOCKED: (
        "{count} 条的内容因密钥未解锁或已销毁而未打开；其承诺值已核对。",
        "The bodies of {count} entries were not opened, their keys being locked or destroyed; their commitments hold.",
    ),
    FindingCode.PINNED_UNTIL: (
        "前 {first} 条与外部锚定相符；其后至第 {size} 条只有本机自己的签名可证。",
        "The first {first} entries agree with the outside anchors; from there to {size} only this machine's own "
        "signature speaks.",
    ),
    FindingCode.NOT_PROVABLE: (
        "没有外部锚定：完整与否只能对外人证明，不能对本机所有者证明。",
        "No outside anchor was given: intact; not provable against this machine's owner.",
    ),
    FindingCode.UNSIGNED: (
        "没有给出验证公钥：本机检查点的签名未核对。",
        "No verifier key was given: the signatures of stored checkpoints were not checked.",
    ),
}


_WAITING = {
    FindingCode.BODY_EDITED: (
        "尚未入账的条目 {source} 的内容被改动。",
        "The body of the waiting entry {source} was edited before it got its leaf.",
    ),
    FindingCode.ENTRY_EDITED: (
        "尚未入账的条目 {source} 被改动。",
        "The waiting entry {source} was edited before it got its leaf.",
    ),
}


def finding(
    code: FindingCode,
    ledger: str,
    first: int | None = None,
    *,
    count: int = 1,
    size: int = 0,
    source: str = "",
    entry_id: str = "",
) -> LedgerFinding:
    """A finding with its texts 成文的发现. When there is an alarm, the note without a witness does not say "intact"."""
    zh, en = _TEXTS[code] if first is not None or code not in _WAITING else _WAITING[code]
    facts = {"first": first, "count": count, "size": size, "source": source}
    return LedgerFinding(code, ledger, zh.format_map(facts), en.format_map(facts), first, entry_id)


def without_witness(ledger: str, alarmed: bool) -> LedgerFinding:
    """What is said when no anchor from outside was given 无外部见证."""
    if not alarmed:
        return finding(FindingCode.NOT_PROVABLE, ledger)
    return LedgerFinding(
        FindingCode.NOT_PROVABLE,
        ledger,
        "没有外部锚定：即使没有上述问题，也不能对本机所有者证明。",
        "No outside anchor was given: even without these findings it would not be provable against this machine's "
        "owner.",
    )
