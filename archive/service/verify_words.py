"""Words of verification 验封用语: what each layer proves, and against whom."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LayerWords:
    """One layer in words 验证层说明."""

    name_zh: str
    name_en: str
    proves_zh: str
    proves_en: str
    against_zh: str
    against_en: str


WORDS = {
    "fixity": LayerWords(
        "固化信息",
        "fixity",
        "每个存储字节与清单一致（OCFL 1.1，SHA-512）",
        "every stored byte agrees with the inventory (OCFL 1.1, SHA-512)",
        "介质损坏、误删、单个文件被改",
        "decay, accidental deletion, a changed file",
    ),
    "bag": LayerWords(
        "信息包",
        "bag",
        "包内文件不多不少（BagIt 1.0）",
        "nothing missing and nothing extra in the package (BagIt 1.0)",
        "增删文件",
        "added or removed files",
    ),
    "signature": LayerWords(
        "封存签名",
        "signature",
        "清单由档案机构签名（CMS）",
        "the archive signed the manifest (CMS)",
        "同时改写文件和清单的人",
        "somebody who rewrites files and manifests together",
    ),
    "stamp": LayerWords(
        "时间戳",
        "time stamp",
        "签名在该时刻已经存在（RFC 3161）",
        "the signature existed at that instant (RFC 3161)",
        "事后倒签",
        "back-dating",
    ),
    "database": LayerWords(
        "登记",
        "database",
        "登记与封存对象一致",
        "the register and the object agree",
        "改动数据库的管理员",
        "an administrator who edits the database",
    ),
    "keys": LayerWords(
        "密钥",
        "keys",
        "每个文件都还有密钥",
        "every file still has its key",
        "密钥丢失",
        "loss of keys",
    ),
    "content": LayerWords(
        "内容",
        "content",
        "解密后的内容与接收时一致（SHA-256，内层清单）",
        "decrypted content is what was taken in (SHA-256, inner manifests)",
        "替换密文或密钥的人",
        "somebody who swaps ciphertext or keys",
    ),
    "certificate": LayerWords(
        "封存证明",
        "seal certificate",
        "供人阅读的封存证明未被改动（PAdES B-LTA）",
        "the certificate for human readers is unchanged (PAdES B-LTA)",
        "伪造封存证明",
        "a forged certificate",
    ),
    "certificate-unopened": LayerWords(
        "封存证明",
        "seal certificate",
        "没有核查封存证明：各版均未打开，深查（--deep）时核对",
        "the certificates were not checked: none was opened; a deep verification (--deep) opens them",
        "不证明任何事",
        "nobody: this proves nothing",
    ),
    "ledger": LayerWords(
        "存证账本",
        "ledger",
        "封存事件在只增不改的账本中，且与外部锚一致",
        "the seal is in the append-only ledger, consistent with the pins kept outside",
        "改写历史、截尾、回滚的人；没有外部锚时不能证明本机所有者未整体重建",
        "somebody who edits, cuts or rolls back history; without an outside pin not this machine's owner",
    ),
}
