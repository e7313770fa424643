"""Words 音像发现用语: what each finding on a recording says to a person, in both languages, in one table."""

from __future__ import annotations

from archive.renditions.terms import Finding

WORDS: dict[str, tuple[str, str]] = {
    "media-cut": (
        "录像不完整：只能播放到 {0}，文件声明时长 {1}，其后的内容缺失",
        "The recording is cut: it plays up to {0}, its file declares {1}; what follows is missing",
    ),
    "media-length-wrong": (
        "文件声明的时长不对：实际内容 {0}，声明 {1}",
        "The declared length is wrong: {0} was really recorded, {1} is declared",
    ),
    "media-length-unknown": ("文件没有声明时长", "The file declares no length"),
    "media-not-checked-whole": (
        "尚未检查到底：已逐帧检查至 {0}，其余由后台任务继续",
        "Not checked to the end yet: every frame was decoded up to {0}, the rest follows in the background",
    ),
    "media-damaged": ("解码出错，数据受损，位于 {0}", "Data are damaged: frames could not be decoded at {0}"),
    "media-gap": ("{0} 断档，这一段没有可播放的内容", "A gap {0}: there is nothing to play"),
    "media-clock-stopped": (
        "时间戳停走，位于 {0}：画面在继续而时钟没有走",
        "The clock stood still at {0}: frames go on and their time does not",
    ),
    "media-clock-back": ("时间戳倒退，位于 {0}", "The clock jumps back at {0}"),
    "media-picture-frozen": (
        "{0} 画面静止而声音继续，请核对是否卡顿",
        "The picture stands still {0} while the sound goes on: look whether the camera froze",
    ),
    "media-picture-black": ("{0} 画面全黑", "The picture is black {0}"),
    "media-sound-silent": ("{0} 没有声音", "There is no sound {0}"),
    "media-stream-short": ("一路音像提前结束：{0}，全长 {1}", "One stream ends early: {0} of {1}"),
    "media-time-differs": (
        "拍摄设备的时间为 {0}，与著录日期 {1} 不符",
        "The device says {0}, the description says {1}",
    ),
    "media-without-strip": ("未能截取画面条", "No pictures could be taken of it"),
    "media-without-copy": (
        "浏览器不能直接播放，没有浏览副本，请下载原件播放",
        "Browsers do not play it and there is no viewing copy: save the original",
    ),
    "media-shorter-than-claimed": (
        "录像时长 {0}，短于著录的起止时间 {1}",
        "The recording lasts {0}, its description claims {1}",
    ),
}


def finding_words(code: str, detail: str = "") -> tuple[str, str] | None:
    """What a finding says, Chinese and English; None for a code that is not about recordings or photos.

    The finding's detail holds the places: nothing in it depends on the language.
    """
    pair = WORDS.get(code)
    if pair is None:
        return None
    pieces = detail.split(" / ")
    pieces += ["?"] * (2 - len(pieces))
    zh = [piece.replace("video", "画面").replace("audio", "声音").replace(", ", "、") for piece in pieces]
    return pair[0].format(*zh), pair[1].format(*pieces)


def words_of(findings: tuple[Finding, ...]) -> tuple[tuple[str, str], ...]:
    """The words of all findings that are about recordings or photos."""
    found = (finding_words(finding.code, finding.detail) for finding in findings)
    return tuple(pair for pair in found if pair is not None)
