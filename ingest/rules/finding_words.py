"""Words 规则发现用语: what each kind of finding says and what to do about it, in both languages, in one table."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str, str, str]] = {
    "missing": (
        "缺少{zh}",
        "{en} is missing",
        "补入该文书；没有制作的，由承办人书面说明。",
        "Add the paper; if it was never made, the handlers say so in writing.",
    ),
    "no-stage": (
        "{zh}阶段没有文字记录",
        "the stage of {en} has no record in writing",
        "补入该阶段的文书。",
        "Add the papers of that stage.",
    ),
    "no-receipt": (
        "没有送达凭证",
        "there is no proof of service",
        "补入送达回证，并注明送达的是哪份文书。",
        "Add the receipt, and say which paper it is for.",
    ),
    "no-recording": (
        "没有对应的音像记录",
        "there is no recording of it",
        "补入音像记录；依法不宜录制的，书面说明理由并写明依据的法律条款。",
        "Add the recording; where a law makes it unsuitable, give the reason in writing and cite the law.",
    ),
    "no-overlap": (
        "音像记录与文书的时间不重合：{zh}",
        "the recording does not overlap the paper in time: {en}",
        "核对设备时钟和文书起止时间，补入当时的音像记录。",
        "Compare the device's clock with the paper's times, and add the recording of that time.",
    ),
    "gap": (
        "应全程不间断的音像记录有中断：{zh}",
        "a recording that must be whole is interrupted: {en}",
        "补入缺少的一段；没有的，由记录人说明原因。",
        "Add the missing stretch; if there is none, the recorder says why.",
    ),
    "not-stated": (
        "没有载明：{zh}",
        "does not state: {en}",
        "核对原件；确未载明的，由承办人书面说明。",
        "Look at the original; if it is not stated, the handlers say so in writing.",
    ),
    "unsigned": (
        "缺少签名或盖章：{zh}",
        "not signed or sealed by: {en}",
        "补齐签名；拒绝签名的，记明拒绝的情况。",
        "Have it signed; where somebody refused, record the refusal.",
    ),
    "order": (
        "先后颠倒：{zh}",
        "out of order: {en}",
        "核对日期；属实的，由承办人书面说明。",
        "Compare the dates; if they are right, the handlers explain in writing.",
    ),
    "late": (
        "超过期限：{zh}",
        "late: {en}",
        "照常归档，迟延情况报监督部门。",
        "File it all the same; the delay goes to supervision.",
    ),
    "early": (
        "未满法定间隔：{zh}",
        "too soon: {en}",
        "照常归档，报监督部门。",
        "File it all the same; it goes to supervision.",
    ),
    "misfiled": (
        "归入了{zh}",
        "is filed in the {en}",
        "移入应归的部分后重新提交。",
        "Move it to the part where it belongs and submit again.",
    ),
    "unmarked": (
        "没有标明保护类别：{zh}",
        "does not carry the compartment {en}",
        "补充保护类别。",
        "Add the compartment.",
    ),
    "fact": (
        "不符合：{zh}",
        "does not hold: {en}",
        "核对著录；属实的，由承办人书面说明。",
        "Compare the description; if it is right, the handlers explain in writing.",
    ),
    "undescribed": (
        "音像记录没有写明：{zh}",
        "the recording does not say: {en}",
        "补充著录。",
        "Complete the description.",
    ),
    "stored-late": (
        "未在 {zh} 内存入指定系统",
        "was not stored within {en}",
        "照常归档，报监督部门。",
        "File it all the same; it goes to supervision.",
    ),
    "clock": (
        "设备时钟存疑：{zh}",
        "the device's clock is in doubt: {en}",
        "由记录人说明，校准设备时钟。",
        "The recorder explains; the device's clock is set.",
    ),
    "orphan": (
        "没有说明记录的是哪份文书：{zh}",
        "does not say which paper it records: {en}",
        "写明对应的文书。",
        "Name the paper whose act it records.",
    ),
    "uncited": (
        "书面理由没有写明法律依据：{zh}",
        "a written reason cites no law: {en}",
        "写明依据的法律条款。",
        "Cite the article of the law.",
    ),
    "formless": (
        "没有注明文书样式",
        "does not name its form",
        "注明样式名称和版本。",
        "Name the form and its version.",
    ),
}
"""Chinese, English, what to do in Chinese, in English."""
